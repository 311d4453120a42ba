//! Computers to be.

use std::io;
use std::net::IpAddr;

use base::{Duration, Instant, Rng};
use fabric::{Channel, HostId, LinkId, NodeId};
use stack::interface::Offload;
use stack::sysctl::SysctlError;
use stack::{
    ConfigError, Firewall, InterfaceConfig, InterfaceId, NatConfig, Route, Stack, Sysctls,
};
use wire::vlan::VlanId;
use wire::{IpNet, MacAddr};

use super::error::LanError;
use super::world::World;

/// A computer to be put into a [`Lan`](crate::Lan).
#[derive(Clone, Debug)]
#[must_use = "it is a plan until it is put into a LAN"]
pub struct LanHost {
    name: String,
    cards: Vec<Card>,
    /// At most one of each family.
    gateways: Vec<IpAddr>,
    routes: Vec<(IpNet, IpAddr)>,
    sysctls: Sysctls,
    nat: Option<NatConfig>,
    firewall: Option<Firewall>,
    /// The longest time until it announces its addresses.
    announce_wait: Duration,
}

/// A network card, and where its cable goes.
#[derive(Clone, Debug)]
struct Card {
    /// Without one its cable comes later, or never.
    switch: Option<String>,
    /// With their prefixes; read when the host is put in.
    addresses: Vec<String>,
    mac: Option<MacAddr>,
    channel: Channel,
    /// The card that this is a VLAN of, and which.
    vlan: Option<(String, VlanId)>,
}

impl LanHost {
    /// A computer named `name`, as yet without a network card.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cards: Vec::new(),
            gateways: Vec::new(),
            routes: Vec::new(),
            sysctls: Sysctls::default(),
            nat: None,
            firewall: None,
            announce_wait: Duration::ZERO,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Gives it a card that is plugged into `switch` and has `address`, which is written with its
    /// prefix: `172.16.10.1/24`. Cards are named `eth0`, `eth1` …, and their MAC addresses are
    /// `02:00:00:00:00:01` and so on, in the order in which they are put into the LAN.
    pub fn plug(mut self, switch: impl Into<String>, address: impl Into<String>) -> Self {
        self = self.card().address(address);
        if let Some(card) = self.cards.last_mut() {
            card.switch = Some(switch.into());
        }
        self
    }

    /// Gives it a card without a cable and, as yet, without an address:
    /// [`Lan::connect`](crate::Lan::connect) plugs it in.
    pub fn card(mut self) -> Self {
        self.cards.push(Card {
            switch: None,
            addresses: Vec::new(),
            mac: None,
            channel: Channel::PERFECT,
            vlan: None,
        });
        self
    }

    /// Gives it an interface of its own for a VLAN of one of its cards, such as `eth0.10`: what it
    /// sends leaves by that card with a tag, and its MTU and MAC address are the card's.
    pub fn vlan(mut self, card: impl Into<String>, vlan: VlanId) -> Self {
        self = self.card();
        if let Some(interface) = self.cards.last_mut() {
            interface.vlan = Some((card.into(), vlan));
        }
        self
    }

    /// Another address of the card that was plugged in last, of either family, with its prefix:
    /// `2001:db8::1/64`. Addresses of IPv6 can be used when it is known that nobody else has them,
    /// a second or two later (RFC 4862 §5.4), unless the sysctl
    /// `net.ipv6.conf.default.dad_transmits` is `0`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        if let Some(card) = self.cards.last_mut() {
            card.addresses.push(address.into());
        }
        self
    }

    /// The MAC address of the card that was plugged in last.
    pub fn mac(mut self, mac: MacAddr) -> Self {
        if let Some(card) = self.cards.last_mut() {
            card.mac = Some(mac);
        }
        self
    }

    /// What the cable of the card that was plugged in last does to frames, in both directions:
    /// rate, delay, loss and so on. Without this it is perfect. Its MTU is the card's.
    pub fn channel(mut self, channel: Channel) -> Self {
        if let Some(card) = self.cards.last_mut() {
            card.channel = channel;
        }
        self
    }

    /// Sends what is for other networks to `gateway`; there may be one of each family.
    pub fn gateway(mut self, gateway: IpAddr) -> Self {
        self.gateways
            .retain(|other| other.is_ipv4() != gateway.is_ipv4());
        self.gateways.push(gateway);
        self
    }

    /// Sends what is for `network` to `gateway`, which is on the network of a card of it.
    pub fn route(mut self, network: IpNet, gateway: IpAddr) -> Self {
        self.routes.push((network, gateway));
        self
    }

    /// Lets it announce its addresses not at once but after a time that the seed draws from up to
    /// `wait`: thousands of hosts that are switched on at one moment would fill every queue.
    pub fn announce_within(mut self, wait: Duration) -> Self {
        self.announce_wait = wait;
        self
    }

    /// Sets a sysctl by its Linux name. A gateway has `net.ipv4.ip_forward` set to `1`.
    ///
    /// # Errors
    ///
    /// [`SysctlError`] for one that does not exist, is refused, or does not take that value.
    pub fn sysctl(mut self, name: &str, value: &str) -> Result<Self, SysctlError> {
        self.sysctls.set(name, value)?;
        Ok(self)
    }
}

impl LanHost {
    /// Lets hosts behind it share the address of its interface `config.outside`:
    /// [`Stack::set_nat`](stack::Stack::set_nat). The interface of `eth0` has the scope id 2.
    pub fn nat(mut self, config: NatConfig) -> Self {
        self.nat = Some(config);
        self
    }

