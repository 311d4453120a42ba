//! Settings of single interfaces: `net.ipv4.conf.<interface>.…` and `net.ipv6.conf.<interface>.…`.
//!
//! As on Linux, `default` is what an interface begins with. With IPv4, `all` and the interface's own
//! value hold together, each setting in its way; with IPv6 an interface's own value alone holds. To
//! set `forwarding` of `all` sets it everywhere.

use alloc::vec::Vec;

use base::Duration;

use super::Sysctls;
use crate::interface::InterfaceId;

/// One interface's settings of IPv4, `net.ipv4.conf.<interface>.…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfV4 {
    /// `forwarding`: packets for others that come in here are passed on; `None` as `all` has it.
    pub forwarding: Option<bool>,
    /// `accept_redirects`: routers may show a better way.
    pub accept_redirects: bool,
    /// `secure_redirects`: only through default gateways.
    pub secure_redirects: bool,
    /// `shared_media`: the link may carry several networks, so that a redirect may lead to a router,
    /// and a router may redirect to one, of another network.
    pub shared_media: bool,
    /// `send_redirects`: a router shows hosts a better way.
    pub send_redirects: bool,
    /// `rp_filter`: 1: a source must be one to which packets would leave by the same interface
    /// (RFC 3704 §2.2); 2: one to which packets would leave at all.
    pub rp_filter: u8,
    /// `arp_ignore`: 0: every address of ours is answered for; 1: those of the interface alone; 2: and
    /// only to who is on its network; 8: none.
    pub arp_ignore: u8,
    /// `proxy_arp`: questions for those that we reach by another interface are answered.
    pub proxy_arp: bool,
    /// `ignore_routes_with_linkdown`: routes are passed over while the interface has no carrier.
    pub ignore_routes_with_linkdown: bool,
}

impl Default for ConfV4 {
    /// Linux's values.
    fn default() -> Self {
        Self {
            forwarding: None,
            accept_redirects: true,
            secure_redirects: true,
            shared_media: true,
            send_redirects: true,
            rp_filter: 0,
            arp_ignore: 0,
            proxy_arp: false,
            ignore_routes_with_linkdown: false,
        }
    }
}

/// One interface's settings of IPv6, `net.ipv6.conf.<interface>.…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfV6 {
    /// `forwarding`: packets for others that come in here are passed on; `None` as `all` has it.
    pub forwarding: Option<bool>,
    /// `hop_limit`: hops that packets that leave here may make; `None` as `all` has it.
    pub hop_limit: Option<u8>,
    /// `accept_redirects`: routers may show a better way, where this is no router.
    pub accept_redirects: bool,
    /// `accept_ra`: 0 not to listen to routers, 1 unless this is one, 2 always.
    pub accept_ra: u8,
    /// `accept_ra_defrtr`: an advertised router may be a default router.
    pub accept_ra_defrtr: bool,
    /// `accept_ra_pinfo`: advertised prefixes are taken over.
    pub accept_ra_pinfo: bool,
    /// `accept_ra_mtu`: and the MTU.
    pub accept_ra_mtu: bool,
    /// `accept_ra_rt_info_max_plen`: routes that routers advertise (RFC 4191) are taken over up to
    /// prefixes of so many bits. Linux's default is 0, none at all, on a host.
    pub accept_ra_rt_info_max_plen: u8,
    /// `autoconf`: addresses are made of the prefixes that routers advertise.
    pub autoconf: bool,
    /// `addr_gen_mode`: of what the low half of such addresses is made: 0 the
    /// MAC address, 1 the same, but no address of the link, 2 a secret (RFC 7217). Linux's default
    /// is 0 until it is given a secret; a stack here always has one.
    pub addr_gen_mode: u8,
    /// `dad_transmits`: how often others are asked whether they have an IPv6
    /// address before it is used; 0 uses it at once (RFC 4862 §5.1).
    pub dad_transmits: u8,
    /// `enhanced_dad`: those questions carry a number by which they are known
    /// when the link brings them back (RFC 7527).
    pub enhanced_dad: bool,
    /// `use_tempaddr`: addresses that last a day (RFC 8981): 0 none, 1 made, 2 made and preferred.
    pub use_tempaddr: u8,
    /// `temp_valid_lft`: how long such an address is valid at most.
    pub temp_valid_lft: Duration,
    /// `temp_prefered_lft`: and preferred.
    pub temp_prefered_lft: Duration,
    /// `ignore_routes_with_linkdown`: routes are passed over while the interface has no carrier.
    pub ignore_routes_with_linkdown: bool,
}

impl Default for ConfV6 {
    /// Linux's values, but for `addr_gen_mode` and `accept_ra_rt_info_max_plen`.
    fn default() -> Self {
        Self {
            forwarding: None,
            hop_limit: None,
            accept_redirects: true,
            accept_ra: 1,
            accept_ra_defrtr: true,
            accept_ra_pinfo: true,
            accept_ra_mtu: true,
            accept_ra_rt_info_max_plen: 128,
            autoconf: true,
            addr_gen_mode: 2,
            dad_transmits: 1,
            enhanced_dad: true,
            use_tempaddr: 0,
            temp_valid_lft: Duration::from_secs(604_800),
            temp_prefered_lft: Duration::from_secs(86_400),
            ignore_routes_with_linkdown: false,
        }
    }
}

