//! What leads out of a lab while it runs, in real time: published ports.
//!
//! - `doors.rs`: ports of the machine that lead into the lab; `datagrams.rs`: those of UDP.
//! - `relay.rs`: two connections joined to one.
//! - `tally.rs`: what passed, for the report.

mod datagrams;
mod doors;
mod relay;
mod tally;

pub(crate) use doors::open;
pub use doors::{Door, DoorError};
pub(crate) use tally::Tallies;
