//! Socket options by number: getsockopt(2) and setsockopt(2) with the value as bytes; and how much
//! waits in a socket.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Reads the option `name` of `level` into `value`, and says how many of its bytes were written.
///
/// # Errors
///
/// ENOPROTOOPT for an option that `level` does not have, or the kernel's own.
pub fn get_option(socket: impl AsFd, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
    let mut length = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the descriptor is borrowed and so open; `value` is writable for `length` bytes, and
    // the kernel writes no more than `length` says.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast(),
            &mut length,
        )
    };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(value.len().min(length as usize))
}

/// Sets the option `name` of `level` to `value`.
///
/// # Errors
///
/// ENOPROTOOPT for an option that `level` does not have, EINVAL for a value that it does not
/// take, or the kernel's own.
pub fn set_option(socket: impl AsFd, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = libc::socklen_t::try_from(value.len())
        .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    // SAFETY: the descriptor is borrowed and so open; `value` is readable for `length` bytes.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            value.as_ptr().cast(),
            length,
        )
    };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A count of bytes in a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// SIOCINQ: came and was not received.
    Unread,
    /// SIOCOUTQ: was taken and is not acknowledged.
    Unacknowledged,
    /// SIOCOUTQNSD: was taken and was not sent once.
    Unsent,
}

/// How many bytes there are (tcp(7), udp(7), "Ioctls").
///
/// # Errors
///
/// EINVAL for a listener; the kernel's own.
pub fn queued(socket: impl AsFd, queue: Queue) -> io::Result<usize> {
    /// SIOCOUTQNSD of linux/sockios.h.
    const SIOCOUTQNSD: libc::c_ulong = 0x894b;
    let request = match queue {
        Queue::Unread => libc::FIONREAD,
        Queue::Unacknowledged => libc::TIOCOUTQ,
        Queue::Unsent => SIOCOUTQNSD,
    };
    let count = number(socket, request)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Whether the next byte to read is the urgent one of a stream: ioctl(2), SIOCATMARK.
///
/// # Errors
///
/// ENOTTY for a socket that has no such data.
pub fn is_at_mark(socket: impl AsFd) -> io::Result<bool> {
    /// Of asm-generic/sockios.h.
    const SIOCATMARK: libc::c_ulong = 0x8905;
    Ok(number(socket, SIOCATMARK)? != 0)
}

/// The number that one of the requests above asks for.
fn number(socket: impl AsFd, request: libc::c_ulong) -> io::Result<libc::c_int> {
    let mut count: libc::c_int = 0;
    let descriptor = socket.as_fd().as_raw_fd();
    // SAFETY: the descriptor is borrowed and so open; each of the requests writes one int to
    // the address that it is given.
    let result = unsafe { libc::ioctl(descriptor, request, &mut count) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(count)
}
