//! A hierarchical timing wheel with an exact edge.
//!
//! ```text
//!                     elapsed
//!        heap            │  level 0: 64 slots of one tick      level 1: 64 slots of 64 ticks …
//!   exact, by (at, order)│ ▏▏▏▏▏▏▏▏▏▏▏▏▏▏▏▏                   │        │        │
//!   ─────────────────────┼──────────────────────────────────────────────────────────► time
//! ```
//!
//! Arming and disarming touch one slot: O(1), however many deadlines there are. Slots that time
//! has reached are emptied into lower levels, and those of level 0 into a small heap, which knows
//! exact instants; so a deadline comes neither early nor late, and two deadlines of one instant
//! come in the order in which they were armed.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use base::Instant;

/// A tick is 2^16 ns, about 66 µs.
const TICK_BITS: u32 = 16;
/// Each level has 2^6 slots, each as wide as the whole level below.
const LEVEL_BITS: u32 = 6;
const SLOTS: usize = 1 << LEVEL_BITS;
/// Eight levels of six bits and sixteen of the tick: every instant of 64 bits has its slot.
const LEVELS: usize = 8;
/// No entry.
const NIL: u32 = u32::MAX;
/// A slot with at most so many deadlines is searched for the earliest; a fuller one answers with
/// its beginning.
const SEARCHED: usize = 4;

impl TimerId {
    /// None: disarming it does nothing.
    pub(crate) const NONE: Self = Self {
        entry: NIL,
        generation: 0,
    };
}

/// Names one armed deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerId {
    entry: u32,
    generation: u32,
}

/// A set of deadlines, each with a key.
#[derive(Debug)]
pub(crate) struct Wheel<K> {
    entries: Vec<Entry<K>>,
    /// First of the list of unused entries.
    free: u32,
    levels: [Level; LEVELS],
    /// Every deadline up to this tick is in the heap, every later one in a slot.
    elapsed: u64,
    /// Those whose tick has come. Some may be disarmed meanwhile, but never the top.
    heap: BinaryHeap<Reverse<(Instant, u64, TimerIdOrd)>>,
    /// How many in the heap were disarmed.
    stale: usize,
    /// Counts arming, to keep the order of deadlines of one instant.
    order: u64,
    len: usize,
}

/// Entry and generation, for the heap's tuples.
type TimerIdOrd = (u32, u32);

#[derive(Debug)]
struct Level {
    /// A bit for each slot that holds something.
    occupied: u64,
    heads: [u32; SLOTS],
}

#[derive(Debug)]
struct Entry<K> {
    at: Instant,
    order: u64,
    key: Option<K>,
    /// Grows whenever the entry is given up, so that old names mean nothing.
    generation: u32,
    place: Place,
    prev: u32,
    next: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    Heap,
    Slot { level: u8, slot: u8 },
}

const fn tick(at: Instant) -> u64 {
    at.as_nanos() >> TICK_BITS
}

