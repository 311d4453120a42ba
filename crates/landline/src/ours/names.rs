//! Our addresses as a stack's, and back.

use std::ffi::OsStr;
use std::io;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use base::Bytes;
use stack::UnixName;

use crate::{Address, UnixAddress};

/// The stack's form of `address`.
///
/// # Errors
///
/// `InvalidInput` for a path with a NUL byte in it, or a name too long for `struct sockaddr_un`.
pub(crate) fn to_stack(address: &Address) -> io::Result<stack::Address> {
    Ok(match address {
        Address::Ip(address) => stack::Address::Inet(*address),
        Address::Unix(UnixAddress::Unnamed) => UnixName::Unnamed.into(),
        Address::Unix(UnixAddress::Path(path)) => path_name(path)?.into(),
        Address::Unix(UnixAddress::Abstract(name)) => UnixName::Abstract(checked(name)?).into(),
    })
}

fn path_name(path: &Path) -> io::Result<UnixName> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.contains(&0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a path cannot contain a NUL byte",
        ));
    }
    Ok(if bytes.is_empty() {
        UnixName::Unnamed
    } else {
        UnixName::Path(checked(bytes)?)
    })
}

/// A name that is not too long, as on the kernel's network.
fn checked(name: &[u8]) -> io::Result<Bytes> {
    if name.len() >= UnixName::MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "an AF_UNIX name has at most 107 bytes",
        ));
    }
    Ok(Bytes::copy_from_slice(name))
}

/// Our form of a stack's address; `None` for one that names nothing.
pub(crate) fn from_stack(address: stack::Address) -> Option<Address> {
    match address {
        stack::Address::Unspecified => None,
        stack::Address::Inet(address) => Some(Address::Ip(address)),
        stack::Address::Unix(name) => Some(Address::Unix(match name {
            UnixName::Unnamed => UnixAddress::Unnamed,
            UnixName::Path(path) => UnixAddress::Path(Path::new(OsStr::from_bytes(&path)).into()),
            UnixName::Abstract(name) => UnixAddress::Abstract(name.to_vec()),
        })),
    }
}

/// How the names of a family of sockets are told.
pub(crate) trait Names: Sized {
    /// The one that the stack told, or none.
    fn from_address(address: Option<Address>) -> Self;
}

impl Names for SocketAddr {
    fn from_address(address: Option<Address>) -> Self {
        match address {
            Some(Address::Ip(address)) => address,
            _ => ([0, 0, 0, 0], 0).into(),
        }
    }
}

impl Names for UnixAddress {
    fn from_address(address: Option<Address>) -> Self {
        match address {
            Some(Address::Unix(address)) => address,
            _ => Self::Unnamed,
        }
    }
}
