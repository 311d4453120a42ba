//! Captures, ours and strangers': read, followed, and drawn as exchanges.
//!
//! - `read/`: pcap and pcapng files, a packet at a time.
//! - `packet.rs`: [`Packet`], a frame with its layers.
//! - `streams/`: TCP connections, seen from one place: relative numbers, and what is out of the ordinary.
//! - `follow.rs`: what one of them carried.
//! - `filter.rs`: which packets somebody wants to see, in a few words.
//! - `ladder.rs`: who sent what to whom, and what never arrived.
//!
//! ```
//! use lab::analysis::Reader;
//!
//! let header = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
//! let cut_short = [&header[..], &[1, 2, 3]].concat();
//! let mut reader = Reader::new(cut_short.as_slice())?;
//! let damage = reader.next().unwrap_err();
//! assert_eq!(damage.to_string(), "damaged at byte 24: 16 more bytes should follow, 3 do");
//! # Ok::<(), lab::analysis::Damage>(())
//! ```

mod filter;
mod follow;
mod ladder;
mod packet;
mod read;
mod streams;

pub use filter::{Filter, NotAFilter, Sight};
pub use follow::{Follow, Piece};
pub use ladder::{Arrow, End, Ladder, Seen};
pub use packet::{Packet, Segment};
pub use read::{Damage, Interface, Reader, Record, Way, Wrong, front};
pub use streams::{Mark, Streams, Told};
