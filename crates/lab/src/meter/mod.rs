//! Looks at every frame at the hosts' cards: who speaks to whom and how well, and what died of what.
//!
//! It works for whoever asks for it, since it looks into each frame.

mod flow;
mod headers;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use fabric::{Observer, PortId, Sighting, What};
use wire::Protocol;

use crate::report::{Death, Flow, HostTraffic, Measures};
use flow::Measured;
use headers::Said;

/// Flows that are told apart at most.
const FLOWS: usize = 100_000;

/// What is measured, shared with the network that it looks at.
#[derive(Clone, Debug)]
pub(crate) struct Meter(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Ports of hosts' cards, and whose they are.
    cards: HashMap<PortId, usize>,
    hosts: Vec<HostTraffic>,
    /// In the order in which they began.
    flows: Vec<(Key, PortId, Measured)>,
    index: HashMap<Key, usize>,
    more_flows: u64,
    deaths: Vec<(PortId, Death)>,
    /// How many deaths are told one by one.
    most_deaths: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    protocol: Protocol,
    from: SocketAddr,
    to: SocketAddr,
}

impl Meter {
    /// Measures at these cards, each of the host of that number in `hosts`. Of the frames that die, the
    /// first `most_deaths` are told one by one.
    pub(crate) fn new(
        hosts: Vec<String>,
        cards: HashMap<PortId, usize>,
        most_deaths: usize,
    ) -> Self {
        let hosts = hosts.into_iter().map(|host| HostTraffic {
            host,
            ..HostTraffic::default()
        });
        Self(Arc::new(Mutex::new(State {
            cards,
            hosts: hosts.collect(),
            flows: Vec::new(),
            index: HashMap::new(),
            more_flows: 0,
            deaths: Vec::new(),
            most_deaths,
        })))
    }

    /// What was measured so far; `name` tells what ports are called.
    pub(crate) fn report(&self, name: impl Fn(PortId) -> String) -> Measures {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let flows = state.flows.iter();
        let flows = flows.map(|(key, port, measured)| measured.report(name(*port), key.words()));
        let deaths = state.deaths.iter().map(|(port, death)| Death {
            place: name(*port),
            ..death.clone()
        });
        Measures {
            hosts: state.hosts.clone(),
            flows: flows.collect::<Vec<Flow>>(),
            more_flows: state.more_flows,
            deaths: deaths.collect(),
        }
    }
}

impl Observer for Meter {
    fn see(&mut self, sighting: &Sighting<'_>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.see(sighting);
    }
}

impl State {
    fn see(&mut self, sighting: &Sighting<'_>) {
        let bytes = sighting.frame.len() as u64;
        let card = self.cards.get(&sighting.port);
        let host = card.and_then(|host| self.hosts.get_mut(*host));
        match sighting.what {
            What::Sent => {
                if let Some(host) = host {
                    (host.frames_sent, host.bytes_sent) =
                        (host.frames_sent + 1, host.bytes_sent + bytes);
                    self.sent(sighting);
                }
            }
            What::Received { .. } => {
                if let Some(host) = host {
                    (host.frames_received, host.bytes_received) =
                        (host.frames_received + 1, host.bytes_received + bytes);
                    self.received(sighting);
                }
            }
            What::Dropped(reason) => self.died(sighting, reason.to_string()),
            What::Refused(reason) => self.died(sighting, format!("{reason:?}")),
        }
    }

    fn sent(&mut self, sighting: &Sighting<'_>) {
        let Some(said) = headers::read(sighting.frame) else {
            return;
        };
        let key = Key::of(&said);
        let index = match self.index.get(&key) {
            Some(index) => *index,
            None if self.flows.len() < FLOWS => {
                let begun = Measured::begin(sighting.at, &said);
                self.flows.push((key, sighting.port, begun));
                self.index.insert(key, self.flows.len() - 1);
                self.flows.len() - 1
            }
            None => {
                self.more_flows += 1;
                return;
            }
        };
        let (_, port, measured) = &mut self.flows[index];
        // A router that passes it on is not where it begins.
        if *port == sighting.port {
            measured.sent(sighting.at, &said);
        }
    }

    fn received(&mut self, sighting: &Sighting<'_>) {
        let Some(said) = headers::read(sighting.frame) else {
            return;
        };
        let Some(control) = &said.control else {
            return;
        };
        let Some(index) = self.index.get(&Key::of(&said).reversed()) else {
            return;
        };
        let (_, port, measured) = &mut self.flows[*index];
        if *port == sighting.port {
            measured.answered(sighting.at, control);
        }
    }

    fn died(&mut self, sighting: &Sighting<'_>, reason: String) {
        if self.deaths.len() == self.most_deaths {
            return;
        }
        let said = headers::read(sighting.frame);
        let words = said.map(|said| Key::of(&said).words());
        let (protocol, from, to) = words.map_or((None, None, None), |(protocol, from, to)| {
            (Some(protocol.to_owned()), Some(from), Some(to))
        });
        let death = Death {
            at: sighting.at,
            place: String::new(),
            reason,
            length: sighting.frame.len(),
            protocol,
            from,
            to,
        };
        self.deaths.push((sighting.port, death));
    }
}

impl Key {
    const fn of(said: &Said) -> Self {
        Self {
            protocol: said.protocol,
            from: said.from,
            to: said.to,
        }
    }

    const fn reversed(self) -> Self {
        Self {
            protocol: self.protocol,
            from: self.to,
            to: self.from,
        }
    }

    /// The protocol's name, and both ends; without ports where there are none.
    fn words(&self) -> (&'static str, String, String) {
        let (protocol, ports) = match self.protocol {
            Protocol::TCP => ("tcp", true),
            Protocol::UDP => ("udp", true),
            Protocol::ICMP => ("icmp", false),
            Protocol::ICMPV6 => ("icmpv6", false),
            Protocol::IGMP => ("igmp", false),
            _ => ("ip", false),
        };
        let end = |end: SocketAddr| match ports {
            true => end.to_string(),
            false => end.ip().to_string(),
        };
        (protocol, end(self.from), end(self.to))
    }
}
