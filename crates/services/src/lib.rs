//! The lesson's programs, and those that arrange a network, written against the sockets alone.
//!
//! A program takes its [`Network`], its endpoints, the lines of its user ([`Input`]) and the place
//! for what it says ([`Console`]) as arguments. The same program so runs on a terminal over the
//! kernel's sockets and, with scripted lines and captured output, inside a simulated LAN.
//!
//! | program | server | client |
//! |---|---|---|
//! | upper, echo | [`upper::Server`] | [`call::call`] |
//! | time | [`time::Server`] | [`time::ask`] |
//! | chat | [`chat::Server`] | [`chat::chat`] |
//! | web | [`web::Server`] | [`web::fetch`] |
//! | DNS | [`dns::serve`] | none |
//! | DHCP | [`dhcp::serve`] | [`dhcp::configure`] |
//! | rip | [`rip::Router`], among others of its kind | none |
//! | subnet | none | [`subnet::Subnet`] |
//!
//! # Where things are
//!
//! - `endpoint.rs`: where to listen, whom to call, as a person writes it.
//! - `console.rs`: lines in, messages out.
//! - `words/`: every sentence, as a value and in each language.
//! - `socket/`: four kinds of sockets as two, streams and datagrams.
//! - `escape.rs`: what strangers wrote, made harmless to look at.
//!
//! [`Network`]: landline::Network

mod console;
mod endpoint;
mod escape;
mod socket;

pub mod call;
pub mod chat;
pub mod dhcp;
pub mod dns;
pub mod rip;
pub mod subnet;
pub mod time;
pub mod upper;
pub mod web;
pub mod words;

pub use console::{Console, Input, LineSender, Look};
pub use endpoint::{Endpoint, EndpointError, Place};
pub use escape::escaped;
pub use socket::Peer;
