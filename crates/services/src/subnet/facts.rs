//! What an address says of itself: its kind, the addresses in it, its groups and its names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use landline::MacAddr;
use serde::Serialize;

use super::Subnet;

/// What an address is for (RFC 6890 and what it cites, RFC 4291 section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `0.0.0.0`, `::`: no address yet.
    Unspecified,
    /// `127.0.0.0/8`, `::1`: this host itself.
    Loopback,
    /// `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` (RFC 1918).
    Private,
    /// `fc00::/7`: unique local (RFC 4193).
    UniqueLocal,
    /// `169.254.0.0/16` (RFC 3927), `fe80::/10`: one link's.
    LinkLocal,
    /// `fec0::/10`, given up by RFC 3879.
    SiteLocal,
    /// `100.64.0.0/10`: behind a provider's NAT (RFC 6598).
    Shared,
    /// `198.18.0.0/15` (RFC 2544), `2001:2::/48` (RFC 5180).
    Benchmarking,
    /// `192.0.2.0/24` and its kin (RFC 5737), `2001:db8::/32` (RFC 3849), `3fff::/20` (RFC 9637).
    Documentation,
    /// `::ffff:0:0/96`: an IPv4 address in a socket of IPv6.
    V4Mapped,
    /// `64:ff9b::/96`: an IPv4 host behind a translator (RFC 6052).
    Nat64,
    /// `2002::/16`: an IPv6 network behind an IPv4 address (RFC 3056).
    SixToFour,
    /// `2001::/32` (RFC 4380).
    Teredo,
    /// A group of hosts; of IPv6 with its scope (RFC 7346).
    Multicast,
    /// `255.255.255.255`: all hosts of the link.
    Broadcast,
    /// `240.0.0.0/4` (RFC 1112).
    Reserved,
    /// Any other: everywhere.
    Global,
}

impl Kind {
    /// What `address` is for.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(v4: Ipv4Addr) -> Self {
        match v4.octets() {
            [0, 0, 0, 0] => Self::Unspecified,
            [255, 255, 255, 255] => Self::Broadcast,
            [100, 64..=127, ..] => Self::Shared,
            [198, 18 | 19, ..] => Self::Benchmarking,
            _ if v4.is_loopback() => Self::Loopback,
            _ if v4.is_private() => Self::Private,
            _ if v4.is_link_local() => Self::LinkLocal,
            _ if v4.is_documentation() => Self::Documentation,
            _ if v4.is_multicast() => Self::Multicast,
            [0 | 240..=255, ..] => Self::Reserved,
            _ => Self::Global,
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        match v6.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0] => Self::Unspecified,
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            [0, 0, 0, 0, 0, 0xffff, ..] => Self::V4Mapped,
            [0x64, 0xff9b, 0, 0, 0, 0, ..] => Self::Nat64,
            [0x2001, 0, ..] => Self::Teredo,
            [0x2001, 2, 0, ..] => Self::Benchmarking,
            [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Self::Documentation,
            [0x2002, ..] => Self::SixToFour,
            [0xfc00..=0xfdff, ..] => Self::UniqueLocal,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0xfec0..=0xfeff, ..] => Self::SiteLocal,
            [0xff00..=0xffff, ..] => Self::Multicast,
            [0x2000..=0x3fff, ..] => Self::Global,
            // RFC 4291, section 2.4: everything else may be given out one day.
            _ => Self::Reserved,
        }
    }
}

/// How far a group of IPv6 reaches: the last digit of its second byte (RFC 7346 section 2).
pub fn scope(address: IpAddr) -> Option<u8> {
    match address {
        IpAddr::V6(v6) if v6.is_multicast() => Some(v6.octets()[1] & 0xf),
        _ => None,
    }
}

/// The IPv4 address in an address of IPv6, where there is one.
pub fn ipv4_in(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let at = match Kind::of(address) {
        Kind::V4Mapped | Kind::Nat64 => 12,
        Kind::SixToFour => 2,
        _ => return None,
    };
    let four = v6.octets()[at..].first_chunk::<4>().copied()?;
    Some(four.into())
}

/// The MAC address that the interface identifier was made of, if it was (RFC 4291 appendix A):
/// `ff:fe` in its middle, and the bit turned that says who gave it.
pub fn mac_in(address: IpAddr) -> Option<MacAddr> {
    let IpAddr::V6(v6) = address else { return None };
    if v6.is_multicast() {
        return None;
    }
    match v6.octets()[8..] {
        [a, b, c, 0xff, 0xfe, d, e, f] => Some(MacAddr([a ^ 2, b, c, d, e, f])),
        _ => None,
    }
}

