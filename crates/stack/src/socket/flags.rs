//! What a socket is ready for, and the flags of calls.

use bitflags::bitflags;

bitflags! {
    /// What poll(2) would say of a socket.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Readiness: u16 {
        /// `POLLIN`: `recv` or `accept` would not say EAGAIN.
        const READABLE = 0x001;
        /// `POLLOUT`: `send` would not say EAGAIN.
        const WRITABLE = 0x004;
        /// `POLLERR`: an error waits to be fetched.
        const ERROR = 0x008;
        /// `POLLHUP`: both directions are closed, or there never was a connection.
        const HANGUP = 0x010;
        /// `POLLRDHUP`: the peer sends no more, or this side reads no more.
        const READ_CLOSED = 0x2000;
    }
}

bitflags! {
    /// How to receive.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct RecvFlags: u32 {
        /// `MSG_PEEK`: what is received stays there to be received again.
        const PEEK = 0x02;
    }
}

/// Which directions `shutdown` closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// `SHUT_RD`: nothing more is received.
    Read,
    /// `SHUT_WR`: nothing more is sent; a stream says so to the peer.
    Write,
    /// `SHUT_RDWR`.
    Both,
}

impl How {
    pub(crate) const fn read(self) -> bool {
        matches!(self, Self::Read | Self::Both)
    }

    pub(crate) const fn write(self) -> bool {
        matches!(self, Self::Write | Self::Both)
    }
}
