//! Interfaces and their addresses.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::Instant;
use wire::vlan::VlanId;
use wire::{IpNet, ndp};

use crate::config::ConfigError;
use crate::interface::{Interface, InterfaceConfig, InterfaceId, Medium, Notice, Offload, VlanOf};
use crate::ip::addresses::directed_broadcast;
use crate::ip::egress::MAX_PACKET;
use crate::ip::route::Route;
use crate::neighbor::{Claimed, Plan};
use crate::stack::Stack;
use crate::verdict::DropReason;
use crate::zone;

/// The least MTU that IP demands of a link (RFC 791 §3.2).
const MIN_MTU: usize = 68;
/// Characters of an interface's name at most (Linux's `IFNAMSIZ` less its end).
const MAX_NAME: usize = 15;

impl Stack {
    /// Plugs an interface in and switches it on. Its networks can be reached from now on, and its
    /// addresses are announced on the link.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] says what makes no sense; nothing has changed then.
    pub fn add_interface(
        &mut self,
        now: Instant,
        config: InterfaceConfig,
    ) -> Result<InterfaceId, ConfigError> {
        self.check_name(&config.name)?;
        check_medium(config.medium)?;
        check_mtu(config.mtu)?;
        self.check_vlan(&config)?;
        let number = u16::try_from(self.interfaces.len());
        let id = InterfaceId(number.map_err(|_| ConfigError::TooManyInterfaces)?);
        for (at, address) in config.addresses.iter().enumerate() {
            self.check_address(id, config.mtu, *address)?;
            let twice = |other: &IpNet| other.addr() == address.addr();
            if config.addresses[..at].iter().any(twice) {
                return Err(ConfigError::AddressTaken(address.addr()));
            }
        }
        self.sysctls.add_interface();
        self.interfaces.push(Interface {
            id,
            name: config.name,
            medium: config.medium,
            mtu: config.mtu,
            card_mtu: config.mtu,
            addresses: Vec::new(),
            tentative: Vec::new(),
            deprecated: Vec::new(),
            temporary: Vec::new(),
            prefers_temporary: false,
            offload: config.offload,
            probe: config.probe,
            announce: config.announce,
            vlan: config.vlan,
            up: true,
            carrier: true,
            ignored: self.ignores_linkdown(id),
            asks_for_address: false,
        });
        for address in config.addresses {
            self.begin_address(now, id, address);
        }
        self.ip.addresses.rebuild(&self.interfaces);
        Ok(id)
    }

    /// Adds an interface for a VLAN of a card, named as on Linux: `eth0.10`. Its MAC address, MTU and
    /// offload are the card's.
    ///
    /// # Errors
    ///
    /// As [`add_interface`](Self::add_interface); [`ConfigError::NoSuchInterface`],
    /// [`ConfigError::NoVlan`].
    pub fn add_vlan(
        &mut self,
        now: Instant,
        card: InterfaceId,
        id: VlanId,
        addresses: Vec<IpNet>,
    ) -> Result<InterfaceId, ConfigError> {
        let place = self.interfaces.get(card.index());
        let parent = place.ok_or(ConfigError::NoSuchInterface)?;
        let config = InterfaceConfig {
            name: alloc::format!("{}.{id}", parent.name),
            medium: parent.medium,
            mtu: parent.card_mtu,
            addresses,
            offload: parent.offload,
            probe: parent.probe,
            announce: parent.announce,
            vlan: Some(VlanOf { card, id }),
        };
        let carrier = parent.carrier;
        let added = self.add_interface(now, config)?;
        self.interfaces[added.index()].carrier = carrier;
        Ok(added)
    }

