//! What is known of one link, and until when.

use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Duration, Instant, Rng};
use wire::ndp::Preference;
use wire::{Ipv6Net, MacAddr};

use super::solicit::Question;
use super::temporary::Temporary;
use crate::timer::TimerId;

/// Routers, prefixes, routes and name servers of one link that are remembered, of each.
pub(super) const MOST: usize = 16;

/// Addresses that are made in the place of one that somebody has (RFC 7217 §7, `IDGEN_RETRIES`).
const IDGEN_RETRIES: u8 = 3;

/// What follows for addresses and routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// An address is to be used.
    AddAddress(Ipv6Net),
    /// One that changes daily is.
    AddTemporary(Ipv6Net),
    /// It ran out.
    RemoveAddress(Ipv6Addr),
    /// An address is no longer preferred, or is again.
    Deprecate(Ipv6Addr, bool),
    /// A network can be reached: directly, or through a router.
    AddRoute(Ipv6Net, Option<Ipv6Addr>, Preference),
    /// No more.
    RemoveRoute(Ipv6Net, Option<Ipv6Addr>, Preference),
    /// The link's MTU.
    SetMtu(usize),
    /// Hops that packets that leave there may make.
    SetHopLimit(u8),
    /// Routers are to be asked for, by the card of that address.
    Solicit(MacAddr),
}

/// A default router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Router {
    /// Its address of the link.
    pub addr: Ipv6Addr,
    /// How much it is preferred (RFC 4191).
    pub preference: Preference,
    /// Until when it is one.
    pub until: Instant,
}

/// Something of a link that lasts until then; `None` for ever.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lasting<T> {
    pub(super) what: T,
    pub(super) until: Option<Instant>,
}

/// An address that was made of a router's prefix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) net: Ipv6Net,
    /// When it is no longer ours; `None` for never.
    pub(super) until: Option<Instant>,
    /// When it is no longer preferred.
    pub(super) preferred_until: Option<Instant>,
    pub(super) deprecated: bool,
    /// Of one that changes daily.
    pub(super) temporary: Option<Temporary>,
}

impl Made {
    /// What lifetimes make of it at a time.
    pub(super) fn judge(&mut self, now: Instant) -> Option<Action> {
        let deprecated = self.preferred_until.is_some_and(|until| until <= now);
        let changes = deprecated != self.deprecated;
        self.deprecated = deprecated;
        changes.then(|| Action::Deprecate(self.net.addr(), deprecated))
    }

    /// When something becomes of it next.
    fn next(&self) -> Option<Instant> {
        let preferred = self.preferred_until.filter(|_| !self.deprecated);
        let renewed = self.temporary.and_then(|it| it.renewed_at);
        let all = [self.until, preferred, renewed];
        all.into_iter().flatten().min()
    }
}

/// What a host learned from a link's routers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Default routers, in the order in which they were heard.
    pub routers: Vec<Router>,
    /// Name servers (RFC 8106).
    pub servers: Vec<Ipv6Addr>,
    /// The hop limit that routers recommend.
    pub hop_limit: Option<u8>,
    /// Addresses are to be had by DHCPv6.
    pub managed: bool,
    /// Other settings are.
    pub other: bool,
}

/// A link.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) mac: MacAddr,
    /// The address of the link.
    pub(super) own: Option<Ipv6Net>,
    /// Prefixes of which addresses were refused, and how many.
    pub(super) refused: Vec<(Ipv6Net, u8)>,
    /// The next question for routers, while there is none.
    pub(super) question: Option<Question>,
    pub(super) learned: Learned,
    /// Networks that are on the link.
    pub(super) on_link: Vec<Lasting<Ipv6Net>>,
    /// Addresses that were made of a router's prefixes.
    pub(super) addresses: Vec<Made>,
    /// Routes of RFC 4191.
    pub(super) routes: Vec<Lasting<(Ipv6Net, Ipv6Addr, Preference)>>,
    pub(super) servers: Vec<Lasting<Ipv6Addr>>,
    pub(super) timer: Option<TimerId>,
}

/// The network of the default route.
pub(super) const EVERYWHERE: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0);

impl Link {
    pub(super) fn new(mac: MacAddr) -> Self {
        Self {
            mac,
            own: None,
            refused: Vec::new(),
            question: None,
            learned: Learned::default(),
            on_link: Vec::new(),
            addresses: Vec::new(),
            routes: Vec::new(),
            servers: Vec::new(),
            timer: None,
        }
    }

    pub(super) fn learned(&self) -> Learned {
        let mut learned = self.learned.clone();
        learned.servers = self.servers.iter().map(|server| server.what).collect();
        learned
    }

