//! A device without a stack: its frames go to whoever takes them in.

use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use base::Frame;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::port::errno;
use crate::device::{Device, Scratch};
use crate::event_fd::EventFd;

/// Frames taken from the device at once.
const BATCH: usize = 64;

/// What a turn finds at the device.
#[derive(Debug, Default)]
pub struct Turn {
    /// The frames that came, in their order; at most 64.
    pub frames: Vec<Frame>,
    /// It may have room again for what waits to be sent.
    pub has_room: bool,
}

/// What whoever takes the frames says to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Wait for frames.
    Frames,
    /// Wait for frames, and for room to send.
    FramesAndRoom,
    /// Nobody takes them any more.
    End,
}

/// A thread that takes frames from a device. It ends when this is dropped, or when the device is
/// gone.
pub struct Feed {
    kick: Arc<EventFd>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feed {
    /// Starts the thread, which calls `take` whenever frames came, there is room again, or it was
    /// [kicked](Kick).
    ///
    /// # Errors
    ///
    /// The kernel's, when there are no descriptors or threads left.
    pub fn start(
        device: Arc<Device>,
        take: impl FnMut(Turn) -> Next + Send + 'static,
    ) -> io::Result<Self> {
        let kick = Arc::new(EventFd::new()?);
        let ended = Arc::new(AtomicBool::new(false));
        let (kicked, over) = (Arc::clone(&kick), Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("landline-feed".into())
            .spawn(move || run(&device, &kicked, &over, take))?;
        Ok(Self {
            kick,
            ended,
            thread: Some(thread),
        })
    }

    /// What makes the thread look around.
    #[must_use]
    pub fn kick(&self) -> Kick {
        Kick(Arc::clone(&self.kick))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.kick.set();
        // What it calls may hold the last of this.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // Its panic was printed when it happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Feed")
    }
}

/// Makes the thread of a [`Feed`] look around: something is to be sent that found no room.
#[derive(Clone, Debug)]
pub struct Kick(Arc<EventFd>);

impl Kick {
    /// Does it.
    pub fn now(&self) {
        self.0.set();
    }
}

fn run(device: &Device, kick: &EventFd, ended: &AtomicBool, mut take: impl FnMut(Turn) -> Next) {
    let mut scratch = Scratch::default();
    let mut turn = Turn::default();
    // At first nobody knows whether frames wait.
    let mut ready = true;
    loop {
        let gone = read(device, &mut scratch, &mut turn.frames, &mut ready);
        if ended.load(Ordering::Relaxed) {
            return;
        }
        let wants_room = match take(mem::take(&mut turn)) {
            Next::Frames => false,
            Next::FramesAndRoom => true,
            Next::End => return,
        };
        if gone {
            return;
        }
        if ready {
            // There is more.
            continue;
        }
        let mut flags = PollFlags::IN;
        flags.set(PollFlags::OUT, wants_room);
        let mut fds = [PollFd::new(device, flags), PollFd::new(kick, PollFlags::IN)];
        // EINTR or, for a moment, ENOMEM: look around and wait again.
        if poll(&mut fds, None).is_ok() {
            let found = fds[0].revents();
            ready = found.intersects(PollFlags::IN | PollFlags::ERR | PollFlags::HUP);
            turn.has_room = found.contains(PollFlags::OUT);
            if !fds[1].revents().is_empty() {
                kick.clear();
            }
        }
    }
}

/// Takes the frames that are there, at most a batch; says whether the device is gone.
fn read(device: &Device, scratch: &mut Scratch, frames: &mut Vec<Frame>, ready: &mut bool) -> bool {
    while *ready && frames.len() < BATCH {
        match device.receive(scratch) {
            Ok(frame) => frames.push(frame),
            Err(error) => match errno(&error) {
                Some(Errno::INTR) => {}
                Some(Errno::BADFD) => return true,
                // EAGAIN; anything else is not about to go away by asking at once.
                _ => *ready = false,
            },
        }
    }
    false
}
