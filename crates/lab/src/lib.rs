//! Networks as files: who is on them, what goes wrong, and what came of it.
//!
//! A [`Scenario`] is a network as somebody drew it: hosts, routers, switches, cables, programs, and
//! what happens when. It comes from a file ([`Scenario::read`]) or from a program that fills in its
//! fields. It is checked as a whole before anything of it runs.
//!
//! ```
//! use lab::Scenario;
//!
//! let file = r#"
//!     [switch.office]
//!
//!     [host.alice]
//!     interface.eth0 = { to = "offise", address = "172.16.10.1/24" }
//! "#;
//! let mistakes = Scenario::read(file).unwrap_err();
//! let shown = mistakes.show("office.toml", file, services::words::Lang::English, false);
//! assert!(shown.contains("there is no \"offise\""), "{shown}");
//! assert!(shown.contains("office"), "{shown}");
//! ```
//!
//! # Where things are
//!
//! - `scenario.rs`: the network as it was drawn, as values.
//! - `file/`: reads one from TOML: `reader` knows TOML, `units` how lengths of time, rates and shares
//!   are written, the others a part of the file each.
//! - `check.rs`: whether what was drawn can be: names, addresses, gateways, cables.
//! - `guard.rs`: NAT and firewall, as they were drawn and as the stack takes them.
//! - `segments.rs`: whether VLANs lead anywhere, and cables make loops.
//! - `mistake.rs`, `wiring.rs`: what can be wrong, in both languages, with the lines that are.
//! - `builder.rs`: draws one in Rust; `sim.rs`: runs a test's own programs on it; `seeds.rs`: tests over
//!   many seeds.
//! - `build.rs`: from the drawing to the [`Lan`](landline::Lan) that runs.
//! - `run/`: lets it run: its programs, and what happens to it.
//! - `outward.rs`, `outside/`: what leads out of a lab in real time, as it was drawn and as it runs.
//! - `meter/`: looks at every frame at the hosts' cards.
//! - `routing.rs`: routers that speak RIP, and what they came to know.
//! - `report.rs`: what came of it.
//! - `analysis/`: captures, ours and strangers': read, followed, filtered, drawn as ladders.

#![forbid(unsafe_code)]

pub mod analysis;
mod build;
mod builder;
mod check;
mod file;
mod guard;
mod log;
mod meter;
mod mistake;
mod outside;
mod outward;
pub mod report;
mod routing;
mod run;
pub mod scenario;
pub mod seeds;
mod segments;
mod sim;
mod spread;
mod wiring;

pub use build::Lab;
pub use builder::{Builder, StartError};
pub use file::{NotATime, length_of_time};
pub use mistake::{Mistake, Mistakes, Wrong};
pub use outside::{Door, DoorError};
pub use outward::{NotAPublish, Publish};
pub use report::Report;
pub use run::{Measure, Opened, Run, RunError};
pub use scenario::Scenario;
pub use sim::{ProgramResult, Sim, SimError};
pub use wiring::Wiring;

/// A test that runs over many seeds: `#[lab::test(seeds = 100)]`; see [`seeds`].
pub use lab_macros::test;
