//! Where a program listens or whom it calls, as a person writes it.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use landline::Network;

/// A place to listen at or to call: `tcp://127.0.0.1:9000`, `udp://[::1]:9000`,
/// `tcp://[fe80::1%eth0]:9000`, `tcp://localhost:9000`, `unix:PATH`, `unixgram:PATH`.
///
/// ```
/// use services::Endpoint;
/// use std::net::{Ipv6Addr, SocketAddr};
///
/// let endpoint: Endpoint = "udp://[::1]:8081".parse()?;
/// assert_eq!(endpoint, Endpoint::Udp(SocketAddr::from((Ipv6Addr::LOCALHOST, 8081)).into()));
/// assert_eq!(endpoint.to_string(), "udp://[::1]:8081");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A TCP port.
    Tcp(Place),
    /// A UDP port.
    Udp(Place),
    /// An `AF_UNIX` stream socket's name in the file system.
    Unix(PathBuf),
    /// An `AF_UNIX` datagram socket's name in the file system.
    UnixGram(PathBuf),
}

impl Endpoint {
    /// Whether messages travel as datagrams, each by itself.
    pub fn is_datagram(&self) -> bool {
        matches!(self, Self::Udp(_) | Self::UnixGram(_))
    }

    /// Whether nobody can be called there: a port 0.
    pub(crate) fn is_nobodys(&self) -> bool {
        self.place().is_some_and(|place| place.port() == 0)
    }

    /// The place on a network, for the endpoints that are on one.
    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Self::Tcp(place) | Self::Udp(place) => Some(place),
            Self::Unix(_) | Self::UnixGram(_) => None,
        }
    }

    /// The address and port, for the endpoints that were written with an address.
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        match self.place()? {
            Place::Address(at) => Some(*at),
            Place::Named { .. } => None,
        }
    }
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An address, which means the same wherever it is read, or has its zone as a number.
    Address(SocketAddr),
    /// What only a network can tell: the name of a host, or an IPv6 address with the name of its
    /// zone (`fe80::1%eth0`).
    Named {
        /// The name, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
}

impl Place {
    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Address(at) => at.port(),
            Self::Named { port, .. } => *port,
        }
    }

    /// The same host's port `port`.
    pub(crate) fn at_port(&self, port: u16) -> Self {
        match self {
            Self::Address(at) => {
                let mut at = *at; // with its zone
                at.set_port(port);
                Self::Address(at)
            }
            Self::Named { host, .. } => Self::Named {
                host: host.clone(),
                port,
            },
        }
    }

    /// The addresses that it means on `network`, in the order in which they are best tried.
    ///
    /// # Errors
    ///
    /// [`Network::resolve`]'s.
    pub(crate) async fn resolve(&self, network: &Network) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::Address(at) => Ok(vec![*at]),
            Self::Named { host, port } => network.resolve(host, *port).await,
        }
    }
}

