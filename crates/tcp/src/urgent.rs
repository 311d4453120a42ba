//! Urgent data as Linux has it (RFC 9293 §3.8.5, RFC 6093).
//!
//! The urgent pointer is a place in the stream, the byte before it is the urgent one, and a newer
//! pointer takes the place of an older. The receiving side is in `receive/urgent`.

use wire::tcp::SeqNumber;

use crate::connection::Marks;
use crate::{Connection, Error, Settings};

/// The urgent data of a connection.
#[derive(Debug, Default)]
pub(crate) struct Urgent {
    /// SND.UP, the number behind the last urgent byte, while that is not acknowledged.
    pub(crate) sent: Option<SeqNumber>,
    /// What the peer has sent, until the program has read beyond it.
    pub(crate) came: Option<Came>,
}

/// The peer's latest urgent byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Came {
    /// Its number: the mark.
    pub(crate) at: SeqNumber,
    pub(crate) byte: UrgentByte,
}

/// What became of an urgent byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrgentByte {
    /// It was announced and has not come (TCP_URG_NOTYET).
    Expected,
    /// It is here (TCP_URG_VALID).
    Here(u8),
    /// The program has taken it (TCP_URG_READ).
    Taken,
}

impl Connection {
    /// As [`write`](Self::write), and the last byte that was taken is urgent (MSG_OOB).
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_urgent(&mut self, settings: &Settings, data: &[u8]) -> Result<usize, Error> {
        let count = self.write(settings, data)?;
        if count > 0 {
            self.urgent.get_or_insert_default().sent = Some(self.snd.buffer.end());
        }
        Ok(count)
    }

    /// SND.UP, while there is urgent data that the peer has not acknowledged.
    pub(crate) fn sends_urgent(&self) -> Option<SeqNumber> {
        self.urgent.as_ref()?.sent
    }

    /// Of `most` bytes, those of one segment while there is urgent data, since each segment says for
    /// itself how far that reaches.
    pub(crate) fn one_if_urgent(&self, most: usize) -> usize {
        match self.sends_urgent() {
            Some(_) => most.min(self.current_mss().into()),
            None => most,
        }
    }

    /// SEG.UP of a segment with the number `seq`, unless the urgent data lies before it or too far
    /// ahead to be told.
    pub(crate) fn urgent_pointer(&self, seq: SeqNumber) -> Option<u16> {
        let up = self.sends_urgent().filter(|up| seq.before(*up))?;
        u16::try_from(up.since(seq)).ok().or_else(|| {
            // As far as the field reaches, if that is beyond what was sent.
            (seq + 0xffff).after(self.snd.nxt).then_some(0xffff)
        })
    }

    /// A peer with a closed window hears of urgent data all the same (RFC 9293 §3.8.5).
    pub(crate) fn owe_urgent_probe(&mut self) {
        let reach = 1..=0xffff;
        if self
            .sends_urgent()
            .is_some_and(|up| reach.contains(&up.since(self.snd.una)))
        {
            self.marks |= Marks::URGENT_PROBE_OWED;
        }
    }

    /// SND.UNA has moved.
    pub(crate) fn forget_sent_urgent(&mut self) {
        if let Some(urgent) = &mut self.urgent {
            urgent.sent = urgent.sent.filter(|up| up.after(self.snd.una));
        }
        self.forget_urgent_if_idle();
    }

    pub(crate) fn forget_urgent_if_idle(&mut self) {
        if let Some(urgent) = &self.urgent
            && urgent.sent.is_none()
            && urgent.came.is_none()
        {
            self.urgent = None;
        }
    }
}
