//! The timer of loss recovery: one, for three purposes (RFC 6298 §5, RFC 8985 §8).

use base::{Duration, Instant};

use super::Wait;
use crate::timers::Timer;
use crate::{Connection, Settings};

impl Connection {
    /// Starts the retransmission timer anew; with a user time-out, not beyond that.
    pub(crate) fn arm_retransmit(&mut self, now: Instant) {
        self.recovery.wait = Wait::Timeout;
        self.arm_within_patience(now, now + self.rtt.rto);
    }

    /// Sets the timer, not beyond the user time-out.
    pub(super) fn arm_within_patience(&mut self, now: Instant, mut at: Instant) {
        if let Some(user) = self.user_timeout() {
            let end = self.recovery.progress + user;
            if now < end {
                at = at.min(end);
            }
        }
        self.timers.arm(Timer::Retransmit, at);
    }

    /// How long until the oldest in flight times out.
    pub(super) fn timeout_left(&self, now: Instant) -> Option<Duration> {
        let due = self.recovery.queue.front()?.at + self.rtt.rto;
        (now < due).then(|| due - now)
    }

    /// Sets the time-out as what is in flight deserves (RFC 6298 §5.2, §5.3): the whole of it, or
    /// what is left when another purpose had the timer meanwhile.
    pub(super) fn rearm_timeout(&mut self, now: Instant) {
        if self.recovery.queue.is_empty() {
            return self.timers.stop(Timer::Retransmit);
        }
        let wait = match self.recovery.wait {
            Wait::Timeout => self.rtt.rto,
            Wait::Reordering | Wait::Probe => {
                self.timeout_left(now).unwrap_or(Duration::from_millis(1))
            }
        };
        self.recovery.wait = Wait::Timeout;
        self.arm_within_patience(now, now + wait);
    }

    /// An ACK has brought something on: the timer starts anew.
    pub(super) fn set_timer(&mut self, now: Instant, settings: &Settings) {
        if !self.schedule_probe(now, settings, true) {
            self.rearm_timeout(now);
        }
    }

    /// The peer seems to have forgotten what it held: it has this long to acknowledge it.
    pub(super) fn wait_for_reneged(&mut self, now: Instant) {
        let wait = (self.rtt.srtt() / 2).max(Duration::from_millis(10));
        self.recovery.wait = Wait::Timeout;
        self.timers.arm(Timer::Retransmit, now + wait);
    }

    /// Something new went out; `first` with nothing in flight before it.
    pub(crate) fn timer_for_new(&mut self, now: Instant, settings: &Settings, first: bool) {
        if first || self.recovery.wait == Wait::Probe {
            self.rearm_timeout(now);
        }
        self.schedule_probe(now, settings, false);
    }

    /// The timer has fired with something in flight.
    pub(crate) fn recovery_due(&mut self, now: Instant, settings: &Settings) {
        match self.recovery.wait {
            Wait::Timeout => self.retransmit_due(now, settings),
            Wait::Reordering => self.reordering_due(now, settings),
            Wait::Probe => self.probe_due(now),
        }
    }
}
