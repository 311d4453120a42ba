//! The only crate with system calls: TAP, TUN, clock, driver, capture files.
//!
//! - `kernel/`: the kernel's own sockets and clock.
//! - `device/`: TAP and TUN devices.
//! - `driver/`: a stack with a clock, devices and a thread.
//! - `capture/`: pcapng files.
//! - `clock.rs`, `seed.rs`: the time and the randomness that a stack is given.
//! - `event_fd.rs`: a descriptor that says "now" to `poll` and `epoll`.
//! - `namespace.rs`: a network namespace of a thread's own.
//! - `observer.rs`: who looks on while frames pass.
//! - `poll_fd.rs`: a descriptor that is readable and writable when it is told to be.
//! - `testing.rs`: a network of its own for a test.

pub mod capture;
mod clock;
pub mod device;
pub mod driver;
mod event_fd;
pub mod kernel;
pub mod namespace;
mod observer;
mod poll_fd;
mod seed;
pub mod testing;

pub use capture::{Capture, Recorder};
pub use clock::Clock;
pub use device::{Device, OpenError};
pub use driver::{Driver, Notify};
pub use event_fd::EventFd;
pub use observer::{Direction, Observer};
pub use poll_fd::PollFd;
pub use seed::seed;
