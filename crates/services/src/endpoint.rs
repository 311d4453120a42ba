//! Where a program listens or whom it calls, as a person writes it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// A place to listen at or to call: `tcp://127.0.0.1:9000`, `udp://[::1]:9000`, `unix:PATH`,
/// `unixgram:PATH`.
///
/// ```
/// use services::Endpoint;
///
/// let endpoint: Endpoint = "udp://[::1]:8081".parse()?;
/// assert_eq!(endpoint, Endpoint::Udp("[::1]:8081".parse()?));
/// assert_eq!(endpoint.to_string(), "udp://[::1]:8081");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A UDP port.
    Udp(SocketAddr),
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
        self.socket_addr().is_some_and(|at| at.port() == 0)
    }

    /// The address and port, for the endpoints that have one.
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(at) | Self::Udp(at) => Some(*at),
            Self::Unix(_) | Self::UnixGram(_) => None,
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
    BadPort(String),
    /// Not an IPv4 address, nor an IPv6 address in brackets. Names are not looked up.
    BadAddress(String),
    /// An IPv6 address whose colons run into the port's.
    NeedsBrackets(Ipv6Addr),
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

fn address(scheme: &'static str, rest: &str) -> Result<SocketAddr, EndpointError> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if let Ok(address) = rest.parse() {
        return Ok(address);
    }
    // From here on it is wrong; the rest finds out what is.
    if let Ok(bare) = rest.parse::<Ipv6Addr>() {
        return Err(EndpointError::NeedsBrackets(bare));
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
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<IpAddr>().is_ok(),
    };
    if !known {
        Err(EndpointError::BadAddress(host.to_owned()))
    } else if port.is_empty() {
        Err(no_port(host))
    } else if let (None, Ok(bare)) = (bracketed, host.parse::<Ipv6Addr>()) {
        Err(EndpointError::NeedsBrackets(bare))
    } else {
        Err(EndpointError::BadPort(port.to_owned()))
    }
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
