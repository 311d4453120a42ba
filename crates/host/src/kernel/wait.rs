//! Waiting for one descriptor.

use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// What is waited for. An error or a hang-up of the socket ends both waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Something to receive, or a caller to accept.
    Read,
    /// Room to send, or the outcome of a connect.
    Write,
}

/// Waits until one of `events` of poll(2) is true of `socket`, an error or a hang-up among them
/// whether asked for or not, or `deadline` is over; what is true, then. Without a deadline it waits
/// as long as it takes.
///
/// # Errors
///
/// The kernel's, such as ENOMEM.
pub fn events(socket: impl AsFd, events: u16, deadline: Option<Instant>) -> io::Result<u16> {
    let flags = PollFlags::from_bits_retain(events);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut set = [PollFd::new(&socket, flags)];
        match poll(&mut set, left.as_ref()) {
            Ok(_) => return Ok(set[0].revents().bits()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Waits until `socket` is ready for `interest` or `deadline` is over; without a deadline, as long
/// as it takes. Says whether it is ready. A signal (EINTR) does not end the wait.
///
/// # Errors
///
/// The kernel's, such as ENOMEM.
pub fn wait(socket: impl AsFd, interest: Interest, deadline: Option<Instant>) -> io::Result<bool> {
    let flags = match interest {
        Interest::Read => PollFlags::IN,
        Interest::Write => PollFlags::OUT,
    };
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // A time that does not fit is as good as none: it is centuries.
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut set = [PollFd::new(&socket, flags)];
        match poll(&mut set, left.as_ref()) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
