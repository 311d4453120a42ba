//! Where frames wait until the one before them has left.

use std::collections::VecDeque;

use base::Frame;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many frames. netem's `limit`.
    Packets(usize),
    /// So many bytes, link headers included. `bfifo`'s `limit`.
    Bytes(usize),
}

/// A drop-tail queue: first in, first out, and what finds it full is dropped.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    frames: VecDeque<Box<Frame>>,
    /// Invariant: the sum of the frames' lengths.
    bytes: usize,
}

impl Queue {
    /// Whether a frame of `len` bytes may wait as well.
    pub(crate) fn has_room(&self, limit: Limit, len: usize) -> bool {
        match limit {
            Limit::Packets(packets) => self.frames.len() < packets,
            Limit::Bytes(bytes) => self.bytes + len <= bytes,
        }
    }

    /// Lets a frame wait, for which there is room.
    pub(crate) fn push(&mut self, frame: Box<Frame>) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// The one that has waited longest.
    pub(crate) fn pop(&mut self) -> Option<Box<Frame>> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some(frame)
    }

    /// How many frames wait.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// How many bytes wait.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

impl IntoIterator for Queue {
    type Item = Box<Frame>;
    type IntoIter = std::collections::vec_deque::IntoIter<Box<Frame>>;

    fn into_iter(self) -> Self::IntoIter {
        self.frames.into_iter()
    }
}
