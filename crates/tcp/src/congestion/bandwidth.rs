//! What both BBRs reckon with: bandwidths, and how acknowledgments come in clumps.

use base::{Duration, Instant};

use super::Ack;

/// Bandwidths are packets a microsecond, times 2^24.
const SHIFT: u32 = 24;
/// On average a little slower than the path, so that no queue builds up: 1 %
/// (draft-ietf-ccwg-bbr §2.5).
const MARGIN: u64 = 1;
/// So many packets of ACKs in a row begin a new count (Linux's bound on its field).
const MOST_COUNTED: u32 = 1 << 20;

/// The bandwidth that an ACK shows; 0: none.
pub(super) fn sampled(ack: &Ack) -> u64 {
    of(ack.rate.delivered, ack.rate.interval.into())
}

/// So many packets in so many microseconds.
pub(super) fn of(packets: u32, micros: u64) -> u64 {
    (u64::from(packets) << SHIFT)
        .checked_div(micros)
        .unwrap_or(0)
}

/// `gain` percent of a bandwidth less the margin, in bytes a second.
pub(super) fn pacing_rate(bw: u64, mss: u16, gain: u64) -> u64 {
    let rate = u128::from(bytes_a_second(bw, mss)) * u128::from(gain * (100 - MARGIN)) / 10_000;
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// A bandwidth in bytes a second.
pub(super) fn bytes_a_second(bw: u64, mss: u16) -> u64 {
    let rate = (u128::from(bw) * u128::from(mss) * 1_000_000) >> SHIFT;
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// How many packets fill a path of that bandwidth and round-trip time, times `gain` percent.
pub(super) fn product(bw: u64, rtt: Duration, gain: u64) -> u32 {
    let bdp = u128::from(bw) * u128::from(rtt.as_micros()) * u128::from(gain) / 100;
    // Rounded up: a packet that fits in part is one that may fly.
    u32::try_from((bdp + (1 << SHIFT) - 1) >> SHIFT).unwrap_or(u32::MAX)
}

/// How many packets pass in so long, in whole.
pub(super) fn passed(bw: u64, time: Duration) -> u32 {
    let packets = (u128::from(bw) * u128::from(time.as_micros())) >> SHIFT;
    u32::try_from(packets).unwrap_or(u32::MAX)
}

/// How much more than expected is acknowledged at once (draft-ietf-ccwg-bbr §5.5.9): so much must
/// be in flight beyond what the path holds, or the sender runs dry while ACKs wait for company.
#[derive(Clone, Debug)]
pub(super) struct Aggregation {
    start: Instant,
    /// Delivered since.
    delivered: u32,
    /// The most of this half of the filter's time, and of the half before.
    extra: [u32; 2],
    /// Round trips of this half.
    rounds: u32,
}

impl Aggregation {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            start: now,
            delivered: 0,
            extra: [0; 2],
            rounds: 0,
        }
    }

    /// Data goes out after a pause.
    pub(super) fn restart(&mut self, now: Instant) {
        self.start = now;
        self.delivered = 0;
    }

    /// An ACK on a path of that bandwidth. `half` is half of the filter's time, in round trips.
    pub(super) fn on_ack(&mut self, ack: &Ack, bw: u64, cwnd: u32, round_start: bool, half: u32) {
        if round_start {
            self.rounds += 1;
            if self.rounds >= half {
                self.rounds = 0;
                self.extra = [self.extra[1], 0];
            }
        }
        let mut expected = passed(bw, ack.now - self.start);
        if self.delivered <= expected || self.delivered >= MOST_COUNTED {
            self.restart(ack.now);
            expected = 0;
        }
        self.delivered = self.delivered.saturating_add(ack.delivered);
        let extra = (self.delivered - expected).min(cwnd);
        self.extra[1] = self.extra[1].max(extra);
    }

    /// The most of late, in packets.
    pub(super) fn extra(&self) -> u32 {
        self.extra[0].max(self.extra[1])
    }
}
