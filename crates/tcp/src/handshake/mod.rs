//! How connections open (RFC 9293 §3.5).
//!
//! | file | what |
//! |---|---|
//! | `listen` | a segment for a listener |
//! | `half_open` | SYN_RECEIVED of a listener's connection |
//! | `syn_sent` | SYN_SENT |
//! | `offer` | what a SYN offers and what is agreed |
//! | `cookies` | SYN cookies: a flood leaves no state |
//! | `fast_open`, `fast_open_key` | data in the SYN; the cookies that allow it |
//! | `ecn` | whether both ends understand ECN |
//! | `complete` | the step into ESTABLISHED |

mod complete;
mod cookies;
mod ecn;
mod fast_open;
mod fast_open_key;
mod half_open;
mod listen;
mod offer;
mod syn_sent;

pub use cookies::SynCookies;
pub(crate) use ecn::Ecn;
pub use fast_open::FastOpenNews;
pub(crate) use fast_open::FastOpening;
pub use fast_open_key::{CookieCheck, FAST_OPEN_KEY_LEN, FastOpenKeys};
pub use half_open::{HalfOpen, HalfOpenOutcome};
pub use listen::{Listen, listen};
pub(crate) use offer::{DEFAULT_MSS, Offer, fitting, receive_limit, syn_options, window_clamp};
