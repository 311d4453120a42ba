//! The only crate with system calls: TAP, TUN, clock, driver, capture files.
//!
//! - `kernel/`: the kernel's own sockets and clock.

pub mod kernel;
