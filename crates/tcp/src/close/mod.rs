//! How connections end (RFC 9293 §3.6).
//!
//! | file | what |
//! |---|---|
//! | `calls` | what a program can do: shutdown, close, abort |
//! | `end` | the states in which a connection ends |
//! | `time_wait` | TIME_WAIT, as a state and as what is left of a connection |
//! | `reset` | the answer to a segment of no connection |

mod calls;
mod end;
mod reset;
mod time_wait;

pub use reset::reset_for;
pub use time_wait::{TimeWait, TimeWaitOutcome};
