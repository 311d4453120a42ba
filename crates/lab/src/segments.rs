//! Who hears whom through switches and hubs: whether VLANs lead anywhere, and cables make loops.

use std::collections::{BTreeMap, HashMap, VecDeque};

use fabric::VlanPort;
use wire::vlan::VlanId;

use crate::scenario::{Cable, End, NodeKind, Scenario, Span};
use crate::wiring::Wiring;

/// A switch or hub, by its place in the scenario, and one of its VLANs; none where it is blind to
/// them.
type Place = (usize, Option<VlanId>);

/// Loops of which all switches are named; a person reads no more of them, and each costs a search.
const LOOPS: usize = 100;

/// What hangs together, as far as cables were laid.
#[derive(Default)]
struct Parts(HashMap<Place, Place>);

impl Parts {
    /// One place of each part stands for it.
    fn of(&mut self, place: Place) -> Place {
        let mut root = place;
        while let Some(next) = self.0.get(&root).filter(|next| **next != root) {
            root = *next;
        }
        // The next look takes one step.
        let mut at = place;
        while at != root {
            at = self.0.insert(at, root).unwrap_or(root);
        }
        root
    }

    /// Joins two places; false when they hung together before.
    fn join(&mut self, a: Place, b: Place) -> bool {
        let (a, b) = (self.of(a), self.of(b));
        if a == b {
            return false;
        }
        self.0.insert(a, b);
        true
    }
}

/// Everything that is wrong with how a scenario's switches are wired.
pub(crate) fn check(scenario: &Scenario) -> Vec<(Span, Wiring)> {
    let mut look = Look::new(scenario);
    for cable in &scenario.cables {
        look.cable(cable);
    }
    look.interfaces();
    look.alone();
    look.wrong
}

struct Look<'a> {
    scenario: &'a Scenario,
    /// Switches and hubs, by name.
    segments: HashMap<&'a str, usize>,
    /// Which switches were told of VLANs.
    aware: Vec<bool>,
    parts: Parts,
    /// The same without switches that take part in a spanning tree: here a loop does harm.
    bare: Parts,
    /// How many are in each place who are no switch, and where it was said who wants to be in a
    /// VLAN.
    members: BTreeMap<Place, (usize, Option<Span>)>,
    /// What is at the cards of hosts: the switch's place and VLANs.
    cards: HashMap<&'a End, (usize, Option<&'a VlanPort>)>,
    /// Cables between switches and hubs, from each of their ends, for the names of a loop.
    wires: HashMap<usize, Vec<usize>>,
    /// How many loops there are.
    loops: usize,
    wrong: Vec<(Span, Wiring)>,
}

