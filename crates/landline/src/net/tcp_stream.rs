//! A TCP connection.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use super::{first_that_works, ip};
use crate::options::Options;
use crate::socket::Direction;
use crate::{Family, Network, SendFlags, Socket, Type};

/// A TCP connection, as `std::net::TcpStream`. To read and write at once, use `&TcpStream` in both
/// places, or [`try_clone`](Self::try_clone).
///
/// ```
/// use landline::{Network, TcpListener, TcpStream};
/// use std::io::{Read, Write};
/// use std::net::Shutdown;
///
/// # fn main() -> std::io::Result<()> {
/// let network = Network::kernel();
/// let listener = TcpListener::bind(&network, "127.0.0.1:0")?;
/// let mut caller = TcpStream::connect(&network, listener.local_addr()?)?;
/// let (mut callee, _) = listener.accept()?;
///
/// caller.write_all(b"hello")?;
/// caller.shutdown(Shutdown::Write)?;
/// let mut heard = String::new();
/// callee.read_to_string(&mut heard)?;
/// assert_eq!(heard, "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpStream(pub(crate) Socket);

shared!(TcpStream);
timeouts!(TcpStream);
names!(TcpStream, SocketAddr, ip);
stream!(TcpStream);
ttl!(TcpStream);

impl TcpStream {
    /// Connects to the first of `addr`'s addresses that answers.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` (ECONNREFUSED) when nobody listens there, `TimedOut` (ETIMEDOUT) when
    /// nobody answers, `HostUnreachable`/`NetworkUnreachable` when there is no way, or the
    /// network's own.
    pub fn connect<A: ToSocketAddrs>(network: &Network, addr: A) -> io::Result<Self> {
        first_that_works(addr, |address| {
            let socket = Socket::new(network, Family::of(address), Type::Stream)?;
            socket.connect(address)?;
            Ok(Self(socket))
        })
    }

    /// [`connect`](Self::connect) to one address, for at most `timeout`.
    ///
    /// # Errors
    ///
    /// `TimedOut` after that time, `InvalidInput` when it is zero, or as `connect`.
    pub fn connect_timeout(
        network: &Network,
        addr: &SocketAddr,
        timeout: Duration,
    ) -> io::Result<Self> {
        let socket = Socket::new(network, Family::of(*addr), Type::Stream)?;
        socket.set_limit(Direction::Send, Some(timeout))?;
        socket.connect(addr)?;
        socket.set_limit(Direction::Send, None)?;
        Ok(Self(socket))
    }

    /// Connects to `addr` and sends `first` in one (RFC 7413, "TCP Fast Open"): to a peer that gave
    /// a cookie at an earlier connection as much as fits goes in the SYN, and is answered a round
    /// trip earlier. Gives the connection, and how much of `first` was sent.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect); EOPNOTSUPP where the network's `tcp_fastopen` has clients do
    /// without.
    pub fn connect_fast_open(
        network: &Network,
        addr: &SocketAddr,
        first: &[u8],
    ) -> io::Result<(Self, usize)> {
        let socket = Socket::new(network, Family::of(*addr), Type::Stream)?;
        let sent = socket.sendto_with(first, addr, SendFlags::FASTOPEN)?;
        Ok((Self(socket), sent))
    }

    /// TCP_NODELAY: whether Nagle's algorithm (RFC 9293 §3.7.4) is off.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn nodelay(&self) -> io::Result<bool> {
        Options::nodelay(&self.0)
    }

    /// Sets TCP_NODELAY.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        Options::set_nodelay(&self.0, nodelay)
    }
}
