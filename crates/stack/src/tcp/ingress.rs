//! A segment came.

use base::Instant;

use super::Tcp;
use crate::packet::{IcmpError, Packet};
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Verdict};

/// Finds the connection or the listener and hands the segment over.
pub(crate) fn receive(
    _tcp: &mut Tcp,
    _timers: &mut Wheel<TimerKey>,
    _now: Instant,
    _packet: Packet,
) -> Verdict<()> {
    Err(DropReason::TcpPortUnreachable.into())
}

/// A segment of ours died.
pub(crate) fn icmp_error(_tcp: &mut Tcp, _now: Instant, _error: &IcmpError) -> Verdict<()> {
    Err(DropReason::IcmpForNobody.into())
}
