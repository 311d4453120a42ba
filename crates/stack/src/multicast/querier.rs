//! How the router that asks speaks.

use base::{Duration, Instant};
use wire::membership::Version;

use crate::timer::TimerId;

/// What is known of the querier on one link, for one family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Querier {
    /// Until when the first version is spoken.
    first_until: Instant,
    /// Until when the second is.
    second_until: Instant,
    /// How often each change is said (RFC 3376 §8.1).
    pub(super) robustness: u8,
    /// Seconds between two of its queries.
    interval: u32,
    /// When everything that this host listens to is to be told.
    pub(super) answer: Option<(Instant, TimerId)>,
}

impl Default for Querier {
    fn default() -> Self {
        Self {
            first_until: Instant::ZERO,
            second_until: Instant::ZERO,
            robustness: 2,
            interval: 125,
            answer: None,
        }
    }
}

impl Querier {
    /// In which version to speak (RFC 3376 §7.2.1).
    pub(super) fn version(&self, now: Instant) -> Version {
        if now < self.first_until {
            Version::First
        } else if now < self.second_until {
            Version::Second
        } else {
            Version::Third
        }
    }

    /// A query of an older version came: it is spoken until that querier is gone (RFC 3376 §8.12).
    pub(super) fn speaks(&mut self, now: Instant, version: Version, max_response_time: Duration) {
        let interval = Duration::from_secs(self.interval.into());
        let until = now + interval * u64::from(self.robustness) + max_response_time;
        match version {
            Version::First => self.first_until = until,
            Version::Second => self.second_until = until,
            Version::Third => {}
        }
    }

    /// Takes over what a query of the current version says of its rhythm (RFC 3376 §4.1.6, §4.1.7).
    pub(super) const fn says(&mut self, robustness: u8, interval: u32) {
        if robustness > 0 {
            self.robustness = robustness;
        }
        if interval > 0 {
            self.interval = interval;
        }
    }
}
