//! A transport heard from beyond a neighbour, or did not.

use base::Instant;

use super::entry::NeighborState;
use super::ingress::reachable_time;
use super::{Key, Neighbors};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

/// New data or acknowledgments came by way of a neighbour: it is there, and nobody need ask it
/// (RFC 4861 §7.3.1).
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
    match entry.state {
        // Half of the least time that it is believed for is left: nothing to write down yet.
        NeighborState::Reachable if entry.reachable_until.since(now) > base / 4 => {}
        NeighborState::Reachable => {
            entry.reachable_until = now + reachable_time(base, &mut neighbors.rng);
        }
        NeighborState::Stale | NeighborState::Delay | NeighborState::Probe => {
            entry.reachable_until = now + reachable_time(base, &mut neighbors.rng);
            cache.enter(timers, slot, NeighborState::Reachable);
        }
        // Nothing was sent there, or nobody doubts it.
        NeighborState::Incomplete | NeighborState::Failed | NeighborState::Permanent => {}
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
