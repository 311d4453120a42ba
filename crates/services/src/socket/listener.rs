//! Streams that are called.

use std::io;

use landline::Network;
use landline::tokio::{TcpListener, UnixListener, UnixStream};

use super::file::{SocketFile, remove_if_left_over};
use super::{Peer, Stream};
use crate::Endpoint;
use crate::words::Failure;

/// A listening stream socket.
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix {
        listener: UnixListener,
        /// Removed when the listener goes.
        _file: SocketFile,
    },
}

impl Listener {
    /// Listens, and says where: with port 0 the port that it got.
    pub(crate) async fn bind(
        network: &Network,
        on: &Endpoint,
    ) -> Result<(Self, Endpoint), Failure> {
        let failed = |error: io::Error| Failure::Listen {
            on: on.clone(),
            why: error.into(),
        };
        match on {
            Endpoint::Tcp(at) => {
                let listener = TcpListener::bind(network, *at).await.map_err(failed)?;
                let at = listener.local_addr().map_err(failed)?;
                Ok((Self::Tcp(listener), Endpoint::Tcp(at)))
            }
            Endpoint::Unix(path) => {
                let bound = match UnixListener::bind(network, path) {
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                        let probe = UnixStream::connect(network, path).await.map(drop);
                        remove_if_left_over(path, probe)
                            .ok_or(error)
                            .and_then(|()| UnixListener::bind(network, path))
                    }
                    bound => bound,
                };
                let listener = bound.map_err(failed)?;
                Ok((
                    Self::Unix {
                        listener,
                        _file: SocketFile::at(path),
                    },
                    on.clone(),
                ))
            }
            Endpoint::Udp(_) | Endpoint::UnixGram(_) => {
                Err(failed(io::ErrorKind::InvalidInput.into()))
            }
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<(Box<dyn Stream>, Peer)> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, from) = listener.accept().await?;
                (Box::new(stream), Peer::Inet(from))
            }
            Self::Unix { listener, .. } => {
                let (stream, from) = listener.accept().await?;
                (Box::new(stream), from.into())
            }
        })
    }
}
