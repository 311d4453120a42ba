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

/// Keeps the smoothed round-trip time and the retransmission time-out.
///
/// RFC 6298 with Linux's three refinements: the variation is the largest of the last round trip and
/// not smoothed on the way up; a round trip that comes out shorter hardly raises it; and what stands
/// for it in the time-out is at least `tcp_rto_min_us`. Times are in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Rtt {
    /// SRTT, times 8; 0 before the first measurement.
    smoothed: u32,
    /// The mean deviation, times 4.
    deviation: u32,
    /// The largest `deviation` in this round trip, and at least the least time-out.
    largest: u32,
    /// RTTVAR, times 4: what the time-out adds to SRTT.
    spare: u32,
    /// Where this round trip ends.
    round: SeqNumber,
    /// RTO, doubled by every time-out until the next measurement.
    pub(crate) rto: Duration,
    /// The SYN, being measured.
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
            smoothed: 0,
            deviation: 0,
            largest: 0,
            spare: 0,
            round: SeqNumber(0),
            rto: bounded(settings.rto_initial, settings),
            timed: None,
        }
    }

    /// SRTT; zero before the first measurement.
    pub(crate) fn srtt(&self) -> Duration {
        Duration::from_micros(u64::from(self.smoothed >> 3))
    }

    /// The mean deviation of it (`tcpi_rttvar`).
    pub(crate) fn rttvar(&self) -> Duration {
        Duration::from_micros(u64::from(self.deviation >> 2))
    }

    /// A SYN that ends before `end` is sent for the first time.
    pub(crate) fn sent(&mut self, end: SeqNumber, now: Instant) {
        if self.timed.is_none() {
            self.timed = Some(Timed { end, sent: now });
        }
    }

    /// It is sent again: what is acknowledged from now on may be either copy, so it measures
    /// nothing (Karn's algorithm, RFC 6298 §3).
    pub(crate) const fn retransmitted(&mut self) {
        self.timed = None;
    }

    /// Everything before `ack` is acknowledged; the round-trip time if that measures one.
    pub(crate) fn acknowledged(
        &mut self,
        ack: SeqNumber,
        now: Instant,
        settings: &Settings,
    ) -> Option<Duration> {
        let Timed { end, sent } = self.timed?;
        if !end.before_eq(ack) {
            return None;
        }
        self.timed = None;
        self.sample(now - sent, ack, ack, settings);
        Some(now - sent)
    }

    /// A measurement (RFC 6298 §2.2, §2.3), when `una` was acknowledged and `nxt` is next to go.
    pub(crate) fn sample(
        &mut self,
        measured: Duration,
        una: SeqNumber,
        nxt: SeqNumber,
        settings: &Settings,
    ) {
        // No path takes no time, and none that matters takes more than a minute or two.
        let measured = measured.as_micros().clamp(1, 1 << 27) as u32;
        let least = settings.rto_min.as_micros().min(1 << 30) as u32;
        if self.smoothed == 0 {
            self.smoothed = measured << 3;
            self.deviation = measured << 1;
            self.largest = self.deviation.max(least);
            self.spare = self.largest;
            self.round = nxt;
        } else {
            self.refine(measured, una, nxt, least);
        }
        let sum = u64::from(self.smoothed >> 3) + u64::from(self.spare);
        self.rto = bounded(Duration::from_micros(sum), settings);
    }

    fn refine(&mut self, measured: u32, una: SeqNumber, nxt: SeqNumber, least: u32) {
        let error = measured as i32 - (self.smoothed >> 3) as i32;
        self.smoothed = self.smoothed.saturating_add_signed(error).max(1);
        let mut change = error.abs() - (self.deviation >> 2) as i32;
        // A shorter round trip is no reason for much more patience.
        if error < 0 && change > 0 {
            change >>= 3;
        }
        self.deviation = self.deviation.saturating_add_signed(change);
        self.largest = self.largest.max(self.deviation);
        self.spare = self.spare.max(self.largest);
        if una.after(self.round) {
            // A round trip is over: down by a quarter of the way.
            self.spare -= self.spare.saturating_sub(self.largest) >> 2;
            self.round = nxt;
            self.largest = least;
        }
    }

    /// A time-out: wait twice as long for the next (RFC 6298 §5.5).
    pub(crate) fn back_off(&mut self, settings: &Settings) {
        self.rto = bounded(self.rto * 2, settings);
    }

    /// The time-out without back-off, at most `rto_max`.
    pub(crate) fn start_over(&mut self, settings: &Settings) {
        if self.smoothed != 0 {
            let sum = u64::from(self.smoothed >> 3) + u64::from(self.spare);
            self.rto = bounded(Duration::from_micros(sum), settings);
        }
    }

    /// The handshake is complete; `again` says that its SYN was sent more than once.
    pub(crate) fn established(&mut self, again: bool, settings: &Settings) {
        if again && self.smoothed == 0 {
            self.rto = bounded(AFTER_SYN_RETRANSMISSION, settings);
        }
    }
}
