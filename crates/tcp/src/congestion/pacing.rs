//! Data leaves at a rate rather than at once.
//!
//! Pacing is on for an algorithm that sets a rate (BBR), and for a program that bounds it
//! (SO_MAX_PACING_RATE). While it is off there is no [`Pacer`] and nothing to ask. While it is on,
//! data goes in bursts of what the rate lets through in a millisecond, and a timer runs between.

use base::{Duration, Instant};

/// So many packets of a connection go before any is held back, as in Linux: what fits into the
/// initial window does so at once.
const FREE_PACKETS: u32 = 10;
/// A burst is the part of a second that this shifts off: about a millisecond (Linux's
/// `sk_pacing_shift`).
const BURST_SHIFT: u32 = 10;
/// The most that leaves in one piece, in bytes (Linux's `sk_gso_max_size`).
const MOST_BURST: u64 = 65_536;

/// What spaces the data of one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pacer {
    /// When the next burst may leave.
    next: Instant,
    /// Whether it has to wait until then.
    waits: bool,
    /// Packets that went, up to [`FREE_PACKETS`].
    free: u32,
}

impl Pacer {
    /// Whether nothing may leave before [`deadline`](Self::deadline).
    pub(crate) const fn waits(&self) -> bool {
        self.waits
    }

    /// When it ends waiting, if it does.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.waits.then_some(self.next)
    }

    /// The time has come, or not yet.
    pub(crate) fn on_deadline(&mut self, now: Instant) {
        if self.next <= now {
            self.waits = false;
        }
    }

    /// `packets` with `bytes` of data left, at `rate` bytes a second.
    pub(crate) fn on_sent(&mut self, now: Instant, packets: u32, bytes: u64, rate: u64) {
        if self.free < FREE_PACKETS {
            self.free += packets;
            self.next = now;
            return;
        }
        let nanos = bytes.saturating_mul(1_000_000_000).checked_div(rate);
        let Some(nanos) = nanos else {
            return;
        };
        let length = Duration::from_nanos(nanos);
        // What a late timer has lost is made up for, but by no more than half of each burst.
        let late = now - self.next;
        let length = if self.next == Instant::ZERO {
            length
        } else {
            length - late.min(length / 2)
        };
        self.next = now.max(self.next) + length;
        self.waits = self.next > now;
    }
}

/// So many packets leave in one piece at `rate` bytes a second: a millisecond's worth, more on near
/// paths, and at least `least` (`tcp_min_tso_segs`). A path whose round trip is n times 2^`near` µs
/// takes 64 KiB / 2^n more (`tcp_tso_rtt_log`; 0: as any other).
pub(crate) fn burst(rate: u64, mss: u16, min_rtt: Duration, least: u8, near: u8) -> u32 {
    let far = min_rtt.as_micros().checked_shr(near.into()).unwrap_or(0);
    let more = if near > 0 && far < 32 {
        MOST_BURST >> far
    } else {
        0
    };
    let bytes = ((rate >> BURST_SHIFT) + more).min(MOST_BURST);
    let packets = bytes / u64::from(mss.max(1));
    (packets as u32).max(u32::from(least)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_secs(5);

    #[test]
    fn the_first_ten_packets_are_free() {
        let mut pacer = Pacer::default();
        for _ in 0..5 {
            pacer.on_sent(START, 2, 2000, 1000);
            assert!(!pacer.waits());
        }
        pacer.on_sent(START, 1, 1000, 1_000_000);
        assert_eq!(pacer.deadline(), Some(START + Duration::from_millis(1)));
    }

    #[test]
    fn bursts_keep_the_rate_even_if_the_timer_is_late() {
        let mut pacer = Pacer::default();
        pacer.on_sent(START, 10, 10_000, 1_000_000);
        let mut now = START;
        let mut sent = 0;
        while now < START + Duration::from_secs(1) {
            assert!(!pacer.waits());
            pacer.on_sent(now, 2, 2000, 1_000_000);
            sent += 2000;
            let due = pacer.deadline().expect("two milliseconds");
            now = due + Duration::from_micros(300);
            pacer.on_deadline(due - Duration::from_nanos(1));
            assert!(pacer.waits());
            pacer.on_deadline(now);
        }
        assert!((990_000..=1_002_000).contains(&sent), "{sent}");
    }

    #[test]
    fn a_pause_earns_half_a_burst_at_most() {
        let mut pacer = Pacer::default();
        pacer.on_sent(START, 10, 10_000, 1_000_000);
        let later = START + Duration::from_secs(60);
        pacer.on_sent(later, 2, 2000, 1_000_000);
        assert_eq!(pacer.deadline(), Some(later + Duration::from_millis(1)));
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut pacer = Pacer::default();
        pacer.on_sent(START, 100, 1, 1);
        pacer.on_sent(START, 100, u64::MAX, 0);
        assert!(!pacer.waits());
    }

    #[test]
    fn bursts_are_those_of_linux() {
        let far = Duration::from_millis(100);
        // 200 kB/s is 195 bytes in 1/1024 s.
        assert_eq!(burst(200_000, 1000, far, 2, 9), 2);
        assert_eq!(burst(200_000, 1000, far, 10, 9), 10);
        // 100 MB/s: more than fits.
        assert_eq!(burst(100_000_000, 1460, far, 2, 9), 44);
        // 10 MB/s at 4 ms: 9765 bytes, and 65536 / 2^7.
        assert_eq!(burst(10_000_000, 1000, Duration::from_millis(4), 2, 9), 10);
        assert_eq!(burst(10_000_000, 1000, Duration::from_millis(4), 2, 0), 9);
        // On the same machine all that fits.
        assert_eq!(burst(1_000_000, 1448, Duration::from_micros(50), 2, 9), 45);
        assert_eq!(burst(0, 0, Duration::ZERO, 0, 9), 65_536);
    }
}