impl<K: Copy> Wheel<K> {
    /// No deadlines.
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: NIL,
            levels: [const {
                Level {
                    occupied: 0,
                    heads: [NIL; SLOTS],
                }
            }; LEVELS],
            elapsed: 0,
            heap: BinaryHeap::new(),
            stale: 0,
            order: 0,
            len: 0,
        }
    }

    /// How many deadlines are armed.
    #[cfg(test)]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Arms a deadline. One that has passed expires at once.
    pub(crate) fn arm(&mut self, at: Instant, key: K) -> TimerId {
        let entry = self.take_entry();
        let order = self.order;
        self.order += 1;
        self.len += 1;
        let e = &mut self.entries[entry as usize];
        (e.at, e.order, e.key) = (at, order, Some(key));
        let id = TimerId {
            entry,
            generation: e.generation,
        };
        self.place(entry);
        id
    }

    /// Disarms a deadline; one that has expired is disarmed already.
    pub(crate) fn disarm(&mut self, id: TimerId) {
        let Some(e) = self.entries.get(id.entry as usize) else {
            return;
        };
        if e.generation != id.generation {
            return;
        }
        match e.place {
            Place::Free => return,
            Place::Heap => self.stale += 1,
            Place::Slot { .. } => self.unlink(id.entry),
        }
        self.give_up(id.entry);
        self.clear_top();
        if self.stale > SLOTS && self.stale * 2 > self.heap.len() {
            self.sweep();
        }
    }

    /// When to look again: no deadline is earlier than this.
    ///
    /// It is the earliest deadline itself, or the moment at which the wheel can say more. That
    /// moment is later than any that [`expire`](Self::expire) has seen, so nobody waits in vain
    /// twice.
    pub(crate) fn next(&self) -> Option<Instant> {
        if let Some(Reverse((at, ..))) = self.heap.peek() {
            return Some(*at);
        }
        let (level, slot) = self.first_slot()?;
        let mut next = self.levels[level].heads[slot];
        let mut earliest = Instant::FAR_FUTURE;
        for _ in 0..SEARCHED {
            let Some(e) = self.entries.get(next as usize) else {
                break;
            };
            earliest = earliest.min(e.at);
            next = e.next;
        }
        let begins = Instant::from_nanos(self.slot_start(level, slot) << TICK_BITS);
        Some(if next == NIL { earliest } else { begins })
    }

    /// Takes the earliest deadline that has come.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<K> {
        self.advance(tick(now));
        let Reverse((at, _, (entry, _))) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop();
        let key = self.entries[entry as usize].key;
        self.give_up(entry);
        self.clear_top();
        key
    }

    /// Moves time on to `to`, emptying every slot that it reaches.
    fn advance(&mut self, to: u64) {
        while let Some((level, slot)) = self.first_slot() {
            let start = self.slot_start(level, slot);
            if start > to {
                break;
            }
            self.elapsed = start;
            let head = core::mem::replace(&mut self.levels[level].heads[slot], NIL);
            self.levels[level].occupied &= !(1 << slot);
            let mut next = head;
            while next != NIL {
                let entry = next;
                next = self.entries[entry as usize].next;
                self.place(entry);
            }
        }
        self.elapsed = self.elapsed.max(to);
    }

    /// The earliest slot that holds something: all of a lower level comes before all of a higher.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let level = self.levels.iter().position(|level| level.occupied != 0)?;
        Some((level, self.levels[level].occupied.trailing_zeros() as usize))
    }

    /// The first tick of a slot, given that the levels share their high bits with `elapsed`.
    fn slot_start(&self, level: usize, slot: usize) -> u64 {
        let shift = LEVEL_BITS * level as u32;
        let above = self.elapsed.checked_shr(shift + LEVEL_BITS).unwrap_or(0);
        ((above << LEVEL_BITS) | slot as u64) << shift
    }

    /// Puts an entry where its deadline belongs.
    fn place(&mut self, entry: u32) {
        let Entry {
            at,
            order,
            generation,
            ..
        } = self.entries[entry as usize];
        let when = tick(at);
        if when <= self.elapsed {
            self.entries[entry as usize].place = Place::Heap;
            self.heap.push(Reverse((at, order, (entry, generation))));
            return;
        }
        // The highest bit in which they differ says on which level the two part ways.
        let level = (63 - (when ^ self.elapsed).leading_zeros()) / LEVEL_BITS;
        let slot = (when >> (LEVEL_BITS * level)) as usize % SLOTS;
        let in_level = &mut self.levels[level as usize];
        let old = core::mem::replace(&mut in_level.heads[slot], entry);
        in_level.occupied |= 1 << slot;
        if let Some(old) = self.entries.get_mut(old as usize) {
            old.prev = entry;
        }
        let e = &mut self.entries[entry as usize];
        (e.prev, e.next) = (NIL, old);
        e.place = Place::Slot {
            level: level as u8,
            slot: slot as u8,
        };
    }

    /// Takes an entry out of its slot's list.
    fn unlink(&mut self, entry: u32) {
        let Entry {
            prev, next, place, ..
        } = self.entries[entry as usize];
        let Place::Slot { level, slot } = place else {
            return;
        };
        if let Some(next) = self.entries.get_mut(next as usize) {
            next.prev = prev;
        }
        if let Some(prev) = self.entries.get_mut(prev as usize) {
            prev.next = next;
        } else {
            let level = &mut self.levels[usize::from(level)];
            level.heads[usize::from(slot)] = next;
            if next == NIL {
                level.occupied &= !(1 << slot);
            }
        }
    }

    fn take_entry(&mut self) -> u32 {
        if let Some(e) = self.entries.get(self.free as usize) {
            return core::mem::replace(&mut self.free, e.next);
        }
        let entry = self.entries.len() as u32;
        self.entries.push(Entry {
            at: Instant::ZERO,
            order: 0,
            key: None,
            generation: 0,
            place: Place::Free,
            prev: NIL,
            next: NIL,
        });
        entry
    }

    fn give_up(&mut self, entry: u32) {
        let e = &mut self.entries[entry as usize];
        e.generation = e.generation.wrapping_add(1);
        (e.place, e.key, e.next) = (Place::Free, None, self.free);
        self.free = entry;
        self.len -= 1;
    }

    /// Keeps the heap's invariant: its top is armed.
    fn clear_top(&mut self) {
        while let Some(Reverse((_, _, (entry, generation)))) = self.heap.peek() {
            if self.entries[*entry as usize].generation == *generation {
                break;
            }
            self.heap.pop();
            self.stale -= 1;
        }
    }

    /// Throws what was disarmed out of the heap.
    fn sweep(&mut self) {
        let Self { heap, entries, .. } = self;
        heap.retain(|Reverse((_, _, (entry, generation)))| {
            entries[*entry as usize].generation == *generation
        });
        self.stale = 0;
    }
}

#[cfg(test)]
#[path = "wheel_tests.rs"]
mod tests;
