//! The rapid spanning tree (IEEE 802.1D-2004 §17): of all cables between switches as many carry
//! frames as make a tree, and others take over when one is pulled.
//!
//! | file | of §17 | what |
//! |---|---|---|
//! | `port` | 17.19 | what is known of each port |
//! | `information` | 17.23, 17.25, 17.27 | what a BPDU changes |
//! | `roles` | 17.28 | which port is what to the tree |
//! | `transitions` | 17.29, 17.31 | when a port may learn and forward, and who must forget |
//! | `transmit` | 17.26 | what is said to neighbours |
//!
//! The standard's machines run until none has anything left to do; names are the standard's. Its
//! timers count whole seconds, and so do these.

mod information;
mod port;
mod roles;
mod transitions;
mod transmit;

use std::collections::VecDeque;

use base::{Duration, Frame, Instant};
use wire::MacAddr;
use wire::bpdu::{Bpdu, BridgeId};

use port::{Port, Times, Vector};

/// How a switch takes part in the spanning tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanningTree {
    /// The lowest becomes the root; in steps of 4096, of which 32768 is usual.
    pub priority: u16,
}

impl SpanningTree {
    /// The standard's priority (table 17-2).
    pub const USUAL: Self = Self { priority: 32768 };
}

/// What a port is plugged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plug {
    /// What a way over it costs (table 17-3).
    pub(crate) cost: u32,
    /// A computer, which can make no loop (`AdminEdge`).
    pub(crate) edge: bool,
    /// One neighbour and no more: no hub.
    pub(crate) point_to_point: bool,
}

impl Plug {
    /// What a way costs at a rate in bits a second (table 17-3): 20000 at 1 Gbit/s, and as much
    /// where there is no rate.
    pub(crate) fn cost_of(rate: Option<u64>) -> u32 {
        let cost = rate.map_or(20_000, |bits| 20_000_000_000_000 / bits.max(1));
        cost.clamp(1, 200_000_000) as u32
    }
}

/// One switch's part in the tree.
#[derive(Debug)]
pub(crate) struct Bridge {
    id: BridgeId,
    ports: Vec<Port>,
    /// The best way to the root that is known.
    root: Vector,
    root_times: Times,
    next_tick: Instant,
    /// BPDUs to be sent, with their ports.
    out: VecDeque<(u32, Frame)>,
    /// Ports at which addresses are to be forgotten.
    flush: Vec<u32>,
}

/// A second, in which each timer is counted down by one.
const TICK: Duration = Duration::from_secs(1);

impl Bridge {
    /// The switch of this number among the nodes, which its address is made of.
    pub(crate) fn new(config: SpanningTree, number: usize, now: Instant) -> Self {
        let id = BridgeId {
            priority: config.priority & 0xf000,
            mac: address(number, 0),
        };
        Self {
            id,
            ports: Vec::new(),
            root: Vector::own(id, 0),
            root_times: Times::USUAL,
            next_tick: now + TICK,
            out: VecDeque::new(),
            flush: Vec::new(),
        }
    }

    /// When the timers are counted down next; never while nothing is plugged in.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let any = self.ports.iter().any(|port| port.enabled);
        any.then_some(self.next_tick)
    }

    /// A cable was plugged in or pulled, or became another.
    pub(crate) fn plug(&mut self, now: Instant, number: u32, plug: Option<Plug>) {
        if self.deadline().is_none() {
            self.next_tick = now + TICK;
        }
        while self.ports.len() <= number as usize {
            let number = self.ports.len() as u16 + 1;
            self.ports.push(Port::new(number, self.id));
        }
        let port = &mut self.ports[number as usize];
        match plug {
            Some(plug) if port.enabled => {
                (port.cost, port.point_to_point) = (plug.cost, plug.point_to_point);
                port.reselect = true;
            }
            Some(plug) => port.enable(plug),
            None => port.enabled = false,
        }
        self.run();
    }

    /// A BPDU came in at a port.
    pub(crate) fn receive(&mut self, number: u32, bpdu: Bpdu) {
        let Some(port) = self.ports.get(number as usize).filter(|port| port.enabled) else {
            return;
        };
        // §9.3.4: what we said ourselves came back to the very port.
        if let Bpdu::Config(said) | Bpdu::Rapid(said) = &bpdu
            && (said.bridge, said.port) == (self.id, port.id)
        {
            return;
        }
        self.hear(number as usize, bpdu);
        self.run();
    }

    /// The time of the [deadline](Self::deadline) has come.
    pub(crate) fn tick(&mut self, now: Instant) {
        while self.next_tick <= now {
            self.next_tick += TICK;
            self.ports.iter_mut().for_each(Port::tick);
            self.run();
        }
    }

    /// The next BPDU to send, and its port.
    pub(crate) fn poll_transmit(&mut self) -> Option<(u32, Frame)> {
        self.out.pop_front()
    }

    /// A port at which addresses are to be forgotten.
    pub(crate) fn poll_flush(&mut self) -> Option<u32> {
        self.flush.pop()
    }

    /// Whether addresses are learnt from what comes in at a port.
    pub(crate) fn learns(&self, number: u32) -> bool {
        self.ports
            .get(number as usize)
            .is_some_and(|port| port.learn)
    }

    /// Whether frames pass a port.
    pub(crate) fn forwards(&self, number: u32) -> bool {
        let port = self.ports.get(number as usize);
        port.is_some_and(|port| port.forward)
    }

    /// Lets every machine run until none has anything left to do.
    fn run(&mut self) {
        // Each round changes something for good; the bound is for mistakes of ours.
        for _ in 0..64 + 16 * self.ports.len() {
            let mut busy = false;
            for number in 0..self.ports.len() {
                busy |= self.inform(number);
            }
            busy |= self.select();
            for number in 0..self.ports.len() {
                busy |= self.move_on(number);
                busy |= self.notice_change(number);
            }
            if !busy {
                break;
            }
        }
        for number in 0..self.ports.len() {
            self.speak(number);
        }
    }
}

/// The address of a switch, or of one of its ports, from 1 on.
fn address(number: usize, port: u16) -> MacAddr {
    let [_, a, b, c] = (number as u32).to_be_bytes();
    let [high, low] = port.to_be_bytes();
    // Locally administered, and not of the row that cards have.
    MacAddr([0x06 | (high & 0xf) << 4, low, 0, a, b, c])
}
