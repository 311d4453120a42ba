//! The time of day, asked for with a `strftime` format.

pub mod strftime;
