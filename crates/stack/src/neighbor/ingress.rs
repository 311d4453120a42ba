//! An ARP packet came.

use base::Instant;

use super::Neighbors;
use crate::interface::Interface;
use crate::packet::Arrived;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Stop, Verdict};

/// RFC 826's packet reception.
pub(crate) fn arp(
    _neighbors: &mut Neighbors,
    _timers: &mut Wheel<TimerKey>,
    _interface: &Interface,
    _now: Instant,
    _arrived: Arrived,
) -> Verdict<()> {
    Err(Stop::Drop(DropReason::ArpNotForUs))
}
