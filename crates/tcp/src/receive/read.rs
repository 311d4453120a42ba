//! The program takes what was received (RFC 9293 §3.10.3).

use base::Payload;

use super::AckDebt;
use crate::connection::Marks;
use crate::{Connection, Error, State};

impl Connection {
    /// Takes received data into `out`; how many bytes, 0 at the end of the stream or when `out` is
    /// empty.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] when there is nothing yet; once all is read, what ended the
    /// connection, once, if that was an error.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        if !out.is_empty() {
            self.pass_mark();
        }
        let count = self.peek(0, out)?;
        if count > 0 {
            self.rcv.queue.release(count);
            self.after_read();
        }
        Ok(count)
    }

    /// As [`read`](Self::read), behind the first `seen` bytes, and leaves the data there (MSG_PEEK,
    /// SO_PEEK_OFF).
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn peek(&mut self, seen: usize, out: &mut [u8]) -> Result<usize, Error> {
        // As Linux: also who asks for nothing is told that there is nothing.
        if !self.may_read()? || out.is_empty() {
            return Ok(0);
        }
        let len = out.len().min(self.run().saturating_sub(seen));
        if len == 0 && !self.is_over() {
            return Err(Error::WouldBlock);
        }
        let from = self.hole() + seen;
        Ok(self.rcv.queue.copy_to(from, &mut out[..len]))
    }

    /// As [`read`](Self::read), without a copy: at most `max` bytes, none at the end of the stream.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_payload(&mut self, max: usize) -> Result<Payload, Error> {
        if max > 0 {
            self.pass_mark();
        }
        if max == 0 || !self.may_read()? {
            return Ok(Payload::new());
        }
        let payload = self.rcv.queue.take(max.min(self.run()));
        self.after_read();
        Ok(payload)
    }

    /// As [`read_payload`](Self::read_payload), but no more than what lies in one piece, so that it
    /// can be handed on as such.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_piece(&mut self, max: usize) -> Result<Payload, Error> {
        let piece = self.rcv.queue.piece().max(1);
        self.read_payload(max.min(piece))
    }

    /// Whether a read finds nothing, neither data nor an end nor an error, and would change nothing.
    #[must_use]
    pub fn is_dry(&self) -> bool {
        self.rcv.queue.is_empty()
            && !self.rcv.fin
            && self.urgent.is_none()
            && self.error.is_none()
            && self.state != State::Closed
            && !self.marks.contains(Marks::READ_CLOSED)
    }

    /// Whether there is something to read; false at the end of the stream.
    fn may_read(&mut self) -> Result<bool, Error> {
        if self.available() > 0 {
            return Ok(true);
        }
        // As Linux: what is at its end ends well, whatever came after.
        if self.rcv.fin {
            return Ok(false);
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if self.is_over() {
            Ok(false)
        } else {
            Err(Error::WouldBlock)
        }
    }

    /// Whether nothing will come any more.
    fn is_over(&self) -> bool {
        self.rcv.fin || self.marks.contains(Marks::READ_CLOSED) || self.state == State::Closed
    }

    /// The end of a message was taken, or there is room again: the peer is told once it is worth it (RFC 9293 §3.8.6.2.2).
    pub(super) fn after_read(&mut self) {
        self.forget_passed_mark();
        if self.rcv.on_read() || (self.state.receives() && self.rcv.update_due()) {
            self.rcv.ack = AckDebt::Now;
        }
    }
}
