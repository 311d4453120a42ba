//! An `AF_UNIX` datagram socket.

use std::io;
use std::net::Shutdown;
use std::path::Path;

use ::tokio::io::{Interest, Ready};

use crate::UnixAddress;
use crate::kernel;
use crate::network::{Kind, Network};
use crate::on::On;
use crate::ours;

/// An `AF_UNIX` datagram socket, as `tokio::net::UnixDatagram`. Unlike UDP it loses nothing: a
/// sender waits while the receiver's queue is full.
#[derive(Debug)]
pub struct UnixDatagram(On<::tokio::net::UnixDatagram, ours::UnixDatagram>);

unix_names!(UnixDatagram);
conversions!(
    UnixDatagram,
    std::os::unix::net::UnixDatagram,
    Datagram,
    unix
);
has_options!(UnixDatagram);

impl UnixDatagram {
    /// A socket named `path`, which it creates and does not remove.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE) when `path` exists, or the network's own.
    pub fn bind<P: AsRef<Path>>(network: &Network, path: P) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let socket = ::tokio::net::UnixDatagram::bind(path)?;
                Ok(Self(On::Kernel(socket)))
            }
            Kind::Stack(computer) => {
                let socket = ours::UnixDatagram::bind(computer, path.as_ref())?;
                Ok(Self(On::Stack(socket)))
            }
        }
    }

    /// A socket named `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_addr(network: &Network, address: &UnixAddress) -> io::Result<Self> {
        Self::from_std(crate::UnixDatagram::bind_addr(network, address)?)
    }

    /// A socket with an abstract name that nobody else has, so that it can be answered
    /// (autobind, unix(7)). A client wants this: an unbound one hears nothing.
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
        match &network.kind {
            Kind::Kernel => {
                let socket = ::tokio::net::UnixDatagram::unbound()?;
                Ok(Self(On::Kernel(socket)))
            }
            Kind::Stack(computer) => {
                let socket = ours::UnixDatagram::unbound(computer)?;
                Ok(Self(On::Stack(socket)))
            }
        }
    }

    /// Two sockets, connected with each other.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn pair(network: &Network) -> io::Result<(Self, Self)> {
        match &network.kind {
            Kind::Kernel => {
                let (one, other) = ::tokio::net::UnixDatagram::pair()?;
                Ok((Self(On::Kernel(one)), Self(On::Kernel(other))))
            }
            Kind::Stack(computer) => {
                let (one, other) = ours::UnixDatagram::pair(computer)?;
                Ok((Self(On::Stack(one)), Self(On::Stack(other))))
            }
        }
    }

    /// Makes the socket at `path` the only peer: where [`send`](Self::send) sends, and the only
    /// one heard.
    ///
    /// # Errors
    ///
    /// `NotFound` (ENOENT) when there is no such path, `ConnectionRefused` (ECONNREFUSED) when
    /// no socket holds it any more, or the network's own.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        each!(&self.0, it => it.connect(path))
    }

    /// [`connect`](Self::connect) to `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub fn connect_addr(&self, address: &UnixAddress) -> io::Result<()> {
        match &self.0 {
            On::Kernel(socket) => {
                host::kernel::connect(socket, &kernel::to_name(&address.clone().into())?)
            }
            On::Stack(socket) => socket.connect_addr(address),
        }
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

    /// Waits until there may be room to send.
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
    /// `NotConnected` (ENOTCONN), `ConnectionRefused` when the peer is gone, or the network's own.
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        each!(&self.0, it => it.send(buf).await)
    }

    /// [`send`](Self::send) without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when the peer's queue is full, else as [`send`](Self::send).
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        each!(&self.0, it => it.try_send(buf))
    }

    /// Receives one datagram. Safe to cancel: no datagram is lost.
    ///
    /// # Errors
    ///
    /// The network's.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(&self.0, it => it.recv(buf).await)
    }

    /// [`recv`](Self::recv) without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when nothing is there, else as [`recv`](Self::recv).
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(&self.0, it => it.try_recv(buf))
    }

    /// Sends one datagram to the socket at `path`.
    ///
    /// # Errors
    ///
    /// `NotFound` (ENOENT), `ConnectionRefused` (ECONNREFUSED), or the network's own.
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        each!(&self.0, it => it.send_to(buf, path).await)
    }

    /// Sends one datagram to the socket of that name, such as
    /// [`recv_from`](Self::recv_from) gave.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to); `InvalidInput` for a sender without a name.
    pub async fn send_to_addr(&self, buf: &[u8], address: &UnixAddress) -> io::Result<usize> {
        match &self.0 {
            On::Kernel(socket) => {
                let name = kernel::to_name(&address.clone().into())?;
                let send = || host::kernel::send_to(socket, buf, &name);
                socket.async_io(Interest::WRITABLE, send).await
            }
            On::Stack(socket) => socket.send_to_addr(buf, address).await,
        }
    }

    /// Receives one datagram and the sender's name. Safe to cancel: no datagram is lost.
    ///
    /// # Errors
    ///
    /// The network's.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, UnixAddress)> {
        match &self.0 {
            On::Kernel(socket) => {
                let (length, sender) = socket.recv_from(buf).await?;
                Ok((length, sender.into()))
            }
            On::Stack(socket) => socket.recv_from(buf).await,
        }
    }

    /// [`recv_from`](Self::recv_from) without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when nothing is there, else as [`recv_from`](Self::recv_from).
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, UnixAddress)> {
        match &self.0 {
            On::Kernel(socket) => {
                let (length, sender) = socket.try_recv_from(buf)?;
                Ok((length, sender.into()))
            }
            On::Stack(socket) => socket.try_recv_from(buf),
        }
    }

    /// Takes the socket's pending error (SO_ERROR), if there is one.
    ///
    /// # Errors
    ///
    /// When the question itself fails.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        each!(&self.0, it => it.take_error())
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// `NotConnected` (ENOTCONN) when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        each!(&self.0, it => it.shutdown(how))
    }
}
