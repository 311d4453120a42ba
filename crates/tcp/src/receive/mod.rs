//! What a segment does to a connection: RFC 9293 §3.10.7, in its order.
//!
//! [`Connection::in_turn`] is the table of contents; each step has a file of its own. No step
//! sends: debts are marked for `transmit`, and what belongs to no connection is an answer.

mod ack;
mod acks;
mod fin;
mod rcv;
mod read;
mod reset;
mod sack;
mod segment;
mod sequence;
mod stamps;
mod syn;
mod text;
mod tuning;
mod urgent;
mod window;

use base::{Instant, Payload};
use wire::ip;
use wire::tcp::{Control, Flags, SeqNumber};

pub(crate) use acks::{AckDebt, Acks};
pub(crate) use rcv::Rcv;
pub(crate) use segment::{Answer, Segment, Stop};
pub(crate) use sequence::is_acceptable;

use crate::connection::Marks;
use crate::ecn::Marking;
use crate::{Arrival, Connection, DropReason, Events, Settings, State, reset_for};

impl Connection {
    /// Takes a segment of the peer (RFC 9293 §3.10.7) that came without a congestion mark.
    pub fn on_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        payload: Payload,
    ) -> Arrival {
        self.on_marked_segment(now, settings, control, payload, ip::Ecn::NotEct)
    }

    /// As [`on_segment`](Self::on_segment); `marking` is what the ECN bits of the IP header say
    /// (RFC 3168 §5).
    pub fn on_marked_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        payload: Payload,
        marking: impl Into<Marking>,
    ) -> Arrival {
        self.tally.came(now, payload.len(), self.rcv.max_mss);
        let mut segment = Segment::new(control, payload, marking.into());
        let before = (self.state, self.snd.una, self.rcv.nxt);
        let verdict = match self.state {
            State::Closed | State::Listen => return in_closed(control, &segment),
            State::SynSent => self.in_syn_sent(now, settings, control, &mut segment),
            State::TimeWait => self.in_time_wait(now, settings, control, &segment),
            _ => self.in_turn(now, settings, &mut segment),
        };
        self.count_progress(now, before);
        let mut arrival = match verdict {
            Ok(()) => Arrival {
                dropped: segment.note,
                ..Arrival::of(self.take_news())
            },
            Err(stop) => self.stopped(now, settings, &segment, stop),
        };
        // What is cleared away at the end was not acknowledged.
        arrival.progress = self.state != State::Closed && self.snd.una.after(before.1);
        arrival
    }

    /// Counts what a segment acknowledged and brought, in sequence space as Linux does. `before` is
    /// how things stood.
    fn count_progress(&mut self, now: Instant, before: (State, SeqNumber, SeqNumber)) {
        let (state, una, nxt) = before;
        // What is cleared away at the end was not acknowledged.
        if self.snd.una != una && state != State::SynReceived && self.state != State::Closed {
            self.tally.bytes_acked += u64::from(self.snd.una.since(una));
            self.note_less_held(now);
        }
        if self.rcv.nxt != nxt && state != State::SynSent {
            self.tally.bytes_received += u64::from(self.rcv.nxt.since(nxt));
        }
    }

    /// The steps of RFC 9293 §3.10.7.4, for every state but CLOSED, LISTEN, SYN_SENT and TIME_WAIT.
    fn in_turn(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &mut Segment,
    ) -> Result<(), Stop> {
        self.check_stamps(now, settings, segment)?; // before the first (RFC 7323 §5.3)
        self.check_sequence(now, settings, segment)?; // first
        self.check_reset(segment)?; // second
        // Third, security and compartment, is not in use (RFC 9293 appendix A.1).
        self.check_syn(segment)?; // fourth
        self.count_marks(now, segment.marking, segment.payload.len());
        self.check_ack(now, settings, segment)?; // fifth
        self.take_urgent(settings, segment); // sixth
        self.take_text(now, settings, segment)?; // seventh
        self.take_fin(now, settings, segment); // eighth
        self.settle_ack(now, settings);
        // News of the peer ends what a promise of more held back, as in Linux.
        self.marks.remove(Marks::MORE);
        Ok(())
    }

    /// What a segment that left the steps early is answered with.
    #[cold]
    fn stopped(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &Segment,
        stop: Stop,
    ) -> Arrival {
        let mut dropped = stop.reason;
        let reply = match stop.answer {
            Answer::Challenge if self.answers.allows(now, settings) => Some(self.challenge(now)),
            Answer::Challenge => {
                dropped = Some(DropReason::RateLimited);
                None
            }
            // A RST is never answered by a RST (RFC 9293 §3.5.2).
            Answer::Reset(seq) if !segment.flags.contains(Flags::RST) => Some(Control {
                seq,
                flags: Flags::RST,
                ..Control::default()
            }),
            Answer::Reset(_) | Answer::Nothing => None,
        };
        Arrival {
            reply,
            dropped,
            ..Arrival::of(self.take_news())
        }
    }

    /// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>.
    fn challenge(&mut self, now: Instant) -> Control {
        Control {
            seq: self.snd.nxt,
            ack: self.rcv.nxt,
            flags: Flags::ACK | self.echo_flags() | self.ace_of_challenge(),
            window: self.rcv.field().0,
            options: self.options_of_segment(now),
            ..Control::default()
        }
    }

    /// What the program has not been told yet.
    pub(crate) fn take_news(&mut self) -> Events {
        core::mem::take(&mut self.news)
    }
}

/// CLOSED (RFC 9293 §3.10.7.1).
fn in_closed(control: &Control, segment: &Segment) -> Arrival {
    Arrival {
        reply: reset_for(control, segment.payload.len()),
        dropped: Some(DropReason::NoConnection),
        ..Arrival::default()
    }
}
