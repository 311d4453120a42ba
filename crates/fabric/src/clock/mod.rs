//! What happens next: frames on their way, and hosts' deadlines.

mod deadlines;
mod events;

pub(crate) use deadlines::Deadlines;
pub(crate) use events::{Event, Events, Flight};
