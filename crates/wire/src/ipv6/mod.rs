//! IPv6 (RFC 8200).
//!
//! | file | what |
//! |---|---|
//! | here | the fixed header |
//! | `chain` | from one extension header to the next, within limits |
//! | [`fragment`] | the Fragment header |
//! | [`options`] | what hop-by-hop and destination options headers carry |
//! | [`routing`] | the Routing header |

mod chain;
pub mod fragment;
pub mod options;
pub mod routing;

use core::net::Ipv6Addr;

use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub use self::chain::{Chain, Extension, Kind, MAX_EXTENSIONS};
use crate::ip::Ecn;
use crate::malformed::take;
use crate::{Layer, Malformed, Protocol};

/// Bytes of the header.
pub const HEADER_LEN: usize = 40;
/// The least MTU that a link may have (RFC 8200 §5).
pub const MIN_MTU: usize = 1280;
/// Bytes that follow the header at most; jumbograms (RFC 2675) are not spoken.
pub const MAX_PAYLOAD: usize = 65_535;
/// Where the field that names what follows lies in the header.
pub const NEXT_HEADER_OFFSET: usize = 6;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Layout {
    /// Version (4 bits), traffic class (8), flow label (20).
    version_class_flow: U32,
    payload_len: U16,
    next_header: u8,
    hop_limit: u8,
    src: [u8; 16],
    dst: [u8; 16],
}

/// An IPv6 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// DSCP in the high six bits, ECN in the low two.
    pub traffic_class: u8,
    /// Which flow it belongs to (RFC 6437): 20 bits, 0 for none.
    pub flow_label: u32,
    /// Bytes behind this header: extension headers and what they carry.
    pub payload_len: usize,
    /// What follows: an extension header or a transport's.
    pub next_header: Protocol,
    /// Hops left.
    pub hop_limit: u8,
    /// From whom.
    pub src: Ipv6Addr,
    /// For whom.
    pub dst: Ipv6Addr,
}

impl Header {
    /// A header with nothing special about it.
    #[must_use]
    pub const fn new(
        src: Ipv6Addr,
        dst: Ipv6Addr,
        next_header: Protocol,
        payload_len: usize,
    ) -> Self {
        Self {
            traffic_class: 0,
            flow_label: 0,
            payload_len,
            next_header,
            hop_limit: 64,
            src,
            dst,
        }
    }

    /// Reads the header at the front of `bytes`, which hold the whole packet (and may hold the
    /// link's padding behind it): `have` is how many bytes there are in all, since the packet may
    /// lie in several pieces.
    ///
    /// # Errors
    ///
    /// [`Malformed`]: truncated, wrong version, a payload length that the bytes do not reach. A
    /// jumbogram's payload length is 0: its hop-by-hop header is then not there.
    pub fn parse(bytes: &[u8], have: usize) -> Result<(Self, usize), Malformed> {
        let (header, header_len) = Self::parse_quoted(bytes)?;
        if header_len + header.payload_len > have {
            return Err(Malformed::Length {
                layer: Layer::Ipv6,
                found: header_len + header.payload_len,
                have,
            });
        }
        Ok((header, header_len))
    }

    /// Reads the header of a packet that an ICMP error quotes, most of which is not there.
    ///
    /// # Errors
    ///
    /// [`Malformed`]: truncated, wrong version.
    pub fn parse_quoted(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Ipv6;
        let truncated = Malformed::Truncated {
            layer,
            need: HEADER_LEN,
            have: bytes.len(),
        };
        let fixed = take(layer, bytes, HEADER_LEN)?;
        let Ok(p) = Layout::ref_from_bytes(fixed) else {
            return Err(truncated);
        };
        let first = p.version_class_flow.get();
        if first >> 28 != 6 {
            return Err(Malformed::Version {
                layer,
                found: (first >> 28) as u16,
            });
        }
        let header = Self {
            traffic_class: (first >> 20) as u8,
            flow_label: first & 0xf_ffff,
            payload_len: p.payload_len.get().into(),
            next_header: Protocol(p.next_header),
            hop_limit: p.hop_limit,
            src: p.src.into(),
            dst: p.dst.into(),
        };
        Ok((header, HEADER_LEN))
    }

    /// 40.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header into the first 40 bytes of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        let first = 6 << 28 | u32::from(self.traffic_class) << 20 | (self.flow_label & 0xf_ffff);
        let layout = Layout {
            version_class_flow: U32::new(first),
            // A frame of several segments (GSO) can be longer than the field; it is cut later.
            payload_len: U16::new(u16::try_from(self.payload_len).unwrap_or(0)),
            next_header: self.next_header.0,
            hop_limit: self.hop_limit,
            src: self.src.octets(),
            dst: self.dst.octets(),
        };
        out[..HEADER_LEN].copy_from_slice(layout.as_bytes());
    }

    /// The ECN bits.
    #[must_use]
    pub const fn ecn(&self) -> Ecn {
        Ecn::from_bits(self.traffic_class)
    }
}
