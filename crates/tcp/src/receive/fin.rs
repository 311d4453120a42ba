//! Eighth, the FIN bit (RFC 9293 §3.10.7.4).

use base::Instant;
use wire::tcp::Flags;

use super::{AckDebt, Segment};
use crate::{Connection, Events, Settings, State};

impl Connection {
    /// Takes the peer's FIN, in its turn or for its turn. What is left of `segment` is its FIN.
    pub(crate) fn take_fin(&mut self, now: Instant, settings: &Settings, segment: &Segment) {
        if !self.state.receives() {
            return;
        }
        let mut next = false;
        if segment.flags.contains(Flags::FIN) {
            self.rcv.schedule_ack();
            next = segment.seq == self.rcv.nxt;
            if segment.seq.after(self.rcv.nxt) {
                self.rcv.keep_fin_ahead(segment.seq);
            }
        }
        // Data that closed a gap may have come up to a FIN that waited behind it.
        let waited = self.rcv.settle_ahead();
        if waited {
            // A gap is closed (RFC 5681 §4.2).
            self.rcv.ack = AckDebt::Now;
        }
        if waited || next {
            self.peer_closed(now, settings);
        }
    }

    fn peer_closed(&mut self, now: Instant, settings: &Settings) {
        self.rcv.nxt += 1;
        self.rcv.fin = true;
        self.rcv.clear_ahead();
        self.rcv.schedule_ack();
        self.tell(Events::READABLE | Events::PEER_CLOSED);
        if self.snd.fin {
            self.tell(Events::HANGUP);
        }
        match self.state {
            State::Established => {
                self.state = State::CloseWait;
                // Our FIN may follow soon, and carry the ACK.
                self.rcv.acks.set_turns(true);
            }
            State::FinWait1 => {
                self.state = State::Closing;
                self.rcv.ack = AckDebt::Now;
            }
            State::FinWait2 => {
                self.rcv.ack = AckDebt::Now;
                self.enter_time_wait(now, settings);
            }
            _ => {}
        }
    }
}
