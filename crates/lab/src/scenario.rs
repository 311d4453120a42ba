//! A network as somebody drew it: values without a life of their own.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;
use std::time::Duration;

use fabric::{Channel, SpanningTree, VlanPort};
use services::Endpoint;
use services::dhcp;
use services::web::{Site, Url};
use wire::vlan::VlanId;
use wire::{IpNet, MacAddr};

pub use crate::guard::{Forward, Nat, NotAForward, Rule, Wall};
pub use crate::outward::{Allow, Publish, Tap, Uplink};
pub use crate::routing::Rip;

/// Where in the file something stands, in bytes; empty for what no file says.
pub type Span = Range<usize>;

/// A network, its programs, and what happens to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// What all chance comes from, unless the run is given another seed.
    pub seed: Option<u64>,
    /// When the run ends; without it, when every program has.
    pub until: Option<Duration>,
    /// In the order of the file.
    pub nodes: Vec<Node>,
    /// Cables, those of the interfaces first.
    pub cables: Vec<Cable>,
    /// What happens when, in the order of the file.
    pub events: Vec<Event>,
    /// Ports of the machine that lead into the lab.
    pub publish: Vec<Publish>,
}

/// Something that cables lead to.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name, the only one of its kind in the network.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A computer with a stack of its own; a router is one that forwards.
    Host(Box<Host>),
    /// A learning switch.
    Switch(Switch),
    /// What comes in at one port leaves by all others.
    Hub,
    /// A port that leads to a device of the kernel, in real time.
    Tap(Tap),
}

/// A switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// How it takes part in the spanning tree, if it does.
    pub spanning_tree: Option<SpanningTree>,
}

/// A computer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Host {
    /// Its network cards.
    pub interfaces: Vec<Interface>,
    /// Whom it asks the way to other networks: at most one of each family.
    pub gateways: Vec<At<IpAddr>>,
    /// Other ways than by the gateway.
    pub routes: Vec<StaticRoute>,
    /// Whether it passes on what is for others: a router.
    pub forwards: bool,
    /// Settings by their Linux names.
    pub sysctls: Vec<(At<String>, String)>,
    /// Whether hosts behind it share an address of it.
    pub nat: Option<Nat>,
    /// What it lets in, through and out.
    pub firewall: Option<Wall>,
    /// What runs on it.
    pub programs: Vec<Program>,
    /// What makes it an uplink, in real time.
    pub uplink: Option<Uplink>,
    /// Whether and how it tells other routers of its networks, and hears of theirs.
    pub rip: Option<Rip>,
    /// It is one of many that are switched on together, and must not speak in step with them.
    pub one_of_many: bool,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> At<T> {
    /// A value that no file says.
    pub const fn nowhere(value: T) -> Self {
        Self { value, span: 0..0 }
    }
}

/// A network card.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// Such as `eth0`.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Its addresses with their prefixes.
    pub addresses: Vec<At<IpNet>>,
    /// Its MAC address; without one the next of a row.
    pub mac: Option<At<MacAddr>>,
    /// What it arranges by itself.
    pub automatic: Automatic,
}

/// What an interface arranges by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Automatic {
    /// It asks for an address by DHCP.
    pub dhcp: bool,
    /// It makes addresses of IPv6 of what routers advertise.
    pub slaac: bool,
    /// It advertises the networks of its own addresses of IPv6.
    pub advertises: bool,
}

/// What a DHCP server gives to the hosts of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkDhcp {
    /// The addresses, on a network of the server's.
    pub pool: At<dhcp::Range>,
    /// How long one may be used without asking again.
    pub lease: Duration,
    /// Gateways.
    pub routers: Vec<Ipv4Addr>,
    /// Name servers.
    pub dns: Vec<Ipv4Addr>,
    /// The domain in which names are looked up.
    pub domain: Option<String>,
    /// The MTU of the hosts' interfaces.
    pub mtu: Option<u16>,
    /// Who always gets the same address.
    pub reserved: BTreeMap<MacAddr, Ipv4Addr>,
}

impl Interface {
    /// Of `eth0.10`, the card `eth0` and VLAN 10.
    pub fn vlan(&self) -> Option<(&str, VlanId)> {
        vlan_of(&self.name)
    }
}

