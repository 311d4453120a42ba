//! Sockets in tokio's shape: `tokio::net`'s types and method names, with the [`Network`] first in
//! each constructor. What runs on tokio's streams (hyper, axum, tokio-util's codecs) runs on these.
//!
//! ```
//! use landline::Network;
//! use landline::tokio::{TcpListener, TcpStream};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! let network = Network::kernel();
//! let listener = TcpListener::bind(&network, "127.0.0.1:0").await?;
//! let mut caller = TcpStream::connect(&network, listener.local_addr()?).await?;
//! let (mut callee, _) = listener.accept().await?;
//!
//! caller.write_all(b"hello").await?;
//! caller.shutdown().await?;
//! let mut heard = String::new();
//! callee.read_to_string(&mut heard).await?;
//! assert_eq!(heard, "hello");
//! # Ok(())
//! # }
//! ```
//!
//! Each type is a newtype over `On`, the enum with an arm a network (`on.rs`); `sides.rs` holds what
//! several of them share.
//!
//! [`Network`]: crate::Network

#[macro_use]
mod sides;
mod by_reference;
mod halves;
mod tcp_listener;
mod tcp_stream;
mod udp_socket;
mod unix_datagram;
mod unix_listener;
mod unix_stream;

/// The halves of a [`TcpStream`].
pub mod tcp {
    pub use super::halves::tcp::{
        OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf,
    };
}

/// The halves of a [`UnixStream`].
pub mod unix {
    pub use super::halves::unix::{
        OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf,
    };
}

pub use ::tokio::io::{Interest, Ready};
pub use ::tokio::net::ToSocketAddrs;
pub use tcp_listener::TcpListener;
pub use tcp_stream::TcpStream;
pub use udp_socket::UdpSocket;
pub use unix_datagram::UnixDatagram;
pub use unix_listener::UnixListener;
pub use unix_stream::UnixStream;
