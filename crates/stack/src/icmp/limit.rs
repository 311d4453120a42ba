//! How many errors may be sent (RFC 1812 §4.3.2.8), as Linux counts them.

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

/// A token bucket, kept as time: full when its last token was spent long ago.
///
/// A token is worth `interval`; the bucket holds `burst` of them. `empty_at` is when it would have
/// been empty: what has passed since is what it holds.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    empty_at: Option<Instant>,
}

impl Bucket {
    /// How many tokens' time it holds, and whether that is one at least.
    fn held(self, now: Instant, interval: Duration, burst: u64) -> (Duration, bool) {
        let full = interval * burst;
        let held = self.empty_at.map_or(full, |at| now.since(at).min(full));
        (held, held >= interval)
    }

    fn spend(&mut self, now: Instant, interval: Duration, burst: u64) {
        let (held, _) = self.held(now, interval, burst);
        self.empty_at = Some(now - (held - interval));
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
        let each_interval = sysctls.icmp_ratelimit;
        let each = self
            .each
            .get_or_insert_with(|| alloc::vec![Bucket::default(); BUCKETS].into_boxed_slice());
        let mine = &mut each[self.hash.hash_one(dst) as usize % BUCKETS];
        let (_, all_allow) = self.all.held(now, interval, burst);
        let (_, mine_allows) = mine.held(now, each_interval, BURST);
        if all_allow && mine_allows {
            self.all.spend(now, interval, burst);
            mine.spend(now, each_interval, BURST);
        }
        all_allow && mine_allows
    }
}
