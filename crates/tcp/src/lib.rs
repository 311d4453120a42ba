//! The TCP machine alone: no IP, no sockets, no ports, no clock.
//!
//! A connection is fed segments ([`Connection::on_segment`]), the time
//! ([`Connection::on_deadline`]) and its program's calls ([`Connection::write`] …). None of these
//! sends: they mark debts, and [`Connection::poll_transmit`] alone pays them.
//!
//! State is as small as its phase: a [`HalfOpen`] connection of a listener, a [`Connection`] with
//! all it takes, and what [`TimeWait`] leaves of it.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod answers;
mod buffers;
mod close;
mod congestion;
mod connection;
mod error;
mod handshake;
mod icmp;
mod info;
mod isn;
mod options;
mod receive;
mod recovery;
mod settings;
mod state;
mod timers;
mod transmit;
mod verdict;
mod window;

pub use close::{TimeWait, TimeWaitOutcome, reset_for};
pub use connection::Connection;
pub use error::{Error, Icmp};
pub use handshake::{HalfOpen, HalfOpenOutcome, Listen, listen};
pub use info::Info;
pub use isn::IsnGenerator;
pub use settings::{Settings, SocketOptions};
pub use state::State;
pub use verdict::{Arrival, DropReason, Events, Outgoing};
