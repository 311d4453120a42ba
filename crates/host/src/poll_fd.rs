//! A descriptor that is readable and writable when it is told to be.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::io::Errno;
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair,
};

/// What stands for a socket that is none of the kernel's in poll(2), select(2) and epoll(7).
///
/// It is one end of a pair: readable while a byte from the other end waits, writable while what it
/// sent itself does not fill its buffer. Both are levels and not counts.
#[derive(Debug)]
pub struct PollFd {
    shown: OwnedFd,
    hidden: OwnedFd,
}

impl PollFd {
    /// One that is writable and not readable.
    ///
    /// # Errors
    ///
    /// EMFILE or ENFILE when there are no descriptors left.
    pub fn new() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (shown, hidden) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        // The least there is: little is to be sent until it is full.
        set_socket_send_buffer_size(&shown, 0)?;
        Ok(Self { shown, hidden })
    }

    /// Makes it readable or not.
    pub fn set_readable(&self, readable: bool) {
        if readable {
            fill_once(&self.hidden);
        } else {
            drain(&self.shown);
        }
    }

    /// Makes it writable or not.
    pub fn set_writable(&self, writable: bool) {
        if writable {
            drain(&self.hidden);
        } else {
            while fill_once(&self.shown) {}
        }
    }
}

/// Sends a byte; false when there is no room for it.
fn fill_once(end: &OwnedFd) -> bool {
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    loop {
        match send(end, &[0], flags) {
            Err(Errno::INTR) => {}
            // The one refusal is EAGAIN: it is full.
            outcome => return outcome.is_ok(),
        }
    }
}

/// Takes all that waits.
fn drain(end: &OwnedFd) {
    let mut bytes = [0; 64];
    loop {
        match recv(end, &mut bytes[..], RecvFlags::DONTWAIT) {
            Err(Errno::INTR) | Ok(_) => {}
            // The one refusal is EAGAIN: nothing waits. The pair never ends.
            Err(_) => return,
        }
    }
}

impl AsFd for PollFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shown.as_fd()
    }
}

impl AsRawFd for PollFd {
    fn as_raw_fd(&self) -> RawFd {
        self.shown.as_raw_fd()
    }
}
