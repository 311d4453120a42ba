//! A packet needs a MAC address.

use base::Instant;

use super::{Debt, Neighbors, Resolution};
use crate::interface::Interface;
use crate::packet::Routed;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Verdict};

/// Finds the MAC address of the packet's next hop, or keeps the packet until it is known.
pub(crate) fn resolve(
    _neighbors: &mut Neighbors,
    _timers: &mut Wheel<TimerKey>,
    _interface: &Interface,
    _now: Instant,
    _routed: Routed,
) -> Verdict<Resolution> {
    Err(DropReason::NeighborUnreachable.into())
}

/// What is owed next.
pub(crate) fn poll(_neighbors: &mut Neighbors, _now: Instant) -> Option<Debt> {
    None
}
