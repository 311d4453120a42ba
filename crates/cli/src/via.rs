//! The networks, as they are typed: `kernel`, `tap:NAME,ADDRESS/PREFIX[,GATEWAY]`, with several
//! addresses and a gateway of each family, or `auto` for what IPv6 finds on the link.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use services::subnet::{AsksFor, Subnet, SubnetError};

use crate::words::Say;

/// Which network a program is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// The kernel's sockets.
    Kernel,
    /// Our own stack, a host on a TAP device.
    Tap(Tap),
}

/// A host on a TAP device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tap {
    /// The device's name, one that Linux accepts.
    pub(crate) name: String,
    /// Our addresses, each with its network's prefix.
    pub(crate) hosts: Vec<Subnet>,
    /// Whether IPv6 addresses and routers are found on the link.
    pub(crate) auto: bool,
    /// Who knows the way to other networks: at most one of each family, an address of a network of
    /// ours, or of the link.
    pub(crate) gateways: Vec<IpAddr>,
}

impl Tap {
    /// Whether the host speaks IPv6.
    pub(crate) fn has_ipv6(&self) -> bool {
        self.auto || self.hosts.iter().any(|host| host.address().is_ipv6())
    }
}

/// Why a text is no [`Via`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ViaError {
    /// Neither `kernel` nor `tap:…`.
    Unknown(String),
    /// A part of `tap:…` is missing.
    Parts,
    /// Not a name for a network device.
    BadName(String),
    /// The address or its mask is wrong.
    Subnet(SubnetError),
    /// The address is the network's own or the broadcast address.
    NotAHost(Subnet),
    /// An address that no card has: of a group, of the loopback, or none in particular.
    Nobodys(IpAddr),
    /// An address that stands there twice.
    Twice(IpAddr),
    /// What is wrong with a gateway.
    Gateway(GatewayError),
}

/// Why a text is no gateway of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GatewayError {
    /// Neither an IP address, nor `auto`.
    Unreadable(String),
    /// A gateway on another network cannot be asked for its MAC address.
    Far(IpAddr, Subnet),
    /// Of a family that the host has no address of.
    OtherFamily(IpAddr),
    /// The second of one family.
    Second(IpAddr),
    /// The host itself.
    Own(IpAddr),
}

impl FromStr for Via {
    type Err = ViaError;

    fn from_str(text: &str) -> Result<Self, ViaError> {
        if text == "kernel" {
            return Ok(Self::Kernel);
        }
        let Some(tap) = text.strip_prefix("tap:") else {
            return Err(ViaError::Unknown(text.to_owned()));
        };
        let Some((name, parts)) = tap.split_once(',') else {
            return Err(ViaError::Parts);
        };
        if !is_device_name(name) {
            return Err(ViaError::BadName(name.to_owned()));
        }
        let mut tap = Tap {
            name: name.to_owned(),
            hosts: Vec::new(),
            auto: false,
            gateways: Vec::new(),
        };
        // A lone first part is meant as an address.
        let mut gateways = Vec::new();
        for (number, part) in parts.split(',').enumerate() {
            match part {
                "auto" => tap.auto = true,
                _ if number == 0 || part.contains('/') => add_host(&mut tap, part)?,
                _ => gateways.push(part),
            }
        }
        for gateway in gateways {
            let gateway = check_gateway(gateway, &tap).map_err(ViaError::Gateway)?;
            tap.gateways.push(gateway);
        }
        Ok(Self::Tap(tap))
    }
}

fn add_host(tap: &mut Tap, text: &str) -> Result<(), ViaError> {
    let host: Subnet = text.parse().map_err(ViaError::Subnet)?;
    let address = host.address();
    let the_networks = address == host.network() && host.first_host() != host.network();
    let nobodys = address.is_multicast() || address.is_unspecified() || address.is_loopback();
    if nobodys {
        return Err(ViaError::Nobodys(address));
    }
    if the_networks || Some(address) == host.broadcast() {
        return Err(ViaError::NotAHost(host));
    }
    if tap.hosts.iter().any(|other| other.address() == address) {
        return Err(ViaError::Twice(address));
    }
    tap.hosts.push(host);
    Ok(())
}

fn check_gateway(text: &str, tap: &Tap) -> Result<IpAddr, GatewayError> {
    let Ok(gateway) = text.parse::<IpAddr>() else {
        return Err(GatewayError::Unreadable(text.to_owned()));
    };
    let same = |other: &IpAddr| other.is_ipv4() == gateway.is_ipv4();
    if tap.gateways.iter().any(same) {
        return Err(GatewayError::Second(gateway));
    }
    if tap.hosts.iter().any(|host| host.address() == gateway) {
        return Err(GatewayError::Own(gateway));
    }
    // RFC 4861, section 8: a router of IPv6 is best named by its address on the link.
    let of_the_link = matches!(gateway, IpAddr::V6(v6) if v6.is_unicast_link_local());
    if of_the_link && tap.has_ipv6() {
        return Ok(gateway);
    }
    let mut family = tap.hosts.iter().filter(|host| same(&host.address()));
    let Some(first) = family.clone().next() else {
        return Err(GatewayError::OtherFamily(gateway));
    };
    if family.any(|host| host.decide(gateway) == AsksFor::Peer) {
        Ok(gateway)
    } else {
        Err(GatewayError::Far(gateway, *first))
    }
}

/// What Linux accepts as the name of a device: at most 15 bytes (`IFNAMSIZ`), without `/`, `:` and
/// white space. `%` would make it a pattern.
fn is_device_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 16
        && !matches!(name, "." | "..")
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || "/:%".contains(c))
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Tap(tap) = self else {
            return f.write_str("kernel");
        };
        write!(f, "tap:{}", tap.name)?;
        for host in &tap.hosts {
            write!(f, ",{host}")?;
        }
        if tap.auto {
            f.write_str(",auto")?;
        }
        tap.gateways.iter().try_for_each(|at| write!(f, ",{at}"))
    }
}

impl fmt::Display for ViaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Say::Via(self).words(services::words::Lang::English))
    }
}

impl std::error::Error for ViaError {}

/// A sysctl of our own stack, by its Linux name. The stack says whether it knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sysctl {
    /// Such as `net.ipv4.tcp_fin_timeout`.
    pub(crate) name: String,
    /// Such as `30`.
    pub(crate) value: String,
}

/// A text that is not `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotASysctl;

impl FromStr for Sysctl {
    type Err = NotASysctl;

    fn from_str(text: &str) -> Result<Self, NotASysctl> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                Ok(Self {
                    name: name.trim().to_owned(),
                    value: value.trim().to_owned(),
                })
            }
            _ => Err(NotASysctl),
        }
    }
}

impl fmt::Display for NotASysctl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Say::NotASysctl.words(services::words::Lang::English))
    }
}

impl std::error::Error for NotASysctl {}
