//! Building a network, and reaching into it.

use std::collections::VecDeque;

use base::{Duration, Frame, Instant, Rng};
use stack::{ConfigError, Event, InterfaceConfig, InterfaceId, Stack};
use thiserror::Error;

use crate::cables::{Cables, Port};
use crate::cards::{Cards, Heard};
use crate::clock::Deadlines;
use crate::ids::{Direction, HostId, LinkId, NodeId, PipeId, PortId};
use crate::ledger::Ledger;
use crate::link::{Channel, Link, Pipe, Traffic};
use crate::node::{AtGate, Gate, Host, Kind, Node, Switch, SwitchConfig, Tap};
use crate::observe::Observer;
use crate::partition::Partition;

/// A whole network as one state machine in virtual time: no I/O, no clock.
///
/// ```
/// use base::{Bytes, Duration, Frame};
/// use fabric::{Channel, Delay, Fabric, Rate};
///
/// let mut net = Fabric::new(7);
/// let (a, b) = (net.add_tap("a"), net.add_tap("b"));
/// let channel = Channel {
///     rate: Some(Rate::mbit(1)),
///     delay: Delay::constant(Duration::from_millis(20)),
///     ..Channel::PERFECT
/// };
/// let (pa, pb) = (net.add_port(a), net.add_port(b));
/// net.connect(pa, pb, &channel)?;
///
/// net.put(a, Frame::from(vec![0; 125]));
/// net.run_until_idle();
/// // 1000 bits at 1 Mbit/s, and 20 ms.
/// assert_eq!(net.now().as_millis(), 21);
/// assert_eq!(net.take(b).map(|frame| frame.len()), Some(125));
/// # Ok::<(), fabric::ConnectError>(())
/// ```
#[derive(Debug)]
pub struct Fabric {
    seed: u64,
    /// For the nodes; links roll dice of their own.
    rng: Rng,
    pub(crate) cables: Cables,
    pub(crate) nodes: Vec<Node>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) deadlines: Deadlines,
    /// Of the switches that take part in a spanning tree, by node.
    pub(crate) ticks: Deadlines,
    /// Hosts that wait to be polled, each once, in the order they were touched.
    pub(crate) touched: VecDeque<HostId>,
    /// Hosts that may have word for their programs, each once.
    pub(crate) eventful: VecDeque<HostId>,
    /// Word that was found when looking whether there is any.
    pub(crate) found: Option<(HostId, Event)>,
    /// Frames that switches and hubs passed on at this instant.
    pub(crate) passed_on: u32,
    /// Who does not hear whom.
    pub(crate) partition: Option<Partition>,
    /// What the hosts' cards listen to.
    pub(crate) cards: Cards,
    /// Who was heard to have which address.
    pub(crate) heard: Heard,
}

/// Why two ports were not connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// Something is plugged in there already.
    #[error("{0:?} has a link already")]
    Taken(PortId),
    /// A link has two ends.
    #[error("{0:?} cannot be connected to itself")]
    Itself(PortId),
}

