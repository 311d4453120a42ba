//! RIP as a state machine, without sockets or a clock: one family of one router.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use base::{Duration, Instant, Rng};
use serde::Serialize;
use stack::InterfaceId;
use wire::IpNet;
use wire::rip::INFINITY;

use super::config::{Secret, Timers};
use super::judge::{Refused, is_a_network};
use super::link::{By, Link, Own};
use super::table::{Origin, Row, Table, Way};

/// Which of the two protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Protocol {
    /// RIPv2, for IPv4 (RFC 2453).
    #[serde(rename = "ripv2")]
    V2,
    /// RIPng, for IPv6 (RFC 2080).
    #[serde(rename = "ripng")]
    Ng,
}

/// Something to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// By which card.
    pub iface: InterfaceId,
    /// To whom and which port; `None` for all routers of the link.
    pub to: Option<(IpAddr, u16)>,
    /// The message.
    pub bytes: Vec<u8>,
}

/// Something that became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A way to a network, the first or another one.
    Learnt {
        /// Which network.
        network: IpNet,
        /// How far it is from here: 2 to 15.
        metric: u8,
        /// What other protocols said of it.
        tag: u16,
        /// Where packets leave.
        iface: InterfaceId,
        /// Whom they are given to.
        gateway: IpAddr,
        /// Who told it.
        from: IpAddr,
    },
    /// There is no such way any more.
    Lost {
        /// To which network.
        network: IpNet,
        /// Whom packets were given to.
        gateway: IpAddr,
        /// Why.
        why: Why,
    },
    /// A router was heard for the first time, or after a silence.
    Met {
        /// Where.
        iface: InterfaceId,
        /// Who.
        router: IpAddr,
    },
    /// A router was not heard for so long that nothing it told holds.
    Missed {
        /// Where.
        iface: InterfaceId,
        /// Who.
        router: IpAddr,
    },
}

/// Why a way was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Who told it said that it is lost.
    Withdrawn,
    /// Nobody confirmed it in time.
    TimedOut,
    /// The card has no carrier, or no address.
    LinkDown,
    /// We have a way of our own.
    Ours,
}

/// Between two triggered updates, so that changes which follow each other are told together
/// (RFC 2453 §3.10.1).
const HOLD: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// RIP for one family.
#[derive(Debug)]
pub struct Machine {
    pub(super) protocol: Protocol,
    pub(super) timers: Timers,
    pub(super) secret: Secret,
    rng: Rng,
    pub(super) links: BTreeMap<InterfaceId, Link>,
    own: Vec<Own>,
    pub(super) table: Table,
    pub(super) neighbours: BTreeMap<(InterfaceId, IpAddr), Neighbour>,
    /// When all is told next.
    next_update: Instant,
    /// Before then no triggered update is sent.
    hold: Instant,
    /// Something changed that others are to know.
    pub(super) triggered: bool,
    /// A way was lost: neighbours are asked for theirs.
    pub(super) asks: bool,
    pub(super) out: VecDeque<Transmit>,
    pub(super) changes: VecDeque<Change>,
    refused: BTreeMap<&'static str, u64>,
}

/// A router that was heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    pub(super) heard: Instant,
    /// That of its last message, where messages have them.
    pub(super) sequence: u32,
}

