//! The spine: what happens next, and who is told.
//!
//! At one instant frames come first, then deadlines, then the hosts that were touched are polled,
//! and so on until nothing is left; only then does time go on. Work is proportional to what
//! happened: nobody is asked who was not touched.

use base::{Frame, Instant};
use wire::vlan::{Tag, put_tag};

use crate::cards::{Glance, is_to_many};
use crate::clock::Event;
use crate::fabric::Fabric;
use crate::ids::{HostId, NodeId, PortId};
use crate::ledger::DropReason;
use crate::node::{Admission, AtGate, Exit, Forward, Kind};
use crate::observe::What;

/// Frames that switches and hubs pass on in one instant at most. A circle of links without rate
/// and delay would go on for ever in no time.
const PASSED_ON_LIMIT: u32 = 1 << 20;

impl Fabric {
    /// When something happens next: now, while hosts wait to be polled; `None` when nothing will
    /// unless somebody outside does something.
    #[must_use]
    pub fn next_event(&self) -> Option<Instant> {
        if !self.touched.is_empty() {
            return Some(self.now());
        }
        let events = self.cables.events.next().into_iter();
        let events = events.chain(self.deadlines.next()).chain(self.ticks.next());
        events.min()
        // A deadline that was missed is due now: time does not run backwards.
        .map(|at| at.max(self.now()))
    }

    /// Does the one thing that comes next, at its time. Returns false when there is none.
    pub fn step(&mut self) -> bool {
        let Some(at) = self.next_event() else {
            return false;
        };
        self.set_now(at);
        if let Some(event) = self.cables.events.pop(at) {
            self.happen(event);
        } else if let Some(node) = self.ticks.pop(at) {
            self.tick(NodeId(node), at);
        } else if let Some(host) = self.deadlines.pop(at) {
            let host = HostId(host);
            self.touch(host);
            let place = &mut self.hosts[host.index()];
            place.stack.on_deadline(place.clock.at(at));
        } else if let Some(host) = self.touched.pop_front() {
            self.poll(host);
        }
        true
    }

    /// Does everything up to `time`, and lets it be that time.
    ///
    /// Programs that are to act in the network's time drive it by
    /// [`run_to_event`](Self::run_to_event) instead.
    pub fn advance_to(&mut self, time: Instant) {
        while self.next_event().is_some_and(|at| at <= time) {
            self.step();
        }
        self.set_now(time);
    }

    /// As [`advance_to`](Self::advance_to), but stops when a host has word for its programs.
    /// Returns true when it does: [`poll_event`](Self::poll_event) gives it, and time has not gone
    /// on since. Whatever the programs do then happens at that very moment.
    pub fn run_to_event(&mut self, time: Instant) -> bool {
        loop {
            self.found = self.poll_event();
            if self.found.is_some() {
                return true;
            }
            if self.next_event().is_none_or(|at| at > time) {
                self.set_now(time);
                return false;
            }
            self.step();
        }
    }

    /// The next word from a host to its programs: which socket of its to look at.
    pub fn poll_event(&mut self) -> Option<(HostId, stack::Event)> {
        if let Some(found) = self.found.take() {
            return Some(found);
        }
        while let Some(&host) = self.eventful.front() {
            let place = &mut self.hosts[host.index()];
            if let Some(event) = place.stack.poll_event() {
                return Some((host, event));
            }
            place.eventful = false;
            self.eventful.pop_front();
        }
        None
    }

    fn set_now(&mut self, time: Instant) {
        if time > self.now() {
            self.cables.now = time;
            self.passed_on = 0;
        }
    }

