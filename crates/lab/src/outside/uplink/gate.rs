//! What comes in at an uplink's card, and what of it is held back.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::Frame;
use fabric::Admission;
use stack::InterfaceId;
use tokio::sync::mpsc;
use wire::{EtherType, Protocol, ethernet, icmpv4, ipv4, tcp, udp};

use super::super::tally::Tally;

/// Flows of one uplink at once; the first packets of further ones are dropped and counted.
const FLOWS: usize = 4096;

/// What a flow speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Tcp,
    Udp,
    Echo,
}

/// Who speaks to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flow {
    pub(super) kind: Kind,
    /// Of UDP nobody in particular: all who send to one port share a flow. Of a ping, with its
    /// identifier for a port.
    pub(super) from: SocketAddrV4,
    /// Of a ping, with its number for a port.
    pub(super) to: SocketAddrV4,
}

/// A packet that was held back.
pub(super) struct Held {
    pub(super) flow: Flow,
    /// The card that it came in at.
    pub(super) card: InterfaceId,
    pub(super) frame: Frame,
}

/// The flows that there are. Clones are the same ones.
#[derive(Clone, Default)]
pub(super) struct Flows(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    states: HashMap<Flow, State>,
    /// The front of the last datagram from whom to whom: what a refusal of it is made of.
    last: HashMap<(SocketAddrV4, SocketAddrV4), (InterfaceId, Vec<u8>)>,
}

/// Datagrams that are remembered for refusals at most.
const REMEMBERED: usize = 1024;

/// How far a flow is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The machine's socket is being opened.
    Opening,
    /// The stack deals with it.
    Open,
}

impl Flows {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The front of the last datagram that `from` sent to `to`, and the card that it came in at.
    pub(super) fn last(
        &self,
        from: SocketAddrV4,
        to: SocketAddrV4,
    ) -> Option<(InterfaceId, Vec<u8>)> {
        self.known().last.get(&(from, to)).cloned()
    }

    fn remember(&self, from: SocketAddrV4, to: SocketAddrV4, card: InterfaceId, front: &[u8]) {
        let last = &mut self.known().last;
        // Who is forgotten hears nothing of one refusal, as after any loss.
        if last.len() >= REMEMBERED && !last.contains_key(&(from, to)) {
            last.clear();
        }
        let (at, kept) = last.entry((from, to)).or_insert((card, Vec::new()));
        *at = card;
        kept.clear();
        kept.extend_from_slice(&front[..front.len().min(HEADERS)]);
    }

    /// From now on the flow's packets go to the stack.
    pub(super) fn open(&self, flow: &Flow) {
        self.known().states.insert(*flow, State::Open);
    }

    pub(super) fn is_open(&self, flow: &Flow) -> bool {
        self.known().states.get(flow) == Some(&State::Open)
    }

    /// The flow is over: who speaks again begins a new one.
    pub(super) fn end(&self, flow: &Flow) {
        self.known().states.remove(flow);
    }
}

/// What stands in front of an uplink's stack.
pub(super) struct Gate {
    flows: Flows,
    to: mpsc::Sender<Held>,
    /// The uplink's own addresses: what is for them is the stack's.
    own: Vec<Ipv4Addr>,
    /// The address that stands for the machine, which may be one of its own.
    machine: Ipv4Addr,
    tally: Tally,
}

impl Gate {
    pub(super) const fn new(
        flows: Flows,
        to: mpsc::Sender<Held>,
        own: Vec<Ipv4Addr>,
        machine: Ipv4Addr,
        tally: Tally,
    ) -> Self {
        Self {
            flows,
            to,
            own,
            machine,
            tally,
        }
    }

    /// Whether a packet of this kind and for this address leads outside.
    fn leads_out(&self, kind: Kind, dst: Ipv4Addr) -> bool {
        if dst.is_multicast() || dst.is_broadcast() || dst.is_loopback() || dst.is_unspecified() {
            return false;
        }
        // Whether the uplink itself is there is for its own stack to say.
        !self.own.contains(&dst) || (kind != Kind::Echo && dst == self.machine)
    }

    /// A fragment without ports: it waits with the first, where that is held back.
    fn part(&self, dst: Ipv4Addr, card: InterfaceId, frame: &Frame) -> Admission {
        let opening = |(flow, state): (&Flow, &State)| {
            let is_it = flow.kind == Kind::Udp && *flow.to.ip() == dst && *state == State::Opening;
            is_it.then_some(*flow)
        };
        let waits = self.flows.known().states.iter().find_map(opening);
        match waits {
            Some(flow) => self.hold(flow, card, frame),
            None => Admission::Admitted,
        }
    }

