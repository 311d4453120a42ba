//! The Fragment header (RFC 8200 §4.5).

use crate::malformed::take;
use crate::{Layer, Malformed, Protocol};

/// Bytes of the header.
pub const HEADER_LEN: usize = 8;

/// Which part of a packet this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the fragmentable part begins with.
    pub next_header: Protocol,
    /// Where this part's bytes lie in the fragmentable part, in bytes; a multiple of 8.
    pub offset: u16,
    /// More parts follow this one.
    pub more: bool,
    /// Which packet it is a part of.
    pub identification: u32,
}

impl Header {
    /// Reads the header at the front of `bytes`. Reserved bits are ignored.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`].
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let b = take(Layer::Fragment, bytes, HEADER_LEN)?;
        let offset = u16::from_be_bytes([b[2], b[3]]);
        let header = Self {
            next_header: Protocol(b[0]),
            offset: offset & !7,
            more: offset & 1 != 0,
            identification: u32::from_be_bytes([b[4], b[5], b[6], b[7]]),
        };
        Ok((header, HEADER_LEN))
    }

    /// 8.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header into the first 8 bytes of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        out[0] = self.next_header.0;
        out[1] = 0;
        let offset = self.offset & !7 | u16::from(self.more);
        out[2..4].copy_from_slice(&offset.to_be_bytes());
        out[4..8].copy_from_slice(&self.identification.to_be_bytes());
    }

    /// It is the first and the last part: a whole packet (RFC 6946).
    #[must_use]
    pub const fn is_atomic(&self) -> bool {
        self.offset == 0 && !self.more
    }
}
