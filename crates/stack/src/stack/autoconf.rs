//! A host that arranges its own IPv6: what follows from what routers say.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use base::Instant;
use wire::ndp::{self, NdOption, Preference};
use wire::{IpNet, Ipv6Net, MacAddr};

use crate::autoconf::{Action, Learned};
use crate::config::ConfigError;
use crate::control;
use crate::interface::{Interface, InterfaceId};
use crate::ip::route::Route;
use crate::packet::Reply;
use crate::stack::Stack;

/// All routers on the link (RFC 4291 §2.7.1).
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// Linux's metric of what routers advertise; what they prefer has one less, and the contrary one
/// more.
const METRIC: u32 = 1024;

impl Stack {
    /// Lets an interface arrange its IPv6 by itself: it takes an address of the link, asks for
    /// routers, and takes over what they advertise (RFC 4862, RFC 4861 §6.3), as far as the
    /// sysctls `net.ipv6.conf.default.{accept_ra,autoconf,addr_gen_mode}` allow.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`]; [`ConfigError::NoMac`] on a link without MAC addresses.
    pub fn autoconfigure(&mut self, now: Instant, iface: InterfaceId) -> Result<(), ConfigError> {
        let mac = self.known(iface)?.mac();
        let mac = mac.ok_or(ConfigError::NoMac)?;
        let Self {
            autoconf,
            timers,
            sysctls,
            ..
        } = self;
        let actions = autoconf.begin(timers, sysctls, now, (iface, mac));
        self.arrange(now, iface, actions);
        Ok(())
    }

    /// What an interface learned from the routers of its link; `None` where it does not
    /// [listen](Self::autoconfigure) to them.
    #[must_use]
    pub fn learned(&self, iface: InterfaceId) -> Option<Learned> {
        self.autoconf.learned(iface)
    }

    /// An interface was switched off: what its routers said holds no more. Linux forgets it as well.
    pub(super) fn autoconf_down(&mut self, now: Instant, iface: InterfaceId) {
        self.advertising_down(iface);
        self.ip.redirects.forget_at(iface);
        self.ip.gateways.forget(iface);
        let actions = self.autoconf.pause(&mut self.timers, iface);
        self.arrange(now, iface, actions);
        self.narrow(iface, usize::MAX);
    }

    /// An interface was switched on: where it arranged itself it begins anew.
    pub(super) fn autoconf_up(&mut self, now: Instant, iface: InterfaceId) {
        if self.autoconf.learned(iface).is_some() {
            // It is there, and has a MAC address.
            let _ = self.autoconfigure(now, iface);
        }
        self.advertising_up(now, iface);
    }

    /// A link's time has come.
    pub(super) fn autoconf_due(&mut self, now: Instant, iface: InterfaceId) {
        let actions = self
            .autoconf
            .expire(&mut self.timers, &self.sysctls, now, iface);
        self.arrange(now, iface, actions);
    }

    /// Carries out what follows.
    pub(crate) fn arrange(&mut self, now: Instant, iface: InterfaceId, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::AddAddress(net) => self.take_address(now, iface, net),
                Action::AddTemporary(net) => {
                    self.take_address(now, iface, net);
                    if let Some(interface) = self.interfaces.get_mut(iface.index()) {
                        interface.temporary.push(net.addr());
                        let level = self.sysctls.conf_v6.of(iface).use_tempaddr;
                        interface.prefers_temporary = level >= 2;
                    }
                }
                // The program may have taken it away itself.
                Action::RemoveAddress(addr) => drop(self.remove_address(iface, addr.into())),
                Action::Deprecate(addr, on) => {
                    let _ = self.deprecate(iface, addr, on);
                }
                Action::AddRoute(net, via, preference) => {
                    self.ip.routes.insert(route(iface, net, via, preference));
                }
                Action::RemoveRoute(net, via, preference) => {
                    self.ip.routes.remove(&route(iface, net, via, preference));
                }
                Action::SetHopLimit(hops) => {
                    if let Some(conf) = self.sysctls.conf_v6.of_mut(iface) {
                        conf.hop_limit = Some(hops);
                    }
                }
                Action::SetMtu(mtu) => self.narrow(iface, mtu),
                Action::Solicit(mac) => self.solicit(iface, mac),
            }
        }
    }

    fn take_address(&mut self, now: Instant, iface: InterfaceId, net: Ipv6Net) {
        let addr = IpAddr::V6(net.addr());
        let known = self.interface(iface).is_some_and(|interface| {
            let mut all = interface.addresses.iter().chain(&interface.tentative);
            all.any(|net| net.addr() == addr)
        });
        if !known {
            self.begin_address(now, iface, IpNet::V6(net));
            self.ip.addresses.rebuild(&self.interfaces);
        }
    }

    /// A link's MTU is at most what its routers say.
    fn narrow(&mut self, iface: InterfaceId, mtu: usize) {
        if let Some(interface) = self.interfaces.get_mut(iface.index()) {
            interface.mtu = interface.card_mtu.min(mtu);
        }
    }

    /// Asks for routers: from the address of the link, or from nobody while it is tentative
    /// (RFC 4861 §4.1).
    fn solicit(&mut self, iface: InterfaceId, mac: MacAddr) {
        let own = self.interface(iface).and_then(Interface::link_local);
        let option = [NdOption::SourceLinkLayer(mac)];
        let options = if own.is_some() { &option[..] } else { &[] };
        let src = own.unwrap_or(Ipv6Addr::UNSPECIFIED);
        let message = ndp::Message::RouterSolicitation;
        let frame = control::ndp(src, ALL_ROUTERS, &message, options);
        let dst = MacAddr::multicast_v6(ALL_ROUTERS);
        if let Err(stop) = self.owe(Reply::Ndp { iface, dst, frame }) {
            self.settle(stop);
        }
    }
}

fn route(iface: InterfaceId, net: Ipv6Net, via: Option<Ipv6Addr>, preference: Preference) -> Route {
    Route {
        network: IpNet::V6(net),
        gateway: via.map(IpAddr::V6),
        iface,
        source: None,
        metric: match preference {
            Preference::High => METRIC - 1,
            Preference::Medium => METRIC,
            Preference::Low => METRIC + 1,
        },
    }
}
