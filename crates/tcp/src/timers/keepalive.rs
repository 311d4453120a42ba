//! Keepalive (RFC 9293 §3.8.4).

use base::{Duration, Instant};

use super::Timer;
use crate::connection::Marks;
use crate::{Connection, Error, Settings};

/// The least time between probes, whatever was asked for: the unit of the options and sysctls.
const LEAST: Duration = Duration::from_secs(1);

impl Connection {
    /// The peer was heard: silence begins anew.
    pub(crate) fn hear(&mut self, now: Instant, settings: &Settings) {
        self.probes = 0;
        if self.timers.is_armed(Timer::Keepalive) {
            self.timers
                .arm(Timer::Keepalive, now + self.keepalive_idle(settings));
        }
    }

    /// Starts keepalive if the program wants it.
    pub(crate) fn arm_keepalive(&mut self, now: Instant, settings: &Settings) {
        if self.options.keepalive {
            self.timers
                .arm(Timer::Keepalive, now + self.keepalive_idle(settings));
        }
    }

    /// The peer has been silent.
    pub(crate) fn keepalive_due(&mut self, now: Instant, settings: &Settings) {
        let options = &self.options;
        let interval = options
            .keepintvl
            .map_or(settings.keepalive_intvl, |s| Duration::from_secs(s.into()))
            .max(LEAST);
        // While something is sent or waits to be, its own timer finds out.
        if self.snd.flight() > 0 || self.snd.has_fresh() {
            let idle = self.keepalive_idle(settings);
            return self.timers.arm(Timer::Keepalive, now + idle);
        }
        if self.probes >= options.keepcnt.unwrap_or(settings.keepalive_probes) {
            let reason = self.soft_error.unwrap_or(Error::TimedOut);
            self.fail(reason);
            // The peer may have come back from a crash: it should not think that we still are.
            self.marks |= Marks::RESET_OWED;
            return;
        }
        self.probes = self.probes.saturating_add(1);
        self.marks |= Marks::PROBE_OWED;
        self.timers.arm(Timer::Keepalive, now + interval);
    }

    fn keepalive_idle(&self, settings: &Settings) -> Duration {
        self.options
            .keepidle
            .map_or(settings.keepalive_time, |s| Duration::from_secs(s.into()))
            .max(LEAST)
    }
}
