//! A datagram came.

use super::Udp;
use crate::packet::{IcmpError, Packet};
use crate::verdict::{DropReason, Verdict};

/// Finds the socket and queues the datagram there.
pub(crate) fn receive(_udp: &mut Udp, _packet: Packet) -> Verdict<()> {
    Err(DropReason::UdpPortUnreachable.into())
}

/// A datagram of ours died.
pub(crate) fn icmp_error(_udp: &mut Udp, _error: &IcmpError) -> Verdict<()> {
    Err(DropReason::IcmpForNobody.into())
}
