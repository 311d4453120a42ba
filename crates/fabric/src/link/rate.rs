//! How fast bits leave.

use core::fmt;

use base::Duration;

/// A rate in bits a second, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// `bits` bits a second; 0 becomes 1, which is as good as standing still.
    #[must_use]
    pub const fn bit(bits: u64) -> Self {
        Self(if bits == 0 { 1 } else { bits })
    }

    /// `kbit` thousand bits a second.
    #[must_use]
    pub const fn kbit(kbit: u64) -> Self {
        Self::bit(kbit.saturating_mul(1_000))
    }

    /// `mbit` million bits a second.
    #[must_use]
    pub const fn mbit(mbit: u64) -> Self {
        Self::bit(mbit.saturating_mul(1_000_000))
    }

    /// `gbit` thousand million bits a second.
    #[must_use]
    pub const fn gbit(gbit: u64) -> Self {
        Self::bit(gbit.saturating_mul(1_000_000_000))
    }

    /// In bits a second.
    #[must_use]
    pub const fn as_bits(self) -> u64 {
        self.0
    }

    /// How long `len` bytes take, rounded up to the nanosecond.
    #[must_use]
    pub const fn time_for(self, len: usize) -> Duration {
        // The usual: all frames fit, and division of 128 bits is slow.
        if let Some(bits) = (len as u64).checked_mul(8_000_000_000) {
            return Duration::from_nanos(bits.div_ceil(self.0));
        }
        let nanos = (len as u128 * 8_000_000_000).div_ceil(self.0 as u128);
        Duration::from_nanos(if nanos > u64::MAX as u128 {
            u64::MAX
        } else {
            nanos as u64
        })
    }
}

impl fmt::Display for Rate {
    /// In `tc`'s units: `10Mbit`, `9600bit`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [
            (1_000_000_000, "Gbit"),
            (1_000_000, "Mbit"),
            (1_000, "Kbit"),
        ] {
            if self.0.is_multiple_of(unit) {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}bit", self.0)
    }
}
