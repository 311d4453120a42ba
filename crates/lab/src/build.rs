//! From the drawing to the network that runs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::Instant;
use fabric::{Channel, Direction, LinkId, SwitchConfig};
use landline::{IpNet, Lan, LanError, LanHost, Network};
use stack::{InterfaceId, Stack};

use crate::log::Log;
use crate::routing::Told;
use crate::scenario::{Cable, End, Fault, Host, Node, NodeKind, Scenario};

/// A network that was built as a scenario draws it.
#[derive(Debug)]
pub struct Lab {
    lan: Lan,
    scenario: Scenario,
    /// By where they are plugged in: the link, and which of its ends that is.
    links: HashMap<End, LinkId>,
    /// In the order of the scenario's cables.
    cables: Vec<LinkId>,
    seed: u64,
    /// The first address of each host that has one.
    addresses: HashMap<String, IpAddr>,
    log: Mutex<Log>,
    /// What its routers came to know.
    told: Told,
}

impl Lab {
    /// Builds a scenario that was checked, in virtual time; all chance comes from `seed`.
    ///
    /// # Errors
    /// What a stack refuses of what no check knows of.
    pub fn build(scenario: Scenario, seed: u64) -> Result<Self, LanError> {
        Self::build_on(Lan::new(seed), scenario, seed)
    }

    /// As [`build`](Self::build), in real time: what leads out of the lab works.
    ///
    /// # Errors
    /// As [`build`](Self::build), and when there are no threads left.
    pub fn build_in_real_time(scenario: Scenario, seed: u64) -> Result<Self, LanError> {
        let lan = Lan::in_real_time(seed).map_err(LanError::NoClock)?;
        Self::build_on(lan, scenario, seed)
    }

    fn build_on(lan: Lan, scenario: Scenario, seed: u64) -> Result<Self, LanError> {
        let channels = channels(&scenario);
        for node in &scenario.nodes {
            match &node.kind {
                NodeKind::Switch(switch) => {
                    let config = SwitchConfig {
                        spanning_tree: switch.spanning_tree,
                        ..SwitchConfig::default()
                    };
                    lan.add_switch_as(&node.name, config)?;
                }
                NodeKind::Hub => lan.add_hub(&node.name)?,
                NodeKind::Tap(tap) => lan.add_tap(&node.name, &tap.device.value)?,
                NodeKind::Host(host) => {
                    lan.add_host(&plan(&channels, node, host)?)?;
                }
            }
        }
        let mut links = HashMap::new();
        let mut cables = Vec::new();
        for cable in &scenario.cables {
            let Cable {
                ends, there, back, ..
            } = cable;
            let [a, b] = [&ends[0].value, &ends[1].value];
            let link = lan.connect([&a.to_string(), &b.to_string()], there, back)?;
            if let Some(vlans) = &cable.vlans {
                lan.with_fabric(|fabric| {
                    for port in fabric.ends(link) {
                        fabric.set_vlans(port, vlans.value.clone());
                    }
                });
            }
            cables.push(link);
            links.insert(a.clone(), link);
            links.insert(b.clone(), link);
        }
        let addresses = scenario.hosts().filter_map(|(node, host)| {
            let mut cards = host.interfaces.iter().flat_map(|card| &card.addresses);
            Some((node.name.clone(), cards.next()?.value.addr()))
        });
        let lab = Self {
            lan,
            seed,
            addresses: addresses.collect(),
            log: Mutex::default(),
            told: Told::default(),
            scenario,
            links,
            cables,
        };
        for (node, host) in lab.scenario.hosts() {
            lab.arrange(&node.name, host)?;
        }
        Ok(lab)
    }

