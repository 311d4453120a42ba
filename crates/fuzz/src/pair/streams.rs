//! What was written and what was read: the oracle.

use std::collections::BTreeSet;
use std::net::SocketAddr;

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// Bytes that the writer's stack took.
    pub(super) written: u64,
    /// The writer writes no more.
    pub(super) closed: bool,
    /// Bytes that were read.
    pub(super) read: u64,
    /// The reader has read the end.
    pub(super) ended: bool,
    /// Places of bytes that were written as urgent: each may be missing where it would lie
    /// (RFC 6093 §3.1), and no other may.
    pub(super) urgent: BTreeSet<u64>,
}

impl Flow {
    /// Where a reader stands who has read `bytes` from where this flow stands.
    ///
    /// # Panics
    /// When they are not what was written.
    pub(super) fn behind(&self, stream: usize, direction: usize, bytes: &[u8]) -> u64 {
        let mut at = self.read;
        for &got in bytes {
            while byte(stream, direction, at) != got && self.urgent.contains(&at) {
                at += 1;
            }
            assert!(at < self.written, "byte {at} was never written");
            assert_eq!(got, byte(stream, direction, at), "byte {at} is another");
            at += 1;
        }
        at
    }

    /// Whether the reader has all: what is left was urgent.
    pub(super) fn is_read(&self) -> bool {
        (self.read..self.written).all(|at| self.urgent.contains(&at))
    }

    /// Whether an urgent byte that was written is `got`.
    pub(super) fn has_urgent(&self, stream: usize, direction: usize, got: u8) -> bool {
        let mut places = self.urgent.iter();
        places.any(|&at| byte(stream, direction, at) == got)
    }
}

/// A connection as the two programs see it.
#[derive(Debug)]
pub(super) struct Stream {
    /// Who called.
    pub(super) caller: SocketAddr,
    /// From the caller, and to it.
    pub(super) flows: [Flow; 2],
    /// A program was told an error, or made one end: what was under way may be gone.
    pub(super) broken: bool,
    /// There was a reason for that.
    pub(super) excused: bool,
    /// The other program has taken the call. Until then a full queue is reason enough.
    pub(super) accepted: bool,
}

impl Stream {
    pub(super) fn new(caller: SocketAddr) -> Self {
        Self {
            caller,
            flows: Default::default(),
            broken: false,
            excused: false,
            accepted: false,
        }
    }
}

/// The byte at `at` of one direction of a connection: no two places near each other look alike.
fn byte(stream: usize, direction: usize, at: u64) -> u8 {
    let mixed = (at ^ (at >> 8)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    (mixed as u8) ^ (stream as u8).wrapping_mul(37) ^ (direction as u8 * 0x55)
}

/// So many bytes from `at` on.
pub(super) fn bytes(stream: usize, direction: usize, at: u64, len: usize) -> Vec<u8> {
    (at..at + len as u64)
        .map(|at| byte(stream, direction, at))
        .collect()
}
