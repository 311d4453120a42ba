//! How connections open.

mod half_open;
mod listen;

pub use half_open::{HalfOpen, HalfOpenOutcome};
pub use listen::{Listen, listen};
