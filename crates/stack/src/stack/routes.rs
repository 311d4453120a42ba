//! Routes and neighbours, as an administrator sees them.

use alloc::vec::Vec;
use core::net::IpAddr;

use base::Instant;
use wire::MacAddr;

use crate::config::ConfigError;
use crate::interface::InterfaceId;
use crate::ip::route::Route;
use crate::ip::{egress, source};
use crate::neighbor::{Key, Neighbor};
use crate::stack::Stack;
use crate::verdict::DropReason;

impl Stack {
    /// Adds a route. Those to the networks of our own addresses are there by themselves.
    ///
    /// # Errors
    ///
    /// - [`ConfigError::NoSuchInterface`], [`ConfigError::RouteExists`];
    /// - [`ConfigError::MixedFamilies`];
    /// - [`ConfigError::GatewayUnreachable`] for a gateway that is on no network of the interface,
    ///   or is this host itself;
    /// - [`ConfigError::NoSuchAddress`] for a preferred source that is none of ours.
    pub fn add_route(&mut self, route: Route) -> Result<(), ConfigError> {
        self.known(route.iface)?;
        let network = route.network.addr();
        let mixed =
            |addr: Option<IpAddr>| addr.is_some_and(|addr| !wire::ip::same_family(addr, network));
        if mixed(route.gateway) || mixed(route.source) {
            return Err(ConfigError::MixedFamilies);
        }
        if let Some(gateway) = route.gateway
            && !self.is_on_link(route.iface, gateway)
        {
            return Err(ConfigError::GatewayUnreachable(gateway));
        }
        if let Some(source) = route.source
            && !self.ip.addresses.is_ours(source)
        {
            return Err(ConfigError::NoSuchAddress(source));
        }
        if self.ip.routes.insert(route) {
            Ok(())
        } else {
            Err(ConfigError::RouteExists)
        }
    }

    /// Removes a route; one to the network of an address of ours as well.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchRoute`].
    pub fn remove_route(&mut self, route: &Route) -> Result<(), ConfigError> {
        if self.ip.routes.remove(route) {
            Ok(())
        } else {
            Err(ConfigError::NoSuchRoute)
        }
    }

