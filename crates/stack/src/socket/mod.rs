//! What a program holds, and the words in which it speaks to the stack.
//!
//! This is no layer: `tcp`, `udp`, `ping` and `unix` each keep their own sockets and share these
//! words. The calls themselves are methods of [`Stack`](crate::Stack), in the folder `stack/`.

pub(crate) mod address;
pub(crate) mod ancillary;
pub(crate) mod common;
pub(crate) mod datagrams;
pub(crate) mod endpoint;
mod errno;
pub(crate) mod errors;
mod failures;
pub(crate) mod family;
mod flags;
mod groups;
mod id;
mod listing;
pub(crate) mod message;
mod message_bytes;
mod option_value;
pub mod options;
mod rare;
pub(crate) mod slots;

pub use crate::ip_options::IpOptions;
pub(crate) use address::UNBOUND;
pub use address::{Address, Family, Kind, UnixName};
pub use errno::Errno;
pub use flags::{How, Readiness, RecvFlags, SendFlags};
pub use groups::{GroupInterface, GroupRequest};
pub(crate) use id::Transport;
pub use id::{Event, SocketId};
pub use listing::{Listed, State};
pub use message::{Cmsg, ExtendedError, Message, MessageFlags, Origin, PktInfo, PktInfo6};
pub use options::{OptionName, SocketOption};

use base::Payload;

/// One receipt from a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Bytes that were copied.
    pub copied: usize,
    /// Bytes that there were: more than `copied` when a datagram was cut (`MSG_TRUNC`).
    pub len: usize,
    /// Who sent it; `None` for streams.
    pub from: Option<Address>,
}

/// One receipt from a socket, by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedBytes {
    /// A datagram, or as much of a stream as was there and asked for.
    pub payload: Payload,
    /// Bytes that there were: more than the payload's when a datagram was cut.
    pub len: usize,
    /// Who sent it; `None` for streams.
    pub from: Option<Address>,
}

/// How much waits in a socket's buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// Bytes that came and were not received (`SIOCINQ`): of a stream all, of datagrams the next.
    pub unread: usize,
    /// Bytes that were taken and, of a stream, not acknowledged or, of datagrams, not sent
    /// (`SIOCOUTQ`).
    pub unacknowledged: usize,
    /// Bytes of a stream that were taken and not sent once yet (`SIOCOUTQNSD`).
    pub unsent: usize,
}