/// Of the name `eth0.10`, the card `eth0` and VLAN 10.
pub(crate) fn vlan_of(name: &str) -> Option<(&str, VlanId)> {
    let (card, number) = name.split_once('.')?;
    let vlan = VlanId::new(number.parse().ok()?)?;
    (vlan.to_string() == number).then_some((card, vlan))
}

/// A way to a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticRoute {
    /// Which network.
    pub to: At<IpNet>,
    /// By whom.
    pub via: At<IpAddr>,
}

/// A cable between two ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Cable {
    /// Where it is plugged in.
    pub ends: [At<End>; 2],
    /// What it does to frames from the first end to the second.
    pub there: Channel,
    /// What it does to those that come back.
    pub back: Channel,
    /// Which VLANs are at those of its ends that are switches.
    pub vlans: Option<At<VlanPort>>,
}

/// Where one end of a cable is plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// A card: `alice:eth0`.
    Interface {
        /// Whose.
        host: String,
        /// Which.
        interface: String,
    },
    /// The next port of a switch or hub.
    Port(String),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Interface { host, interface } => write!(f, "{host}:{interface}"),
            Self::Port(name) => f.write_str(name),
        }
    }
}

/// Something that runs on a host.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// When it begins.
    pub at: Duration,
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub task: Task,
}

/// What a program does.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Answers, until the run ends.
    Serve {
        /// Which service.
        service: Service,
        /// Where it listens.
        on: Vec<Endpoint>,
    },
    /// Gives addresses by DHCP, until the run ends.
    Dhcp(Box<LinkDhcp>),
    /// Answers for the names of the lab's hosts, until the run ends.
    Dns {
        /// The domain that they are in.
        domain: String,
    },
    /// Answers over HTTP, until the run ends.
    Web {
        /// With what.
        site: Site,
        /// Where in the file that stands.
        span: Span,
        /// Where it listens.
        on: Vec<Endpoint>,
    },
    /// Fetches what is at a URL.
    Fetch {
        /// Its host.
        to: At<String>,
        /// All of it.
        url: Url,
    },
    /// Calls a service and says lines to it.
    Call {
        /// Whom.
        to: Target,
        /// What it says, a line each.
        say: Vec<String>,
    },
    /// Sends bytes over TCP, to whoever takes them in.
    Transfer {
        /// The host that takes them in; the port is chosen.
        to: At<String>,
        /// How many.
        amount: Amount,
        /// By which congestion control; else the host's default.
        congestion: Option<At<String>>,
    },
    /// Asks whether somebody is there.
    Ping {
        /// Who.
        to: At<String>,
        /// How often.
        count: u64,
        /// How long between two.
        every: Duration,
    },
    /// Asks all others of many hosts, one after the other, whether they are there.
    PingAll {
        /// Who.
        all: Many,
        /// How often each.
        count: u64,
        /// How long between two.
        every: Duration,
    },
    /// Sends requests to a service that answers with as many bytes, whether or not the earlier
    /// ones were answered: the times between them are drawn, Poisson's way.
    Load {
        /// Whom.
        to: Target,
        /// Requests a second, on average.
        rate: f64,
        /// Bytes of a request, and of its answer.
        size: u64,
        /// For how long requests are sent.
        time: Duration,
    },
}

/// The hosts of a `[hosts.NAME]`: `NAME1`, `NAME2` … as seen by one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Many {
    /// What they are called, without their numbers.
    pub name: String,
    /// How many they are.
    pub count: u64,
    /// Which of them it is, from 1 on.
    pub own: u64,
}

impl Many {
    /// As the one of this number sees them.
    pub fn new(name: &str, count: u64, own: u64) -> Self {
        Self {
            name: name.to_owned(),
            count,
            own,
        }
    }

    /// The one that is so many behind it; after the last comes the first.
    fn after(&self, steps: u64) -> String {
        let number = (self.own + steps + self.count - 1) % self.count + 1;
        format!("{}{number}", self.name)
    }

    /// The name of the next one.
    pub fn next(&self) -> String {
        self.after(1)
    }

    /// The names of all others, from the next one on, so that no two begin with the same.
    pub fn others(&self) -> impl Iterator<Item = String> + '_ {
        (1..self.count).map(|steps| self.after(steps))
    }
}

