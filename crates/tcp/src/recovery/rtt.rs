//! The round-trip time and the time-out that follows from it (RFC 6298).

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use crate::Settings;

/// The time-out once a SYN had to be sent again and nothing was measured (RFC 6298 §5.7).
const AFTER_SYN_RETRANSMISSION: Duration = Duration::from_secs(3);

/// The least time-out, whatever the sysctls say: the clock granularity G of RFC 6298 §2.
const GRANULARITY: Duration = Duration::from_millis(1);

/// A time-out within what the sysctls and the clock allow.
pub(crate) fn bounded(timeout: Duration, settings: &Settings) -> Duration {
    timeout.min(settings.rto_max).max(GRANULARITY)
}

/// Measures one segment at a time (RFC 6298 §3) and keeps the retransmission time-out.
#[derive(Clone, Debug)]
pub(crate) struct Rtt {
    /// SRTT; zero before the first measurement.
    pub(crate) smoothed: Duration,
    /// RTTVAR.
    pub(crate) variation: Duration,
    /// RTO, doubled by every time-out until the next measurement.
    pub(crate) rto: Duration,
    /// The segment being measured.
    timed: Option<Timed>,
}

#[derive(Clone, Copy, Debug)]
struct Timed {
    /// The number behind it.
    end: SeqNumber,
    sent: Instant,
}

impl Rtt {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            smoothed: Duration::ZERO,
            variation: Duration::ZERO,
            rto: bounded(settings.rto_initial, settings),
            timed: None,
        }
    }

    /// A segment that ends before `end` is sent for the first time.
    pub(crate) fn sent(&mut self, end: SeqNumber, now: Instant) {
        if self.timed.is_none() {
            self.timed = Some(Timed { end, sent: now });
        }
    }

    /// Something in flight is sent again: what is acknowledged from now on may be either copy, so
    /// it measures nothing (Karn's algorithm, RFC 6298 §3).
    pub(crate) const fn retransmitted(&mut self) {
        self.timed = None;
    }

    /// Everything before `ack` is acknowledged.
    pub(crate) fn acknowledged(&mut self, ack: SeqNumber, now: Instant, settings: &Settings) {
        if let Some(Timed { end, sent }) = self.timed
            && end.before_eq(ack)
        {
            self.timed = None;
            self.sample(now - sent, settings);
        }
    }

    /// A measurement (RFC 6298 §2.2, §2.3).
    fn sample(&mut self, measured: Duration, settings: &Settings) {
        // Zero means "none yet" here, and no path takes no time.
        let measured = measured.max(Duration::from_nanos(1));
        if self.smoothed == Duration::ZERO {
            self.smoothed = measured;
            self.variation = measured / 2;
        } else {
            let deviation = self.smoothed.abs_diff(measured);
            self.variation = (self.variation * 3 + deviation) / 4;
            self.smoothed = (self.smoothed * 7 + measured) / 8;
        }
        // Linux bounds the part that follows the variation and not the sum, so that a path of any
        // length has as much time to spare; RFC 6298 §2.4 would round the sum up to 1 s.
        let spare = (self.variation * 4).max(settings.rto_min);
        self.rto = bounded(self.smoothed + spare, settings);
    }

    /// A time-out: wait twice as long for the next (RFC 6298 §5.5).
    pub(crate) fn back_off(&mut self, settings: &Settings) {
        self.rto = bounded(self.rto * 2, settings);
    }

    /// The handshake is complete; `again` says that its SYN was sent more than once.
    pub(crate) fn established(&mut self, again: bool, settings: &Settings) {
        if again && self.smoothed == Duration::ZERO {
            self.rto = bounded(AFTER_SYN_RETRANSMISSION, settings);
        }
    }
}
