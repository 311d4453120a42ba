//! A host arranges its own IPv6: an address of the link, routers, prefixes and what they bring
//! (RFC 4862, RFC 4861 §6.3).
//!
//! What follows for addresses and routes it says as [`Action`]s, which the spine carries out.
//!
//! | file | what |
//! |---|---|
//! | `identifier` | the low half of an address (RFC 7217) |
//! | `solicit` | routers are asked for (RFC 4861 §6.3.7, RFC 7559) |
//! | `advertised` | a router spoke |
//! | `link` | what is known of one link, and until when |

mod advertised;
mod identifier;
mod link;
mod solicit;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Instant, Rng};
use wire::{Ipv6Net, MacAddr};

use crate::interface::InterfaceId;
use crate::keyed::Keyed;
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

pub(crate) use link::Action;
use link::Link;
pub use link::{Learned, Router};

/// Where every node of a link has an address.
const LINK_LOCAL: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 64);

/// The layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Autoconf {
    links: BTreeMap<InterfaceId, Link>,
    /// RFC 7217's secret: one computer's addresses tell nothing of another's.
    secret: Keyed,
    rng: Rng,
}

impl Autoconf {
    /// No links. The secret is drawn from `rng`.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            links: BTreeMap::new(),
            secret: Keyed::new(&mut rng),
            rng,
        }
    }

    /// Begins on a link: with an address of its own, and by asking for routers.
    pub(crate) fn begin(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        (iface, mac): (InterfaceId, MacAddr),
    ) -> Vec<Action> {
        let mut link = Link::new(mac);
        if sysctls.accept_ra > 0 {
            link.solicit(now, &mut self.rng);
        }
        let own = self.secret.address(sysctls, LINK_LOCAL, mac, 0);
        link.own = own;
        self.end(timers, iface);
        self.links.insert(iface, link);
        self.arm(timers, iface);
        own.map(Action::AddAddress).into_iter().collect()
    }

    /// The link is down: all that was learned of it is forgotten and undone, until it begins anew.
    pub(crate) fn pause(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
    ) -> Vec<Action> {
        let Some(link) = self.links.get_mut(&iface) else {
            return Vec::new();
        };
        let new = Link::new(link.mac);
        let old = core::mem::replace(link, new);
        if let Some(timer) = old.timer {
            timers.disarm(timer);
        }
        old.undo()
    }

    /// Somebody has an address that we wanted: where it was made here, another is tried.
    pub(crate) fn refused(
        &mut self,
        sysctls: &Sysctls,
        iface: InterfaceId,
        addr: Ipv6Addr,
    ) -> Vec<Action> {
        let Some(link) = self.links.get_mut(&iface) else {
            return Vec::new();
        };
        let (secret, mac) = (&self.secret, link.mac);
        link.refuse(addr, |prefix, count| {
            secret.address(sysctls, prefix, mac, count)
        })
    }

    /// Ends on a link. What came of it is forgotten with the interface's addresses.
    pub(crate) fn end(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId) {
        if let Some(timer) = self.links.remove(&iface).and_then(|link| link.timer) {
            timers.disarm(timer);
        }
    }

    /// What is known of a link; `None` where nothing is arranged.
    pub(crate) fn learned(&self, iface: InterfaceId) -> Option<Learned> {
        self.links.get(&iface).map(Link::learned)
    }

    /// A neighbour that was a router is none any more (RFC 4861 §7.2.5).
    pub(crate) fn no_router(&mut self, iface: InterfaceId, addr: Ipv6Addr) -> Vec<Action> {
        self.links
            .get_mut(&iface)
            .map_or_else(Vec::new, |link| link.drop_router(addr))
    }

    /// A link's time has come: ask again, or forget what ran out.
    pub(crate) fn expire(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
    ) -> Vec<Action> {
        let Some(link) = self.links.get_mut(&iface) else {
            return Vec::new();
        };
        link.timer = None;
        let mut actions = link.expire(now);
        if link.ask_again(now, &mut self.rng) {
            actions.push(Action::Solicit(link.mac));
        }
        self.arm(timers, iface);
        actions
    }

    fn arm(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId) {
        if let Some(link) = self.links.get_mut(&iface) {
            if let Some(timer) = link.timer.take() {
                timers.disarm(timer);
            }
            let at = link.next();
            link.timer = at.map(|at| timers.arm(at, TimerKey::Autoconf(iface.0)));
        }
    }
}

#[cfg(test)]
mod tests;
