//! All neighbours: found by hash, bounded, the longest unused gives way.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::cell::Cell;

use base::{Duration, Instant, Rng};
use slab::Slab;
use wire::MacAddr;

use super::entry::{Entry, NeighborState, Question};
use super::{Key, Slot};
use crate::interface::InterfaceId;
use crate::keyed::{Keyed, KeyedMap};
use crate::packet::Routed;
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::DropReason;

/// How exact the order of use is: an entry moves at most so often.
const USE_GRAIN: Duration = Duration::from_secs(1);

/// Who was unused for longer may be driven out of a cache that is fuller than it should be.
const FORCED_AGE: Duration = Duration::from_secs(5);

/// Which family's limits an entry counts against.
const fn family(key: Key) -> usize {
    key.addr.is_ipv6() as usize
}

/// The neighbour cache.
#[derive(Debug)]
pub(super) struct Cache {
    entries: Slab<Entry>,
    index: KeyedMap<Key, u32>,
    /// Which was found last: packets come in trains.
    recent: Cell<u32>,
    /// Those that may give way, by when they were last used.
    /// Invariant: `(entry.used, slot)` for each entry whose state is evictable, by family.
    idle: [BTreeSet<(Instant, u32)>; 2],
    /// Entries of each family.
    counts: [usize; 2],
    /// Those that owe something, each once.
    ready: VecDeque<u32>,
    /// How many of each family are in [`NeighborState::Incomplete`].
    incomplete: [usize; 2],
    /// How many of IPv4 are in [`NeighborState::Failed`].
    failed_v4: usize,
    /// How many are in [`NeighborState::Delay`] or [`NeighborState::Probe`].
    doubted: usize,
    /// Bytes of all packets that wait.
    waiting_bytes: usize,
}

