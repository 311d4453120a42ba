//! A tiny world: stacks on shared cables, in virtual time. Frames arrive the moment they are sent.

#![allow(dead_code, reason = "each test file uses its own part of it")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![allow(unreachable_pub, reason = "a module of several test crates")]

pub mod cable;
pub mod gateway;
pub mod home;
pub mod packets;
pub mod sockets;
pub mod v6;

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use base::{Duration, Frame, Instant, Rng};
use stack::{InterfaceConfig, InterfaceId, Stack, Sysctls};
use wire::MacAddr;

/// One of a world's stacks.
pub type Host = usize;

/// The MAC address of card `number`, such as `02:00:00:00:00:01`.
pub fn mac(number: u64) -> MacAddr {
    MacAddr::local(number)
}

/// An Ethernet card: name, number of its MAC address, address with prefix.
pub fn card(name: &str, number: u64, address: &str) -> InterfaceConfig {
    InterfaceConfig::ethernet(name, mac(number), address.parse().unwrap())
}

pub fn ip(address: &str) -> Ipv4Addr {
    address.parse().unwrap()
}

/// A frame that a host put on its cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub at: Instant,
    pub host: Host,
    pub iface: InterfaceId,
    pub bytes: Vec<u8>,
}

/// Stacks, and which of their interfaces hang on one cable.
pub struct World {
    pub now: Instant,
    pub hosts: Vec<Stack>,
    /// Each a cable: every frame reaches all others on it.
    lans: Vec<Vec<(Host, InterfaceId)>>,
    /// Everything that was sent, in order.
    pub sent: Vec<Sent>,
    /// Frames for which this answers true are lost on the cable.
    pub lose: fn(&Sent) -> bool,
}

impl World {
    pub fn new() -> Self {
        Self {
            // Not at the origin of time: nothing may depend on that.
            now: Instant::from_secs(1000),
            hosts: Vec::new(),
            lans: Vec::new(),
            sent: Vec::new(),
            lose: |_| false,
        }
    }

    pub fn host(&mut self, sysctls: Sysctls) -> Host {
        let seed = self.hosts.len() as u64;
        self.hosts.push(Stack::new(sysctls, Rng::seeded(seed)));
        self.hosts.len() - 1
    }

    /// A host with one card.
    pub fn simple(&mut self, number: u64, address: &str) -> (Host, InterfaceId) {
        let host = self.host(Sysctls::default());
        let iface = self.plug(host, card("eth0", number, address));
        (host, iface)
    }

    pub fn plug(&mut self, host: Host, config: InterfaceConfig) -> InterfaceId {
        self.hosts[host].add_interface(self.now, config).unwrap()
    }

    /// Joins interfaces by a cable.
    pub fn lan(&mut self, ports: &[(Host, InterfaceId)]) {
        self.lans.push(ports.to_vec());
    }

    /// Puts a frame before a host's card.
    pub fn inject(&mut self, to: (Host, InterfaceId), bytes: impl Into<Vec<u8>>) {
        let frame = Frame::from(bytes.into());
        self.hosts[to.0].receive(self.now, to.1, frame);
        self.settle();
    }

    /// Lets everybody send what is owed now, until all is quiet.
    pub fn settle(&mut self) {
        let mut under_way = VecDeque::new();
        loop {
            for (host, stack) in self.hosts.iter_mut().enumerate() {
                while let Some((iface, frame)) = stack.poll_transmit(self.now) {
                    let sent = Sent {
                        at: self.now,
                        host,
                        iface,
                        bytes: frame.to_vec(),
                    };
                    if !(self.lose)(&sent) {
                        under_way.push_back((host, iface, frame));
                    }
                    self.sent.push(sent);
                }
            }
            let Some((host, iface, frame)) = under_way.pop_front() else {
                return;
            };
            let from = (host, iface);
            for lan in self.lans.iter().filter(|lan| lan.contains(&from)) {
                for (to, at) in lan.iter().filter(|to| **to != from) {
                    self.hosts[*to].receive(self.now, *at, frame.clone());
                }
            }
        }
    }

    /// Lets time pass, each deadline in its turn.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        loop {
            let next = self.hosts.iter().filter_map(Stack::next_deadline).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            for stack in &mut self.hosts {
                stack.on_deadline(self.now);
            }
            self.settle();
        }
        self.now = end;
    }

    pub fn pass_millis(&mut self, millis: u64) {
        self.pass(Duration::from_millis(millis));
    }

    /// Takes what was sent so far out of the record.
    pub fn take(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// As [`take`](Self::take), the bytes of one host's frames alone.
    pub fn take_from(&mut self, host: Host) -> Vec<Vec<u8>> {
        let sent = self.take().into_iter().filter(|sent| sent.host == host);
        sent.map(|sent| sent.bytes).collect()
    }

    /// How many packets died at a host of `reason`.
    pub fn died(&self, host: Host, reason: stack::DropReason) -> u64 {
        self.hosts[host].drops().get(reason)
    }
}
