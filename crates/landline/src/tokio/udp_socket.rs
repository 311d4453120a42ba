//! A UDP socket.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use ::tokio::io::{Interest, ReadBuf, Ready};
use ::tokio::net::ToSocketAddrs;

use crate::network::{Kind, Network};
use crate::on::On;
use crate::ours;

/// A UDP socket, as `tokio::net::UdpSocket`. A datagram longer than the buffer it is received into
/// loses its tail.
#[derive(Debug)]
pub struct UdpSocket(pub(super) On<::tokio::net::UdpSocket, ours::UdpSocket>);

ip_names!(UdpSocket);
conversions!(UdpSocket, std::net::UdpSocket, Datagram, ip);
has_options!(UdpSocket);

impl UdpSocket {
    /// A socket bound to the first of `addr`'s addresses that can be. Port 0 asks for a free one.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE), `AddrNotAvailable` (EADDRNOTAVAIL), or the network's own.
    pub async fn bind<A: ToSocketAddrs>(network: &Network, addr: A) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let socket = ::tokio::net::UdpSocket::bind(addr).await?;
                Ok(Self(On::Kernel(socket)))
            }
            Kind::Stack(computer) => {
                let socket = ours::UdpSocket::bind(computer, addr).await?;
                Ok(Self(On::Stack(socket)))
            }
        }
    }

    /// As [`UdpSocket::bind_to_device`](crate::UdpSocket::bind_to_device) of std's shape.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// On the kernel's network, outside a tokio runtime with its I/O enabled.
    pub fn bind_to_device(network: &Network, device: &str, addr: SocketAddr) -> io::Result<Self> {
        Self::from_std(crate::UdpSocket::bind_to_device(network, device, addr)?)
    }

    /// A ping socket in this shape (icmp(7)), see [`Type::Ping`](crate::Type::Ping): it sends echo
    /// requests and receives their replies.
    ///
    /// # Errors
    ///
    /// As [`Socket::new`](crate::Socket::new).
    ///
    /// # Panics
    ///
    /// On the kernel's network, outside a tokio runtime with its I/O enabled.
    pub fn ping(network: &Network, family: crate::Family) -> io::Result<Self> {
        Self::from_std(crate::UdpSocket::ping(network, family)?)
    }

    /// Makes `addr` the only peer: where [`send`](Self::send) sends, and the only one heard. A
    /// connected socket learns of closed ports (`ConnectionRefused`).
    ///
    /// # Errors
    ///
    /// The network's.
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        each!(&self.0, it => it.connect(addr).await)
    }

    /// Waits until one of the things in `interest` can be done, and says which can.
    ///
    /// # Errors
    ///
    /// When the runtime is shutting down.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        each!(&self.0, it => it.ready(interest).await)
    }

    /// Waits until a datagram, or an error, is there.
    ///
    /// # Errors
    ///
    /// When the runtime is shutting down.
    pub async fn readable(&self) -> io::Result<()> {
        each!(&self.0, it => it.readable().await)
    }

    /// Waits until there is room to send.
    ///
    /// # Errors
    ///
    /// When the runtime is shutting down.
    pub async fn writable(&self) -> io::Result<()> {
        each!(&self.0, it => it.writable().await)
    }

    /// Sends one datagram to the connected peer; the length is all of `buf` or an error.
    ///
    /// # Errors
    ///
    /// EMSGSIZE above 65,507 bytes, EDESTADDRREQ when not connected, `ConnectionRefused` when an
    /// earlier datagram found the port closed, or the network's own.
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        each!(&self.0, it => it.send(buf).await)
    }

    /// [`send`](Self::send) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(&self.0, it => it.poll_send(cx, buf))
    }

    /// [`send`](Self::send) without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when there is no room, else as [`send`](Self::send).
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        each!(&self.0, it => it.try_send(buf))
    }

    /// Receives one datagram from the connected peer. Safe to cancel: no datagram is lost.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` when the peer's port was found closed, or the network's own.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(&self.0, it => it.recv(buf).await)
    }

    /// [`recv`](Self::recv) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(&self.0, it => it.poll_recv(cx, buf))
    }

    /// [`recv`](Self::recv) without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when nothing is there, else as [`recv`](Self::recv).
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(&self.0, it => it.try_recv(buf))
    }

    /// Sends one datagram to the first of `addr`'s addresses.
    ///
    /// # Errors
    ///
    /// EMSGSIZE above 65,507 bytes, `PermissionDenied` (EACCES) for a broadcast address without
    /// [`set_broadcast`](Self::set_broadcast), or the network's own.
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        each!(&self.0, it => it.send_to(buf, addr).await)
    }

    /// [`send_to`](Self::send_to) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        each!(&self.0, it => it.poll_send_to(cx, buf, target))
    }

    /// [`send_to`](Self::send_to) without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when there is no room, else as [`send_to`](Self::send_to).
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        each!(&self.0, it => it.try_send_to(buf, target))
    }

    /// Receives one datagram and who sent it. Safe to cancel: no datagram is lost.
    ///
    /// # Errors
    ///
    /// The network's.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        each!(&self.0, it => it.recv_from(buf).await)
    }

    /// [`recv_from`](Self::recv_from) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        each!(&self.0, it => it.poll_recv_from(cx, buf))
    }

    /// [`recv_from`](Self::recv_from) without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when nothing is there, else as [`recv_from`](Self::recv_from).
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        each!(&self.0, it => it.try_recv_from(buf))
    }

    /// Receives from the connected peer without taking the datagram.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(&self.0, it => it.peek(buf).await)
    }

    /// Receives without taking the datagram, and who sent it.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        each!(&self.0, it => it.peek_from(buf).await)
    }

    /// Takes the socket's pending error (SO_ERROR), if there is one.
    ///
    /// # Errors
    ///
    /// When the question itself fails.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        each!(&self.0, it => it.take_error())
    }

    /// SO_BROADCAST: whether it may send to broadcast addresses.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn broadcast(&self) -> io::Result<bool> {
        each!(&self.0, it => it.broadcast())
    }

    /// Sets SO_BROADCAST.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        each!(&self.0, it => it.set_broadcast(on))
    }

    /// IP_TTL of what it sends.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn ttl(&self) -> io::Result<u32> {
        each!(&self.0, it => it.ttl())
    }

    /// Sets IP_TTL.
    ///
    /// # Errors
    ///
    /// `InvalidInput` (EINVAL) outside 1 to 255.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        each!(&self.0, it => it.set_ttl(ttl))
    }
}
