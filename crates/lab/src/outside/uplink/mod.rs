//! An uplink: lab connections that lead to ordinary sockets of the machine, without any privilege.
//!
//! An uplink is a computer of the lab to which others send what is for the world outside. Its
//! [`Gate`](gate::Gate) looks at what comes in: the first packet of a flow is held back until the
//! machine's own socket is there, and then handed to the computer's stack, which ends the flow in
//! the lab. So a lab host hears what the machine heard: a SYN is answered by a SYN-ACK only when
//! somebody answered outside, by a RST when nobody listens, and by ICMP when nobody is there.
//!
//! - `gate.rs`: what is held back. `answers.rs`: refusals, made of the packet that they are about.
//! - `streams.rs`: TCP. `letters.rs`: UDP. `echo.rs`: pings.
//! - `addresses.rs`: whose addresses the computer has for the time being.

mod addresses;
mod answers;
mod echo;
mod gate;
mod letters;
mod streams;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use base::Frame;
use fabric::HostId;
use landline::Network;
use stack::InterfaceId;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::tally::{Tallies, Tally};
use crate::build::Lab;
use crate::outward::Allow;
use addresses::Addresses;
use gate::{Flows, Gate, Held, Kind};

/// Packets that wait for the uplink to look at them; further ones are dropped and counted.
const WAITING: usize = 1024;

/// Flows at work, beyond which no ping goes out.
const AT_WORK: usize = 4096;

/// An uplink that runs.
pub(super) struct Running {
    lab: Arc<Lab>,
    name: String,
    id: HostId,
    allow: Vec<Allow>,
    /// The address that stands for the machine.
    machine: Ipv4Addr,
    /// The uplink's own address, from which refusals come.
    own: Ipv4Addr,
    flows: Flows,
    addresses: Addresses,
    tally: Tally,
}

/// Lets every uplink of the lab work, for as long as what this gives lives.
pub(crate) fn start(lab: &Arc<Lab>, tallies: &Tallies) -> JoinSet<()> {
    let mut working = JoinSet::new();
    for (node, host) in lab.scenario().hosts() {
        let Some(drawn) = &host.uplink else {
            continue;
        };
        let own = host.interfaces.iter().flat_map(|card| &card.addresses);
        let own: Vec<Ipv4Addr> = own
            .filter_map(|at| match at.value.addr() {
                IpAddr::V4(address) => Some(address),
                IpAddr::V6(_) => None,
            })
            .collect();
        let (Some(id), Some(first)) = (lab.lan().host_id(&node.name), own.first().copied()) else {
            continue;
        };
        let machine = drawn.machine.as_ref().map_or(first, |at| at.value);
        let tally = tallies.begin(format!("uplink {}", node.name));
        let (to, held) = mpsc::channel(WAITING);
        let flows = Flows::default();
        let gate = Gate::new(flows.clone(), to, own, machine, tally.clone());
        lab.lan().with_fabric(|fabric| fabric.set_gate(id, gate));
        let running = Running {
            lab: Arc::clone(lab),
            name: node.name.clone(),
            id,
            allow: drawn.allow.clone(),
            machine,
            own: first,
            flows,
            addresses: Addresses::default(),
            tally,
        };
        working.spawn(Arc::new(running).work(held));
    }
    working
}

impl Running {
    /// Deals with what the gate holds back, for ever.
    async fn work(self: Arc<Self>, mut held: mpsc::Receiver<Held>) {
        let mut flows = JoinSet::new();
        let acceptors = streams::Acceptors::default();
        loop {
            tokio::select! {
                Some(held) = held.recv() => {
                    let Some(to) = self.outside(&held) else {
                        self.refuse(&held, answers::Refusal::Forbidden);
                        self.tally.error("not allowed by the file");
                        self.flows.end(&held.flow);
                        continue;
                    };
                    let this = Arc::clone(&self);
                    match held.flow.kind {
                        Kind::Tcp => {
                            flows.spawn(streams::join(this, held, to, acceptors.clone()));
                        }
                        Kind::Udp => this.letter(held, to, &mut flows).await,
                        Kind::Echo if flows.len() >= AT_WORK => self.tally.error("too many flows"),
                        Kind::Echo => {
                            flows.spawn(echo::ask(this, held, to.ip()));
                        }
                    }
                }
                Some(_) = flows.join_next() => {}
            }
        }
    }

    /// Where a flow leads outside, if it may.
    fn outside(&self, held: &Held) -> Option<SocketAddr> {
        let dst = *held.flow.to.ip();
        let real = if dst == self.machine {
            Ipv4Addr::LOCALHOST
        } else {
            dst
        };
        let port = (held.flow.kind != Kind::Echo).then_some(held.flow.to.port());
        let allowed = self.allow.iter().any(|rule| rule.allows(real, port));
        allowed.then(|| SocketAddr::new(real.into(), held.flow.to.port()))
    }

    /// The uplink's own network: a host that crashed may have started again.
    fn network(&self) -> Option<Network> {
        self.lab.host(&self.name)
    }

    /// Hands a packet that was held back to the stack.
    fn admit(&self, card: InterfaceId, frame: Frame) {
        let id = self.id;
        self.lab
            .lan()
            .with_fabric(|fabric| fabric.admit(id, card, frame));
    }

    /// Sends a frame as if the stack had.
    fn send(&self, card: InterfaceId, frame: Frame) {
        let id = self.id;
        self.lab
            .lan()
            .with_fabric(|fabric| fabric.send_from(id, card, frame));
    }

    /// Answers a packet that was held back.
    fn refuse(&self, held: &Held, refusal: answers::Refusal) {
        if let Some(frame) = answers::refuse(&held.frame.to_vec(), self.own, refusal) {
            self.send(held.card, frame);
        }
    }
}
