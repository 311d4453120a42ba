//! Who sent what to whom, and what never arrived: the arrows of a ladder diagram.
//!
//! Our captures see a frame where it is sent and where it arrives: the two are one arrow. A frame of
//! a stranger's capture is an arrow by itself, between its addresses.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use wire::MacAddr;
use wire::dissect::FieldId;

use super::{Filter, Packet, Record, Sight, Told, Way};

/// Hosts that get a column; the frames of further ones are left out, and counted.
const MOST_HOSTS: usize = 64;

/// MAC addresses of which the owner is remembered.
const MOST_OWNERS: usize = 1 << 16;

/// A frame as the ladder takes it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// As it is in the file.
    pub record: &'a Record,
    /// Its layers.
    pub packet: &'a Packet,
    /// What is known of its segment.
    pub told: Option<&'a Told>,
    /// The name of the interface it was seen at.
    pub interface: Option<&'a str>,
}

/// What became of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It reached whoever the arrow points at.
    Arrived,
    /// It died, of this reason.
    Lost(String),
    /// Nobody saw it arrive.
    Unseen,
}

/// A frame on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Nanoseconds since 1970, where it was sent.
    pub at: Option<u64>,
    /// Nanoseconds until it first arrived.
    pub took: Option<u64>,
    /// The sender's column.
    pub from: usize,
    /// The receivers' columns; of a frame that did not arrive, whom it was for, if that is known.
    pub to: Vec<usize>,
    /// What became of it.
    pub end: End,
    /// What it says.
    pub text: String,
}

/// The arrows of one or more captures.
#[derive(Debug)]
pub struct Ladder {
    filter: Filter,
    most: usize,
    hosts: Vec<String>,
    arrows: Vec<Arrow>,
    /// Arrows by what their frames' bytes hash to, those first that were sent first.
    under_way: HashMap<u64, VecDeque<usize>>,
    owners: HashMap<MacAddr, String>,
    left_out: u64,
}

impl Ladder {
    /// For the packets that the filter lets pass, at most so many.
    #[must_use]
    pub fn new(filter: Filter, most: usize) -> Self {
        Self {
            filter,
            most,
            hosts: Vec::new(),
            arrows: Vec::new(),
            under_way: HashMap::new(),
            owners: HashMap::new(),
            left_out: 0,
        }
    }

    /// Notes a frame; `tell` says what is written at its arrow.
    pub fn note(&mut self, seen: Seen<'_>, tell: impl FnOnce() -> String) {
        let host = seen.interface.and_then(|name| name.rsplit_once(':'));
        match host.filter(|(host, card)| !host.is_empty() && !card.is_empty()) {
            Some((host, _)) => self.ours(seen, host, tell),
            None => self.strangers(seen, tell),
        }
    }

