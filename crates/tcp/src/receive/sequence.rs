//! First, the sequence number (RFC 9293 §3.10.7.4).

use base::Instant;
use wire::tcp::{Flags, SeqNumber};

use super::{AckDebt, Segment, Stop};
use crate::connection::Marks;
use crate::{Connection, DropReason, Settings, State};

/// The table of RFC 9293 §3.10.7.4, with two allowances, for a window from `nxt` up to `edge`.
pub(crate) fn is_acceptable(nxt: SeqNumber, edge: SeqNumber, segment: &Segment) -> bool {
    // What is expected next passes even when the window is closed, for the sake of its ACK and RST,
    // as the text below the table wants.
    segment.seq == nxt
        || (segment.seq.before(edge) && segment.end().after(nxt))
        || (segment.bare && segment.seq.after(nxt) && segment.seq.before(edge))
        // A bare ACK may stand at the edge itself: a peer that has used up the window sends from
        // there.
        || (segment.bare && segment.seq == edge && !segment.flags.contains(Flags::RST))
}

impl Connection {
    /// Lets pass what lies in the window, at least in part, and cuts off the rest.
    pub(super) fn check_sequence(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &mut Segment,
    ) -> Result<(), Stop> {
        if self.state == State::SynReceived && segment.flags.contains(Flags::SYN) {
            self.fold_syn(settings, segment)?;
        }
        let (nxt, edge) = (self.rcv.nxt, self.rcv.edge());
        if !is_acceptable(nxt, edge, segment) {
            return Err(self.refuse(now, settings, segment));
        }
        if !segment.flags.intersects(Flags::SYN | Flags::RST) {
            self.trim(settings, segment);
        }
        Ok(())
    }

    /// What is said to a segment that is not acceptable: an ACK, but not to a RST.
    fn refuse(&mut self, now: Instant, settings: &Settings, segment: &Segment) -> Stop {
        if segment.flags.contains(Flags::RST) {
            return Stop::drop(DropReason::ResetOutOfWindow);
        }
        if segment.flags.contains(Flags::SYN) {
            // RFC 5961 §4.2: wherever it lies, and within the limits of §7.
            self.reflect_again(segment);
            return Stop::challenge(DropReason::SynOnConnection);
        }
        // Two confused ends could answer each other's bare ACKs for ever.
        if segment.bare && !self.answers.allows(now, settings) {
            return Stop::drop(DropReason::RateLimited);
        }
        if !segment.bare {
            // The sender has guessed wrong, or an ACK was lost: it should hear every one now.
            self.rcv.acks.enter_quick(settings, self.rcv.window().0);
            if segment.seq.before(self.rcv.nxt) {
                // It was counted before, and is once more: it came under its mark all the same.
                self.note_again(segment);
                self.count_marks(now, segment.marking, segment.payload.len());
                let end = segment.end().min(self.rcv.nxt);
                self.tell_repeated(settings, segment.seq, end);
            }
        }
        self.rcv.ack = AckDebt::Now;
        Stop::drop(if segment.end().before_eq(self.rcv.nxt) {
            DropReason::Duplicate
        } else {
            DropReason::OutOfWindow
        })
    }

    /// What lies from `left` up to `right` came again: the next ACK says so (RFC 2883,
    /// `tcp_dsack`).
    fn tell_repeated(&mut self, settings: &Settings, left: SeqNumber, right: SeqNumber) {
        if settings.dsack && self.has_sack() && left.before(right) {
            self.rcv.came_twice(left, right);
        }
    }

    /// The peer's SYN again, after both ends opened at once.
    fn fold_syn(&mut self, settings: &Settings, segment: &mut Segment) -> Result<(), Stop> {
        if segment.seq + 1 != self.rcv.nxt {
            return Ok(());
        }
        if segment.flags.contains(Flags::ACK) {
            // With the ACK of ours: it is acceptable but for its SYN (RFC 9293 §3.5, figure 8).
            if segment.ack.after(self.snd.una) && segment.ack.before_eq(self.snd.nxt) {
                // The peer's SYN has come twice, and only this ACK tells it so.
                self.tell_repeated(settings, segment.seq, self.rcv.nxt);
                self.reflect_again(segment);
                self.rcv.ack = AckDebt::Now;
            }
            segment.drop_syn();
            return Ok(());
        }
        self.marks |= Marks::SYN_OWED;
        Err(Stop::drop(DropReason::Duplicate))
    }

    /// Cuts off what was received before and what lies beyond the window, so that the rest begins
    /// at RCV.NXT or behind it.
    pub(crate) fn trim(&mut self, settings: &Settings, segment: &mut Segment) {
        let (nxt, edge) = (self.rcv.nxt, self.rcv.edge());
        if segment.seq.before(nxt) {
            self.tell_repeated(settings, segment.seq, nxt);
            segment.payload.advance(nxt.since(segment.seq) as usize);
            segment.seq = nxt;
        }
        if segment.end().after(edge) && !segment.bare {
            let room = edge.since(segment.seq) as usize;
            segment.note = Some(if room == 0 {
                DropReason::ZeroWindow
            } else {
                DropReason::OutOfWindow
            });
            segment.payload.truncate(room);
            segment.flags.remove(Flags::FIN);
            self.rcv.ack = AckDebt::Now;
        }
    }
}
