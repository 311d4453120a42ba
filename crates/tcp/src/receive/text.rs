//! Seventh, the segment text (RFC 9293 §3.10.7.4).

use base::Instant;

use super::{AckDebt, Segment, Stop};
use crate::connection::Marks;
use crate::timers::Timer;
use crate::{Connection, DropReason, Events, Settings};

impl Connection {
    /// Takes the data: in its turn to the program, ahead of it to wait.
    pub(crate) fn take_text(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &mut Segment,
    ) -> Result<(), Stop> {
        let len = segment.payload.len();
        if len == 0 {
            return Ok(());
        }
        if !self.state.receives() {
            segment.note = Some(DropReason::AfterFin);
            return Ok(());
        }
        if self.marks.contains(Marks::ORPHAN) {
            // Nobody will read it, and the peer should know (RFC 9293 §3.6.1, SHLD-3).
            self.finish();
            return Err(Stop::reset(DropReason::AfterClose, segment.ack));
        }
        self.rcv.observe_size(len);
        let payload = core::mem::take(&mut segment.payload);
        if segment.seq != self.rcv.nxt {
            // The sender learns of the gap by duplicate ACKs, at once (RFC 5681 §4.2).
            self.rcv.ack = AckDebt::Now;
            if !self.rcv.keep_ahead(segment.seq, &payload) {
                segment.note = Some(DropReason::OutOfOrderFull);
            }
            segment.seq += len as u32;
            return Ok(());
        }
        let filled_gap = self.rcv.has_gap();
        self.rcv.accept(payload);
        segment.seq += len as u32;
        self.tell(Events::READABLE);
        if filled_gap || self.rcv.second_segment() || !self.rcv.expects_segment() {
            // RFC 5681 §4.2: when a gap closes, in whole or in part, and for every second segment;
            // also when the window is too small for a second to come.
            self.rcv.ack = AckDebt::Now;
        } else if self.rcv.ack == AckDebt::None {
            self.rcv.ack = AckDebt::Delayed;
            self.timers
                .arm(Timer::DelayedAck, now + settings.delayed_ack);
        }
        Ok(())
    }
}
