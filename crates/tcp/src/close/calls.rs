//! What a program can do to end a connection (RFC 9293 §3.10.4, §3.10.5).

use base::Instant;

use crate::connection::Marks;
use crate::{Connection, Error, Settings, State};

impl Connection {
    /// No more data will be written: a FIN goes out behind what was (SHUT_WR).
    ///
    /// # Errors
    ///
    /// [`Error::NotConnected`] when there is no connection (yet).
    pub fn shutdown_write(&mut self) -> Result<(), Error> {
        match self.state {
            State::Closed | State::Listen | State::SynSent => return Err(Error::NotConnected),
            // Before the handshake is complete the FIN waits for it, and the state with it.
            State::SynReceived => {}
            State::Established => self.state = State::FinWait1,
            State::CloseWait => self.state = State::LastAck,
            // It was asked for before.
            State::FinWait1
            | State::FinWait2
            | State::Closing
            | State::LastAck
            | State::TimeWait => {}
        }
        self.snd.fin = true;
        Ok(())
    }

    /// The program reads no more: an empty buffer reads as the end (SHUT_RD). The peer is not told.
    ///
    /// # Errors
    ///
    /// [`Error::NotConnected`] when there is no connection (yet).
    pub fn shutdown_read(&mut self) -> Result<(), Error> {
        if matches!(self.state, State::Closed | State::Listen | State::SynSent) {
            return Err(Error::NotConnected);
        }
        self.marks |= Marks::READ_CLOSED;
        Ok(())
    }

    /// The program lets go. What it wrote is still delivered, then the FIN; data that it did not
    /// read, or that comes from now on, resets the connection (RFC 9293 §3.6.1, RFC 2525 §2.17).
    pub fn close(&mut self, now: Instant, settings: &Settings) {
        let unread = !self.rcv.queue.is_empty();
        self.marks |= Marks::ORPHAN;
        self.rcv.queue.clear();
        match self.state {
            // There is nobody to tell any more.
            State::Closed | State::Listen | State::TimeWait => {}
            State::SynSent => self.finish(),
            _ if unread => self.reset(),
            State::FinWait2 => self.enter_fin_wait_2(now, settings),
            _ => {
                // Refused only where there is no connection, which was dealt with.
                let _ = self.shutdown_write();
            }
        }
    }

    /// The program lets go and wants nothing delivered: a RST is owed (RFC 9293 §3.10.5).
    pub fn abort(&mut self) {
        self.marks |= Marks::ORPHAN;
        self.rcv.queue.clear();
        match self.state {
            State::Closed | State::Listen => {}
            State::SynReceived
            | State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait => self.reset(),
            // There is nothing left that the peer would miss.
            State::SynSent | State::Closing | State::LastAck | State::TimeWait => self.finish(),
        }
    }

    /// CLOSED, with a RST owed.
    pub(crate) fn reset(&mut self) {
        self.finish();
        self.marks |= Marks::RESET_OWED;
    }
}
