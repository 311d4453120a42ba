//! Where frames wait until the one before them has left.

use std::collections::VecDeque;

use base::{Frame, Instant};

use super::{CoDel, Red};

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many frames. netem's `limit`.
    Packets(usize),
    /// So many bytes, link headers included. `bfifo`'s `limit`.
    Bytes(usize),
}

/// Which frames are marked or dropped before the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Discipline {
    /// None: only what finds the queue full is dropped.
    #[default]
    DropTail,
    /// Frames that come, the likelier the longer the queue is on average.
    Red(Red),
    /// Frames that leave, while they have had to wait too long.
    CoDel(CoDel),
}

/// A queue: first in, first out.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// With the time since when each waits.
    frames: VecDeque<(Box<Frame>, Instant)>,
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
    pub(crate) fn push(&mut self, frame: Box<Frame>, now: Instant) {
        self.bytes += frame.len();
        self.frames.push_back((frame, now));
    }

    /// The one that has waited longest.
    pub(crate) fn pop(&mut self) -> Option<Box<Frame>> {
        self.pop_since().map(|(frame, _)| frame)
    }

    /// The same, and since when.
    pub(crate) fn pop_since(&mut self) -> Option<(Box<Frame>, Instant)> {
        let (frame, since) = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some((frame, since))
    }

    /// How many frames wait.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// How many bytes wait.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// All of them, the oldest first.
    pub(crate) fn into_frames(self) -> impl Iterator<Item = Box<Frame>> {
        self.frames.into_iter().map(|(frame, _)| frame)
    }
}