impl Cache {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            entries: Slab::new(),
            index: KeyedMap::with_hasher(Keyed::new(rng)),
            recent: Cell::new(0),
            idle: [BTreeSet::new(), BTreeSet::new()],
            counts: [0; 2],
            ready: VecDeque::new(),
            incomplete: [0; 2],
            failed_v4: 0,
            doubted: 0,
            waiting_bytes: 0,
        }
    }

    pub(super) fn find(&self, key: Key) -> Option<Slot> {
        let recent = self.recent.get();
        let entry = self.entries.get(recent as usize);
        if entry.is_some_and(|entry| entry.key == key) {
            debug_assert_eq!(self.index.get(&key), Some(&recent), "one entry a key");
            return Some(Slot(recent));
        }
        let slot = *self.index.get(&key)?;
        self.recent.set(slot);
        Some(Slot(slot))
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot.0 as usize)
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.entries.get_mut(slot.0 as usize)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// How many are in [`NeighborState::Delay`] or [`NeighborState::Probe`].
    pub(super) const fn doubted(&self) -> usize {
        self.doubted
    }

    /// How many of IPv4 have no MAC address that may be used.
    pub(super) const fn unknown_v4(&self) -> usize {
        self.incomplete[0] + self.failed_v4
    }

    /// Bytes of all packets that wait.
    pub(super) const fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Makes an entry, in [`NeighborState::Incomplete`] with nothing owed yet.
    ///
    /// # Errors
    ///
    /// [`DropReason::NeighborCacheFull`] when nothing may give way.
    pub(super) fn insert(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        key: Key,
    ) -> Result<Slot, DropReason> {
        self.make_room(timers, sysctls, now, key)?;
        *self.count(key) += 1;
        let slot = self.entries.insert(Entry::new(now, key)) as u32;
        self.index.insert(key, slot);
        self.incomplete[family(key)] += 1;
        Ok(Slot(slot))
    }

    /// Lets the longest unused of a family give way: when the cache is full, when it is fuller than
    /// it should be and somebody was unused for five seconds, or for `gc_stale_time` (Linux's
    /// `neigh_alloc` and `neigh_periodic_work`).
    fn make_room(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        key: Key,
    ) -> Result<(), DropReason> {
        let limits = sysctls.neigh(key.addr);
        let have = *self.count(key);
        if have
            < limits
                .gc_thresh2
                .min(limits.gc_thresh1)
                .min(limits.gc_thresh3)
        {
            return Ok(());
        }
        let oldest = self.idle[family(key)].iter().find(|(_, slot)| {
            let entry = self.entries.get(*slot as usize);
            entry.is_some_and(|entry| entry.waiting.is_empty())
        });
        let Some((used, slot)) = oldest.copied() else {
            return if have < limits.gc_thresh3 {
                Ok(())
            } else {
                Err(DropReason::NeighborCacheFull)
            };
        };
        let unused = now.since(used);
        if have >= limits.gc_thresh3
            || (have >= limits.gc_thresh2 && unused > FORCED_AGE)
            || (have >= limits.gc_thresh1 && unused > limits.gc_stale_time)
        {
            self.remove(timers, Slot(slot));
        }
        Ok(())
    }

    const fn count(&mut self, key: Key) -> &mut usize {
        &mut self.counts[family(key)]
    }

    /// Removes an entry. Returns how many packets waited for it.
    pub(super) fn remove(&mut self, timers: &mut Wheel<TimerKey>, slot: Slot) -> usize {
        self.leave_state(timers, slot);
        let Some(entry) = self.entries.try_remove(slot.0 as usize) else {
            return 0;
        };
        self.index.remove(&entry.key);
        *self.count(entry.key) -= 1;
        if entry.listed {
            self.ready.retain(|listed| *listed != slot.0);
        }
        self.waiting_bytes -= entry.waiting_bytes;
        entry.waiting.len()
    }

    /// Removes what was learned at an interface. Returns how many packets waited.
    pub(super) fn flush(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId) -> usize {
        let learned =
            |entry: &Entry| entry.key.iface == iface && entry.state != NeighborState::Permanent;
        let slots = self.entries.iter().filter(|(_, entry)| learned(entry));
        let slots: Vec<_> = slots.map(|(slot, _)| Slot(slot as u32)).collect();
        slots
            .into_iter()
            .map(|slot| self.remove(timers, slot))
            .sum()
    }

    /// Undoes what an entry's state implies outside of it.
    fn leave_state(&mut self, timers: &mut Wheel<TimerKey>, slot: Slot) {
        let Some(entry) = self.entries.get_mut(slot.0 as usize) else {
            return;
        };
        if let Some(timer) = entry.timer.take() {
            timers.disarm(timer);
        }
        if entry.state == NeighborState::Incomplete {
            self.incomplete[family(entry.key)] -= 1;
        }
        self.failed_v4 -= usize::from(entry.is_failed_v4());
        self.doubted -= usize::from(entry.state.is_doubted());
        if entry.state.is_evictable() {
            self.idle[family(entry.key)].remove(&(entry.used, slot.0));
        }
    }

    /// Brings an entry into another state, with no timer and no question.
    pub(super) fn enter(&mut self, timers: &mut Wheel<TimerKey>, slot: Slot, state: NeighborState) {
        self.leave_state(timers, slot);
        let Some(entry) = self.entries.get_mut(slot.0 as usize) else {
            return;
        };
        entry.state = state;
        entry.asked = 0;
        entry.owed = None;
        if state == NeighborState::Incomplete {
            self.incomplete[family(entry.key)] += 1;
        }
        self.failed_v4 += usize::from(entry.is_failed_v4());
        self.doubted += usize::from(state.is_doubted());
        if state.is_evictable() {
            self.idle[family(entry.key)].insert((entry.used, slot.0));
        }
    }

    /// Enters a MAC address. Packets that waited are owed to the link.
    pub(super) fn settle(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        slot: Slot,
        mac: MacAddr,
        state: NeighborState,
        now: Instant,
    ) {
        self.enter(timers, slot, state);
        let Some(entry) = self.get_mut(slot) else {
            return;
        };
        if entry.mac != mac {
            entry.mac = mac;
            entry.changed = now;
        }
        if !entry.waiting.is_empty() {
            self.list(slot);
        }
    }

    /// Whether one more address may be asked for. Half of the cache at most is: who scans a
    /// network through us drives nobody out.
    ///
    /// # Errors
    ///
    /// [`DropReason::NeighborCacheFull`].
    pub(super) fn may_ask(&self, sysctls: &Sysctls, key: Key) -> Result<(), DropReason> {
        if self.incomplete[family(key)] < sysctls.neigh(key.addr).gc_thresh3.div_ceil(2) {
            Ok(())
        } else {
            Err(DropReason::NeighborCacheFull)
        }
    }

    /// Owes a question, and asks for the next time to think of it.
    pub(super) fn ask(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        slot: Slot,
        question: Question,
        again: Instant,
    ) {
        if let Some(entry) = self.get_mut(slot) {
            entry.asked = entry.asked.saturating_add(1);
            entry.owed = Some(question);
        }
        self.arm(timers, slot, again);
        self.list(slot);
    }

    /// Arms an entry's timer.
    pub(super) fn arm(&mut self, timers: &mut Wheel<TimerKey>, slot: Slot, at: Instant) {
        if let Some(entry) = self.entries.get_mut(slot.0 as usize) {
            let old = entry
                .timer
                .replace(timers.arm(at, TimerKey::Neighbor(slot.0)));
            if let Some(old) = old {
                timers.disarm(old);
            }
        }
    }

    /// Puts an entry into the list of those that owe something.
    pub(super) fn list(&mut self, slot: Slot) {
        if let Some(entry) = self.entries.get_mut(slot.0 as usize)
            && !entry.listed
        {
            entry.listed = true;
            self.ready.push_back(slot.0);
        }
    }

    /// The first of those that owe something.
    pub(super) fn first_listed(&self) -> Option<Slot> {
        self.ready.front().map(|slot| Slot(*slot))
    }

    /// The first of those that owe something owes nothing any more.
    pub(super) fn unlist_first(&mut self) {
        if let Some(slot) = self.ready.pop_front()
            && let Some(entry) = self.entries.get_mut(slot as usize)
        {
            entry.listed = false;
        }
    }

    /// Notes that an entry was used.
    pub(super) fn touch(&mut self, slot: Slot, now: Instant) {
        let Some(entry) = self.entries.get_mut(slot.0 as usize) else {
            return;
        };
        if now.since(entry.used) < USE_GRAIN {
            return;
        }
        if self.idle[family(entry.key)].remove(&(entry.used, slot.0)) {
            self.idle[family(entry.key)].insert((now, slot.0));
        }
        entry.used = now;
    }

    /// Adds a packet behind those that wait.
    pub(super) fn push_waiting(&mut self, slot: Slot, routed: Routed) {
        if let Some(entry) = self.entries.get_mut(slot.0 as usize) {
            let len = routed.frame.len();
            entry.waiting_bytes += len;
            self.waiting_bytes += len;
            entry.waiting.push_back(routed);
        }
    }

    /// Takes the first of those that wait.
    pub(super) fn pop_waiting(&mut self, slot: Slot) -> Option<Routed> {
        let entry = self.entries.get_mut(slot.0 as usize)?;
        let routed = entry.waiting.pop_front()?;
        let len = routed.frame.len();
        entry.waiting_bytes -= len;
        self.waiting_bytes -= len;
        if entry.waiting.is_empty() {
            // A burst must not leave its memory behind.
            entry.waiting = VecDeque::new();
        }
        Some(routed)
    }
}
