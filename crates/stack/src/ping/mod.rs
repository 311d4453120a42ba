//! Ping sockets: echo requests out, their replies in (icmp(7)).
//!
//! What a program sends is a whole ICMP message, as on Linux: its type must be "echo request", its
//! identifier is replaced by the socket's, its checksum computed. What it receives is the whole
//! reply. The port of a ping socket's addresses is its identifier.

mod calls;
pub(crate) mod egress;
pub(crate) mod ingress;

use alloc::collections::VecDeque;

use base::Rng;

use crate::keyed::{Keyed, KeyedMap};
use crate::socket::datagrams::Unsent;
use crate::socket::endpoint::Endpoints;
use crate::socket::{Kind, Transport};

/// The ping sockets of one computer.
#[derive(Debug)]
pub(crate) struct Ping {
    pub(crate) sockets: Endpoints,
    /// By version (true for IPv6) and identifier, which only one has.
    idents: KeyedMap<(bool, u16), u32>,
    /// What all have to send: the messages without their headers, which are made when they leave.
    outbox: VecDeque<Echo>,
    rng: Rng,
}

/// An echo request that waits to be sent.
#[derive(Debug)]
struct Echo {
    seq: u16,
    unsent: Unsent,
}

impl Ping {
    /// Whether a request waits to leave.
    pub(crate) fn owes(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether a socket asks over IPv4 by that identifier.
    pub(crate) fn uses_ident(&self, ident: u16) -> bool {
        self.idents.contains_key(&(false, ident))
    }

    /// No sockets. Identifiers are drawn from `rng`.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            sockets: Endpoints::new(Transport::Ping, Kind::Ping),
            idents: KeyedMap::with_hasher(Keyed::new(&mut rng)),
            outbox: VecDeque::new(),
            rng,
        }
    }
}
