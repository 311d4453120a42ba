//! The four that name a connection.

use core::hash::{BuildHasher as _, Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use base::Rng;
use hashbrown::HashTable;

use super::small::Kept;
use crate::interface::InterfaceId;
use crate::keyed::Keyed;
use crate::zone;

/// An address and a port: a socket address without IPv6's flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) addr: IpAddr,
    pub(super) port: u16,
    /// Which link the address is of, by `sin6_scope_id`; 0 where it means the same on all.
    pub(super) zone: u16,
}

impl End {
    /// `0.0.0.0:0`.
    pub(super) const ANY: Self = Self {
        addr: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        port: 0,
        zone: 0,
    };

    /// That of a packet that came in at `iface`.
    pub(super) fn at(addr: IpAddr, port: u16, iface: InterfaceId) -> Self {
        match addr {
            // IPv4 has no zones, and most segments are its.
            IpAddr::V4(_) => Self {
                addr,
                port,
                zone: 0,
            },
            IpAddr::V6(_) => zone::named(addr, port, iface).into(),
        }
    }

    /// The interface to leave by towards this end, where its address says nothing without one.
    pub(super) fn exit(self) -> Option<InterfaceId> {
        InterfaceId::from_scope_id(self.zone.into())
    }

    /// `[::]:0`.
    pub(super) const ANY_V6: Self = Self {
        addr: IpAddr::V6(core::net::Ipv6Addr::UNSPECIFIED),
        port: 0,
        zone: 0,
    };

    /// The same port on every address of the family.
    pub(super) const fn wildcard(self) -> Self {
        match self.addr {
            IpAddr::V4(_) => Self {
                port: self.port,
                ..Self::ANY
            },
            IpAddr::V6(_) => Self {
                addr: IpAddr::V6(core::net::Ipv6Addr::UNSPECIFIED),
                port: self.port,
                zone: 0,
            },
        }
    }
}

impl From<SocketAddr> for End {
    fn from(addr: SocketAddr) -> Self {
        Self {
            addr: addr.ip(),
            port: addr.port(),
            zone: zone::of(addr).map_or(0, |iface| iface.scope_id() as u16),
        }
    }
}

impl From<End> for SocketAddr {
    fn from(end: End) -> Self {
        match end.addr {
            IpAddr::V6(addr) => SocketAddrV6::new(addr, end.port, 0, end.zone.into()).into(),
            IpAddr::V4(_) => Self::new(end.addr, end.port),
        }
    }
}

impl Hash for End {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In whole words: the hash sits on every segment's way.
        match self.addr {
            IpAddr::V4(addr) => {
                state.write_u64(u64::from(addr.to_bits()) << 16 | u64::from(self.port));
            }
            IpAddr::V6(addr) => {
                let bits = addr.to_bits();
                state.write_u64(bits as u64);
                state.write_u64((bits >> 64) as u64);
                state.write_u32(u32::from(self.zone) << 16 | u32::from(self.port));
            }
        }
    }
}

/// Both ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flow {
    pub(super) local: End,
    pub(super) remote: End,
}

/// Every connection, by its flow. The flows themselves lie in the tables: here are only slots, so
/// that an idle connection costs five bytes.
#[derive(Debug)]
pub(super) struct Flows {
    kept: HashTable<u32>,
    keyed: Keyed,
}

impl Flows {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            kept: HashTable::new(),
            keyed: Keyed::new(rng),
        }
    }

    /// Where a flow's connection is kept; `flow_of` tells what is kept there.
    pub(super) fn get(&self, flow: &Flow, flow_of: impl Fn(Kept) -> Option<Flow>) -> Option<Kept> {
        let is_it = |kept: &u32| flow_of(Kept::unpack(*kept)) == Some(*flow);
        let kept = self.kept.find(self.keyed.hash_one(flow), is_it);
        kept.map(|kept| Kept::unpack(*kept))
    }

    /// Enters a connection, whose flow must stay what it is until it is [removed](Self::remove).
    pub(super) fn insert(
        &mut self,
        flow: &Flow,
        kept: Kept,
        flow_of: impl Fn(Kept) -> Option<Flow>,
    ) {
        let keyed = self.keyed;
        let rehash =
            |kept: &u32| flow_of(Kept::unpack(*kept)).map_or(0, |flow| keyed.hash_one(flow));
        self.kept
            .insert_unique(self.keyed.hash_one(flow), kept.pack(), rehash);
    }

    pub(super) fn remove(&mut self, flow: &Flow, kept: Kept) {
        let hash = self.keyed.hash_one(flow);
        let is_it = |entered: &u32| *entered == kept.pack();
        if let Ok(entry) = self.kept.find_entry(hash, is_it) {
            entry.remove();
        }
    }
}
