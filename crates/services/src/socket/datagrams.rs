//! Datagrams, to and from anybody or one peer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use landline::Network;
use landline::tokio::{UdpSocket, UnixDatagram};

use super::Peer;
use super::file::{SocketFile, remove_if_left_over};
use crate::Endpoint;
use crate::words::{Cause, Failure};

/// A datagram socket.
pub(crate) enum Datagrams {
    Udp(UdpSocket),
    Unix {
        socket: UnixDatagram,
        /// Removed when the socket goes.
        _file: SocketFile,
    },
}

impl Datagrams {
    /// Binds, and says where: with port 0 the port that it got.
    pub(crate) async fn bind(
        network: &Network,
        on: &Endpoint,
    ) -> Result<(Self, Endpoint), Failure> {
        let failed = |error: io::Error| Failure::Listen {
            on: on.clone(),
            why: error.into(),
        };
        match on {
            Endpoint::Udp(at) => {
                let socket = UdpSocket::bind(network, *at).await.map_err(failed)?;
                let at = socket.local_addr().map_err(failed)?;
                Ok((Self::Udp(socket), Endpoint::Udp(at)))
            }
            Endpoint::UnixGram(path) => {
                let bound = match UnixDatagram::bind(network, path) {
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                        let probe = UnixDatagram::unbound(network).and_then(|it| it.connect(path));
                        remove_if_left_over(path, probe)
                            .ok_or(error)
                            .and_then(|()| UnixDatagram::bind(network, path))
                    }
                    bound => bound,
                };
                let socket = bound.map_err(failed)?;
                Ok((
                    Self::Unix {
                        socket,
                        _file: SocketFile::at(path),
                    },
                    on.clone(),
                ))
            }
            Endpoint::Tcp(_) | Endpoint::Unix(_) => Err(failed(io::ErrorKind::InvalidInput.into())),
        }
    }

    /// A buffer for the largest datagram there can be: UDP's length field has 16 bits (RFC 768),
    /// and a local one fits into its sender's buffer (socket(7), `wmem_default`).
    pub(crate) fn buffer(&self) -> Vec<u8> {
        match self {
            Self::Udp(_) => vec![0; 1 << 16],
            Self::Unix { .. } => vec![0; 1 << 18],
        }
    }

    /// A socket of its own whose only peer is `to`.
    pub(crate) async fn connect(network: &Network, to: &Endpoint) -> Result<Self, Failure> {
        if to.is_nobodys() {
            return Err(Failure::Connect {
                to: to.clone(),
                why: Cause::PortZero,
            });
        }
        let connected = match to {
            Endpoint::Udp(at) => {
                let any: IpAddr = match at {
                    SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                };
                async {
                    let socket = UdpSocket::bind(network, (any, 0)).await?;
                    socket.connect(*at).await?;
                    Ok(Self::Udp(socket))
                }
                .await
            }
            Endpoint::UnixGram(path) => (|| {
                let file = SocketFile::of_our_own();
                let socket = UnixDatagram::bind(network, file.path())?;
                socket.connect(path)?;
                Ok(Self::Unix {
                    socket,
                    _file: file,
                })
            })(),
            Endpoint::Tcp(_) | Endpoint::Unix(_) => Err(io::ErrorKind::InvalidInput.into()),
        };
        connected.map_err(|error: io::Error| Failure::Connect {
            to: to.clone(),
            why: error.into(),
        })
    }

    pub(crate) async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, Peer)> {
        match self {
            Self::Udp(socket) => {
                let (len, from) = socket.recv_from(buf).await?;
                Ok((len, Peer::Inet(from)))
            }
            Self::Unix { socket, .. } => {
                let (len, from) = socket.recv_from(buf).await?;
                Ok((len, from.into()))
            }
        }
    }

    pub(crate) async fn send_to(&self, bytes: &[u8], to: &Peer) -> io::Result<()> {
        match (self, to) {
            (Self::Udp(socket), Peer::Inet(at)) => socket.send_to(bytes, *at).await.map(drop),
            (Self::Unix { socket, .. }, Peer::Path(path)) => {
                socket.send_to(bytes, path).await.map(drop)
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Sends to the only peer.
    pub(crate) async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(bytes).await.map(drop),
            Self::Unix { socket, .. } => socket.send(bytes).await.map(drop),
        }
    }

    /// Receives from the only peer. May be cancelled.
    pub(crate) async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Udp(socket) => socket.recv(buf).await,
            Self::Unix { socket, .. } => socket.recv(buf).await,
        }
    }

    pub(crate) fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Udp(socket) => socket.try_recv(buf),
            Self::Unix { socket, .. } => socket.try_recv(buf),
        }
    }
}
