//! Linux's error numbers, where a call's meaning hangs on them.

use std::io;

pub(crate) const EINTR: i32 = 4;
pub(crate) const EAGAIN: i32 = 11;
pub(crate) const ENODEV: i32 = 19;
pub(crate) const EINVAL: i32 = 22;
pub(crate) const EHOSTUNREACH: i32 = 113;
pub(crate) const EINPROGRESS: i32 = 115;

/// Whether `error` has this number.
pub(crate) fn is(error: &io::Error, errno: i32) -> bool {
    error.raw_os_error() == Some(errno)
}

/// The error of a call that waited as long as it may. It has no number: ETIMEDOUT would say that
/// the peer does not answer.
pub(crate) fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "timed out")
}

/// Whether it is the error of [`timed_out`].
pub(crate) fn is_timed_out(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none()
}

/// The number that Berkeley's callers expect for `error`. A call that timed out gives EAGAIN, as
/// in Python.
pub(crate) fn number(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or_else(|| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => EAGAIN,
        io::ErrorKind::InvalidInput => EINVAL,
        _ => EHOSTUNREACH,
    })
}
