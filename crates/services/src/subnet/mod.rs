//! The lesson's arithmetic of subnets: masking, what a network spans, and whose MAC is asked for.

mod facts;
mod report;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::words::Lang;
pub use facts::{Kind, group_mac, ipv4_in, mac_in, reverse_name, scope, solicited_node};

/// An address with the length of its network's prefix: `172.16.10.1/24`, which may also be written
/// `172.16.10.1/255.255.255.0`.
///
/// ```
/// use services::subnet::Subnet;
///
/// let subnet: Subnet = "101.100.200.11/255.192.0.0".parse()?;
/// assert_eq!(subnet.to_string(), "101.100.200.11/10");
/// assert_eq!(subnet.network().to_string(), "101.64.0.0");
/// # Ok::<(), services::subnet::SubnetError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    address: IpAddr,
    /// At most the bits of the address.
    prefix: u8,
}

/// Why a text is no [`Subnet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubnetError {
    /// An address alone does not say which network it is in.
    NoMask(String),
    /// Not an IP address.
    BadAddress(String),
    /// Neither a prefix length of at most `max` nor a mask.
    BadMask {
        /// What was written.
        given: String,
        /// The bits of the address.
        max: u8,
    },
    /// A mask whose ones are not all on the left: it marks no prefix.
    HolesInMask(Ipv4Addr),
}

impl FromStr for Subnet {
    type Err = SubnetError;

    fn from_str(text: &str) -> Result<Self, SubnetError> {
        let Some((address, mask)) = text.split_once('/') else {
            return Err(SubnetError::NoMask(text.to_owned()));
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(SubnetError::BadAddress(address.to_owned()));
        };
        let max = bits(address);
        let digits = !mask.is_empty() && mask.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = match mask.parse::<u8>() {
            Ok(prefix) if digits && prefix <= max => prefix,
            _ => match (address, mask.parse::<Ipv4Addr>()) {
                (IpAddr::V4(_), Ok(mask)) => prefix_of(mask)?,
                _ => {
                    return Err(SubnetError::BadMask {
                        given: mask.to_owned(),
                        max,
                    });
                }
            },
        };
        Ok(Self { address, prefix })
    }
}

fn prefix_of(mask: Ipv4Addr) -> Result<u8, SubnetError> {
    let ones = mask.to_bits().leading_ones();
    if ones == mask.to_bits().count_ones() {
        Ok(ones as u8) // at most 32
    } else {
        Err(SubnetError::HolesInMask(mask))
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Display for SubnetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Lang::English.subnet_error(self))
    }
}

impl std::error::Error for SubnetError {}

impl Subnet {
    /// The address as it was given.
    pub fn address(self) -> IpAddr {
        self.address
    }

    /// How many bits of the address name the network.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// The mask: ones where the network is named.
    pub fn mask(self) -> IpAddr {
        let ones = if self.host_bits() == 128 {
            0
        } else {
            u128::MAX << self.host_bits()
        };
        self.like(ones)
    }

    /// The network's own address: all bits of the host 0.
    pub fn network(self) -> IpAddr {
        self.network_of(self.address)
    }

    /// `other` under this subnet's mask.
    pub fn network_of(self, other: IpAddr) -> IpAddr {
        self.like(number(other) & number(self.mask()))
    }

    /// The directed broadcast address (RFC 919, section 7): all bits of the host 1. A /31 (RFC 3021)
    /// and a /32 have no room for one, and IPv6 has none (RFC 4291, section 2).
    pub fn broadcast(self) -> Option<IpAddr> {
        (self.address.is_ipv4() && self.host_bits() > 1).then(|| self.last_address())
    }

    /// The first address that a host may have. With two addresses or one all may be a host's
    /// (RFC 3021 for /31, RFC 6164 for /127); else the one with all bits 0 is the network's
    /// (RFC 1122, section 3.2.1.3), in IPv6 the routers' anycast address (RFC 4291, section 2.6.1).
    pub fn first_host(self) -> IpAddr {
        let reserved = u128::from(self.host_bits() > 1);
        self.like(number(self.network()) + reserved)
    }

    /// The last address that a host may have.
    pub fn last_host(self) -> IpAddr {
        let reserved = u128::from(self.broadcast().is_some());
        self.like(number(self.last_address()) - reserved)
    }

    /// How many addresses hosts may have.
    pub fn hosts(self) -> u128 {
        // Never too large: the whole of IPv6 has 2^128 addresses, of which one is reserved.
        number(self.last_host()) - number(self.first_host()) + 1
    }

