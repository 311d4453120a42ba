//! What a connection holds of its program's bytes.
//!
//! | file | what |
//! |---|---|
//! | `queue` | bytes in a row: written and not acknowledged, or received and not read |
//! | `assembler` | bytes that arrived ahead of their turn |
//!
//! Slices are kept as they came; only small ones are copied together, since a few bytes must not
//! hold a large frame in memory, nor cost more in bookkeeping than they are worth.

mod assembler;
mod queue;
#[cfg(test)]
mod tests;

pub(crate) use assembler::Assembler;
pub(crate) use queue::ByteQueue;

/// Slices shorter than this are copied: the frame that such a one would hold is mostly waste.
const COPY_BELOW: usize = 512;
