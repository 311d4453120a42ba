//! Seeded randomness.
//!
//! One generator, ChaCha with twelve rounds, serves both needs: secrets (the ISN key, the hash
//! keys, the choice of ports), for which it is strong enough, and simulated chance (loss, jitter),
//! for which it repeats exactly. Only the sockets' facade fills a seed from the operating system.

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// A seeded generator: the same seed gives the same numbers on every machine.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha12Rng);

impl Rng {
    /// A generator from a full seed. Whoever keeps secrets fills it from the operating system.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// A generator from a number, for simulations and tests.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// A generator of its own for a part named `stream`.
    ///
    /// Parts that draw from forks do not disturb each other: one more draw here changes nothing
    /// there.
    #[must_use]
    pub fn fork(&mut self, stream: u64) -> Self {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        let mut fork = ChaCha12Rng::from_seed(seed);
        fork.set_stream(stream);
        Self(fork)
    }

    /// 32 bits.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// 64 bits.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 128 bits, the size of a keyed hash's key.
    pub fn u128(&mut self) -> u128 {
        u128::from(self.u64()) << 64 | u128::from(self.u64())
    }

    /// Fills `out`.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }

    /// A number from 0 up to, but not including, `bound`; 0 when `bound` is 0.
    ///
    /// The bias of the multiplication is below 2⁻³² for the bounds used here.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from 0.0 up to, but not including, 1.0.
    pub fn unit(&mut self) -> f64 {
        (self.u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with the given probability: never at 0.0 or less, always at 1.0 or more.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}
