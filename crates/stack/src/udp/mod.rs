//! UDP: datagrams between ports (RFC 768).
//!
//! | file | what |
//! |---|---|
//! | `demux` | which sockets a datagram is for, and which names are taken |
//! | `name` | bind, connect, and back |
//! | `transfer` | a program sends and receives |
//! | `control` | options, shutdown, close, and what `poll` says |
//! | `ingress`, `egress` | the doors to the spines |

mod control;
mod demux;
pub(crate) mod egress;
pub(crate) mod ingress;
mod name;
mod transfer;

use alloc::collections::VecDeque;
use core::net::{IpAddr, SocketAddr};

use base::Rng;

use self::demux::Demux;
use crate::socket::common::{Common, Flags};
use crate::socket::datagrams::{Inbox, SendBuffer, Unsent};
use crate::socket::slots::Slots;
use crate::socket::{Errno, SocketId, Transport};
use crate::sysctl::Sysctls;

/// The UDP layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Udp {
    sockets: Slots<Socket>,
    demux: Demux,
    /// What all sockets have to send, in the order of their calls. Bounded by their send buffers.
    outbox: VecDeque<Unsent>,
    /// Sockets about which something changed; each at most once, by [`Flags::EVENT`].
    events: VecDeque<u32>,
    rng: Rng,
}

/// One UDP socket.
#[derive(Debug)]
struct Socket {
    common: Common,
    /// Its own name; port 0 while it has none. With a peer, the address that the route chose.
    local: SocketAddr,
    /// The address that it was bound to; 0.0.0.0 for all.
    bound: IpAddr,
    /// The one peer that it talks to.
    remote: Option<SocketAddr>,
    inbox: Inbox,
    sending: SendBuffer,
}

impl Udp {
    /// No sockets. Hash keys and ports are drawn from `rng`.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            sockets: Slots::new(Transport::Udp),
            demux: Demux::new(&mut rng),
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            rng,
        }
    }

    /// A new socket.
    pub(crate) fn open(&mut self, sysctls: &Sysctls) -> Result<SocketId, Errno> {
        let socket = Socket {
            common: Common::default(),
            local: crate::socket::UNBOUND,
            bound: crate::socket::UNBOUND.ip(),
            remote: None,
            inbox: Inbox::new(sysctls.rmem_default),
            sending: SendBuffer {
                charged: 0,
                limit: sysctls.wmem_default,
            },
        };
        let slot = self.sockets.insert(socket).ok_or(Errno::EMFILE)?;
        Ok(self.sockets.id(slot))
    }

    /// Says that something about a socket changed.
    fn raise(&mut self, slot: u32) {
        if let Some(socket) = self.sockets.get_mut(slot)
            && !socket.common.has(Flags::EVENT)
        {
            socket.common.flags.insert(Flags::EVENT);
            self.events.push_back(slot);
        }
    }

    /// The next socket about which something changed.
    pub(crate) fn poll_event(&mut self) -> Option<SocketId> {
        while let Some(slot) = self.events.pop_front() {
            // A closed socket's place may be another's by now, which is then told once too often.
            if let Some(socket) = self.sockets.get_mut(slot) {
                socket.common.flags.remove(Flags::EVENT);
                return Some(self.sockets.id(slot));
            }
        }
        None
    }
}
