//! How connections open (RFC 9293 §3.5).
//!
//! | file | what |
//! |---|---|
//! | `listen` | a segment for a listener |
//! | `half_open` | SYN_RECEIVED of a listener's connection |
//! | `syn_sent` | SYN_SENT |
//! | `offer` | what a SYN offers and what is agreed |
//! | `complete` | the step into ESTABLISHED |

mod complete;
mod half_open;
mod listen;
mod offer;
mod syn_sent;

pub use half_open::{HalfOpen, HalfOpenOutcome};
pub use listen::{Listen, listen};
pub(crate) use offer::{Offer, receive_limit, reduced_mss, syn_options};