    /// The columns' names, from the left.
    #[must_use]
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// In the order in which the frames were sent.
    #[must_use]
    pub fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }

    /// How many more there would be.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn ours(&mut self, seen: Seen<'_>, host: &str, tell: impl FnOnce() -> String) {
        let bytes = hash(&seen.record.bytes);
        if let Some(reason) = seen.record.dropped() {
            return self.died(seen, host, bytes, reason, tell);
        }
        if seen.record.way == Some(Way::In) {
            return self.arrived(seen, host, bytes, tell);
        }
        if let Some(mac) = seen.packet.mac(FieldId::EthernetSource)
            && self.owners.len() < MOST_OWNERS
            && !self.owners.contains_key(&mac)
        {
            self.owners.insert(mac, host.to_owned());
        }
        let to = self.addressee(seen.packet);
        if let Some(arrow) = self.draw(seen, host, to.as_deref(), End::Unseen, tell) {
            self.under_way.entry(bytes).or_default().push_back(arrow);
        }
    }

    /// Joins an arrival with what was sent.
    fn arrived(&mut self, seen: Seen<'_>, host: &str, bytes: u64, tell: impl FnOnce() -> String) {
        let column = self.hosts.iter().position(|it| it == host);
        let waiting = self.under_way.get(&bytes).into_iter().flatten().copied();
        let mut waiting = waiting.filter(|&index| {
            let arrow = &self.arrows[index];
            let there = arrow.end == End::Arrived && arrow.to.iter().any(|it| Some(*it) == column);
            Some(arrow.from) != column && !there && !matches!(arrow.end, End::Lost(_))
        });
        if let Some(index) = waiting.next() {
            let Some(column) = self.column(host) else {
                return;
            };
            let arrow = &mut self.arrows[index];
            if arrow.end != End::Arrived {
                arrow.end = End::Arrived;
                arrow.to.clear();
                let sent = arrow.at.zip(seen.record.at);
                arrow.took = sent.map(|(sent, now)| now.saturating_sub(sent));
            }
            arrow.to.push(column);
            return;
        }
        let owner = seen.packet.mac(FieldId::EthernetSource);
        let from = owner
            .map(|mac| self.name_of(mac))
            .unwrap_or_else(|| "?".into());
        // What its sender's card was seen to send, and is not drawn, is not drawn here either.
        let known = self.hosts.contains(&from) && self.left_out > 0;
        if !known && from != host {
            self.draw(seen, &from, Some(host), End::Arrived, tell);
        }
    }

    /// A frame died at a host's card: before it left, under way, or on its arrival.
    fn died(
        &mut self,
        seen: Seen<'_>,
        host: &str,
        bytes: u64,
        reason: &str,
        tell: impl FnOnce() -> String,
    ) {
        let waiting = self.under_way.get(&bytes).into_iter().flatten().copied();
        let mut waiting = waiting.filter(|&index| self.arrows[index].end == End::Unseen);
        if let Some(index) = waiting.next() {
            self.arrows[index].end = End::Lost(reason.to_owned());
            return;
        }
        let to = self.addressee(seen.packet);
        self.draw(
            seen,
            host,
            to.as_deref(),
            End::Lost(reason.to_owned()),
            tell,
        );
    }

    fn strangers(&mut self, seen: Seen<'_>, tell: impl FnOnce() -> String) {
        let packet = seen.packet;
        let mac = |id| packet.mac(id).map(|mac| mac.to_string());
        let ends = packet
            .addresses()
            .map(|(from, to)| (from.to_string(), to.to_string()));
        let (from, to) = ends.unwrap_or_else(|| {
            let from = packet
                .ip(FieldId::ArpSenderIp)
                .filter(|ip| !ip.is_unspecified());
            let to = packet.ip(FieldId::ArpTargetIp);
            let unknown = || "?".to_owned();
            let from = from.map(|ip| ip.to_string());
            let to = to.map(|ip| ip.to_string());
            (
                from.or_else(|| mac(FieldId::EthernetSource))
                    .unwrap_or_else(unknown),
                to.or_else(|| mac(FieldId::EthernetDestination))
                    .unwrap_or_else(unknown),
            )
        });
        let end = match seen.record.dropped() {
            Some(reason) => End::Lost(reason.to_owned()),
            None => End::Arrived,
        };
        self.draw(seen, &from, Some(&to), end, tell);
    }

    /// Whom a frame is for, if that is one host that was heard of.
    fn addressee(&self, packet: &Packet) -> Option<String> {
        let mac = packet.mac(FieldId::EthernetDestination)?;
        self.owners.get(&mac).cloned()
    }

    fn name_of(&self, mac: MacAddr) -> String {
        self.owners
            .get(&mac)
            .cloned()
            .unwrap_or_else(|| mac.to_string())
    }

    fn draw(
        &mut self,
        seen: Seen<'_>,
        from: &str,
        to: Option<&str>,
        end: End,
        tell: impl FnOnce() -> String,
    ) -> Option<usize> {
        let names: Vec<&str> = [seen.interface, Some(from), to]
            .into_iter()
            .flatten()
            .collect();
        let sight = Sight {
            record: seen.record,
            packet: seen.packet,
            told: seen.told,
            names: &names,
        };
        if !self.filter.passes(sight) {
            return None;
        }
        let room = self.arrows.len() < self.most;
        let columns = room.then(|| {
            let from = self.column(from)?;
            let to = match to {
                Some(to) => vec![self.column(to)?],
                None => Vec::new(),
            };
            Some((from, to))
        });
        let Some((from, to)) = columns.flatten() else {
            self.left_out += 1;
            return None;
        };
        self.arrows.push(Arrow {
            at: seen.record.at,
            took: None,
            from,
            to,
            end,
            text: tell(),
        });
        Some(self.arrows.len() - 1)
    }

    fn column(&mut self, name: &str) -> Option<usize> {
        let found = self.hosts.iter().position(|it| it == name);
        found.or_else(|| {
            (self.hosts.len() < MOST_HOSTS).then(|| {
                self.hosts.push(name.to_owned());
                self.hosts.len() - 1
            })
        })
    }
}

/// The same in every process.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
