//! The timers of one connection: a row each, and one deadline for whoever keeps the wheel.

mod fire;
mod keepalive;
mod persist;

use base::Instant;

/// What a connection may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Something in flight is not acknowledged in time (RFC 6298), or, with nothing in flight, the
    /// peer's window stays closed (RFC 9293 §3.8.6.1).
    Retransmit,
    /// An acknowledgment has waited long enough (RFC 9293 §3.8.6.3).
    DelayedAck,
    /// The peer has been silent (RFC 9293 §3.8.4).
    Keepalive,
    /// TIME_WAIT is over, or an orphan has waited long enough in FIN_WAIT_2.
    Linger,
}

impl Timer {
    const ALL: [Self; 4] = [
        Self::Retransmit,
        Self::DelayedAck,
        Self::Keepalive,
        Self::Linger,
    ];
}

/// When each of them fires.
#[derive(Clone, Debug)]
pub(crate) struct Timers {
    /// By [`Timer`]; the end of time when not armed.
    deadlines: [Instant; Timer::ALL.len()],
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Self {
            deadlines: [Instant::FAR_FUTURE; Timer::ALL.len()],
        }
    }

    pub(crate) fn arm(&mut self, timer: Timer, at: Instant) {
        self.deadlines[timer as usize] = at;
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = Instant::FAR_FUTURE;
    }

    pub(crate) fn stop_all(&mut self) {
        *self = Self::new();
    }

    /// When one fires, if it is armed.
    pub(crate) fn at(&self, timer: Timer) -> Option<Instant> {
        let at = self.deadlines[timer as usize];
        (at != Instant::FAR_FUTURE).then_some(at)
    }

    pub(crate) fn is_armed(&self, timer: Timer) -> bool {
        self.deadlines[timer as usize] != Instant::FAR_FUTURE
    }

    /// The earliest.
    pub(crate) fn next(&self) -> Option<Instant> {
        let [a, b, c, d] = self.deadlines;
        let first = a.min(b).min(c.min(d));
        (first != Instant::FAR_FUTURE).then_some(first)
    }

    /// Whether one is due; it is stopped then.
    pub(crate) fn take_due(&mut self, timer: Timer, now: Instant) -> bool {
        let due = self.is_armed(timer) && self.deadlines[timer as usize] <= now;
        if due {
            self.stop(timer);
        }
        due
    }
}
