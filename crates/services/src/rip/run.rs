//! The program: RIP on a computer's sockets, and its words in the computer's routing table.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{Duration, Instant, Rng};
use landline::Network;
use stack::InterfaceId;

use super::config::Config;
use super::event::Event;
use super::hear::Heard;
use super::machine::{Change, Machine, Protocol};
use super::socket::Datagrams;
use super::surroundings::{Installed, Surroundings, address_links};
use crate::Endpoint;
use crate::words::Failure;

/// Who hears what a router comes to know, and when that was. An error ends the program.
pub type Listener = Arc<dyn Fn(Instant, Protocol, Event) -> Result<(), Failure> + Send + Sync>;

/// The longest datagram there can be.
const LONGEST: usize = 1 << 16;
/// Datagrams that are taken in before others are answered.
const AT_ONCE: usize = 64;

/// A computer that speaks RIP.
pub struct Router {
    network: Network,
    config: Config,
    rng: Rng,
    listener: Listener,
}

impl Router {
    /// A router on a network of ours; all chance comes from `rng`.
    #[must_use]
    pub fn new(network: &Network, config: Config, rng: Rng, listener: Listener) -> Self {
        Self {
            network: network.clone(),
            config,
            rng,
            listener,
        }
    }

    /// Speaks for as long as it is polled. When it is dropped it takes back what it told, and its
    /// routes are gone.
    ///
    /// # Errors
    /// [`Failure::NotOurStack`] on the kernel's network, whose routes are not ours;
    /// [`Failure::Listen`] when another program has the port; the listener's own.
    pub async fn run(mut self) -> Result<(), Failure> {
        let known = self.network.with_stack(|stack, now| {
            if self.config.ng {
                address_links(stack, now);
            }
        });
        known.ok_or(Failure::NotOurStack)?;
        let (v2, ng) = (self.config.v2, self.config.ng);
        let v2 = v2.then(|| self.speaker(Protocol::V2)).transpose()?;
        let ng = ng.then(|| self.speaker(Protocol::Ng)).transpose()?;
        tokio::select! {
            // One order, so that a run can be repeated.
            biased;
            ended = speak(v2) => ended,
            ended = speak(ng) => ended,
        }
    }

    fn speaker(&mut self, protocol: Protocol) -> Result<Speaker, Failure> {
        let bound = Datagrams::bind(&self.network, protocol);
        let datagrams = bound.map_err(|error| Failure::Listen {
            on: Endpoint::Udp(Datagrams::at(protocol).into()),
            why: error.into(),
        })?;
        let (timers, secret) = (self.config.timers, self.config.secret.clone());
        let rng = self.rng.fork(protocol as u64);
        Ok(Speaker {
            protocol,
            network: self.network.clone(),
            config: self.config.clone(),
            listener: Arc::clone(&self.listener),
            machine: Machine::new(protocol, timers, secret, rng),
            datagrams,
            joined: BTreeSet::new(),
            spoken: BTreeSet::new(),
            around: Surroundings::default(),
            installed: Installed::default(),
        })
    }
}

/// Speaks one protocol, or for ever none.
async fn speak(speaker: Option<Speaker>) -> Result<(), Failure> {
    match speaker {
        Some(speaker) => speaker.run().await,
        None => std::future::pending().await,
    }
}

/// One protocol on one computer.
struct Speaker {
    protocol: Protocol,
    network: Network,
    config: Config,
    listener: Listener,
    machine: Machine,
    datagrams: Datagrams,
    /// At which cards the routers' group is listened to.
    joined: BTreeSet<InterfaceId>,
    /// At which cards it was said that it is spoken.
    spoken: BTreeSet<InterfaceId>,
    around: Surroundings,
    installed: Installed,
}

impl Speaker {
    async fn run(mut self) -> Result<(), Failure> {
        let mut buf = vec![0; LONGEST];
        self.look()?;
        loop {
            self.hear(&mut buf)?;
            let now = self.network.now();
            if self.machine.next_deadline().is_some_and(|at| at <= now) {
                // Ways that a person gives or takes are noticed at the next update.
                self.look()?;
                self.machine.on_deadline(now);
            }
            self.say(now)?;
            let (seen, network) = (self.around.version, self.network.clone());
            let left = self.machine.next_deadline().map(|at| at.since(now));
            let datagrams = &self.datagrams;
            tokio::select! {
                biased;
                () = network.links_changed(seen) => self.look()?,
                ready = datagrams.readable() => ready.map_err(|error| self.failed(&error))?,
                () = sleep(&network, left) => {}
            }
        }
    }

