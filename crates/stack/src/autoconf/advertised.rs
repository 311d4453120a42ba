//! A router spoke (RFC 4861 §6.3.4, RFC 4862 §5.5.3).

use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Duration, Instant, Rng};
use wire::ndp::options::{PrefixInformation, iter, servers};
use wire::ndp::{NdOption, Preference, RouterAdvertisement};
use wire::{Ipv6Net, ipv6};

use super::link::{EVERYWHERE, Lasting, Link, MOST, Made, until};
use super::{Action, Autoconf, Router};
use crate::interface::InterfaceId;
use crate::keyed::Keyed;
use crate::sysctl::{ConfV6, Sysctls};
use crate::timer::{TimerKey, Wheel};

/// No advertisement makes an address end sooner, unless it would anyway: who can forge one could
/// cut a host off (RFC 4862 §5.5.3 (e)).
const TWO_HOURS: Duration = Duration::from_secs(7200);

impl Autoconf {
    /// Takes an advertisement over, whose form and sender were checked; `options` are sound.
    pub(crate) fn advertised(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        (iface, from): (InterfaceId, Ipv6Addr),
        router: &RouterAdvertisement,
        options: &[u8],
    ) -> Vec<Action> {
        let accepts = sysctls.accepts_ra(iface);
        let conf = sysctls.conf_v6.of(iface);
        let Some(link) = self.links.get_mut(&iface).filter(|_| accepts) else {
            return Vec::new();
        };
        let mut actions = link.router(now, from, router, conf);
        for option in iter(options) {
            match option {
                NdOption::Prefix(info) if conf.accept_ra_pinfo => {
                    link.prefix(now, &info, &mut actions);
                    if conf.autoconf {
                        let makers = (&self.secret, &mut self.rng);
                        link.address(makers, conf, now, &info, &mut actions);
                    }
                }
                // RFC 4861 §6.3.4: within what IPv6 and the card allow; the spine knows the card.
                NdOption::Mtu(mtu) if mtu as usize >= ipv6::MIN_MTU && conf.accept_ra_mtu => {
                    actions.push(Action::SetMtu(mtu as usize));
                }
                NdOption::Route {
                    prefix,
                    preference: Some(preference),
                    lifetime,
                } if prefix != EVERYWHERE
                    && prefix.prefix_len() <= conf.accept_ra_rt_info_max_plen =>
                {
                    let prefix = prefix.trunc();
                    link.route(now, (prefix, from, preference), lifetime, &mut actions);
                }
                NdOption::Rdnss {
                    lifetime,
                    servers: list,
                } => servers(list).for_each(|server| {
                    enter(&mut link.servers, server, now, lifetime);
                }),
                _ => {}
            }
        }
        self.arm(timers, iface);
        actions
    }
}