/// How much a transfer moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many bytes.
    Bytes(u64),
    /// What goes in this time.
    For(Duration),
}

impl Task {
    /// Whom it is for, if anybody.
    pub fn target_mut(&mut self) -> Option<&mut At<String>> {
        match self {
            Self::Serve { .. }
            | Self::PingAll { .. }
            | Self::Web { .. }
            | Self::Dhcp(_)
            | Self::Dns { .. } => None,
            Self::Fetch { to, .. } => Some(to),
            Self::Call { to, .. } | Self::Load { to, .. } => Some(&mut to.host),
            Self::Transfer { to, .. } | Self::Ping { to, .. } => Some(to),
        }
    }
}

/// A service of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Answers in capitals.
    Upper,
    /// Answers with what it was sent.
    Echo,
    /// Answers with the time.
    Time,
}

/// Whom a program calls: a host by its name, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `tcp` or `udp`.
    pub scheme: Scheme,
    /// A name of the network, or an address.
    pub host: At<String>,
    /// Its port.
    pub port: u16,
}

/// Over what a target is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// A stream.
    Tcp,
    /// Datagrams.
    Udp,
}

/// Something that happens to the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Duration,
    /// Where it stands.
    pub span: Span,
    /// What.
    pub fault: Fault,
}

/// What happens to a network.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A cable is pulled. Cables are named by one of their ends.
    Down(At<End>),
    /// It is plugged in again.
    Up(At<End>),
    /// A cable becomes another.
    Set {
        /// Which.
        cable: At<End>,
        /// From its first end to its second, and back.
        channels: Box<[Channel; 2]>,
    },
    /// A host is switched off without a word.
    Crash(At<String>),
    /// It starts again, with nothing but what its file says.
    Restart(At<String>),
    /// Hosts of different groups do not hear each other.
    Partition(Vec<Vec<At<String>>>),
    /// All hear each other again.
    Heal,
    /// A host's clock runs otherwise.
    Skew {
        /// Whose.
        host: At<String>,
        /// What it gains, in nanoseconds a second.
        gain: i64,
        /// How far it is put ahead at once.
        ahead: Duration,
    },
    /// A card takes an address, whoever has it already.
    Conflict {
        /// Which.
        card: At<End>,
        /// What it takes, with its prefix.
        address: At<IpNet>,
    },
    /// It gives that address up.
    Release {
        /// Which.
        card: At<End>,
        /// What it took.
        address: At<IpNet>,
    },
}

impl Fault {
    /// The cable that it is about.
    pub fn cable(&self) -> Option<&At<End>> {
        match self {
            Self::Down(end) | Self::Up(end) | Self::Set { cable: end, .. } => Some(end),
            Self::Crash(_)
            | Self::Restart(_)
            | Self::Partition(_)
            | Self::Heal
            | Self::Skew { .. }
            | Self::Conflict { .. }
            | Self::Release { .. } => None,
        }
    }

    /// What takes it back, if anything does.
    pub fn end(&self) -> Option<Self> {
        match self {
            Self::Down(end) => Some(Self::Up(end.clone())),
            Self::Crash(host) => Some(Self::Restart(host.clone())),
            Self::Partition(_) => Some(Self::Heal),
            Self::Skew { host, gain, .. } if *gain != 0 => Some(Self::Skew {
                host: host.clone(),
                gain: 0,
                ahead: Duration::ZERO,
            }),
            Self::Conflict { card, address } => Some(Self::Release {
                card: card.clone(),
                address: address.clone(),
            }),
            Self::Up(_)
            | Self::Set { .. }
            | Self::Restart(_)
            | Self::Heal
            | Self::Skew { .. }
            | Self::Release { .. } => None,
        }
    }
}

impl Scenario {
    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// Whether something of the kernel's is plugged in.
    pub(crate) fn has_taps(&self) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.any(|node| matches!(node.kind, NodeKind::Tap(_)))
    }

    /// The hosts, with their names.
    pub fn hosts(&self) -> impl Iterator<Item = (&Node, &Host)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Host(host) => Some((node, &**host)),
            NodeKind::Switch(_) | NodeKind::Hub | NodeKind::Tap(_) => None,
        })
    }
}
