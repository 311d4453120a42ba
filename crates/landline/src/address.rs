//! Names of sockets.

use std::path::{Path, PathBuf};

/// The name of an `AF_UNIX` socket (unix(7), "Address format").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UnixAddress {
    /// No name: a socket that was never bound. As the name to bind to it asks for *autobind*: an
    /// abstract name that nobody else has.
    Unnamed,
    /// A name in the file system.
    Path(PathBuf),
    /// A name in the abstract name space, without its leading NUL byte. It is in no file system
    /// and vanishes with its last socket.
    Abstract(Vec<u8>),
}

impl UnixAddress {
    /// Whether the socket has no name, and so cannot be answered.
    pub fn is_unnamed(&self) -> bool {
        matches!(self, Self::Unnamed)
    }

    /// The name, if it is one in the file system.
    pub fn as_pathname(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Unnamed | Self::Abstract(_) => None,
        }
    }

    /// The name without its leading NUL byte, if it is an abstract one.
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        match self {
            Self::Abstract(name) => Some(name),
            Self::Unnamed | Self::Path(_) => None,
        }
    }
}

impl From<PathBuf> for UnixAddress {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&Path> for UnixAddress {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_path_buf())
    }
}

impl From<::tokio::net::unix::SocketAddr> for UnixAddress {
    fn from(address: ::tokio::net::unix::SocketAddr) -> Self {
        if let Some(path) = address.as_pathname() {
            Self::Path(path.to_path_buf())
        } else if let Some(name) = address.as_abstract_name() {
            Self::Abstract(name.to_vec())
        } else {
            Self::Unnamed
        }
    }
}
