//! How many errors may be sent (RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f)), as Linux counts them.

use alloc::boxed::Box;
use core::hash::BuildHasher;
use core::net::IpAddr;

use base::{Duration, Instant, Rng};

use crate::keyed::Keyed;
use crate::sysctl::Sysctls;

/// Buckets that all destinations share by a keyed hash.
const BUCKETS: usize = 1024;
/// Errors at once to one destination (Linux's `XRLIM_BURST_FACTOR`).
const BURST: u64 = 6;

/// A token bucket, kept as time: a token is worth `interval`, and the bucket holds `burst` of them.
///
/// Never before the origin of time, so that the first moments have whole buckets as well.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// When it will be full again.
    full_at: Instant,
}

impl Bucket {
    /// Whether it holds a token.
    fn holds_one(self, now: Instant, interval: Duration, burst: u64) -> bool {
        self.full_at.since(now) + interval <= interval * burst
    }

    fn spend(&mut self, now: Instant, interval: Duration) {
        self.full_at = self.full_at.max(now) + interval;
    }
}

/// The limits of one computer.
#[derive(Debug)]
pub(super) struct Limits {
    all: Bucket,
    /// Made when the first error is sent. Destinations that share one share its rate.
    each: Option<Box<[Bucket]>>,
    hash: Keyed,
}

impl Limits {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            all: Bucket::default(),
            each: None,
            hash: Keyed::new(rng),
        }
    }

    /// Whether one more error may go to `dst`; if so, it is counted.
    pub(super) fn allow(&mut self, sysctls: &Sysctls, now: Instant, dst: IpAddr) -> bool {
        let second = Duration::from_secs(1);
        let per_sec = u64::from(sysctls.icmp_msgs_per_sec);
        let (interval, burst) = (second / per_sec, u64::from(sysctls.icmp_msgs_burst));
        let each_interval = match dst {
            IpAddr::V4(_) => sysctls.icmp_ratelimit,
            IpAddr::V6(_) => sysctls.icmpv6_ratelimit,
        };
        let each = self
            .each
            .get_or_insert_with(|| alloc::vec![Bucket::default(); BUCKETS].into_boxed_slice());
        let mine = &mut each[self.hash.hash_one(dst) as usize % BUCKETS];
        let allowed =
            self.all.holds_one(now, interval, burst) && mine.holds_one(now, each_interval, BURST);
        if allowed {
            self.all.spend(now, interval);
            mine.spend(now, each_interval);
        }
        allowed
    }
}
