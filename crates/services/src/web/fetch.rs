//! Fetches what is at a URL, to see whether and how fast it comes.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::{HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use landline::Network;
use landline::tokio::TcpStream;
use tokio::task::JoinSet;

/// Where something is on the web: `http://web:8080/index.html`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// A name or an address, without an IPv6 address's brackets.
    pub host: String,
    /// Its port; 80 without one.
    pub port: u16,
    /// With the host, as it is asked for.
    uri: Uri,
}

/// Not a URL that can be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAUrl;

impl fmt::Display for NotAUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a URL such as http://web:8080/index.html")
    }
}

impl std::error::Error for NotAUrl {}

impl FromStr for Url {
    type Err = NotAUrl;

    fn from_str(text: &str) -> Result<Self, NotAUrl> {
        let uri: Uri = text.parse().map_err(|_| NotAUrl)?;
        let authority = uri.authority().ok_or(NotAUrl)?;
        if uri.scheme_str() != Some("http") || authority.as_str().contains('@') {
            return Err(NotAUrl);
        }
        let host = authority.host();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = match authority.port() {
            Some(port) => port.as_str().parse().map_err(|_| NotAUrl)?,
            None => 80,
        };
        if host.is_empty() || port == 0 {
            return Err(NotAUrl);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            uri,
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

/// What came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// HTTP's status code.
    pub status: u16,
    /// Bytes of the body.
    pub bytes: u64,
    /// From the call to the answer's head.
    pub first: Duration,
    /// From the call to the answer's last byte.
    pub took: Duration,
}

/// Fetches `url` from `at`, which is where its host is; `patience` is how long a connection, the
/// answer's head and each piece of its body are waited for.
///
/// # Errors
/// The network's; `TimedOut` after `patience`; `InvalidData` for what is no HTTP.
pub async fn fetch(
    network: &Network,
    at: SocketAddr,
    url: &Url,
    patience: Duration,
) -> io::Result<Fetched> {
    let began = network.now();
    let since = || Duration::from(network.now().since(began));
    let stream = network.timeout(patience, TcpStream::connect(network, at));
    let stream = stream.await??;
    let (mut requests, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // It ends with this function, whatever the outcome.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let path = url.uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = url.uri.authority().map_or("", |host| host.as_str());
    let request = Request::get(path)
        .header(HOST, authority)
        .header(USER_AGENT, concat!("landline/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(io::Error::other)?;
    let answer = network.timeout(patience, requests.send_request(request));
    let answer = answer.await?.map_err(broken)?;
    let (status, first) = (answer.status().as_u16(), since());
    let mut body = answer.into_body();
    let mut bytes = 0;
    while let Some(frame) = network.timeout(patience, body.frame()).await? {
        let frame = frame.map_err(broken)?;
        bytes += frame.data_ref().map_or(0, Bytes::len) as u64;
    }
    Ok(Fetched {
        status,
        bytes,
        first,
        took: since(),
    })
}

/// What hyper says, as the network's own error where that was the reason.
fn broken(error: hyper::Error) -> io::Error {
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            return match cause.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(cause.kind(), cause.to_string()),
            };
        }
        source = cause.source();
    }
    let kind = if error.is_incomplete_message() {
        io::ErrorKind::UnexpectedEof
    } else {
        io::ErrorKind::InvalidData
    };
    io::Error::new(kind, error.to_string())
}
