//! Socket options by number: getsockopt(2) and setsockopt(2) with the value as bytes.

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
