//! A TCP socket that accepts connections.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use ::tokio::net::ToSocketAddrs;

use super::TcpStream;
use crate::network::{Kind, Network};
use crate::on::On;
use crate::ours;

/// A TCP socket that accepts connections, as `tokio::net::TcpListener`.
#[derive(Debug)]
pub struct TcpListener(On<::tokio::net::TcpListener, ours::TcpListener>);

conversions!(TcpListener, std::net::TcpListener, Stream, ip);
has_options!(TcpListener);

impl TcpListener {
    /// Listens on the first of `addr`'s addresses that can be bound, with SO_REUSEADDR set: a
    /// restart is not held up by connections in TIME_WAIT. Port 0 asks for a free one.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE) when another socket listens there, `AddrNotAvailable`
    /// (EADDRNOTAVAIL) when the address is not the host's, or the network's own.
    pub async fn bind<A: ToSocketAddrs>(network: &Network, addr: A) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let listener = ::tokio::net::TcpListener::bind(addr).await?;
                Ok(Self(On::Kernel(listener)))
            }
            Kind::Stack(computer) => {
                let listener = ours::TcpListener::bind(computer, addr).await?;
                Ok(Self(On::Stack(listener)))
            }
        }
    }

    /// Waits for the next connection; gives it with the caller's address. Safe to cancel: no
    /// connection is lost.
    ///
    /// # Errors
    ///
    /// The network's, such as EMFILE when there are no descriptors left; the listener stays good.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        match &self.0 {
            On::Kernel(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((TcpStream(On::Kernel(stream)), peer))
            }
            On::Stack(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((TcpStream(On::Stack(stream)), peer))
            }
        }
    }

    /// [`accept`](Self::accept) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        match &self.0 {
            On::Kernel(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, peer)| (TcpStream(On::Kernel(stream)), peer)),
            On::Stack(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, peer)| (TcpStream(On::Stack(stream)), peer)),
        }
    }

    /// The address and port that it listens on.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        each!(&self.0, it => it.local_addr())
    }

    /// IP_TTL of what it sends.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn ttl(&self) -> io::Result<u32> {
        each!(&self.0, it => it.ttl())
    }

    /// Sets IP_TTL, which accepted connections inherit.
    ///
    /// # Errors
    ///
    /// `InvalidInput` (EINVAL) outside 1 to 255.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        each!(&self.0, it => it.set_ttl(ttl))
    }
}
