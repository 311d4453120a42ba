//! The routing table (RFC 2453 §3.5): what is known of each network, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use base::Instant;
use stack::InterfaceId;
use wire::IpNet;
use wire::rip::INFINITY;

/// Networks that are remembered at most: a neighbour's word must not fill the memory.
pub(super) const MOST: usize = 8192;

/// What is known of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// How far it is; 16 once the way there is lost.
    pub(super) metric: u8,
    pub(super) tag: u16,
    pub(super) origin: Origin,
    /// When the way is lost if nobody confirms it; of a lost one, when it is forgotten. `None` for our
    /// own.
    pub(super) due: Option<Instant>,
    /// It is to be told with the next triggered update.
    pub(super) changed: bool,
}

/// From where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Of our own: at the first network of a card, who is there knows it himself.
    Card(Option<InterfaceId>),
    /// We were given a way there, by that gateway at that card.
    Given(InterfaceId, IpAddr),
    /// A neighbour told.
    Learnt(Way),
}

/// A way that a neighbour told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) iface: InterfaceId,
    /// Who told it.
    pub(super) from: IpAddr,
    /// Whom packets are given to: the same, mostly.
    pub(super) gateway: IpAddr,
}

impl Row {
    pub(super) const fn is_alive(&self) -> bool {
        self.metric < INFINITY
    }

    /// The way, if a neighbour told it.
    pub(super) const fn way(&self) -> Option<Way> {
        match self.origin {
            Origin::Learnt(way) => Some(way),
            Origin::Card(_) | Origin::Given(..) => None,
        }
    }
}

/// All that is known.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<IpNet, Row>,
    due: BTreeSet<(Instant, IpNet)>,
}

impl Table {
    pub(super) fn get(&self, network: IpNet) -> Option<&Row> {
        self.rows.get(&network)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (IpNet, &Row)> {
        self.rows.iter().map(|(network, row)| (*network, row))
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= MOST
    }

    /// Enters what is known of a network, in the place of what was.
    pub(super) fn put(&mut self, network: IpNet, row: Row) {
        self.take(network);
        self.due.extend(row.due.map(|due| (due, network)));
        self.rows.insert(network, row);
    }

    /// Forgets a network.
    pub(super) fn take(&mut self, network: IpNet) -> Option<Row> {
        let row = self.rows.remove(&network)?;
        if let Some(due) = row.due {
            self.due.remove(&(due, network));
        }
        Some(row)
    }

    /// When the next row's time comes.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A network whose time has come.
    pub(super) fn due(&self, now: Instant) -> Option<IpNet> {
        let (at, network) = *self.due.first()?;
        (at <= now).then_some(network)
    }

    /// Those that are to be told with a triggered update.
    pub(super) fn settled(&mut self) {
        self.rows.values_mut().for_each(|row| row.changed = false);
    }
}
