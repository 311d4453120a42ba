//! Sixth, the URG bit (RFC 9293 §3.10.7.4), as Linux has it.

use wire::tcp::Flags;

use super::Segment;
use crate::urgent::{Came, UrgentByte};
use crate::{Connection, Error, Events, Settings, State};

impl Connection {
    /// Takes the urgent pointer, and the byte that it names once that is here, in its turn or ahead
    /// of it.
    pub(crate) fn take_urgent(&mut self, settings: &Settings, segment: &Segment) {
        if segment.flags.contains(Flags::URG) {
            self.take_urgent_pointer(settings, segment);
        }
        let Some(urgent) = &mut self.urgent else {
            return;
        };
        if let Some(came) = &mut urgent.came
            && came.byte == UrgentByte::Expected
            && !came.at.before(segment.seq)
            && let Some(byte) = byte_at(segment, came.at.since(segment.seq) as usize)
        {
            came.byte = UrgentByte::Here(byte);
            self.tell(Events::URGENT);
        }
    }

    #[cold]
    fn take_urgent_pointer(&mut self, settings: &Settings, segment: &Segment) {
        // RFC 9293 §3.10.7.4: nothing is expected behind a FIN.
        if !self.state.receives() {
            return;
        }
        // The byte before the pointer is meant (RFC 6093 §3.1).
        let back = u32::from(segment.urgent > 0 && !settings.stdurg);
        let at = segment.first + (u32::from(segment.urgent) - back);
        // What was read, or received as what it is, does not become urgent any more.
        if at.before(self.rcv.nxt) {
            return;
        }
        let (start, nxt) = (self.rcv.queue.start(), self.rcv.nxt);
        let came = self.urgent.as_ref().and_then(|urgent| urgent.came);
        if came.is_some_and(|came| !at.after(came.at)) {
            return;
        }
        if came.is_some_and(|came| came.at == start) && start != nxt && !self.options.oobinline {
            // The reader stands at the older one, which is not to turn into data.
            self.rcv.queue.release(1);
        }
        self.urgent.get_or_insert_default().came = Some(Came {
            at,
            byte: UrgentByte::Expected,
        });
    }

    /// Takes the urgent byte into `out`, or leaves it with `peek` (MSG_OOB); how many bytes: one, or
    /// none if `out` is empty or none will come.
    ///
    /// # Errors
    ///
    /// `None` when there is none, it was taken, or it is read in its place (EINVAL).
    /// [`Error::WouldBlock`] when it was announced and has not come.
    pub fn read_urgent(&mut self, out: &mut [u8], peek: bool) -> Option<Result<usize, Error>> {
        if self.options.oobinline {
            return None;
        }
        let over = self.state == State::Closed;
        let ends = over || self.rcv.fin || self.is_read_closed();
        let came = self.urgent.as_mut()?.came.as_mut()?;
        match came.byte {
            UrgentByte::Taken => None,
            _ if over && !self.rcv.fin => Some(Err(Error::NotConnected)),
            UrgentByte::Here(byte) => {
                if !peek {
                    came.byte = UrgentByte::Taken;
                }
                Some(Ok(out.first_mut().map_or(0, |first| {
                    *first = byte;
                    1
                })))
            }
            UrgentByte::Expected if ends => Some(Ok(0)),
            UrgentByte::Expected => Some(Err(Error::WouldBlock)),
        }
    }

    /// Whether the next byte to read is the urgent one (SIOCATMARK).
    #[must_use]
    pub fn is_at_mark(&self) -> bool {
        let came = self.urgent.as_ref().and_then(|urgent| urgent.came);
        came.is_some_and(|came| came.at == self.rcv.queue.start())
    }

    /// Whether the urgent byte is here and was not taken.
    pub(crate) fn has_urgent_byte(&self) -> bool {
        let came = self.urgent.as_ref().and_then(|urgent| urgent.came);
        came.is_some_and(|came| matches!(came.byte, UrgentByte::Here(_)))
    }

    /// How many bytes lie before the mark, if it is among those that wait to be read.
    pub(crate) fn mark(&self) -> Option<usize> {
        let came = self.urgent.as_ref()?.came?;
        let ahead = came.at.offset_from(self.rcv.queue.start());
        let ahead = usize::try_from(ahead).ok()?;
        (ahead < self.rcv.queue.len()).then_some(ahead)
    }

    /// 1 if the next byte is one that reads pass over.
    pub(crate) fn hole(&self) -> usize {
        usize::from(self.urgent.is_some() && !self.options.oobinline && self.mark() == Some(0))
    }

    /// How many bytes a read takes at most: up to the mark, or from there on.
    pub(super) fn run(&self) -> usize {
        match self.mark() {
            Some(ahead) if ahead > 0 => ahead,
            _ => self.available(),
        }
    }

    /// A read begins: the urgent byte is no part of it.
    pub(super) fn pass_mark(&mut self) {
        if self.hole() > 0 {
            self.rcv.queue.release(1);
            self.after_read();
        }
    }

    /// The program has read.
    pub(super) fn forget_passed_mark(&mut self) {
        let Some(urgent) = &mut self.urgent else {
            return;
        };
        let start = self.rcv.queue.start();
        urgent.came = urgent.came.filter(|came| !came.at.before(start));
        self.forget_urgent_if_idle();
    }
}

fn byte_at(segment: &Segment, index: usize) -> Option<u8> {
    let byte = (index < segment.payload.len()).then(|| segment.payload.slice(index, 1))?;
    byte.front().first().copied()
}
