//! The program hands over data (RFC 9293 §3.10.2).

use base::Bytes;

use crate::congestion::Controller;
use crate::connection::Marks;
use crate::{Connection, Error, Settings, State};

impl Connection {
    /// Takes data to send, copied once; how many bytes of it, at least one unless `data` is empty.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] while the buffer is full or the handshake under way;
    /// [`Error::BrokenPipe`] once this direction is closed; what ended the connection, once, if
    /// that was an error.
    pub fn write(&mut self, settings: &Settings, data: &[u8]) -> Result<usize, Error> {
        let count = self.room_for(settings, data.len())?;
        self.snd.buffer.push_copy(&data[..count]);
        Ok(count)
    }

    /// As [`write`](Self::write), without a copy unless it is small. What was not taken is the
    /// caller's to offer again: `Bytes` are cheap to clone and cut.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_bytes(&mut self, settings: &Settings, mut data: Bytes) -> Result<usize, Error> {
        let count = self.room_for(settings, data.len())?;
        data.truncate(count);
        self.snd.buffer.push(data);
        Ok(count)
    }

    /// How many of `wanted` bytes find room.
    fn room_for(&mut self, settings: &Settings, wanted: usize) -> Result<usize, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if matches!(self.state, State::SynSent | State::SynReceived) && !self.snd.fin {
            return Err(Error::WouldBlock);
        }
        if !self.state.takes_writes() || self.snd.fin {
            return Err(Error::BrokenPipe);
        }
        let limit = self.send_limit(settings);
        let held = self.snd.buffer.len();
        let room = limit.saturating_sub(held);
        let count = room.min(wanted);
        // From here on it is told once there is room worth writing to.
        if count < wanted || !enough_room(held + count, limit) {
            self.marks |= Marks::WRITER_WAITS;
        }
        if room == 0 && wanted > 0 {
            return Err(Error::WouldBlock);
        }
        Ok(count)
    }

    /// Most bytes that are held for the peer: what SO_SNDBUF says, or enough to fill the path
    /// twice, so that acknowledged data is replaced while the rest is under way.
    fn send_limit(&self, settings: &Settings) -> usize {
        let [least, usual, most] = settings.wmem;
        let limit = match self.options.sndbuf {
            Some(sndbuf) => sndbuf.max(least),
            None => usual.max(self.congestion.window().saturating_mul(2).min(most)),
        };
        limit as usize
    }

    /// Whether a write is worth it.
    pub(crate) fn has_room(&self, settings: &Settings) -> bool {
        enough_room(self.snd.buffer.len(), self.send_limit(settings))
    }
}

/// Whether a third of the send buffer or more is free, which is when Linux wakes a writer.
const fn enough_room(held: usize, limit: usize) -> bool {
    held <= limit / 3 * 2
}
