//! TIME_WAIT: as a state, and as what is left of a connection (RFC 9293 §3.10.7.4).

use base::Instant;
use wire::tcp::{Control, Flags, Options, SeqNumber};

use crate::answers::AnswerLimit;
use crate::receive::{AckDebt, Segment, Stop};
use crate::timers::Timer;
use crate::timestamps::Stamps;
use crate::window::{RawWindow, Window};
use crate::{Connection, DropReason, Settings, State};

/// How far behind the last number of a connection its successor begins at least: beyond whatever
/// an unscaled window can hold.
const SUCCESSOR_GAP: u32 = 65_535 + 2;

/// A connection in TIME_WAIT whose program has let go: at most 120 bytes.
#[derive(Clone, Debug)]
pub struct TimeWait {
    deadline: Instant,
    answers: AnswerLimit,
    snd_nxt: SeqNumber,
    rcv_nxt: SeqNumber,
    /// RCV.WND, for the judgment of what comes.
    window: Window,
    /// RCV.WND as it is told.
    field: RawWindow,
    /// Both ends' clocks, if segments carry timestamps.
    stamps: Option<Stamps>,
}

/// What a segment did to a [`TimeWait`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum TimeWaitOutcome {
    /// Answer with this ACK.
    Reply(Control),
    /// The peer has sent its FIN again: answer with this ACK; the deadline has moved.
    Restarted(Control),
    /// A new SYN that may take over (RFC 9293 §3.10.7.4, fourth): forget this one, and open a
    /// [`HalfOpen`](crate::HalfOpen) with `iss`, which lies beyond all that this one has sent.
    Reusable {
        /// The initial sequence number for the connection that takes over.
        iss: SeqNumber,
    },
    /// A RST has ended it: forget it.
    Dead,
    /// Nothing.
    Drop(DropReason),
}

/// What to do about a segment in TIME_WAIT.
enum Judgment {
    Acknowledge(DropReason),
    Restart,
    Succeed,
    End,
    Drop(DropReason),
}

fn judge(
    rcv_nxt: SeqNumber,
    window: Window,
    settings: &Settings,
    control: &Control,
    payload_len: usize,
) -> Judgment {
    let flags = control.flags;
    let len = control.segment_len(payload_len);
    let end = control.seq + len;
    if flags.contains(Flags::RST) {
        // RFC 1337 would ignore it; RFC 9293 does not, if it is exact (RFC 5961 §3.2).
        return if settings.rfc1337 {
            Judgment::Drop(DropReason::ResetInTimeWait)
        } else if control.seq == rcv_nxt {
            Judgment::End
        } else if control.seq.since(rcv_nxt) < window.0 {
            Judgment::Acknowledge(DropReason::ResetNotExact)
        } else {
            Judgment::Drop(DropReason::ResetOutOfWindow)
        };
    }
    if flags.contains(Flags::SYN) {
        // Beyond everything that the old connection received, no old segment of it can be taken
        // for one of the new (RFC 9293 §3.10.7.4, fourth, TIME-WAIT).
        return if !flags.contains(Flags::ACK) && control.seq.after(rcv_nxt) {
            Judgment::Succeed
        } else {
            Judgment::Acknowledge(DropReason::SynOnConnection)
        };
    }
    if !flags.contains(Flags::ACK) {
        Judgment::Drop(DropReason::NoAck)
    } else if flags.contains(Flags::FIN) && end == rcv_nxt {
        // The only thing that should come: the peer has not heard our ACK of its FIN.
        Judgment::Restart
    } else if len == 0 && control.seq == rcv_nxt {
        Judgment::Drop(DropReason::Duplicate)
    } else if end.before_eq(rcv_nxt) {
        Judgment::Acknowledge(DropReason::Duplicate)
    } else {
        Judgment::Acknowledge(DropReason::AfterFin)
    }
}

impl Connection {
    /// Takes a segment in TIME_WAIT while the program still holds on. A new SYN cannot take over
    /// then.
    pub(crate) fn in_time_wait(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        segment: &Segment,
    ) -> Result<(), Stop> {
        let len = segment.payload.len();
        match judge(self.rcv.nxt, self.rcv.window(), settings, control, len) {
            Judgment::Acknowledge(reason) => Err(Stop::challenge(reason)),
            Judgment::Succeed => Err(Stop::challenge(DropReason::SynOnConnection)),
            Judgment::Restart => {
                self.rcv.ack = AckDebt::Now;
                self.timers.arm(Timer::Linger, now + settings.time_wait);
                Ok(())
            }
            Judgment::End => {
                self.finish();
                Err(Stop::done())
            }
            Judgment::Drop(reason) => Err(Stop::drop(reason)),
        }
    }

    /// What is left of a connection in TIME_WAIT once its program has let go; `None` in any other
    /// state. An ACK that it owes should be sent first.
    #[must_use]
    pub fn into_time_wait(self) -> Option<TimeWait> {
        if self.state != State::TimeWait {
            return None;
        }
        Some(TimeWait {
            deadline: self.deadline()?,
            answers: self.answers,
            snd_nxt: self.snd.nxt,
            rcv_nxt: self.rcv.nxt,
            window: self.rcv.window(),
            field: self.rcv.field(),
            stamps: self.has_timestamps().then_some(self.stamps),
        })
    }
}

impl TimeWait {
    /// Takes a segment; `payload_len` is in bytes.
    pub fn on_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        payload_len: usize,
    ) -> TimeWaitOutcome {
        match judge(self.rcv_nxt, self.window, settings, control, payload_len) {
            Judgment::Acknowledge(_) if !self.answers.allows(now, settings) => {
                TimeWaitOutcome::Drop(DropReason::RateLimited)
            }
            Judgment::Acknowledge(_) => TimeWaitOutcome::Reply(self.ack(now)),
            Judgment::Restart => {
                self.deadline = now + settings.time_wait;
                TimeWaitOutcome::Restarted(self.ack(now))
            }
            Judgment::Succeed => TimeWaitOutcome::Reusable {
                iss: self.snd_nxt + SUCCESSOR_GAP,
            },
            Judgment::End => TimeWaitOutcome::Dead,
            Judgment::Drop(reason) => TimeWaitOutcome::Drop(reason),
        }
    }

    fn ack(&self, now: Instant) -> Control {
        Control {
            seq: self.snd_nxt,
            ack: self.rcv_nxt,
            flags: Flags::ACK,
            window: self.field.0,
            options: Options {
                timestamps: self.stamps.map(|stamps| stamps.option(now)),
                ..Options::default()
            },
            ..Control::default()
        }
    }

    /// When it is over and forgotten.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}
