//! A host's clock, which may run otherwise than the network's.

use base::{Duration, Instant};

/// What a host takes for the time. Like Linux's `CLOCK_MONOTONIC` it never goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostClock {
    /// When it was set last, by the network's time, and what it showed then.
    since: Instant,
    shown: Instant,
    /// How much it gains in a second, in nanoseconds: parts per billion.
    gain: i64,
}

/// The most that a clock gains or loses: a tenth.
const MOST: i64 = 100_000_000;
const SECOND: i128 = 1_000_000_000;

impl HostClock {
    /// The network's own.
    pub(crate) const RIGHT: Self = Self {
        since: Instant::ZERO,
        shown: Instant::ZERO,
        gain: 0,
    };

    /// What it shows at a time of the network's.
    pub(crate) fn at(&self, now: Instant) -> Instant {
        let passed = now.since(self.since);
        if self.gain == 0 {
            return self.shown + passed;
        }
        let nanos = i128::from(passed.as_nanos()) * (SECOND + i128::from(self.gain)) / SECOND;
        self.shown + Duration::from_nanos(nanos as u64)
    }

    /// The first time of the network's at which it shows this; when it was set, for what it showed
    /// before.
    pub(crate) fn when(&self, shown: Instant) -> Instant {
        let wait = shown.since(self.shown);
        if self.gain == 0 {
            return self.since + wait;
        }
        let rate = SECOND + i128::from(self.gain);
        let nanos = (i128::from(wait.as_nanos()) * SECOND + rate - 1) / rate;
        self.since + Duration::from_nanos(nanos.try_into().unwrap_or(u64::MAX))
    }

    /// From now on it gains so much, and at once it is so much further.
    pub(crate) fn set(&mut self, now: Instant, gain: i64, ahead: Duration) {
        self.shown = self.at(now) + ahead;
        self.since = now;
        self.gain = gain.clamp(-MOST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_due_when_the_clock_shows_it_and_not_a_nanosecond_before() {
        for gain in [100_000_000, 37, 0, -1, -99_999_999] {
            let mut clock = HostClock::RIGHT;
            clock.set(Instant::from_secs(3), gain, Duration::from_millis(5));
            for nanos in [0, 1, 7, 999_999_999, 86_400_000_000_001] {
                let shown = Instant::from_nanos(3_005_000_000 + nanos);
                let due = clock.when(shown);
                assert!(clock.at(due) >= shown, "{gain} {nanos}");
                if nanos > 0 {
                    let before = Instant::from_nanos(due.as_nanos() - 1);
                    assert!(clock.at(before) < shown, "{gain} {nanos}");
                }
            }
        }
    }
}
