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

    /// What the clock of our timestamps is ahead towards one host: `hosts` is the pair of addresses
    /// in any form that hashes. The ports stay out of it, so that the clock of the next connection
    /// of the same hosts lies beyond that of the last (RFC 6191, RFC 7323 §5.7).
    #[must_use]
    pub fn timestamp_offset(&self, hosts: &impl Hash) -> u32 {
        let mut hasher = self.keyed;
        hosts.hash(&mut hasher);
        // Nothing that hashes as a flow does, whose ISN everybody sees.
        hasher.write(b"timestamps");
        hasher.finish() as u32
    }
}
