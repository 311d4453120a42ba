//! A stack and the program on it.

use std::collections::HashSet;

use base::{Instant, Rng};
use stack::{
    InterfaceConfig, InterfaceId, Kind, Offload, Readiness, SocketId, SocketOption, Stack,
};
use tcp::State;
use wire::MacAddr;

use super::setup::Setup;

/// Sockets that a program holds at most.
pub(super) const MOST_SOCKETS: usize = 12;
/// The port that both listen on.
pub(super) const PORT: u16 = 9000;

/// A connection that a program holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: SocketId,
    /// Which stream it is an end of.
    pub(super) stream: usize,
    /// 0 at the caller's end.
    pub(super) direction: usize,
    /// Where it stood when last looked at.
    pub(super) state: State,
    /// Its call waits for the first data (TCP_FASTOPEN_CONNECT).
    pub(super) deferred: bool,
    /// It was told an error, or reads no more: what it reads is no end of the peer's.
    pub(super) deaf: bool,
    /// What it was ready for when its program last looked.
    pub(super) ready: Readiness,
}

impl Held {
    pub(super) fn new(id: SocketId, stream: usize, direction: usize) -> Self {
        Self {
            id,
            stream,
            direction,
            state: [State::SynSent, State::SynReceived][direction],
            deferred: false,
            deaf: false,
            ready: Readiness::empty(),
        }
    }
}

/// One of the two.
pub(super) struct End {
    pub(super) stack: Stack,
    pub(super) card: InterfaceId,
    pub(super) listener: SocketId,
    /// Hears what goes beside the streams.
    pub(super) datagrams: SocketId,
    pub(super) held: Vec<Held>,
    /// Sockets of which the stack said that something changed.
    pub(super) told: HashSet<SocketId>,
}

impl End {
    /// The end of this number, with the other as its static neighbour: what is tried here is TCP.
    pub(super) fn new(number: usize, setup: Setup, now: Instant) -> Self {
        let mut stack = Stack::new(setup.sysctls(number), Rng::seeded(setup.seed(number)));
        let network = format!("10.0.0.{}/24", number + 1);
        let mut config = InterfaceConfig::ethernet(
            "eth0",
            mac(number),
            network.parse().expect("it is a network"),
        );
        config.mtu = setup.mtu();
        if setup.large_frames(number) {
            config.offload = Offload {
                checksum: true,
                segmentation: 65_000,
            };
        }
        if setup.v6() {
            let network = format!("fd00::{}/64", number + 1);
            let network = network.parse().expect("it is a network");
            config.addresses.push(network);
        }
        let card = stack.add_interface(now, config).expect("it makes sense");
        let datagrams = stack
            .socket(setup.family(), Kind::Datagram)
            .expect("it is the first");
        stack
            .bind(datagrams, &wildcard(setup, PORT))
            .expect("nobody has it");
        let listener = listen(&mut stack, now, setup);
        let mut end = Self {
            stack,
            card,
            listener,
            datagrams,
            held: Vec::new(),
            told: HashSet::new(),
        };
        end.meet_the_other(number, setup, now);
        end
    }

    /// Makes the other one known.
    pub(super) fn meet_the_other(&mut self, number: usize, setup: Setup, now: Instant) {
        let other = 1 - number;
        for stream in 0..2 {
            let address = setup.address(other, stream, PORT).ip().to_canonical();
            self.stack
                .add_neighbor(now, self.card, address, mac(other))
                .expect("it is on the link");
        }
    }

    /// Looks at what every socket is ready for.
    pub(super) fn look(&mut self) {
        for held in &mut self.held {
            held.ready = self.stack.readiness(held.id);
        }
    }
}

/// An end's card.
pub(super) fn mac(number: usize) -> MacAddr {
    MacAddr::local(number as u64 + 1)
}

/// Opens the listener.
pub(super) fn listen(stack: &mut Stack, now: Instant, setup: Setup) -> SocketId {
    let listener = stack
        .socket(setup.family(), Kind::Stream)
        .expect("there is room");
    let reuse = SocketOption::ReuseAddr(true);
    stack
        .set_option(now, listener, reuse)
        .expect("any socket may");
    stack
        .bind(listener, &wildcard(setup, PORT))
        .expect("nobody has it");
    if setup.fast_open() {
        let callers = SocketOption::FastOpen(3);
        stack
            .set_option(now, listener, callers)
            .expect("it is no connection");
    }
    stack
        .listen(listener, setup.backlog() as i32)
        .expect("it has a name");
    listener
}

/// Every address of a host.
fn wildcard(setup: Setup, port: u16) -> stack::Address {
    let any: std::net::IpAddr = if setup.v6() {
        std::net::Ipv6Addr::UNSPECIFIED.into()
    } else {
        std::net::Ipv4Addr::UNSPECIFIED.into()
    };
    std::net::SocketAddr::from((any, port)).into()
}
