//! A computer in its place: a stack, and which port each of its interfaces is plugged in at.

use base::Frame;
use stack::{InterfaceId, Listening, Stack};

use super::clock::HostClock;
use crate::ids::{NodeId, PortId};

/// A stack among the nodes.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) node: NodeId,
    pub(crate) stack: Stack,
    pub(crate) clock: HostClock,
    /// By number of the interface; those that never were plugged in have none.
    ports: Vec<Option<PortId>>,
    /// By number of the port.
    interfaces: Vec<InterfaceId>,
    /// Whether it waits to be polled: something came, or somebody had hands on it.
    pub(crate) touched: bool,
    /// Whether it is asked for word to its programs.
    pub(crate) eventful: bool,
    /// Who looks at what comes in first.
    pub(crate) gate: Option<AtGate>,
}

/// What becomes of a frame that came in at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The host's stack gets it.
    Admitted,
    /// Whoever stands at the gate has taken it, and accounts for it.
    Taken,
}

/// Whoever stands between a host's cards and its stack: it may take frames away, and
/// [admit](crate::Fabric::admit) them later.
pub trait Gate: Send {
    /// Looks at a frame that came in. It must not expect to be called back.
    fn look(&mut self, interface: InterfaceId, frame: &mut Frame) -> Admission;
}

/// A gate in its place.
pub(crate) struct AtGate(pub(crate) Box<dyn Gate>);

impl core::fmt::Debug for AtGate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Gate")
    }
}

impl Host {
    pub(crate) const fn new(node: NodeId, stack: Stack) -> Self {
        Self {
            node,
            stack,
            clock: HostClock::RIGHT,
            ports: Vec::new(),
            interfaces: Vec::new(),
            touched: false,
            eventful: false,
            gate: None,
        }
    }

    /// The port of an interface.
    pub(crate) fn port(&self, interface: InterfaceId) -> Option<PortId> {
        self.ports.get(interface.index()).copied().flatten()
    }

    /// The interface at a port of this number.
    pub(crate) fn interface(&self, number: u32) -> Option<InterfaceId> {
        self.interfaces.get(number as usize).copied()
    }

    /// The ports of its cards.
    pub(crate) fn ports(&self) -> impl Iterator<Item = PortId> {
        self.ports.iter().copied().flatten()
    }

    /// What one of its cards listens to. Whoever stands at a gate sees everything.
    pub(crate) fn listening(&self, interface: InterfaceId) -> Listening {
        match self.gate {
            Some(_) => Listening::EVERYTHING,
            None => self.stack.listening(interface),
        }
    }

    /// Gives an interface its port, the next by number.
    pub(crate) fn give_port(&mut self, interface: InterfaceId, port: PortId) {
        let index = interface.index();
        if self.ports.len() <= index {
            self.ports.resize(index + 1, None);
        }
        self.ports[index] = Some(port);
        self.interfaces.push(interface);
    }
}
