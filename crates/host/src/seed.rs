//! Randomness of the operating system, to seed a stack with.

use std::io;

use rustix::rand::{GetRandomFlags, getrandom};

/// 32 bytes that nobody can guess, from getrandom(2).
///
/// # Errors
///
/// The kernel's; there are none on Linux since 3.17 once the machine has started.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    let mut filled = 0;
    while filled < seed.len() {
        match getrandom(&mut seed[filled..], GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(seed)
}
