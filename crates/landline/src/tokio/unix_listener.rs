//! An `AF_UNIX` stream socket that accepts connections.

use std::io;
use std::path::Path;
use std::task::{Context, Poll};

use super::UnixStream;
use crate::UnixAddress;
use crate::network::{Kind, Network};
use crate::on::On;
use crate::ours;

/// An `AF_UNIX` stream socket that accepts connections, as `tokio::net::UnixListener`.
#[derive(Debug)]
pub struct UnixListener(On<::tokio::net::UnixListener, ours::UnixListener>);

conversions!(UnixListener, std::os::unix::net::UnixListener, Stream, unix);
has_options!(UnixListener);

impl UnixListener {
    /// Listens at `path`, which it creates and does not remove.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE) when `path` exists, or the network's own.
    pub fn bind<P: AsRef<Path>>(network: &Network, path: P) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => {
                let listener = ::tokio::net::UnixListener::bind(path)?;
                Ok(Self(On::Kernel(listener)))
            }
            Kind::Stack(computer) => {
                let listener = ours::UnixListener::bind(computer, &path.as_ref().into())?;
                Ok(Self(On::Stack(listener)))
            }
        }
    }

    /// Listens at `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_addr(network: &Network, address: &UnixAddress) -> io::Result<Self> {
        Self::from_std(crate::UnixListener::bind_addr(network, address)?)
    }

    /// Waits for the next connection; gives it with the caller's name, which is mostly unnamed.
    ///
    /// # Errors
    ///
    /// The network's, such as EMFILE when there are no descriptors left; the listener stays good.
    pub async fn accept(&self) -> io::Result<(UnixStream, UnixAddress)> {
        match &self.0 {
            On::Kernel(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((UnixStream(On::Kernel(stream)), peer.into()))
            }
            On::Stack(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((UnixStream(On::Stack(stream)), peer))
            }
        }
    }

    /// [`accept`](Self::accept) as a poll; only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, UnixAddress)>> {
        match &self.0 {
            On::Kernel(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, peer)| (UnixStream(On::Kernel(stream)), peer.into())),
            On::Stack(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, peer)| (UnixStream(On::Stack(stream)), peer)),
        }
    }

    /// The name that it listens at.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn local_addr(&self) -> io::Result<UnixAddress> {
        match &self.0 {
            On::Kernel(listener) => listener.local_addr().map(UnixAddress::from),
            On::Stack(listener) => listener.local_addr(),
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
}
