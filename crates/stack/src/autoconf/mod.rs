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
//! | `advertise` | this host is one, and says so |
//! | `temporary` | addresses that change daily (RFC 8981) |
//! | `link` | what is known of one link, and until when |

mod advertise;
mod advertised;
mod identifier;
mod link;
mod solicit;
mod temporary;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Instant, Rng};
use wire::{Ipv6Net, MacAddr};

use crate::interface::InterfaceId;
use crate::keyed::Keyed;
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

pub use advertise::{AdvertisedRoute, RouterConfig};
pub(crate) use advertise::{Advertisers, Due};
pub(crate) use link::Action;
use link::Link;
pub use link::{Learned, Router};

/// Where every node of a link has an address.
const LINK_LOCAL: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 64);

/// The layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Autoconf {
    links: BTreeMap<InterfaceId, Link>,
    /// Where this host is a router itself.
    pub(crate) advertisers: Advertisers,
    /// RFC 7217's secret: one computer's addresses tell nothing of another's.
    secret: Keyed,
    rng: Rng,
}

impl Autoconf {
    /// No links. The secret is drawn from `rng`.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            links: BTreeMap::new(),
            advertisers: Advertisers::default(),
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
        let conf = sysctls.conf_v6.of(iface);
        if sysctls.accepts_ra(iface) {
            link.solicit(now, &mut self.rng);
        }
        let own = self.secret.address(conf, LINK_LOCAL, mac, 0);
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
        let conf = sysctls.conf_v6.of(iface);
        link.refuse(addr, &mut self.rng, |prefix, count| {
            secret.address(conf, prefix, mac, count)
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
        sysctls: &Sysctls,
        now: Instant,
        iface: InterfaceId,
    ) -> Vec<Action> {
        let Some(link) = self.links.get_mut(&iface) else {
            return Vec::new();
        };
        link.timer = None;
        let mut actions = link.expire(now);
        let conf = sysctls.conf_v6.of(iface);
        link.renew_temporary(&mut self.rng, conf, now, &mut actions);
        if link.ask_again(now, &mut self.rng) {
            actions.push(Action::Solicit(link.mac));
        }
        self.arm(timers, iface);
        actions
    }

    /// Begins to say what a router says to its link.
    pub(crate) fn advertise(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        of: (InterfaceId, RouterConfig),
    ) {
        let Self {
            advertisers, rng, ..
        } = self;
        advertisers.begin(timers, rng, now, of);
    }

    /// A link's time has come: what is to be said. `ready` is whether there is an address to speak
    /// from.
    pub(crate) fn advertise_due(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
        ready: bool,
    ) -> Option<Due> {
        let Self {
            advertisers, rng, ..
        } = self;
        advertisers.expire(timers, rng, now, iface, ready)
    }

    /// Somebody asks for routers; false where this is none.
    pub(crate) fn solicited(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
    ) -> bool {
        let Self {
            advertisers, rng, ..
        } = self;
        advertisers.solicited(timers, rng, now, iface)
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
