//! What sockets are, and how they are named.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use base::Bytes;

/// Which addresses a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `AF_INET`: IPv4.
    Inet,
    /// `AF_INET6`: IPv6, and IPv4 by mapped addresses (`::ffff:192.0.2.1`) unless `IPV6_V6ONLY`.
    Inet6,
    /// `AF_UNIX`: between the programs of one host.
    Unix,
}

impl Family {
    /// Linux's number: `AF_INET` is 2.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Unix => 1,
            Self::Inet => 2,
            Self::Inet6 => 10,
        }
    }
}

/// How a socket's bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `SOCK_STREAM`: TCP, or a stream between programs.
    Stream,
    /// `SOCK_DGRAM`: UDP, or datagrams between programs.
    Datagram,
    /// `SOCK_DGRAM` with `IPPROTO_ICMP`: echo requests out, their replies in (icmp(7), "ping
    /// sockets"). The port of its addresses is the ICMP identifier.
    Ping,
}

impl Kind {
    /// What `SO_TYPE` says: `SOCK_STREAM` is 1, `SOCK_DGRAM` 2.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Stream => 1,
            Self::Datagram | Self::Ping => 2,
        }
    }
}

/// A socket's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `AF_UNSPEC`: to `connect` to it dissolves an association.
    Unspecified,
    /// An IP address with a port.
    Inet(SocketAddr),
    /// A name among the programs of one host.
    Unix(UnixName),
}

impl Address {
    /// `0.0.0.0:0`, the name of an Internet socket that has none.
    pub const ANY: Self = Self::Inet(UNBOUND);
}

/// `0.0.0.0:0`.
pub(crate) const UNBOUND: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// `name` with another port; flow and zone stay.
pub(crate) const fn with_port(mut name: SocketAddr, port: u16) -> SocketAddr {
    name.set_port(port);
    name
}

/// Bytes of the IP header in front of what goes to `to`.
pub(crate) const fn ip_header_len(to: SocketAddr) -> usize {
    match to {
        SocketAddr::V4(_) => wire::ipv4::MIN_HEADER_LEN,
        SocketAddr::V6(_) => wire::ipv6::HEADER_LEN,
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        Self::Inet(addr)
    }
}

impl From<UnixName> for Address {
    fn from(name: UnixName) -> Self {
        Self::Unix(name)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unspecified => f.write_str("*"),
            Self::Inet(addr) => addr.fmt(f),
            Self::Unix(name) => name.fmt(f),
        }
    }
}

/// The name of an `AF_UNIX` socket (unix(7), "Address format").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UnixName {
    /// None yet. As the name to bind to it asks for *autobind*.
    Unnamed,
    /// A path. It stays taken after its socket is closed, until
    /// [`Stack::unlink`](crate::Stack::unlink) frees it, as a file's name does.
    Path(Bytes),
    /// A name in the abstract name space, without its leading NUL byte; it goes with its socket.
    Abstract(Bytes),
}

impl UnixName {
    /// Bytes of `sun_path`: a path is at most so long, an abstract name one less.
    pub const MAX: usize = 108;

    /// Whether it has a length that a `sockaddr_un` can carry.
    pub(crate) fn fits(&self) -> bool {
        match self {
            Self::Unnamed => true,
            Self::Path(path) => !path.is_empty() && path.len() <= Self::MAX,
            Self::Abstract(name) => name.len() < Self::MAX,
        }
    }
}

impl fmt::Display for UnixName {
    /// As `ss` shows it: `*`, the path, or `@` and the abstract name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed => f.write_str("*"),
            Self::Path(path) => write!(f, "{}", path.escape_ascii()),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
        }
    }
}
