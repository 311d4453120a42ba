//! IPv4 (RFC 791).

use core::net::Ipv4Addr;

use arrayvec::ArrayVec;
use zerocopy::byteorder::big_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::checksum::checksum;
use crate::ip::Ecn;
use crate::malformed::take;
use crate::{Layer, Malformed, Protocol};

/// Bytes of a header without options.
pub const MIN_HEADER_LEN: usize = 20;
/// Bytes that options take at most.
pub const MAX_OPTIONS_LEN: usize = 40;

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET_MASK: u16 = 0x1fff;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Layout {
    version_ihl: u8,
    traffic_class: u8,
    total_len: U16,
    identification: U16,
    flags_offset: U16,
    ttl: u8,
    protocol: u8,
    checksum: U16,
    src: [u8; 4],
    dst: [u8; 4],
}

/// An IPv4 header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// DSCP in the high six bits, ECN in the low two.
    pub traffic_class: u8,
    /// Bytes behind this header, from the total length.
    pub payload_len: usize,
    /// Which datagram a fragment belongs to.
    pub identification: u16,
    /// Routers must not fragment it.
    pub dont_fragment: bool,
    /// More fragments follow this one.
    pub more_fragments: bool,
    /// Where the fragment's bytes lie in the datagram, in bytes; a multiple of 8.
    pub fragment_offset: u16,
    /// Hops left.
    pub ttl: u8,
    /// What is inside.
    pub protocol: Protocol,
    /// From whom.
    pub src: Ipv4Addr,
    /// For whom.
    pub dst: Ipv4Addr,
    /// Options as they came: skipped, but kept. Padded to a multiple of 4 when emitted.
    pub options: ArrayVec<u8, MAX_OPTIONS_LEN>,
}

impl Header {
    /// A header for a whole datagram with nothing special about it.
    #[must_use]
    pub fn new(src: Ipv4Addr, dst: Ipv4Addr, protocol: Protocol, payload_len: usize) -> Self {
        Self {
            traffic_class: 0,
            payload_len,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
            ttl: 64,
            protocol,
            src,
            dst,
            options: ArrayVec::new(),
        }
    }

    /// Reads the header at the front of `bytes`, which hold the whole packet (and may hold the
    /// link's padding behind it): `have` is how many bytes there are in all, since the packet may
    /// lie in several pieces.
    ///
    /// # Errors
    ///
    /// [`Malformed`], by RFC 1122 §3.2.1: wrong version, header length below 20, a total length
    /// that does not hold the header or that the bytes do not reach, a wrong header checksum; and
    /// a fragment that would reach beyond 65,535.
    pub fn parse(bytes: &[u8], have: usize) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Ipv4;
        let (header, header_len) = Self::read(bytes, have)?;
        let total_len = header_len + header.payload_len;
        if total_len > have {
            return Err(Malformed::Length {
                layer,
                found: total_len,
                have,
            });
        }
        if checksum(&bytes[..header_len]) != 0 {
            return Err(Malformed::Checksum { layer });
        }
        if usize::from(header.fragment_offset) + header.payload_len
            > usize::from(u16::MAX) - MIN_HEADER_LEN
        {
            return Err(Malformed::Field {
                layer,
                field: "Fragment Offset",
            });
        }
        Ok((header, header_len))
    }

    /// Reads the header of a packet that an ICMP error quotes.
    ///
    /// Most of the packet is not there, and routers on its way may have left the checksum wrong:
    /// neither is checked.
    ///
    /// # Errors
    ///
    /// [`Malformed`]: truncated, wrong version, header length below 20, a total length that does
    /// not hold the header.
    pub fn parse_quoted(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        Self::read(bytes, bytes.len())
    }

    /// What the fields say, as far as they make sense by themselves.
    fn read(bytes: &[u8], have: usize) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Ipv4;
        let fixed = take(layer, bytes, MIN_HEADER_LEN)?;
        let Ok(p) = Layout::ref_from_bytes(fixed) else {
            return Err(Malformed::Truncated {
                layer,
                need: MIN_HEADER_LEN,
                have,
            });
        };
        if p.version_ihl >> 4 != 4 {
            return Err(Malformed::Version {
                layer,
                found: (p.version_ihl >> 4).into(),
            });
        }
        let header_len = usize::from(p.version_ihl & 0xf) * 4;
        if header_len < MIN_HEADER_LEN {
            return Err(Malformed::HeaderLength {
                layer,
                found: header_len,
            });
        }
        let header = take(layer, bytes, header_len)?;
        let total_len = usize::from(p.total_len.get());
        let payload_len = total_len.checked_sub(header_len).ok_or(Malformed::Length {
            layer,
            found: total_len,
            have,
        })?;
        let flags_offset = p.flags_offset.get();
        let header = Self {
            traffic_class: p.traffic_class,
            payload_len,
            identification: p.identification.get(),
            dont_fragment: flags_offset & DONT_FRAGMENT != 0,
            more_fragments: flags_offset & MORE_FRAGMENTS != 0,
            fragment_offset: (flags_offset & OFFSET_MASK) * 8,
            ttl: p.ttl,
            protocol: Protocol(p.protocol),
            src: p.src.into(),
            dst: p.dst.into(),
            options: if header_len == MIN_HEADER_LEN {
                ArrayVec::new()
            } else {
                header[MIN_HEADER_LEN..].iter().copied().collect()
            },
        };
        Ok((header, header_len))
    }

    /// 20 and the options, rounded up to a multiple of 4.
    #[must_use]
    pub fn header_len(&self) -> usize {
        MIN_HEADER_LEN + self.options.len().next_multiple_of(4)
    }

    /// Writes the header, checksum included, into the first [`header_len`](Self::header_len) bytes
    /// of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        let len = self.header_len();
        let mut flags_offset = self.fragment_offset / 8;
        if self.dont_fragment {
            flags_offset |= DONT_FRAGMENT;
        }
        if self.more_fragments {
            flags_offset |= MORE_FRAGMENTS;
        }
        let layout = Layout {
            version_ihl: 0x40 | (len / 4) as u8,
            traffic_class: self.traffic_class,
            // A frame of several segments (GSO) can be longer than the field; it is cut later.
            total_len: U16::new(u16::try_from(len + self.payload_len).unwrap_or(0)),
            identification: U16::new(self.identification),
            flags_offset: U16::new(flags_offset),
            ttl: self.ttl,
            protocol: self.protocol.0,
            checksum: U16::ZERO,
            src: self.src.octets(),
            dst: self.dst.octets(),
        };
        out[..MIN_HEADER_LEN].copy_from_slice(layout.as_bytes());
        out[MIN_HEADER_LEN..len].fill(0);
        out[MIN_HEADER_LEN..MIN_HEADER_LEN + self.options.len()].copy_from_slice(&self.options);
        let sum = checksum(&out[..len]);
        out[10..12].copy_from_slice(&sum.to_be_bytes());
    }

    /// Whether this is a piece of a larger datagram.
    #[must_use]
    pub const fn is_fragment(&self) -> bool {
        self.more_fragments || self.fragment_offset != 0
    }

    /// The ECN bits.
    #[must_use]
    pub const fn ecn(&self) -> Ecn {
        Ecn::from_bits(self.traffic_class)
    }
}
