//! The typed refusal that every parser shares.

use core::fmt;

use thiserror::Error;

/// Which header a refusal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Ethernet II.
    Ethernet,
    /// ARP over Ethernet for IPv4.
    Arp,
    /// IPv4.
    Ipv4,
    /// ICMP for IPv4.
    Icmpv4,
    /// IPv6.
    Ipv6,
    /// IPv6's hop-by-hop options.
    HopByHop,
    /// IPv6's Routing header.
    Routing,
    /// IPv6's Fragment header.
    Fragment,
    /// IPv6's destination options.
    Destination,
    /// ICMP for IPv6.
    Icmpv6,
    /// IGMP: groups of IPv4.
    Igmp,
    /// MLD: groups of IPv6.
    Mld,
    /// Neighbour Discovery.
    Ndp,
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// DHCP.
    Dhcp,
    /// An IEEE 802.1Q tag.
    Vlan,
    /// A BPDU, with LLC's header in front.
    Bpdu,
    /// Linux's cooked capture header.
    Cooked,
    /// The loopback header of BSD.
    Loopback,
    /// RIP version 2.
    Rip,
    /// RIPng.
    Ripng,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ethernet => "Ethernet",
            Self::Arp => "ARP",
            Self::Ipv4 => "IPv4",
            Self::Icmpv4 => "ICMP",
            Self::Ipv6 => "IPv6",
            Self::HopByHop => "IPv6 hop-by-hop options",
            Self::Routing => "IPv6 Routing",
            Self::Fragment => "IPv6 Fragment",
            Self::Destination => "IPv6 destination options",
            Self::Icmpv6 => "ICMPv6",
            Self::Igmp => "IGMP",
            Self::Mld => "MLD",
            Self::Ndp => "Neighbour Discovery",
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Dhcp => "DHCP",
            Self::Vlan => "802.1Q",
            Self::Bpdu => "BPDU",
            Self::Cooked => "Linux cooked",
            Self::Loopback => "loopback",
            Self::Rip => "RIP",
            Self::Ripng => "RIPng",
        })
    }
}

/// Why bytes are not the packet that they were said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Malformed {
    /// The bytes end before the header does.
    #[error("{layer} header needs {need} bytes, {have} are there")]
    Truncated {
        /// Whose header.
        layer: Layer,
        /// Bytes that the header takes.
        need: usize,
        /// Bytes that are there.
        have: usize,
    },
    /// A version or format number that this is not the parser of.
    #[error("{layer} version or format {found} is not the one read here")]
    Version {
        /// Whose header.
        layer: Layer,
        /// What the field says.
        found: u16,
    },
    /// A header length below the smallest that the format allows.
    #[error("{layer} header length of {found} bytes is below the smallest")]
    HeaderLength {
        /// Whose header.
        layer: Layer,
        /// What the field says, in bytes.
        found: usize,
    },
    /// A total length that the header does not fit in, or that the bytes do not reach.
    #[error("{layer} length field says {found} bytes, {have} are there")]
    Length {
        /// Whose header.
        layer: Layer,
        /// What the field says.
        found: usize,
        /// Bytes that are there.
        have: usize,
    },
    /// The header's own checksum does not add up.
    #[error("{layer} checksum is wrong")]
    Checksum {
        /// Whose header.
        layer: Layer,
    },
    /// A field holds what no sender may put there, such as port 0 in TCP.
    #[error("{layer} field {field} holds an illegal value")]
    Field {
        /// Whose header.
        layer: Layer,
        /// The field's name in the RFC.
        field: &'static str,
    },
}

/// The first `need` bytes, or the refusal that says they are not there.
pub(crate) fn take(layer: Layer, bytes: &[u8], need: usize) -> Result<&[u8], Malformed> {
    bytes.get(..need).ok_or(Malformed::Truncated {
        layer,
        need,
        have: bytes.len(),
    })
}
