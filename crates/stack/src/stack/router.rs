//! This host as a router of IPv6: what it says to its links (RFC 4861 §6.2, §8.2).

use core::net::{IpAddr, Ipv6Addr};

use base::{Duration, Frame, Instant};
use wire::MacAddr;

use crate::autoconf::{Due, RouterConfig};
use crate::config::ConfigError;
use crate::interface::InterfaceId;
use crate::ip_header::Header;
use crate::neighbor::{Key, ndp};
use crate::packet::{Cast, Packet, Reply, Way};
use crate::stack::Stack;
use crate::verdict::{DropReason, Stop, Verdict};

/// All nodes, and all routers on the link (RFC 4291 §2.7.1).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

impl Stack {
    /// Lets this host advertise itself on a link: it says what `config` says, from time to time and
    /// to who asks. Where the interface has no address of the link it takes one
    /// ([`autoconfigure`](Self::autoconfigure)). Called again, it says something else from now on.
    ///
    /// It is a default router only where it forwards (`net.ipv6.conf.all.forwarding`); where it does
    /// not, its lifetime is said to be 0.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`]; [`ConfigError::NoMac`] on a link without MAC addresses;
    /// [`ConfigError::BadAdvertisement`].
    pub fn advertise(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        config: RouterConfig,
    ) -> Result<(), ConfigError> {
        let interface = self.known(iface)?;
        if interface.mac().is_none() {
            return Err(ConfigError::NoMac);
        }
        config.check(interface.card_mtu)?;
        let mut own = interface.addresses.iter().chain(&interface.tentative);
        let local = |net: &wire::IpNet| matches!(net.addr(), IpAddr::V6(addr) if addr.is_unicast_link_local());
        if !own.any(local) {
            self.autoconfigure(now, iface)?;
        }
        if self.autoconf.advertisers.config(iface).is_none() {
            self.multicast.own(iface, ALL_ROUTERS.into(), true);
        }
        let Self {
            autoconf, timers, ..
        } = self;
        autoconf.advertise(timers, now, (iface, config));
        Ok(())
    }

    /// Ceases to advertise this host on a link, and says so to its hosts (RFC 4861 §6.2.5).
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`].
    pub fn cease_advertising(
        &mut self,
        now: Instant,
        iface: InterfaceId,
    ) -> Result<(), ConfigError> {
        self.known(iface)?;
        let advertisers = &mut self.autoconf.advertisers;
        if advertisers.config(iface).is_some() {
            advertisers.cease(&mut self.timers, now, iface);
            self.multicast.own(iface, ALL_ROUTERS.into(), false);
        }
        Ok(())
    }

    /// What this host advertises on a link; `None` where nothing.
    #[must_use]
    pub fn advertised(&self, iface: InterfaceId) -> Option<&RouterConfig> {
        self.autoconf.advertisers.config(iface)
    }

    /// A link's time has come: the router says what is to be said.
    pub(super) fn advertise_due(&mut self, now: Instant, iface: InterfaceId) {
        let interface = self.interfaces.get(iface.index()).filter(|i| i.up);
        let own = interface.and_then(|i| Some((i.link_local()?, i.mac()?)));
        let Self {
            autoconf, timers, ..
        } = self;
        let due = autoconf.advertise_due(timers, now, iface, own.is_some());
        let (Some(due), Some((own, mac))) = (due, own) else {
            return;
        };
        let frame = match due {
            Due::Say(config) => {
                let forwards = self.sysctls.forwards_v6(iface);
                // RFC 4861 §6.2.3: who does not forward is no default router.
                let lifetime = if forwards {
                    config.router.lifetime
                } else {
                    Duration::ZERO
                };
                config.packet(own, mac, lifetime)
            }
            Due::Part(config) => config.packet(own, mac, Duration::ZERO),
        };
        let dst = MacAddr::multicast_v6(ALL_NODES);
        if let Err(stop) = self.owe(Reply::Ndp { iface, dst, frame }) {
            self.settle(stop);
        }
    }

    /// An interface was switched off, of whose link the router speaks.
    pub(super) fn advertising_down(&mut self, iface: InterfaceId) {
        let advertisers = &mut self.autoconf.advertisers;
        advertisers.pause(&mut self.timers, iface);
    }

    /// It was switched on again: the router introduces itself anew.
    pub(super) fn advertising_up(&mut self, now: Instant, iface: InterfaceId) {
        let Self {
            autoconf, timers, ..
        } = self;
        if let Some(config) = autoconf.advertisers.end(timers, iface) {
            self.multicast.own(iface, ALL_ROUTERS.into(), true);
            autoconf.advertise(timers, now, (iface, config));
        }
    }

    /// Somebody asks for routers (RFC 4861 §6.2.6).
    pub(crate) fn solicited(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        src: Ipv6Addr,
        mac: Option<MacAddr>,
    ) -> Verdict<()> {
        let Self {
            autoconf,
            neighbors,
            timers,
            sysctls,
            ..
        } = self;
        if !autoconf.solicited(timers, now, iface) {
            return Err(DropReason::NdUnexpected.into());
        }
        if !src.is_unspecified() {
            let addr = src.into();
            let key = Key { iface, addr };
            ndp::heard_of(neighbors, timers, sysctls, now, (key, mac), false);
        }
        Err(Stop::Taken)
    }

    /// A packet leaves to the link that it came from: its sender is shown the better way.
    pub(crate) fn show_better_way(
        &mut self,
        iface: InterfaceId,
        header: (&Header, usize),
        frame: &Frame,
        way: &Way,
    ) {
        let frame = frame.clone();
        let about = Packet::taken_off(iface, Cast::Unicast, header.0, header.1, frame);
        let (way, about) = (*way, about.into());
        if let Err(stop) = self.owe(Reply::Redirect { way, about }) {
            self.settle(stop);
        }
    }
}