    /// Lets a host's interfaces arrange what they do by themselves: addresses of IPv6, and what
    /// routers advertise of theirs.
    fn arrange(&self, name: &str, host: &Host) -> Result<(), LanError> {
        let Some(network) = self.host(name) else {
            return Ok(());
        };
        let refused = |error: stack::ConfigError| LanError::Refused {
            host: name.to_owned(),
            reason: std::io::Error::new(std::io::ErrorKind::InvalidInput, error),
        };
        for card in &host.interfaces {
            let arranged = network.with_stack(|stack, now| {
                let Some(id) = stack.interface_named(&card.name).map(|it| it.id()) else {
                    return Ok(());
                };
                if card.automatic.slaac {
                    stack.autoconfigure(now, id)?;
                }
                if !card.automatic.advertises {
                    return Ok(());
                }
                let mut config = stack::RouterConfig::default();
                for address in &card.addresses {
                    if let IpNet::V6(net) = address.value
                        && !net.addr().is_unicast_link_local()
                    {
                        config = config.prefix(net.trunc());
                    }
                }
                stack.advertise(now, id, config)
            });
            arranged.unwrap_or(Ok(())).map_err(refused)?;
        }
        Ok(())
    }

    /// What its servers of addresses and names noted.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where its routers tell what they come to know.
    pub(crate) fn told(&self) -> &Told {
        &self.told
    }

    /// What all chance of it comes from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Where somebody is called: an address as it stands, the first that a host is given, or else the
    /// first that it has now.
    pub fn address(&self, who: &str) -> Option<IpAddr> {
        let host = || self.addresses.get(who).copied();
        let now = || self.addresses(who).first().copied();
        who.parse().ok().or_else(host).or_else(now)
    }

    /// The network underneath.
    pub fn lan(&self) -> &Lan {
        &self.lan
    }

    /// What it was built from.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The network of a host, on which its programs open their sockets.
    pub fn host(&self, name: &str) -> Option<Network> {
        self.lan.host(name)
    }

    /// The cables, in the order of the scenario's.
    pub fn cables(&self) -> impl Iterator<Item = LinkId> + '_ {
        self.cables.iter().copied()
    }

    /// The cable that is plugged in there; of a switch's several, the last.
    pub fn link(&self, end: &End) -> Option<LinkId> {
        self.links.get(end).copied()
    }

    /// Lets something happen to the network, now.
    pub fn happen(&self, fault: &Fault) {
        match fault {
            Fault::Crash(host) => drop(self.lan.crash(&host.value)),
            Fault::Restart(host) => self.restart(&host.value),
            Fault::Partition(groups) => {
                let groups = groups.iter();
                let groups = groups.map(|group| group.iter().map(|at| &*at.value).collect());
                let groups: Vec<Vec<&str>> = groups.collect();
                // Checked: they are hosts.
                drop(self.lan.partition(&groups));
            }
            Fault::Heal => self.lan.heal(),
            // Checked: they are hosts.
            Fault::Skew { host, gain, ahead } => {
                drop(self.lan.skew(&host.value, *gain, (*ahead).into()));
            }
            Fault::Conflict { card, address } => self.on_card(&card.value, |stack, now, iface| {
                // It may have it already: nothing is to be done then.
                let _ = stack.add_address(now, iface, address.value);
            }),
            Fault::Release { card, address } => self.on_card(&card.value, |stack, _, iface| {
                let _ = stack.remove_address(iface, address.value.addr());
            }),
            Fault::Down(_) | Fault::Up(_) | Fault::Set { .. } => self.on_cable(fault),
        }
    }

    /// Does something to a card, if its host runs.
    fn on_card(&self, card: &End, act: impl FnOnce(&mut Stack, Instant, InterfaceId)) {
        let End::Interface { host, interface } = card else {
            return;
        };
        let Some(network) = self.lan.host(host) else {
            return;
        };
        network.with_stack(|stack, now| {
            let iface = stack.interface_named(interface).map(stack::Interface::id);
            if let Some(iface) = iface {
                act(stack, now, iface);
            }
        });
    }

    fn on_cable(&self, fault: &Fault) {
        let Some(link) = fault.cable().and_then(|end| self.link(&end.value)) else {
            return;
        };
        self.lan.with_fabric(|fabric| match fault {
            Fault::Down(_) => fabric.set_up(link, false),
            Fault::Up(_) => fabric.set_up(link, true),
            Fault::Set { channels, .. } => {
                for (direction, channel) in Direction::BOTH.into_iter().zip(&**channels) {
                    fabric.set_channel(link, direction, channel.clone());
                }
            }
            _ => {}
        });
    }

    /// Starts a host again; one that runs goes on running.
    fn restart(&self, name: &str) {
        let host = self.scenario.node(name).and_then(|node| match &node.kind {
            NodeKind::Host(host) => Some((node, host)),
            NodeKind::Switch(_) | NodeKind::Hub | NodeKind::Tap(_) => None,
        });
        let Some((node, host)) = host else {
            return;
        };
        if let Ok(plan) = plan(&channels(&self.scenario), node, host) {
            // It was built once, so it can be again.
            drop(self.lan.restart(&plan));
            drop(self.arrange(name, host));
        }
    }
}

