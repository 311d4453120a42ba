//! Berkeley sockets over a [`Network`]: the kernel's, a TAP host's, or a simulated LAN's.
//!
//! A program is written once against these types and runs unchanged on every network; the
//! `&Network` that a constructor takes is the only difference from the types everyone knows.
//!
//! | shape | items | for |
//! |---|---|---|
//! | tokio's | [`mod@tokio`]: `TcpListener`, `TcpStream`, `UdpSocket`, `Unix…` | async programs, hyper and axum |
//!
//! Around them: [`Network`] (with its clock: [`Network::sleep`], [`Network::timeout`]) and
//! [`UnixAddress`].
//!
//! # Where things are
//!
//! - `on.rs`: the enum with an arm a network that every type is made of.
//! - `network.rs`: which network, and its clock.
//! - `address.rs`: names of sockets.
//! - `tokio/`: the asynchronous types, a file a type.

#![forbid(unsafe_code)]

#[macro_use]
mod on;
mod address;
mod network;
pub mod tokio;

pub use address::UnixAddress;
pub use network::{Elapsed, Network};