impl Machine {
    /// One that knows nothing yet: [`set_links`](Self::set_links) and [`set_own`](Self::set_own)
    /// follow. All chance comes from `rng`.
    #[must_use]
    pub fn new(protocol: Protocol, timers: Timers, secret: Secret, rng: Rng) -> Self {
        Self {
            protocol,
            timers,
            secret,
            rng,
            links: BTreeMap::new(),
            own: Vec::new(),
            table: Table::default(),
            neighbours: BTreeMap::new(),
            next_update: Instant::ZERO,
            hold: Instant::ZERO,
            triggered: false,
            asks: false,
            out: VecDeque::new(),
            changes: VecDeque::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Which protocol it speaks.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// These are the cards with a carrier and an address. What was learned at others is lost at once;
    /// at new ones routers are asked for all they know, and told all that is known here.
    pub fn set_links(&mut self, now: Instant, links: Vec<Link>) {
        let links: BTreeMap<_, _> = links.into_iter().map(|link| (link.iface, link)).collect();
        let before = std::mem::replace(&mut self.links, links);
        for iface in before.keys() {
            if !self.links.contains_key(iface) {
                self.link_lost(now, *iface);
            }
        }
        if before.is_empty() {
            self.next_update = now + self.until_update();
        }
        let new = |link: &&Link| before.get(&link.iface) != Some(*link);
        let new: Vec<_> = self.links.values().filter(new).cloned().collect();
        for link in new {
            self.ask(now, &link);
            self.tell_all(now, &link, None);
        }
    }

    fn link_lost(&mut self, now: Instant, iface: InterfaceId) {
        let behind = |(network, row): (IpNet, &Row)| {
            let way = row.way().filter(|way| way.iface == iface && row.is_alive());
            way.map(|_| network)
        };
        let lost: Vec<_> = self.table.iter().filter_map(behind).collect();
        for network in lost {
            self.lose(now, network, Why::LinkDown);
        }
        let gone = self.neighbours.keys().filter(|(at, _)| *at == iface);
        for (iface, router) in gone.copied().collect::<Vec<_>>() {
            self.neighbours.remove(&(iface, router));
            self.changes.push_back(Change::Missed { iface, router });
        }
    }

    /// These are the networks that we reach without anybody's word.
    pub fn set_own(&mut self, now: Instant, own: Vec<Own>) {
        let told: BTreeMap<_, _> = own
            .iter()
            .rev()
            .filter(|own| is_a_network(&own.network))
            .map(|own| (own.network.trunc(), *own))
            .collect();
        for Own { network, .. } in std::mem::take(&mut self.own) {
            let network = network.trunc();
            let row = self.table.get(network);
            let gone = !told.contains_key(&network);
            if gone && row.is_some_and(|row| row.way().is_none() && row.is_alive()) {
                self.lose(now, network, Why::Ours);
            }
        }
        for (network, Own { by, .. }) in told {
            let origin = match by {
                By::Card(iface) => Origin::Card(Some(iface)),
                By::CardToo => Origin::Card(None),
                By::Gateway(iface, gateway) => Origin::Given(iface, gateway),
            };
            let before = self.table.get(network).copied();
            if before.is_some_and(|row| row.origin == origin && row.is_alive()) {
                continue;
            }
            if let Some((row, way)) = before.and_then(|row| Some((row, row.way()?)))
                && row.is_alive()
            {
                self.lost(network, way, Why::Ours);
            }
            let row = Row {
                // RFC 2453 §3.6: a network on the link is one hop away.
                metric: 1,
                tag: 0,
                origin,
                due: None,
                changed: true,
            };
            self.table.put(network, row);
            self.triggered = true;
        }
        self.own = own;
    }

    /// When to call [`on_deadline`](Self::on_deadline) at the latest; `None` while no card speaks.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let update = (!self.links.is_empty()).then_some(self.next_update);
        let hold = self.triggered.then_some(self.hold);
        let silence = self.neighbours.values().map(|it| it.heard).min();
        let silence = silence.map(|heard| heard + self.timers.timeout);
        let all = [update, hold, silence, self.table.next_due()];
        all.into_iter().flatten().min()
    }

    /// Lets what is due by now take effect.
    pub fn on_deadline(&mut self, now: Instant) {
        while let Some(network) = self.table.due(now) {
            let alive = self.table.get(network).is_some_and(Row::is_alive);
            if alive {
                self.lose(now, network, Why::TimedOut);
            } else {
                self.table.take(network);
            }
        }
        let timeout = self.timers.timeout;
        let silent =
            |(_, it): &(&(InterfaceId, IpAddr), &Neighbour)| now.since(it.heard) >= timeout;
        let silent = self.neighbours.iter().filter(silent).map(|(who, _)| *who);
        for (iface, router) in silent.collect::<Vec<_>>() {
            self.neighbours.remove(&(iface, router));
            self.changes.push_back(Change::Missed { iface, router });
        }
        if !self.links.is_empty() && now >= self.next_update {
            self.next_update = now + self.until_update();
            self.triggered = false;
            for link in self.links.clone().into_values() {
                self.tell_all(now, &link, None);
            }
            self.ask_if_lost(now);
            self.table.settled();
        }
        self.trigger(now);
    }

    /// The next message to be sent: call it after everything else until it gives nothing.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.trigger(now);
        self.out.pop_front()
    }

    /// The next thing that became known.
    pub fn poll_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    /// How often messages and entries were refused, by [`Refused::key`].
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.refused.iter().map(|(why, count)| (*why, *count))
    }

    /// What is known of each network: how far it is (16: lost), and whom packets to it are given to,
    /// where it is not our own.
    pub fn networks(&self) -> impl Iterator<Item = (IpNet, u8, Option<IpAddr>)> + '_ {
        let rows = self.table.iter();
        rows.map(|(network, row)| (network, row.metric, row.way().map(|way| way.gateway)))
    }

    pub(super) fn refuse(&mut self, why: Refused) -> Refused {
        *self.refused.entry(why.key()).or_default() += 1;
        why
    }

    /// Tells what changed, when that is due, and asks around if a way was lost.
    fn trigger(&mut self, now: Instant) {
        // RFC 2453 §3.10.1: a regular update that is due by then tells it as well.
        if !self.triggered || now < self.hold {
            return;
        }
        self.triggered = false;
        let spread = HOLD.1 - HOLD.0;
        let hold = HOLD.0 + Duration::from_nanos(self.rng.below(spread.as_nanos()));
        self.hold = now + hold;
        for link in self.links.clone().into_values() {
            self.tell_changes(now, &link);
        }
        self.ask_if_lost(now);
        self.table.settled();
    }

    /// A way was lost, and perhaps a neighbour has another: whoever waits for the next update waits
    /// long.
    fn ask_if_lost(&mut self, now: Instant) {
        if std::mem::take(&mut self.asks) {
            for link in self.links.clone().into_values() {
                self.ask(now, &link);
            }
        }
    }

    /// The way to a network is lost: others are told for a while (RFC 2453 §3.8).
    pub(super) fn lose(&mut self, now: Instant, network: IpNet, why: Why) {
        let Some(row) = self.table.get(network).copied() else {
            return;
        };
        let dead = Row {
            metric: INFINITY,
            due: Some(now + self.timers.garbage),
            changed: true,
            ..row
        };
        self.table.put(network, dead);
        self.triggered = true;
        self.asks = true;
        if let Some(way) = row.way() {
            self.lost(network, way, why);
        }
    }

    fn lost(&mut self, network: IpNet, way: Way, why: Why) {
        let gateway = way.gateway;
        self.changes.push_back(Change::Lost {
            network,
            gateway,
            why,
        });
    }

    /// RFC 2453 §3.8: give or take some, so that routers do not fall into step.
    fn until_update(&mut self) -> Duration {
        let update = self.timers.update;
        let spread = self.rng.below((update / 3).as_nanos().max(1));
        update - update / 6 + Duration::from_nanos(spread)
    }
}
