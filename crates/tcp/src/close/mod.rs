//! How connections end.

mod reset;
mod time_wait;

pub use reset::reset_for;
pub use time_wait::{TimeWait, TimeWaitOutcome};
