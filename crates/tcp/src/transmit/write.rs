//! The program hands over data (RFC 9293 §3.10.2).

use base::Bytes;

use crate::connection::Marks;
use crate::{Connection, Error, Events, Settings, State};

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

    /// Says before a write whether the program means to write more at once (MSG_MORE): a segment
    /// that is not full then waits for it, until the next write without, the peer's next segment
    /// or the time-out that ends a cork.
    pub fn set_more(&mut self, more: bool) {
        self.marks.set(Marks::MORE | Marks::UNPUSHED, more);
    }

    /// Says before a write whether the program would be blocked in it until there is room: what it
    /// writes once the handshake is over is an answer to the SYN-ACK, and carries its ACK.
    pub fn set_blocked_writer(&mut self, blocked: bool) {
        let opening = self.state == State::SynSent;
        self.marks.set(Marks::WRITER_BLOCKED, blocked && opening);
    }

    /// How many of `wanted` bytes find room.
    fn room_for(&mut self, settings: &Settings, wanted: usize) -> Result<usize, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.follow_path(settings);
        let early = self.is_opening_fast();
        if matches!(self.state, State::SynSent | State::SynReceived) && !self.snd.fin && !early {
            self.marks |= Marks::WRITER_WAITS;
            return Err(Error::WouldBlock);
        }
        if !(self.state.takes_writes() || early) || self.snd.fin {
            return Err(Error::BrokenPipe);
        }
        let limit = self.send_limit(settings);
        let held = self.snd.buffer.len();
        let ready = self.ready();
        let unsent_room = self.unsent_room(settings, ready);
        let room = limit.saturating_sub(held).min(unsent_room);
        let count = room.min(wanted);
        self.snd.begin_pieces(ready);
        // From here on it is told once there is room worth writing to.
        if count < wanted
            || !enough_room(held + count, limit)
            || self.is_unsent_high(settings, count)
        {
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
            None => {
                let window = self
                    .congestion
                    .window
                    .cwnd
                    .saturating_mul(self.snd.mss.into());
                usual.max(window.saturating_mul(2).min(most))
            }
        };
        limit as usize
    }

    /// Whether a write is worth it.
    pub(crate) fn has_room(&self, settings: &Settings) -> bool {
        enough_room(self.snd.buffer.len(), self.send_limit(settings))
            && !self.is_unsent_high(settings, 0)
    }

    /// Tells a writer that found no room that there is some. A congestion window that shrinks may take
    /// room away from one who was told of it and has not written: he is told again.
    pub(crate) fn wake_writer(&mut self, settings: &Settings) {
        if !self.has_room(settings) {
            self.marks |= Marks::WRITER_WAITS;
        } else if self.marks.contains(Marks::WRITER_WAITS) {
            self.marks.remove(Marks::WRITER_WAITS);
            self.tell(Events::WRITABLE);
        }
    }

    /// TCP_NOTSENT_LOWAT.
    const fn unsent_limit(&self, settings: &Settings) -> u32 {
        match self.options.notsent_lowat {
            0 => settings.notsent_lowat,
            bytes => bytes,
        }
    }

    /// So many bytes would leave at once.
    fn ready(&self) -> u32 {
        let segments = self.congestion_room();
        let window = self.snd.window_room();
        window.min(segments.saturating_mul(self.snd.mss.into()))
    }

    /// How much may be written before too much waits to be sent, beside the `ready` bytes that do
    /// not wait. As in Linux the piece is finished with which the limit is reached.
    fn unsent_room(&self, settings: &Settings, ready: u32) -> usize {
        let limit = self.unsent_limit(settings);
        if limit == u32::MAX {
            return usize::MAX;
        }
        let unsent = self.snd.unsent() as usize;
        let waits = unsent.saturating_sub(ready as usize);
        let goal = self.snd.goal() as usize;
        let most = waits.max(limit as usize).next_multiple_of(goal);
        (ready as usize + most).saturating_sub(unsent)
    }

    /// Whether so much waits to be sent, with `more` bytes, that a writer is better woken later:
    /// half of the limit, as in Linux.
    fn is_unsent_high(&self, settings: &Settings, more: usize) -> bool {
        let unsent = self.snd.unsent() as u64 + more as u64;
        unsent * 2 >= u64::from(self.unsent_limit(settings))
    }
}

/// Whether a third of the send buffer or more is free, which is when Linux wakes a writer.
const fn enough_room(held: usize, limit: usize) -> bool {
    held <= limit / 3 * 2
}
