//! Bytes in a row, numbered by the sequence space.

use alloc::collections::VecDeque;
use core::mem;

use base::{Bytes, Payload};
use bytes::BytesMut;
use wire::tcp::SeqNumber;

use super::COPY_BELOW;

/// Least and most bytes of a buffer that copies are gathered in. The most is small enough for
/// acknowledged data to be let go of bit by bit.
const GATHER: (usize, usize) = (64, 64 * 1024);

/// Bytes in a row: put in behind, let go of in front, and reached anywhere between by their
/// sequence number in O(log n).
///
/// ```text
///   start                                            end
///     │ front │ rest[0] │ rest[1] │ … │ gather (open) │
/// ```
///
/// A row of one slice, the usual case of a connection that takes turns, has nothing but that slice
/// on the heap; an empty row has nothing at all.
#[derive(Debug, Default)]
pub(crate) struct ByteQueue {
    /// The first slice. Invariant: empty only when `rest` is.
    front: Bytes,
    /// The slices behind it, none empty, each with the number of its first byte.
    rest: VecDeque<(SeqNumber, Bytes)>,
    /// Behind them: copied bytes that still have room for more.
    gather: BytesMut,
    /// The number of the first byte.
    start: SeqNumber,
    /// The number behind the last byte.
    end: SeqNumber,
}

impl ByteQueue {
    /// An empty row whose first byte will have the number `start`.
    pub(crate) fn new(start: SeqNumber) -> Self {
        Self {
            start,
            end: start,
            ..Self::default()
        }
    }

    pub(crate) const fn start(&self) -> SeqNumber {
        self.start
    }

    pub(crate) const fn end(&self) -> SeqNumber {
        self.end
    }

    pub(crate) const fn len(&self) -> usize {
        self.end.since(self.start) as usize
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a slice behind: by reference, or copied if it is small.
    pub(crate) fn push(&mut self, bytes: Bytes) {
        if bytes.len() < COPY_BELOW {
            self.push_copy(&bytes);
        } else {
            self.seal();
            self.end += bytes.len() as u32;
            let at = self.end - bytes.len() as u32;
            self.push_slice(at, bytes);
        }
    }

    /// Puts a copy behind, together with earlier copies where there is room.
    pub(crate) fn push_copy(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let room = self.gather.capacity() - self.gather.len();
            if room == 0 {
                self.seal();
                // As much again as is held already: few buffers for many small writes, and never
                // more than about twice the memory that the bytes themselves need.
                let wanted = data.len().max(self.len());
                self.gather = BytesMut::with_capacity(wanted.clamp(GATHER.0, GATHER.1));
                continue;
            }
            let (now, later) = data.split_at(room.min(data.len()));
            self.gather.extend_from_slice(now);
            self.end += now.len() as u32;
            data = later;
        }
    }

    /// Closes the open buffer, so that its bytes can be referred to. Its spare room stays open.
    fn seal(&mut self) {
        if self.gather.is_empty() {
            return;
        }
        let bytes = if self.gather.len() == self.gather.capacity() {
            mem::take(&mut self.gather)
        } else {
            self.gather.split()
        };
        self.push_slice(self.end - bytes.len() as u32, bytes.freeze());
    }

    fn push_slice(&mut self, at: SeqNumber, bytes: Bytes) {
        if self.front.is_empty() {
            self.front = bytes;
        } else {
            self.rest.push_back((at, bytes));
        }
    }

    /// References to `len` bytes from number `from` on, or to as many of them as are there.
    pub(crate) fn slice(&mut self, from: SeqNumber, len: usize) -> Payload {
        let mut part = Payload::new();
        let skip = from.since(self.start) as usize;
        let mut left = len.min(self.len().saturating_sub(skip));
        if left == 0 {
            return part;
        }
        if skip + left > self.len() - self.gather.len() {
            self.seal();
        }
        let mut take = |slice: &Bytes, skip: usize| {
            let now = left.min(slice.len() - skip);
            part.push(slice.slice(skip..skip + now));
            left -= now;
            left > 0
        };
        let mut more = true;
        let (mut at, mut skip_in) = (0, 0);
        if skip < self.front.len() {
            more = take(&self.front, skip);
        } else {
            at = self.rest.partition_point(|(s, _)| s.before_eq(from)) - 1;
            skip_in = from.since(self.rest[at].0) as usize;
        }
        while more {
            more = take(&self.rest[at].1, skip_in);
            (at, skip_in) = (at + 1, 0);
        }
        part
    }

    /// Copies the first bytes behind `skip` into `out` and returns how many.
    pub(crate) fn copy_to(&self, mut skip: usize, out: &mut [u8]) -> usize {
        // Most often it lies in one piece.
        let first = if self.front.is_empty() {
            &self.gather
        } else {
            &self.front[..]
        };
        if let Some(piece) = first.get(skip..).and_then(|piece| piece.get(..out.len())) {
            out.copy_from_slice(piece);
            return out.len();
        }
        let slices = core::iter::once(&self.front[..])
            .chain(self.rest.iter().map(|(_, bytes)| &bytes[..]))
            .chain(core::iter::once(&self.gather[..]));
        let mut at = 0;
        for slice in slices {
            let (skipped, slice) = slice.split_at(skip.min(slice.len()));
            skip -= skipped.len();
            let now = slice.len().min(out.len() - at);
            out[at..at + now].copy_from_slice(&slice[..now]);
            at += now;
            if at == out.len() {
                break;
            }
        }
        at
    }

    /// Takes the first `len` bytes off, or all if there are fewer, as references.
    pub(crate) fn take(&mut self, len: usize) -> Payload {
        let part = self.slice(self.start, len);
        self.release(part.len());
        part
    }

    /// Bytes of the first slice, which can be had without a copy; of small ones that were gathered,
    /// all.
    pub(crate) fn piece(&self) -> usize {
        match self.front.len() {
            0 => self.gather.len(),
            len => len,
        }
    }

    /// Lets go of the first `count` bytes, or of all if there are fewer.
    pub(crate) fn release(&mut self, count: usize) {
        if count >= self.len() {
            self.clear();
            return;
        }
        self.start += count as u32;
        let mut left = count;
        while left >= self.front.len() && left > 0 {
            left -= self.front.len();
            match self.rest.pop_front() {
                Some((_, bytes)) => self.front = bytes,
                None => {
                    self.front = Bytes::new();
                    break;
                }
            }
        }
        if self.front.is_empty() {
            // The rest of it lies in the open buffer.
            bytes::Buf::advance(&mut self.gather, left);
        } else if left > 0 {
            bytes::Buf::advance(&mut self.front, left);
        }
    }

    /// Lets go of everything.
    pub(crate) fn clear(&mut self) {
        self.start = self.end;
        if !self.front.is_empty() {
            self.front = Bytes::new();
        }
        if self.gather.capacity() > 0 {
            self.gather = BytesMut::new();
        }
        if self.rest.capacity() > 0 {
            self.rest = VecDeque::new();
        }
    }

    /// Bytes of memory that are held by buffers of its own, for tests.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        let slices = self.rest.iter().map(|(_, bytes)| bytes.len());
        slices.sum::<usize>()
            + self.front.len()
            + self.gather.capacity()
            + self.rest.capacity() * size_of::<(SeqNumber, Bytes)>()
    }
}