    /// Every route, by network and metric. For people and tests: it visits them all.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let mut routes: Vec<_> = self.ip.routes.iter().copied().collect();
        routes.sort_by_key(|route| (route.network, route.metric, route.iface));
        routes
    }

    /// How many destinations there are for which routers have shown a better way: 1024 at most.
    #[must_use]
    pub fn redirects(&self) -> usize {
        self.ip.redirects.len()
    }

    /// Which route packets to `dst` take; `None` when there is none, and for our own addresses.
    #[must_use]
    pub fn route_to(&self, dst: IpAddr) -> Option<&Route> {
        if self.ip.addresses.is_ours(dst) {
            return None;
        }
        let good = |id: InterfaceId| self.interface(id).is_some_and(|i| i.leads_to(dst));
        self.ip.best_route(dst, good)
    }

    /// Puts the addresses of one peer into the order in which they should be tried (RFC 6724 §6):
    /// what a resolver does before it hands them to a program. Those to which no way leads come
    /// last.
    pub fn order_destinations(&self, now: Instant, addresses: &mut [IpAddr]) {
        let mut destinations: Vec<_> = addresses
            .iter()
            .map(|addr| source::Destination {
                addr: *addr,
                source: self.source_towards(now, *addr),
            })
            .collect();
        source::order(&mut destinations);
        for (place, destination) in addresses.iter_mut().zip(destinations) {
            *place = destination.addr;
        }
    }

    fn source_towards(&self, now: Instant, dst: IpAddr) -> Option<source::Candidate> {
        let choice = egress::select(&self.ip, &self.interfaces, now, dst, None, None).ok()?;
        let interface = self.interface(choice.iface)?;
        let nets = interface.addresses.iter();
        let prefix_len = nets
            .filter(|net| net.addr() == choice.source)
            .map(|net| net.prefix_len())
            .next();
        let (most, more) = match choice.source {
            IpAddr::V4(_) => (32, 96),
            IpAddr::V6(_) => (128, 0),
        };
        let deprecated = match choice.source {
            IpAddr::V4(_) => false,
            IpAddr::V6(source) => interface.is_deprecated(source),
        };
        Some(source::Candidate {
            addr: source::mapped(choice.source),
            prefix_len: prefix_len.unwrap_or(most) + more,
            outgoing: true,
            deprecated,
            temporary: false,
        })
    }

    /// Whether others on the link of `iface` have `addr`, as far as addresses and routes tell.
    fn is_on_link(&self, iface: InterfaceId, addr: IpAddr) -> bool {
        if self.ip.addresses.find(addr).is_some() {
            return false;
        }
        // RFC 4861 §8: a router of IPv6 is best named by its link-local address.
        if matches!(addr, IpAddr::V6(addr) if addr.is_unicast_link_local()) {
            return true;
        }
        let by_address = self.interface(iface).is_some_and(|interface| {
            let mut nets = interface.addresses.iter().chain(&interface.tentative);
            nets.any(|net| net.contains(&addr)) || interface.mac().is_none()
        });
        let direct = |route: &Route| route.gateway.is_none();
        by_address
            || self
                .ip
                .routes
                .lookup(addr, |id| id == iface)
                .is_some_and(direct)
    }

    /// Enters a neighbour that is never asked for: a static ARP entry.
    ///
    /// # Errors
    ///
    /// - [`ConfigError::NoSuchInterface`];
    /// - [`ConfigError::BadNeighbor`] on a link without MAC addresses, and for an address or a MAC
    ///   address that no single host has;
    /// - [`ConfigError::NeighborCacheFull`].
    pub fn add_neighbor(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        addr: IpAddr,
        mac: MacAddr,
    ) -> Result<(), ConfigError> {
        self.vouch(now, iface, (addr, mac), true)
    }

    /// Makes a neighbour known that cannot answer for itself yet, as DHCP's clients (RFC 2131 §4.1):
    /// as if it had been heard of, so that it is doubted and forgotten as others are. A static entry
    /// stays.
    ///
    /// # Errors
    ///
    /// As [`add_neighbor`](Self::add_neighbor).
    pub fn introduce_neighbor(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        addr: IpAddr,
        mac: MacAddr,
    ) -> Result<(), ConfigError> {
        self.vouch(now, iface, (addr, mac), false)
    }

    fn vouch(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        (addr, mac): (IpAddr, MacAddr),
        for_good: bool,
    ) -> Result<(), ConfigError> {
        let links = self.known(iface)?.mac().is_some();
        let many = matches!(addr, IpAddr::V4(v4) if v4.is_broadcast());
        let single = !addr.is_unspecified() && !addr.is_multicast() && !many;
        if !links || !single || !mac.is_unicast() || self.ip.addresses.find(addr).is_some() {
            return Err(ConfigError::BadNeighbor(addr));
        }
        let Self {
            neighbors,
            timers,
            sysctls,
            ..
        } = self;
        let who = (Key { iface, addr }, mac);
        if neighbors.vouch(timers, sysctls, now, who, for_good) {
            Ok(())
        } else {
            Err(ConfigError::NeighborCacheFull)
        }
    }

    /// Forgets a neighbour, static or learned. Packets that waited for it die.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchNeighbor`].
    pub fn remove_neighbor(&mut self, iface: InterfaceId, addr: IpAddr) -> Result<(), ConfigError> {
        let waited = self.neighbors.remove(&mut self.timers, Key { iface, addr });
        let waited = waited.ok_or(ConfigError::NoSuchNeighbor(addr))?;
        let reason = DropReason::NeighborUnreachable;
        self.drops.add(reason, waited as u64);
        Ok(())
    }

    /// Every neighbour that is known or being asked for, by interface and address. For people and
    /// tests: it visits them all.
    #[must_use]
    pub fn neighbors(&self, now: Instant) -> Vec<Neighbor> {
        self.neighbors.list(now)
    }
}
