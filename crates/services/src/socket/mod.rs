//! The four kinds of sockets that an [`Endpoint`] can mean, as two: streams and datagrams.

mod datagrams;
mod file;
mod listener;
mod trouble;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use landline::tokio::{TcpStream, UnixStream};
use landline::{Network, UnixAddress};
use serde::{Serialize, Serializer};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::Endpoint;
use crate::words::{Cause, Failure};

pub(crate) use datagrams::Datagrams;
pub(crate) use listener::Listener;
pub(crate) use trouble::Trouble;

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// An address and port.
    Inet(SocketAddr),
    /// A name in the file system.
    Path(PathBuf),
    /// An abstract name (unix(7)).
    Abstract(Vec<u8>),
    /// A local socket without a name.
    Nameless,
}

impl From<UnixAddress> for Peer {
    fn from(address: UnixAddress) -> Self {
        match address {
            UnixAddress::Path(path) => Self::Path(path),
            UnixAddress::Abstract(name) => Self::Abstract(name),
            UnixAddress::Unnamed => Self::Nameless,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(at) => at.fmt(f),
            Self::Path(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
            Self::Nameless => Ok(()),
        }
    }
}

impl Serialize for Peer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A connected stream of any kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to a stream endpoint.
pub(crate) async fn connect(network: &Network, to: &Endpoint) -> Result<Box<dyn Stream>, Failure> {
    if to.is_nobodys() {
        return Err(Failure::Connect {
            to: to.clone(),
            why: Cause::PortZero,
        });
    }
    let stream: io::Result<Box<dyn Stream>> = match to {
        Endpoint::Tcp(at) => TcpStream::connect(network, *at)
            .await
            .map(|it| Box::new(it) as _),
        Endpoint::Unix(path) => UnixStream::connect(network, path)
            .await
            .map(|it| Box::new(it) as _),
        Endpoint::Udp(_) | Endpoint::UnixGram(_) => Err(io::ErrorKind::InvalidInput.into()),
    };
    stream.map_err(|error| Failure::Connect {
        to: to.clone(),
        why: error.into(),
    })
}
