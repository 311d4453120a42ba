//! The Internet checksum (RFC 1071): the one's complement of the one's complement sum of all
//! 16-bit words.

use core::net::IpAddr;

use base::{ChecksumState, Frame};

use crate::Protocol;

/// Headers are no longer than this.
const SHORT: usize = 64;

/// A sum under way. Add the parts in order, at any lengths, and [`finish`](Self::finish).
#[derive(Clone, Copy, Debug, Default)]
pub struct Checksum {
    /// Sum of native-endian words: RFC 1071 §2 (B), the order of bytes does not matter until the
    /// end.
    sum: u64,
    /// Whether an odd number of bytes came so far, so that the next byte is a word's second.
    odd: bool,
}

impl Checksum {
    /// An empty sum.
    #[must_use]
    pub const fn new() -> Self {
        Self { sum: 0, odd: false }
    }

    /// The pseudo-header of TCP and UDP: addresses, protocol and length in bytes of transport
    /// header and data (RFC 9293 §3.1 for IPv4, RFC 8200 §8.1 for IPv6).
    ///
    /// Both addresses must be of one family; of two families the sum means nothing.
    #[must_use]
    pub fn pseudo_header(src: IpAddr, dst: IpAddr, protocol: Protocol, len: usize) -> Self {
        // Each part has a whole number of words, so that it counts as it lies in memory.
        let addr = |addr: IpAddr| match addr {
            IpAddr::V4(addr) => u64::from(u32::from_ne_bytes(addr.octets())),
            IpAddr::V6(addr) => fold(sum_words(&addr.octets())).into(),
        };
        let number = |number: u32| u64::from(u32::from_ne_bytes(number.to_be_bytes()));
        Self {
            sum: addr(src) + addr(dst) + number(protocol.0.into()) + number(len as u32),
            odd: false,
        }
    }

    /// Adds bytes behind those that came before.
    pub fn add(&mut self, bytes: &[u8]) {
        let part = u64::from(fold(sum_words(bytes)));
        // RFC 1071 §2 (B): a part that starts at an odd place counts with its bytes swapped.
        self.sum += if self.odd {
            u64::from((part as u16).swap_bytes())
        } else {
            part
        };
        self.odd ^= bytes.len() & 1 == 1;
    }

    /// Adds every byte of a frame.
    pub fn add_frame(&mut self, frame: &Frame) {
        for piece in frame.pieces() {
            self.add(piece);
        }
    }

    /// The one's complement sum so far, not inverted: what a device that finishes the sum expects
    /// in the field.
    #[must_use]
    pub fn partial(self) -> u16 {
        u16::from_be(fold(self.sum))
    }

    /// The checksum, as it is stored in the field.
    ///
    /// Over bytes that hold a right checksum this is 0.
    #[must_use]
    pub fn finish(self) -> u16 {
        !self.partial()
    }
}

/// A sum whose fold is that of all native-endian 16-bit words, an odd last byte filled up with zero.
#[inline]
fn sum_words(bytes: &[u8]) -> u64 {
    if bytes.len() <= SHORT {
        sum_short(bytes)
    } else {
        sum_long(bytes)
    }
}

/// [`sum_words`] of a header, in 64 bits: no carry can be lost.
#[inline]
fn sum_short(bytes: &[u8]) -> u64 {
    let mut sum = 0;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        sum += u64::from(u32::from_ne_bytes(*word));
    }
    match *rest {
        [a, b, c] => sum + u64::from(u32::from_ne_bytes([a, b, c, 0])),
        [a, b] => sum + u64::from(u16::from_ne_bytes([a, b])),
        [a] => sum + u64::from(u16::from_ne_bytes([a, 0])),
        _ => sum,
    }
}

/// [`sum_words`] of data.
#[inline(never)]
fn sum_long(bytes: &[u8]) -> u64 {
    // Words of 64 bits, each four of 16: 2^16 is 1 to this sum, and so is 2^64. Two sums of 128 bits
    // lose no carry, and the compiler makes an add and an add-with-carry of each step.
    let (mut a, mut b) = (0u128, 0u128);
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        a += u128::from(u64::from_ne_bytes(words[0]));
        b += u128::from(u64::from_ne_bytes(words[1]));
        a += u128::from(u64::from_ne_bytes(words[2]));
        b += u128::from(u64::from_ne_bytes(words[3]));
    }
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        a += u128::from(u64::from_ne_bytes(*word));
    }
    let (words, rest) = rest.as_chunks::<2>();
    for word in words {
        b += u128::from(u16::from_ne_bytes(*word));
    }
    if let [last] = rest {
        b += u128::from(u16::from_ne_bytes([*last, 0]));
    }
    let sum = a + b;
    let (sum, carry) = (sum as u64).overflowing_add((sum >> 64) as u64);
    sum + u64::from(carry)
}

/// Folds the carries back in until 16 bits are left.
const fn fold(sum: u64) -> u16 {
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    ((sum >> 16) + (sum & 0xffff)) as u16
}

/// The checksum over one run of bytes.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = Checksum::new();
    sum.add(bytes);
    sum.finish()
}

/// The checksum of a transport segment whose header is at the front of `frame`.
///
/// With the field zeroed it is the value to store; with the field filled it is 0 when right.
#[must_use]
pub fn transport(frame: &Frame, src: IpAddr, dst: IpAddr, protocol: Protocol) -> u16 {
    let mut sum = Checksum::pseudo_header(src, dst, protocol, frame.len());
    sum.add_frame(frame);
    sum.finish()
}

/// A checksum after one 16-bit word under it changed (RFC 1624, eqn. 3).
#[must_use]
pub const fn update(checksum: u16, old: u16, new: u16) -> u16 {
    !fold(!checksum as u64 + !old as u64 + new as u64)
}

/// Whether a transport segment at the front of `frame` may be believed.
///
/// Bytes that never left memory, and those that a device vouches for, are not summed again.
#[must_use]
pub fn transport_ok(frame: &Frame, src: IpAddr, dst: IpAddr, protocol: Protocol) -> bool {
    match frame.checksum {
        ChecksumState::Verified | ChecksumState::Partial { .. } => true,
        ChecksumState::Unverified => transport(frame, src, dst, protocol) == 0,
    }
}
