//! The four kinds of sockets that an [`Endpoint`] can mean, as two: streams and datagrams.

mod bind;
mod datagrams;
mod file;
mod listener;
mod trouble;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use landline::tokio::{TcpStream, UnixStream};
use landline::{Network, UnixAddress};
use serde::{Serialize, Serializer};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::words::{Cause, Failure};
use crate::{Endpoint, Place};

pub(crate) use datagrams::Datagrams;
pub(crate) use listener::Listener;
pub(crate) use trouble::Trouble;

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// An address and port.
    Inet(SocketAddr),
    /// The name of a host, and a port.
    Named(String),
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

impl From<&Place> for Peer {
    /// A name that was not looked up yet is shown as it was written.
    fn from(place: &Place) -> Self {
        match place {
            Place::Address(at) => Self::Inet(*at),
            Place::Named { .. } => Self::Named(place.to_string()),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(at) => at.fmt(f),
            Self::Named(name) => name.fmt(f),
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

/// Connects to a stream endpoint, waiting for each of its addresses no longer than `patience`.
pub(crate) async fn connect(
    network: &Network,
    to: &Endpoint,
    patience: Duration,
) -> Result<Box<dyn Stream>, Failure> {
    let failed = |why| Failure::Connect {
        to: to.clone(),
        tried: Vec::new(),
        why,
    };
    if to.is_nobodys() {
        return Err(failed(Cause::PortZero));
    }
    match to {
        Endpoint::Tcp(place) => {
            let call = async |at| {
                let call = TcpStream::connect(network, at);
                let called = network.timeout(patience, call).await;
                Ok(Box::new(called.map_err(io::Error::from)??) as _)
            };
            first_that_answers(network, to, place, call).await
        }
        Endpoint::Unix(path) => {
            let call = network.timeout(patience, UnixStream::connect(network, path));
            let called = call.await.map_err(io::Error::from).flatten();
            Ok(Box::new(called.map_err(|error| failed(error.into()))?))
        }
        Endpoint::Udp(_) | Endpoint::UnixGram(_) => {
            Err(failed(io::Error::from(io::ErrorKind::InvalidInput).into()))
        }
    }
}

/// Calls a place's addresses one after the other, until one answers.
async fn first_that_answers<T, F>(
    network: &Network,
    to: &Endpoint,
    place: &Place,
    mut call: impl FnMut(SocketAddr) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = io::Result<T>>,
{
    let failed = |tried, why| Failure::Connect {
        to: to.clone(),
        tried,
        why,
    };
    let found = place.resolve(network).await;
    let found = found.map_err(|error| failed(Vec::new(), Cause::of_name(&error)))?;
    let mut why = Cause::UnknownName(String::new());
    for at in &found {
        match call(*at).await {
            Ok(called) => return Ok(called),
            Err(error) => why = Cause::of_address(&error, *at),
        }
    }
    // An address that was written need not be told again.
    let written = to.socket_addr().is_some();
    Err(failed(if written { Vec::new() } else { found }, why))
}
