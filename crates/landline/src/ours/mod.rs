//! The arm of every socket type that is on one of our own stacks: a TAP host's, or that of a host on
//! a simulated LAN.
//!
//! - `computer.rs`: [`Computer`], a stack with a clock that somebody drives.
//! - `wakers.rs`: [`Wakers`], who waits for which socket.
//! - `handle.rs`: [`Handle`], a program's hold on one socket; calls made once, polled, or awaited.
//! - `wait.rs`: the same calls awaited on a thread. `ready.rs`: readiness awaited.
//! - `names.rs`: addresses.
//! - `socket.rs`, `message.rs`: the Berkeley socket.
//! - `stream.rs`, `halves.rs`, `listener.rs`, `datagram.rs`: tokio's shapes.

mod computer;
mod datagram;
mod halves;
mod handle;
mod listener;
mod message;
mod names;
mod ready;
mod reception;
mod socket;
mod stream;
mod wait;
mod wakers;

use std::net::SocketAddr;

pub(crate) use computer::Computer;
pub(crate) use socket::Socket;
pub(crate) use wakers::Wakers;

use crate::UnixAddress;

pub(crate) type TcpListener = listener::Listener<SocketAddr>;
pub(crate) type TcpStream = stream::Stream<SocketAddr>;
pub(crate) type UdpSocket = datagram::Datagram<SocketAddr>;
pub(crate) type UnixDatagram = datagram::Datagram<UnixAddress>;
pub(crate) type UnixListener = listener::Listener<UnixAddress>;
pub(crate) type UnixStream = stream::Stream<UnixAddress>;

/// The halves of streams, under the names that tokio gives to the kernel's.
pub(crate) mod tcp {
    use std::net::SocketAddr;

    pub(crate) type ReadHalf<'a> = super::halves::Borrowed<'a, SocketAddr>;
    pub(crate) type WriteHalf<'a> = super::halves::Borrowed<'a, SocketAddr>;
    pub(crate) type OwnedReadHalf = super::halves::OwnedRead<SocketAddr>;
    pub(crate) type OwnedWriteHalf = super::halves::OwnedWrite<SocketAddr>;
}

/// The halves of streams, under the names that tokio gives to the kernel's.
pub(crate) mod unix {
    use crate::UnixAddress;

    pub(crate) type ReadHalf<'a> = super::halves::Borrowed<'a, UnixAddress>;
    pub(crate) type WriteHalf<'a> = super::halves::Borrowed<'a, UnixAddress>;
    pub(crate) type OwnedReadHalf = super::halves::OwnedRead<UnixAddress>;
    pub(crate) type OwnedWriteHalf = super::halves::OwnedWrite<UnixAddress>;
}
