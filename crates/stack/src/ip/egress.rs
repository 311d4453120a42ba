//! A packet for the network: which way, from which address, in how many pieces?

use smallvec::SmallVec;

use super::Ip;
use crate::interface::Interface;
use crate::packet::{Outbound, Routed};
use crate::verdict::{DropReason, Verdict};

/// Finds the route, puts the IP header on and cuts the packet where the link demands it.
pub(crate) fn route(
    _ip: &mut Ip,
    _interfaces: &[Interface],
    _outbound: Outbound,
) -> Verdict<SmallVec<[Routed; 1]>> {
    Err(DropReason::NoRoute.into())
}
