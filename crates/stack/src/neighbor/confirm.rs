//! A transport heard from beyond a neighbour, or did not.

use base::Instant;

use super::entry::NeighborState;
use super::ingress::reachable_time;
use super::{Key, Neighbors};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

/// What went by way of a neighbour was acknowledged: it is there, and nobody need ask it
/// (RFC 4861 §7.3.1). Worth a call only while [somebody is doubted](Neighbors::any_doubted).
pub(crate) fn reachable(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    now: Instant,
    key: Key,
) {
    let base = neighbors.links.reachable_time(key, sysctls.neigh(key.addr));
    let cache = &mut neighbors.cache;
    let Some(slot) = cache.find(key) else {
        return;
    };
    let Some(entry) = cache.get_mut(slot) else {
        return;
    };
    // Of the others nothing was doubted: one that is stale was not sent to.
    if entry.state.is_doubted() {
        entry.reachable_until = now + reachable_time(base, &mut neighbors.rng);
        cache.enter(timers, slot, NeighborState::Reachable);
    }
}

/// A transport hears nothing though it should (R1 of RFC 9293 §3.8.3): the neighbour is doubted,
/// so that a dead one is found out before the connection is given up (RFC 1122 §3.3.1.4).
pub(crate) fn suspect(neighbors: &mut Neighbors, timers: &mut Wheel<TimerKey>, key: Key) {
    let cache = &mut neighbors.cache;
    if let Some(slot) = cache.find(key)
        && let Some(entry) = cache.get(slot)
        && entry.state == NeighborState::Reachable
    {
        cache.enter(timers, slot, NeighborState::Stale);
    }
}
