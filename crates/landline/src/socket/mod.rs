//! The Berkeley socket, blocking.

mod berkeley;
mod file;
mod message;
mod timeouts;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use file::SocketFile;
pub use message::Message;
pub(crate) use timeouts::{Direction, Patience, Timeouts};

use crate::kernel;
use crate::network::{Kind, Network};
use crate::on::On;
use crate::ours;

/// What kind of names a socket has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `AF_INET`: IPv4 addresses and ports.
    Inet,
    /// `AF_INET6`: IPv6 addresses and ports.
    Inet6,
    /// `AF_UNIX`: paths and abstract names, on one machine.
    Unix,
}

impl Family {
    /// The family that `address` is of.
    pub(crate) fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Self::Inet,
            SocketAddr::V6(_) => Self::Inet6,
        }
    }
}

/// What a socket carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `SOCK_STREAM`: a connection that carries bytes in order (TCP).
    Stream,
    /// `SOCK_DGRAM`: datagrams, each whole or not at all (UDP).
    Datagram,
    /// `SOCK_DGRAM` with the protocol `IPPROTO_ICMP` or `IPPROTO_ICMPV6`: echo requests, and their
    /// replies (icmp(7)).
    ///
    /// What is sent is a whole ICMP message, an "echo request"; its identifier becomes the port of
    /// the socket's name, and the network computes its checksum. What is received is the whole reply.
    /// With `IP_RECVERR` the errors on the way are heard, which is how a traceroute sees the routers.
    /// Ports of addresses mean nothing.
    Ping,
}

/// A socket with the functions of the Berkeley table, under their names and with their meaning.
///
/// ```
/// use landline::{Family, Network, Socket, Type};
///
/// # fn main() -> std::io::Result<()> {
/// let network = Network::kernel();
/// let server = Socket::new(&network, Family::Inet, Type::Stream)?;
/// server.bind(("127.0.0.1", 0))?;
/// server.listen(5)?;
///
/// let client = Socket::new(&network, Family::Inet, Type::Stream)?;
/// client.connect(server.getsockname()?)?;
/// let (conn, who) = server.accept()?;
/// assert_eq!(who, client.getsockname()?);
///
/// client.sendall(b"hello")?;
/// let mut buf = [0; 1024];
/// let length = conn.recv(&mut buf)?;
/// conn.sendall(&buf[..length].to_ascii_uppercase())?;
/// let length = client.recv(&mut buf)?;
/// assert_eq!(&buf[..length], b"HELLO");
/// # Ok(())
/// # }
/// ```
///
/// It blocks, until [`setblocking`](Self::setblocking) or [`settimeout`](Self::settimeout) say
/// otherwise. Dropping it closes it. All methods take `&self`, so one thread may receive while
/// another one sends; it is also [`Read`](io::Read) and [`Write`](io::Write), and so is `&Socket`.
///
/// Errors of the kernel's network keep their number ([`io::Error::raw_os_error`]). A call that
/// waited as long as `settimeout` allows fails with [`TimedOut`](io::ErrorKind::TimedOut) and no
/// number, which tells it from a peer that did not answer (ETIMEDOUT).
pub struct Socket {
    core: Arc<Core>,
}

/// What does a socket's work, on each network.
pub(crate) type Handle = On<kernel::Socket, ours::Socket>;

/// What a socket's clones and files share.
#[derive(Debug)]
struct Core {
    on: Handle,
    network: Network,
    timeouts: Timeouts,
    family: Family,
    kind: Type,
}

