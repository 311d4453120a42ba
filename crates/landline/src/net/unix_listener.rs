//! An `AF_UNIX` stream socket that accepts connections.

use std::io;
use std::path::Path;

use super::{BACKLOG, Incoming, UnixStream, unix};
use crate::options::Options;
use crate::{Family, Network, Socket, Type, UnixAddress};

/// An `AF_UNIX` stream socket that accepts connections, as `std::os::unix::net::UnixListener`.
#[derive(Debug)]
pub struct UnixListener(pub(crate) Socket);

shared!(UnixListener);

impl UnixListener {
    /// Listens at `path`, which it creates and does not remove.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE) when `path` exists, or the network's own.
    pub fn bind<P: AsRef<Path>>(network: &Network, path: P) -> io::Result<Self> {
        Self::bind_addr(network, &path.as_ref().into())
    }

    /// Listens at `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_addr(network: &Network, address: &UnixAddress) -> io::Result<Self> {
        let socket = Socket::new(network, Family::Unix, Type::Stream)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?;
        Ok(Self(socket))
    }

    /// The name that it listens at.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn local_addr(&self) -> io::Result<UnixAddress> {
        unix(self.0.getsockname()?)
    }

    /// Waits for the next connection; gives it with the caller's name, which is mostly unnamed.
    ///
    /// # Errors
    ///
    /// The network's, such as EMFILE when there are no descriptors left; the listener stays good.
    pub fn accept(&self) -> io::Result<(UnixStream, UnixAddress)> {
        let (socket, peer) = self.0.accept()?;
        Ok((UnixStream(socket), unix(peer)?))
    }

    /// The connections, for ever.
    pub fn incoming(&self) -> Incoming<'_, Self> {
        Incoming { listener: self }
    }
}