impl From<SocketAddr> for Place {
    fn from(at: SocketAddr) -> Self {
        Self::Address(at)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(at) => at.fmt(f),
            Self::Named { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Named { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(at) => write!(f, "tcp://{at}"),
            Self::Udp(at) => write!(f, "udp://{at}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::UnixGram(path) => write!(f, "unixgram:{}", path.display()),
        }
    }
}

impl serde::Serialize for Endpoint {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Why a text is no [`Endpoint`]. Each reason is put into words by the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointError {
    /// Nothing says which kind of socket is meant; holds what was written.
    NoScheme(String),
    /// Not one of `tcp`, `udp`, `unix`, `unixgram`.
    UnknownScheme(String),
    /// An address without a port.
    NoPort {
        /// `tcp` or `udp`.
        scheme: &'static str,
        /// The address that was written.
        host: String,
    },
    /// The port is not a number from 0 to 65535.
    BadPort {
        /// `tcp` or `udp`.
        scheme: &'static str,
        /// What was written.
        port: String,
    },
    /// Not an IPv4 address, nor an IPv6 address in brackets, nor the name of a host.
    BadAddress {
        /// `tcp` or `udp`.
        scheme: &'static str,
        /// What was written.
        host: String,
    },
    /// An IPv6 address whose colons run into the port's.
    NeedsBrackets {
        /// `tcp` or `udp`.
        scheme: &'static str,
        /// What is meant, if the last group is the port.
        with_port: Option<String>,
        /// The address, if all of it is one.
        alone: Option<Ipv6Addr>,
    },
    /// A path was expected.
    NoPath(&'static str),
    /// Longer than the 107 bytes that fit into a socket's name (unix(7), `sun_path`).
    PathTooLong(usize),
    /// A NUL byte would end the name early.
    PathHasNul,
}

/// `sun_path` holds 108 bytes, one of them the NUL at the end.
const LONGEST_PATH: usize = 107;

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(EndpointError::NoScheme(text.to_owned()));
        };
        match scheme {
            "tcp" => Ok(Self::Tcp(address("tcp", rest)?)),
            "udp" => Ok(Self::Udp(address("udp", rest)?)),
            "unix" => Ok(Self::Unix(path("unix", rest)?)),
            "unixgram" => Ok(Self::UnixGram(path("unixgram", rest)?)),
            // `127.0.0.1:9000`, `[::1]:9000` or `host:9000`: the kind was forgotten, not mistaken.
            _ if scheme.is_empty() || !rest.starts_with("//") => {
                Err(EndpointError::NoScheme(text.to_owned()))
            }
            other => Err(EndpointError::UnknownScheme(other.to_owned())),
        }
    }
}

fn address(scheme: &'static str, rest: &str) -> Result<Place, EndpointError> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if let Ok(address) = rest.parse::<SocketAddr>() {
        return Ok(address.into());
    }
    if let Some(colons) = without_brackets(rest) {
        return Err(EndpointError::NeedsBrackets {
            scheme,
            with_port: colons.0,
            alone: colons.1,
        });
    }
    let no_port = |host: &str| EndpointError::NoPort {
        scheme,
        host: host.to_owned(),
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((_, port)) if port.contains(']') => return Err(no_port(rest)),
        Some((host, port)) => (host, port),
        None => return Err(no_port(rest)),
    };
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let known = match bracketed {
        Some(inner) => is_ipv6(inner),
        None => host.parse::<std::net::Ipv4Addr>().is_ok() || is_name(host),
    };
    if !known {
        let host = host.to_owned();
        return Err(EndpointError::BadAddress { scheme, host });
    }
    if port.is_empty() {
        return Err(no_port(host));
    }
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if digits => Ok(Place::Named {
            host: bracketed.unwrap_or(host).to_owned(),
            port,
        }),
        _ => Err(EndpointError::BadPort {
            scheme,
            port: port.to_owned(),
        }),
    }
}

/// What an IPv6 address without brackets may mean: an address and a port, and an address alone.
fn without_brackets(text: &str) -> Option<(Option<String>, Option<Ipv6Addr>)> {
    let alone = text.parse().ok();
    let (address, port) = text.rsplit_once(':')?;
    let with_port = (is_ipv6(address) && (alone.is_none() || port.parse::<u16>().is_ok()))
        .then(|| format!("[{address}]:{port}"));
    (alone.is_some() || with_port.is_some()).then_some((with_port, alone))
}

/// An IPv6 address, perhaps with a zone: an interface's name, at most 15 bytes (`IFNAMSIZ`).
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    let bad = |c: char| c.is_whitespace() || c.is_control() || "/%:[]".contains(c);
    address.parse::<Ipv6Addr>().is_ok()
        && zone.is_none_or(|zone| (1..16).contains(&zone.len()) && !zone.contains(bad))
}

/// A host's name (RFC 1123 section 2.1). One whose last part is a number would be an IPv4 address.
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..64).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let text = text.strip_suffix('.').unwrap_or(text);
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() < 254
        && text.split('.').all(label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

fn path(scheme: &'static str, rest: &str) -> Result<PathBuf, EndpointError> {
    match rest.len() {
        0 => Err(EndpointError::NoPath(scheme)),
        _ if rest.contains('\0') => Err(EndpointError::PathHasNul),
        len if len > LONGEST_PATH => Err(EndpointError::PathTooLong(len)),
        _ => Ok(PathBuf::from(rest)),
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::words::Lang::English.endpoint_error(self))
    }
}

impl std::error::Error for EndpointError {}
