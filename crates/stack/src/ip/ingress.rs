//! A packet from the link: is it sound, and for whom?

use base::Instant;

use super::Ip;
use crate::interface::Interface;
use crate::packet::{Arrived, Packet};
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Verdict};

/// Takes the IPv4 header off and decides: for us, to be passed on, or neither.
///
/// Whole datagrams for this computer come back; a fragment is kept until the rest is there; what
/// is to be passed on leaves as a reply.
pub(crate) fn ipv4(
    _ip: &mut Ip,
    _timers: &mut Wheel<TimerKey>,
    _interfaces: &[Interface],
    _now: Instant,
    _arrived: Arrived,
) -> Verdict<Packet> {
    Err(DropReason::NotForThisHost.into())
}
