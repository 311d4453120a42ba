//! A hierarchical timing wheel (Varghese and Lauck, 1987) that is exact.

use alloc::boxed::Box;
use alloc::vec::Vec;

use base::Instant;

use super::due::Due;

/// Nanoseconds of a tick, as a power of two: 1.05 ms.
const TICK_BITS: u32 = 20;
/// Slots of a level, as a power of two.
const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
/// Levels that reach over every tick of a 64-bit time.
const LEVELS: usize = (64 - TICK_BITS).div_ceil(SLOT_BITS) as usize;
/// No entry.
const NIL: u32 = u32::MAX;

/// Names one armed deadline; of no meaning once that has expired or was disarmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerId {
    index: u32,
    /// The low half of the entry's serial number.
    stamp: u32,
}

/// A set of deadlines, each with a key. To arm, to disarm and to expire one takes the same time
/// among ten deadlines and among ten million.
///
/// ```text
///  level 1   [ ][ ][x][ ][ ] …   slots of 64 ticks: hang deadlines by their slot, in no order
///                   │ when the cursor comes here, its deadlines move down
///                   ▼
///  level 0   [ ][x][ ][ ][x] …   slots of one tick
///                │ when the cursor comes here
///                ▼
///  due       a heap by exact time: those of the present tick
/// ```
///
/// A tick only sorts: deadlines are kept to the nanosecond, and expire in the order of their times
/// and, at the same time, of their arming.
#[derive(Debug)]
pub(crate) struct Wheel<K> {
    entries: Vec<Entry<K>>,
    /// First of the free entries, which hang together by `next`.
    free: u32,
    /// Invariant: every deadline of this tick or an earlier one is in `due`, every later one in a
    /// level. There, the highest digit (of six bits) in which its tick differs from the cursor is
    /// its level, and that digit its slot; so a lower level's deadlines are all before a higher's.
    cursor: u64,
    due: Due,
    /// Made when first needed: an idle host has few.
    levels: [Option<Box<Level>>; LEVELS],
    /// Serial number of the next to be armed.
    serial: u64,
}

#[derive(Debug)]
struct Entry<K> {
    at: Instant,
    serial: u64,
    key: K,
    next: u32,
    prev: u32,
    place: Place,
}

/// Where an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    Due,
    Slot { level: u8, slot: u8 },
}

#[derive(Debug)]
struct Level {
    /// A bit for each slot that holds something.
    occupied: u64,
    heads: [u32; SLOTS],
    /// No deadline in the slot is earlier; exact until the earliest is disarmed.
    earliest: [Instant; SLOTS],
}

impl Level {
    fn new() -> Box<Self> {
        Box::new(Self {
            occupied: 0,
            heads: [NIL; SLOTS],
            earliest: [Instant::FAR_FUTURE; SLOTS],
        })
    }

    /// The slot that the cursor reaches first.
    const fn first(&self) -> Option<usize> {
        if self.occupied == 0 {
            None
        } else {
            Some(self.occupied.trailing_zeros() as usize)
        }
    }
}

