//! A ping socket.

use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::network::{Kind, Network};
use crate::ours;

/// A socket for echo requests and their replies (icmp(7)): messages are whole ICMP messages, from
/// their type on; the stack gives each its identifier and checksum. On the kernel's network there
/// are none as yet.
#[derive(Debug)]
pub struct PingSocket(ours::UdpSocket);

impl PingSocket {
    /// A socket whose only peer is `peer`: errors of ICMP about what was sent to it are told.
    ///
    /// # Errors
    ///
    /// `Unsupported` on the kernel's network; `NetworkUnreachable` without a way there, or what
    /// else the network says.
    pub async fn connect(network: &Network, peer: IpAddr) -> io::Result<Self> {
        match &network.kind {
            Kind::Kernel => Err(io::ErrorKind::Unsupported.into()),
            Kind::Stack(computer) => {
                let socket = ours::UdpSocket::ping(computer, peer)?;
                socket.connect(SocketAddr::new(peer, 0)).await?;
                Ok(Self(socket))
            }
        }
    }

    /// Sends one message.
    ///
    /// # Errors
    ///
    /// EINVAL for what is no echo request; what ICMP said of an earlier one.
    pub async fn send(&self, message: &[u8]) -> io::Result<usize> {
        self.0.send(message).await
    }

    /// Receives one reply. Safe to cancel: none is lost.
    ///
    /// # Errors
    ///
    /// What ICMP said of a request.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buf).await
    }
}
