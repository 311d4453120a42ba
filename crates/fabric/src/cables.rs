//! The cables of a network: ports, links between them, and the frames on their way.
//!
//! A frame goes in by [`Cables::send`] and comes out by [`Cables::arrive`]; in between it waits,
//! leaves, and meets what its [`Channel`](crate::Channel) says. Nothing here knows what a port
//! belongs to.

use core::{fmt, iter, mem};

use base::{ChecksumState, Duration, Frame, Instant, Payload};
use wire::offload::{finish_checksum, segments};
use wire::{LinkType, ethernet, vlan};

use crate::clock::{Event, Events, Flight};
use crate::ids::{Direction, LinkId, NodeId, PipeId, PortId};
use crate::ledger::{DropReason, Ledger};
use crate::link::{Link, Meter, Pipe, Traffic, WIRE_LIMIT};
use crate::observe::{Observer, Sighting, What};

/// Where one end of a link is plugged in.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) node: NodeId,
    /// Which of the node's.
    pub(crate) number: u32,
    /// The pipe that its frames leave by.
    pub(crate) out: Option<PipeId>,
}

/// Ports, links, and what is under way.
#[derive(Default)]
pub(crate) struct Cables {
    pub(crate) now: Instant,
    pub(crate) ports: Vec<Port>,
    pub(crate) links: Vec<Link>,
    /// By pipe.
    pub(crate) meters: Vec<Meter>,
    /// By link: how many cables had been pulled when it was pulled last, itself included.
    pub(crate) pulled: Vec<u32>,
    /// How often a cable was pulled: what left a cable before it was pulled last is gone.
    pub(crate) pulls: u32,
    /// Floods under way. At most [`WIRE_LIMIT`].
    pub(crate) floods: u32,
    pub(crate) events: Events,
    pub(crate) ledger: Ledger,
    pub(crate) observer: Option<Box<dyn Observer>>,
    /// Put on any wire so far.
    pub(crate) frames: u64,
}

impl Cables {
    /// Takes in a link.
    pub(crate) fn lay(&mut self, link: Link) {
        self.links.push(link);
        self.meters.extend([Meter::default(); 2]);
        self.pulled.push(0);
    }

    /// What went through a pipe.
    pub(crate) fn traffic(&self, id: PipeId) -> Traffic {
        let pipe = self.links[id.link.index()].pipe(id.direction);
        let meter = &self.meters[id.index()];
        Traffic {
            frames: meter.frames,
            bytes: meter.bytes,
            busy: meter.busy,
            marked: pipe.marked,
            peak: pipe.peak,
        }
    }

    /// Puts a frame on its way from a port, cut and finished as the link wants it.
    pub(crate) fn send(&mut self, port: PortId, frame: Frame) {
        let Some(pipe) = self.ports[port.index()].out else {
            return self.drop(port, DropReason::Unplugged, &frame);
        };
        let link = &self.links[pipe.link.index()];
        if !link.up {
            return self.drop(port, DropReason::LinkDown, &frame);
        }
        if link.pipe(pipe.direction).channel.takes_large() {
            return self.enqueue(pipe, Box::new(frame));
        }
        if frame.segment_size.is_none() {
            return self.send_finished(pipe, frame);
        }
        // The knife keeps what it cannot cut: only an observer wants to see it.
        let kept = self.observer.is_some().then(|| frame.clone());
        match segments(LinkType::Ethernet, frame) {
            Ok(cut) => cut.for_each(|segment| self.send_finished(pipe, segment)),
            Err(_) => {
                let frame = kept.unwrap_or_else(|| Frame::new(Payload::new()));
                self.drop(port, DropReason::NotCuttable, &frame);
            }
        }
    }

    /// Puts a frame that came off a cable on its way from a port of the same node.
    pub(crate) fn pass_on(&mut self, port: PortId, frame: Box<Frame>) {
        match self.ports[port.index()].out {
            // Cut and finished by the link that it came by.
            Some(pipe) if self.is_live(port) && is_finished(&frame) => self.enqueue(pipe, frame),
            _ => self.send(port, *frame),
        }
    }

