//! One router without sockets, and what it hears and says.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::net::IpAddr;

use base::{Duration, Instant, Rng};
use services::rip::{
    By, Change, Heard, Link, Machine, Own, Protocol, Refused, Secret, Timers, Transmit,
};
use stack::InterfaceId;
use wire::IpNet;
use wire::rip::v2::{self, Proof};
use wire::rip::{Command, Entry};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn card(number: u32) -> InterfaceId {
    InterfaceId::from_scope_id(number + 2).unwrap()
}

pub(crate) fn at(secs: u64) -> Instant {
    Instant::from_secs(secs)
}

pub(crate) fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn link(number: u32, address: &str) -> Link {
    Link {
        iface: card(number),
        addresses: vec![address.parse().unwrap()],
        mtu: 1500,
        passive: false,
    }
}

pub(crate) fn own(network: &str, by: By) -> Own {
    let network = network.parse().unwrap();
    Own { network, by }
}

pub(crate) fn entry(network: &str, metric: u8) -> Entry {
    Entry {
        network: network.parse().unwrap(),
        next_hop: None,
        tag: 0,
        metric,
    }
}

/// A router with two cards: 10.0.1.1/24 and 10.0.2.1/24.
pub(crate) struct Router {
    pub(crate) machine: Machine,
    pub(crate) now: Instant,
}

impl Router {
    pub(crate) fn new() -> Self {
        Self::with(Secret::None)
    }

    pub(crate) fn with(secret: Secret) -> Self {
        let mut machine = Machine::new(Protocol::V2, Timers::default(), secret, Rng::seeded(1));
        let now = at(100);
        machine.set_links(now, vec![link(0, "10.0.1.1/24"), link(1, "10.0.2.1/24")]);
        let own = [
            own("10.0.1.0/24", By::Card(card(0))),
            own("10.0.2.0/24", By::Card(card(1))),
        ];
        machine.set_own(now, own.to_vec());
        let mut router = Self { machine, now };
        router.sent();
        router
    }

    /// Time passes, deadline by deadline; what was sent, and when.
    pub(crate) fn pass(&mut self, time: Duration) -> Vec<(Instant, Transmit)> {
        let end = self.now + time;
        let mut sent = Vec::new();
        while let Some(next) = self.machine.next_deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.machine.on_deadline(self.now);
            let now = self.now;
            sent.extend(self.sent().into_iter().map(|transmit| (now, transmit)));
        }
        self.now = end;
        sent
    }

    pub(crate) fn sent(&mut self) -> Vec<Transmit> {
        std::iter::from_fn(|| self.machine.poll_transmit(self.now)).collect()
    }

    pub(crate) fn changes(&mut self) -> Vec<Change> {
        std::iter::from_fn(|| self.machine.poll_change()).collect()
    }

    pub(crate) fn hear_bytes(&mut self, from: &str, bytes: &[u8]) -> Result<(), Refused> {
        let heard = Heard {
            iface: card(0),
            from: addr(from),
            port: 520,
            hops: None,
            bytes,
        };
        self.machine.receive(self.now, heard)
    }

    pub(crate) fn hear(&mut self, from: &str, entries: &[Entry]) {
        let bytes = v2::emit(Command::Response, Proof::None, entries);
        self.hear_bytes(from, &bytes).unwrap();
    }

    /// What is known of a network: how far, by whom.
    pub(crate) fn knows(&self, network: &str) -> Option<(u8, Option<IpAddr>)> {
        let network: IpNet = network.parse().unwrap();
        let mut all = self.machine.networks();
        all.find(|(net, ..)| *net == network)
            .map(|(_, metric, via)| (metric, via))
    }

    pub(crate) fn refusals(&self) -> Vec<(&'static str, u64)> {
        self.machine.refused().collect()
    }
}

/// What a message tells, network by network, at a card.
pub(crate) fn told(sent: &[Transmit], number: u32) -> Vec<(String, u8)> {
    let mut all = Vec::new();
    for transmit in sent.iter().filter(|it| it.iface == card(number)) {
        let (message, _) = v2::parse(&transmit.bytes).unwrap();
        if message.command == Command::Response {
            let entries = message.entries().map(Result::unwrap);
            all.extend(entries.map(|entry| (entry.network.to_string(), entry.metric)));
        }
    }
    all
}

pub(crate) fn learnt(network: &str, metric: u8, via: &str) -> Change {
    Change::Learnt {
        network: network.parse().unwrap(),
        metric,
        tag: 0,
        iface: card(0),
        gateway: addr(via),
        from: addr(via),
    }
}
