//! Sequence numbers: a circle of 2^32 (RFC 9293 §3.4).

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// A sequence number. It has no `Ord`: on a circle "smaller" has a meaning only for two numbers
/// less than 2^31 apart, which the methods here spell out.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SeqNumber(pub u32);

impl SeqNumber {
    /// How far it is from `earlier` up to here, going round the circle.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }

    /// How far it is from `other` to here, negative when this lies before it.
    #[must_use]
    pub const fn offset_from(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }

    /// Whether this lies before `other`.
    #[must_use]
    pub const fn before(self, other: Self) -> bool {
        self.offset_from(other) < 0
    }

    /// Whether this lies before `other` or is the same.
    #[must_use]
    pub const fn before_eq(self, other: Self) -> bool {
        self.offset_from(other) <= 0
    }

    /// Whether this lies behind `other`.
    #[must_use]
    pub const fn after(self, other: Self) -> bool {
        self.offset_from(other) > 0
    }

    /// Whether this lies behind `other` or is the same.
    #[must_use]
    pub const fn after_eq(self, other: Self) -> bool {
        self.offset_from(other) >= 0
    }

    /// The one that lies further on.
    #[must_use]
    pub const fn max(self, other: Self) -> Self {
        if self.before(other) { other } else { self }
    }

    /// The one that lies further back.
    #[must_use]
    pub const fn min(self, other: Self) -> Self {
        if self.after(other) { other } else { self }
    }
}

impl Add<u32> for SeqNumber {
    type Output = Self;
    fn add(self, rhs: u32) -> Self {
        Self(self.0.wrapping_add(rhs))
    }
}

impl AddAssign<u32> for SeqNumber {
    fn add_assign(&mut self, rhs: u32) {
        *self = *self + rhs;
    }
}

impl Sub<u32> for SeqNumber {
    type Output = Self;
    fn sub(self, rhs: u32) -> Self {
        Self(self.0.wrapping_sub(rhs))
    }
}

impl fmt::Debug for SeqNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Display for SeqNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