impl<K: Copy> Wheel<K> {
    /// No deadlines.
    pub(crate) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: NIL,
            cursor: 0,
            due: Due::new(),
            levels: [const { None }; LEVELS],
            serial: 0,
        }
    }

    /// Arms a deadline. One that has passed expires at once.
    pub(crate) fn arm(&mut self, at: Instant, key: K) -> TimerId {
        let serial = self.serial;
        self.serial += 1;
        let entry = Entry {
            at,
            serial,
            key,
            next: NIL,
            prev: NIL,
            place: Place::Free,
        };
        let index = if self.free == NIL {
            self.entries.push(entry);
            (self.entries.len() - 1) as u32
        } else {
            let index = self.free;
            self.free = self.entries[index as usize].next;
            self.entries[index as usize] = entry;
            index
        };
        self.insert(index);
        TimerId {
            index,
            stamp: serial as u32,
        }
    }

    /// Disarms a deadline; one that has expired is disarmed already.
    pub(crate) fn disarm(&mut self, id: TimerId) {
        let Some(entry) = self.entry(id) else {
            return;
        };
        match entry.place {
            Place::Free => return,
            Place::Due => self.due.remove(entry.at, entry.serial),
            Place::Slot { level, slot } => self.unlink(id.index, level, slot),
        }
        self.release(id.index);
    }

    /// The deadline as it was armed, if it has neither expired nor been disarmed.
    pub(crate) fn deadline(&self, id: TimerId) -> Option<Instant> {
        self.entry(id).map(|entry| entry.at)
    }

    /// When to look again: no deadline is earlier than this. Nearly always it is the earliest; it
    /// is too early only where that one was disarmed, and then by less the nearer it is.
    pub(crate) fn next(&self) -> Option<Instant> {
        if let Some(at) = self.due.first() {
            return Some(at);
        }
        let level = self.levels.iter().flatten().find(|l| l.occupied != 0)?;
        level.first().map(|slot| level.earliest[slot])
    }

    /// Takes one deadline that has come, the earliest first.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<K> {
        self.advance(tick_of(now));
        let index = self.due.pop(now)?;
        let key = self.entries[index as usize].key;
        self.release(index);
        Some(key)
    }

    fn entry(&self, id: TimerId) -> Option<&Entry<K>> {
        let entry = self.entries.get(id.index as usize)?;
        (entry.place != Place::Free && entry.serial as u32 == id.stamp).then_some(entry)
    }

    fn release(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        entry.place = Place::Free;
        entry.next = self.free;
        self.free = index;
    }

    /// Puts an entry where the cursor wants it.
    fn insert(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        let tick = tick_of(entry.at);
        if tick <= self.cursor {
            entry.place = Place::Due;
            self.due.push(entry.at, entry.serial, index);
            return;
        }
        let level = (tick ^ self.cursor).ilog2() / SLOT_BITS;
        let slot = (tick >> (level * SLOT_BITS)) as usize % SLOTS;
        let hung = self.levels[level as usize].get_or_insert_with(Level::new);
        entry.place = Place::Slot {
            level: level as u8,
            slot: slot as u8,
        };
        entry.prev = NIL;
        entry.next = hung.heads[slot];
        hung.heads[slot] = index;
        let bit = 1 << slot;
        hung.earliest[slot] = if hung.occupied & bit == 0 {
            entry.at
        } else {
            hung.earliest[slot].min(entry.at)
        };
        hung.occupied |= bit;
        let next = entry.next;
        if let Some(next) = self.entries.get_mut(next as usize) {
            next.prev = index;
        }
    }

    fn unlink(&mut self, index: u32, level: u8, slot: u8) {
        let Entry { next, prev, .. } = self.entries[index as usize];
        if let Some(next) = self.entries.get_mut(next as usize) {
            next.prev = prev;
        }
        if let Some(prev) = self.entries.get_mut(prev as usize) {
            prev.next = next;
        } else if let Some(hung) = &mut self.levels[usize::from(level)] {
            hung.heads[usize::from(slot)] = next;
            if next == NIL {
                hung.occupied &= !(1 << slot);
            }
        }
    }

    /// Moves the cursor on, from one occupied slot to the next.
    fn advance(&mut self, to: u64) {
        while self.cursor < to {
            let Some((start, mut index)) = self.take_first_slot(to) else {
                self.cursor = to;
                return;
            };
            self.cursor = start;
            while let Some(entry) = self.entries.get(index as usize) {
                let next = entry.next;
                self.insert(index);
                index = next;
            }
        }
    }

    /// Empties the earliest slot that begins at tick `to` or before; its first tick and first
    /// entry.
    fn take_first_slot(&mut self, to: u64) -> Option<(u64, u32)> {
        let levels = self.levels.iter_mut().zip(0..);
        for (level, number) in levels.filter_map(|(l, n)| l.as_deref_mut().map(|l| (l, n))) {
            let Some(slot) = level.first() else {
                continue;
            };
            let shift = number * SLOT_BITS;
            let above = self.cursor >> shift >> SLOT_BITS << SLOT_BITS;
            let start = (above | slot as u64) << shift;
            if start > to {
                return None;
            }
            level.occupied &= !(1 << slot);
            let head = core::mem::replace(&mut level.heads[slot], NIL);
            return Some((start, head));
        }
        None
    }
}

const fn tick_of(at: Instant) -> u64 {
    at.as_nanos() >> TICK_BITS
}