impl Link {
    fn router(
        &mut self,
        now: Instant,
        from: Ipv6Addr,
        said: &RouterAdvertisement,
        conf: &ConfV6,
    ) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(hops) = said.hop_limit {
            self.learned.hop_limit = Some(hops);
            actions.push(Action::SetHopLimit(hops));
        }
        self.learned.managed = said.managed;
        self.learned.other = said.other;
        if said.lifetime == Duration::ZERO || !conf.accept_ra_defrtr {
            actions.extend(self.drop_router(from));
            return actions;
        }
        // RFC 7559 §2.1: one that can be a default router was heard.
        self.question = None;
        let router = Router {
            addr: from,
            preference: said.preference,
            until: now + said.lifetime,
        };
        let routers = &mut self.learned.routers;
        match routers.iter().position(|router| router.addr == from) {
            Some(at) => {
                let known = &mut routers[at];
                if known.preference != router.preference {
                    actions.extend([known.removed(), router.added()]);
                }
                *known = router;
            }
            None if routers.len() < MOST => {
                routers.push(router);
                actions.push(router.added());
            }
            None => {}
        }
        actions
    }

    /// RFC 4861 §6.3.4: a network that is on the link.
    fn prefix(&mut self, now: Instant, info: &PrefixInformation, actions: &mut Vec<Action>) {
        let net = info.prefix.trunc();
        if !info.on_link || net.addr().is_unicast_link_local() || net.addr().is_multicast() {
            return;
        }
        match enter(&mut self.on_link, net, now, info.valid_lifetime) {
            Entered::New => actions.push(Action::AddRoute(net, None, Preference::Medium)),
            Entered::Gone => actions.push(Action::RemoveRoute(net, None, Preference::Medium)),
            Entered::Known => {}
        }
    }

    /// RFC 4862 §5.5.3: an address of a prefix.
    fn address(
        &mut self,
        (secret, rng): (&Keyed, &mut Rng),
        conf: &ConfV6,
        now: Instant,
        info: &PrefixInformation,
        actions: &mut Vec<Action>,
    ) {
        let net = info.prefix.trunc();
        let (valid, preferred) = (info.valid_lifetime, info.preferred_lifetime);
        let never = |time: Option<Duration>| time.unwrap_or(Duration::MAX);
        let usable = info.autonomous
            && net.prefix_len() == 64
            && !net.addr().is_unicast_link_local()
            && !net.addr().is_multicast()
            && never(preferred) <= never(valid);
        if !usable {
            return;
        }
        let mut known = false;
        for made in &mut self.addresses {
            if made.net.trunc() == net {
                known |= made.temporary.is_none();
                let left = made.until.map_or(Duration::MAX, |until| until.since(now));
                if never(valid) > TWO_HOURS || never(valid) > left {
                    made.until = until(now, valid);
                } else if left > TWO_HOURS {
                    made.until = Some(now + TWO_HOURS);
                }
                // Whatever became of the other (RFC 4862 §5.5.3 (e)).
                made.preferred_until = until(now, preferred);
                made.within(conf);
                actions.extend(made.judge(now));
            }
        }
        if !known
            && never(valid) > Duration::ZERO
            && self.addresses.len() < MOST
            && let Some(address) = secret.address(conf, net, self.mac, 0)
        {
            let mut made = Made {
                net: address,
                until: until(now, valid),
                preferred_until: until(now, preferred),
                deprecated: false,
                temporary: None,
            };
            actions.push(Action::AddAddress(address));
            actions.extend(made.judge(now));
            self.addresses.push(made);
            self.make_temporary(rng, conf, now, &made, actions);
        }
    }

    /// RFC 4191 §3: a route of one router has one preference, the last that it was given.
    fn route(
        &mut self,
        now: Instant,
        (net, via, preference): (Ipv6Net, Ipv6Addr, Preference),
        lifetime: Option<Duration>,
        actions: &mut Vec<Action>,
    ) {
        let same = |route: &Lasting<(Ipv6Net, Ipv6Addr, Preference)>| {
            (route.what.0, route.what.1) == (net, via)
        };
        if let Some(at) = self.routes.iter().position(same) {
            let (.., old) = self.routes[at].what;
            if old != preference {
                self.routes.remove(at);
                actions.push(Action::RemoveRoute(net, Some(via), old));
            }
        }
        match enter(&mut self.routes, (net, via, preference), now, lifetime) {
            Entered::New => actions.push(Action::AddRoute(net, Some(via), preference)),
            Entered::Gone => actions.push(Action::RemoveRoute(net, Some(via), preference)),
            Entered::Known => {}
        }
    }
}

/// What became of a thing that a router spoke of.
enum Entered {
    New,
    Known,
    /// Its lifetime was 0.
    Gone,
}

/// Enters something for so long; a lifetime of 0 takes it out. A full list takes no more.
fn enter<T: Copy + PartialEq>(
    all: &mut Vec<Lasting<T>>,
    what: T,
    now: Instant,
    lifetime: Option<Duration>,
) -> Entered {
    let at = all.iter().position(|known| known.what == what);
    let ends = lifetime == Some(Duration::ZERO);
    match at {
        Some(at) if ends => {
            all.remove(at);
            Entered::Gone
        }
        Some(at) => {
            all[at].until = until(now, lifetime);
            Entered::Known
        }
        None if ends || all.len() >= MOST => Entered::Known,
        None => {
            all.push(Lasting {
                what,
                until: until(now, lifetime),
            });
            Entered::New
        }
    }
}
