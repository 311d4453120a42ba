//! Streams that are called.

use std::io;

use landline::Network;
use landline::tokio::{TcpListener, UnixListener, UnixStream};

use super::file::SocketFile;
use super::{Peer, Stream, bind};
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
            Endpoint::Tcp(place) => {
                let bind = |at| TcpListener::bind(network, at);
                let listener = bind::at_place(network, on, place, bind).await?;
                let at = listener.local_addr().map_err(failed)?;
                Ok((Self::Tcp(listener), Endpoint::Tcp(at.into())))
            }
            Endpoint::Unix(path) => {
                let bind = || UnixListener::bind(network, path);
                let probe = async { UnixStream::connect(network, path).await.map(drop) };
                let (listener, _file) = bind::at_path(path, bind, probe).await.map_err(failed)?;
                Ok((Self::Unix { listener, _file }, on.clone()))
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