    /// A VLAN is one of an Ethernet card's, and each of them once.
    fn check_vlan(&self, config: &InterfaceConfig) -> Result<(), ConfigError> {
        let Some(vlan) = config.vlan else {
            return Ok(());
        };
        let card = self.interfaces.get(vlan.card.index());
        let card = card.ok_or(ConfigError::NoSuchInterface)?;
        let fits = card.medium == config.medium && card.mac().is_some() && card.vlan.is_none();
        let taken = self.interfaces.iter().any(|other| other.vlan == Some(vlan));
        if fits && !taken {
            Ok(())
        } else {
            Err(ConfigError::NoVlan(vlan.id))
        }
    }

    /// The loopback, as every computer has it.
    pub(super) fn add_loopback(&mut self) {
        let name = String::from("lo");
        self.sysctls.add_interface();
        self.interfaces.push(Interface {
            id: InterfaceId::LOOPBACK,
            name,
            medium: Medium::Loopback,
            // Linux's; IP itself ends at 65,535.
            mtu: 65_536,
            card_mtu: 65_536,
            addresses: Vec::new(),
            tentative: Vec::new(),
            deprecated: Vec::new(),
            temporary: Vec::new(),
            prefers_temporary: false,
            // Nothing is lost in memory.
            offload: Offload {
                checksum: true,
                segmentation: 0,
            },
            probe: false,
            announce: false,
            vlan: None,
            up: true,
            carrier: true,
            ignored: [false; 2],
            asks_for_address: false,
        });
        let own = wire::Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8);
        self.begin_address(Instant::ZERO, InterfaceId::LOOPBACK, own.into());
        let own = wire::Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
        self.begin_address(Instant::ZERO, InterfaceId::LOOPBACK, own.into());
        self.ip.addresses.rebuild(&self.interfaces);
    }

    /// Gives an interface one more address. Where the interface probes first, the address is used
    /// when a [`Notice`] says so.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`], [`ConfigError::BadAddress`],
    /// [`ConfigError::AddressTaken`], [`ConfigError::MtuTooSmallForIpv6`].
    pub fn add_address(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        address: IpNet,
    ) -> Result<(), ConfigError> {
        let mtu = self.known(iface)?.mtu;
        self.check_address(iface, mtu, address)?;
        self.begin_address(now, iface, address);
        self.ip.addresses.rebuild(&self.interfaces);
        Ok(())
    }

    /// Takes an address from an interface, and the route to its network with it.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`], [`ConfigError::NoSuchAddress`].
    pub fn remove_address(&mut self, iface: InterfaceId, addr: IpAddr) -> Result<(), ConfigError> {
        let interface = self
            .interfaces
            .get_mut(iface.index())
            .ok_or(ConfigError::NoSuchInterface)?;
        let is_it = |net: &IpNet| net.addr() == addr;
        if let Some(at) = interface.addresses.iter().position(is_it) {
            let net = interface.addresses.remove(at);
            let route = Route::connected(net, iface);
            // Another address may be on the same network, and IPv6's share one route.
            let mut rest = interface.addresses.iter();
            if !rest.any(|other| Route::connected(*other, iface) == route) {
                self.ip.routes.remove(&route);
            }
        } else if let Some(at) = interface.tentative.iter().position(is_it) {
            interface.tentative.remove(at);
        } else {
            return Err(ConfigError::NoSuchAddress(addr));
        }
        interface.deprecated.retain(|known| *known != addr);
        interface.temporary.retain(|known| *known != addr);
        let heard = interface.up && interface.mac().is_some();
        self.neighbors.disclaim(&mut self.timers, iface, addr);
        if heard {
            self.hear_solicitations(iface, addr, false);
        }
        self.ip.addresses.rebuild(&self.interfaces);
        Ok(())
    }

    /// Lets an address of IPv6 be used for nothing new, or again: what its preferred lifetime of 0
    /// means (RFC 4862 §5.5.4).
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`], [`ConfigError::NoSuchAddress`].
    pub fn deprecate(
        &mut self,
        iface: InterfaceId,
        addr: Ipv6Addr,
        on: bool,
    ) -> Result<(), ConfigError> {
        let interface = self.interfaces.get_mut(iface.index());
        let interface = interface.ok_or(ConfigError::NoSuchInterface)?;
        let mut all = interface.addresses.iter().chain(&interface.tentative);
        if !all.any(|net| net.addr() == addr) {
            return Err(ConfigError::NoSuchAddress(addr.into()));
        }
        interface.deprecated.retain(|known| *known != addr);
        if on {
            interface.deprecated.push(addr);
        }
        Ok(())
    }

    /// Switches an interface on or off. Off, its addresses are not ours, its routes lead nowhere,
    /// and what was learned of its neighbours is forgotten; its configuration stays.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`].
    pub fn set_up(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        up: bool,
    ) -> Result<(), ConfigError> {
        let interface = self
            .interfaces
            .get_mut(iface.index())
            .ok_or(ConfigError::NoSuchInterface)?;
        if interface.up == up {
            return Ok(());
        }
        interface.up = up;
        if up {
            self.multicast.interface_up(&mut self.timers, now, iface);
            // As if they were new: who has come meanwhile may use them (RFC 5227 §2.1).
            let mut addresses = core::mem::take(&mut interface.addresses);
            addresses.append(&mut interface.tentative);
            for address in addresses {
                self.ip.routes.remove(&Route::connected(address, iface));
                self.begin_address(now, iface, address);
            }
            self.autoconf_up(now, iface);
        } else {
            self.autoconf_down(now, iface);
            let waited = self.neighbors.interface_down(&mut self.timers, iface);
            self.drops.add(DropReason::InterfaceDown, waited as u64);
            self.multicast.interface_down(&mut self.timers, iface);
        }
        self.ip.addresses.rebuild(&self.interfaces);
        Ok(())
    }

    /// Changes the largest IP packet that an interface carries, in bytes.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`], [`ConfigError::MtuTooSmall`],
    /// [`ConfigError::MtuTooLarge`].
    pub fn set_mtu(&mut self, iface: InterfaceId, mtu: usize) -> Result<(), ConfigError> {
        check_mtu(mtu)?;
        let interface = self.interfaces.get_mut(iface.index());
        let interface = interface.ok_or(ConfigError::NoSuchInterface)?;
        (interface.mtu, interface.card_mtu) = (mtu, mtu);
        Ok(())
    }

    /// Every interface, by its number; the first is the loopback.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// The interface of that number.
    #[must_use]
    pub fn interface(&self, iface: InterfaceId) -> Option<&Interface> {
        self.interfaces.get(iface.index())
    }

    /// The interface of that name.
    #[must_use]
    pub fn interface_named(&self, name: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|i| i.name == name)
    }

    /// The next thing about the interfaces that people should hear of, such as an address that
    /// somebody else uses too.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.neighbors.poll_notice()
    }

    /// Begins to use an address, or to probe for it where the interface probes.
    pub(super) fn begin_address(&mut self, now: Instant, iface: InterfaceId, address: IpNet) {
        let probe = self.interface(iface).is_some_and(|it| it.probe);
        self.begin_probing(now, iface, address, probe);
    }

    /// Begins to use an address; one of IPv4 not before others were asked, where `probe` says so.
    pub(super) fn begin_probing(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        address: IpNet,
        probe: bool,
    ) {
        let Some(interface) = self.interfaces.get_mut(iface.index()) else {
            return;
        };
        let links = interface.mac().is_some();
        let plan = match address {
            IpNet::V4(_) => Plan::arp(probe && links, interface.announce),
            IpNet::V6(_) => {
                let conf = self.sysctls.conf_v6.of(iface);
                Plan {
                    probes: if links { conf.dad_transmits } else { 0 },
                    retrans_time: self.sysctls.neigh_v6.retrans_time,
                    nonce: conf.enhanced_dad,
                    announce: false,
                }
            }
        };
        if plan.probes > 0 || !interface.up {
            interface.tentative.push(address);
        } else {
            interface.addresses.push(address);
            self.ip.routes.insert(Route::connected(address, iface));
        }
        if interface.up && links {
            let timers = &mut self.timers;
            self.neighbors.claim(timers, now, iface, address, plan);
            // RFC 4862 §5.4.2: also while it is tentative.
            self.hear_solicitations(iface, address.addr(), true);
        }
    }

    /// Listens to the group at which the owner of an address is asked for it, or no more.
    fn hear_solicitations(&mut self, iface: InterfaceId, addr: IpAddr, listens: bool) {
        if let IpAddr::V6(addr) = addr {
            let group = ndp::solicited_node(addr).into();
            self.multicast.own(iface, group, listens);
        }
    }

    /// Nobody objected to an address: it is used from now on.
    pub(super) fn claimed(&mut self, Claimed { iface, net }: Claimed) {
        let Some(interface) = self.interfaces.get_mut(iface.index()) else {
            return;
        };
        let Some(at) = interface.tentative.iter().position(|other| *other == net) else {
            return;
        };
        interface.tentative.remove(at);
        interface.addresses.push(net);
        self.ip.routes.insert(Route::connected(net, iface));
        self.ip.addresses.rebuild(&self.interfaces);
        let addr = net.addr();
        self.neighbors.notice(Notice::AddressReady { iface, addr });
    }

    pub(super) fn known(&self, iface: InterfaceId) -> Result<&Interface, ConfigError> {
        self.interface(iface).ok_or(ConfigError::NoSuchInterface)
    }

    fn check_name(&self, name: &str) -> Result<(), ConfigError> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || c == '/';
        if name.is_empty() || name.chars().count() > MAX_NAME || name.contains(bad) {
            return Err(ConfigError::BadName);
        }
        match self.interface_named(name) {
            Some(_) => Err(ConfigError::NameTaken),
            None => Ok(()),
        }
    }

    pub(super) fn check_address(
        &self,
        iface: InterfaceId,
        mtu: usize,
        net: IpNet,
    ) -> Result<(), ConfigError> {
        let addr = net.addr();
        if addr.is_ipv6() && mtu < wire::ipv6::MIN_MTU {
            return Err(ConfigError::MtuTooSmallForIpv6);
        }
        let loopback = iface == InterfaceId::LOOPBACK;
        let reserved = match addr {
            IpAddr::V4(v4) => {
                v4.octets()[0] == 0
                    || v4.is_multicast()
                    || v4.is_broadcast()
                    || directed_broadcast(net) == Some(v4)
                    || v4.is_loopback() != loopback
            }
            IpAddr::V6(v6) => {
                v6.is_multicast()
                    || v6.is_unspecified()
                    || v6.to_ipv4_mapped().is_some()
                    || (v6.is_loopback() && !loopback)
            }
        };
        if reserved {
            return Err(ConfigError::BadAddress(addr));
        }
        // A link-local address may be ours on several links.
        let zoned = zone::is_zoned(addr);
        let mut all = self
            .interfaces
            .iter()
            .filter(|i| !zoned || i.id == iface)
            .flat_map(|i| i.addresses.iter().chain(&i.tentative));
        if all.any(|other| other.addr() == addr) {
            return Err(ConfigError::AddressTaken(addr));
        }
        Ok(())
    }
}

fn check_medium(medium: Medium) -> Result<(), ConfigError> {
    match medium {
        Medium::Ethernet(mac) if !mac.is_unicast() => Err(ConfigError::BadMac(mac)),
        Medium::Loopback => Err(ConfigError::SecondLoopback),
        Medium::Ethernet(_) | Medium::Ip => Ok(()),
    }
}

fn check_mtu(mtu: usize) -> Result<(), ConfigError> {
    if mtu < MIN_MTU {
        Err(ConfigError::MtuTooSmall(mtu))
    } else if mtu > MAX_PACKET {
        Err(ConfigError::MtuTooLarge(mtu))
    } else {
        Ok(())
    }
}