    /// The lesson's decision on sending from here to `to`: masked alike, the same network or not.
    pub fn decide(self, to: IpAddr) -> AsksFor {
        if self.address.is_ipv4() == to.is_ipv4() && self.network_of(to) == self.network() {
            AsksFor::Peer
        } else {
            AsksFor::Gateway
        }
    }

    /// Everything about it as text; `colour` sets the network's bits off.
    pub fn report(self, lang: Lang, colour: bool) -> String {
        report::one(self, lang, colour)
    }

    fn last_address(self) -> IpAddr {
        self.like(number(self.network()) | !number(self.mask()))
    }

    fn host_bits(self) -> u8 {
        bits(self.address) - self.prefix
    }

    /// The number as an address of this family.
    fn like(self, number: u128) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => Ipv4Addr::from_bits(number as u32).into(),
            IpAddr::V6(_) => Ipv6Addr::from_bits(number).into(),
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Serialize for Subnet {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = |mac: landline::MacAddr| mac.to_string();
        let group = solicited_node(self.address);
        let mut subnet = to.serialize_struct("Subnet", 17)?;
        subnet.serialize_field("address", &self.address)?;
        subnet.serialize_field("prefix", &self.prefix)?;
        subnet.serialize_field("mask", &self.mask())?;
        subnet.serialize_field("network", &self.network())?;
        subnet.serialize_field("broadcast", &self.broadcast())?;
        subnet.serialize_field("first_host", &self.first_host())?;
        subnet.serialize_field("last_host", &self.last_host())?;
        // A number where every reader of JSON can hold it, else its digits.
        match u64::try_from(self.hosts()) {
            Ok(hosts) if hosts < 1 << 53 => subnet.serialize_field("hosts", &hosts)?,
            _ => subnet.serialize_field("hosts", &self.hosts().to_string())?,
        }
        subnet.serialize_field("kind", &Kind::of(self.address))?;
        subnet.serialize_field("reverse_name", &reverse_name(self.address))?;
        subnet.serialize_field("reverse_zone", &self.reverse_zone())?;
        subnet.serialize_field("group_mac", &group_mac(self.address).map(text))?;
        if self.address.is_ipv6() {
            subnet.serialize_field("in_full", &self.in_full())?;
            subnet.serialize_field("scope", &scope(self.address))?;
            subnet.serialize_field("ipv4", &ipv4_in(self.address))?;
            subnet.serialize_field("mac", &mac_in(self.address).map(text))?;
            subnet.serialize_field("solicited_node", &group)?;
            let mac = group.and_then(|group| group_mac(group.into()));
            subnet.serialize_field("solicited_node_mac", &mac.map(text))?;
        }
        subnet.end()
    }
}

/// Whose MAC address is asked for, by ARP or by a neighbour solicitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AsksFor {
    /// The peer's, who is on the same network.
    Peer,
    /// The gateway's, who knows the way to other networks.
    Gateway,
}

/// Two hosts, and how each would send to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The one that sends.
    pub from: Subnet,
    /// The one that is sent to.
    pub to: Subnet,
    /// Whether both are on one network: the same under the same mask.
    pub same_network: bool,
    /// Whose MAC the first asks for.
    pub asks_for: AsksFor,
    /// Whose MAC the second asks for on the way back.
    pub back_asks_for: AsksFor,
    /// How the two networks lie to each other.
    pub relation: Relation,
}

/// How two networks lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// One and the same.
    Same,
    /// The second is a part of the first.
    Contains,
    /// The first is a part of the second.
    Within,
    /// They have no address in common.
    Apart,
}

impl Pair {
    /// Compares two; `None` when one is IPv4 and the other IPv6.
    pub fn new(from: Subnet, to: Subnet) -> Option<Self> {
        (from.address.is_ipv4() == to.address.is_ipv4()).then(|| Self {
            from,
            to,
            same_network: from.network() == to.network() && from.prefix == to.prefix,
            asks_for: from.decide(to.address),
            back_asks_for: to.decide(from.address),
            relation: match (from.contains(to), to.contains(from)) {
                (true, true) => Relation::Same,
                (true, false) => Relation::Contains,
                (false, true) => Relation::Within,
                (false, false) => Relation::Apart,
            },
        })
    }

    /// Both, and the lesson's decision spelled out.
    pub fn report(&self, lang: Lang, colour: bool) -> String {
        report::two(self, lang, colour)
    }
}
