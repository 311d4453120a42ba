//! What a program can fail with.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::Endpoint;

/// Why a program ended without doing what it was asked to. Put into words by [`Lang::failure`].
///
/// [`Lang::failure`]: super::Lang::failure
#[derive(Debug)]
pub enum Failure {
    /// Listening was not possible.
    Listen {
        /// Where.
        on: Endpoint,
        /// Why.
        why: Cause,
    },
    /// Calling was not possible.
    Connect {
        /// Whom.
        to: Endpoint,
        /// The addresses that were tried in vain, where the endpoint has a name; else none.
        tried: Vec<SocketAddr>,
        /// Why, as the last of them said.
        why: Cause,
    },
    /// The server ended the call while something was still to be said.
    HungUp {
        /// The server.
        by: Endpoint,
        /// How many bytes of the last answer had come.
        got: usize,
        /// How many bytes had been sent for it.
        of: usize,
    },
    /// The call broke.
    Lost {
        /// The server.
        to: Endpoint,
        /// Why.
        why: Cause,
    },
    /// Nothing came back.
    NoAnswer {
        /// From whom.
        from: Endpoint,
        /// For how long.
        waited: Duration,
    },
    /// Some messages had no answer; each was told when it happened, or is told here.
    Unanswered {
        /// By whom.
        by: Endpoint,
        /// How many.
        count: u64,
        /// Of how many.
        of: u64,
    },
    /// The program administers its computer, and the kernel is none of ours.
    NotOurStack,
    /// The program does not speak over this kind of socket.
    WrongKind {
        /// What was given.
        given: Endpoint,
        /// One that would do.
        example: &'static str,
    },
    /// No contact has this name.
    UnknownContact {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The contacts could not be read.
    Contacts {
        /// From which file.
        file: PathBuf,
        /// What is wrong, with the line where there is one.
        why: String,
    },
    /// What was typed or piped in could not be read.
    Input(Cause),
    /// What is said could not be written. A closed pipe is nothing to complain about.
    Output(io::Error),
}

impl Failure {
    /// The exit code: 2 where the command was written wrongly, 1 where the world did not play along.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::WrongKind { .. } | Self::Contacts { .. } | Self::NotOurStack => 2,
            _ => 1,
        }
    }

    /// Whether the reader of our output has gone away, which ends a program without a word.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The reason an operation was refused, as far as a person needs to tell them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// EADDRINUSE
    AddressInUse,
    /// EADDRNOTAVAIL
    NotOurAddress,
    /// EACCES, EPERM
    NotPermitted,
    /// ECONNREFUSED
    Refused,
    /// ECONNRESET, ECONNABORTED, EPIPE
    Reset,
    /// ETIMEDOUT
    TimedOut,
    /// EHOSTUNREACH, ENETUNREACH
    Unreachable,
    /// ENOENT
    NoSuchPath,
    /// EMSGSIZE
    TooLong,
    /// EMFILE, ENFILE
    NoDescriptors,
    /// Port 0, which stands for a free port where one listens, and for nobody where one calls.
    PortZero,
    /// ENODEV: the zone of an IPv6 address is no interface of the network.
    NoSuchZone,
    /// A link-local address without its zone: every link has one (RFC 4007 section 6).
    NeedsZone,
    /// A name that the machine's resolver does not know; its words.
    UnknownName(String),
    /// Anything else, in the system's words.
    Other(String),
}

/// Linux's numbers for what `std::io::ErrorKind` does not tell apart.
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENODEV: i32 = 19;
const EMSGSIZE: i32 = 90;

impl From<&io::Error> for Cause {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        match (error.raw_os_error(), error.kind()) {
            (Some(ENFILE | EMFILE), _) => Self::NoDescriptors,
            (Some(EMSGSIZE), _) => Self::TooLong,
            (Some(ENODEV), _) => Self::NoSuchZone,
            (_, Kind::AddrInUse) => Self::AddressInUse,
            (_, Kind::AddrNotAvailable) => Self::NotOurAddress,
            (_, Kind::PermissionDenied) => Self::NotPermitted,
            (_, Kind::ConnectionRefused) => Self::Refused,
            (_, Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe) => Self::Reset,
            (_, Kind::TimedOut) => Self::TimedOut,
            (_, Kind::HostUnreachable | Kind::NetworkUnreachable) => Self::Unreachable,
            (_, Kind::NotFound) => Self::NoSuchPath,
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Linux's, of a link-local address without its zone among others.
const EINVAL: i32 = 22;

impl Cause {
    /// Why a name could not be resolved.
    pub(crate) fn of_name(error: &io::Error) -> Self {
        match Self::from(error) {
            Self::NoSuchZone => Self::NoSuchZone,
            _ => {
                let words = error.to_string();
                let known = "failed to lookup address information: ";
                Self::UnknownName(words.strip_prefix(known).unwrap_or(&words).to_owned())
            }
        }
    }

    /// Why `at` could not be bound or called.
    pub(crate) fn of_address(error: &io::Error, at: SocketAddr) -> Self {
        match at {
            SocketAddr::V6(v6)
                if error.raw_os_error() == Some(EINVAL)
                    && v6.scope_id() == 0
                    && v6.ip().is_unicast_link_local() =>
            {
                Self::NeedsZone
            }
            _ => Self::from(error),
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::en::cause(self))
    }
}
