//! Gateways that do not answer: others are taken in their place (RFC 1122 §3.3.1.5,
//! RFC 4861 §6.3.6).

use alloc::vec::Vec;
use core::net::IpAddr;

use base::Instant;

use super::route::Route;
use super::{Ip, egress};
use crate::interface::{Interface, InterfaceId};
use crate::packet::{Cast, Routed, Way};
use crate::timer::TimerId;
use crate::zone;

/// Gateways that are remembered; beyond them the rest counts as alive.
const MOST: usize = 64;

/// Those that do not answer.
#[derive(Debug, Default)]
pub(crate) struct Gateways {
    silent: Vec<Silent>,
    /// When they are asked again.
    pub(crate) timer: Option<TimerId>,
}

#[derive(Clone, Copy, Debug)]
struct Silent {
    iface: InterfaceId,
    addr: IpAddr,
    since: Instant,
}

impl Gateways {
    /// Whether all answer, as far as is known.
    pub(crate) const fn all_alive(&self) -> bool {
        self.silent.is_empty()
    }

    /// Those that do not answer.
    pub(crate) fn silent(&self) -> impl Iterator<Item = (InterfaceId, IpAddr)> + '_ {
        self.silent.iter().map(|silent| (silent.iface, silent.addr))
    }

    /// Whether that one does not answer.
    fn is_silent(&self, iface: InterfaceId, addr: IpAddr) -> bool {
        self.silent().any(|silent| silent == (iface, addr))
    }

    /// Those that are known again answer.
    pub(crate) fn revive_those(&mut self, known: impl Fn(InterfaceId, IpAddr) -> bool) {
        self.silent
            .retain(|silent| !known(silent.iface, silent.addr));
    }

    fn revive(&mut self, iface: InterfaceId, addr: IpAddr) {
        self.silent.retain(|s| (s.iface, s.addr) != (iface, addr));
    }

    /// An interface was switched off: of its link nothing is known.
    pub(crate) fn forget(&mut self, iface: InterfaceId) {
        self.silent.retain(|silent| silent.iface != iface);
    }

    fn since(&self, route: &Route) -> Option<Instant> {
        let gateway = route.gateway?;
        let mut silent = self.silent.iter();
        let found = silent.find(|s| (s.iface, s.addr) == (route.iface, gateway))?;
        Some(found.since)
    }
}

/// The way by another gateway of a packet that waited for one that is silent; `None` where there is
/// none that may answer.
pub(crate) fn another_way(
    ip: &Ip,
    interfaces: &[Interface],
    now: Instant,
    routed: &mut Routed,
) -> Option<Way> {
    if ip.gateways.all_alive() || routed.way.cast != Cast::Unicast {
        return None;
    }
    let (header, _) = super::header_of(&mut routed.frame).ok()?;
    let (src, dst) = (header.src(), header.dst());
    let exit = zone::exit(dst, routed.way.iface);
    let choice = egress::select(ip, interfaces, now, dst, Some(src), exit).ok()?;
    let silent = ip.gateways.is_silent(choice.iface, choice.next_hop);
    let other = (choice.iface, choice.next_hop) != (routed.way.iface, routed.way.next_hop);
    (other && !silent && choice.cast == Cast::Unicast).then_some(Way {
        iface: choice.iface,
        next_hop: choice.next_hop,
        cast: choice.cast,
        mtu: choice.mtu,
    })
}

impl Ip {
    /// A neighbour does not answer. What was redirected to it goes the old way again; and if it is
    /// a gateway beside which there are others, those take its place. True in that case.
    pub(crate) fn next_hop_failed(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        addr: IpAddr,
    ) -> bool {
        self.redirects.forget_towards(iface, addr);
        if !self.routes.is_gateway(iface, addr) {
            return false;
        }
        let through = |route: &&Route| route.iface == iface && route.gateway == Some(addr);
        let mut routes = self.routes.iter().filter(through);
        // Where there is no other, every packet asks for it anyway.
        if !routes.any(|route| self.routes.has_another(route)) {
            return false;
        }
        let gateways = &mut self.gateways;
        gateways.revive(iface, addr);
        if gateways.silent.len() < MOST {
            gateways.silent.push(Silent {
                iface,
                addr,
                since: now,
            });
        }
        true
    }

    /// The best route to `dst` whose interface is `usable`, and whose gateway answers if there is
    /// a choice.
    pub(crate) fn best_route(
        &self,
        dst: IpAddr,
        usable: impl Fn(InterfaceId) -> bool,
    ) -> Option<&Route> {
        if self.gateways.all_alive() {
            return self.routes.lookup(dst, usable);
        }
        let since = |route: &Route| self.gateways.since(route);
        self.routes.lookup_alive(dst, usable, since)
    }
}
