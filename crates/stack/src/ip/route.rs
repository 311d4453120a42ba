//! Where packets go next.

use core::net::IpAddr;

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
pub(crate) struct RouteTable(PrefixMap<Ways>);

impl RouteTable {
    pub(crate) const fn new() -> Self {
        Self(PrefixMap::new())
    }

    /// Adds a route. False when it is there already.
    pub(crate) fn insert(&mut self, mut route: Route) -> bool {
        route.network = route.network.trunc();
        let ways = self.0.entry(route.network, Ways::new);
        if ways.contains(&route) {
            return false;
        }
        let at = ways.partition_point(|other| other.metric <= route.metric);
        ways.insert(at, route);
        true
    }

    /// Removes a route. False when it is not there.
    pub(crate) fn remove(&mut self, route: &Route) -> bool {
        let network = route.network.trunc();
        let route = Route { network, ..*route };
        let Some(ways) = self.0.get_mut(network) else {
            return false;
        };
        let Some(at) = ways.iter().position(|other| *other == route) else {
            return false;
        };
        ways.remove(at);
        if ways.is_empty() {
            self.0.remove(network);
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
        self.0
            .longest(dst, |ways| ways.iter().find(|route| usable(route.iface)))
    }

    /// Every route, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.values().flatten()
    }
}

#[cfg(test)]
mod tests;