    /// Does everything until nothing is left to happen. With hosts that keep something alive that
    /// may be never.
    pub fn run_until_idle(&mut self) {
        while self.step() {}
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Sent { pipe, pulls } => self.cables.sent(pipe, pulls),
            Event::Arrived(flight) => {
                if let Some((port, frame)) = self.cables.arrive(flight) {
                    self.deliver(port, frame);
                }
            }
            Event::Flooded(flood) => self.flooded(*flood),
        }
    }

    /// Gives a frame to the node behind the port that it arrived at.
    pub(crate) fn deliver(&mut self, port: PortId, mut frame: Box<Frame>) {
        let now = self.now();
        let number = self.cables.ports[port.index()].number;
        let node = &mut self.nodes[self.cables.ports[port.index()].node.index()];
        let forward = match &mut node.kind {
            Kind::Host(host) => {
                let host = *host;
                let parted = self.partition.as_ref();
                if parted.is_some_and(|parted| parted.cuts(host, &mut frame)) {
                    return self.cables.drop(port, DropReason::Partitioned, &frame);
                }
                if is_to_many(&frame) {
                    let glance = Glance::of(&mut frame, &self.heard);
                    if !self.cards.hears(port, &glance, &self.hosts) {
                        return;
                    }
                }
                self.heard.note(&mut frame);
                self.touch(host);
                let place = &mut self.hosts[host.index()];
                let Some(interface) = place.interface(number) else {
                    return;
                };
                if let Some(AtGate(gate)) = &mut place.gate
                    && gate.look(interface, &mut frame) == Admission::Taken
                {
                    return;
                }
                // Only an observer wants to see what a host does not take.
                let shown = self.cables.observer.is_some().then(|| frame.clone());
                let before = place.stack.drops().total();
                place.stack.receive(place.clock.at(now), interface, *frame);
                let drops = place.stack.drops();
                if let (Some(frame), Some(reason)) = (shown, drops.last())
                    && drops.total() > before
                {
                    self.cables.see(port, What::Refused(reason), &frame);
                }
                return;
            }
            Kind::Tap(tap) => {
                if tap.has_room() {
                    tap.put(frame);
                } else {
                    self.cables.drop(port, DropReason::TapFull, &frame);
                }
                return;
            }
            Kind::Switch(switch) => switch.forward(now, number, &mut frame),
            Kind::Hub => Forward::Flood(None),
        };
        self.pass_on(port, forward, frame);
    }

    /// Sends a frame on as a switch or hub has decided.
    fn pass_on(&mut self, port: PortId, forward: Forward, frame: Box<Frame>) {
        self.passed_on += 1;
        if self.passed_on > PASSED_ON_LIMIT {
            return self.cables.drop(port, DropReason::Storm, &frame);
        }
        let node = self.cables.ports[port.index()].node;
        match forward {
            Forward::Drop(reason) => self.cables.drop(port, reason, &frame),
            Forward::Taken => self.settle_switch(node),
            Forward::To(number, tag) => {
                if let Some(out) = self.nodes[node.index()].ports.get(number as usize) {
                    let out = *out;
                    match self.exit(node, number, tag) {
                        Exit::Shut(reason) => self.cables.drop(port, reason, &frame),
                        exit => self.leave(out, exit, frame),
                    }
                }
            }
            // Where no port is shut or tags, all copies are alike.
            Forward::Flood(None) if !self.has_bridge(node) => self.flood(port, *frame),
            Forward::Flood(tag) => self.flood_each(port, node, tag, &frame),
        }
    }

    /// Whether a node is a switch that takes part in a spanning tree.
    fn has_bridge(&self, node: NodeId) -> bool {
        matches!(&self.nodes[node.index()].kind, Kind::Switch(switch) if switch.bridge.is_some())
    }

    /// Sends a frame on by each port in its own way.
    fn flood_each(&mut self, port: PortId, node: NodeId, tag: Option<Tag>, frame: &Frame) {
        let mut anybody = false;
        for number in 0..self.nodes[node.index()].ports.len() {
            let out = self.nodes[node.index()].ports[number];
            // A port without a cable, or with a pulled one, is not one to flood to.
            if out == port || !self.cables.is_live(out) {
                continue;
            }
            match self.exit(node, number as u32, tag) {
                Exit::Shut(_) => {}
                exit => {
                    anybody = true;
                    self.leave(out, exit, Box::new(frame.clone()));
                }
            }
        }
        if tag.is_some() && !anybody {
            self.cables.drop(port, DropReason::VlanEmpty, frame);
        }
    }

    /// How a frame leaves by a port of a switch or hub.
    fn exit(&self, node: NodeId, number: u32, tag: Option<Tag>) -> Exit {
        match &self.nodes[node.index()].kind {
            Kind::Switch(switch) => switch.exit(number, tag),
            _ => Exit::AsItIs,
        }
    }

    fn leave(&mut self, out: PortId, exit: Exit, mut frame: Box<Frame>) {
        if let Exit::Tagged(tag) = exit {
            put_tag(&mut frame, &tag);
        }
        self.cables.pass_on(out, frame);
    }

    /// Lets a touched host say all that it has to say, and notes when it wants to be woken.
    fn poll(&mut self, host: HostId) {
        let now = self.host_time(host);
        self.hosts[host.index()].touched = false;
        self.forget_listening(host);
        while let Some((interface, frame)) = self.hosts[host.index()].stack.poll_transmit(now) {
            let port = self.interface_port(host, interface);
            self.cables.send(port, frame);
        }
        let place = &mut self.hosts[host.index()];
        let deadline = place.stack.next_deadline();
        let deadline = deadline.map(|shown| place.clock.when(shown));
        self.deadlines.set(host.0, deadline);
        if !place.eventful {
            place.eventful = true;
            self.eventful.push_back(host);
        }
    }
}
