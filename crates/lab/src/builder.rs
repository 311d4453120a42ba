//! Networks drawn in Rust, for tests.

use std::io;
use std::str::FromStr;

use fabric::{Channel, SpanningTree};
use landline::LanError;
use thiserror::Error;

use crate::build::Lab;
use crate::mistake::{Mistake, Mistakes, Wrong};
use crate::scenario::{
    At, Automatic, Cable, End, Host, Interface, Node, NodeKind, Scenario, Switch,
};
use crate::sim::Sim;

/// A network to be, drawn step by step; [`start`](Self::start) says everything that is wrong with it.
/// [`Lab::builder`] begins one.
///
/// ```
/// use lab::Lab;
///
/// let lab = Lab::builder()
///     .switch("office")
///     .host("alice", "office", "10.0.0.1/24")
///     .host("bob", "office", "10.0.0.2/24")
///     .start()?;
/// assert!(lab.host("alice").is_some());
/// # Ok::<(), lab::StartError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is there until it is started"]
pub struct Builder {
    scenario: Scenario,
    mistakes: Vec<Mistake>,
}

/// Why a network that was drawn cannot be.
#[derive(Debug, Error)]
pub enum StartError {
    /// It is drawn wrongly.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// What a stack refuses of what no check knows of.
    #[error(transparent)]
    Lan(#[from] LanError),
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Mistakes(mistakes) => Self::new(io::ErrorKind::InvalidInput, mistakes),
            StartError::Lan(error) => error.into(),
        }
    }
}

impl Lab {
    /// Draws a network in Rust, to run programs of one's own on its hosts.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// What all chance comes from; 1 without it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.scenario.seed = Some(seed);
        self
    }

    /// Begins with a network from elsewhere, such as a file ([`Scenario::read`]), in the place of what
    /// was drawn before. Its programs and events are left out: the test is in their place.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        let seed = self.scenario.seed.or(scenario.seed);
        self.scenario = Scenario { seed, ..scenario };
        self
    }

    /// Puts in a switch.
    pub fn switch(self, name: &str) -> Self {
        self.node(name, NodeKind::Switch(Switch::default()))
    }

    /// Puts in a switch that takes part in the rapid spanning tree, so that cables between such
    /// switches may make loops.
    pub fn switch_with_spanning_tree(self, name: &str) -> Self {
        let spanning_tree = Some(SpanningTree::USUAL);
        self.node(name, NodeKind::Switch(Switch { spanning_tree }))
    }

    /// Puts in a hub: what comes in at one port leaves by all others.
    pub fn hub(self, name: &str) -> Self {
        self.node(name, NodeKind::Hub)
    }

    /// Puts in a computer with one card, which is plugged into the switch, hub or card `to` and has
    /// `address`, written with its prefix.
    pub fn host(self, name: &str, to: &str, address: &str) -> Self {
        self.computer(name, &[(to, address)], false)
    }

    /// Puts in a computer that forwards, with a card for each of `networks`.
    pub fn router(self, name: &str, networks: &[(&str, &str)]) -> Self {
        self.computer(name, networks, true)
    }

    /// Gives the computer that was put in last a gateway.
    pub fn gateway(mut self, address: &str) -> Self {
        let gateway = self.parse(address, "172.16.10.254");
        if let (Some(host), Some(gateway)) = (self.last(), gateway) {
            host.gateways.push(At::nowhere(gateway));
        }
        self
    }

    /// Sets a sysctl of the computer that was put in last.
    pub fn sysctl(mut self, name: &str, value: &str) -> Self {
        if let Some(host) = self.last() {
            let name = At::nowhere(name.to_owned());
            host.sysctls.push((name, value.to_owned()));
        }
        self
    }

    /// What the cable that was laid last does to frames, in both directions.
    pub fn link(self, channel: Channel) -> Self {
        self.link_each([channel.clone(), channel])
    }

    /// What the cable that was laid last does to frames, from its first end to its second, and back.
    pub fn link_each(mut self, [there, back]: [Channel; 2]) -> Self {
        if let Some(cable) = self.scenario.cables.last_mut() {
            (cable.there, cable.back) = (there, back);
        }
        self
    }

    /// Lays a cable between two ends, each a switch or hub by its name or a card such as `alice:eth0`.
    pub fn connect(mut self, ends: [&str; 2]) -> Self {
        let ends = ends.map(|end| At::nowhere(end_of(end)));
        self.scenario.cables.push(Cable {
            ends,
            there: Channel::PERFECT,
            back: Channel::PERFECT,
            vlans: None,
        });
        self
    }

    /// Builds the network. Its time is zero until it [runs](Sim::run_until).
    ///
    /// # Errors
    /// Everything that is wrong with what was drawn.
    pub fn start(self) -> Result<Sim, StartError> {
        let () = Mistakes::or(self.mistakes, ())?;
        self.scenario.check()?;
        let seed = self.scenario.seed.unwrap_or(1);
        Ok(Sim::new(Lab::build(self.scenario, seed)?))
    }

    fn node(mut self, name: &str, kind: NodeKind) -> Self {
        self.scenario.nodes.push(Node {
            name: name.to_owned(),
            span: 0..0,
            kind,
        });
        self
    }

    fn computer(mut self, name: &str, networks: &[(&str, &str)], forwards: bool) -> Self {
        let mut host = Host {
            forwards,
            ..Host::default()
        };
        for (number, (to, address)) in networks.iter().enumerate() {
            let interface = format!("eth{number}");
            let address = self.parse(address, "172.16.10.1/24");
            host.interfaces.push(Interface {
                name: interface.clone(),
                span: 0..0,
                addresses: address.map(At::nowhere).into_iter().collect(),
                mac: None,
                automatic: Automatic::default(),
            });
            self = self.connect([&format!("{name}:{interface}"), to]);
        }
        self.node(name, NodeKind::Host(Box::new(host)))
    }

    /// The computer that was put in last.
    fn last(&mut self) -> Option<&mut Host> {
        let mut nodes = self.scenario.nodes.iter_mut().rev();
        nodes.find_map(|node| match &mut node.kind {
            NodeKind::Host(host) => Some(&mut **host),
            _ => None,
        })
    }

    fn parse<T: FromStr>(&mut self, text: &str, example: &'static str) -> Option<T> {
        let read = text.parse().ok();
        if read.is_none() {
            let text = text.to_owned();
            self.mistakes.push(Mistake {
                span: 0..0,
                wrong: Wrong::BadValue { text, example },
            });
        }
        read
    }
}

/// `alice:eth0`, or the name of a switch.
pub(crate) fn end_of(text: &str) -> End {
    match text.split_once(':') {
        Some((host, interface)) => End::Interface {
            host: host.to_owned(),
            interface: interface.to_owned(),
        },
        None => End::Port(text.to_owned()),
    }
}