impl Fabric {
    /// An empty network. All its chance comes from `seed`: the same seed is the same run.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            rng: Rng::seeded(seed),
            cables: Cables::default(),
            nodes: Vec::new(),
            hosts: Vec::new(),
            deadlines: Deadlines::default(),
            ticks: Deadlines::default(),
            touched: VecDeque::new(),
            eventful: VecDeque::new(),
            found: None,
            passed_on: 0,
            partition: None,
            cards: Cards::default(),
            heard: Heard::default(),
        }
    }

    /// What time it is in this network.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.cables.now
    }

    fn add(&mut self, name: &str, kind: Kind) -> NodeId {
        self.nodes.push(Node {
            name: name.into(),
            ports: Vec::new(),
            ways: None,
            kind,
        });
        NodeId::from_index(self.nodes.len() - 1)
    }

    /// Puts a computer into the network, as yet without a cable.
    pub fn add_host(&mut self, name: &str, stack: Stack) -> HostId {
        let host = HostId::from_index(self.hosts.len());
        let node = self.add(name, Kind::Host(host));
        self.hosts.push(Host::new(node, stack));
        self.touch(host);
        host
    }

    /// Puts in a learning switch.
    pub fn add_switch(&mut self, name: &str, config: SwitchConfig) -> NodeId {
        let (number, now) = (self.nodes.len(), self.now());
        let switch = Switch::new(config, number, now, &mut self.rng);
        self.add(name, Kind::Switch(Box::new(switch)))
    }

    /// Puts in a hub: what comes in at one port leaves by all others.
    pub fn add_hub(&mut self, name: &str) -> NodeId {
        self.add(name, Kind::Hub)
    }

    /// Puts in a tap: [`put`](Self::put) and [`take`](Self::take) are its hands. A driver connects
    /// a device of the world outside there.
    pub fn add_tap(&mut self, name: &str) -> NodeId {
        self.add(name, Kind::Tap(Tap::default()))
    }

    /// A new port of a switch, hub or tap.
    ///
    /// A host's are its interfaces': [`interface_port`](Self::interface_port).
    pub fn add_port(&mut self, node: NodeId) -> PortId {
        let ports = &mut self.nodes[node.index()].ports;
        let port = PortId::from_index(self.cables.ports.len());
        self.cables.ports.push(Port {
            node,
            number: ports.len() as u32,
            out: None,
        });
        ports.push(port);
        self.forget_ways(node);
        port
    }

    /// Puts a card into a host, and returns its port.
    ///
    /// A link cuts large frames and finishes checksums for whoever sends, so the card may say that
    /// the far side does both.
    ///
    /// # Errors
    ///
    /// What the stack says of the configuration.
    pub fn add_interface(
        &mut self,
        host: HostId,
        config: InterfaceConfig,
    ) -> Result<PortId, ConfigError> {
        let now = self.host_time(host);
        let interface = self.stack_mut(host).add_interface(now, config)?;
        Ok(self.interface_port(host, interface))
    }

    /// The port of a host's interface.
    pub fn interface_port(&mut self, host: HostId, interface: InterfaceId) -> PortId {
        let place = &self.hosts[host.index()];
        if let Some(port) = place.port(interface) {
            return port;
        }
        let port = self.add_port(place.node);
        self.hosts[host.index()].give_port(interface, port);
        self.cards.add(port, host, interface);
        // Nothing is plugged in as yet.
        let _ = self.stack_mut(host).set_carrier(interface, false);
        port
    }

    /// Lays a cable between two ports, the same in both directions.
    ///
    /// # Errors
    ///
    /// A port with a link; twice the same port.
    pub fn connect(
        &mut self,
        a: PortId,
        b: PortId,
        channel: &Channel,
    ) -> Result<LinkId, ConnectError> {
        if a == b {
            return Err(ConnectError::Itself(a));
        }
        let taken = |port: &PortId| self.cables.ports[port.index()].out.is_some();
        if let Some(port) = [a, b].into_iter().find(taken) {
            return Err(ConnectError::Taken(port));
        }
        let link = LinkId::from_index(self.cables.links.len());
        let pipes = Direction::BOTH.map(|direction| {
            let stream = (link.index() as u64) << 1 | direction as u64;
            Pipe::new(channel.clone(), self.seed, stream)
        });
        self.cables.lay(Link::new([a, b], pipes));
        for (port, direction) in [(a, Direction::There), (b, Direction::Back)] {
            let place = &mut self.cables.ports[port.index()];
            place.out = Some(PipeId { link, direction });
            let (node, number) = (place.node, place.number);
            self.forget_ways(node);
            if let Kind::Host(host) = self.nodes[node.index()].kind {
                self.tell_carrier(host, number, true);
            }
        }
        self.tell_switches(link);
        Ok(link)
    }

    /// One direction of a link as it is set.
    #[must_use]
    pub fn channel(&self, link: LinkId, direction: Direction) -> &Channel {
        &self.cables.links[link.index()].pipe(direction).channel
    }

    /// Changes one direction of a link, while it runs. Frames under way keep the fate they had;
    /// those that wait are not thrown out of a queue that became too small.
    pub fn set_channel(&mut self, link: LinkId, direction: Direction, channel: Channel) {
        let state = &mut self.cables.links[link.index()];
        let same_rate = state.pipe(direction).channel.rate == channel.rate;
        state.pipe_mut(direction).channel = channel;
        for port in self.ends(link) {
            self.forget_ways(self.node_of(port));
        }
        if !same_rate {
            self.tell_switches(link);
        }
    }

    /// Whether a link is up.
    #[must_use]
    pub fn is_up(&self, link: LinkId) -> bool {
        self.cables.links[link.index()].up
    }

    /// Pulls a cable, or plugs it in again. What waits for it or is under way on it is gone, cards at
    /// its ends notice, and switches forget whom they saw where.
    pub fn set_up(&mut self, link: LinkId, up: bool) {
        self.cables.set_up(link, up);
        for port in self.ends(link) {
            let Port { node, number, .. } = self.cables.ports[port.index()];
            self.forget_ways(node);
            match &mut self.nodes[node.index()].kind {
                Kind::Switch(switch) if !up => switch.link_down(),
                Kind::Host(host) => {
                    let host = *host;
                    self.tell_carrier(host, number, up);
                }
                Kind::Switch(_) | Kind::Hub | Kind::Tap(_) => {}
            }
        }
        self.tell_switches(link);
    }

    /// Tells a host whether the cable at its port of that number leads somewhere.
    fn tell_carrier(&mut self, host: HostId, number: u32, up: bool) {
        if let Some(interface) = self.hosts[host.index()].interface(number) {
            // The interface is there, since it has a port.
            let _ = self.stack_mut(host).set_carrier(interface, up);
        }
    }

    /// The two ports of a link, in the order they were connected.
    #[must_use]
    pub fn ends(&self, link: LinkId) -> [PortId; 2] {
        self.cables.links[link.index()].ends
    }

    /// What went through one direction of a link.
    #[must_use]
    pub fn traffic(&self, link: LinkId, direction: Direction) -> Traffic {
        self.cables.traffic(PipeId { link, direction })
    }

    /// How many frames, and bytes, wait for one direction of a link.
    #[must_use]
    pub fn backlog(&self, link: LinkId, direction: Direction) -> (usize, usize) {
        let queue = &self.cables.links[link.index()].pipe(direction).queue;
        (queue.len(), queue.bytes())
    }

    /// Frames put on any wire so far.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.cables.frames
    }

    /// The node that a port belongs to.
    #[must_use]
    pub fn node_of(&self, port: PortId) -> NodeId {
        self.cables.ports[port.index()].node
    }

    /// A node's name.
    #[must_use]
    pub fn name(&self, node: NodeId) -> &str {
        &self.nodes[node.index()].name
    }

    /// The node of a host.
    #[must_use]
    pub fn host_node(&self, host: HostId) -> NodeId {
        self.hosts[host.index()].node
    }

    /// A port's name: its node's, and the name of the interface or number of the port, such as
    /// `alice:eth0` and `switch:3`.
    #[must_use]
    pub fn port_name(&self, port: PortId) -> String {
        let Port { node, number, .. } = self.cables.ports[port.index()];
        let node = &self.nodes[node.index()];
        let interface = match node.kind {
            Kind::Host(host) => {
                let host = &self.hosts[host.index()];
                host.interface(number)
                    .and_then(|interface| host.stack.interface(interface))
            }
            Kind::Switch(_) | Kind::Hub | Kind::Tap(_) => None,
        };
        match interface {
            Some(interface) => format!("{}:{}", node.name, interface.name()),
            None => format!("{}:{number}", node.name),
        }
    }

    /// What died between the hosts, by place and reason.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.cables.ledger
    }

    /// Lets somebody look on from now, in the place of whoever did.
    pub fn set_observer(&mut self, observer: impl Observer + 'static) {
        self.cables.observer = Some(Box::new(observer));
    }

    /// Nobody looks on any more: who did is given back.
    pub fn take_observer(&mut self) -> Option<Box<dyn Observer>> {
        self.cables.observer.take()
    }

    /// A host's stack, to look at.
    #[must_use]
    pub fn stack(&self, host: HostId) -> &Stack {
        &self.hosts[host.index()].stack
    }

    /// A host's stack, to call its sockets. The host is polled before time goes on.
    pub fn stack_mut(&mut self, host: HostId) -> &mut Stack {
        self.touch(host);
        &mut self.hosts[host.index()].stack
    }

    /// What a host takes for the time: the network's, unless its clock was [skewed](Self::skew).
    #[must_use]
    pub fn host_time(&self, host: HostId) -> Instant {
        self.host_time_at(host, self.now())
    }

    /// The same for another moment of the network's time.
    #[must_use]
    pub fn host_time_at(&self, host: HostId, now: Instant) -> Instant {
        self.hosts[host.index()].clock.at(now)
    }

    /// Lets a host's clock gain so many nanoseconds a second, or lose them, from now on, at most a
    /// tenth; and puts it `ahead` at once. Its stack's timers and timestamps follow. A clock that was
    /// put ahead stays there, and none ever goes back.
    pub fn skew(&mut self, host: HostId, gain: i64, ahead: Duration) {
        let now = self.now();
        self.hosts[host.index()].clock.set(now, gain, ahead);
        // Its deadlines come at other times now.
        self.touch(host);
    }

    /// Puts another stack in the place of a host's, and returns what was there: the computer
    /// crashed, its peers see silence, and starts again with nothing.
    pub fn replace_stack(&mut self, host: HostId, stack: Stack) -> Stack {
        let before = core::mem::replace(self.stack_mut(host), stack);
        // Cables that were pulled meanwhile are not plugged in by that.
        let node = &self.nodes[self.hosts[host.index()].node.index()];
        let ports: Vec<_> = node
            .ports
            .iter()
            .map(|port| self.cables.is_live(*port))
            .collect();
        for (number, live) in ports.into_iter().enumerate() {
            self.tell_carrier(host, number as u32, live);
        }
        before
    }

    /// Lets somebody look at what comes in at a host before its stack gets it.
    pub fn set_gate(&mut self, host: HostId, gate: impl Gate + 'static) {
        self.hosts[host.index()].gate = Some(AtGate(Box::new(gate)));
        self.forget_listening(host);
    }

    /// Gives a host's stack a frame that its gate took, as if it came in now.
    pub fn admit(&mut self, host: HostId, interface: InterfaceId, frame: Frame) {
        let now = self.now();
        self.stack_mut(host).receive(now, interface, frame);
    }

    /// Sends a frame from a host's card as if its stack had.
    pub fn send_from(&mut self, host: HostId, interface: InterfaceId, frame: Frame) {
        let port = self.interface_port(host, interface);
        self.cables.send(port, frame);
    }

    /// Puts a frame into the network at a tap, at its first port.
    pub fn put(&mut self, tap: NodeId, frame: Frame) {
        if let Some(port) = self.nodes[tap.index()].ports.first() {
            self.cables.send(*port, frame);
        }
    }

    /// Takes the frame that arrived first at a tap. `None` for other nodes.
    pub fn take(&mut self, tap: NodeId) -> Option<Frame> {
        match &mut self.nodes[tap.index()].kind {
            Kind::Tap(tap) => tap.take().map(|frame| *frame),
            _ => None,
        }
    }

    /// Frames to many that a host's cards did not let through: nobody there listens to them.
    #[must_use]
    pub fn unheard(&self, host: HostId) -> u64 {
        let ports = self.hosts[host.index()].ports();
        ports.map(|port| self.cards.unheard(port)).sum()
    }

    /// A host may set its cards' filters otherwise.
    pub(crate) fn forget_listening(&mut self, host: HostId) {
        for port in self.hosts[host.index()].ports() {
            self.cards.forget(port);
        }
    }

    /// Notes that a host must be polled.
    pub(crate) fn touch(&mut self, host: HostId) {
        self.forget_listening(host);
        let place = &mut self.hosts[host.index()];
        if !place.touched {
            place.touched = true;
            self.touched.push_back(host);
        }
    }
}
