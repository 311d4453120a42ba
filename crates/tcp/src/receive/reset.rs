//! Second, the RST bit (RFC 9293 §3.10.7.4, RFC 5961 §3.2).

use wire::tcp::Flags;

use super::{Segment, Stop};
use crate::{Connection, DropReason, Error, State};

impl Connection {
    /// Ends the connection for a RST that stands exactly where the next segment is expected.
    pub(super) fn check_reset(&mut self, segment: &Segment) -> Result<(), Stop> {
        if !segment.flags.contains(Flags::RST) {
            return Ok(());
        }
        if segment.seq != self.rcv.nxt {
            // Somebody who guesses hits the window far more easily than one number of it.
            return Err(Stop::challenge(DropReason::ResetNotExact));
        }
        match self.state {
            State::SynReceived if !self.is_opening_fast() => self.fail(Error::ConnectionRefused),
            // The peer had said that it was done; only writing is cut short.
            State::CloseWait => self.fail(Error::BrokenPipe),
            // Both had said that they were done.
            State::Closing | State::LastAck => self.finish(),
            _ => self.fail(Error::ConnectionReset),
        }
        Err(Stop::done())
    }
}
