//! The TCP machine alone (RFC 9293): no IP, no sockets, no ports, no clock.
//!
//! A connection is fed segments ([`Connection::on_segment`]), the time
//! ([`Connection::on_deadline`]), ICMP errors ([`Connection::on_icmp`]) and its program's calls
//! ([`Connection::write`], [`Connection::read`], [`Connection::close`] …). None of these sends: they
//! mark debts, and [`Connection::poll_transmit`] alone pays them. Whoever keeps a connection asks
//! it two things after each call: [`Connection::wants_transmit`] and [`Connection::deadline`].
//!
//! ```text
//!    segment ──► on_segment ──► Arrival: events, a reply, why it was dropped
//!                    │
//!                    ▼ debts                        ▲ header and slices
//!    program ──► write, read, close ──► poll_transmit ──► Outgoing
//!                    ▲
//!    time ─────► on_deadline
//! ```
//!
//! State is as small as its phase. A listener's connection begins as a [`HalfOpen`], grows into a
//! [`Connection`] with the ACK of its SYN, and shrinks to a [`TimeWait`] when both ends are done and
//! its program has let go.
//!
//! | folder | what | source |
//! |---|---|---|
//! | `handshake` | LISTEN, SYN_SENT, SYN_RECEIVED; what a SYN offers | RFC 9293 §3.5, §3.10.7.2, §3.10.7.3 |
//! | `receive` | what a segment does, step by step; reassembly, windows, the program reads | RFC 9293 §3.10.7.4, RFC 5961 |
//! | `transmit` | what goes out next; Nagle, silly windows, the program writes | RFC 9293 §3.7.4, §3.8.6 |
//! | `recovery` | what is sent again; round-trip times | RFC 6298, RFC 5681 §3.2, RFC 6582 |
//! | `ecn` | congestion marks, their echoes | RFC 3168, RFC 9768 |
//! | `congestion` | how much may be in flight | RFC 5681 |
//! | `timers` | four rows and what each does; keepalive, closed windows | RFC 9293 §3.8 |
//! | `close` | shutdown, close, abort, TIME_WAIT, RST | RFC 9293 §3.6 |
//! | `buffers` | what is held of the program's bytes | |
//!
//! Where Linux does otherwise than an RFC, and the difference is one that peers and programs have
//! come to rely on, this does as Linux, and says so beside the branch.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod answers;
mod buffers;
mod chrono;
mod close;
mod congestion;
mod connection;
mod ecn;
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
mod timestamps;
mod transmit;
mod urgent;
mod verdict;
mod window;

pub use chrono::Chrono;
pub use close::{TimeWait, TimeWaitOutcome, reset_for};
pub use congestion::{CaState, CongestionControl, CongestionControls, UnknownCongestionControl};
pub use connection::Connection;
pub use ecn::Marking;
pub use error::{Error, Icmp};
pub use handshake::{
    CookieCheck, FAST_OPEN_KEY_LEN, FastOpenKeys, FastOpenNews, HalfOpen, HalfOpenOutcome, Listen,
    SynCookies, listen,
};
pub use info::{AccurateEcn, Info, Tally};
pub use isn::IsnGenerator;
pub use recovery::{FastOpenFailed, Trouble};
pub use settings::{Settings, SocketOptions};
pub use state::State;
pub use verdict::{Arrival, DropReason, Events, Outgoing};
