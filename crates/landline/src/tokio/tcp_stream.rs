//! A TCP connection.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ::tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use ::tokio::net::ToSocketAddrs;

use crate::network::{Kind, Network};
use crate::on::On;
use crate::ours;

/// A TCP connection, as `tokio::net::TcpStream`. Reading and writing are `AsyncRead` and
/// `AsyncWrite`; `AsyncWriteExt::shutdown` ends our direction and leaves the peer's open.
#[derive(Debug)]
pub struct TcpStream(pub(super) On<::tokio::net::TcpStream, ours::TcpStream>);

reads!(TcpStream);
writes!(TcpStream);
ip_names!(TcpStream);
conversions!(TcpStream, std::net::TcpStream, Stream, ip);
has_options!(TcpStream);

impl TcpStream {
    /// Connects to the first of `addr`'s addresses that answers.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` (ECONNREFUSED) when nobody listens there, `TimedOut` (ETIMEDOUT) when
    /// nobody answers, `HostUnreachable`/`NetworkUnreachable` when there is no way, or the
    /// network's own.
    pub async fn connect<A: ToSocketAddrs>(network: &Network, addr: A) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let stream = ::tokio::net::TcpStream::connect(addr).await?;
                Ok(Self(On::Kernel(stream)))
            }
            Kind::Stack(computer) => {
                let stream = ours::TcpStream::connect(computer, addr).await?;
                Ok(Self(On::Stack(stream)))
            }
        }
    }

    /// Reads without taking: the next read gives the same bytes again. 0 at the peer's end.
    ///
    /// # Errors
    ///
    /// The socket's.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(&self.0, it => it.peek(buf).await)
    }

    /// [`peek`](Self::peek) as a poll; only the last task that polled for reading is woken.
    ///
    /// # Errors
    ///
    /// As [`peek`](Self::peek).
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        each!(&self.0, it => it.poll_peek(cx, buf))
    }

    /// Waits until one of the things in `interest` can be done, and says which can.
    ///
    /// # Errors
    ///
    /// When the runtime is shutting down.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        each!(&self.0, it => it.ready(interest).await)
    }

    /// [`readable`](Self::readable) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// When the runtime is shutting down.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(&self.0, it => it.poll_read_ready(cx))
    }

    /// [`writable`](Self::writable) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// When the runtime is shutting down.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(&self.0, it => it.poll_write_ready(cx))
    }

    /// Takes the socket's pending error (SO_ERROR), if there is one.
    ///
    /// # Errors
    ///
    /// When the question itself fails.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        each!(&self.0, it => it.take_error())
    }

    /// TCP_NODELAY: whether Nagle's algorithm (RFC 9293 §3.7.4) is off.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn nodelay(&self) -> io::Result<bool> {
        each!(&self.0, it => it.nodelay())
    }

    /// Sets TCP_NODELAY.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        each!(&self.0, it => it.set_nodelay(nodelay))
    }

    /// SO_LINGER: how long a close waits for unsent data; `None` when it does not wait.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        each!(&self.0, it => it.linger())
    }

    /// Sets SO_LINGER to zero seconds: closing throws unsent data away and sends a RST
    /// (RFC 9293 §3.10.5, "ABORT").
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        each!(&self.0, it => it.set_zero_linger())
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