    /// Looks at the cards and the given ways.
    fn look(&mut self) -> Result<(), Failure> {
        let (protocol, config, installed) = (self.protocol, &self.config, &self.installed);
        let seen = self
            .network
            .with_stack(|stack, now| (Surroundings::of(stack, protocol, config, installed), now));
        let (mut around, now) = seen.ok_or(Failure::NotOurStack)?;
        for link in &around.links {
            if self.joined.insert(link.iface) {
                let joined = self.datagrams.join(link.iface);
                joined.map_err(|error| self.failed(&error))?;
            }
            if self.spoken.insert(link.iface) {
                let card = around.names.get(&link.iface).cloned().unwrap_or_default();
                let passive = link.passive;
                self.tell(now, Event::Speaks { card, passive })?;
            }
        }
        let live = |iface: &InterfaceId| around.links.iter().any(|link| link.iface == *iface);
        self.spoken.retain(live);
        let links = std::mem::take(&mut around.links);
        let own = std::mem::take(&mut around.own);
        // What is lost with a card is told with its name.
        around.names.extend(std::mem::take(&mut self.around.names));
        self.around = around;
        self.machine.set_links(now, links);
        self.machine.set_own(now, own);
        self.say(now)
    }

    /// Takes in what has come.
    fn hear(&mut self, buf: &mut [u8]) -> Result<(), Failure> {
        for _ in 0..AT_ONCE {
            let received = self.datagrams.receive(buf);
            let Some(arrival) = received.map_err(|error| self.failed(&error))? else {
                return Ok(());
            };
            let now = self.network.now();
            let heard = Heard {
                iface: arrival.iface,
                from: arrival.from.ip(),
                port: arrival.from.port(),
                hops: arrival.hops,
                bytes: &buf[..arrival.len],
            };
            // Counted; strangers can say what they like.
            let _ = self.machine.receive(now, heard);
            self.say(now)?;
        }
        Ok(())
    }

    /// Puts into the routing table what became known, and sends what is to be told.
    fn say(&mut self, now: Instant) -> Result<(), Failure> {
        while let Some(change) = self.machine.poll_change() {
            let event = self.apply(change);
            self.tell(now, event)?;
        }
        while let Some(transmit) = self.machine.poll_transmit(now) {
            // A link that takes nothing now loses it, and the next update tells it again.
            let _ = self.datagrams.send(&transmit);
        }
        Ok(())
    }

    fn apply(&mut self, change: Change) -> Event {
        let name = |iface| self.around.names.get(&iface).cloned().unwrap_or_default();
        match change {
            Change::Met { iface, router } => Event::RouterMet {
                router,
                card: name(iface),
            },
            Change::Missed { iface, router } => Event::RouterMissed {
                router,
                card: name(iface),
            },
            Change::Lost {
                network,
                gateway: via,
                why,
            } => {
                let installed = &mut self.installed;
                self.network
                    .with_stack(|stack, _| installed.take(stack, network));
                let network = network.to_string();
                Event::RouteLost { network, via, why }
            }
            Change::Learnt {
                network,
                metric,
                iface,
                gateway: via,
                from,
                ..
            } => {
                let card = name(iface);
                let installed = &mut self.installed;
                let put = self
                    .network
                    .with_stack(|stack, _| installed.put(stack, network, iface, via));
                let network = network.to_string();
                match put {
                    Some(Err(error)) => Event::RouteRefused {
                        network,
                        via,
                        why: error.to_string(),
                    },
                    _ => Event::RouteLearnt {
                        network,
                        metric,
                        via,
                        card,
                        from,
                    },
                }
            }
        }
    }

    fn tell(&self, now: Instant, event: Event) -> Result<(), Failure> {
        (self.listener)(now, self.protocol, event)
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        Failure::Listen {
            on: Endpoint::Udp(Datagrams::at(self.protocol).into()),
            why: error.into(),
        }
    }
}

impl Drop for Speaker {
    /// Others need not wait until they miss us.
    fn drop(&mut self) {
        let now = self.network.now();
        self.machine.farewell(now);
        while let Some(transmit) = self.machine.poll_transmit(now) {
            let _ = self.datagrams.send(&transmit);
        }
        let installed = &mut self.installed;
        self.network
            .with_stack(|stack, _| installed.take_all(stack));
    }
}

async fn sleep(network: &Network, left: Option<Duration>) {
    match left {
        Some(left) => network.sleep(left.into()).await,
        None => std::future::pending().await,
    }
}
