//! Computers to be.

use std::net::IpAddr;

use base::Instant;
use fabric::{Channel, HostId, LinkId};
use stack::interface::Offload;
use stack::sysctl::SysctlError;
use stack::{InterfaceConfig, Stack, Sysctls};
use wire::{IpNet, MacAddr};

use super::error::LanError;
use super::world::World;
use crate::tap::plug;

/// A computer to be put into a [`Lan`](crate::Lan).
#[derive(Clone, Debug)]
#[must_use = "it is a plan until it is put into a LAN"]
pub struct LanHost {
    name: String,
    cards: Vec<Card>,
    /// At most one of each family.
    gateways: Vec<IpAddr>,
    sysctls: Sysctls,
}

/// A network card, and where its cable goes.
#[derive(Clone, Debug)]
struct Card {
    switch: String,
    /// With their prefixes; read when the host is put in.
    addresses: Vec<String>,
    mac: Option<MacAddr>,
    channel: Channel,
}

impl LanHost {
    /// A computer named `name`, as yet without a network card.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cards: Vec::new(),
            gateways: Vec::new(),
            sysctls: Sysctls::default(),
        }
    }

    /// Gives it a card that is plugged into `switch` and has `address`, which is written with its
    /// prefix: `172.16.10.1/24`. Cards are named `eth0`, `eth1` …, and their MAC addresses are
    /// `02:00:00:00:00:01` and so on, in the order in which they are put into the LAN.
    pub fn plug(mut self, switch: impl Into<String>, address: impl Into<String>) -> Self {
        self.cards.push(Card {
            switch: switch.into(),
            addresses: vec![address.into()],
            mac: None,
            channel: Channel::PERFECT,
        });
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
    /// rate, delay, loss and so on. Without this it is perfect.
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

/// Puts `plan` into `world`, whole or not at all.
pub(super) fn build(world: &mut World, now: Instant, plan: &LanHost) -> Result<HostId, LanError> {
    world.claim(&plan.name)?;
    let mut stack = Stack::new(plan.sysctls.clone(), world.next_rng());
    let mut plugged = Vec::new();
    for (number, card) in plan.cards.iter().enumerate() {
        let Some(switch) = world.segments.get(&card.switch).copied() else {
            return Err(LanError::NoSuchSwitch {
                host: plan.name.clone(),
                switch: card.switch.clone(),
            });
        };
        let read = |text: &String| {
            text.parse().map_err(|_| LanError::BadAddress {
                host: plan.name.clone(),
                text: text.clone(),
            })
        };
        let addresses: Vec<IpNet> = card.addresses.iter().map(read).collect::<Result<_, _>>()?;
        let mac = card.mac.unwrap_or_else(|| world.next_mac());
        let interface = InterfaceConfig {
            mtu: card.channel.mtu,
            // The link cuts and sums where it must.
            offload: Offload {
                checksum: true,
                segmentation: SEGMENTATION,
            },
            ..InterfaceConfig::ethernet(&format!("eth{number}"), mac, addresses[0])
        };
        // The default route goes by the card on whose network the gateway is.
        let near = |gateway: &IpAddr| addresses.iter().any(|own| own.contains(gateway));
        let gateways: Vec<IpAddr> = plan.gateways.iter().copied().filter(near).collect();
        let more = &addresses[1..];
        let plugged_in = plug(&mut stack, now, interface, more, &gateways);
        let iface = plugged_in.map_err(|reason| LanError::Refused {
            host: plan.name.clone(),
            reason,
        })?;
        plugged.push((iface, switch, &card.channel));
    }
    let routes = stack.routes();
    let routed = |gateway: &IpAddr| {
        let mut routes = routes.iter();
        routes.any(|route| route.gateway == Some(*gateway))
    };
    if let Some(gateway) = plan.gateways.iter().find(|gateway| !routed(gateway)) {
        return Err(LanError::Refused {
            host: plan.name.clone(),
            reason: std::io::Error::new(
                std::io::ErrorKind::InvalidInput,
                format!("the gateway {gateway} is on no network of a card of it"),
            ),
        });
    }

    let host = world.enter(&plan.name, stack);
    for (iface, switch, channel) in plugged {
        let near = world.fabric.interface_port(host, iface);
        let far = world.fabric.add_port(switch);
        let link: Option<LinkId> = world.fabric.connect(near, far, channel).ok();
        world.cables[host.index()].extend(link);
        let name = format!("{}:eth{}", plan.name, iface.index() - 1);
        world.declare(near, &name);
    }
    Ok(host)
}

/// Bytes of payload that a stack sends in one go, for the link to cut up: 45 full segments.
const SEGMENTATION: usize = 45 * 1448;
