//! A packet for the network: which way, from which address, in how many pieces?

use core::net::IpAddr;

use base::Instant;
use smallvec::SmallVec;

use super::Ip;
use crate::interface::{Interface, InterfaceId};
use crate::packet::{Choice, Outbound, Routed};
use crate::verdict::{DropReason, Verdict};

/// Finds the route, puts the IP header on and cuts the packet where the link demands it.
pub(crate) fn route(
    _ip: &mut Ip,
    _interfaces: &[Interface],
    _outbound: Outbound,
) -> Verdict<SmallVec<[Routed; 1]>> {
    Err(DropReason::NoRoute.into())
}

/// Which way a packet to `dst` would take: what a transport must know before it sends the first.
///
/// `src` is the address that a socket is bound to, `iface` the interface that it is bound to.
///
/// # Errors
///
/// [`DropReason::NoRoute`] (ENETUNREACH), [`DropReason::MartianDestination`] (EINVAL),
/// [`DropReason::NoSourceAddress`] (EADDRNOTAVAIL) when no address of ours fits.
#[expect(dead_code, reason = "the transports ask for it when they connect")]
pub(crate) fn select(
    _ip: &Ip,
    _interfaces: &[Interface],
    _now: Instant,
    _dst: IpAddr,
    _src: Option<IpAddr>,
    _iface: Option<InterfaceId>,
) -> Result<Choice, DropReason> {
    Err(DropReason::NoRoute)
}
