//! What congestion marks do (RFC 3168, RFC 9768): marks that come are echoed, echoes that come shrink the
//! window, and new data goes out markable.
//!
//! | file | what |
//! |---|---|
//! | `marking` | in which mark a segment came |
//! | `classic` | ECE until CWR, and CWR (RFC 3168 §6.1) |
//! | `accurate` | counters of what came, and when they are told (RFC 9768 §3.2) |
//! | `feedback` | the peer's counters: how many of our packets were marked |
//! | `connection` | where a connection counts, tells and listens |
//!
//! Whether both ends take part is settled in `handshake`; how far the window shrinks is
//! `recovery`'s.

mod accurate;
mod classic;
mod connection;
mod feedback;
mod marking;

pub(crate) use accurate::{Accurate, reflection};
pub use marking::Marking;
