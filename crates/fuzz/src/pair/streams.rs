//! What was written and what was read: the oracle.

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
pub(super) fn byte(stream: usize, direction: usize, at: u64) -> u8 {
    let mixed = (at ^ (at >> 8)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    (mixed as u8) ^ (stream as u8).wrapping_mul(37) ^ (direction as u8 * 0x55)
}

/// So many bytes from `at` on.
pub(super) fn bytes(stream: usize, direction: usize, at: u64, len: usize) -> Vec<u8> {
    (at..at + len as u64)
        .map(|at| byte(stream, direction, at))
        .collect()
}
