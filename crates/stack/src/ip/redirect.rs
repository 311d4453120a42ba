//! A router showed a better way (RFC 792, RFC 1122 §3.2.2.2; RFC 4861 §8).

use alloc::collections::VecDeque;
use core::net::{IpAddr, Ipv4Addr};

use base::{Instant, Rng};

use super::route::Route;
use super::{Ip, egress};
use crate::interface::{Interface, InterfaceId};
use crate::ip_header::Header;
use crate::keyed::{Keyed, KeyedMap};
use crate::packet::Way;
use crate::sysctl::Sysctls;
use crate::verdict::DropReason;
use crate::zone;

/// Destinations that are remembered; the oldest gives way.
const LIMIT: usize = 1024;

/// What a router said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// Where it was heard.
    pub(crate) iface: InterfaceId,
    /// Who said so.
    pub(crate) from: IpAddr,
    /// For which destination.
    pub(crate) dst: IpAddr,
    /// Whom to send to: another router, or with IPv6 the destination itself.
    pub(crate) to: IpAddr,
}

#[derive(Clone, Copy, Debug)]
struct Redirect {
    said: Said,
    expires: Instant,
}

/// The better ways.
#[derive(Debug)]
pub(crate) struct Redirects {
    known: KeyedMap<IpAddr, Redirect>,
    /// Those known, each once, in the order in which they came.
    oldest: VecDeque<(Instant, IpAddr)>,
}

impl Redirects {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            known: KeyedMap::with_hasher(Keyed::new(rng)),
            oldest: VecDeque::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The next hop that a router has shown for `dst`, as long as the route leads through that
    /// router.
    pub(super) fn instead(&self, now: Instant, route: &Route, dst: IpAddr) -> Option<IpAddr> {
        if self.known.is_empty() {
            return None;
        }
        let Redirect { said, expires } = self.known.get(&dst)?;
        let holds = now < *expires && route.gateway == Some(said.from) && route.iface == said.iface;
        holds.then_some(said.to)
    }

    /// Takes a better way for so long.
    pub(crate) fn learn(&mut self, sysctls: &Sysctls, now: Instant, mut said: Said, route: &Route) {
        // A second redirect comes from the router that the first led to; the route still has the
        // one that it is bound to.
        if let Some(gateway) = route.gateway {
            said.from = gateway;
        }
        let timeout = match said.dst {
            IpAddr::V4(_) => sysctls.redirect_timeout,
            IpAddr::V6(_) => sysctls.ipv6_redirect_timeout,
        };
        let expires = now + timeout;
        let redirect = Redirect { said, expires };
        if self.known.insert(said.dst, redirect).is_none() {
            self.oldest.push_back((expires, said.dst));
        }
        while self.known.len() > LIMIT {
            let Some((expires, dst)) = self.oldest.pop_front() else {
                break;
            };
            match self.known.get(&dst) {
                // It was heard of again since.
                Some(known) if known.expires > expires => {
                    self.oldest.push_back((known.expires, dst));
                }
                _ => {
                    self.known.remove(&dst);
                }
            }
        }
    }

    /// A neighbour does not answer: nothing is sent there for having been told so.
    pub(super) fn forget_towards(&mut self, iface: InterfaceId, to: IpAddr) {
        self.forget(|said| said.iface == iface && said.to == to);
    }

    /// An interface was switched off.
    pub(crate) fn forget_at(&mut self, iface: InterfaceId) {
        self.forget(|said| said.iface == iface);
    }

    fn forget(&mut self, over: impl Fn(&Said) -> bool) {
        if self.known.is_empty() {
            return;
        }
        self.known.retain(|_, redirect| !over(&redirect.said));
        let known = &self.known;
        self.oldest.retain(|(_, dst)| known.contains_key(dst));
    }
}

