//! What a socket is ready for, and the flags of calls.

use bitflags::bitflags;

bitflags! {
    /// What poll(2) would say of a socket.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Readiness: u16 {
        /// `POLLIN`: `recv` or `accept` would not say EAGAIN.
        const READABLE = 0x001;
        /// `POLLPRI`: urgent data waits.
        const PRIORITY = 0x002;
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
        /// `MSG_OOB`: the urgent byte of a stream.
        const OOB = 0x01;
        /// `MSG_PEEK`: what is received stays there to be received again.
        const PEEK = 0x02;
        /// `MSG_TRUNC`: of a stream nothing is copied, it is thrown away; of a datagram the length
        /// is told even if it did not fit.
        const TRUNC = 0x20;
        /// `MSG_DONTWAIT`: the call does not wait. A stack's never do.
        const DONTWAIT = 0x40;
        /// `MSG_ERRQUEUE`: not a datagram, but an error that waits (`IP_RECVERR`).
        const ERRQUEUE = 0x2000;
        /// `MSG_WAITALL`: a call that waits does so until the buffer is full. A stack's never wait.
        const WAITALL = 0x100;
    }
}

bitflags! {
    /// How to send.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct SendFlags: u32 {
        /// `MSG_OOB`: the last byte is urgent.
        const OOB = 0x01;
        /// `MSG_DONTWAIT`: the call does not wait. A stack's never do.
        const DONTWAIT = 0x40;
        /// `MSG_MORE`: more follows at once, a segment that is not full waits for it.
        const MORE = 0x8000;
        /// No flag of Linux's, where to wait is the rule: the caller is blocked until there is room,
        /// and then goes on at once.
        const BLOCKING = 0x4000_0000;
        /// `MSG_FASTOPEN`: a stream without a peer connects, its first bytes in the SYN.
        const FASTOPEN = 0x2000_0000;
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
