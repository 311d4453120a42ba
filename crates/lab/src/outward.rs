//! What leads out of a lab, as somebody drew it. All of it works in real time only.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;

use wire::Ipv4Net;

use crate::scenario::{At, Scheme};

/// A port of the machine that leads to a port of a host in the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Over what.
    pub scheme: Scheme,
    /// Where the machine listens; port 0 takes a free one.
    pub on: At<SocketAddr>,
    /// The host.
    pub to: At<String>,
    /// Its port.
    pub port: u16,
}

/// Not a port to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a port of this machine and one of a host in the lab; write it like 127.0.0.1:8080=web:80, \
     8080=web:80 (the machine itself, and nobody else, can reach it) or udp://127.0.0.1:5353=ns:53"
)]
pub struct NotAPublish;

impl FromStr for Publish {
    type Err = NotAPublish;

    fn from_str(text: &str) -> Result<Self, NotAPublish> {
        let (on, to) = text.rsplit_once('=').ok_or(NotAPublish)?;
        let (scheme, on) = door(on).ok_or(NotAPublish)?;
        let (to, port) = target(to).ok_or(NotAPublish)?;
        Ok(Self {
            scheme,
            on: At::nowhere(on),
            to: At::nowhere(to.to_owned()),
            port,
        })
    }
}

impl fmt::Display for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scheme == Scheme::Udp {
            f.write_str("udp://")?;
        }
        write!(f, "{}={}:{}", self.on.value, self.to.value, self.port)
    }
}

/// `8080`, `127.0.0.1:8080`, `tcp://[::1]:8080`, `udp://127.0.0.1:5353`. A port alone is the
/// loopback's: whoever wants others to reach it has to write so.
pub(crate) fn door(text: &str) -> Option<(Scheme, SocketAddr)> {
    let (scheme, at) = match text.split_once("://") {
        None | Some(("tcp", _)) => (Scheme::Tcp, text.trim_start_matches("tcp://")),
        Some(("udp", at)) => (Scheme::Udp, at),
        Some(_) => return None,
    };
    let at = match at.parse::<u16>() {
        Ok(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
        Err(_) => at.parse().ok()?,
    };
    Some((scheme, at))
}

/// `web:80`.
pub(crate) fn target(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    (!host.is_empty()).then_some((host, port))
}

/// A port of the lab that leads to a TAP device of the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// The device's name.
    pub device: At<String>,
}

/// What makes a host an uplink: it takes in what is for the world outside, and lets sockets of the
/// machine carry it on. IPv4 only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uplink {
    /// The address in the lab that stands for the machine's own 127.0.0.1; without one the uplink's
    /// first.
    pub machine: Option<At<Ipv4Addr>>,
    /// What may be reached outside; nothing else is.
    pub allow: Vec<Allow>,
}

/// Addresses and ports of the world outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    network: Ipv4Net,
    ports: RangeInclusive<u16>,
}

impl Allow {
    /// Every port of the machine's 127.0.0.1.
    pub const LOOPBACK: Self = Self {
        network: Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 32),
        ports: 0..=u16::MAX,
    };

    /// Whether `address` may be reached at `port`; without a port, pinged.
    pub fn allows(&self, address: Ipv4Addr, port: Option<u16>) -> bool {
        self.network.contains(&address) && port.is_none_or(|port| self.ports.contains(&port))
    }
}

/// Not addresses and ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not addresses and ports; write it like 127.0.0.1:*, 192.0.2.0/24:80 or 0.0.0.0/0:1-1023")]
pub struct NotAnAllow;

impl FromStr for Allow {
    type Err = NotAnAllow;

    fn from_str(text: &str) -> Result<Self, NotAnAllow> {
        let (network, ports) = text.rsplit_once(':').ok_or(NotAnAllow)?;
        let network = match network.parse::<Ipv4Addr>() {
            Ok(address) => Ipv4Net::new_assert(address, 32),
            Err(_) => network.parse().map_err(|_| NotAnAllow)?,
        };
        let port = |text: &str| text.parse().map_err(|_| NotAnAllow);
        let ports = match (ports, ports.split_once('-')) {
            ("*", _) => 0..=u16::MAX,
            (_, Some((from, to))) => port(from)?..=port(to)?,
            (one, None) => port(one)?..=port(one)?,
        };
        if ports.is_empty() {
            return Err(NotAnAllow);
        }
        Ok(Self { network, ports })
    }
}
