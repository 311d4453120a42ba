//! A fabric between devices, run by the clock.

use std::io;
use std::os::fd::AsFd;

use anyhow::Context;
use base::{Duration, Instant};
use fabric::{Fabric, NodeId};
use host::device::Scratch;
use host::{Clock, Device};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The network and the kernel's devices that are plugged into it.
pub(super) struct Cable {
    pub(super) fabric: Fabric,
    plugged: Vec<(Device, NodeId)>,
    scratch: Scratch,
    clock: Clock,
    /// When the fabric's time began.
    start: Instant,
}

/// The longest that nobody looks whether a program is done.
const GLANCE: Duration = Duration::from_millis(20);

impl Cable {
    pub(super) fn new(seed: u64) -> Self {
        let clock = Clock::start();
        Self {
            fabric: Fabric::new(seed),
            plugged: Vec::new(),
            scratch: Scratch::default(),
            start: clock.now(),
            clock,
        }
    }

    /// Plugs a device in at a tap.
    pub(super) fn plug(&mut self, device: Device, tap: NodeId) {
        self.plugged.push((device, tap));
    }

    /// What time it is in the network.
    pub(super) fn now(&self) -> Instant {
        Instant::ZERO + (self.clock.now() - self.start)
    }

    /// Waits until something is to be done, and carries what there is. `programs` are asked
    /// whenever a host has word for them.
    pub(super) fn turn(
        &mut self,
        mut programs: impl FnMut(&mut Fabric) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let now = self.now();
        let wait = self
            .fabric
            .next_event()
            .map_or(GLANCE, |at| at.since(now).min(GLANCE));
        self.wait(wait)?;
        let now = self.now();
        self.run_to(now, &mut programs)?;
        for (device, tap) in &self.plugged {
            loop {
                match device.receive(&mut self.scratch) {
                    Ok(frame) => self.fabric.put(*tap, frame),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error).context("reading from a TAP device"),
                }
            }
        }
        self.run_to(now, &mut programs)?;
        for (device, tap) in &self.plugged {
            while let Some(frame) = self.fabric.take(*tap) {
                device.send(&frame).context("writing to a TAP device")?;
            }
        }
        Ok(())
    }

    fn run_to(
        &mut self,
        now: Instant,
        programs: &mut impl FnMut(&mut Fabric) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        while self.fabric.run_to_event(now) {
            while self.fabric.poll_event().is_some() {}
            programs(&mut self.fabric)?;
        }
        programs(&mut self.fabric)?;
        self.fabric.advance_to(now);
        Ok(())
    }

    fn wait(&self, at_most: Duration) -> anyhow::Result<()> {
        let mut fds: Vec<_> = self
            .plugged
            .iter()
            .map(|(device, _)| PollFd::from_borrowed_fd(device.as_fd(), PollFlags::IN))
            .collect();
        let limit = Timespec::try_from(std::time::Duration::from_nanos(at_most.as_nanos()))?;
        match poll(&mut fds, Some(&limit)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error).context("waiting for the TAP devices"),
        }
    }
}
