//! Ethernet II: who sends to whom, and what is inside.

use zerocopy::byteorder::big_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::malformed::take;
use crate::{Layer, MacAddr, Malformed};

/// Bytes of an Ethernet II header.
pub const HEADER_LEN: usize = 14;
/// The shortest frame without its check sequence; shorter ones are padded on a real cable.
pub const MIN_LEN: usize = 60;

/// Up to this number a type is a length (IEEE 802.3 §3.2.6).
pub const MAX_LENGTH: u16 = 1500;

/// What a frame carries (IANA "Ether Types").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EtherType(pub u16);

impl EtherType {
    /// IPv4.
    pub const IPV4: Self = Self(0x0800);
    /// ARP.
    pub const ARP: Self = Self(0x0806);
    /// An IEEE 802.1Q tag.
    pub const VLAN: Self = Self(0x8100);
    /// An IEEE 802.1ad service tag, around a customer's own.
    pub const SERVICE_VLAN: Self = Self(0x88a8);
    /// IPv6.
    pub const IPV6: Self = Self(0x86dd);
}

/// Destination and source of whatever begins with them, if there is a whole header: all that a
/// switch needs, which also passes on what [`Header::parse`] refuses.
#[must_use]
pub fn addresses(bytes: &[u8]) -> Option<(MacAddr, MacAddr)> {
    let layout = Layout::ref_from_bytes(bytes.get(..HEADER_LEN)?).ok()?;
    Some((layout.dst, layout.src))
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Layout {
    dst: MacAddr,
    src: MacAddr,
    ethertype: U16,
}

/// An Ethernet II header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// For whom.
    pub dst: MacAddr,
    /// From whom.
    pub src: MacAddr,
    /// What is inside.
    pub ethertype: EtherType,
}

impl Header {
    /// Reads the header at the front of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::Version`] for an IEEE 802.3 length (below 1536) where
    /// the type should be.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let bytes = take(Layer::Ethernet, bytes, HEADER_LEN)?;
        let Ok(layout) = Layout::ref_from_bytes(bytes) else {
            return Err(Malformed::Truncated {
                layer: Layer::Ethernet,
                need: HEADER_LEN,
                have: bytes.len(),
            });
        };
        let ethertype = layout.ethertype.get();
        // IEEE 802.3 §3.2.6: up to 1500 it is a length, from 1536 on it is a type.
        if ethertype < 0x0600 {
            return Err(Malformed::Version {
                layer: Layer::Ethernet,
                found: ethertype,
            });
        }
        let header = Self {
            dst: layout.dst,
            src: layout.src,
            ethertype: EtherType(ethertype),
        };
        Ok((header, HEADER_LEN))
    }

    /// 14.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header into the first 14 bytes of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        let layout = Layout {
            dst: self.dst,
            src: self.src,
            ethertype: U16::new(self.ethertype.0),
        };
        out[..HEADER_LEN].copy_from_slice(layout.as_bytes());
    }
}