    /// Whether a port has a link that is up.
    pub(crate) fn is_live(&self, port: PortId) -> bool {
        self.ports[port.index()]
            .out
            .is_some_and(|pipe| self.links[pipe.link.index()].up)
    }

    fn send_finished(&mut self, pipe: PipeId, mut frame: Frame) {
        finish_checksum(&mut frame);
        // From here on it is handed on many times and changed hardly ever.
        self.enqueue(pipe, Box::new(frame));
    }

    /// Lets a frame wait its turn, which may be now.
    fn enqueue(&mut self, id: PipeId, mut frame: Box<Frame>) {
        let now = self.now;
        let link = &mut self.links[id.link.index()];
        let (port, pipe) = (link.from(id.direction), link.pipe_mut(id.direction));
        let one_segment = frame.segment_size.is_none();
        if one_segment && frame.len() > pipe.channel.mtu + overhead(&mut frame) {
            return self.drop(port, DropReason::MtuExceeded, &frame);
        }
        if !pipe.admit(now, &mut frame) {
            return self.drop(port, DropReason::QueueEarly, &frame);
        }
        let meter = &mut self.meters[id.index()];
        if !meter.is_busy(now) {
            return self.begin(id, frame);
        }
        if !pipe.queue.has_room(pipe.channel.queue, frame.len()) {
            return self.drop(port, DropReason::QueueFull, &frame);
        }
        pipe.queue.push(frame, now);
        meter.held += 1;
        pipe.peak = pipe.peak.max(pipe.queue.bytes());
        self.schedule(id);
    }

    /// Sees that the agenda says when what waits for a pipe may leave.
    fn schedule(&mut self, id: PipeId) {
        let at = self.meters[id.index()].free_at();
        let pulls = self.pulls;
        let pipe = self.pipe(id);
        if !pipe.scheduled {
            pipe.scheduled = true;
            self.events.enter(at, Event::Sent { pipe: id, pulls });
        }
    }

    /// The frame's first bit leaves.
    fn begin(&mut self, id: PipeId, frame: Box<Frame>) {
        let now = self.now;
        let link = &mut self.links[id.link.index()];
        let (port, pipe) = (link.from(id.direction), link.pipe_mut(id.direction));
        let time = pipe.time_for(&frame);
        let certain = pipe.channel.certain_delay();
        let instant = pipe.channel.rate.is_none();
        self.meters[id.index()].begin(now, frame.len(), time);
        self.frames += 1;
        self.see(port, What::Sent, &frame);
        if let Some(delay) = certain {
            self.enter(id, frame, time + delay);
        } else if instant {
            self.fly(id, frame);
        } else {
            self.pipe(id).sending = Some(frame);
            self.meters[id.index()].held += 1;
            self.schedule(id);
        }
    }

    /// A pipe may send what waits for it: the last bit of the frame before has left.
    pub(crate) fn sent(&mut self, id: PipeId, pulls: u32) {
        if self.pulled[id.link.index()] > pulls {
            return;
        }
        let link = &mut self.links[id.link.index()];
        let (port, pipe) = (link.from(id.direction), link.pipe_mut(id.direction));
        pipe.scheduled = false;
        if let Some(frame) = pipe.sending.take() {
            self.meters[id.index()].held -= 1;
            self.fly(id, frame);
        }
        // More than one when the rate was lifted in the meantime.
        while self.pipe(id).sending.is_none() && self.now >= self.meters[id.index()].free_at() {
            let now = self.now;
            let taken = self.pipe(id).next(now);
            let gone = taken.dropped.len() + usize::from(taken.frame.is_some());
            self.meters[id.index()].held -= gone as u32;
            for frame in taken.dropped {
                self.drop(port, DropReason::QueueSlow, &frame);
            }
            let Some(next) = taken.frame else {
                return;
            };
            self.begin(id, next);
        }
        if self.meters[id.index()].held > 0 {
            self.schedule(id);
        }
    }

