//! The Routing header (RFC 8200 §4.4).

use crate::malformed::take;
use crate::{Layer, Malformed, Protocol};

/// Source routes of any length, which nobody obeys any more (RFC 5095).
pub const TYPE_SOURCE_ROUTE: u8 = 0;

/// Where the packet is to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What follows.
    pub next_header: Protocol,
    /// What kind of route it is.
    pub kind: u8,
    /// Nodes that are still to be visited; 0 when the packet is where it was to go.
    pub segments_left: u8,
}

impl Header {
    /// Reads the fixed part of the header at the front of `bytes`, and gives its whole length.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`] when not all of it is there.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let fixed = take(Layer::Routing, bytes, 8)?;
        let len = (usize::from(fixed[1]) + 1) * 8;
        take(Layer::Routing, bytes, len)?;
        let header = Self {
            next_header: Protocol(fixed[0]),
            kind: fixed[2],
            segments_left: fixed[3],
        };
        Ok((header, len))
    }
}