/// Whether a redirect may be believed: this host takes such, it comes from who passes our packets to
/// that destination on, and it leads to somebody who can be asked (RFC 1122 §3.2.2.2,
/// RFC 4861 §8.1; Linux's `ip_rt_redirect`). The route that it holds for.
///
/// # Errors
///
/// [`DropReason::RedirectNotWanted`], [`DropReason::RedirectNotFromGateway`],
/// [`DropReason::RedirectBadTarget`].
pub(crate) fn judge(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    now: Instant,
    said: &Said,
) -> Result<Route, DropReason> {
    let Said {
        iface,
        from,
        dst,
        to,
    } = *said;
    let wanted = match dst {
        IpAddr::V4(_) => sysctls.accepts_redirects_v4(iface),
        IpAddr::V6(_) => sysctls.accepts_redirects_v6(iface),
    };
    if !wanted {
        return Err(DropReason::RedirectNotWanted);
    }
    let good = |id: InterfaceId| interfaces.get(id.index()).is_some_and(|i| i.leads_to(dst));
    let route = ip.best_route(dst, good).copied();
    let exit = zone::exit(dst, iface);
    let choice = egress::select(ip, interfaces, now, dst, None, exit);
    let (Some(route), Ok(choice)) = (route, choice) else {
        return Err(DropReason::RedirectNotFromGateway);
    };
    if (choice.iface, choice.next_hop) != (iface, from) || route.gateway.is_none() {
        return Err(DropReason::RedirectNotFromGateway);
    }
    let good = match (to, dst) {
        (IpAddr::V4(to), _) => may_lead_v4(ip, interfaces, sysctls, iface, from, to),
        // RFC 4861 §8.1: to the destination itself, or to a router by its address of the link.
        (IpAddr::V6(_), _) => {
            (to == dst || zone::is_zoned(to)) && !to.is_multicast() && !to.is_unspecified()
        }
    };
    if !good || to == from || ip.addresses.find_at(iface, to).is_some() {
        return Err(DropReason::RedirectBadTarget);
    }
    Ok(route)
}

/// Whether a redirect of IPv4 may lead there.
fn may_lead_v4(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    iface: InterfaceId,
    from: IpAddr,
    to: Ipv4Addr,
) -> bool {
    let [first, ..] = to.octets();
    if to.is_multicast() || to.is_broadcast() || to.is_loopback() || first == 0 || first >= 240 {
        return false;
    }
    if sysctls.either_v4(iface, |conf| conf.shared_media) {
        return true;
    }
    // RFC 1122 §3.2.2.2: on the same network as the router that says so.
    let addresses = interfaces.get(iface.index()).map(|i| &i.addresses);
    let mut nets = addresses.into_iter().flatten();
    let near = nets.any(|net| net.contains(&IpAddr::V4(to)) && net.contains(&from));
    let secure = sysctls.either_v4(iface, |conf| conf.secure_redirects);
    let is_default = || {
        ip.routes
            .iter()
            .any(|route| route.network.prefix_len() == 0 && route.gateway == Some(IpAddr::V4(to)))
    };
    near && (!secure || is_default())
}

/// Whether a packet that is passed on leaves to the link that it came from, so that its sender
/// could have sent it there himself (RFC 1812 §5.2.7.2, RFC 4861 §8.2). Source-routed packets never
/// come so far.
pub(crate) fn is_detour(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    arrival: InterfaceId,
    header: &Header,
    way: &Way,
) -> bool {
    let (src, dst) = (header.src(), header.dst());
    if way.iface != arrival || src.is_unspecified() {
        return false;
    }
    // The sender is on the link.
    let good = |id: InterfaceId| interfaces.get(id.index()).is_some_and(|i| i.leads_to(src));
    let back = ip.routes.lookup(src, good);
    let neighbor = back.is_some_and(|route| route.gateway.is_none() && route.iface == arrival);
    if !neighbor {
        return false;
    }
    match header {
        Header::V4(_) => {
            let shared = sysctls.either_v4(arrival, |conf| conf.shared_media);
            let nets = interfaces.get(arrival.index()).map(|i| &i.addresses);
            let mut nets = nets.into_iter().flatten();
            let near = nets.any(|net| net.contains(&src) && net.contains(&way.next_hop));
            sysctls.either_v4(arrival, |conf| conf.send_redirects) && (shared || near)
        }
        // A router is named by its address of the link, or not at all.
        Header::V6(_) => way.next_hop == dst || zone::is_zoned(way.next_hop),
    }
}
