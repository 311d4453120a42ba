//! An `AF_UNIX` datagram socket.

use std::io;
use std::net::Shutdown;
use std::path::Path;
use std::time::Duration;

use super::unix;
use crate::options::Options;
use crate::socket::Direction;
use crate::{Family, Network, Socket, Type, UnixAddress};

/// An `AF_UNIX` datagram socket, as `std::os::unix::net::UnixDatagram`. Unlike UDP it loses
/// nothing: a sender waits while the receiver's queue is full.
///
/// A client that is to be answered needs a name, and [`autobind`](Self::autobind) finds one:
///
/// ```
/// use landline::{Network, UnixAddress, UnixDatagram};
///
/// # fn main() -> std::io::Result<()> {
/// let network = Network::kernel();
/// let server = UnixDatagram::autobind(&network)?;
/// let client = UnixDatagram::autobind(&network)?;
/// client.connect_addr(&server.local_addr()?)?;
/// client.send(b"hello")?;
///
/// let mut buf = [0; 16];
/// let (length, who) = server.recv_from(&mut buf)?;
/// server.send_to_addr(&buf[..length].to_ascii_uppercase(), &who)?;
/// let length = client.recv(&mut buf)?;
/// assert_eq!(&buf[..length], b"HELLO");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixDatagram(pub(crate) Socket);

shared!(UnixDatagram);
timeouts!(UnixDatagram);
names!(UnixDatagram, UnixAddress, unix);

impl UnixDatagram {
    /// A socket named `path`, which it creates and does not remove.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE) when `path` exists, or the network's own.
    pub fn bind<P: AsRef<Path>>(network: &Network, path: P) -> io::Result<Self> {
        Self::bind_addr(network, &path.as_ref().into())
    }

    /// A socket named `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_addr(network: &Network, address: &UnixAddress) -> io::Result<Self> {
        let socket = Self::unbound(network)?;
        socket.0.bind(address)?;
        Ok(socket)
    }

    /// A socket with an abstract name that nobody else has, so that it can be answered
    /// (autobind, unix(7)).
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn autobind(network: &Network) -> io::Result<Self> {
        Self::bind_addr(network, &UnixAddress::Unnamed)
    }

    /// A socket without a name. It can send, but nobody can answer it.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn unbound(network: &Network) -> io::Result<Self> {
        Socket::new(network, Family::Unix, Type::Datagram).map(Self)
    }

    /// Two sockets, connected with each other.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn pair(network: &Network) -> io::Result<(Self, Self)> {
        let (one, other) = Socket::pair(network, Type::Datagram)?;
        Ok((Self(one), Self(other)))
    }

    /// Makes the socket at `path` the only peer: where [`send`](Self::send) sends, and the only
    /// one heard.
    ///
    /// # Errors
    ///
    /// `NotFound` (ENOENT) when there is no such path, `ConnectionRefused` (ECONNREFUSED) when no
    /// socket holds it any more, or the network's own.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.0.connect(path.as_ref())
    }

    /// [`connect`](Self::connect) to `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub fn connect_addr(&self, address: &UnixAddress) -> io::Result<()> {
        self.0.connect(address)
    }

    /// Sends one datagram to the connected peer; the length is all of `buf` or an error.
    ///
    /// # Errors
    ///
    /// `NotConnected` (ENOTCONN), `ConnectionRefused` when the peer is gone, or the network's own.
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.0.send(buf)
    }

    /// Receives one datagram.
    ///
    /// # Errors
    ///
    /// `TimedOut`, or the network's own.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buf)
    }

    /// Sends one datagram to the socket at `path`.
    ///
    /// # Errors
    ///
    /// `NotFound` (ENOENT), `ConnectionRefused` (ECONNREFUSED), or the network's own.
    pub fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        self.0.sendto(buf, path.as_ref())
    }

    /// Sends one datagram to the socket of that name, such as
    /// [`recv_from`](Self::recv_from) gave.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to); `InvalidInput` for a sender without a name.
    pub fn send_to_addr(&self, buf: &[u8], address: &UnixAddress) -> io::Result<usize> {
        self.0.sendto(buf, address)
    }

    /// Receives one datagram and the sender's name.
    ///
    /// # Errors
    ///
    /// `TimedOut`, or the network's own.
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, UnixAddress)> {
        let (length, sender) = self.0.recvfrom(buf)?;
        Ok((length, unix(sender)?))
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// `NotConnected` (ENOTCONN) when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }
}
