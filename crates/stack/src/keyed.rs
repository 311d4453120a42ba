//! Hash tables whose order nobody outside can know.
//!
//! Keys that come from the network (addresses, ports) are hashed under a secret, so that no peer
//! can choose keys that collide.

use core::hash::BuildHasher;

use base::Rng;
use hashbrown::HashMap;
use siphasher::sip::SipHasher13;

/// The secret of one table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed(u64, u64);

impl Keyed {
    /// A new secret.
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self(rng.u64(), rng.u64())
    }
}

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0, self.1)
    }
}

/// A hash table under a secret.
pub(crate) type KeyedMap<K, V> = HashMap<K, V, Keyed>;