impl<'a> Look<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let nodes = scenario.nodes.iter().enumerate();
        let segments: HashMap<&str, usize> = nodes
            .filter(|(_, node)| matches!(node.kind, NodeKind::Switch(_) | NodeKind::Hub))
            .map(|(number, node)| (node.name.as_str(), number))
            .collect();
        let mut aware = vec![false; scenario.nodes.len()];
        for cable in scenario.cables.iter().filter(|cable| cable.vlans.is_some()) {
            for end in &cable.ends {
                if let End::Port(name) = &end.value
                    && let Some(number) = segments.get(name.as_str())
                {
                    aware[*number] = true;
                }
            }
        }
        Self {
            scenario,
            segments,
            aware,
            parts: Parts::default(),
            bare: Parts::default(),
            members: BTreeMap::new(),
            cards: HashMap::new(),
            wires: HashMap::new(),
            loops: 0,
            wrong: Vec::new(),
        }
    }

    fn is_hub(&self, number: usize) -> bool {
        matches!(self.scenario.nodes[number].kind, NodeKind::Hub)
    }

    /// Whether a node breaks loops.
    fn breaks_loops(&self, number: usize) -> bool {
        let kind = &self.scenario.nodes[number].kind;
        matches!(kind, NodeKind::Switch(switch) if switch.spanning_tree.is_some())
    }

    fn cable(&mut self, cable: &'a Cable) {
        let at = |end: &End| match end {
            End::Port(name) => self.segments.get(name.as_str()).copied(),
            End::Interface { .. } => None,
        };
        let ends = [at(&cable.ends[0].value), at(&cable.ends[1].value)];
        let vlans = cable.vlans.as_ref().map(|at| &at.value);
        if let Some(said) = &cable.vlans {
            let mut segments = ends.iter().flatten().copied();
            let hub = segments.clone().find(|number| self.is_hub(*number));
            if segments.all(|number| self.is_hub(number)) {
                self.wrong.push((said.span.clone(), Wiring::NoSwitch));
            } else if let (Some(hub), VlanPort::Trunk { .. }) = (hub, &said.value) {
                let hub = self.scenario.nodes[hub].name.clone();
                self.wrong
                    .push((said.span.clone(), Wiring::TrunkToHub(hub)));
            }
        }
        match ends {
            [Some(a), Some(b)] if a != b => self.between(cable, (a, b)),
            [Some(switch), None] => self.member(cable, 1, switch, vlans),
            [None, Some(switch)] => self.member(cable, 0, switch, vlans),
            _ => {}
        }
    }

    /// Which VLANs a node has at a cable; of a trunk the native one apart.
    fn places(&self, number: usize, vlans: Option<&VlanPort>) -> Vec<Place> {
        if !self.aware[number] || self.is_hub(number) {
            return vec![(number, None)];
        }
        let own = |vlan: &VlanId| (number, Some(*vlan));
        match vlans {
            None => vec![own(&VlanId::DEFAULT)],
            Some(VlanPort::Access(vlan)) => vec![own(vlan)],
            Some(VlanPort::Trunk { allowed, native }) => {
                let native = native.iter().filter(|native| !allowed.contains(native));
                allowed.iter().chain(native).map(own).collect()
            }
        }
    }

    /// A cable between two switches or hubs.
    fn between(&mut self, cable: &'a Cable, (a, b): (usize, usize)) {
        let vlans = cable.vlans.as_ref().map(|at| &at.value);
        let (from, to) = (self.places(a, vlans), self.places(b, vlans));
        let bare = !self.breaks_loops(a) && !self.breaks_loops(b);
        let (mut loops, mut joins) = (false, false);
        for (one, other) in from.into_iter().zip(to) {
            self.parts.join(one, other);
            if bare && self.bare.join(one, other) {
                joins = true;
            } else {
                loops |= bare;
            }
        }
        if loops {
            self.loops += 1;
            let names = self.way(a, b);
            let span = cable.ends[1].span.clone();
            self.wrong.push((span, Wiring::Loop(names)));
        }
        // A cable that only closes loops is on nobody's shortest way to name.
        if joins {
            self.wires.entry(a).or_default().push(b);
            self.wires.entry(b).or_default().push(a);
        }
    }

    /// The names on a way between two nodes that was there before; of one loop too many the two alone.
    fn way(&self, from: usize, to: usize) -> Vec<String> {
        if self.loops > LOOPS {
            return [from, to]
                .map(|at| self.scenario.nodes[at].name.clone())
                .into();
        }
        let mut before = HashMap::from([(to, to)]);
        let mut open = VecDeque::from([to]);
        while let Some(at) = open.pop_front() {
            for node in self.wires.get(&at).into_iter().flatten() {
                if !before.contains_key(node) {
                    before.insert(*node, at);
                    open.push_back(*node);
                }
            }
        }
        let mut names = Vec::new();
        let mut at = from;
        loop {
            names.push(self.scenario.nodes[at].name.clone());
            match before.get(&at) {
                Some(node) if at != to => at = *node,
                _ => return names,
            }
        }
    }

    /// A cable from a switch or hub to somebody who is neither.
    fn member(&mut self, cable: &'a Cable, far: usize, switch: usize, vlans: Option<&'a VlanPort>) {
        let card = &cable.ends[far].value;
        if let End::Port(_) = card {
            // What leads out of the lab may be in all of them.
            for place in self.places(switch, vlans) {
                self.enter(place, None);
            }
            return;
        }
        self.cards.insert(card, (switch, vlans));
        let untagged = match vlans {
            Some(VlanPort::Trunk { native, .. }) => native.map(|native| (switch, Some(native))),
            _ => self.places(switch, vlans).first().copied(),
        };
        if let Some(place) = untagged {
            let said = cable.vlans.as_ref().map(|at| at.span.clone());
            let said = said.filter(|_| matches!(vlans, Some(VlanPort::Access(_))));
            self.enter(place, said);
        }
    }

    fn enter(&mut self, place: Place, said: Option<Span>) {
        let member = self.members.entry(place).or_default();
        member.0 += 1;
        member.1 = member.1.take().or(said);
    }

    /// The interfaces of VLANs: their cards are there, and on a trunk.
    fn interfaces(&mut self) {
        for (node, host) in self.scenario.hosts() {
            for interface in &host.interfaces {
                let Some((card, vlan)) = interface.vlan() else {
                    continue;
                };
                let name = interface.name.clone();
                if !host.interfaces.iter().any(|other| other.name == card) {
                    let (interface_name, card) = (name, card.to_owned());
                    let wrong = Wiring::NoCard {
                        interface: interface_name,
                        card,
                    };
                    self.wrong.push((interface.span.clone(), wrong));
                    continue;
                }
                let end = End::Interface {
                    host: node.name.clone(),
                    interface: card.to_owned(),
                };
                let reached = match self.cards.get(&end) {
                    // A switch that is blind to VLANs passes tags on.
                    Some((switch, None)) if !self.aware[*switch] => None,
                    Some((switch, Some(VlanPort::Trunk { allowed, .. })))
                        if allowed.contains(&vlan) =>
                    {
                        Some((*switch, Some(vlan)))
                    }
                    // Straight to another host: what that one makes of tags is its affair.
                    None => None,
                    Some(_) => {
                        let vlan = vlan.get();
                        let wrong = Wiring::NotOnTrunk {
                            interface: name,
                            vlan,
                        };
                        self.wrong.push((interface.span.clone(), wrong));
                        continue;
                    }
                };
                if let Some(place) = reached {
                    self.enter(place, Some(interface.span.clone()));
                }
            }
        }
    }

    /// VLANs with one member: who would it speak to?
    fn alone(&mut self) {
        let mut parts: BTreeMap<Place, (usize, Option<(Span, VlanId)>)> = BTreeMap::new();
        for (place, (count, said)) in std::mem::take(&mut self.members) {
            let part = parts.entry(self.parts.of(place)).or_default();
            part.0 += count;
            if let (Some(span), Some(vlan)) = (said, place.1) {
                part.1.get_or_insert((span, vlan));
            }
        }
        for (_, (count, said)) in parts {
            if let (1, Some((span, vlan))) = (count, said) {
                self.wrong.push((span, Wiring::VlanAlone(vlan.get())));
            }
        }
    }
}
