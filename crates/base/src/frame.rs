//! A payload with headers in front.

use core::num::NonZeroU16;

use bytes::Bytes;

use crate::Payload;

/// Room for every header that one packet of ours carries without extension: Ethernet with a VLAN
/// tag (18), IPv6 (40), TCP with all its options (60).
const HEAD_ROOM: usize = 120;

/// What is known of the transport checksum of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChecksumState {
    /// Nothing: whoever needs it must verify it.
    #[default]
    Unverified,
    /// It was verified, or the bytes never left this memory.
    Verified,
    /// The field holds the sum of the pseudo-header only; whoever puts the frame on a real wire
    /// sums from `start` to the end of the frame and stores the result at `start + offset`.
    Partial {
        /// First byte to sum, from the front of the frame as it now is.
        start: u16,
        /// Where the field lies, from `start`.
        offset: u16,
    },
}

/// Bytes on their way up or down: headers in a small inline array, data as slices.
///
/// ```text
///            push_header ◄── │ ──► pull
///   ┌─────────────┬──────────┬───────────┐   ┌─────────┬─────────┐
///   │ head room   │ Ethernet │ IP │ TCP  │ + │ slice 0 │ slice 1 │ …
///   └─────────────┴──────────┴───────────┘   └─────────┴─────────┘
///   0             start            HEAD_ROOM
/// ```
///
/// On the way down each layer puts its header in front; on the way up each takes its own off. A
/// frame that arrived from a device has an empty head and all its bytes in slice 0. Either way a
/// layer reads its header from [`Frame::prefix`] and calls [`Frame::pull`].
#[derive(Clone, Debug)]
pub struct Frame {
    head: [u8; HEAD_ROOM],
    /// Invariant: at most `HEAD_ROOM`.
    start: u8,
    payload: Payload,
    /// What is known of the transport checksum.
    pub checksum: ChecksumState,
    /// When set, this is several segments in one: each but the last carries so many bytes of
    /// transport payload, under the same headers. The last moment cuts it up (GSO).
    pub segment_size: Option<NonZeroU16>,
    /// Of several segments of TCP: CWR is a part of the ACE field (RFC 9768 §3.2.2), and all parts
    /// keep it. Otherwise it is said once, by the first (RFC 3168 §6.1.2).
    pub accurate_ecn: bool,
    /// A link flipped a bit of it. Nobody on the way knows; whoever looks on does.
    pub damaged: bool,
}

impl Frame {
    /// A frame with no headers yet.
    #[must_use]
    pub fn new(payload: Payload) -> Self {
        Self {
            head: [0; HEAD_ROOM],
            start: HEAD_ROOM as u8,
            payload,
            checksum: ChecksumState::Unverified,
            segment_size: None,
            accurate_ecn: false,
            damaged: false,
        }
    }

    fn head(&self) -> &[u8] {
        &self.head[usize::from(self.start)..]
    }

    /// In bytes, headers and data.
    #[must_use]
    pub fn len(&self) -> usize {
        self.head().len() + self.payload.len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes at the front that lie in one piece.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        if self.head().is_empty() {
            self.payload.front()
        } else {
            self.head()
        }
    }

    /// The bytes at the front in one piece of at least `len`, copied together if they are not.
    ///
    /// Shorter only when the frame is shorter.
    pub fn contiguous(&mut self, len: usize) -> &[u8] {
        if self.prefix().len() < len.min(self.len()) {
            self.gather(len);
        }
        self.prefix()
    }

    #[cold]
    fn gather(&mut self, len: usize) {
        self.spill_head();
        let mut front = alloc::vec![0; len.min(self.payload.len())];
        self.payload.copy_to(&mut front);
        self.payload.advance(front.len());
        self.payload.push_front(Bytes::from(front));
    }

    /// Makes the head part of the payload, so that the head is empty.
    #[cold]
    fn spill_head(&mut self) {
        let head = Bytes::copy_from_slice(self.head());
        self.payload.push_front(head);
        self.start = HEAD_ROOM as u8;
    }

