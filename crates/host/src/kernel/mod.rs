//! The kernel's own sockets, one call each, and its clock.
//!
//! - `socket.rs`: [`Socket`], a descriptor with the calls of the Berkeley table.
//! - `option.rs`: [`get_option`] and [`set_option`], by number.
//! - `message.rs`: [`recv_message`] and [`send_message`], with control messages as bytes.
//! - `wait.rs`: [`wait`], poll(2) on one descriptor with a deadline.
//! - `interface.rs`: [`interface_number`], by its name.
//! - `clock.rs`: [`now`], the monotonic clock as [`base::time::Instant`].
//!
//! Calls return the kernel's errno and are not repeated on EINTR: time-outs and retries are the
//! caller's.

mod clock;
mod interface;
mod message;
mod option;
mod socket;
mod wait;

pub use clock::now;
pub use interface::interface_number;
pub use message::{Received, recv_message, send_message};
pub use option::{Queue, get_option, is_at_mark, queued, set_option};
pub use socket::{Domain, SockAddr, Socket, Type, connect, send_to};
pub use wait::{Interest, events, wait};
