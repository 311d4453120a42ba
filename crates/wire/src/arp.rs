//! ARP: whose MAC address answers for an IPv4 address (RFC 826).

use core::net::Ipv4Addr;

use zerocopy::byteorder::big_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::malformed::take;
use crate::{EtherType, Layer, MacAddr, Malformed};

/// Bytes of an ARP packet for IPv4 over Ethernet.
pub const PACKET_LEN: usize = 28;

const HARDWARE_ETHERNET: u16 = 1;

/// What the packet asks or says (`ar$op`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Who has the target address?
    Request,
    /// The sender has the sender address.
    Reply,
    /// Some other use, such as RARP.
    Other(u16),
}

impl Operation {
    /// The number of the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Request => 1,
            Self::Reply => 2,
            Self::Other(other) => other,
        }
    }
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Layout {
    hardware_type: U16,
    protocol_type: U16,
    hardware_len: u8,
    protocol_len: u8,
    operation: U16,
    sender_mac: MacAddr,
    sender_ip: [u8; 4],
    target_mac: MacAddr,
    target_ip: [u8; 4],
}

/// An ARP packet for IPv4 over Ethernet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it asks or says.
    pub operation: Operation,
    /// `ar$sha`.
    pub sender_mac: MacAddr,
    /// `ar$spa`; 0.0.0.0 in a probe (RFC 5227 §1.1).
    pub sender_ip: Ipv4Addr,
    /// `ar$tha`; of no meaning in a request.
    pub target_mac: MacAddr,
    /// `ar$tpa`.
    pub target_ip: Ipv4Addr,
}

impl Packet {
    /// Reads the packet at the front of `bytes`; Ethernet's padding may follow.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::Version`] when it is not about IPv4 over Ethernet;
    /// [`Malformed::Field`] when the sender's MAC address is a group's, which nobody can have.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Arp;
        let bytes = take(layer, bytes, PACKET_LEN)?;
        let Ok(p) = Layout::ref_from_bytes(bytes) else {
            return Err(Malformed::Truncated {
                layer,
                need: PACKET_LEN,
                have: bytes.len(),
            });
        };
        for (found, right) in [
            (p.hardware_type.get(), HARDWARE_ETHERNET),
            (p.protocol_type.get(), EtherType::IPV4.0),
            (p.hardware_len.into(), 6),
            (p.protocol_len.into(), 4),
        ] {
            if found != right {
                return Err(Malformed::Version { layer, found });
            }
        }
        if p.sender_mac.is_multicast() {
            return Err(Malformed::Field {
                layer,
                field: "ar$sha",
            });
        }
        let packet = Self {
            operation: match p.operation.get() {
                1 => Operation::Request,
                2 => Operation::Reply,
                other => Operation::Other(other),
            },
            sender_mac: p.sender_mac,
            sender_ip: p.sender_ip.into(),
            target_mac: p.target_mac,
            target_ip: p.target_ip.into(),
        };
        Ok((packet, PACKET_LEN))
    }

    /// 28.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        PACKET_LEN
    }

    /// Writes the packet into the first 28 bytes of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        let layout = Layout {
            hardware_type: U16::new(HARDWARE_ETHERNET),
            protocol_type: U16::new(EtherType::IPV4.0),
            hardware_len: 6,
            protocol_len: 4,
            operation: U16::new(self.operation.number()),
            sender_mac: self.sender_mac,
            sender_ip: self.sender_ip.octets(),
            target_mac: self.target_mac,
            target_ip: self.target_ip.octets(),
        };
        out[..PACKET_LEN].copy_from_slice(layout.as_bytes());
    }
}
