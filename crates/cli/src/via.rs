//! The networks, as they are typed: `kernel`, `tap:NAME,ADDRESS/PREFIX[,GATEWAY]`.

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
    /// Our address and the network's prefix.
    pub(crate) host: Subnet,
    /// Who knows the way to other networks: an address of the same network.
    pub(crate) gateway: Option<IpAddr>,
}

/// Why a text is no [`Via`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ViaError {
    /// Neither `kernel` nor `tap:…`.
    Unknown(String),
    /// A part of `tap:…` is missing or too many.
    Parts,
    /// Not a name for a network device.
    BadName(String),
    /// The address or its mask is wrong.
    Subnet(SubnetError),
    /// The address is the network's own or the broadcast address.
    NotAHost(Subnet),
    /// Not an IP address.
    BadGateway(String),
    /// A gateway on another network cannot be asked for its MAC address.
    FarGateway(IpAddr, Subnet),
    /// The gateway is the host itself.
    OwnGateway(IpAddr),
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
        let mut parts = tap.split(',');
        let (Some(name), Some(host), gateway, None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ViaError::Parts);
        };
        if !is_device_name(name) {
            return Err(ViaError::BadName(name.to_owned()));
        }
        let host: Subnet = host.parse().map_err(ViaError::Subnet)?;
        if host.prefix() < 31
            && (host.address() == host.network() || Some(host.address()) == host.broadcast())
        {
            return Err(ViaError::NotAHost(host));
        }
        let gateway = gateway
            .map(|gateway| check_gateway(gateway, host))
            .transpose()?;
        Ok(Self::Tap(Tap {
            name: name.to_owned(),
            host,
            gateway,
        }))
    }
}

fn check_gateway(text: &str, host: Subnet) -> Result<IpAddr, ViaError> {
    let Ok(gateway) = text.parse() else {
        return Err(ViaError::BadGateway(text.to_owned()));
    };
    if gateway == host.address() {
        Err(ViaError::OwnGateway(gateway))
    } else if host.decide(gateway) == AsksFor::Gateway {
        Err(ViaError::FarGateway(gateway, host))
    } else {
        Ok(gateway)
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
        match self {
            Self::Kernel => f.write_str("kernel"),
            Self::Tap(Tap {
                name,
                host,
                gateway: None,
            }) => write!(f, "tap:{name},{host}"),
            Self::Tap(Tap {
                name,
                host,
                gateway: Some(gateway),
            }) => {
                write!(f, "tap:{name},{host},{gateway}")
            }
        }
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
