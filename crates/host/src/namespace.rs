//! A network namespace of one thread's own.

use std::io;

use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Gives the calling thread an empty network of its own (`CLONE_NEWNET` of unshare(2)): devices,
/// addresses, sockets and sysctls that it makes from here on are nobody else's. Programs that it
/// starts are in it too.
///
/// # Errors
///
/// EPERM for those who do not administer the user namespace they are in.
pub fn enter_network() -> io::Result<()> {
    // SAFETY: the table of descriptors stays shared; the flag is about the network alone.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET) }.map_err(io::Error::from)
}