/// The group at which neighbours ask for an address (RFC 4291 section 2.7.1); `None` for addresses
/// that nobody is asked for.
pub fn solicited_node(address: IpAddr) -> Option<Ipv6Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let [.., a, b, c] = v6.octets();
    let low = u16::from_be_bytes([b, c]);
    let asked = !v6.is_multicast() && !v6.is_unspecified() && !v6.is_loopback();
    asked.then(|| Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), low))
}

/// The MAC address that a group's packets are sent to (RFC 1112 section 6.4, RFC 2464 section 7).
pub fn group_mac(group: IpAddr) -> Option<MacAddr> {
    group.is_multicast().then(|| match group {
        IpAddr::V4(v4) => {
            let [_, b, c, d] = v4.octets();
            MacAddr([1, 0, 0x5e, b & 0x7f, c, d])
        }
        IpAddr::V6(v6) => {
            let [.., c, d, e, f] = v6.octets();
            MacAddr([0x33, 0x33, c, d, e, f])
        }
    })
}

/// The name under which DNS keeps the address's name (RFC 1035 section 3.5, RFC 3596 section 2.5).
pub fn reverse_name(address: IpAddr) -> String {
    zone_name(address, 128)
}

impl Subnet {
    /// The zone of DNS in which the names of this network's addresses are; `None` where the network
    /// ends within a digit of their names.
    pub fn reverse_zone(self) -> Option<String> {
        let digit = if self.address.is_ipv4() { 8 } else { 4 };
        let whole = self.prefix.is_multiple_of(digit) && self.prefix > 0;
        whole.then(|| zone_name(self.network(), self.prefix))
    }

    /// The address that a card makes for itself on this network out of its MAC address (RFC 4291
    /// appendix A), which takes the lower 64 bits; `None` where the network leaves fewer.
    pub fn eui64(self, mac: MacAddr) -> Option<Ipv6Addr> {
        let IpAddr::V6(network) = self.network() else {
            return None;
        };
        let MacAddr([a, b, c, d, e, f]) = mac;
        let low = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
        (self.prefix <= 64).then(|| Ipv6Addr::from_bits(network.to_bits() | u128::from(low)))
    }

    /// How many networks with prefixes of length `prefix` this one consists of, as a power of two.
    pub fn split_bits(self, prefix: u8) -> Option<u8> {
        let all = super::bits(self.address);
        (prefix <= all).then(|| prefix.checked_sub(self.prefix))?
    }

    /// The networks with prefixes of length `prefix` that this one consists of; none where it is
    /// itself smaller. (Of all the addresses of IPv6 one by one, the very last is left out.)
    pub fn split(self, prefix: u8) -> impl Iterator<Item = Self> {
        let host_bits = u32::from(super::bits(self.address).saturating_sub(prefix));
        let first = super::number(self.network());
        let count = self.split_bits(prefix).map_or(0, |bits| {
            1u128.checked_shl(bits.into()).unwrap_or(u128::MAX)
        });
        (0..count).map(move |number| Self {
            address: self.like(first | number.checked_shl(host_bits).unwrap_or(0)),
            prefix,
        })
    }

    /// Whether every address of `other` is one of this network's.
    pub fn contains(self, other: Self) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.prefix <= other.prefix
            && self.network_of(other.address) == self.network()
    }

    /// An address of IPv6 with all its digits (RFC 4291 section 2.2, form 1).
    pub fn in_full(self) -> Option<String> {
        let IpAddr::V6(v6) = self.address else {
            return None;
        };
        Some(v6.segments().map(|group| format!("{group:04x}")).join(":"))
    }
}

/// The last digits of an address, up to `prefix` bits, backwards.
fn zone_name(address: IpAddr, prefix: u8) -> String {
    let (digits, of): (Vec<String>, _) = match address {
        IpAddr::V4(v4) => {
            let digits = v4.octets().map(|octet| octet.to_string());
            (
                digits.into_iter().take((prefix / 8).into()).collect(),
                "in-addr.arpa",
            )
        }
        IpAddr::V6(v6) => {
            let digits = v6
                .octets()
                .into_iter()
                .flat_map(|octet| [octet >> 4, octet & 0xf]);
            let digits = digits.take((prefix / 4).into());
            (
                digits.map(|digit| format!("{digit:x}")).collect(),
                "ip6.arpa",
            )
        }
    };
    let backwards: Vec<&str> = digits
        .iter()
        .rev()
        .map(String::as_str)
        .chain([of])
        .collect();
    backwards.join(".")
}
