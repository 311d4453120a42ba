//! A UDP socket.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use bytes::Bytes;

use super::{first_address, first_that_works, ip};
use crate::options::{Options, SO_BINDTODEVICE, SOL_SOCKET};
use crate::socket::Direction;
use crate::{Family, Network, Socket, Type};

/// A UDP socket, as `std::net::UdpSocket`. A datagram longer than the buffer it is received into
/// loses its tail.
///
/// ```
/// use landline::{Network, UdpSocket};
///
/// # fn main() -> std::io::Result<()> {
/// let network = Network::kernel();
/// let (one, other) = (
///     UdpSocket::bind(&network, "127.0.0.1:0")?,
///     UdpSocket::bind(&network, "127.0.0.1:0")?,
/// );
/// one.send_to(b"hello", other.local_addr()?)?;
/// let mut buf = [0; 1024];
/// assert_eq!(other.recv_from(&mut buf)?, (5, one.local_addr()?));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UdpSocket(pub(crate) Socket);

shared!(UdpSocket);
timeouts!(UdpSocket);
names!(UdpSocket, SocketAddr, ip);
ttl!(UdpSocket);

impl UdpSocket {
    /// A socket bound to the first of `addr`'s addresses that can be. Port 0 asks for a free one.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE), `AddrNotAvailable` (EADDRNOTAVAIL), or the network's own.
    pub fn bind<A: ToSocketAddrs>(network: &Network, addr: A) -> io::Result<Self> {
        first_that_works(addr, |address| {
            let socket = Socket::new(network, Family::of(address), Type::Datagram)?;
            socket.bind(address)?;
            Ok(Self(socket))
        })
    }

    /// A socket bound to `addr` that speaks and hears by the interface named `device` alone, and may
    /// speak to all on its link (SO_BINDTODEVICE, SO_BROADCAST): for protocols that arrange a link,
    /// such as DHCP. Others may have the same port at other interfaces.
    ///
    /// # Errors
    ///
    /// ENODEV where there is no such interface; EADDRINUSE; on the kernel's network EPERM without
    /// the privileges for it.
    pub fn bind_to_device(network: &Network, device: &str, addr: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(network, Family::of(addr), Type::Datagram)?;
        socket.setsockopt_bytes(SOL_SOCKET, SO_BINDTODEVICE, device.as_bytes())?;
        socket.set_broadcast(true)?;
        socket.bind(addr)?;
        Ok(Self(socket))
    }

    /// A ping socket in this shape (icmp(7)), see [`Type::Ping`]: it sends echo requests and receives
    /// their replies. It need not be bound; 0 for all ports.
    ///
    /// # Errors
    ///
    /// As [`Socket::new`].
    pub fn ping(network: &Network, family: Family) -> io::Result<Self> {
        Socket::new(network, family, Type::Ping).map(Self)
    }

    /// Makes the first of `addr`'s addresses that can be the only peer: where
    /// [`send`](Self::send) sends, and the only one heard. A connected socket learns of closed
    /// ports (`ConnectionRefused`).
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        first_that_works(addr, |address| self.0.connect(address))
    }

    /// Sends one datagram to the connected peer; the length is all of `buf` or an error.
    ///
    /// # Errors
    ///
    /// EMSGSIZE above 65,507 bytes, EDESTADDRREQ when not connected, `ConnectionRefused` when an
    /// earlier datagram found the port closed, or the network's own.
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.0.send(buf)
    }

    /// Receives one datagram from the connected peer.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` when the peer's port was found closed, `TimedOut`, or the network's own.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buf)
    }

    /// Sends one datagram to the first of `addr`'s addresses.
    ///
    /// # Errors
    ///
    /// EMSGSIZE above 65,507 bytes, `PermissionDenied` (EACCES) for a broadcast address without
    /// [`set_broadcast`](Self::set_broadcast), or the network's own.
    pub fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        self.0.sendto(buf, first_address(addr)?)
    }

    /// Receives one datagram and who sent it.
    ///
    /// # Errors
    ///
    /// `TimedOut`, or the network's own.
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (length, sender) = self.0.recvfrom(buf)?;
        Ok((length, ip(sender)?))
    }

    /// [`recv`](Self::recv) without taking the datagram.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.peek(buf)
    }

    /// [`recv_from`](Self::recv_from) without taking the datagram.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (length, sender) = self.0.peekfrom(buf)?;
        Ok((length, ip(sender)?))
    }

    /// [`send`](Self::send) by reference: on a network of ours the bytes are never copied; on the
    /// kernel's they are.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_bytes(&self, bytes: Bytes) -> io::Result<usize> {
        self.0.send_bytes(bytes)
    }

    /// [`recv`](Self::recv) by reference, at most `max` bytes: on a network of ours nothing is copied
    /// where it came in one piece; on the kernel's it is, into a buffer of `max` bytes.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_bytes(&self, max: usize) -> io::Result<Bytes> {
        self.0.recv_bytes(max)
    }

    /// [`recv_from`](Self::recv_from) by reference, as [`recv_bytes`](Self::recv_bytes).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_bytes_from(&self, max: usize) -> io::Result<(Bytes, SocketAddr)> {
        let (bytes, sender) = self.0.recv_bytes_from(max)?;
        Ok((bytes, ip(sender)?))
    }

    /// SO_BROADCAST: whether it may send to broadcast addresses.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn broadcast(&self) -> io::Result<bool> {
        Options::broadcast(&self.0)
    }

    /// Sets SO_BROADCAST.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        Options::set_broadcast(&self.0, on)
    }
}
