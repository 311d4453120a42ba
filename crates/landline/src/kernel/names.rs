//! Our addresses as the kernel's, and back.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net;

use ::tokio::net::unix;
use host::kernel::SockAddr;

use crate::{Address, Family, UnixAddress};

/// The kernel's form of `address`.
///
/// # Errors
///
/// `InvalidInput` for a name with a NUL byte in it, or too long for `struct sockaddr_un` (108
/// bytes with its final NUL).
pub(crate) fn to_name(address: &Address) -> io::Result<SockAddr> {
    let name = match address {
        Address::Ip(address) => return Ok(SockAddr::from(*address)),
        Address::Unix(UnixAddress::Unnamed) => SockAddr::unix(""),
        Address::Unix(UnixAddress::Path(path)) => {
            if path.as_os_str().as_bytes().contains(&0) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a path cannot contain a NUL byte",
                ));
            }
            SockAddr::unix(path)
        }
        Address::Unix(UnixAddress::Abstract(name)) => {
            let mut bytes = Vec::with_capacity(1 + name.len());
            bytes.push(0);
            bytes.extend_from_slice(name);
            SockAddr::unix(OsStr::from_bytes(&bytes))
        }
    };
    name.map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "an AF_UNIX name has at most 107 bytes",
        )
    })
}

/// tokio's form of `address`.
///
/// # Errors
///
/// As [`to_name`].
pub(crate) fn to_tokio(address: &UnixAddress) -> io::Result<unix::SocketAddr> {
    let name = match address {
        UnixAddress::Unnamed => net::SocketAddr::from_pathname(""),
        UnixAddress::Path(path) => net::SocketAddr::from_pathname(path),
        UnixAddress::Abstract(name) => net::SocketAddr::from_abstract_name(name),
    };
    name.map(unix::SocketAddr::from)
}

/// Our form of `name`, which a socket of `family` has or heard from.
pub(crate) fn from_name(name: &SockAddr, family: Family) -> Address {
    if let Some(address) = name.as_socket() {
        Address::Ip(address)
    } else if let Some(path) = name.as_pathname() {
        Address::Unix(path.into())
    } else if let Some(name) = name.as_abstract_namespace() {
        Address::Unix(UnixAddress::Abstract(name.to_vec()))
    } else {
        Address::unspecified(family)
    }
}
