//! The address of a network card: 48 bits (IEEE 802).

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use thiserror::Error;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A MAC address, in the order of the wire.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    /// No address; ARP asks with it.
    pub const ZERO: Self = Self([0; 6]);
    /// Everyone on the LAN: `ff:ff:ff:ff:ff:ff`.
    pub const BROADCAST: Self = Self([0xff; 6]);

    /// A unicast address that no manufacturer gave out: the locally administered bit is set
    /// (IEEE 802 §8.4), the other 46 bits come from `bits`.
    #[must_use]
    pub const fn local(bits: u64) -> Self {
        let b = bits.to_be_bytes();
        Self([b[2] & 0xfc | 0x02, b[3], b[4], b[5], b[6], b[7]])
    }

    /// Where an IPv4 multicast group is heard: `01:00:5e` and the group's low 23 bits
    /// (RFC 1112 §6.4).
    #[must_use]
    pub const fn multicast_v4(group: Ipv4Addr) -> Self {
        let g = group.octets();
        Self([0x01, 0x00, 0x5e, g[1] & 0x7f, g[2], g[3]])
    }

    /// Where an IPv6 group is heard: `33:33` and the group's last 32 bits (RFC 2464 §7).
    #[must_use]
    pub const fn multicast_v6(group: Ipv6Addr) -> Self {
        let [.., a, b, c, d] = group.octets();
        Self([0x33, 0x33, a, b, c, d])
    }

    /// Whether this is the broadcast address.
    #[must_use]
    pub fn is_broadcast(self) -> bool {
        self == Self::BROADCAST
    }

    /// Whether the group bit is set: multicast, broadcast included.
    #[must_use]
    pub const fn is_multicast(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// Whether this can be one card's own address: neither a group nor all zeros.
    #[must_use]
    pub fn is_unicast(self) -> bool {
        !self.is_multicast() && self != Self::ZERO
    }

    /// Whether it was given by an administrator instead of a manufacturer.
    #[must_use]
    pub const fn is_local(self) -> bool {
        self.0[0] & 2 == 2
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not six hexadecimal bytes with colons or hyphens between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a MAC address is six hexadecimal bytes, such as 02:00:00:00:00:01")]
pub struct MacAddrParseError;

impl FromStr for MacAddr {
    type Err = MacAddrParseError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 6];
        let mut parts = s.split([':', '-']);
        for byte in &mut bytes {
            let part = parts
                .next()
                .filter(|p| p.len() == 2)
                .ok_or(MacAddrParseError)?;
            if !part.bytes().all(|c| c.is_ascii_hexdigit()) {
                return Err(MacAddrParseError);
            }
            *byte = u8::from_str_radix(part, 16).map_err(|_| MacAddrParseError)?;
        }
        if parts.next().is_some() {
            Err(MacAddrParseError)
        } else {
            Ok(Self(bytes))
        }
    }
}
