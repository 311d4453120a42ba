//! What others say (RFC 2453 §3.9).

use std::net::IpAddr;

use base::Instant;
use stack::InterfaceId;
use wire::rip::{Authentication, Command, Entry, INFINITY, Message, ng, v2};

use super::config::Secret;
use super::judge::{Refused, is_a_network, is_of_the_link};
use super::link::Link;
use super::machine::{Change, Machine, Neighbour, Protocol, Why};
use super::proof;
use super::table::{Origin, Row, Way};

/// Routers that are known at once; of others the words count, and nothing is remembered.
const MOST_NEIGHBOURS: usize = 1024;

/// A datagram that came to the protocol's port.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// At which card.
    pub iface: InterfaceId,
    /// From whom.
    pub from: IpAddr,
    /// From which port.
    pub port: u16,
    /// The hops that it could still have made; RIPng asks.
    pub hops: Option<u8>,
    /// What it says.
    pub bytes: &'a [u8],
}

impl Machine {
    /// Takes in a datagram.
    ///
    /// # Errors
    ///
    /// [`Refused`], of the whole message; entries that were refused are only counted.
    pub fn receive(&mut self, now: Instant, heard: Heard<'_>) -> Result<(), Refused> {
        self.hear(now, heard).map_err(|why| self.refuse(why))
    }

    fn hear(&mut self, now: Instant, heard: Heard<'_>) -> Result<(), Refused> {
        let link = self.links.get(&heard.iface).ok_or(Refused::NotSpoken)?;
        let link = link.clone();
        if link.is_ours(heard.from) {
            return Err(Refused::Own);
        }
        if !link.reaches(heard.from) {
            return Err(Refused::Stranger);
        }
        let (message, _) = match self.protocol {
            Protocol::V2 => v2::parse(heard.bytes),
            Protocol::Ng => ng::parse(heard.bytes),
        }
        .map_err(Refused::Message)?;
        let known = self.neighbours.get(&(heard.iface, heard.from));
        let last = known.map(|it| it.sequence);
        let sequence = self.check(&message, last)?;
        match message.command {
            Command::Request => {
                if !link.passive {
                    self.answer(now, &link, (heard.from, heard.port), &message);
                }
            }
            Command::Response => {
                self.check_response(&heard)?;
                self.meet(now, &heard, sequence);
                for entry in message.entries() {
                    if let Err(why) = self.take(now, &link, heard.from, entry) {
                        self.refuse(why);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a message shows that it is a friend's; its sequence number.
    fn check(&self, message: &Message<'_>, last: Option<u32>) -> Result<u32, Refused> {
        // RFC 2080 §2: RIPng leaves that to IPsec.
        if self.protocol == Protocol::Ng {
            return Ok(0);
        }
        match (&self.secret, message.authentication) {
            (Secret::None, None) => Ok(0),
            (Secret::Password(ours), Some(Authentication::Password(theirs))) if *ours == theirs => {
                Ok(0)
            }
            (
                Secret::Md5 { id, key },
                Some(Authentication::Digest {
                    key: theirs,
                    sequence,
                    covered,
                    digest,
                }),
            ) if *id == theirs && proof::md5(covered, key) == digest => {
                // RFC 4822 §3.2.2: none that is older than the last.
                match last {
                    Some(last) if sequence < last => Err(Refused::Replayed),
                    _ => Ok(sequence),
                }
            }
            _ => Err(Refused::Unproved),
        }
    }

    /// RFC 2453 §3.9.2, RFC 2080 §2.4.2: responses are routers', and of this link.
    fn check_response(&self, heard: &Heard<'_>) -> Result<(), Refused> {
        match self.protocol {
            Protocol::V2 if heard.port == v2::PORT => Ok(()),
            Protocol::Ng if heard.port == ng::PORT => {
                if is_of_the_link(heard.from) && heard.hops == Some(255) {
                    Ok(())
                } else {
                    Err(Refused::Far)
                }
            }
            Protocol::V2 | Protocol::Ng => Err(Refused::Port),
        }
    }

    fn meet(&mut self, now: Instant, heard: &Heard<'_>, sequence: u32) {
        let who = (heard.iface, heard.from);
        let known = self.neighbours.contains_key(&who);
        if !known && self.neighbours.len() >= MOST_NEIGHBOURS {
            return;
        }
        let neighbour = Neighbour {
            heard: now,
            sequence,
        };
        self.neighbours.insert(who, neighbour);
        if !known {
            let (iface, router) = who;
            self.changes.push_back(Change::Met { iface, router });
        }
    }

    /// One entry of a response (RFC 2453 §3.9.2).
    fn take(
        &mut self,
        now: Instant,
        link: &Link,
        from: IpAddr,
        entry: Result<Entry, wire::Malformed>,
    ) -> Result<(), Refused> {
        let entry = entry.map_err(Refused::Entry)?;
        if !is_a_network(&entry.network) {
            return Err(Refused::NotANetwork);
        }
        // One that is not on this link cannot be given packets: the sender can.
        let gateway = entry.next_hop.filter(|next_hop| link.reaches(*next_hop));
        let gateway = gateway.unwrap_or(from);
        if link.is_ours(gateway) {
            return Err(Refused::ThroughUs);
        }
        let way = Way {
            iface: link.iface,
            from,
            gateway,
        };
        let metric = entry.metric.saturating_add(1).min(INFINITY);
        match self.table.get(entry.network).copied() {
            None if metric == INFINITY => Ok(()),
            None if self.table.is_full() => Err(Refused::TableFull),
            None => {
                self.adopt(now, &entry, metric, way);
                Ok(())
            }
            Some(row) => {
                self.weigh(now, &entry, metric, way, row);
                Ok(())
            }
        }
    }

    /// Whether what is told is better than what is known, or what is known is who tells it.
    fn weigh(&mut self, now: Instant, entry: &Entry, metric: u8, way: Way, row: Row) {
        let known = match row.origin {
            Origin::Learnt(known) => Some(known),
            // What is our own nobody tells better, unless we lost it.
            Origin::Card(_) | Origin::Given(..) if row.is_alive() => return,
            Origin::Card(_) | Origin::Given(..) => None,
        };
        let same = known.is_some_and(|it| (it.iface, it.from) == (way.iface, way.from));
        if same && metric == INFINITY {
            if row.is_alive() {
                self.lose(now, entry.network, Why::Withdrawn);
            }
        } else if same && (metric, entry.tag, Some(way)) == (row.metric, row.tag, known) {
            let due = Some(now + self.timers.timeout);
            self.table.put(entry.network, Row { due, ..row });
        } else if same || metric < row.metric || (metric == row.metric && self.is_stale(now, &row))
        {
            self.adopt(now, entry, metric, way);
        }
    }

    /// RFC 2453 §3.9.2: a way of the same length is better than one that half its time has passed
    /// without being confirmed.
    fn is_stale(&self, now: Instant, row: &Row) -> bool {
        let left = row.due.map(|due| due.since(now));
        row.is_alive() && left.is_some_and(|left| left <= self.timers.timeout / 2)
    }

    fn adopt(&mut self, now: Instant, entry: &Entry, metric: u8, way: Way) {
        let row = Row {
            metric,
            tag: entry.tag,
            origin: Origin::Learnt(way),
            due: Some(now + self.timers.timeout),
            changed: true,
        };
        self.table.put(entry.network, row);
        self.triggered = true;
        self.changes.push_back(Change::Learnt {
            network: entry.network,
            metric,
            tag: entry.tag,
            iface: way.iface,
            gateway: way.gateway,
            from: way.from,
        });
    }
}
