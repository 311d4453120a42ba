//! An `AF_UNIX` stream.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};

use crate::UnixAddress;
use crate::kernel;
use crate::network::{Kind, Network};
use crate::on::On;
use crate::ours;

/// An `AF_UNIX` stream, as `tokio::net::UnixStream`.
#[derive(Debug)]
pub struct UnixStream(pub(super) On<::tokio::net::UnixStream, ours::UnixStream>);

reads!(UnixStream);
writes!(UnixStream);
unix_names!(UnixStream);
conversions!(UnixStream, std::os::unix::net::UnixStream, Stream, unix);
has_options!(UnixStream);

impl UnixStream {
    /// Connects to the listener at `path`.
    ///
    /// # Errors
    ///
    /// `NotFound` (ENOENT) when there is no such path, `ConnectionRefused` (ECONNREFUSED) when
    /// nobody listens there, or the network's own.
    pub async fn connect<P: AsRef<Path>>(network: &Network, path: P) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let stream = ::tokio::net::UnixStream::connect(path).await?;
                Ok(Self(On::Kernel(stream)))
            }
            Kind::Stack(computer) => {
                let stream = ours::UnixStream::connect(computer, &path.as_ref().into()).await?;
                Ok(Self(On::Stack(stream)))
            }
        }
    }

    /// Connects to the listener at `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_addr(network: &Network, address: &UnixAddress) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let name = kernel::to_tokio(address)?;
                let stream = ::tokio::net::UnixStream::connect_addr(&name).await?;
                Ok(Self(On::Kernel(stream)))
            }
            Kind::Stack(computer) => {
                let stream = ours::UnixStream::connect(computer, address).await?;
                Ok(Self(On::Stack(stream)))
            }
        }
    }

    /// Two streams, connected with each other.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn pair(network: &Network) -> io::Result<(Self, Self)> {
        match &network.kind {
            Kind::Kernel => {
                let (one, other) = ::tokio::net::UnixStream::pair()?;
                Ok((Self(On::Kernel(one)), Self(On::Kernel(other))))
            }
            Kind::Stack(computer) => {
                let (one, other) = ours::UnixStream::pair(computer)?;
                Ok((Self(On::Stack(one)), Self(On::Stack(other))))
            }
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
}
