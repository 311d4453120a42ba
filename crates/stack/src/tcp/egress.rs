//! Connections that owe a segment.

use base::Instant;

use super::Tcp;
use crate::packet::Outbound;
use crate::timer::{TimerKey, Wheel};

/// The next segment of any connection on the ready list.
pub(crate) fn poll(
    _tcp: &mut Tcp,
    _timers: &mut Wheel<TimerKey>,
    _now: Instant,
) -> Option<Outbound> {
    None
}
