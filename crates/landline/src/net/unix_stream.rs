//! An `AF_UNIX` stream.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::time::Duration;

use super::unix;
use crate::options::Options;
use crate::socket::Direction;
use crate::{Family, Network, Socket, Type, UnixAddress};

/// An `AF_UNIX` stream, as `std::os::unix::net::UnixStream`.
#[derive(Debug)]
pub struct UnixStream(pub(crate) Socket);

shared!(UnixStream);
timeouts!(UnixStream);
names!(UnixStream, UnixAddress, unix);
stream!(UnixStream);

impl UnixStream {
    /// Connects to the listener at `path`.
    ///
    /// # Errors
    ///
    /// `NotFound` (ENOENT) when there is no such path, `ConnectionRefused` (ECONNREFUSED) when
    /// nobody listens there, or the network's own.
    pub fn connect<P: AsRef<Path>>(network: &Network, path: P) -> io::Result<Self> {
        Self::connect_addr(network, &path.as_ref().into())
    }

    /// Connects to the listener at `address`, which may be an abstract name.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub fn connect_addr(network: &Network, address: &UnixAddress) -> io::Result<Self> {
        let socket = Socket::new(network, Family::Unix, Type::Stream)?;
        socket.connect(address)?;
        Ok(Self(socket))
    }

    /// Two streams, connected with each other.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn pair(network: &Network) -> io::Result<(Self, Self)> {
        let (one, other) = Socket::pair(network, Type::Stream)?;
        Ok((Self(one), Self(other)))
    }
}
