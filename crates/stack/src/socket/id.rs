//! How a program names its sockets to the stack.

/// Which layer serves a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Transport {
    Tcp,
    Udp,
    Ping,
    Unix,
}

/// One of a stack's sockets. It is never reused: a socket that was closed stays unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId {
    pub(crate) transport: Transport,
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// Something about a socket changed; ask it what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which socket.
    pub socket: SocketId,
}
