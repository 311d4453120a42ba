//! The peer's window is closed and something waits (RFC 9293 §3.8.6.1).

use base::Instant;

use super::Timer;
use crate::connection::Marks;
use crate::recovery::bounded;
use crate::{Connection, Error, Settings};

impl Connection {
    /// Something waits for the window, and nothing in flight will bring news of it: a timer must.
    pub(crate) fn arm_persist(&mut self, now: Instant, settings: &Settings) {
        if self.recovery.timeouts == 0 {
            self.recovery.progress = now;
        }
        let doubled = self.rtt.rto * (1 << self.recovery.timeouts.min(32));
        self.timers
            .arm(Timer::Retransmit, now + bounded(doubled, settings));
    }

    /// The window has stayed closed, or too small, for long enough.
    pub(crate) fn persist_due(&mut self, now: Instant, settings: &Settings) {
        if !self.snd.has_fresh() {
            return;
        }
        let silent = now - self.recovery.progress;
        if self.probes >= self.data_retries(settings).max(1)
            || (self.probes > 0 && self.user_timeout().is_some_and(|user| silent >= user))
        {
            let reason = self.soft_error.unwrap_or(Error::TimedOut);
            return self.fail(reason);
        }
        self.recovery.timeouts = self.recovery.timeouts.saturating_add(1);
        if self.snd.window_room() > 0 {
            // Open, but so little that sending was put off: not for longer than this
            // (RFC 9293 §3.8.6.2.1, the override time-out).
            self.marks |= Marks::OVERRIDE;
            self.marks.remove(Marks::MORE);
        } else {
            self.probes = self.probes.saturating_add(1);
            self.marks |= Marks::PROBE_OWED;
            self.owe_urgent_probe();
        }
        self.arm_persist(now, settings);
    }
}
