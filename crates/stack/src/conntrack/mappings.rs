//! Which port of the outside address stands for which host inside.

use core::net::{Ipv4Addr, SocketAddrV4};

use base::Rng;
use slab::Slab;
use wire::Protocol;

use super::config::{NatBehavior, NatConfig};
use super::ports::{Parity, Ports};
use crate::keyed::{Keyed, KeyedMap};
use crate::verdict::DropReason;

/// Well-known ports stay such (RFC 4787 REQ-3 (a)).
const WELL_KNOWN: (u16, u16) = (1, 1023);

/// What a mapping is found by from inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Inside {
    protocol: Protocol,
    host: SocketAddrV4,
    /// As far as it depends on the peer.
    peer: Option<(Ipv4Addr, Option<u16>)>,
}

/// A port of the outside address, and whom it stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    inside: Inside,
    pub(super) port: u16,
    /// A port forward: it stays, and lets everybody in.
    pub(super) fixed: bool,
    /// Conversations that use it. With the last it goes, unless it is fixed.
    flows: u32,
}

impl Mapping {
    pub(super) const fn host(&self) -> SocketAddrV4 {
        self.inside.host
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Mappings {
    slab: Slab<Mapping>,
    by_inside: KeyedMap<Inside, u32>,
    by_port: KeyedMap<(Protocol, u16), u32>,
    /// Conversations of each mapping with each peer, by the peer's address.
    partners: KeyedMap<(u32, Ipv4Addr), u32>,
    /// Mappings of each host that are not fixed.
    hosts: KeyedMap<Ipv4Addr, u32>,
    /// TCP's, UDP's and ICMP's.
    ports: [Ports; 3],
    rng: Rng,
    /// Those that are not fixed, and the most that there were at once.
    pub(super) live: usize,
    pub(super) peak: usize,
}

const fn family(protocol: Protocol) -> Option<usize> {
    match protocol {
        Protocol::TCP => Some(0),
        Protocol::UDP => Some(1),
        Protocol::ICMP => Some(2),
        _ => None,
    }
}

impl Mappings {
    pub(super) fn new(rng: &mut Rng, config: &NatConfig) -> Self {
        let mut mappings = Self {
            slab: Slab::new(),
            by_inside: KeyedMap::with_hasher(Keyed::new(rng)),
            by_port: KeyedMap::with_hasher(Keyed::new(rng)),
            partners: KeyedMap::with_hasher(Keyed::new(rng)),
            hosts: KeyedMap::with_hasher(Keyed::new(rng)),
            ports: Default::default(),
            rng: rng.fork(0),
            live: 0,
            peak: 0,
        };
        for forward in &config.forwards {
            let inside = Inside {
                protocol: forward.protocol.number(),
                host: forward.to,
                peer: None,
            };
            mappings.enter(inside, forward.port, true);
        }
        mappings
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Mapping> {
        self.slab.get(slot as usize)
    }

    /// Whom a port of the outside address stands for.
    pub(super) fn at(&self, protocol: Protocol, port: u16) -> Option<(u32, Mapping)> {
        let slot = *self.by_port.get(&(protocol, port))?;
        Some((slot, *self.get(slot)?))
    }

    /// Whether a packet of `peer` to a mapping is let in.
    pub(super) fn lets_in(&self, filtering: NatBehavior, slot: u32, peer: Ipv4Addr) -> bool {
        match filtering {
            NatBehavior::EndpointIndependent => true,
            NatBehavior::AddressDependent => self.partners.contains_key(&(slot, peer)),
            // Who was spoken to has a conversation, by which it would have been found.
            NatBehavior::EndpointDependent => false,
        }
    }

    /// The mapping of an inside host's port towards a peer, made where there is none. `bound` says
    /// which ports this host's own sockets have; `own` that the packet is of one of those.
    ///
    /// # Errors
    ///
    /// [`DropReason::NatProtocol`], [`DropReason::NatHostLimit`],
    /// [`DropReason::NatPortsExhausted`].
    pub(super) fn towards(
        &mut self,
        config: &NatConfig,
        protocol: Protocol,
        host: SocketAddrV4,
        (peer, peer_port): (Ipv4Addr, u16),
        own: bool,
        bound: impl Fn(Protocol, u16) -> bool,
    ) -> Result<u32, DropReason> {
        let family = family(protocol).ok_or(DropReason::NatProtocol)?;
        let to_all = Inside {
            protocol,
            host,
            peer: None,
        };
        let peer = match config.mapping {
            NatBehavior::EndpointIndependent => None,
            NatBehavior::AddressDependent => Some((peer, None)),
            NatBehavior::EndpointDependent => Some((peer, Some(peer_port))),
        };
        let inside = Inside { peer, ..to_all };
        // A port forward holds for what its host sends as well.
        let known = [to_all, inside];
        let known = known.iter().find_map(|inside| self.by_inside.get(inside));
        if let Some(slot) = known {
            return Ok(*slot);
        }
        let has = self.hosts.get(host.ip()).copied().unwrap_or(0);
        if has >= config.ports_per_host && !own {
            return Err(DropReason::NatHostLimit);
        }
        let port = self.choose(config, (family, protocol), host.port(), bound);
        let port = port.ok_or(DropReason::NatPortsExhausted)?;
        Ok(self.enter(inside, port, false))
    }

    /// The port that stands for an inside port: the same where it is free, else one of the same range
    /// and, where there is one, the same parity (RFC 4787 REQ-3, REQ-4).
    fn choose(
        &mut self,
        config: &NatConfig,
        (family, protocol): (usize, Protocol),
        wanted: u16,
        bound: impl Fn(Protocol, u16) -> bool,
    ) -> Option<u16> {
        let (ports, echo) = (&self.ports[family], protocol == Protocol::ICMP);
        let range = match wanted {
            _ if echo => (0, u16::MAX),
            0..=1023 => WELL_KNOWN,
            1024.. => config.ports,
        };
        let fits = (range.0..=range.1).contains(&wanted);
        if fits && !ports.has(wanted) && !bound(protocol, wanted) {
            return Some(wanted);
        }
        // RFC 6056: nobody is to guess the next.
        let start = self.rng.u32() as u16;
        let free = |range, parity| {
            let mut free = ports.free(range, start, parity);
            free.find(|port| !bound(protocol, *port))
        };
        let same_parity = match protocol {
            Protocol::UDP => free(range, Parity::of(wanted)),
            _ => None,
        };
        same_parity
            .or_else(|| free(range, Parity::Any))
            // A well-known port that cannot be kept may become another.
            .or_else(|| free(config.ports, Parity::Any))
    }

    fn enter(&mut self, inside: Inside, port: u16, fixed: bool) -> u32 {
        let mapping = Mapping {
            inside,
            port,
            fixed,
            flows: 0,
        };
        let slot = self.slab.insert(mapping) as u32;
        self.by_inside.insert(inside, slot);
        self.by_port.insert((inside.protocol, port), slot);
        if let Some(family) = family(inside.protocol) {
            self.ports[family].take(port);
        }
        if !fixed {
            *self.hosts.entry(*inside.host.ip()).or_insert(0) += 1;
            self.live += 1;
            self.peak = self.peak.max(self.live);
        }
        slot
    }

    /// A conversation with `peer` begins to use a mapping.
    pub(super) fn hold(&mut self, slot: u32, peer: Ipv4Addr) {
        if let Some(mapping) = self.slab.get_mut(slot as usize) {
            mapping.flows += 1;
            *self.partners.entry((slot, peer)).or_insert(0) += 1;
        }
    }

    /// It ends.
    pub(super) fn release(&mut self, slot: u32, peer: Ipv4Addr) {
        if let Some(count) = self.partners.get_mut(&(slot, peer)) {
            *count -= 1;
            if *count == 0 {
                self.partners.remove(&(slot, peer));
            }
        }
        if let Some(mapping) = self.slab.get_mut(slot as usize) {
            mapping.flows = mapping.flows.saturating_sub(1);
        }
        self.drop_unused(slot);
    }

    /// Gives a port back that no conversation uses, or did not come to use.
    pub(super) fn drop_unused(&mut self, slot: u32) {
        let Some(Mapping { inside, port, .. }) = self
            .get(slot)
            .copied()
            .filter(|mapping| mapping.flows == 0 && !mapping.fixed)
        else {
            return;
        };
        self.slab.remove(slot as usize);
        self.by_inside.remove(&inside);
        self.by_port.remove(&(inside.protocol, port));
        if let Some(family) = family(inside.protocol) {
            self.ports[family].give_back(port);
        }
        self.live -= 1;
        if let Some(count) = self.hosts.get_mut(inside.host.ip()) {
            *count -= 1;
            if *count == 0 {
                self.hosts.remove(inside.host.ip());
            }
        }
    }
}
