//! DHCP: addresses for a link's hosts, and how a host of ours gets its own (RFC 2131).
//!
//! The server and the client are machines without I/O, [`Server`] and [`Client`]: they take messages
//! and the time, and say what is to be done. [`serve`] and [`configure`] do it, over the sockets of a
//! network.
//!
//! | file | what |
//! |---|---|
//! | `pool` | which addresses a server has, and what goes with them |
//! | `server/` | the server: its leases, its answers, its sockets |
//! | `client/` | the client: its states, what it was given, its sockets |
//! | `news` | what both tell while they run, in either language |

pub mod client;
mod news;
mod pool;
pub mod server;

pub use client::{Client, Lease, configure};
pub use news::{News, Refusal};
pub use pool::{Pool, PoolError, Range, RangeError};
pub use server::{Link, Server, serve};