    /// Gives it a firewall: [`Stack::set_firewall`](stack::Stack::set_firewall).
    pub fn firewall(mut self, firewall: Firewall) -> Self {
        self.firewall = Some(firewall);
        self
    }
}

/// Puts `plan` into `world`, whole or not at all.
pub(super) fn build(world: &mut World, now: Instant, plan: &LanHost) -> Result<HostId, LanError> {
    world.claim(&plan.name)?;
    let rng = world.next_rng();
    let (stack, plugged) = assemble(world, now, plan, rng)?;
    let host = world.enter(&plan.name, stack);
    for (iface, switch, channel) in plugged {
        let near = world.fabric.interface_port(host, iface);
        let name = format!("{}:eth{}", plan.name, iface.index() - 1);
        world.declare(near, &name);
        if let Some(switch) = switch {
            let far = world.fabric.add_port(switch);
            let link: Option<LinkId> = world.fabric.connect(near, far, channel).ok();
            world.cables[host.index()].extend(link);
        }
    }
    Ok(host)
}

/// A card in its host, the switch that it is to be plugged into, and its cable.
type Plugged<'a> = (InterfaceId, Option<NodeId>, &'a Channel);

/// The stack of `plan` with its cards, in no place yet.
fn assemble<'a>(
    world: &mut World,
    now: Instant,
    plan: &'a LanHost,
    rng: Rng,
) -> Result<(Stack, Vec<Plugged<'a>>), LanError> {
    let refused = |reason| LanError::Refused {
        host: plan.name.clone(),
        reason,
    };
    let mut stack = Stack::new(plan.sysctls.clone(), rng);
    stack.announce_within(plan.announce_wait);
    let mut plugged = Vec::new();
    for (number, card) in plan.cards.iter().enumerate() {
        let find = |name: &String| {
            let found = world.segments.get(name).copied();
            found.ok_or_else(|| LanError::NoSuchSwitch {
                host: plan.name.clone(),
                switch: name.clone(),
            })
        };
        let switch = card.switch.as_ref().map(find).transpose()?;
        let read = |text: &String| {
            text.parse().map_err(|_| LanError::BadAddress {
                host: plan.name.clone(),
                text: text.clone(),
            })
        };
        if let Some((parent, vlan)) = &card.vlan {
            let parent = stack.interface_named(parent).map(stack::Interface::id);
            let parent = parent.ok_or_else(|| refused(invalid(ConfigError::NoSuchInterface)))?;
            let addresses = card.addresses.iter().map(read).collect::<Result<_, _>>()?;
            let added = stack.add_vlan(now, parent, *vlan, addresses);
            added.map_err(|error| refused(invalid(error)))?;
            continue;
        }
        let mac = card.mac.unwrap_or_else(|| world.next_mac());
        let interface = InterfaceConfig {
            mtu: card.channel.mtu,
            addresses: card.addresses.iter().map(read).collect::<Result<_, _>>()?,
            // The link cuts and sums where it must.
            offload: Offload {
                checksum: true,
                segmentation: SEGMENTATION,
            },
            ..InterfaceConfig::unaddressed(&format!("eth{number}"), mac)
        };
        let added = stack.add_interface(now, interface);
        let iface = added.map_err(|error| refused(invalid(error)))?;
        plugged.push((iface, switch, &card.channel));
    }
    for gateway in &plan.gateways {
        let everywhere = Route::default_via(*gateway, InterfaceId::LOOPBACK).network;
        route(&mut stack, everywhere, *gateway).map_err(refused)?;
    }
    for (network, gateway) in &plan.routes {
        route(&mut stack, *network, *gateway).map_err(refused)?;
    }
    let refuse = |error| refused(invalid(error));
    stack.set_nat(plan.nat.clone()).map_err(refuse)?;
    stack.set_firewall(plan.firewall.clone()).map_err(refuse)?;
    Ok((stack, plugged))
}

/// What a computer is without cards: one that is switched off.
pub(super) fn switched_off(rng: Rng) -> Stack {
    Stack::new(Sysctls::default(), rng)
}

/// The stack of `plan` as it is when the host, whose cards have these MAC addresses, starts again.
pub(super) fn again(
    world: &mut World,
    now: Instant,
    plan: &LanHost,
    host: HostId,
    macs: &[MacAddr],
) -> Result<Stack, LanError> {
    let mut plan = plan.clone();
    for (card, mac) in plan.cards.iter_mut().zip(macs) {
        card.mac = Some(*mac);
    }
    let rng = world.rng_of(host);
    Ok(assemble(world, now, &plan, rng)?.0)
}

fn invalid(error: ConfigError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

/// Adds a route by the card on whose network the gateway is.
fn route(stack: &mut Stack, network: IpNet, gateway: IpAddr) -> io::Result<()> {
    let near = stack
        .interfaces()
        .iter()
        .find(|interface| {
            // Of IPv6, before anybody knows that nobody else has them.
            let tentative = interface.tentative_addresses().iter();
            let mut nets = interface.addresses().iter().chain(tentative);
            nets.any(|net| net.contains(&gateway))
        })
        .map(stack::Interface::id);
    let Some(iface) = near else {
        return Err(invalid(ConfigError::GatewayUnreachable(gateway)));
    };
    let route = Route {
        network,
        ..Route::default_via(gateway, iface)
    };
    stack.add_route(route).map_err(invalid)
}

/// Bytes of payload that a stack sends in one go, for the link to cut up: 45 full segments.
const SEGMENTATION: usize = 45 * 1448;
