//! The peer's window is closed and something waits (RFC 9293 §3.8.6.1).

use base::{Duration, Instant};

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
        let mut at = now + bounded(self.persist_interval(), settings);
        if let Some(user) = self.user_timeout() {
            // No probe is waited for longer than the program waits.
            at = at.min((self.recovery.progress + user).max(now));
        }
        self.timers.arm(Timer::Retransmit, at);
    }

    fn persist_interval(&self) -> Duration {
        self.rtt.rto * (1 << self.recovery.timeouts.min(32))
    }

    /// Whether a peer that keeps its window closed is given up although it answers: it would hold
    /// the memory of what waits for ever, and no program is there to end that (CVE-2009-4609,
    /// RFC 6429 §5). As Linux: once the time between probes has reached its bound.
    fn is_held_for_nobody(&self, settings: &Settings) -> bool {
        self.marks.contains(Marks::ORPHAN)
            && self.persist_interval() >= settings.rto_max
            && self.recovery.timeouts >= settings.orphan_retries
    }

    /// The window has stayed closed, or too small, for long enough.
    pub(crate) fn persist_due(&mut self, now: Instant, settings: &Settings) {
        if !self.snd.has_fresh() {
            return;
        }
        let silent = now - self.recovery.progress;
        if self.probes >= self.data_retries(settings).max(1)
            || (self.recovery.timeouts > 0
                && self.user_timeout().is_some_and(|user| silent >= user))
            || self.is_held_for_nobody(settings)
        {
            let reason = self.soft_error.unwrap_or(Error::TimedOut);
            return self.fail(reason);
        }
        self.recovery.timeouts = self.recovery.timeouts.saturating_add(1);
        if self.snd.window_room() > 0 {
            // Open, but so little that sending was put off: not for longer than this
            // (RFC 9293 §3.8.6.2.1, the override time-out).
            self.marks |= Marks::OVERRIDE;
            self.marks -= Marks::MORE | Marks::UNPUSHED;
        } else {
            self.probes = self.probes.saturating_add(1);
            self.marks |= Marks::PROBE_OWED;
            self.owe_urgent_probe();
        }
        self.arm_persist(now, settings);
    }
}