    fn hold(&self, flow: Flow, card: InterfaceId, frame: &Frame) -> Admission {
        let held = Held {
            flow,
            card,
            frame: frame.clone(),
        };
        if self.to.try_send(held).is_err() {
            self.tally.error("too many new flows at once");
            self.flows.end(&flow);
        }
        Admission::Taken
    }
}

impl fabric::Gate for Gate {
    fn look(&mut self, card: InterfaceId, frame: &mut Frame) -> Admission {
        let (flow, from, begins) = match sort(frame) {
            Some(Sorted::Flow(flow, from, begins)) => (flow, from, begins),
            Some(Sorted::Part(dst)) => return self.part(dst, card, frame),
            None => return Admission::Admitted,
        };
        if !self.leads_out(flow.kind, *flow.to.ip()) {
            return Admission::Admitted;
        }
        if flow.kind == Kind::Echo {
            return self.hold(flow, card, frame);
        }
        if flow.kind == Kind::Udp {
            self.flows.remember(from, flow.to, card, frame.prefix());
        }
        let (state, full) = {
            let known = self.flows.known();
            let states = &known.states;
            (states.get(&flow).copied(), states.len() >= FLOWS)
        };
        match state {
            Some(State::Open) => Admission::Admitted,
            // A SYN again while the first is on its way; of datagrams each is another.
            Some(State::Opening) if flow.kind == Kind::Tcp => Admission::Taken,
            Some(State::Opening) => self.hold(flow, card, frame),
            // Of a flow that is over or never was: the stack knows what to say.
            None if !begins => Admission::Admitted,
            None if full => {
                self.tally.error("too many flows");
                Admission::Taken
            }
            None => {
                self.flows.known().states.insert(flow, State::Opening);
                self.hold(flow, card, frame)
            }
        }
    }
}

/// Bytes of the headers at a frame's front: Ethernet's, and the longest of IPv4 and TCP, whose
/// lengths are counted in 4 bits and words.
const HEADERS: usize = ethernet::HEADER_LEN + 2 * 15 * 4;

/// What a frame is.
enum Sorted {
    /// Of which flow, from whom, and whether it may begin one.
    Flow(Flow, SocketAddrV4, bool),
    /// A datagram's fragment without its ports, and for whom.
    Part(Ipv4Addr),
}

/// Which flow a frame belongs to, who sends it, and whether it may begin one. `None` for what is nobody's: other
/// protocols, fragments but the first, what cannot be read. The stack says what is wrong with it.
fn sort(frame: &mut Frame) -> Option<Sorted> {
    let have = frame.len();
    let bytes = frame.contiguous(have.min(HEADERS));
    let (link, link_len) = ethernet::Header::parse(bytes).ok()?;
    if link.ethertype != EtherType::IPV4 || link.dst.is_multicast() {
        return None;
    }
    let (ip, ip_len) = ipv4::Header::parse(&bytes[link_len..], have - link_len).ok()?;
    if ip.fragment_offset != 0 {
        return (ip.protocol == Protocol::UDP).then_some(Sorted::Part(ip.dst));
    }
    let inside = &bytes[link_len + ip_len..];
    let from = |port| SocketAddrV4::new(ip.src, port);
    let to = |port| SocketAddrV4::new(ip.dst, port);
    match ip.protocol {
        Protocol::TCP => {
            let (header, _) = tcp::Header::parse(inside).ok()?;
            let flags = header.control.flags;
            let begins = flags.contains(tcp::Flags::SYN) && !flags.contains(tcp::Flags::ACK);
            let flow = Flow {
                kind: Kind::Tcp,
                from: from(header.src_port),
                to: to(header.dst_port),
            };
            Some(Sorted::Flow(flow, flow.from, begins))
        }
        Protocol::UDP => {
            // Of a first fragment its length says more than is here.
            let (header, _) = udp::Header::parse(inside, usize::from(u16::MAX)).ok()?;
            let flow = Flow {
                kind: Kind::Udp,
                from: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
                to: to(header.dst_port),
            };
            Some(Sorted::Flow(flow, from(header.src_port), true))
        }
        Protocol::ICMP => match icmpv4::Message::parse(inside).ok()? {
            (icmpv4::Message::EchoRequest { ident, seq }, _) => {
                let flow = Flow {
                    kind: Kind::Echo,
                    from: from(ident),
                    to: to(seq),
                };
                Some(Sorted::Flow(flow, flow.from, true))
            }
            _ => None,
        },
        _ => None,
    }
}