/// Within so long the hosts of a `[hosts.NAME]` announce themselves.
const SWITCHED_ON: base::Duration = base::Duration::from_secs(1);

/// What the cables do to what is sent from each of their ends.
fn channels(scenario: &Scenario) -> HashMap<&End, &Channel> {
    let mut channels = HashMap::new();
    for Cable {
        ends, there, back, ..
    } in &scenario.cables
    {
        channels.insert(&ends[0].value, there);
        channels.insert(&ends[1].value, back);
    }
    channels
}

/// A host with its cards; the cables, whose channels away from each end are `channels`, follow.
fn plan(channels: &HashMap<&End, &Channel>, node: &Node, host: &Host) -> Result<LanHost, LanError> {
    let mut plan = LanHost::new(node.name.as_str());
    if host.one_of_many {
        plan = plan.announce_within(SWITCHED_ON);
    }
    // The cards first, then their VLANs.
    let (vlans, cards): (Vec<_>, Vec<_>) =
        (host.interfaces.iter()).partition(|card| card.vlan().is_some());
    for card in cards.into_iter().chain(vlans) {
        plan = match card.vlan() {
            None => plan.card(),
            Some((card, vlan)) => plan.vlan(card, vlan),
        };
        for address in &card.addresses {
            plan = plan.address(address.value.to_string());
        }
        if let Some(mac) = &card.mac {
            plan = plan.mac(mac.value);
        }
        let own = End::Interface {
            host: node.name.clone(),
            interface: card.name.clone(),
        };
        // The card knows its cable's MTU.
        if let Some(channel) = channels.get(&own) {
            plan = plan.channel((*channel).clone());
        }
    }
    for gateway in &host.gateways {
        plan = plan.gateway(gateway.value);
    }
    for route in &host.routes {
        plan = plan.route(route.to.value, route.via.value);
    }
    let timeouts = host.nat.iter().flat_map(|nat| &nat.timeouts);
    let seconds: Vec<(&str, String)> = timeouts
        .map(|(name, time)| (*name, time.as_secs().to_string()))
        .collect();
    let forwarding = [
        ("net.ipv4.ip_forward", "1"),
        ("net.ipv6.conf.all.forwarding", "1"),
    ];
    let forwarding = forwarding.into_iter().filter(|_| host.forwards);
    let timeouts = seconds.iter().map(|(name, time)| (*name, time.as_str()));
    // Who finds the way round a dead link does not send into it.
    let around = [
        ("net.ipv4.conf.all.ignore_routes_with_linkdown", "1"),
        ("net.ipv6.conf.all.ignore_routes_with_linkdown", "1"),
    ];
    let around = around.into_iter().filter(|_| host.rip.is_some());
    let sysctls = host.sysctls.iter();
    let sysctls = sysctls.map(|(name, value)| (name.value.as_str(), value.as_str()));
    let ours = forwarding.chain(around).chain(timeouts);
    for (name, value) in ours.chain(sysctls) {
        let refused = |error: stack::sysctl::SysctlError| LanError::Refused {
            host: node.name.clone(),
            reason: std::io::Error::new(std::io::ErrorKind::InvalidInput, error),
        };
        plan = plan.sysctl(name, value).map_err(refused)?;
    }
    if let Some(config) = host.nat.as_ref().and_then(|nat| nat.config(host)) {
        plan = plan.nat(config);
    }
    if let Some(wall) = &host.firewall {
        plan = plan.firewall(wall.firewall(host));
    }
    Ok(plan)
}
