//! Packets as a person reads them.
//!
//! - `flow.rs`: sequence numbers that begin at 0.
//! - `line.rs`: a packet in a line. `peel.rs`: its layers as boxes.
//! - `ipv6.rs`: neighbours, routers, groups and extension headers.
//! - `json.rs`: its layers for programs.
//! - `live.rs`: `--trace`, the packets of a running stack.
//! - `words.rs`: what is said of packets, in each language. `text.rs`, `ink.rs`: columns, colour.

mod flow;
mod ink;
mod ipv6;
#[cfg(test)]
mod ipv6_tests;
mod json;
mod line;
mod live;
mod peel;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub(crate) use ::lab::analysis::{Packet, Segment};
pub(crate) use flow::{Numbers, Relative};
pub(crate) use ink::Ink;
pub(crate) use json::layers;
pub(crate) use line::{DATA_COLUMNS, data, summary};
pub(crate) use live::{Detail, Tracing, live};
pub(crate) use peel::{Style, peel};
pub(crate) use text::{cut, pad, quote, width};
pub(crate) use words::Of;
