//! Names of sockets, and what can be given as one.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::path::{Path, PathBuf};

use crate::{Family, Network};

/// The name of a socket, of any family.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// An IP address and a port ([`Family::Inet`], [`Family::Inet6`]).
    Ip(SocketAddr),
    /// A name of [`Family::Unix`].
    Unix(UnixAddress),
}

impl Address {
    /// The IP address and port, if it is one.
    pub fn as_ip(&self) -> Option<SocketAddr> {
        match self {
            Self::Ip(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// The `AF_UNIX` name, if it is one.
    pub fn as_unix(&self) -> Option<&UnixAddress> {
        match self {
            Self::Unix(address) => Some(address),
            Self::Ip(_) => None,
        }
    }

    /// No address in particular: `0.0.0.0:0`, `[::]:0`, or no name.
    pub(crate) fn unspecified(family: Family) -> Self {
        match family {
            Family::Inet => Self::Ip((Ipv4Addr::UNSPECIFIED, 0).into()),
            Family::Inet6 => Self::Ip((Ipv6Addr::UNSPECIFIED, 0).into()),
            Family::Unix => Self::Unix(UnixAddress::Unnamed),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Unix(address) => address.fmt(f),
        }
    }
}

/// The name of an `AF_UNIX` socket (unix(7), "Address format").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UnixAddress {
    /// No name: a socket that was never bound. As the name to bind to it asks for *autobind*: an
    /// abstract name that nobody else has.
    Unnamed,
    /// A name in the file system. An empty one means [`Unnamed`](Self::Unnamed).
    Path(PathBuf),
    /// A name in the abstract name space, without its leading NUL byte. It is in no file system
    /// and vanishes with its last socket.
    Abstract(Vec<u8>),
}

impl UnixAddress {
    /// Whether the socket has no name, and so cannot be answered.
    pub fn is_unnamed(&self) -> bool {
        matches!(self, Self::Unnamed)
    }

    /// The name, if it is one in the file system.
    pub fn as_pathname(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Unnamed | Self::Abstract(_) => None,
        }
    }

    /// The name without its leading NUL byte, if it is an abstract one.
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        match self {
            Self::Abstract(name) => Some(name),
            Self::Unnamed | Self::Path(_) => None,
        }
    }
}

impl fmt::Display for UnixAddress {
    /// `(unnamed)`, the path, or `@name`; what a terminal must not see is escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed => f.write_str("(unnamed)"),
            Self::Path(path) => path.to_string_lossy().escape_debug().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
        }
    }
}

impl From<PathBuf> for UnixAddress {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str().is_empty() {
            return Self::Unnamed;
        }
        Self::Path(path)
    }
}

impl From<&Path> for UnixAddress {
    fn from(path: &Path) -> Self {
        path.to_path_buf().into()
    }
}

impl From<::tokio::net::unix::SocketAddr> for UnixAddress {
    fn from(address: ::tokio::net::unix::SocketAddr) -> Self {
        if let Some(path) = address.as_pathname() {
            path.into()
        } else if let Some(name) = address.as_abstract_name() {
            Self::Abstract(name.to_vec())
        } else {
            Self::Unnamed
        }
    }
}

impl From<UnixAddress> for Address {
    fn from(address: UnixAddress) -> Self {
        Self::Unix(address)
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address)
    }
}

/// What can be given where a socket's name is wanted: a [`SocketAddr`], an address and a port
/// (`("127.0.0.1", 9000)`, as in Python), a path, a [`UnixAddress`] or an [`Address`].
pub trait ToAddress {
    /// The address that is meant, for a socket of `family` on `network`.
    ///
    /// A host given as text may be empty (any address), `<broadcast>` (255.255.255.255), an IP
    /// address, one with its zone (`fe80::1%eth0`), or a name, of which the first address of the
    /// family is taken. Names are the machine's, on every network; zones are the network's.
    ///
    /// # Errors
    ///
    /// When a name is not known, or has no address of the family; ENODEV for a zone that is no
    /// interface.
    fn to_address(&self, network: &Network, family: Family) -> io::Result<Address>;
}

/// Types that are an address as they stand.
macro_rules! plain {
    ($($address:ty => $convert:expr),* $(,)?) => {$(
        impl ToAddress for $address {
            fn to_address(&self, _: &Network, _: Family) -> io::Result<Address> {
                Ok($convert(self))
            }
        }
    )*};
}

plain! {
    Address => Self::clone,
    SocketAddr => |it: &Self| Address::Ip(*it),
    SocketAddrV4 => |it: &Self| Address::Ip((*it).into()),
    SocketAddrV6 => |it: &Self| Address::Ip((*it).into()),
    (IpAddr, u16) => |it: &Self| Address::Ip((*it).into()),
    (Ipv4Addr, u16) => |it: &Self| Address::Ip((*it).into()),
    (Ipv6Addr, u16) => |it: &Self| Address::Ip((*it).into()),
    UnixAddress => |it: &Self| Address::Unix(it.clone()),
    Path => |it: &Self| Address::Unix(it.into()),
    PathBuf => |it: &Self| Address::Unix(it.as_path().into()),
}

impl<T: ToAddress + ?Sized> ToAddress for &T {
    fn to_address(&self, network: &Network, family: Family) -> io::Result<Address> {
        (**self).to_address(network, family)
    }
}

impl ToAddress for (&str, u16) {
    fn to_address(&self, network: &Network, family: Family) -> io::Result<Address> {
        let (host, port) = *self;
        let ip = match host {
            "" => match Address::unspecified(family) {
                Address::Ip(any) => any.ip(),
                Address::Unix(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            },
            "<broadcast>" => IpAddr::V4(Ipv4Addr::BROADCAST),
            _ => match host.parse() {
                Ok(ip) => ip,
                Err(_) => return first_of_family(network, host, port, family),
            },
        };
        Ok(Address::Ip((ip, port).into()))
    }
}

impl ToAddress for (String, u16) {
    fn to_address(&self, network: &Network, family: Family) -> io::Result<Address> {
        (self.0.as_str(), self.1).to_address(network, family)
    }
}

/// The first address of `family` that `host` has on `network`.
fn first_of_family(
    network: &Network,
    host: &str,
    port: u16,
    family: Family,
) -> io::Result<Address> {
    let mut found = network.resolve_now(host, port)?.into_iter();
    found
        .find(|address| address.is_ipv4() == (family == Family::Inet))
        .map(Address::Ip)
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("{host} has no address of the socket's family"),
            )
        })
}
