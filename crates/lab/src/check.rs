//! Whether what was drawn can be. Every mistake is found, not only the first.

mod arrange;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use services::web::Site;
use stack::Sysctls;
use wire::IpNet;

use crate::guard;
use crate::mistake::{Mistake, Mistakes, Wrong, nearest};
use crate::scenario::{
    At, Cable, End, Fault, Host, Interface, Node, NodeKind, Scenario, Span, Tap, Task, vlan_of,
};
use crate::segments;
use crate::wiring::Wiring;

/// Nodes that one scenario holds at most.
pub(crate) const NODES: usize = 100_000;

/// Interfaces that one host has at most.
const CARDS: usize = 1024;

/// Names that are looked through, in all, for what unknown ones were perhaps meant to be: a long file
/// of mistakes is to be checked as fast as one without.
const COMPARED: usize = 200_000;

impl Scenario {
    /// Checks what a program has drawn; files are checked when they are read.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self) -> Result<(), Mistakes> {
        Mistakes::or(check(self), ())
    }
}

impl Scenario {
    /// Checks that it needs nothing that is to be had in real time only.
    ///
    /// # Errors
    /// Each of what does.
    pub fn check_virtual_time(&self) -> Result<(), Mistakes> {
        let published = self.publish.iter();
        let published =
            published.map(|publish| (publish.on.span.clone(), format!("publish {publish}")));
        let nodes = self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Tap(_) => Some((node.span.clone(), format!("tap {}", node.name))),
            NodeKind::Host(host) => {
                host.uplink.as_ref()?;
                Some((node.span.clone(), format!("uplink {}", node.name)))
            }
            NodeKind::Switch(_) | NodeKind::Hub => None,
        });
        let mistakes = published.chain(nodes).map(|(span, what)| Mistake {
            span,
            wrong: Wrong::RealTimeOnly(what),
        });
        Mistakes::or(mistakes.collect(), ())
    }
}

/// Everything that is wrong with a scenario.
pub(crate) fn check(scenario: &Scenario) -> Vec<Mistake> {
    let mut check = Check::of(scenario);
    check.names();
    check.cables();
    check.addresses();
    let mut cards = scenario.hosts().flat_map(|(_, host)| &host.interfaces);
    let all_given = cards.all(|card| !card.addresses.is_empty());
    for (_, host) in scenario.hosts() {
        check.interfaces(host);
        check.ways(host);
        check.sysctls(host);
        let rip = host.rip.iter().flat_map(|rip| rip.mistakes(host));
        check.mistakes.extend(rip);
        check.programs(host);
        let guard = guard::check(host, &check.owners, all_given);
        check.mistakes.extend(guard);
    }
    check.pools();
    check.events();
    check.published();
    let wiring = segments::check(scenario).into_iter();
    check.mistakes.extend(wiring.map(|(span, wiring)| Mistake {
        span,
        wrong: Wrong::Wiring(wiring),
    }));
    check.mistakes
}

/// A look at a scenario, with its names at hand.
struct Check<'a> {
    scenario: &'a Scenario,
    nodes: HashMap<&'a str, &'a Node>,
    /// Who has an address, as `host:interface`.
    owners: HashMap<IpAddr, String>,
    /// Cards by their hosts and names.
    cards: HashSet<(&'a str, &'a str)>,
    /// Names that were compared with unknown ones so far.
    compared: usize,
    mistakes: Vec<Mistake>,
}

impl<'a> Check<'a> {
    fn of(scenario: &'a Scenario) -> Self {
        let nodes = scenario.nodes.iter();
        let cards = scenario.hosts().flat_map(|(node, host)| {
            let cards = host.interfaces.iter();
            cards.map(|card| (node.name.as_str(), card.name.as_str()))
        });
        Self {
            scenario,
            cards: cards.collect(),
            compared: 0,
            nodes: nodes.map(|node| (node.name.as_str(), node)).collect(),
            owners: HashMap::new(),
            mistakes: Vec::new(),
        }
    }