    /// When something is to be done next.
    pub(super) fn next(&self) -> Option<Instant> {
        let question = self.question.map(|question| question.at);
        let routers = self.learned.routers.iter().map(|router| router.until);
        let lasting = self.on_link.iter().filter_map(|it| it.until);
        let lasting = lasting.chain(self.addresses.iter().filter_map(Made::next));
        let lasting = lasting.chain(self.routes.iter().filter_map(|it| it.until));
        let lasting = lasting.chain(self.servers.iter().filter_map(|it| it.until));
        question.into_iter().chain(routers).chain(lasting).min()
    }

    /// Forgets what ran out.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        for net in take_over(&mut self.on_link, now) {
            actions.push(Action::RemoveRoute(net, None, Preference::Medium));
        }
        self.addresses.retain_mut(|made| {
            let over = made.until.is_some_and(|until| until <= now);
            if over {
                actions.push(Action::RemoveAddress(made.net.addr()));
            } else {
                actions.extend(made.judge(now));
            }
            !over
        });
        for (net, router, preference) in take_over(&mut self.routes, now) {
            actions.push(Action::RemoveRoute(net, Some(router), preference));
        }
        take_over(&mut self.servers, now);
        self.learned.routers.retain(|router| {
            let over = router.until <= now;
            if over {
                actions.push(router.removed());
            }
            !over
        });
        actions
    }

    /// What is to be undone when all is forgotten.
    pub(super) fn undo(self) -> Vec<Action> {
        let default = self.learned.routers.iter().map(Router::removed);
        let through = self.routes.iter().map(|route| {
            let (net, router, preference) = route.what;
            Action::RemoveRoute(net, Some(router), preference)
        });
        let on_link = self.on_link.iter().map(|net| net.what);
        let on_link = on_link.map(|net| Action::RemoveRoute(net, None, Preference::Medium));
        let addresses = self.addresses.iter().map(|made| made.net).chain(self.own);
        let addresses = addresses.map(|net| Action::RemoveAddress(net.addr()));
        default
            .chain(through)
            .chain(on_link)
            .chain(addresses)
            .collect()
    }

    /// An address of ours was refused. Where it was made here, another takes its place, by `make`
    /// of the prefix and the refusals so far (RFC 7217 §6).
    pub(super) fn refuse(
        &mut self,
        addr: Ipv6Addr,
        rng: &mut Rng,
        make: impl Fn(Ipv6Net, u8) -> Option<Ipv6Net>,
    ) -> Vec<Action> {
        if let Some(at) = self
            .addresses
            .iter()
            .position(|made| made.net.addr() == addr)
            && self.addresses[at].temporary.is_some()
        {
            return self.refuse_temporary(rng, at);
        }
        let made = self.addresses.iter_mut().map(|made| &mut made.net);
        let Some(made) = made.chain(&mut self.own).find(|net| net.addr() == addr) else {
            return Vec::new();
        };
        let prefix = made.trunc();
        let at = self.refused.iter().position(|(net, _)| *net == prefix);
        let at = at.unwrap_or_else(|| {
            self.refused.push((prefix, 0));
            self.refused.len() - 1
        });
        let count = &mut self.refused[at].1;
        if *count >= IDGEN_RETRIES {
            return Vec::new();
        }
        *count += 1;
        let Some(other) = make(prefix, *count) else {
            return Vec::new();
        };
        *made = other;
        Vec::from([Action::RemoveAddress(addr), Action::AddAddress(other)])
    }

    /// A neighbour is no router any more.
    pub(super) fn drop_router(&mut self, addr: Ipv6Addr) -> Vec<Action> {
        let routers = &mut self.learned.routers;
        let at = routers.iter().position(|router| router.addr == addr);
        let gone = at.map(|at| routers.remove(at).removed());
        gone.into_iter().collect()
    }
}

impl Router {
    /// Its default route. There is one through each router; which is taken, preference and
    /// reachability decide (RFC 4861 §6.3.6, RFC 4191 §3.2).
    pub(super) const fn added(&self) -> Action {
        Action::AddRoute(EVERYWHERE, Some(self.addr), self.preference)
    }

    pub(super) const fn removed(&self) -> Action {
        Action::RemoveRoute(EVERYWHERE, Some(self.addr), self.preference)
    }
}

/// What lasted until now.
fn take_over<T: Copy>(all: &mut Vec<Lasting<T>>, now: Instant) -> Vec<T> {
    let over = |it: &Lasting<T>| it.until.is_some_and(|until| until <= now);
    let gone = all.iter().filter(|it| over(it)).map(|it| it.what).collect();
    all.retain(|it| !over(it));
    gone
}

/// Until when something lasts.
pub(super) fn until(now: Instant, lifetime: Option<Duration>) -> Option<Instant> {
    lifetime.map(|lifetime| now + lifetime)
}
