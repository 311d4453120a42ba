//! The driver's loop.

use std::sync::Arc;
use std::task::Waker;

use base::{Frame, Instant};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use smallvec::SmallVec;
use stack::InterfaceId;

use super::port::errno;
use super::{Notify, Shared};
use crate::device::{Device, Scratch};

/// Frames taken from a device before the stack gets them: the lock is taken once for all of them,
/// and callers wait no longer than this many take.
const BATCH: usize = 64;

/// A device's receiving half.
struct Source<'a> {
    /// Its port's place in the core.
    port: usize,
    iface: InterfaceId,
    device: &'a Device,
    /// Frames may be there: it was polled readable, and did not say EAGAIN since.
    ready: bool,
    /// Frames wait for room in it.
    wants_room: bool,
    /// It may have room again.
    has_room: bool,
    /// It was deleted.
    gone: bool,
}

/// Runs until the driver is dropped and its connections are closed, or the time for that is over.
pub(super) fn run<N: Notify>(shared: &Shared<N>, devices: &[(InterfaceId, Arc<Device>)]) {
    let mut sources: Vec<_> = devices
        .iter()
        .enumerate()
        .map(|(port, (iface, device))| Source {
            port,
            iface: *iface,
            device,
            ready: false,
            wants_room: false,
            has_room: false,
            gone: false,
        })
        .collect();
    let mut scratch = Scratch::default();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        for source in &mut sources {
            source.read(&mut scratch, &mut batch);
        }
        // A deleted device would be found ready for ever.
        sources.retain(|source| !source.gone);
        let Turn::Sleep(until) = turn(shared, &mut sources, &mut batch) else {
            return;
        };
        wait(shared, &mut sources, until);
    }
}

/// What follows a turn.
enum Turn {
    /// Wait until then, if nothing happens before.
    Sleep(Option<Instant>),
    /// All is done for good.
    End,
}

/// One turn under the lock.
fn turn<N: Notify>(
    shared: &Shared<N>,
    sources: &mut [Source<'_>],
    batch: &mut Vec<(InterfaceId, Frame)>,
) -> Turn {
    let mut core = shared.lock();
    let now = shared.clock.now();
    for (iface, frame) in batch.drain(..) {
        core.receive(now, iface, frame);
    }
    for source in sources.iter().filter(|source| source.has_room) {
        core.send_queued(now, source.port);
    }
    core.on_deadline(now);
    let mut woken = core.settle(now);
    let turn = if core.ends(now) {
        woken.extend(core.settle(now));
        Turn::End
    } else if sources.iter().any(|source| source.ready) {
        Turn::Sleep(Some(now))
    } else {
        Turn::Sleep(core.next_deadline())
    };
    core.sleeps_until = match turn {
        Turn::Sleep(Some(due)) if due > now => due,
        Turn::Sleep(None) => Instant::FAR_FUTURE,
        Turn::Sleep(Some(_)) | Turn::End => Instant::ZERO,
    };
    if core.sleeps_until > Instant::ZERO || matches!(turn, Turn::End) {
        core.idle();
    }
    for source in sources {
        source.wants_room = core.wants_room(source.port);
    }
    drop(core);
    woken.into_iter().for_each(Waker::wake);
    turn
}

/// Waits for frames, room, a kick or the time.
fn wait<N>(shared: &Shared<N>, sources: &mut [Source<'_>], until: Option<Instant>) {
    let mut fds: SmallVec<[_; 4]> = sources
        .iter()
        .map(|source| {
            let mut flags = PollFlags::IN;
            flags.set(PollFlags::OUT, source.wants_room);
            PollFd::new(source.device, flags)
        })
        .collect();
    fds.push(PollFd::new(&shared.kick, PollFlags::IN));
    let timeout = until.map(|due| {
        let left = due.since(shared.clock.now());
        Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: (left.as_nanos() % 1_000_000_000) as i64,
        }
    });
    if poll(&mut fds, timeout.as_ref()).is_err() {
        // EINTR or, for a moment, ENOMEM: look around and wait again.
        return;
    }
    for (source, fd) in sources.iter_mut().zip(&fds) {
        let found = fd.revents();
        source.ready |= found.intersects(PollFlags::IN | PollFlags::ERR | PollFlags::HUP);
        source.has_room = found.contains(PollFlags::OUT);
    }
    if fds.last().is_some_and(|kick| !kick.revents().is_empty()) {
        shared.kick.clear();
    }
}

impl Source<'_> {
    /// Takes the frames that are there, at most a batch.
    fn read(&mut self, scratch: &mut Scratch, batch: &mut Vec<(InterfaceId, Frame)>) {
        let mut left = BATCH;
        while self.ready && left > 0 {
            match self.device.receive(scratch) {
                Ok(frame) => {
                    batch.push((self.iface, frame));
                    left -= 1;
                }
                Err(error) => match errno(&error) {
                    Some(Errno::INTR) => {}
                    Some(Errno::BADFD) => (self.ready, self.gone) = (false, true),
                    // EAGAIN; anything else is not about to go away by asking at once.
                    _ => self.ready = false,
                },
            }
        }
    }
}