    fn wrong(&mut self, span: &Span, wrong: Wrong) {
        self.mistakes.push(Mistake {
            span: span.clone(),
            wrong,
        });
    }

    fn names(&mut self) {
        if let Some(node) = self.scenario.nodes.get(NODES) {
            let (what, limit) = ("nodes", NODES);
            self.wrong(&node.span, Wrong::TooMany { what, limit });
        }
        let mut seen = HashSet::new();
        for node in &self.scenario.nodes {
            if !seen.insert(&node.name) {
                self.wrong(&node.span, Wrong::NameTaken(node.name.clone()));
            }
        }
    }

    /// Notes that nothing has this name.
    fn unknown(&mut self, span: &Span, name: &str) {
        let near = if self.compared + self.nodes.len() <= COMPARED {
            self.compared += self.nodes.len();
            nearest(name, self.nodes.keys().copied())
        } else {
            None
        };
        let name = name.to_owned();
        self.wrong(span, Wrong::UnknownName { name, near });
    }

    /// The host of this name, which something at `span` names.
    fn host(&mut self, span: &Span, name: &str) -> Option<&'a Host> {
        match self.nodes.get(name).map(|node| &node.kind) {
            Some(NodeKind::Host(host)) => Some(host),
            Some(NodeKind::Switch(_) | NodeKind::Hub | NodeKind::Tap(_)) => {
                self.wrong(span, Wrong::NotAHost(name.into()));
                None
            }
            None => {
                self.unknown(span, name);
                None
            }
        }
    }

    /// Whether a cable's end is there.
    fn end(&mut self, end: &At<End>) -> bool {
        match &end.value {
            End::Interface { host, interface } => {
                let Some(cards) = self.host(&end.span, host).map(|host| &host.interfaces) else {
                    return false;
                };
                let there = self.cards.contains(&(host.as_str(), interface.as_str()));
                if !there {
                    let cards = &cards[..cards.len().min(CARDS)];
                    let near = nearest(interface, cards.iter().map(|card| card.name.as_str()));
                    let name = format!("{host}:{interface}");
                    let near = near.map(|near| format!("{host}:{near}"));
                    self.wrong(&end.span, Wrong::UnknownName { name, near });
                }
                there
            }
            End::Port(name) => match self.nodes.get(name.as_str()).map(|node| &node.kind) {
                Some(NodeKind::Switch(_) | NodeKind::Hub | NodeKind::Tap(_)) => true,
                Some(NodeKind::Host(host)) => {
                    // Which of its cards? Of one there is no doubt, but one way to write it.
                    let near = host.interfaces.first();
                    let near = near.map(|card| format!("{name}:{}", card.name));
                    let name = name.clone();
                    self.wrong(&end.span, Wrong::UnknownName { name, near });
                    false
                }
                None => {
                    self.unknown(&end.span, name);
                    false
                }
            },
        }
    }

    fn cables(&mut self) {
        let mut taken = HashSet::new();
        for Cable { ends, .. } in &self.scenario.cables {
            if ends[0].value == ends[1].value {
                self.wrong(&ends[1].span, Wrong::CableToItself);
                continue;
            }
            for end in ends {
                if let End::Interface { interface, .. } = &end.value
                    && let Some((card, _)) = vlan_of(interface)
                {
                    let (interface, card) = (interface.clone(), card.to_owned());
                    let wrong = Wiring::CableToVlan { interface, card };
                    self.wrong(&end.span, Wrong::Wiring(wrong));
                    continue;
                }
                let takes_one = match &end.value {
                    End::Interface { .. } => true,
                    End::Port(name) => self.is_tap(name),
                };
                if self.end(end) && takes_one && !taken.insert(&end.value) {
                    self.wrong(&end.span, Wrong::PortTaken(end.value.to_string()));
                }
            }
        }
    }

    fn is_tap(&self, name: &str) -> bool {
        let kind = self.nodes.get(name).map(|node| &node.kind);
        matches!(kind, Some(NodeKind::Tap(_)))
    }

    fn addresses(&mut self) {
        let mut macs = BTreeMap::new();
        for (node, host) in self.scenario.hosts() {
            for card in &host.interfaces {
                let own = format!("{}:{}", node.name, card.name);
                for At { value: net, span } in &card.addresses {
                    if !is_a_hosts(net) {
                        self.wrong(span, Wrong::NotAHostsAddress(net.to_string()));
                    } else if let Some(by) = self.owners.insert(net.addr(), own.clone())
                        && !is_link_local(net.addr())
                    {
                        let address = net.addr().to_string();
                        self.wrong(span, Wrong::AddressTaken { address, by });
                    }
                }
                if let Some(At { value: mac, span }) = &card.mac
                    && let Some(by) = macs.insert(*mac, own)
                {
                    let mac = mac.to_string();
                    self.wrong(span, Wrong::MacTaken { mac, by });
                }
            }
        }
    }

    /// A host's interfaces are `eth0`, `eth1` … and VLANs of them, and on networks of their own.
    fn interfaces(&mut self, host: &Host) {
        if let Some(card) = host.interfaces.get(CARDS) {
            let (what, limit) = ("interfaces of one host", CARDS);
            return self.wrong(&card.span, Wrong::TooMany { what, limit });
        }
        let mut before: Vec<(&str, &IpNet)> = Vec::new();
        let mut cards = 0..;
        for card in &host.interfaces {
            if card.vlan().is_none()
                && let Some(number) = cards.next()
                && card.name != format!("eth{number}")
            {
                let (name, near) = (card.name.clone(), Some(format!("eth{number}")));
                self.wrong(&card.span, Wrong::UnknownName { name, near });
            }
            for At { value: net, span } in &card.addresses {
                let overlaps = |(other, with): &&(&str, &IpNet)| {
                    *other != card.name
                        && !is_link_local(net.addr())
                        && (net.contains(&with.network()) || with.contains(&net.network()))
                };
                if let Some((other, with)) = before.iter().find(overlaps) {
                    let network = net.trunc().to_string();
                    let with = format!("{} ({other})", with.trunc());
                    self.wrong(span, Wrong::NetworksOverlap { network, with });
                }
            }
            let nets = card.addresses.iter().map(|at| &at.value);
            before.extend(nets.map(|net| (card.name.as_str(), net)));
        }
    }

    /// A gateway is a neighbour.
    fn ways(&mut self, host: &Host) {
        let routes = host.routes.iter().map(|route| &route.via);
        for At { value: via, span } in host.gateways.iter().chain(routes) {
            let nets = host.interfaces.iter().flat_map(|card| &card.addresses);
            let mut nets = nets.map(|at| at.value);
            if nets.clone().any(|net| net.addr() == *via) {
                self.wrong(span, Wrong::GatewayItself(via.to_string()));
            } else if !nets.any(|net| net.contains(via)) {
                self.wrong(span, Wrong::GatewayFar(via.to_string()));
            } else if !self.owners.contains_key(via) {
                self.wrong(span, Wrong::GatewayNobody(via.to_string()));
            }
        }
    }

    fn sysctls(&mut self, host: &Host) {
        let mut sysctls = Sysctls::default();
        for (name, value) in &host.sysctls {
            if let Err(error) = sysctls.set(&name.value, value) {
                self.wrong(&name.span, Wrong::Sysctl(error.to_string()));
            }
        }
    }

    fn programs(&mut self, host: &Host) {
        for program in &host.programs {
            match &program.task {
                Task::Serve { .. } | Task::PingAll { .. } | Task::Dns { .. } => {}
                Task::Dhcp(dhcp) => self.dhcp(host, dhcp),
                Task::Web { site, span, .. } => self.site(site, span),
                Task::Fetch { to, .. } => self.target(to),
                Task::Call { to, .. } | Task::Load { to, .. } => self.target(&to.host),
                Task::Transfer { to, .. } | Task::Ping { to, .. } => self.target(to),
            }
        }
    }

    /// Somebody to be called: an address, or a host that has one.
    fn target(&mut self, to: &At<String>) {
        if to.value.parse::<IpAddr>().is_ok() {
            return;
        }
        let Some(host) = self.host(&to.span, &to.value) else {
            return;
        };
        let none = |card: &Interface| {
            card.addresses.is_empty() && !card.automatic.dhcp && !card.automatic.slaac
        };
        if host.interfaces.iter().all(none) {
            self.wrong(&to.span, Wrong::NoAddress(to.value.clone()));
        }
    }

    /// What a web server shows must be there.
    fn site(&mut self, site: &Site, span: &Span) {
        if let Site::Folder(folder) = site
            && !folder.is_dir()
        {
            self.wrong(span, Wrong::NoFolder(folder.display().to_string()));
        }
    }

    /// Ports of the machine lead to hosts of the lab, each to one; so do devices of the kernel.
    fn published(&mut self) {
        let mut devices = HashSet::new();
        for node in &self.scenario.nodes {
            if let NodeKind::Tap(Tap { device }) = &node.kind
                && !devices.insert(&device.value)
            {
                self.wrong(&device.span, Wrong::DeviceTwice(device.value.clone()));
            }
        }
        let mut taken = HashSet::new();
        for publish in &self.scenario.publish {
            self.host(&publish.to.span, &publish.to.value);
            let At { value: on, span } = &publish.on;
            if on.port() != 0 && !taken.insert((publish.scheme, on)) {
                self.wrong(span, Wrong::PublishedTwice(on.to_string()));
            }
        }
    }

    fn events(&mut self) {
        let cables = self.scenario.cables.iter();
        let plugged: HashSet<&End> = cables
            .flat_map(|cable| cable.ends.iter().map(|end| &end.value))
            .collect();
        for event in &self.scenario.events {
            if let Some(end) = event.fault.cable()
                && self.end(end)
                && !plugged.contains(&end.value)
            {
                self.wrong(&end.span, Wrong::NoCable(end.value.to_string()));
            }
            match &event.fault {
                Fault::Crash(host) | Fault::Restart(host) => {
                    self.host(&host.span, &host.value);
                }
                Fault::Skew { host, .. } => {
                    self.host(&host.span, &host.value);
                }
                Fault::Conflict { card, address } => {
                    if let (true, End::Port(_)) = (self.end(card), &card.value) {
                        self.wrong(&card.span, Wrong::NotAHost(card.value.to_string()));
                    }
                    if !is_a_hosts(&address.value) {
                        let text = address.value.to_string();
                        self.wrong(&address.span, Wrong::NotAHostsAddress(text));
                    }
                }
                Fault::Partition(groups) => self.groups(groups),
                Fault::Down(_)
                | Fault::Up(_)
                | Fault::Set { .. }
                | Fault::Heal
                | Fault::Release { .. } => {}
            }
        }
    }

    /// A host is in one group of a partition.
    fn groups(&mut self, groups: &[Vec<At<String>>]) {
        let mut seen = HashSet::new();
        for host in groups.iter().flatten() {
            if self.host(&host.span, &host.value).is_some() && !seen.insert(&host.value) {
                self.wrong(&host.span, Wrong::InTwoGroups(host.value.clone()));
            }
        }
    }
}

/// Whether a host can have it: no group, nor the network's own or broadcast address (RFC 1122
/// §3.2.1.3), except where a network has no room for those (RFC 3021).
fn is_a_hosts(net: &IpNet) -> bool {
    let addr = net.addr();
    if addr.is_multicast() || addr.is_unspecified() {
        return false;
    }
    match net {
        IpNet::V4(net) if net.prefix_len() < 31 => {
            net.addr() != net.network() && net.addr() != net.broadcast()
        }
        IpNet::V4(_) | IpNet::V6(_) => true,
    }
}

fn is_link_local(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(_) => false,
        IpAddr::V6(addr) => addr.is_unicast_link_local(),
    }
}
