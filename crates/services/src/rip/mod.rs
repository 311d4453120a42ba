//! RIP: routers that tell each other how far which networks are, and find the way round a dead link
//! (RFC 2453 for IPv4, RFC 2080 for IPv6).
//!
//! [`Machine`] is the protocol without sockets or a clock, one for each family; [`Router`] lets both
//! speak on a computer's sockets and puts what they learn into its routing table.
//!
//! | file | what |
//! |---|---|
//! | `config` | [`Config`]: times, passive cards, what is told, passwords |
//! | `machine` | [`Machine`]: what is known, until when, and what follows |
//! | `hear`, `judge` | what others say, and whether to believe it |
//! | `tell`, `proof` | what is told to others, and by what it shows whose it is |
//! | `table`, `link` | networks, and cards, as the protocol sees them |
//! | `run`, `socket`, `surroundings` | the program, its sockets, its computer |
//! | `event` | what is told to people |
//!
//! Beyond the RFCs, a router that lost a way asks its neighbours at once for all they know: the way
//! round is found in a round trip and not with their next update.

mod config;
mod event;
mod hear;
mod judge;
mod link;
mod machine;
mod proof;
mod run;
mod socket;
mod surroundings;
mod table;
mod tell;

pub use config::{Config, Secret, Timers, TooLong};
pub use event::Event;
pub use hear::Heard;
pub use judge::Refused;
pub use link::{By, Link, Own};
pub use machine::{Change, Machine, Protocol, Transmit, Why};
pub use run::{Listener, Router};