    /// Puts `len` zeroed bytes in front and returns them to be filled. At most 120 at a time.
    ///
    /// # Panics
    ///
    /// If `len` is over 120, which no header of any layer is.
    pub fn push_header(&mut self, len: usize) -> &mut [u8] {
        assert!(len <= HEAD_ROOM, "a header of {len} bytes does not exist");
        if len > usize::from(self.start) {
            self.spill_head();
        }
        // A pulled header may have left its bytes here.
        let start = usize::from(self.start) - len;
        self.start = start as u8;
        if let ChecksumState::Partial { start, .. } = &mut self.checksum {
            *start = start.saturating_add(len as u16);
        }
        let header = &mut self.head[start..start + len];
        header.fill(0);
        header
    }

    /// Takes `count` bytes off the front, or all if there are fewer.
    pub fn pull(&mut self, count: usize) {
        let from_head = count.min(self.head().len());
        self.start += from_head as u8;
        if count > from_head {
            self.payload.advance(count - from_head);
        }
        if let ChecksumState::Partial { start, .. } = &mut self.checksum {
            *start = start.saturating_sub(u16::try_from(count).unwrap_or(u16::MAX));
        }
    }

    /// Keeps the first `len` bytes, or all if there are fewer: an Ethernet frame's padding goes.
    pub fn truncate(&mut self, len: usize) {
        let head = self.head().len();
        if len < head {
            self.spill_head();
            self.payload.truncate(len);
        } else {
            self.payload.truncate(len - head);
        }
    }

    /// Writes `bytes` over those that begin at `at`: in place in the head, in a copy of the slice
    /// behind it, since other frames may refer to the same slice.
    ///
    /// Returns false, and changes nothing, when the frame does not reach so far.
    #[must_use]
    pub fn overwrite(&mut self, at: usize, bytes: &[u8]) -> bool {
        let Some(end) = at.checked_add(bytes.len()).filter(|end| *end <= self.len()) else {
            return false;
        };
        let start = usize::from(self.start);
        let head = HEAD_ROOM - start;
        if end <= head {
            let field = &mut self.head[start + at..start + end];
            // A checksum, as it nearly always is, is no matter for memcpy.
            match (&mut *field, bytes) {
                ([a, b], [c, d]) => (*a, *b) = (*c, *d),
                _ => field.copy_from_slice(bytes),
            }
        } else {
            let (front, back) = bytes.split_at(head.saturating_sub(at));
            self.head[start + at.min(head)..][..front.len()].copy_from_slice(front);
            self.payload.overwrite(at.max(head) - head, back);
        }
        true
    }

    /// The bytes, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::once(self.head())
            .filter(|head| !head.is_empty())
            .chain(self.payload.slices().iter().map(|slice| &slice[..]))
    }

    /// What is left once every header was pulled.
    #[must_use]
    pub fn into_payload(mut self) -> Payload {
        self.take_payload()
    }

    /// As [`into_payload`](Self::into_payload), and leaves an empty frame.
    #[must_use]
    pub fn take_payload(&mut self) -> Payload {
        if !self.head().is_empty() {
            self.spill_head();
        }
        core::mem::take(&mut self.payload)
    }

    /// The part behind the head.
    #[must_use]
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Copies the first bytes into `out` and returns how many: the shorter of the two lengths.
    pub fn copy_to(&self, out: &mut [u8]) -> usize {
        let head = self.head();
        let take = head.len().min(out.len());
        out[..take].copy_from_slice(&head[..take]);
        take + self.payload.copy_to(&mut out[take..])
    }

    /// All bytes, copied.
    #[must_use]
    pub fn to_vec(&self) -> alloc::vec::Vec<u8> {
        let mut bytes = alloc::vec![0; self.len()];
        self.copy_to(&mut bytes);
        bytes
    }
}

impl From<Bytes> for Frame {
    /// A frame as a device delivers it: all bytes in one piece, nothing known of it.
    fn from(bytes: Bytes) -> Self {
        Self::new(Payload::from(bytes))
    }
}

impl From<alloc::vec::Vec<u8>> for Frame {
    fn from(bytes: alloc::vec::Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}
