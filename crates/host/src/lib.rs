//! The only crate with system calls: TAP, TUN, clock, driver, capture files.
