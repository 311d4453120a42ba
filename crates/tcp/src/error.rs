//! What a program is told when a call cannot do what it asked, and what the network reports.

/// Why a call did not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// Not now: wait for [`Events::READABLE`](crate::Events::READABLE) or
    /// [`Events::WRITABLE`](crate::Events::WRITABLE). EAGAIN.
    #[error("resource temporarily unavailable")]
    WouldBlock,
    /// There is no connection (any more). ENOTCONN.
    #[error("not connected")]
    NotConnected,
    /// The peer reset the connection. ECONNRESET.
    #[error("connection reset by peer")]
    ConnectionReset,
    /// The peer answered the SYN with a RST. ECONNREFUSED.
    #[error("connection refused")]
    ConnectionRefused,
    /// The program itself aborted the connection. ECONNABORTED.
    #[error("connection aborted")]
    ConnectionAborted,
    /// The peer did not answer in time. ETIMEDOUT.
    #[error("connection timed out")]
    TimedOut,
    /// No way to the host. EHOSTUNREACH.
    #[error("no route to host")]
    HostUnreachable,
    /// No way to the network. ENETUNREACH.
    #[error("network is unreachable")]
    NetUnreachable,
    /// The host does not speak TCP. ENOPROTOOPT.
    #[error("protocol not available")]
    ProtocolUnreachable,
    /// The direction to the peer is closed. EPIPE.
    #[error("broken pipe")]
    BrokenPipe,
}

/// What an ICMP error said about a segment of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icmp {
    /// Network unreachable and its like: a soft error (RFC 9293 §3.9.2.2).
    NetUnreachable,
    /// Host unreachable and its like: a soft error.
    HostUnreachable,
    /// Time exceeded or a parameter problem: a soft error, told to the program as
    /// [`Error::HostUnreachable`].
    Undeliverable,
    /// Port unreachable: a hard error.
    PortUnreachable,
    /// Protocol unreachable: a hard error.
    ProtocolUnreachable,
    /// A segment was too large for the path (RFC 1191, RFC 8201).
    FragmentationNeeded {
        /// Bytes of data that fit into one segment without options: the reported MTU less the IP
        /// header and 20.
        mss: u16,
    },
}