impl Socket {
    /// `socket()`: a socket of `family` and `kind` on `network`.
    ///
    /// # Errors
    ///
    /// EMFILE when there are no descriptors left, EAFNOSUPPORT for a family that the network does
    /// not have; of a [`Type::Ping`] on the kernel's network EACCES, where
    /// `net.ipv4.ping_group_range` does not have the program's group.
    pub fn new(network: &Network, family: Family, kind: Type) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let socket = kernel::Socket::new(family, kind)?;
                Ok(Self::from_on(network, On::Kernel(socket), family, kind))
            }
            Kind::Stack(computer) => {
                let socket = ours::Socket::new(computer, family, kind)?;
                Ok(Self::from_on(network, On::Stack(socket), family, kind))
            }
        }
    }

    /// `socketpair()`: two `AF_UNIX` sockets, connected with each other.
    ///
    /// # Errors
    ///
    /// EMFILE when there are no descriptors left.
    pub fn pair(network: &Network, kind: Type) -> io::Result<(Self, Self)> {
        match &network.kind {
            Kind::Kernel => {
                let (one, other) = kernel::Socket::pair(kind)?;
                Ok((
                    Self::from_on(network, On::Kernel(one), Family::Unix, kind),
                    Self::from_on(network, On::Kernel(other), Family::Unix, kind),
                ))
            }
            Kind::Stack(computer) => {
                let (one, other) = ours::Socket::pair(computer, kind)?;
                Ok((
                    Self::from_on(network, On::Stack(one), Family::Unix, kind),
                    Self::from_on(network, On::Stack(other), Family::Unix, kind),
                ))
            }
        }
    }

    /// A new socket around what does its work, in blocking mode.
    pub(crate) fn from_on(network: &Network, on: Handle, family: Family, kind: Type) -> Self {
        Self {
            core: Arc::new(Core {
                on,
                network: network.clone(),
                timeouts: Timeouts::new(),
                family,
                kind,
            }),
        }
    }

    /// What does its work, for another shape of socket; a second handle of it when clones remain.
    pub(crate) fn into_on(self) -> io::Result<Handle> {
        match Arc::try_unwrap(self.core) {
            Ok(core) => Ok(core.on),
            Err(core) => match &core.on {
                On::Kernel(socket) => Ok(On::Kernel(socket.duplicate()?)),
                On::Stack(socket) => Ok(On::Stack(socket.clone())),
            },
        }
    }

    /// Another handle of the same socket: it closes when all of them are dropped, and its mode and
    /// time-out are theirs in common.
    ///
    /// # Errors
    ///
    /// None at present; a network may run out of handles.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(self.share())
    }

    /// The connection that this listener accepted, in blocking mode.
    fn accepted(&self, on: Handle) -> Self {
        Self::from_on(&self.core.network, on, self.core.family, Type::Stream)
    }

    fn share(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
        }
    }

    /// The family that it was made with.
    pub fn family(&self) -> Family {
        self.core.family
    }

    /// The type that it was made with.
    pub fn socket_type(&self) -> Type {
        self.core.kind
    }

    /// How long a call in `direction` may wait.
    fn patience(&self, direction: Direction) -> Patience {
        self.core.timeouts.patience(direction)
    }

    /// The time-out of one direction, which std's shape sets apart from each other.
    pub(crate) fn limit(&self, direction: Direction) -> Option<Duration> {
        self.core.timeouts.limit(direction)
    }

    /// Sets the time-out of one direction.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a limit of zero.
    pub(crate) fn set_limit(
        &self,
        direction: Direction,
        limit: Option<Duration>,
    ) -> io::Result<()> {
        if limit == Some(Duration::ZERO) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a time-out cannot be zero",
            ));
        }
        self.core.timeouts.set_limit(direction, limit);
        self.apply_mode()
    }

    /// Makes calls wait not at all, or as their limits say.
    pub(crate) fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        self.core.timeouts.set_nonblocking(on);
        self.apply_mode()
    }

    /// Tells the network's socket the mode that the time-outs ask for.
    fn apply_mode(&self) -> io::Result<()> {
        each!(&self.core.on, it => it.set_limited(self.core.timeouts.limited()))
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("family", &self.core.family)
            .field("type", &self.core.kind)
            .field("on", &self.core.on)
            .finish()
    }
}
