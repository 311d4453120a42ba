//! A descriptor that says "now" to `poll` and `epoll`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;

/// An eventfd(2): readable while it is set.
///
/// It is a level and not a count: setting it twice is setting it once.
#[derive(Debug)]
pub struct EventFd(OwnedFd);

impl EventFd {
    /// One that is not set.
    ///
    /// # Errors
    ///
    /// EMFILE or ENFILE when there are no descriptors left.
    pub fn new() -> io::Result<Self> {
        Ok(Self(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?))
    }

    /// Makes it readable, and so wakes whoever polls it.
    pub fn set(&self) {
        // The one refusal is EAGAIN at 2^64 - 1: then it is readable anyway.
        while rustix::io::write(&self.0, &1u64.to_ne_bytes()) == Err(Errno::INTR) {}
    }

    /// Makes it not readable.
    pub fn clear(&self) {
        let mut count = [0; 8];
        // The one refusal is EAGAIN at 0: then it is clear already.
        while rustix::io::read(&self.0, &mut count) == Err(Errno::INTR) {}
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
