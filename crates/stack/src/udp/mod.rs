//! UDP: datagrams between ports (RFC 768).
//!
//! | file | what |
//! |---|---|
//! | `demux` | which sockets a datagram is for, and which names are taken |
//! | `calls` | bind, connect, send, close: what is UDP's own about them |
//! | `ingress`, `egress` | the doors to the spines |

mod calls;
mod demux;
pub(crate) mod egress;
pub(crate) mod ingress;

use alloc::collections::VecDeque;

use base::Rng;

use self::demux::Demux;
use crate::socket::datagrams::Unsent;
use crate::socket::endpoint::Endpoints;
use crate::socket::{Kind, Transport};

/// The UDP layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Udp {
    pub(crate) sockets: Endpoints,
    demux: Demux,
    /// What all sockets have to send, in the order of their calls. Bounded by their send buffers.
    outbox: VecDeque<Unsent>,
    rng: Rng,
}

impl Udp {
    /// Whether a datagram waits to leave.
    pub(crate) fn owes(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether a socket has that port, at any address.
    pub(crate) fn uses_port(&self, port: u16) -> bool {
        self.demux.has(port)
    }

    /// No sockets. Hash keys and ports are drawn from `rng`.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            sockets: Endpoints::new(Transport::Udp, Kind::Datagram),
            demux: Demux::new(&mut rng),
            outbox: VecDeque::new(),
            rng,
        }
    }
}
