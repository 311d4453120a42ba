//! The computer that a router is: its cards, and the ways that it was given.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use base::Instant;
use stack::{Interface, InterfaceId, Medium, Route, Stack};
use wire::IpNet;

use super::config::Config;
use super::judge::is_of_the_link;
use super::link::{By, Link, Own};
use super::machine::Protocol;

/// Of routes to one network those that a program was told come behind those that a person gave: with
/// the distance that routers commonly give RIP.
const METRIC: u32 = 120;

/// What there is, as the machine wants to know it.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) links: Vec<Link>,
    pub(super) own: Vec<Own>,
    pub(super) names: BTreeMap<InterfaceId, String>,
    /// Which [`Stack::links_version`] that was.
    pub(super) version: u64,
}

/// Ways that were learned and that the computer takes.
#[derive(Debug, Default)]
pub(super) struct Installed(BTreeMap<IpNet, Route>);

impl Surroundings {
    /// Looks around.
    pub(super) fn of(
        stack: &Stack,
        protocol: Protocol,
        config: &Config,
        installed: &Installed,
    ) -> Self {
        let mut around = Self {
            version: stack.links_version(),
            ..Self::default()
        };
        let of_family = |net: &&IpNet| net.addr().is_ipv4() == (protocol == Protocol::V2);
        let cards = stack.interfaces().iter();
        let live = |card: &&Interface| {
            card.medium() != Medium::Loopback && card.is_up() && card.has_carrier()
        };
        let mut alive = BTreeSet::new();
        for card in cards.filter(live) {
            let iface = card.id();
            alive.insert(iface);
            around.names.insert(iface, card.name().to_owned());
            let addresses: Vec<_> = card.addresses().iter().filter(of_family).copied().collect();
            let networks = addresses.iter().filter(|net| !is_of_the_link(net.addr()));
            for (number, network) in networks.enumerate() {
                // Of IPv6 routers meet at addresses of the link, and no network is the link's own.
                let by = match (protocol, number) {
                    (Protocol::V2, 0) => By::Card(iface),
                    _ => By::CardToo,
                };
                let network = network.trunc();
                around.own.push(Own { network, by });
            }
            // RIPng is spoken between addresses of the link (RFC 2080 §2.4.2).
            let speaks = match protocol {
                Protocol::V2 => !addresses.is_empty(),
                Protocol::Ng => addresses.iter().any(|net| is_of_the_link(net.addr())),
            };
            if speaks {
                around.links.push(Link {
                    iface,
                    addresses,
                    mtu: card.mtu(),
                    passive: config.passive.contains(card.name()),
                });
            }
        }
        if config.tells_static || config.tells_default {
            let routes = stack.routes().into_iter();
            let given = |route: &Route| {
                let told = match route.network.prefix_len() {
                    0 => config.tells_default,
                    _ => config.tells_static,
                };
                let ours = installed.0.get(&route.network) == Some(route);
                told && !ours && alive.contains(&route.iface) && of_family(&&route.network)
            };
            around.own.extend(routes.filter(given).filter_map(|route| {
                let by = By::Gateway(route.iface, route.gateway?);
                Some(Own {
                    network: route.network,
                    by,
                })
            }));
        }
        around
    }
}

/// Sees that the cards of IPv6 have addresses of their links: RIPng is spoken between them.
pub(super) fn address_links(stack: &mut Stack, now: Instant) {
    let wants = |card: &&Interface| {
        let mut all = card.addresses().iter().chain(card.tentative_addresses());
        let of_v6 = all.clone().any(|net| net.addr().is_ipv6());
        of_v6 && card.mac().is_some() && !all.any(|net| is_of_the_link(net.addr()))
    };
    let cards = stack.interfaces().iter().filter(wants);
    for iface in cards.map(Interface::id).collect::<Vec<_>>() {
        // It is there, and has a MAC address.
        let _ = stack.autoconfigure(now, iface);
    }
}

impl Installed {
    /// Lets packets to a network take a way, in the place of the one before.
    ///
    /// # Errors
    /// What the computer says against it.
    pub(super) fn put(
        &mut self,
        stack: &mut Stack,
        network: IpNet,
        iface: InterfaceId,
        gateway: IpAddr,
    ) -> Result<(), stack::ConfigError> {
        self.take(stack, network);
        let route = Route {
            network,
            metric: METRIC,
            ..Route::default_via(gateway, iface)
        };
        stack.add_route(route)?;
        self.0.insert(network, route);
        Ok(())
    }

    /// The way to a network is no more.
    pub(super) fn take(&mut self, stack: &mut Stack, network: IpNet) {
        if let Some(route) = self.0.remove(&network) {
            // Somebody may have removed it himself.
            let _ = stack.remove_route(&route);
        }
    }

    /// None of the ways is any more.
    pub(super) fn take_all(&mut self, stack: &mut Stack) {
        for (_, route) in std::mem::take(&mut self.0) {
            let _ = stack.remove_route(&route);
        }
    }
}
