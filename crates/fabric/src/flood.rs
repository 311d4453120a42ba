//! Frames that leave by all of a node's ports at once.
//!
//! In a LAN of n hosts, n announcements are n² copies. Copies that leave at one moment by cables that
//! are alike arrive at one moment: they are one event and one frame, and a copy costs a line in three
//! tables. A cable that rolls dice, or that is busy, gets a copy of its own.

use std::sync::Arc;

use base::{Duration, Frame};
use wire::ethernet;

use crate::cables::{Cables, is_finished};
use crate::cards::Glance;
use crate::clock::Event;
use crate::fabric::Fabric;
use crate::ids::{NodeId, PipeId, PortId};
use crate::ledger::DropReason;
use crate::link::{Rate, WIRE_LIMIT};
use crate::observe::What;

/// Copies of one frame that are under way.
#[derive(Debug)]
pub(crate) struct Flood {
    frame: Frame,
    lanes: Arc<[Lane]>,
    /// Where it came from.
    except: PortId,
    /// Ports whose copies go a way of their own, in order.
    without: Vec<PortId>,
    /// How many cables had been pulled when it left.
    pulls: u32,
}

/// One way out of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    pub(crate) from: PortId,
    pub(crate) to: PortId,
    pub(crate) pipe: PipeId,
}

/// Ways out of a node that are alike: what leaves at once arrives at once.
#[derive(Debug)]
struct Alike {
    rate: Option<Rate>,
    delay: Duration,
    mtu: usize,
    /// In the order of the ports.
    lanes: Arc<[Lane]>,
}

/// A node's ways out.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    alike: Vec<Alike>,
    /// Those that roll dice.
    others: Vec<PortId>,
}

impl Ways {
    /// Those of `ports` that have a cable that is up: a port without one is not flooded to.
    fn of(ports: &[PortId], cables: &Cables) -> Self {
        let mut kinds: Vec<(Option<Rate>, Duration, usize, Vec<Lane>)> = Vec::new();
        let mut others = Vec::new();
        for from in ports.iter().copied().filter(|port| cables.is_live(*port)) {
            let Some(pipe) = cables.ports[from.index()].out else {
                continue;
            };
            let channel = &cables.links[pipe.link.index()].pipe(pipe.direction).channel;
            let Some(delay) = channel.certain_delay() else {
                others.push(from);
                continue;
            };
            let to = cables.links[pipe.link.index()].to(pipe.direction);
            let lane = Lane { from, to, pipe };
            let kind = (channel.rate, delay, channel.mtu);
            match kinds.iter_mut().find(|it| (it.0, it.1, it.2) == kind) {
                Some((.., lanes)) => lanes.push(lane),
                None => kinds.push((kind.0, kind.1, kind.2, vec![lane])),
            }
        }
        let alike = kinds.into_iter().map(|(rate, delay, mtu, lanes)| Alike {
            rate,
            delay,
            mtu,
            lanes: lanes.into(),
        });
        Self {
            alike: alike.collect(),
            others,
        }
    }
}

impl Fabric {
    /// Sends a frame on by all ports of a node but the one that it came in at.
    pub(crate) fn flood(&mut self, except: PortId, frame: Frame) {
        let node = self.cables.ports[except.index()].node;
        let node = &mut self.nodes[node.index()];
        let ways = match &node.ways {
            Some(ways) => Arc::clone(ways),
            None => Arc::clone(
                node.ways
                    .insert(Arc::new(Ways::of(&node.ports, &self.cables))),
            ),
        };
        for port in ways.others.iter().filter(|port| **port != except) {
            self.cables.pass_on(*port, Box::new(frame.clone()));
        }
        let mut left = ways.alike.len();
        let mut frame = Some(frame);
        for alike in &ways.alike {
            left -= 1;
            let copy = if left == 0 {
                frame.take()
            } else {
                frame.clone()
            };
            if let Some(copy) = copy {
                self.cables.flood(alike, except, copy);
            }
        }
    }

    /// A node's ports or cables are not as they were.
    pub(crate) fn forget_ways(&mut self, node: NodeId) {
        self.nodes[node.index()].ways = None;
    }

    /// The copies of a frame arrive.
    pub(crate) fn flooded(&mut self, flood: Flood) {
        let Flood {
            mut frame,
            lanes,
            except,
            without,
            pulls,
        } = flood;
        self.cables.floods -= 1;
        // Who does not hear whom in a network in parts is counted for itself.
        let glance = match self.partition {
            None => Glance::of(&mut frame, &self.heard),
            Some(_) => Glance::Unclear,
        };
        let mut without = without.into_iter().peekable();
        for lane in lanes.iter().filter(|lane| lane.from != except) {
            if without.next_if_eq(&lane.from).is_some() || !self.cables.land(lane, pulls, &frame) {
                continue;
            }
            if self.cards.hears(lane.to, &glance, &self.hosts) {
                self.deliver(lane.to, Box::new(frame.clone()));
            }
        }
    }
}

impl Cables {
    /// Puts a frame on its way by ways that are alike.
    fn flood(&mut self, alike: &Alike, except: PortId, frame: Frame) {
        let now = self.now;
        let lanes = alike.lanes.iter().filter(|lane| lane.from != except);
        let too_long = frame.len() > alike.mtu + ethernet::HEADER_LEN;
        if too_long || !is_finished(&frame) || self.floods >= WIRE_LIMIT {
            for lane in lanes {
                self.pass_on(lane.from, Box::new(frame.clone()));
            }
            return;
        }
        let rate = alike.rate;
        let time = rate.map_or(Duration::ZERO, |rate| rate.time_for(frame.len()));
        let mut without = Vec::new();
        for lane in lanes {
            let meter = &mut self.meters[lane.pipe.index()];
            if meter.is_busy(now) {
                without.push(lane.from);
                continue;
            }
            meter.begin(now, frame.len(), time);
            self.frames += 1;
            self.see(lane.from, What::Sent, &frame);
        }
        for port in &without {
            self.pass_on(*port, Box::new(frame.clone()));
        }
        let flood = Flood {
            frame,
            lanes: Arc::clone(&alike.lanes),
            except,
            without,
            pulls: self.pulls,
        };
        self.floods += 1;
        let event = Event::Flooded(Box::new(flood));
        self.events.enter(now + time + alike.delay, event);
    }

    /// One of a frame's copies has reached the far end, unless the cable was pulled.
    fn land(&mut self, lane: &Lane, pulls: u32, frame: &Frame) -> bool {
        if self.pulled[lane.pipe.link.index()] > pulls {
            self.drop(lane.from, DropReason::LinkDown, frame);
            return false;
        }
        let corrupted = frame.damaged;
        self.see(lane.to, What::Received { corrupted }, frame);
        true
    }
}
