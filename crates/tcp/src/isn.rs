//! Initial sequence numbers that cannot be guessed (RFC 6528).

use core::hash::{Hash, Hasher};

use base::{Instant, Rng};
use siphasher::sip::SipHasher13;
use wire::tcp::SeqNumber;

/// Chooses initial sequence numbers: ISN = M + F(flow, key) (RFC 6528 §3).
#[derive(Clone, Debug)]
pub struct IsnGenerator {
    keyed: SipHasher13,
}

impl IsnGenerator {
    /// A generator whose key is drawn from `rng`.
    #[must_use]
    pub fn new(rng: &mut Rng) -> Self {
        Self {
            keyed: SipHasher13::new_with_keys(rng.u64(), rng.u64()),
        }
    }

    /// The ISN for `flow`, which is the four of addresses and ports in any form that hashes.
    ///
    /// It moves on by one every 4 µs, so that a connection's successor starts beyond it, and says
    /// nothing of another flow's.
    #[must_use]
    pub fn isn(&self, flow: &impl Hash, now: Instant) -> SeqNumber {
        let mut hasher = self.keyed;
        flow.hash(&mut hasher);
        SeqNumber((now.as_micros() / 4).wrapping_add(hasher.finish()) as u32)
    }
}
