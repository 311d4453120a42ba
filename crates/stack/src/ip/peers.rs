//! Whose datagrams are unfinished, and how much of the store each host's take: so that one host
//! cannot crowd out all others.

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;

use base::Rng;

use crate::keyed::{Keyed, KeyedMap};

/// A host that takes more than one part in so many of what all take gives way before others do.
const SHARE: usize = 4;

/// What one host has there.
#[derive(Debug, Default)]
struct Peer {
    /// Fragments that came from it since it has anything there, modulo 2^32.
    heard: u32,
    /// Bytes that its datagrams take.
    cost: usize,
    /// Their number.
    datagrams: usize,
}

/// The hosts from which something is unfinished. Bounded by the number of datagrams.
#[derive(Debug)]
pub(super) struct Peers {
    peers: KeyedMap<IpAddr, Peer>,
    /// By cost. Invariant: each of `peers` once, under its own.
    weights: BTreeSet<(usize, IpAddr)>,
    /// The slot of each datagram, by host and age.
    ages: BTreeMap<(IpAddr, u64), u32>,
}

impl Peers {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            peers: KeyedMap::with_hasher(Keyed::new(rng)),
            weights: BTreeSet::new(),
            ages: BTreeMap::new(),
        }
    }

    /// A datagram of the host begins.
    pub(super) fn begin(&mut self, addr: IpAddr, number: u64, slot: u32) {
        self.ages.insert((addr, number), slot);
        let peer = self.peers.entry(addr).or_default();
        peer.datagrams += 1;
        self.weights.insert((peer.cost, addr));
    }

    /// One of its datagrams is no longer there; it took nothing any more.
    pub(super) fn end(&mut self, addr: IpAddr, number: u64) {
        self.ages.remove(&(addr, number));
        let Some(peer) = self.peers.get_mut(&addr) else {
            return;
        };
        peer.datagrams -= 1;
        if peer.datagrams == 0 {
            self.weights.remove(&(peer.cost, addr));
            self.peers.remove(&addr);
        }
    }

    /// What its datagrams take has changed by what one of them took before and takes now.
    pub(super) fn weigh(&mut self, addr: IpAddr, before: usize, now: usize) {
        let Some(peer) = self.peers.get_mut(&addr) else {
            return;
        };
        self.weights.remove(&(peer.cost, addr));
        peer.cost = peer.cost - before + now;
        self.weights.insert((peer.cost, addr));
    }

    /// One more fragment came from the host; how many there were, modulo 2^32.
    pub(super) fn heard(&mut self, addr: IpAddr) -> u32 {
        self.peers.get_mut(&addr).map_or(0, |peer| {
            peer.heard = peer.heard.wrapping_add(1);
            peer.heard
        })
    }

    /// The oldest datagram of the host that takes most, if that is more than its share of the `total`.
    pub(super) fn crowding(&self, total: usize) -> Option<u32> {
        let (cost, addr) = self.weights.last()?;
        if cost.saturating_mul(SHARE) <= total {
            return None;
        }
        let mut own = self.ages.range((*addr, 0)..=(*addr, u64::MAX));
        own.next().map(|(_, slot)| *slot)
    }
}