/// One family's settings of all interfaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf<T> {
    /// `all`.
    pub all: T,
    /// `default`: what an interface begins with.
    pub default: T,
    /// By [`InterfaceId`].
    each: Vec<T>,
}

impl<T: Clone> Conf<T> {
    /// An interface's own values.
    #[must_use]
    pub fn of(&self, iface: InterfaceId) -> &T {
        self.each.get(iface.index()).unwrap_or(&self.default)
    }

    /// The same, to be changed; `None` for an interface that is not there.
    pub fn of_mut(&mut self, iface: InterfaceId) -> Option<&mut T> {
        self.each.get_mut(iface.index())
    }
}

/// Whose value a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    All,
    Default,
    One(InterfaceId),
}

impl<T> Conf<T> {
    pub(super) fn whose(&self, whose: Whose) -> Option<&T> {
        match whose {
            Whose::All => Some(&self.all),
            Whose::Default => Some(&self.default),
            Whose::One(iface) => self.each.get(iface.index()),
        }
    }

    pub(super) fn whose_mut(&mut self, whose: Whose) -> Option<&mut T> {
        match whose {
            Whose::All => Some(&mut self.all),
            Whose::Default => Some(&mut self.default),
            Whose::One(iface) => self.each.get_mut(iface.index()),
        }
    }
}

impl Sysctls {
    /// One more interface: it begins with what `default` says.
    pub(crate) fn add_interface(&mut self) {
        self.conf_v4.each.push(self.conf_v4.default.clone());
        self.conf_v6.each.push(self.conf_v6.default.clone());
    }

    /// Whether packets of IPv4 for others that come in there are passed on.
    pub(crate) fn forwards_v4(&self, iface: InterfaceId) -> bool {
        self.conf_v4.of(iface).forwarding.unwrap_or(self.ip_forward)
    }

    /// Whether packets of IPv6 are.
    pub(crate) fn forwards_v6(&self, iface: InterfaceId) -> bool {
        let own = self.conf_v6.of(iface).forwarding;
        own.unwrap_or(self.ipv6_forwarding)
    }

    /// Whether routers of IPv4 may show a better way. Linux: on a router `all` and the interface have
    /// to agree, on a host one of both suffices.
    pub(crate) fn accepts_redirects_v4(&self, iface: InterfaceId) -> bool {
        let (all, own) = (&self.conf_v4.all, self.conf_v4.of(iface));
        if self.forwards_v4(iface) {
            all.accept_redirects && own.accept_redirects
        } else {
            all.accept_redirects || own.accept_redirects
        }
    }

    /// Whether those of IPv6 may: never to a router (RFC 4861 §8.3).
    pub(crate) fn accepts_redirects_v6(&self, iface: InterfaceId) -> bool {
        !self.forwards_v6(iface) && self.conf_v6.of(iface).accept_redirects
    }

    /// A flag of IPv4 that holds where `all` or the interface has it.
    pub(crate) fn either_v4(&self, iface: InterfaceId, flag: fn(&ConfV4) -> bool) -> bool {
        flag(&self.conf_v4.all) || flag(self.conf_v4.of(iface))
    }

    /// A level of IPv4 of which the higher of `all`'s and the interface's holds.
    pub(crate) fn higher_v4(&self, iface: InterfaceId, level: fn(&ConfV4) -> u8) -> u8 {
        level(&self.conf_v4.all).max(level(self.conf_v4.of(iface)))
    }

    /// Whether routes of IPv4 and of IPv6 are passed over where that interface has no carrier: `all` or
    /// the interface's own says so.
    pub(crate) fn ignores_linkdown(&self, iface: InterfaceId) -> [bool; 2] {
        let v6 = [&self.conf_v6.all, self.conf_v6.of(iface)];
        [
            self.either_v4(iface, |conf| conf.ignore_routes_with_linkdown),
            v6.iter().any(|conf| conf.ignore_routes_with_linkdown),
        ]
    }

    /// Hops that packets of IPv6 that leave there may make.
    pub(crate) fn hop_limit(&self, iface: InterfaceId) -> u8 {
        let own = self.conf_v6.of(iface).hop_limit;
        own.unwrap_or(self.ipv6_hop_limit)
    }

    /// Whether routers of that link are listened to.
    pub(crate) fn accepts_ra(&self, iface: InterfaceId) -> bool {
        match self.conf_v6.of(iface).accept_ra {
            0 => false,
            1 => !self.forwards_v6(iface),
            _ => true,
        }
    }

    /// `forwarding` of `all` was set: it holds everywhere from now on, and of IPv4's redirects a
    /// router takes none (Linux's `inet_forward_change`).
    pub(super) fn forward_everywhere(&mut self, v6: bool) {
        if v6 {
            let each = self.conf_v6.each.iter_mut();
            let each = each.chain([&mut self.conf_v6.default]);
            each.for_each(|conf| conf.forwarding = None);
        } else {
            let each = self.conf_v4.each.iter_mut();
            let each = each.chain([&mut self.conf_v4.default]);
            each.for_each(|conf| conf.forwarding = None);
            self.conf_v4.all.accept_redirects = !self.ip_forward;
        }
    }
}
