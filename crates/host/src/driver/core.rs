//! What the lock guards: the stack, its ports, and who waits for it.

use base::{Frame, Instant};
use smallvec::SmallVec;
use stack::{Family, InterfaceId, Kind, Listed, Stack, State};

use super::Notify;
use super::counters::Counters;
use super::port::Port;
use crate::observer::{Direction, Observer};

/// Who is to be woken once the lock is free.
pub type Woken = SmallVec<[std::task::Waker; 4]>;

pub(super) struct Core<N> {
    pub(super) stack: Stack,
    pub(super) notify: N,
    /// Each with the interface that it is plugged into.
    pub(super) ports: Vec<(InterfaceId, Port)>,
    pub(super) observer: Option<Box<dyn Observer>>,
    pub(super) counters: Counters,
    /// Until when the driver's thread sleeps if nobody kicks it; [`Instant::ZERO`] while it is
    /// awake, and so will look by itself.
    pub(super) sleeps_until: Instant,
    /// The [`Driver`](super::Driver) was dropped: until when the thread may still close
    /// connections.
    pub(super) closing: Option<Instant>,
}

impl<N: Notify> Core<N> {
    /// Takes a frame from a device.
    pub(super) fn receive(&mut self, now: Instant, iface: InterfaceId, frame: Frame) {
        self.counters.frames_in += 1;
        self.counters.bytes_in += frame.len() as u64;
        if let Some(observer) = &mut self.observer {
            observer.frame(now, iface, Direction::In, &frame);
        }
        self.stack.receive(now, iface, frame);
    }

    /// Sends what the stack owes, then collects who is to be woken.
    pub(super) fn settle(&mut self, now: Instant) -> Woken {
        while let Some((iface, frame)) = self.stack.poll_transmit(now) {
            let Some((_, port)) = self.ports.iter_mut().find(|(at, _)| *at == iface) else {
                self.counters.no_device += 1;
                continue;
            };
            port.send(now, frame, &mut self.counters, |segment| {
                if let Some(observer) = &mut self.observer {
                    observer.frame(now, iface, Direction::Out, segment);
                }
            });
        }
        let mut woken = Woken::new();
        self.notify.collect(&mut self.stack, &mut woken);
        woken
    }

    /// When somebody must look again, if no frame comes and no call is made.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let retries = self.ports.iter().filter_map(|(_, port)| port.retry());
        retries
            .chain(self.stack.next_deadline())
            .chain(self.closing)
            .min()
    }

    /// Does what is due by `now`.
    pub(super) fn on_deadline(&mut self, now: Instant) {
        if self.stack.next_deadline().is_some_and(|due| due <= now) {
            self.stack.on_deadline(now);
        }
        for (_, port) in &mut self.ports {
            if port.retry().is_some_and(|due| due <= now) {
                port.send_queued(now, &mut self.counters);
            }
        }
    }

    /// Sends what waits for a device that may have room again.
    pub(super) fn send_queued(&mut self, now: Instant, port: usize) {
        self.ports[port].1.send_queued(now, &mut self.counters);
    }

    /// Whether frames wait for room in a device.
    pub(super) fn wants_room(&self, port: usize) -> bool {
        self.ports[port].1.wants_room()
    }

    /// Whether the driver was dropped, and nothing is left to be said to any peer or no time to
    /// say it. Peers that have not ended their side are reset then, so that they know.
    pub(super) fn ends(&mut self, now: Instant) -> bool {
        let Some(limit) = self.closing else {
            return false;
        };
        let owes = self.ports.iter().any(|(_, port)| port.has_queued())
            || self.stack.sockets().iter().any(owes_its_peer);
        if owes && now < limit {
            return false;
        }
        self.stack.reset_connections(now);
        true
    }

    /// Nothing more happens for now.
    pub(super) fn idle(&mut self) {
        if let Some(observer) = &mut self.observer {
            observer.idle();
        }
    }
}

/// Whether a connection has something to send that its peer has not acknowledged, its end
/// included.
fn owes_its_peer(it: &Listed) -> bool {
    let over_the_wire = it.kind == Kind::Stream && it.family != Family::Unix;
    over_the_wire
        && matches!(
            it.state,
            State::FinWait1
                | State::Closing
                | State::LastAck
                | State::Established
                | State::CloseWait
        )
}
