//! The cables of a network: ports, links between them, and the frames on their way.
//!
//! A frame goes in by [`Cables::send`] and comes out by [`Cables::arrive`]; in between it waits,
//! leaves, and meets what its [`Channel`](crate::Channel) says. Nothing here knows what a port
//! belongs to.

use core::{fmt, iter, mem};

use base::{ChecksumState, Frame, Instant, Payload};
use wire::offload::{finish_checksum, segments};
use wire::{LinkType, ethernet, vlan};

use crate::clock::{Event, Events, Flight};
use crate::ids::{Direction, LinkId, NodeId, PipeId, PortId};
use crate::ledger::{DropReason, Ledger};
use crate::link::{Link, Pipe, WIRE_LIMIT};
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
    pub(crate) events: Events,
    pub(crate) ledger: Ledger,
    pub(crate) observer: Option<Box<dyn Observer>>,
    /// Put on any wire so far.
    pub(crate) frames: u64,
}

impl Cables {
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
        if pipe.sending.is_none() {
            return self.begin(id, frame);
        }
        if !pipe.queue.has_room(pipe.channel.queue, frame.len()) {
            return self.drop(port, DropReason::QueueFull, &frame);
        }
        pipe.queue.push(frame, now);
        pipe.traffic.peak = pipe.traffic.peak.max(pipe.queue.bytes());
    }

    /// The frame's first bit leaves.
    fn begin(&mut self, id: PipeId, frame: Box<Frame>) {
        let link = &mut self.links[id.link.index()];
        let (port, epoch) = (link.from(id.direction), link.epoch);
        let pipe = link.pipe_mut(id.direction);
        let time = pipe.begin(&frame);
        let instant = pipe.channel.rate.is_none();
        self.frames += 1;
        self.see(port, What::Sent, &frame);
        if instant {
            return self.fly(id, frame);
        }
        self.events
            .enter(self.now + time, Event::Sent { pipe: id, epoch });
        self.links[id.link.index()].pipe_mut(id.direction).sending = Some(frame);
    }

    /// The last bit of the frame that a pipe was sending has left: the next begins.
    pub(crate) fn sent(&mut self, id: PipeId, epoch: u32) {
        let link = &mut self.links[id.link.index()];
        if link.epoch != epoch {
            return;
        }
        let port = link.from(id.direction);
        let Some(frame) = link.pipe_mut(id.direction).sending.take() else {
            return;
        };
        self.fly(id, frame);
        // More than one when the rate was lifted in the meantime.
        while self.pipe(id).sending.is_none() {
            let now = self.now;
            let taken = self.pipe(id).next(now);
            for frame in taken.dropped {
                self.drop(port, DropReason::QueueSlow, &frame);
            }
            let Some(next) = taken.frame else {
                break;
            };
            self.begin(id, next);
        }
    }

    /// A frame is on its way, and meets its fate.
    fn fly(&mut self, id: PipeId, mut frame: Box<Frame>) {
        let now = self.now;
        let link = &mut self.links[id.link.index()];
        let (port, epoch) = (link.from(id.direction), link.epoch);
        let Some(fate) = link.pipe_mut(id.direction).roll(now, &mut frame) else {
            return self.drop(port, DropReason::Lost, &frame);
        };
        let double = fate.double.map(|delay| (frame.clone(), delay));
        for (frame, delay) in iter::once((frame, fate.delay)).chain(double) {
            let pipe = self.pipe(id);
            if pipe.under_way >= WIRE_LIMIT {
                self.drop(port, DropReason::WireFull, &frame);
                continue;
            }
            pipe.under_way += 1;
            let flight = Flight {
                frame,
                pipe: id,
                epoch,
            };
            self.events.enter(self.now + delay, Event::Arrived(flight));
        }
    }

    /// A frame has reached the far end: which port that is, unless the cable was pulled.
    pub(crate) fn arrive(&mut self, flight: Flight) -> Option<(PortId, Box<Frame>)> {
        let Flight { frame, pipe, epoch } = flight;
        let link = &mut self.links[pipe.link.index()];
        link.pipe_mut(pipe.direction).under_way -= 1;
        if link.epoch != epoch {
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
        state.epoch += 1;
        for direction in Direction::BOTH {
            let state = &mut self.links[link.index()];
            let port = state.from(direction);
            let pipe = state.pipe_mut(direction);
            let queue = mem::take(&mut pipe.queue);
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
fn is_finished(frame: &Frame) -> bool {
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
