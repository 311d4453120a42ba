//! In which mark a segment came.

use core::num::NonZeroU16;

use wire::ip;

/// The congestion mark of a segment that came, or of several that came joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marking {
    /// What the ECN bits of the IP header said (RFC 3168 §5), of each if they are several.
    pub ecn: ip::Ecn,
    /// When set, several segments came joined: each but the last carried so many bytes of data.
    pub segment_size: Option<NonZeroU16>,
}

impl From<ip::Ecn> for Marking {
    fn from(ecn: ip::Ecn) -> Self {
        Self {
            ecn,
            segment_size: None,
        }
    }
}

impl Marking {
    /// No mark.
    pub const NONE: Self = Self {
        ecn: ip::Ecn::NotEct,
        segment_size: None,
    };

    /// In how many packets `len` bytes of data came.
    pub(crate) fn packets(self, len: u32) -> u32 {
        let size = self.segment_size;
        size.map_or(1, |size| len.div_ceil(size.get().into()).max(1))
    }
}
