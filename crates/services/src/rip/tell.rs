//! What is told to others, and how (RFC 2453 §3.9.1, §3.10).

use std::net::IpAddr;

use base::Instant;
use wire::IpNet;
use wire::rip::{self, Command, Entry, INFINITY, Message, ng, v2};

use super::link::Link;
use super::machine::{Machine, Protocol, Transmit};
use super::proof;
use super::table::{Origin, Row};

impl Machine {
    /// Tells all that is known to all routers of a link, or to one who asked.
    pub(super) fn tell_all(&mut self, now: Instant, link: &Link, to: Option<(IpAddr, u16)>) {
        let rows = self.table.iter();
        let entries: Vec<_> = rows
            .filter_map(|(net, row)| entry(net, row, link))
            .collect();
        self.tell(now, link, to, &entries);
    }

    /// Tells what has changed.
    pub(super) fn tell_changes(&mut self, now: Instant, link: &Link) {
        let rows = self.table.iter().filter(|(_, row)| row.changed);
        let entries: Vec<_> = rows
            .filter_map(|(net, row)| entry(net, row, link))
            .collect();
        self.tell(now, link, None, &entries);
    }

    /// Takes back all that was told: this router is about to fall silent.
    pub fn farewell(&mut self, now: Instant) {
        for link in self.links.clone().into_values() {
            let rows = self.table.iter().filter(|(_, row)| row.is_alive());
            let entries = rows.filter_map(|(net, row)| entry(net, row, &link));
            let lost = |entry| Entry {
                metric: INFINITY,
                next_hop: None,
                ..entry
            };
            let entries: Vec<_> = entries.map(lost).collect();
            self.tell(now, &link, None, &entries);
        }
        self.triggered = false;
    }

    fn tell(&mut self, now: Instant, link: &Link, to: Option<(IpAddr, u16)>, entries: &[Entry]) {
        if link.passive {
            return;
        }
        for part in parts(entries, self.most_entries(link)) {
            let bytes = self.written(now, Command::Response, part);
            self.send(link, to, bytes);
        }
    }

    /// Asks all routers of a link for all that they know.
    pub(super) fn ask(&mut self, now: Instant, link: &Link) {
        if link.passive {
            return;
        }
        let bytes = match self.protocol {
            Protocol::V2 => {
                let proof = proof::of(&self.secret, now);
                proof::seal(v2::ask_for_all(proof), &self.secret)
            }
            Protocol::Ng => ng::ask_for_all(),
        };
        self.send(link, None, bytes);
    }

    /// Answers a request (RFC 2453 §3.9.1): the whole table as it is told on that link, or what is
    /// known of the networks that are asked for, whoever told us.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        link: &Link,
        to: (IpAddr, u16),
        request: &Message<'_>,
    ) {
        if request.asks_for_all() {
            return self.tell_all(now, link, Some(to));
        }
        let asked = request.entries().filter_map(Result::ok);
        let known = asked.map(|asked| {
            let row = self.table.get(asked.network);
            let (metric, tag) = row.map_or((INFINITY, asked.tag), |row| (row.metric, row.tag));
            Entry {
                metric,
                tag,
                next_hop: None,
                ..asked
            }
        });
        let known: Vec<_> = known.collect();
        self.tell(now, link, Some(to), &known);
    }

    fn send(&mut self, link: &Link, to: Option<(IpAddr, u16)>, bytes: Vec<u8>) {
        self.out.push_back(Transmit {
            iface: link.iface,
            to,
            bytes,
        });
    }

    fn written(&self, now: Instant, command: Command, entries: &[Entry]) -> Vec<u8> {
        match self.protocol {
            Protocol::V2 => {
                let proof = proof::of(&self.secret, now);
                proof::seal(v2::emit(command, proof, entries), &self.secret)
            }
            Protocol::Ng => ng::emit(command, entries),
        }
    }

    /// Entries of one message: RFC 2453 §3.6; RFC 2080 §2.1: what fits into a packet.
    fn most_entries(&self, link: &Link) -> usize {
        /// Bytes of IPv6's and UDP's headers.
        const HEADERS: usize = 40 + 8;
        match self.protocol {
            Protocol::V2 if proof::is_needed(&self.secret) => v2::MOST_ENTRIES - 1,
            Protocol::V2 => v2::MOST_ENTRIES,
            Protocol::Ng => {
                let room = link.mtu.saturating_sub(HEADERS + rip::HEADER_LEN);
                (room / rip::ENTRY_LEN).max(2)
            }
        }
    }
}

/// What is told of a network at a link, if anything: split horizon with poisoned reverse
/// (RFC 2453 §3.4.3).
fn entry(network: IpNet, row: &Row, link: &Link) -> Option<Entry> {
    let told = Entry {
        network,
        next_hop: None,
        tag: row.tag,
        metric: row.metric,
    };
    match row.origin {
        Origin::Card(Some(iface)) if iface == link.iface && row.is_alive() => None,
        Origin::Learnt(way) if way.iface == link.iface => Some(Entry {
            metric: INFINITY,
            ..told
        }),
        // RFC 2453 §4.4: who is on the gateway's network gives packets to it himself.
        Origin::Given(iface, gateway) if iface == link.iface && row.is_alive() => Some(Entry {
            next_hop: Some(gateway),
            ..told
        }),
        Origin::Card(_) | Origin::Given(..) | Origin::Learnt(_) => Some(told),
    }
}

/// Entries in parts that fit into a message each.
fn parts(entries: &[Entry], most: usize) -> impl Iterator<Item = &[Entry]> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let (part, behind) = rest.split_at(fitting(rest, most));
        rest = behind;
        (!part.is_empty()).then_some(part)
    })
}

/// How many of the entries fit where `most` do. RIPng needs room for the naming of next hops.
fn fitting(entries: &[Entry], most: usize) -> usize {
    let (mut taken, mut named) = (0, None);
    for (count, entry) in entries.iter().enumerate() {
        let names = entry.network.addr().is_ipv6() && entry.next_hop != named;
        named = entry.next_hop;
        taken += 1 + usize::from(names);
        if taken > most {
            return count;
        }
    }
    entries.len()
}
