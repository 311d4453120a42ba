//! A segment for a listener (RFC 9293 §3.10.7.2).

use wire::tcp::{Control, Flags};

use crate::{DropReason, reset_for};

/// What a listener makes of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Listen {
    /// A SYN: open a [`HalfOpen`](crate::HalfOpen).
    Open,
    /// Answer with this RST.
    Reply(Control),
    /// Nothing.
    Drop(DropReason),
}

/// Judges a segment that reached a listener and no connection of it (RFC 9293 §3.10.7.2).
/// `payload_len` is in bytes.
pub fn listen(control: &Control, payload_len: usize) -> Listen {
    // First, a RST, and second, an ACK; an ACK is bad whatever else is set.
    if control.flags.intersects(Flags::RST | Flags::ACK) {
        return match reset_for(control, payload_len) {
            Some(reset) => Listen::Reply(reset),
            None => Listen::Drop(DropReason::NoConnection),
        };
    }
    // Third, a SYN; fourth, anything else. A FIN beside the SYN has no meaning (RFC 9293 §3.10.7.4
    // eighth: it is not processed in LISTEN).
    if control.flags.contains(Flags::SYN) {
        Listen::Open
    } else {
        Listen::Drop(DropReason::NoSyn)
    }
}
