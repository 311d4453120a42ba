//! Sockets: what a program holds.

/// One of a stack's sockets. It is never reused: a socket that was closed stays unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// Something about a socket changed; ask it what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which socket.
    pub socket: SocketId,
}

/// An error as a socket call reports it, under its POSIX name with Linux's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);
