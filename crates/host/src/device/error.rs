//! Why a device could not be opened, and what to try.

use std::io;

use thiserror::Error;

use super::Kind;

/// Why a TAP or TUN device could not be opened. The text says what to try.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Longer than the kernel's IFNAMSIZ, empty, or with a character that it refuses.
    #[error(
        "`{name}` cannot be the name of a network device: 1 to 15 bytes, without spaces, `/`, `:` \
         or `%`, and not `.` or `..`"
    )]
    BadName {
        /// As it was asked for.
        name: String,
    },
    /// The kernel has no TAP devices, or the container none of its files.
    #[error(
        "there is no /dev/net/tun; try: sudo modprobe tun (in a container: start it with \
         --device /dev/net/tun)"
    )]
    NoTun,
    /// The file may not be opened.
    #[error("/dev/net/tun may not be opened; try: sudo chmod 666 /dev/net/tun")]
    TunForbidden,
    /// The device may not be created, or is another user's.
    #[error(
        "{kind} device `{name}` may not be used; try: sudo ip tuntap add dev {name} mode {mode} \
         user $USER (or run all of it in a network namespace of your own: unshare -Urn)",
        mode = kind.mode()
    )]
    Forbidden {
        /// The device.
        name: String,
        /// What it was to be.
        kind: Kind,
    },
    /// Another program is attached to it.
    #[error(
        "{kind} device `{name}` is in use by another program; stop that one, or take another name"
    )]
    Busy {
        /// The device.
        name: String,
        /// What it was to be.
        kind: Kind,
    },
    /// There is a device of that name which is something else.
    #[error(
        "`{name}` exists and is no {kind} device (ip -details link show {name} tells what it is); \
         take another name"
    )]
    OtherKind {
        /// The device.
        name: String,
        /// What it was to be.
        kind: Kind,
    },
    /// The kernel refused for another reason.
    #[error("{kind} device `{name}` cannot be opened: {source}")]
    Kernel {
        /// The device.
        name: String,
        /// What it was to be.
        kind: Kind,
        /// What the kernel says.
        source: io::Error,
    },
}

impl OpenError {
    /// The nearest kind of `std`'s.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::BadName { .. } => io::ErrorKind::InvalidInput,
            Self::NoTun => io::ErrorKind::NotFound,
            Self::TunForbidden | Self::Forbidden { .. } => io::ErrorKind::PermissionDenied,
            Self::Busy { .. } => io::ErrorKind::ResourceBusy,
            Self::OtherKind { .. } => io::ErrorKind::AlreadyExists,
            Self::Kernel { source, .. } => source.kind(),
        }
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        Self::new(error.kind(), error)
    }
}