    /// A frame is on its way, and meets its fate.
    fn fly(&mut self, id: PipeId, mut frame: Box<Frame>) {
        let now = self.now;
        // The frame that has left last has been counted.
        let number = self.meters[id.index()].frames - 1;
        let link = &mut self.links[id.link.index()];
        let port = link.from(id.direction);
        let Some(fate) = link.pipe_mut(id.direction).roll(now, number, &mut frame) else {
            return self.drop(port, DropReason::Lost, &frame);
        };
        let double = fate.double.map(|delay| (frame.clone(), delay));
        for (frame, delay) in iter::once((frame, fate.delay)).chain(double) {
            self.enter(id, frame, delay);
        }
    }

    /// A frame will arrive after so long.
    fn enter(&mut self, id: PipeId, frame: Box<Frame>, after: Duration) {
        let pulls = self.pulls;
        let link = &mut self.links[id.link.index()];
        let (port, pipe) = (link.from(id.direction), link.pipe_mut(id.direction));
        if pipe.under_way >= WIRE_LIMIT {
            return self.drop(port, DropReason::WireFull, &frame);
        }
        pipe.under_way += 1;
        let flight = Flight {
            frame,
            pipe: id,
            pulls,
        };
        self.events.enter(self.now + after, Event::Arrived(flight));
    }

    /// A frame has reached the far end: which port that is, unless the cable was pulled.
    pub(crate) fn arrive(&mut self, flight: Flight) -> Option<(PortId, Box<Frame>)> {
        let Flight { frame, pipe, pulls } = flight;
        let link = &mut self.links[pipe.link.index()];
        link.pipe_mut(pipe.direction).under_way -= 1;
        if self.pulled[pipe.link.index()] > pulls {
            let port = link.from(pipe.direction);
            self.drop(port, DropReason::LinkDown, &frame);
            return None;
        }
        let port = link.to(pipe.direction);
        let corrupted = frame.damaged;
        self.see(port, What::Received { corrupted }, &frame);
        Some((port, frame))
    }

    /// Pulls a cable or plugs it in again. What was under way on it is gone.
    pub(crate) fn set_up(&mut self, link: LinkId, up: bool) {
        let state = &mut self.links[link.index()];
        if state.up == up {
            return;
        }
        state.up = up;
        if up {
            return;
        }
        self.pulls += 1;
        self.pulled[link.index()] = self.pulls;
        for direction in Direction::BOTH {
            let state = &mut self.links[link.index()];
            let port = state.from(direction);
            let pipe = state.pipe_mut(direction);
            let queue = mem::take(&mut pipe.queue);
            pipe.scheduled = false;
            self.meters[link.index() * 2 + direction as usize].clear(self.now);
            for frame in pipe.sending.take().into_iter().chain(queue.into_frames()) {
                self.drop(port, DropReason::LinkDown, &frame);
            }
        }
    }

    /// Counts a frame that died, and shows it.
    pub(crate) fn drop(&mut self, port: PortId, reason: DropReason, frame: &Frame) {
        self.ledger.count(port, reason);
        self.see(port, What::Dropped(reason), frame);
    }

    /// Shows a frame to whoever looks on.
    pub(crate) fn see(&mut self, port: PortId, what: What, frame: &Frame) {
        if let Some(observer) = &mut self.observer {
            observer.see(&Sighting {
                at: self.now,
                port,
                what,
                frame,
            });
        }
    }

    fn pipe(&mut self, id: PipeId) -> &mut Pipe {
        self.links[id.link.index()].pipe_mut(id.direction)
    }
}

/// Bytes in front of the packet: a tag does not make the packet larger (IEEE 802.3 §3.2.7).
fn overhead(frame: &mut Frame) -> usize {
    let tagged = vlan::is_tagged(frame.contiguous(ethernet::HEADER_LEN));
    ethernet::HEADER_LEN + if tagged { vlan::TAG_LEN } else { 0 }
}

/// Whether a frame is as it would be on a real wire.
pub(crate) fn is_finished(frame: &Frame) -> bool {
    frame.segment_size.is_none() && !matches!(frame.checksum, ChecksumState::Partial { .. })
}

impl fmt::Debug for Cables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cables")
            .field("now", &self.now)
            .field("links", &self.links)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}
