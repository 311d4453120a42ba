//! Which sockets a datagram is for, and which names are taken.

use core::hash::BuildHasher as _;
use core::net::{IpAddr, SocketAddr};

use base::Rng;
use smallvec::SmallVec;

use crate::keyed::{Keyed, KeyedMap};
use crate::socket::common::Flags;
use crate::socket::endpoint::Endpoint;
use crate::socket::family::{hears, overlap};
use crate::socket::slots::Slots;

/// Sockets under one name. One is the rule; more need `SO_REUSEADDR` or `SO_REUSEPORT`.
type Group = SmallVec<[u32; 2]>;

/// Sockets by their names, each under the keys of its present state.
#[derive(Debug)]
pub(super) struct Demux {
    /// All with a port, by the port: who may bind, and who hears a broadcast.
    ports: KeyedMap<u16, Group>,
    /// Those without a peer, by their own address and port.
    bound: KeyedMap<SocketAddr, Group>,
    /// Those with a peer, by both names, own one first.
    connected: KeyedMap<(SocketAddr, SocketAddr), Group>,
    /// Spreads callers over the sockets of one `SO_REUSEPORT` group.
    spread: Keyed,
}

impl Demux {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            ports: KeyedMap::with_hasher(Keyed::new(rng)),
            bound: KeyedMap::with_hasher(Keyed::new(rng)),
            connected: KeyedMap::with_hasher(Keyed::new(rng)),
            spread: Keyed::new(rng),
        }
    }

    /// Enters a socket under its names. One without a port has none.
    pub(super) fn insert(&mut self, slot: u32, socket: &Endpoint) {
        let local = socket.local;
        if local.port() == 0 {
            return;
        }
        self.ports.entry(local.port()).or_default().push(slot);
        let group = match socket.remote {
            Some(remote) => self.connected.entry((local, remote)).or_default(),
            None => self.bound.entry(local).or_default(),
        };
        group.push(slot);
    }

    /// Takes out what [`insert`](Self::insert) entered, the socket being as it was then.
    pub(super) fn remove(&mut self, slot: u32, socket: &Endpoint) {
        let local = socket.local;
        if local.port() == 0 {
            return;
        }
        remove_from(&mut self.ports, &local.port(), slot);
        match socket.remote {
            Some(remote) => remove_from(&mut self.connected, &(local, remote), slot),
            None => remove_from(&mut self.bound, &local, slot),
        }
    }

    /// The one socket for a datagram to one host: connected before bound, an address of its own
    /// before all addresses; among equals the newest, or the hash's choice where they share a port.
    pub(super) fn find(
        &self,
        sockets: &Slots<Endpoint>,
        to: SocketAddr,
        from: SocketAddr,
    ) -> Option<u32> {
        let any = SocketAddr::new(unspecified(to), to.port());
        let group = self
            .connected
            .get(&(to, from))
            .or_else(|| self.bound.get(&to))
            .or_else(|| self.bound.get(&any))
            .or_else(|| self.dual(sockets, to))?;
        let newest = *group.last()?;
        let shares = sockets.get(newest)?.common.has(Flags::REUSE_PORT);
        if group.len() == 1 || !shares {
            return Some(newest);
        }
        let hash = self.spread.hash_one((to, from));
        let at = (u128::from(hash) * group.len() as u128) >> 64;
        group.get(at as usize).copied()
    }

    /// Sockets of IPv6 that hear a datagram of IPv4 among everything.
    fn dual(&self, sockets: &Slots<Endpoint>, to: SocketAddr) -> Option<&Group> {
        if to.is_ipv6() {
            return None;
        }
        let any = SocketAddr::new(core::net::Ipv6Addr::UNSPECIFIED.into(), to.port());
        self.bound.get(&any).filter(|group| {
            let newest = group.last().and_then(|slot| sockets.get(*slot));
            newest.is_some_and(|socket| !socket.common.has(Flags::V6ONLY))
        })
    }

    /// The socket that sent a datagram of which word came back.
    pub(super) fn sender(&self, from: SocketAddr, to: SocketAddr) -> Sender {
        if let Some(slot) = self.connected.get(&(from, to)).and_then(|g| g.last()) {
            return Sender::Connected(*slot);
        }
        if self.ports.contains_key(&from.port()) {
            Sender::Unconnected
        } else {
            Sender::Nobody
        }
    }

    /// All sockets for a datagram to a broadcast address or a group.
    pub(super) fn find_all<'a>(
        &'a self,
        sockets: &'a Slots<Endpoint>,
        to: SocketAddr,
        from: SocketAddr,
    ) -> impl Iterator<Item = u32> + 'a {
        let group = self.ports.get(&to.port()).map_or(&[][..], |g| &g[..]);
        group.iter().copied().filter(move |slot| {
            sockets.get(*slot).is_some_and(|s| {
                hears((s.local.ip(), s.common.flags), to.ip())
                    && s.remote.is_none_or(|remote| remote == from)
            })
        })
    }

    /// Whether a socket with these flags may not have that name (`udp_lib_lport_inuse`).
    pub(super) fn conflicts(
        &self,
        sockets: &Slots<Endpoint>,
        slot: u32,
        flags: Flags,
        local: SocketAddr,
    ) -> bool {
        let Some(group) = self.ports.get(&local.port()) else {
            return false;
        };
        group.iter().filter(|other| **other != slot).any(|other| {
            sockets.get(*other).is_some_and(|other| {
                let both = flags & other.common.flags;
                let theirs = (other.local.ip(), other.common.flags);
                overlap((local.ip(), flags), theirs)
                    && !both.intersects(Flags::REUSE_ADDR | Flags::REUSE_PORT)
            })
        })
    }
}

/// Who sent a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A socket that has that peer.
    Connected(u32),
    /// One that has many, and could not tell which is meant.
    Unconnected,
    /// None any more.
    Nobody,
}

/// 0.0.0.0 in the family of `addr`.
fn unspecified(addr: SocketAddr) -> IpAddr {
    match addr.ip() {
        IpAddr::V4(_) => core::net::Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => core::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}

fn remove_from<K: Eq + core::hash::Hash>(map: &mut KeyedMap<K, Group>, key: &K, slot: u32) {
    let Some(group) = map.get_mut(key) else {
        return;
    };
    group.retain(|other| *other != slot);
    if group.is_empty() {
        map.remove(key);
    }
}
