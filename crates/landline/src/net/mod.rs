//! Sockets in std's shape, blocking: the types and method names of `std::net` and
//! `std::os::unix::net`, with the [`Network`](crate::Network) first in each constructor.
//!
//! Each is a newtype over [`Socket`](crate::Socket), which knows the networks.

#[macro_use]
mod shared;
mod tcp_listener;
mod tcp_stream;
mod udp_socket;
mod unix_datagram;
mod unix_listener;
mod unix_stream;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

pub use tcp_listener::TcpListener;
pub use tcp_stream::TcpStream;
pub use udp_socket::UdpSocket;
pub use unix_datagram::UnixDatagram;
pub use unix_listener::UnixListener;
pub use unix_stream::UnixStream;

use crate::{Address, UnixAddress};

/// Callers waiting for a listener, as std has it.
const BACKLOG: u32 = 128;

/// The connections of a listener, for ever: each is the outcome of one `accept`.
#[derive(Debug)]
pub struct Incoming<'a, L> {
    listener: &'a L,
}

impl Iterator for Incoming<'_, TcpListener> {
    type Item = io::Result<TcpStream>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }
}

impl Iterator for Incoming<'_, UnixListener> {
    type Item = io::Result<UnixStream>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }
}

/// Tries `attempt` with each of `address`'s addresses until one succeeds; gives the last error.
fn first_that_works<T>(
    address: impl ToSocketAddrs,
    mut attempt: impl FnMut(SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut last = None;
    for address in address.to_socket_addrs()? {
        match attempt(address) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(no_address))
}

/// The first of `address`'s addresses.
fn first_address(address: impl ToSocketAddrs) -> io::Result<SocketAddr> {
    address.to_socket_addrs()?.next().ok_or_else(no_address)
}

fn no_address() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "could not resolve to any addresses",
    )
}

/// The IP address of an IP socket.
fn ip(address: Address) -> io::Result<SocketAddr> {
    address
        .as_ip()
        .ok_or_else(|| io::Error::other("an IP socket with a name of another family"))
}

/// The name of an `AF_UNIX` socket.
fn unix(address: Address) -> io::Result<UnixAddress> {
    match address {
        Address::Unix(address) => Ok(address),
        Address::Ip(_) => Err(io::Error::other(
            "an AF_UNIX socket with a name of another family",
        )),
    }
}
