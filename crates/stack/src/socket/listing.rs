//! What `ss` would show.

use core::fmt;

use super::{Address, Family, Kind, SocketId};

/// How far a socket is (`ss` in iproute2 has the same names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Not connected. So are all datagram sockets without a peer.
    Unconnected,
    /// Connected.
    Established,
    /// A SYN was sent.
    SynSent,
    /// A SYN came and was answered.
    SynReceived,
    /// Closed here, nothing acknowledged yet.
    FinWait1,
    /// Closed here, and the peer knows.
    FinWait2,
    /// Closed by the peer.
    CloseWait,
    /// Closed by both at once.
    Closing,
    /// Closed by the peer, then here.
    LastAck,
    /// Over; the port rests.
    TimeWait,
    /// Waits for callers.
    Listen,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unconnected => "UNCONN",
            Self::Established => "ESTAB",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECV",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
            Self::Listen => "LISTEN",
        })
    }
}

/// One socket, or a connection that has no socket any more or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The program's name for it; `None` when no program holds it (TIME-WAIT, half-open, waiting
    /// to be accepted, closed but not done).
    pub socket: Option<SocketId>,
    /// Which addresses it speaks.
    pub family: Family,
    /// How its bytes travel.
    pub kind: Kind,
    /// How far it is.
    pub state: State,
    /// Bytes that wait to be received; for a listener, connections that wait to be accepted.
    pub recv_queue: usize,
    /// Bytes not yet acknowledged; for a listener, how many connections may wait.
    pub send_queue: usize,
    /// Its own name.
    pub local: Address,
    /// Its peer's.
    pub peer: Option<Address>,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match (self.family, self.kind) {
            (Family::Unix, Kind::Stream) => "u_str",
            (Family::Unix, _) => "u_dgr",
            (_, Kind::Stream) => "tcp",
            (_, Kind::Datagram) => "udp",
            (_, Kind::Ping) => "icmp",
        };
        let Self {
            state,
            recv_queue,
            send_queue,
            local,
            ..
        } = self;
        write!(
            f,
            "{kind:<5} {state:<10} {recv_queue:>6} {send_queue:>6} {local} "
        )?;
        match &self.peer {
            Some(peer) => peer.fmt(f),
            None => f.write_str("*"),
        }
    }
}
