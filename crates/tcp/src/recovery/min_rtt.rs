//! The least round-trip time of the last `tcp_min_rtt_wlen` seconds.

use base::{Duration, Instant};

/// A round-trip time and when it was measured, in microseconds and milliseconds that wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sample {
    rtt: u32,
    at: u32,
}

/// The best of a sliding window, in three samples: the best, the best after it, and the best after
/// that. What RFC 8985 §6.2 asks for (min_RTT), in the shape of Kathleen Nichols' filter, which
/// needs no list.
#[derive(Clone, Debug, Default)]
pub(crate) struct MinRtt {
    best: [Sample; 3],
    known: bool,
}

impl MinRtt {
    /// The least; none before the first measurement.
    pub(crate) fn get(&self) -> Option<Duration> {
        self.known
            .then(|| Duration::from_micros(u64::from(self.best[0].rtt)))
    }

    /// A measurement; those that are older than `window` count no more.
    pub(crate) fn measure(&mut self, rtt: Duration, now: Instant, window: Duration) {
        let sample = Sample {
            rtt: rtt.as_micros().clamp(1, u64::from(u32::MAX)) as u32,
            at: now.as_millis() as u32,
        };
        let window = window.as_millis().min(1 << 30) as u32;
        let age = |old: Sample| sample.at.wrapping_sub(old.at);
        if !self.known || sample.rtt <= self.best[0].rtt || age(self.best[2]) > window {
            self.best = [sample; 3];
            self.known = true;
            return;
        }
        if sample.rtt <= self.best[1].rtt {
            self.best[1] = sample;
            self.best[2] = sample;
        } else if sample.rtt <= self.best[2].rtt {
            self.best[2] = sample;
        }
        if age(self.best[0]) > window {
            self.best = [self.best[1], self.best[2], sample];
            if age(self.best[0]) > window {
                self.best = [self.best[1], self.best[2], sample];
            }
        } else if self.best[1].at == self.best[0].at && age(self.best[1]) > window / 4 {
            // A quarter of the window has passed without a second best: take one from now on.
            self.best[1] = sample;
            self.best[2] = sample;
        } else if self.best[2].at == self.best[1].at && age(self.best[2]) > window / 2 {
            self.best[2] = sample;
        }
    }
}
