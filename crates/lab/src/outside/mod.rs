//! What leads out of a lab while it runs, in real time: published ports and uplinks. TAP ports
//! are the LAN's own affair.
//!
//! - `doors.rs`: ports of the machine that lead into the lab; `datagrams.rs`: those of UDP.
//! - `relay.rs`: two connections joined to one.
//! - `uplink/`: lab connections that lead to ordinary sockets of the machine.
//! - `tally.rs`: what passed, for the report.

mod datagrams;
mod doors;
mod relay;
mod tally;
mod uplink;

pub(crate) use doors::open;
pub use doors::{Door, DoorError};
pub(crate) use tally::Tallies;
pub(crate) use uplink::start as uplinks;
