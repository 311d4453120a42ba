//! The lesson's programs, written against the sockets alone.

pub mod time;
