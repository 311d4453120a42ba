//! Where a switch has seen whom.

use std::collections::VecDeque;

use base::{Duration, Instant, Rng};
use hashbrown::HashMap;
use siphasher::sip::SipHasher13;
use wire::MacAddr;
use wire::vlan::VlanId;

/// An address, and the VLAN in which it is, where the switch knows of them: the same address in two is
/// two.
pub(crate) type Who = (MacAddr, Option<VlanId>);

/// Where an address was seen, and when last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    port: u32,
    at: Instant,
}

/// A bounded table from address to port, that forgets (IEEE 802.1D §7.9).
///
/// Nothing happens while nothing is looked up: age is judged on the way.
#[derive(Debug)]
pub(crate) struct Learning {
    table: HashMap<Who, Seen, Key>,
    /// The addresses in the table, each once, about in the order they were last seen.
    order: VecDeque<Who>,
    limit: usize,
    ageing: Duration,
}

/// A keyed hash, since whoever sends chooses the addresses.
#[derive(Clone, Debug)]
struct Key([u64; 2]);

impl core::hash::BuildHasher for Key {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0[0], self.0[1])
    }
}

impl Learning {
    /// How many entries are looked at for one to give way. More would let a flood of addresses
    /// buy time.
    const LOOKED_AT: usize = 4;

    pub(crate) fn new(limit: usize, ageing: Duration, rng: &mut Rng) -> Self {
        Self {
            table: HashMap::with_hasher(Key([rng.u64(), rng.u64()])),
            order: VecDeque::new(),
            limit,
            ageing,
        }
    }

    /// Notes that `who` sent something from `port`.
    ///
    /// In a full table the new address gets the place of one that has aged. Is there none, it is
    /// not learnt, and what is sent to it goes everywhere.
    pub(crate) fn learn(&mut self, now: Instant, who: Who, port: u32) {
        let seen = Seen { port, at: now };
        if let Some(known) = self.table.get_mut(&who) {
            *known = seen;
            return;
        }
        if self.order.len() >= self.limit && !self.make_room(now) {
            return;
        }
        self.table.insert(who, seen);
        self.order.push_back(who);
    }

    fn make_room(&mut self, now: Instant) -> bool {
        for _ in 0..Self::LOOKED_AT {
            let Some(who) = self.order.pop_front() else {
                return false;
            };
            let aged = self
                .table
                .get(&who)
                .is_none_or(|seen| now.since(seen.at) > self.ageing);
            if aged {
                self.table.remove(&who);
                return true;
            }
            self.order.push_back(who);
        }
        false
    }

    /// The port that `who` was last seen at, unless that was too long ago.
    pub(crate) fn port_of(&self, now: Instant, who: Who) -> Option<u32> {
        let seen = self.table.get(&who)?;
        (now.since(seen.at) <= self.ageing).then_some(seen.port)
    }

    /// Forgets who was seen at a port.
    pub(crate) fn forget(&mut self, port: u32) {
        self.table.retain(|_, seen| seen.port != port);
        let table = &self.table;
        self.order.retain(|who| table.contains_key(who));
    }

    /// Forgets everything: a link of the switch went down.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.order.clear();
    }
}
