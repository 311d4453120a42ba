//! A TCP socket that accepts connections.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::{BACKLOG, Incoming, TcpStream, first_that_works, ip};
use crate::options::Options;
use crate::{Family, Network, Socket, Type};

/// A TCP socket that accepts connections, as `std::net::TcpListener`.
#[derive(Debug)]
pub struct TcpListener(pub(crate) Socket);

shared!(TcpListener);
ttl!(TcpListener);

impl TcpListener {
    /// Listens on the first of `addr`'s addresses that can be bound, with SO_REUSEADDR set: a
    /// restart is not held up by connections in TIME_WAIT. Port 0 asks for a free one.
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE) when another socket listens there, `AddrNotAvailable`
    /// (EADDRNOTAVAIL) when the address is not the host's, or the network's own.
    pub fn bind<A: ToSocketAddrs>(network: &Network, addr: A) -> io::Result<Self> {
        first_that_works(addr, |address| {
            let socket = Socket::new(network, Family::of(address), Type::Stream)?;
            socket.set_reuse_address(true)?;
            socket.bind(address)?;
            socket.listen(BACKLOG)?;
            Ok(Self(socket))
        })
    }

    /// The address and port that it listens on.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        ip(self.0.getsockname()?)
    }

    /// Waits for the next connection; gives it with the caller's address.
    ///
    /// # Errors
    ///
    /// The network's, such as EMFILE when there are no descriptors left; the listener stays good.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (socket, peer) = self.0.accept()?;
        Ok((TcpStream(socket), ip(peer)?))
    }

    /// The connections, for ever.
    pub fn incoming(&self) -> Incoming<'_, Self> {
        Incoming { listener: self }
    }
}
