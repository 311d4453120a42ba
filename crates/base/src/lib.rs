//! The few words every floor shares.
//!
//! | module | words |
//! |---|---|
//! | [`time`] | [`Instant`] and [`Duration`]: whole nanoseconds, handed in, never read from a clock |
//! | [`rng`] | [`Rng`]: the seeded generator behind every choice that must not be guessed |
//! | [`ranges`] | [`RangeSet`]: which parts of a numbered line are there |
//! | [`payload`] | [`Payload`]: reference-counted slices that travel from one program to the other |
//! | [`frame`] | [`Frame`]: a payload with headers in front and what an offloading device would say of it |
//!
//! Nothing in this crate knows of networks. It is `no_std`, so that no clock, thread or hidden
//! randomness can get in.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod frame;
pub mod payload;
pub mod ranges;
pub mod rng;
pub mod time;

pub use bytes::Bytes;
pub use frame::{ChecksumState, Frame};
pub use payload::Payload;
pub use ranges::RangeSet;
pub use rng::Rng;
pub use time::{Duration, Instant};
