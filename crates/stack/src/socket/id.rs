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

impl SocketId {
    /// A number that no other socket of its stack has or had, and never 0 (`SO_COOKIE`).
    pub(crate) fn cookie(self) -> u64 {
        let transport = match self.transport {
            Transport::Tcp => 1,
            Transport::Udp => 2,
            Transport::Ping => 3,
            Transport::Unix => 0,
        };
        // Slots grow to 2^32, and a slot's generations are below 2^30 in any life.
        (u64::from(self.generation) << 34 | u64::from(self.slot) << 2 | transport) + 1
    }
}

/// Something changed; ask what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// About a socket.
    Socket(SocketId),
    /// About the interfaces, for who [asked](crate::Stack::watch_links).
    Links,
}

impl Event {
    /// Which socket it is about.
    #[must_use]
    pub const fn socket(self) -> Option<SocketId> {
        match self {
            Self::Socket(socket) => Some(socket),
            Self::Links => None,
        }
    }
}
