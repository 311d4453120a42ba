//! Two small worlds for tests: [`hand`], in which the peer is written by hand, segment by segment,
//! and [`net`], in which two ends meet over a link that does them harm.

#![allow(dead_code, reason = "each test file uses a part of the worlds")]

pub(crate) mod hand;
pub(crate) mod net;

/// The byte that stands at a place of a test's stream.
pub(crate) fn byte_at(place: u64) -> u8 {
    (place.wrapping_mul(31) >> 3 ^ place) as u8
}

/// The bytes of a test's stream from `place` on.
pub(crate) fn bytes_at(place: u64, len: usize) -> Vec<u8> {
    (0..len as u64).map(|i| byte_at(place + i)).collect()
}
