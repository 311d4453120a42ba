//! Nobody answered yet.

use base::Instant;

use super::entry::{NeighborState, Question};
use super::{Claimed, Key, Neighbors, Slot, claim};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

/// An entry's time has come: ask, ask again, or give up. Says who was given up.
pub(crate) fn neighbor(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    now: Instant,
    slot: u32,
) -> Option<Key> {
    let cache = &mut neighbors.cache;
    let slot = Slot(slot);
    let entry = cache.get_mut(slot)?;
    entry.timer = None;
    let key = entry.key;
    let settings = sysctls.neigh(entry.key.addr);
    let retrans_time = neighbors.links.retrans_time(entry.key, settings);
    let (question, limit) = match entry.state {
        NeighborState::Incomplete => (Question::All, settings.mcast_solicit),
        NeighborState::Delay => {
            cache.enter(timers, slot, NeighborState::Probe);
            (Question::One, settings.ucast_solicit)
        }
        NeighborState::Probe => (Question::One, settings.ucast_solicit),
        // These have no timer.
        NeighborState::Reachable
        | NeighborState::Stale
        | NeighborState::Failed
        | NeighborState::Permanent => return None,
    };
    if cache.get(slot).is_some_and(|entry| entry.asked < limit) {
        cache.ask(timers, slot, question, now + retrans_time);
        return None;
    }
    cache.enter(timers, slot, NeighborState::Failed);
    cache.list(slot);
    Some(key)
}

/// A claim's time has come. Says when an address has become ours.
pub(crate) fn claim(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    now: Instant,
    slot: u32,
) -> Option<Claimed> {
    claim::expire(&mut neighbors.claims, &mut neighbors.rng, timers, now, slot)
}
