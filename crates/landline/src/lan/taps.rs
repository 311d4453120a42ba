//! Ports of a LAN that lead to devices of the kernel.
//!
//! What arrives at such a port is given to the device at the end of whatever call let it arrive;
//! what the kernel sends comes in by a thread of the device's own.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use base::Instant;
use fabric::{Fabric, NodeId};
use host::device::Kind;
use host::driver::{Counters, Feed, Kick, Next, Port, Turn};
use host::{Device, OpenError};

use super::error::LanError;
use super::world::World;
use super::{Lan, Shared};

/// A port that leads to a device.
pub(super) struct TapPort {
    node: NodeId,
    name: String,
    port: Port,
    counters: Counters,
    /// For when the device has no room; known once the thread runs.
    kick: Option<Kick>,
    /// A cable is plugged in.
    pub(super) cabled: bool,
}

impl TapPort {
    /// Gives the device what arrived.
    fn flush(&mut self, fabric: &mut Fabric, now: Instant) {
        if self.port.retry().is_some_and(|due| due <= now) {
            self.port.send_queued(now, &mut self.counters);
        }
        let waited = self.port.wants_room();
        while let Some(frame) = fabric.take(self.node) {
            self.port.send(now, frame, &mut self.counters, |_| {});
        }
        if !waited
            && self.port.wants_room()
            && let Some(kick) = &self.kick
        {
            kick.now();
        }
    }
}

impl World {
    /// Gives every device what arrived at its port.
    pub(super) fn flush_taps(&mut self, now: Instant) {
        for tap in &mut self.taps {
            tap.flush(&mut self.fabric, now);
        }
    }

    /// When a device without buffers is asked again.
    pub(super) fn next_retry(&self) -> Option<Instant> {
        self.taps.iter().filter_map(|tap| tap.port.retry()).min()
    }

    /// The tap of this name.
    pub(super) fn tap(&mut self, name: &str) -> Option<&mut TapPort> {
        self.taps.iter_mut().find(|tap| tap.name == name)
    }

    /// Takes in what the kernel sent to the tap's device.
    fn take_in(&mut self, at: usize, turn: Turn, now: Instant) -> Next {
        let tap = &mut self.taps[at];
        for frame in turn.frames {
            tap.counters.frames_in += 1;
            tap.counters.bytes_in += frame.len() as u64;
            self.fabric.put(tap.node, frame);
        }
        if turn.has_room {
            tap.port.send_queued(now, &mut tap.counters);
        }
        if tap.port.wants_room() {
            Next::FramesAndRoom
        } else {
            Next::Frames
        }
    }
}

impl Lan {
    /// Puts in a port that leads to the TAP device `device` of the kernel, which is made if there
    /// is none and that is permitted: what is plugged into that device on the kernel's side is on
    /// this LAN. [`connect`](Self::connect) plugs in the port's one cable.
    ///
    /// # Errors
    ///
    /// [`LanError::NameTaken`]; [`LanError::Device`], whose reason says what to try;
    /// [`LanError::VirtualTime`] on a LAN in virtual time: the kernel keeps to the clock.
    pub fn add_tap(&self, name: &str, device: &str) -> Result<(), LanError> {
        if self.0.pace.is_none() {
            return Err(LanError::VirtualTime(name.into()));
        }
        let refused = |reason: io::Error| LanError::Device {
            name: name.into(),
            device: device.into(),
            reason,
        };
        let opened =
            Device::open(Kind::Tap, device).map_err(|error| refused(OpenError::into(error)))?;
        let opened = Arc::new(opened);
        let port = Port::new(Arc::clone(&opened));
        let at = self.call(|world, _| {
            world.claim(name)?;
            let node = world.fabric.add_tap(name);
            world.segments.insert(name.into(), node);
            world.taps.push(TapPort {
                node,
                name: name.into(),
                port,
                counters: Counters::default(),
                kick: None,
                cabled: false,
            });
            Ok::<_, LanError>(world.taps.len() - 1)
        })?;
        let lan: Weak<Shared> = Arc::downgrade(&self.0);
        let feed = Feed::start(opened, move |turn| match lan.upgrade() {
            Some(shared) => Self(shared).call(|world, now| world.take_in(at, turn, now)),
            None => Next::End,
        });
        let feed = feed.map_err(refused)?;
        let kick = feed.kick();
        self.call(|world, _| world.taps[at].kick = Some(kick));
        let mut feeds = self.0.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.push(feed);
        Ok(())
    }

    /// What went over the device of a tap so far, and what the kernel did not take.
    pub fn tap_counters(&self, name: &str) -> Option<Counters> {
        self.call(|world, _| Some(world.tap(name)?.counters))
    }
}

/// The threads of the devices. They end before the LAN does.
pub(super) type Feeds = Mutex<Vec<Feed>>;
