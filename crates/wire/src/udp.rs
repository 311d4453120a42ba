//! UDP (RFC 768).

use zerocopy::byteorder::big_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::malformed::take;
use crate::{Layer, Malformed};

/// Bytes of the header.
pub const HEADER_LEN: usize = 8;
/// The most that one datagram carries over IPv4: 65,535 less both headers.
pub const MAX_PAYLOAD_V4: usize = 65_507;
/// The most that one datagram carries over IPv6, whose own header does not count.
pub const MAX_PAYLOAD_V6: usize = 65_527;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Layout {
    src_port: U16,
    dst_port: U16,
    len: U16,
    checksum: U16,
}

/// A UDP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// From which port; 0 when no answer is wanted.
    pub src_port: u16,
    /// To which port.
    pub dst_port: u16,
    /// Bytes behind this header, from the length field.
    pub payload_len: usize,
    /// Whether the sender computed a checksum; over IPv4 it may go without.
    pub has_checksum: bool,
}

impl Header {
    /// Reads the header at the front of `bytes`; `have` is how many bytes the IP packet holds in
    /// all.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::Length`] when the length is below 8 or more than is
    /// there; [`Malformed::Field`] for destination port 0.
    pub fn parse(bytes: &[u8], have: usize) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Udp;
        let bytes = take(layer, bytes, HEADER_LEN)?;
        let Ok(p) = Layout::ref_from_bytes(bytes) else {
            return Err(Malformed::Truncated {
                layer,
                need: HEADER_LEN,
                have,
            });
        };
        let len = usize::from(p.len.get());
        if len < HEADER_LEN || len > have {
            return Err(Malformed::Length {
                layer,
                found: len,
                have,
            });
        }
        if p.dst_port == U16::ZERO {
            return Err(Malformed::Field {
                layer,
                field: "Destination Port",
            });
        }
        let header = Self {
            src_port: p.src_port.get(),
            dst_port: p.dst_port.get(),
            payload_len: len - HEADER_LEN,
            has_checksum: p.checksum != U16::ZERO,
        };
        Ok((header, HEADER_LEN))
    }

    /// 8.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header into the first 8 bytes of `out`, its checksum zero.
    pub fn emit(&self, out: &mut [u8]) {
        let layout = Layout {
            src_port: U16::new(self.src_port),
            dst_port: U16::new(self.dst_port),
            // A frame of several datagrams (USO) can be longer than the field; it is cut later.
            len: U16::new(u16::try_from(HEADER_LEN + self.payload_len).unwrap_or(0)),
            checksum: U16::ZERO,
        };
        out[..HEADER_LEN].copy_from_slice(layout.as_bytes());
    }
}

/// Where the checksum lies in the header.
pub const CHECKSUM_OFFSET: usize = 6;

/// A computed checksum as it is sent: 0 would mean "none", so all ones stand for it (RFC 768).
#[must_use]
pub const fn checksum_to_send(sum: u16) -> u16 {
    if sum == 0 { 0xffff } else { sum }
}
