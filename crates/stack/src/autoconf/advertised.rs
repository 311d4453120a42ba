//! A router spoke (RFC 4861 §6.3.4, RFC 4862 §5.5.3).

use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Duration, Instant};
use wire::ndp::options::{PrefixInformation, iter, servers};
use wire::ndp::{NdOption, RouterAdvertisement};
use wire::{Ipv6Net, ipv6};

use super::link::{EVERYWHERE, Lasting, Link, MOST, until};
use super::{Action, Autoconf, Router};
use crate::interface::InterfaceId;
use crate::keyed::Keyed;
use crate::sysctl::Sysctls;
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
        // Linux: 1 means not for a router, 2 for everybody.
        let accepts = match sysctls.accept_ra {
            0 => false,
            1 => !sysctls.ipv6_forwarding,
            _ => true,
        };
        let Some(link) = self.links.get_mut(&iface).filter(|_| accepts) else {
            return Vec::new();
        };
        let mut actions = link.router(now, from, router);
        for option in iter(options) {
            match option {
                NdOption::Prefix(info) => {
                    link.prefix(now, &info, &mut actions);
                    if sysctls.autoconf {
                        link.address(&self.secret, sysctls, now, &info, &mut actions);
                    }
                }
                // RFC 4861 §6.3.4: within what IPv6 and the card allow; the spine knows the card.
                NdOption::Mtu(mtu) if mtu as usize >= ipv6::MIN_MTU => {
                    actions.push(Action::SetMtu(mtu as usize));
                }
                NdOption::Route {
                    prefix,
                    preference: Some(_),
                    lifetime,
                } if prefix != EVERYWHERE => {
                    link.route(now, (prefix, from), lifetime, &mut actions);
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
    fn router(&mut self, now: Instant, from: Ipv6Addr, said: &RouterAdvertisement) -> Vec<Action> {
        self.learned.hop_limit = said.hop_limit.or(self.learned.hop_limit);
        self.learned.managed = said.managed;
        self.learned.other = said.other;
        let routers = &mut self.learned.routers;
        let known = routers.iter().position(|router| router.addr == from);
        let router = Router {
            addr: from,
            preference: said.preference,
            until: now + said.lifetime,
        };
        if said.lifetime == Duration::ZERO {
            routers.retain(|router| router.addr != from);
        } else {
            // RFC 7559 §2.1: one that can be a default router was heard.
            self.question = None;
            match known {
                Some(known) => routers[known] = router,
                None if routers.len() < MOST => routers.push(router),
                None => {}
            }
        }
        self.choose()
    }

    /// RFC 4861 §6.3.4: a network that is on the link.
    fn prefix(&mut self, now: Instant, info: &PrefixInformation, actions: &mut Vec<Action>) {
        let net = info.prefix.trunc();
        if !info.on_link || net.addr().is_unicast_link_local() || net.addr().is_multicast() {
            return;
        }
        match enter(&mut self.on_link, net, now, info.valid_lifetime) {
            Entered::New => actions.push(Action::AddRoute(net, None)),
            Entered::Gone => actions.push(Action::RemoveRoute(net, None)),
            Entered::Known => {}
        }
    }

    /// RFC 4862 §5.5.3: an address of a prefix.
    fn address(
        &mut self,
        secret: &Keyed,
        sysctls: &Sysctls,
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
        let known = self
            .addresses
            .iter_mut()
            .find(|address| address.what.trunc() == net);
        if let Some(known) = known {
            let left = known.until.map_or(Duration::MAX, |until| until.since(now));
            if never(valid) > TWO_HOURS || never(valid) > left {
                known.until = until(now, valid);
            } else if left > TWO_HOURS {
                known.until = Some(now + TWO_HOURS);
            }
        } else if never(valid) > Duration::ZERO
            && self.addresses.len() < MOST
            && let Some(address) = secret.address(sysctls, net, self.mac, 0)
        {
            self.addresses.push(Lasting {
                what: address,
                until: until(now, valid),
            });
            actions.push(Action::AddAddress(address));
        }
    }

    fn route(
        &mut self,
        now: Instant,
        (net, via): (Ipv6Net, Ipv6Addr),
        lifetime: Option<Duration>,
        actions: &mut Vec<Action>,
    ) {
        match enter(&mut self.routes, (net, via), now, lifetime) {
            Entered::New => actions.push(Action::AddRoute(net, Some(via))),
            Entered::Gone => actions.push(Action::RemoveRoute(net, Some(via))),
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
