//! Where packets go next.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use core::net::IpAddr;

use base::Instant;
use smallvec::SmallVec;
use wire::IpNet;

use super::trie::PrefixMap;
use crate::interface::InterfaceId;

/// A way to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Which destinations it is for; `0.0.0.0/0` is the default route.
    pub network: IpNet,
    /// Who passes packets on; `None` when the network is on the link itself.
    pub gateway: Option<IpAddr>,
    /// Where they leave.
    pub iface: InterfaceId,
    /// Preferred source address.
    pub source: Option<IpAddr>,
    /// Among routes with the same prefix the lowest wins.
    pub metric: u32,
}

impl Route {
    /// The route to everywhere else: the default gateway.
    #[must_use]
    pub const fn default_via(gateway: IpAddr, iface: InterfaceId) -> Self {
        Self {
            network: match gateway {
                IpAddr::V4(_) => IpNet::V4(wire::Ipv4Net::new_assert(
                    core::net::Ipv4Addr::UNSPECIFIED,
                    0,
                )),
                IpAddr::V6(_) => IpNet::V6(wire::Ipv6Net::new_assert(
                    core::net::Ipv6Addr::UNSPECIFIED,
                    0,
                )),
            },
            gateway: Some(gateway),
            iface,
            source: None,
            metric: 0,
        }
    }

    /// The route that an interface's own address brings: its network is on the link.
    pub(crate) fn connected(address: IpNet, iface: InterfaceId) -> Self {
        Self {
            network: address.trunc(),
            gateway: None,
            iface,
            // RFC 6724 chooses among IPv6's.
            source: address.addr().is_ipv4().then_some(address.addr()),
            metric: 0,
        }
    }

    /// The decision of every host: whose MAC address is to be asked for?
    ///
    /// Finding the route has masked the destination with the network's mask and compared it with
    /// the network. If that was a network on the link, the peer is on it and is asked for its own;
    /// if not, the gateway is asked for its.
    #[must_use]
    pub const fn next_hop(&self, dst: IpAddr) -> IpAddr {
        match self.gateway {
            None => dst,
            Some(gateway) => gateway,
        }
    }
}

/// Routes to one network, the lowest metric first and older before newer.
type Ways = SmallVec<[Route; 1]>;

/// The routing table of one computer.
#[derive(Debug)]
pub(crate) struct RouteTable {
    networks: PrefixMap<Ways>,
    /// Through how many routes each gateway is one.
    gateways: BTreeMap<(InterfaceId, IpAddr), u32>,
    version: u64,
}

impl RouteTable {
    pub(crate) const fn new() -> Self {
        Self {
            networks: PrefixMap::new(),
            gateways: BTreeMap::new(),
            version: 0,
        }
    }

    /// How often it has changed.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Adds a route. False when it is there already.
    pub(crate) fn insert(&mut self, mut route: Route) -> bool {
        self.version += 1;
        route.network = route.network.trunc();
        let ways = self.networks.entry(route.network, Ways::new);
        if ways.contains(&route) {
            return false;
        }
        let at = ways.partition_point(|other| other.metric <= route.metric);
        ways.insert(at, route);
        if let Some(gateway) = route.gateway {
            *self.gateways.entry((route.iface, gateway)).or_insert(0) += 1;
        }
        true
    }

    /// Removes a route. False when it is not there.
    pub(crate) fn remove(&mut self, route: &Route) -> bool {
        self.version += 1;
        let network = route.network.trunc();
        let route = Route { network, ..*route };
        let Some(ways) = self.networks.get_mut(network) else {
            return false;
        };
        let Some(at) = ways.iter().position(|other| *other == route) else {
            return false;
        };
        ways.remove(at);
        if ways.is_empty() {
            self.networks.remove(network);
        }
        if let Some(gateway) = route.gateway
            && let Entry::Occupied(mut count) = self.gateways.entry((route.iface, gateway))
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        true
    }

    /// The best route to `dst` whose interface is `usable`: of the longest prefix, then of the
    /// lowest metric.
    pub(crate) fn lookup(
        &self,
        dst: IpAddr,
        usable: impl Fn(InterfaceId) -> bool,
    ) -> Option<&Route> {
        self.networks
            .longest(dst, |ways| ways.iter().find(|route| usable(route.iface)))
    }

    /// As [`lookup`](Self::lookup), but routes to one network whose gateway is silent come last, and
    /// of those that are silent the one that was asked the longest ago (RFC 1122 §3.3.1.5,
    /// RFC 4861 §6.3.6).
    pub(crate) fn lookup_alive(
        &self,
        dst: IpAddr,
        usable: impl Fn(InterfaceId) -> bool,
        silent_since: impl Fn(&Route) -> Option<Instant>,
    ) -> Option<&Route> {
        self.networks.longest(dst, |ways| {
            // None, alive, is the least; `min_by_key` takes the first among equals.
            let usable = ways.iter().filter(|route| usable(route.iface));
            usable.min_by_key(|route| silent_since(route))
        })
    }

    /// Whether a neighbour is a gateway.
    pub(crate) fn is_gateway(&self, iface: InterfaceId, addr: IpAddr) -> bool {
        self.gateways.contains_key(&(iface, addr))
    }

    /// Whether another gateway leads to the same network.
    pub(crate) fn has_another(&self, route: &Route) -> bool {
        let ways = self.networks.get(route.network);
        let other = |way: &Route| (way.iface, way.gateway) != (route.iface, route.gateway);
        ways.is_some_and(|ways| ways.iter().any(other))
    }

    /// Every route, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.networks.values().flatten()
    }
}

#[cfg(test)]
mod tests;
