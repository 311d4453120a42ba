//! Bytes by reference, and Fast Open, in tokio's shape.

use std::io::{self, IoSlice};
use std::net::SocketAddr;

use bytes::Bytes;
use stack::SendFlags;

use super::{TcpStream, UdpSocket};
use crate::errno::{self, is};
use crate::network::{Kind, Network};
use crate::on::On;
use crate::socket::Patience;
use crate::{Family, Type, kernel, ours};

impl TcpStream {
    /// Writes by reference, as much as there is room for, and says how much that was: on a network of
    /// ours the bytes are never copied; on the kernel's they are, as by `write`.
    ///
    /// # Errors
    ///
    /// The socket's.
    pub async fn send_bytes(&self, bytes: Bytes) -> io::Result<usize> {
        match &self.0 {
            On::Kernel(stream) => loop {
                stream.writable().await?;
                match stream.try_write(&bytes) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    sent => return sent,
                }
            },
            On::Stack(stream) => stream.send_bytes(bytes).await,
        }
    }

    /// Reads by reference, at most `max` bytes; empty at the peer's end. On a network of ours it is
    /// the first piece of what waits, and not copied; on the kernel's it is, into a buffer of `max`
    /// bytes.
    ///
    /// # Errors
    ///
    /// The socket's.
    pub async fn recv_bytes(&self, max: usize) -> io::Result<Bytes> {
        match &self.0 {
            On::Kernel(stream) => loop {
                stream.readable().await?;
                let mut buf = Vec::with_capacity(max);
                match stream.try_read_buf(&mut buf) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    received => return received.map(|_| buf.into()),
                }
            },
            On::Stack(stream) => stream.recv_bytes(max).await,
        }
    }

    /// Connects to `addr` and sends `first` in one (RFC 7413, "TCP Fast Open"): to a peer that gave
    /// a cookie at an earlier connection as much as fits goes in the SYN, and is answered a round
    /// trip earlier. Gives the connection, and how much of `first` was sent.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect); EOPNOTSUPP where the network's `tcp_fastopen` has clients do
    /// without.
    pub async fn connect_fast_open(
        network: &Network,
        addr: SocketAddr,
        first: &[u8],
    ) -> io::Result<(Self, usize)> {
        match &network.kind {
            Kind::Kernel => {
                let (stream, sent) = call_kernel(addr, first).await?;
                Ok((Self(On::Kernel(stream)), sent))
            }
            Kind::Stack(computer) => {
                let called = ours::TcpStream::connect_fast_open(computer, addr, first);
                let (stream, sent) = called.await?;
                Ok((Self(On::Stack(stream)), sent))
            }
        }
    }
}

async fn call_kernel(
    addr: SocketAddr,
    first: &[u8],
) -> io::Result<(::tokio::net::TcpStream, usize)> {
    let socket = kernel::Socket::new(Family::of(addr), Type::Stream)?;
    socket.set_limited(true)?;
    let (bufs, fast) = ([IoSlice::new(first)], SendFlags::FASTOPEN);
    let sent = socket.send_message(&bufs, Some(&addr.into()), &[], fast, Patience::Never);
    let stream = std::net::TcpStream::from(socket.into_descriptor());
    let stream = ::tokio::net::TcpStream::from_std(stream)?;
    match sent {
        // Without a cookie: when it stands, the bytes go as ever.
        Err(error) if is(&error, errno::EINPROGRESS) => {}
        sent => return Ok((stream, sent?)),
    }
    loop {
        stream.writable().await?;
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        match stream.try_write(first) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            sent => return Ok((stream, sent?)),
        }
    }
}

impl UdpSocket {
    /// [`send`](Self::send) by reference: on a network of ours the bytes are never copied; on the
    /// kernel's they are.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_bytes(&self, bytes: Bytes) -> io::Result<usize> {
        match &self.0 {
            On::Kernel(socket) => socket.send(&bytes).await,
            On::Stack(socket) => socket.send_bytes(bytes).await,
        }
    }

    /// [`recv`](Self::recv) by reference, at most `max` bytes: on a network of ours nothing is copied
    /// where it came in one piece; on the kernel's it is, into a buffer of `max` bytes.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_bytes(&self, max: usize) -> io::Result<Bytes> {
        match &self.0 {
            On::Kernel(socket) => {
                let mut buf = vec![0; max];
                let len = socket.recv(&mut buf).await?;
                buf.truncate(len);
                Ok(buf.into())
            }
            On::Stack(socket) => socket.recv_bytes(max).await,
        }
    }
}
