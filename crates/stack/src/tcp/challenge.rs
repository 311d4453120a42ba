//! How many challenge ACKs all connections send together (RFC 5961 §7).

use base::{Instant, Rng};

use crate::sysctl::Sysctls;

/// The allowance of one second. Its size is drawn anew each second, since a limit that is known can
/// be counted against (CVE-2016-5696).
#[derive(Debug)]
pub(super) struct Challenges {
    second: u64,
    left: u32,
    rng: Rng,
}

impl Challenges {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            second: u64::MAX,
            left: 0,
            rng: rng.fork(7),
        }
    }

    /// Whether one more may go (`tcp_challenge_ack_limit`); it counts as gone then.
    pub(super) fn allow(&mut self, now: Instant, sysctls: &Sysctls) -> bool {
        let limit = sysctls.tcp_challenge_ack_limit;
        if limit == i32::MAX as u32 {
            return true;
        }
        let second = now.as_millis() / 1000;
        if self.second != second {
            self.second = second;
            // From half of it up to half more than it.
            let half = limit.div_ceil(2);
            self.left = half + self.rng.below(u64::from(limit.max(1))) as u32;
        }
        let allowed = self.left > 0 && limit > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}
