//! Bytes that wait to be received.

use alloc::collections::VecDeque;

use base::{Bytes, Payload};

/// What a piece costs beside its bytes, so that a flood of tiny ones is bounded too.
pub(super) const OVERHEAD: usize = 64;

/// A stream's bytes that wait to be received.
#[derive(Debug)]
pub(super) struct Inbox {
    pieces: VecDeque<Bytes>,
    len: usize,
}

impl Inbox {
    /// Nothing waits.
    pub(super) const EMPTY: Self = Self {
        pieces: VecDeque::new(),
        len: 0,
    };

    /// In bytes.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// What it counts for against the sender's buffer.
    pub(super) fn charge(&self) -> usize {
        self.len + self.pieces.len() * OVERHEAD
    }

    pub(super) fn push(&mut self, payload: Payload) {
        self.len += payload.len();
        self.pieces.extend(payload.slices().iter().cloned());
    }

    /// References to the first bytes, at most `max`.
    pub(super) fn peek(&self, max: usize) -> Payload {
        let mut payload = Payload::new();
        for piece in &self.pieces {
            let left = max - payload.len();
            if left == 0 {
                break;
            }
            payload.push(piece.slice(..piece.len().min(left)));
        }
        payload
    }

    /// Drops the first `count` bytes.
    pub(super) fn advance(&mut self, count: usize) {
        let mut left = count.min(self.len);
        self.len -= left;
        while let Some(piece) = self.pieces.front_mut() {
            if left < piece.len() {
                *piece = piece.slice(left..);
                break;
            }
            left -= piece.len();
            self.pieces.pop_front();
        }
    }
}
