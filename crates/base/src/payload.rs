//! Reference-counted slices: how a program's bytes travel.

use alloc::vec::Vec;

use bytes::{Buf, Bytes, BytesMut};
use smallvec::SmallVec;

/// A row of reference-counted slices that reads as one string of bytes.
///
/// Cutting, joining and cloning move references, never bytes.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    /// Invariant: none is empty.
    slices: SmallVec<[Bytes; 2]>,
    /// Invariant: the sum of the slices' lengths.
    len: usize,
}

impl Payload {
    /// No bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of `bytes` in a buffer of its own.
    #[must_use]
    pub fn copy_from(bytes: &[u8]) -> Self {
        Self::from(Bytes::copy_from_slice(bytes))
    }

    /// In bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slices in order, none empty.
    #[must_use]
    pub fn slices(&self) -> &[Bytes] {
        &self.slices
    }

    /// The first slice as far as it goes; empty when there are no bytes.
    #[must_use]
    pub fn front(&self) -> &[u8] {
        self.slices.first().map_or(&[], |b| b)
    }

    /// Adds `bytes` behind.
    pub fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.len += bytes.len();
            self.slices.push(bytes);
        }
    }

    /// Adds `bytes` in front.
    pub fn push_front(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.len += bytes.len();
            self.slices.insert(0, bytes);
        }
    }

    /// Adds all of `other` behind.
    pub fn append(&mut self, other: Self) {
        self.len += other.len;
        self.slices.extend(other.slices);
    }

    /// Drops the first `count` bytes, or all if there are fewer.
    pub fn advance(&mut self, count: usize) {
        let mut left = count.min(self.len);
        self.len -= left;
        let mut whole = 0;
        for slice in &mut self.slices {
            if left < slice.len() {
                Buf::advance(slice, left);
                break;
            }
            left -= slice.len();
            whole += 1;
        }
        if whole > 0 {
            self.slices.drain(..whole);
        }
    }

    /// Keeps the first `len` bytes, or all if there are fewer.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        let (mut left, mut keep) = (len, 0);
        for slice in &mut self.slices {
            if left == 0 {
                break;
            }
            slice.truncate(left);
            left -= slice.len();
            keep += 1;
        }
        self.slices.truncate(keep);
    }

    /// Takes the first `at` bytes off, or all if there are fewer, and returns them.
    #[must_use]
    pub fn split_to(&mut self, at: usize) -> Self {
        let front = self.slice(0, at);
        self.advance(at);
        front
    }

    /// References to `len` bytes from `offset` on, or to as many of them as there are.
    #[must_use]
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        let mut part = Self::new();
        let (mut skip, mut left) = (offset, len);
        for slice in &self.slices {
            if left == 0 {
                break;
            }
            if skip >= slice.len() {
                skip -= slice.len();
                continue;
            }
            let take = left.min(slice.len() - skip);
            part.push(slice.slice(skip..skip + take));
            left -= take;
            skip = 0;
        }
        part
    }

    /// Writes `bytes` over those from `at` on, as far as there are any: in copies of the slices that
    /// they lie in, since others may refer to the same memory.
    pub(crate) fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        let (mut skip, mut rest) = (at, bytes);
        for slice in &mut self.slices {
            if rest.is_empty() {
                break;
            }
            if skip < slice.len() {
                let (now, later) = rest.split_at(rest.len().min(slice.len() - skip));
                let mut copy = BytesMut::from(&slice[..]);
                copy[skip..skip + now.len()].copy_from_slice(now);
                *slice = copy.freeze();
                rest = later;
            }
            skip = skip.saturating_sub(slice.len());
        }
    }

    /// Copies the first bytes into `out` and returns how many: the shorter of the two lengths.
    pub fn copy_to(&self, out: &mut [u8]) -> usize {
        let mut at = 0;
        for slice in &self.slices {
            let take = slice.len().min(out.len() - at);
            out[at..at + take].copy_from_slice(&slice[..take]);
            at += take;
            if at == out.len() {
                break;
            }
        }
        at
    }

    /// All bytes in one piece: a reference when they already are, a copy otherwise.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self.slices.as_slice() {
            [] => Bytes::new(),
            [one] => one.clone(),
            many => {
                let mut joined = BytesMut::with_capacity(self.len);
                for slice in many {
                    joined.extend_from_slice(slice);
                }
                joined.freeze()
            }
        }
    }

    /// All bytes, copied.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut joined = Vec::with_capacity(self.len);
        for slice in &self.slices {
            joined.extend_from_slice(slice);
        }
        joined
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        let mut payload = Self::new();
        payload.push(bytes);
        payload
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl IntoIterator for Payload {
    type Item = Bytes;
    type IntoIter = smallvec::IntoIter<[Bytes; 2]>;

    /// The slices in order, none empty.
    fn into_iter(self) -> Self::IntoIter {
        self.slices.into_iter()
    }
}

impl FromIterator<Bytes> for Payload {
    fn from_iter<T: IntoIterator<Item = Bytes>>(iter: T) -> Self {
        let mut payload = Self::new();
        for bytes in iter {
            payload.push(bytes);
        }
        payload
    }
}

impl PartialEq for Payload {
    /// Equal bytes, however they are cut.
    fn eq(&self, other: &Self) -> bool {
        let bytes = |p: &Self| p.slices.clone().into_iter().flatten();
        self.len == other.len && bytes(self).eq(bytes(other))
    }
}

impl Eq for Payload {}
