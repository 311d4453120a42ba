//! Which sockets a datagram is for, and which names are taken.

use core::hash::BuildHasher as _;
use core::net::{IpAddr, SocketAddr};

use base::Rng;
use smallvec::SmallVec;

use crate::interface::InterfaceId;
use crate::keyed::{Keyed, KeyedMap};
use crate::socket::common::{Common, Flags};
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

    /// Whether a socket has that port.
    pub(super) fn has(&self, port: u16) -> bool {
        self.ports.contains_key(&port)
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
        iface: InterfaceId,
    ) -> Option<u32> {
        let any = SocketAddr::new(unspecified(to), to.port());
        let choose = |group| self.choose(sockets, group, (to, from), iface);
        let connected = self.connected.get(&(to, from)).and_then(choose);
        connected
            .or_else(|| self.bound.get(&to).and_then(choose))
            .or_else(|| self.bound.get(&any).and_then(choose))
            .or_else(|| self.dual(sockets, to).and_then(choose))
    }

    /// The one of a group that hears what came in at `iface`; who is bound to that interface before
    /// those that are bound to none.
    fn choose(
        &self,
        sockets: &Slots<Endpoint>,
        group: &Group,
        names: (SocketAddr, SocketAddr),
        iface: InterfaceId,
    ) -> Option<u32> {
        let common = |slot: u32| sockets.get(slot).map(|socket| &socket.common);
        let device = |slot: &u32| common(*slot).and_then(Common::device);
        if group.iter().any(|slot| device(slot).is_some()) {
            let at = |wanted| group.iter().rev().find(|slot| device(slot) == wanted);
            return at(Some(iface)).or_else(|| at(None)).copied();
        }
        let newest = *group.last()?;
        if group.len() == 1 || !common(newest)?.has(Flags::REUSE_PORT) {
            return Some(newest);
        }
        let hash = self.spread.hash_one(names);
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
    pub(super) fn sender(
        &self,
        sockets: &Slots<Endpoint>,
        from: SocketAddr,
        to: SocketAddr,
        iface: InterfaceId,
    ) -> Sender {
        if let Some(slot) = self.connected.get(&(from, to)).and_then(|g| g.last()) {
            return Sender::Connected(*slot);
        }
        match self.find(sockets, from, to, iface) {
            Some(slot) => Sender::Bound(slot),
            None => Sender::Nobody,
        }
    }

    /// All sockets for a datagram to a broadcast address or a group.
    pub(super) fn find_all<'a>(
        &'a self,
        sockets: &'a Slots<Endpoint>,
        to: SocketAddr,
        from: SocketAddr,
        iface: InterfaceId,
    ) -> impl Iterator<Item = u32> + 'a {
        let group = self.ports.get(&to.port()).map_or(&[][..], |g| &g[..]);
        group.iter().copied().filter(move |slot| {
            sockets.get(*slot).is_some_and(|s| {
                hears((s.local.ip(), s.common.flags), to.ip())
                    && s.remote.is_none_or(|remote| remote == from)
                    && s.common.device().is_none_or(|only| only == iface)
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
        let device = sockets.get(slot).and_then(|socket| socket.common.device());
        group.iter().filter(|other| **other != slot).any(|other| {
            sockets.get(*other).is_some_and(|other| {
                let both = flags & other.common.flags;
                let theirs = (other.local.ip(), other.common.flags);
                if apart(device, other.common.device()) {
                    return false;
                }
                overlap((local.ip(), flags), theirs)
                    && !both.intersects(Flags::REUSE_ADDR | Flags::REUSE_PORT)
            })
        })
    }
}

/// Whether two sockets hear by different interfaces.
fn apart(one: Option<InterfaceId>, other: Option<InterfaceId>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

/// Who sent a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A socket that has that peer.
    Connected(u32),
    /// One that has many, and cannot tell by itself which is meant.
    Bound(u32),
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
