//! What is remembered of each segment in flight.

use base::Instant;
use bitflags::bitflags;
use wire::tcp::SeqNumber;

use crate::congestion::Stamp;

bitflags! {
    /// What has become of a segment since it was sent.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Fate: u8 {
        /// The peer has said that it is here, out of order (RFC 2018). It may still take that back.
        const SACKED = 0x01;
        /// Taken for lost.
        const LOST = 0x02;
        /// Record again, and that copy is not known to be lost.
        const RETRANS = 0x04;
        /// Was sent again at least once: its acknowledgment measures nothing (Karn).
        const EVER_RETRANS = 0x08;
        /// Ends in our FIN.
        const FIN = 0x10;
        /// Was sent with PSH.
        const PSH = 0x20;
    }
}

impl Fate {
    /// Any sign of having been sent again.
    pub(crate) const AGAIN: Self = Self::RETRANS.union(Self::EVER_RETRANS);
}

/// A run of segments that were sent at one moment and have had one fate since: one segment, or
/// several equal ones that left the connection together. It is split when their fates part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    /// The number of the first byte.
    pub(crate) start: SeqNumber,
    /// Sequence numbers in it, the FIN's counted.
    pub(crate) len: u32,
    /// Segments in it. Invariant: at least 1.
    pub(crate) count: u32,
    /// Bytes of data in each but the last.
    pub(crate) size: u16,
    pub(crate) fate: Fate,
    /// When it was last sent.
    pub(crate) at: Instant,
    /// What had been delivered then.
    pub(crate) stamp: Stamp,
}

impl Record {
    /// A run from `start` on with `data` bytes in segments of `size`, and perhaps the FIN.
    pub(crate) fn new(start: SeqNumber, data: u32, fin: bool, size: u16, at: Instant) -> Self {
        let mut fate = Fate::empty();
        fate.set(Fate::FIN, fin);
        let mut sent = Self {
            start,
            len: data + u32::from(fin),
            count: 1,
            size: size.max(1),
            fate,
            at,
            stamp: Stamp::default(),
        };
        sent.recount();
        sent
    }

    /// The number behind it.
    pub(crate) fn end(&self) -> SeqNumber {
        self.start + self.len
    }

    /// Bytes of data.
    pub(crate) fn data(&self) -> u32 {
        self.len - u32::from(self.fate.contains(Fate::FIN))
    }

    pub(crate) const fn is(&self, fate: Fate) -> bool {
        self.fate.intersects(fate)
    }

    /// Taken for lost and not sent again since.
    pub(crate) const fn is_owed(&self) -> bool {
        self.fate.contains(Fate::LOST) && !self.fate.contains(Fate::RETRANS)
    }

    /// Counts its segments by their size.
    pub(crate) fn recount(&mut self) {
        self.count = self.data().div_ceil(u32::from(self.size)).max(1);
    }

    /// Cuts off everything from `at` on, which lies within, and returns that.
    pub(crate) fn split(&mut self, at: SeqNumber) -> Self {
        let head = at.since(self.start);
        let mut tail = Self {
            start: at,
            len: self.len - head,
            ..*self
        };
        self.len = head;
        self.fate.remove(Fate::FIN | Fate::PSH);
        self.recount();
        tail.recount();
        tail
    }

    /// Takes off everything before `una`, which lies within; how many segments that were in full.
    pub(crate) fn trim(&mut self, una: SeqNumber) -> u32 {
        let before = self.count;
        let gone = una.since(self.start);
        self.start = una;
        self.len -= gone;
        self.recount();
        self.count = self.count.min(before);
        before - self.count
    }
}
