//! Datagrams, to and from anybody or one peer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use landline::Network;
use landline::tokio::{UdpSocket, UnixDatagram};

use super::file::SocketFile;
use super::{Peer, bind, first_that_answers};
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
            Endpoint::Udp(place) => {
                let bind = |at| UdpSocket::bind(network, at);
                let socket = bind::at_place(network, on, place, bind).await?;
                let at = socket.local_addr().map_err(failed)?;
                Ok((Self::Udp(socket), Endpoint::Udp(at.into())))
            }
            Endpoint::UnixGram(path) => {
                let bind = || UnixDatagram::bind(network, path);
                let probe = async { UnixDatagram::unbound(network)?.connect(path) };
                let (socket, _file) = bind::at_path(path, bind, probe).await.map_err(failed)?;
                Ok((Self::Unix { socket, _file }, on.clone()))
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
        let failed = |tried, why| Failure::Connect {
            to: to.clone(),
            tried,
            why,
        };
        if to.is_nobodys() {
            return Err(failed(Vec::new(), Cause::PortZero));
        }
        let own_file = |path| {
            let file = SocketFile::of_our_own();
            let socket = UnixDatagram::bind(network, file.path())?;
            socket.connect(path)?;
            Ok(Self::Unix {
                socket,
                _file: file,
            })
        };
        match to {
            Endpoint::Udp(place) => {
                let call = |at| connect_udp(network, at);
                first_that_answers(network, to, place, call).await
            }
            Endpoint::UnixGram(path) => {
                own_file(path).map_err(|error: io::Error| failed(Vec::new(), error.into()))
            }
            Endpoint::Tcp(_) | Endpoint::Unix(_) => {
                let error = io::Error::from(io::ErrorKind::InvalidInput);
                Err(failed(Vec::new(), error.into()))
            }
        }
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

/// Nobody hears of it: all that can be found out is whether there is a way.
async fn connect_udp(network: &Network, to: SocketAddr) -> io::Result<Datagrams> {
    let any: IpAddr = match to {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(network, (any, 0)).await?;
    socket.connect(to).await?;
    Ok(Datagrams::Udp(socket))
}
