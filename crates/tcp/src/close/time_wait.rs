//! TIME_WAIT: as a state, and as what is left of a connection (RFC 9293 §3.10.7.4).

use base::{Duration, Instant};
use wire::tcp::{Control, Flags, Options, SeqNumber};

use crate::answers::AnswerLimit;
use crate::connection::Marks;
use crate::receive::{AckDebt, Segment, Stop};
use crate::timers::Timer;
use crate::timestamps::Stamps;
use crate::window::{RawWindow, Window};
use crate::{Connection, DropReason, Settings, State, reset_for};

/// How far behind the last number of a connection its successor begins at least: beyond whatever
/// an unscaled window can hold.
const SUCCESSOR_GAP: u32 = 65_535 + 2;
/// How long a RST with an old timestamp is taken for an old duplicate (Linux's TCP_PAWS_MSL).
const MSL: Duration = Duration::from_secs(60);

/// What is left of a connection that no program needs any more: in TIME_WAIT, or in FIN_WAIT_2 with
/// nobody to read what may come. 48 bytes.
#[derive(Clone, Debug)]
pub struct TimeWait {
    deadline: Instant,
    answers: AnswerLimit,
    /// Both ends' clocks; they count if segments carry timestamps.
    stamps: Stamps,
    snd_nxt: SeqNumber,
    rcv_nxt: SeqNumber,
    /// RCV.WND, for the judgment of what comes.
    window: Window,
    /// RCV.WND as it is told.
    field: RawWindow,
    has_stamps: bool,
    /// The peer's FIN is still to come.
    fin_wait_2: bool,
}

/// What a segment did to a [`TimeWait`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum TimeWaitOutcome {
    /// Answer with this ACK.
    Reply(Control, DropReason),
    /// The peer has sent its FIN, or sends it again: answer with this ACK; the deadline has moved.
    Restarted(Control),
    /// A new SYN that may take over (RFC 9293 §3.10.7.4, fourth): forget this one, and open a
    /// [`HalfOpen`](crate::HalfOpen) with `iss`, which lies beyond all that this one has sent. Where
    /// nobody listens any more, answer with `ack` instead.
    Reusable {
        /// The initial sequence number for the connection that takes over.
        iss: SeqNumber,
        /// What is said when nobody takes over.
        ack: Control,
    },
    /// Data for a program that has let go: answer with this RST if there is one, and forget it.
    Reset(Option<Control>),
    /// A RST has ended it: forget it.
    Dead,
    /// Nothing.
    Drop(DropReason),
}

/// What to do about a segment.
enum Judgment {
    Acknowledge(DropReason),
    Restart,
    Succeed,
    Reset,
    End,
    Drop(DropReason),
}

/// What a segment is judged by.
#[derive(Clone, Copy)]
struct View {
    now: Instant,
    rcv_nxt: SeqNumber,
    window: Window,
    stamps: Option<Stamps>,
}

impl View {
    /// Whether its timestamp says that it was sent before what is here: an old duplicate, whatever
    /// its number (PAWS, RFC 7323 §5.3).
    fn is_old(&self, control: &Control) -> bool {
        let Some((known, stamps)) = self.stamps.zip(control.options.timestamps) else {
            return false;
        };
        // As Linux, and other than in a connection that goes on: here an old RST does harm (RFC
        // 1337), unless it comes so late that the peer may have begun anew.
        let late = control.flags.contains(Flags::RST) && known.is_silent_for(MSL, self.now);
        known.is_old(stamps.value, 0, self.now) && !late
    }

    /// A RST or a SYN, in either state.
    fn judge_reset(&self, control: &Control) -> Judgment {
        if control.seq == self.rcv_nxt {
            Judgment::End
        } else if control.seq.since(self.rcv_nxt) < self.window.0 {
            Judgment::Acknowledge(DropReason::ResetNotExact)
        } else {
            Judgment::Drop(DropReason::ResetOutOfWindow)
        }
    }

    /// FIN_WAIT_2 with nobody to read.
    fn judge_in_fin_wait_2(&self, control: &Control, payload_len: usize) -> Judgment {
        let flags = control.flags;
        let len = control.segment_len(payload_len);
        let end = control.seq + len;
        if self.is_old(control) {
            return if flags.contains(Flags::RST) {
                Judgment::Drop(DropReason::Paws)
            } else {
                Judgment::Acknowledge(DropReason::Paws)
            };
        }
        if flags.contains(Flags::RST) {
            return self.judge_reset(control);
        }
        if flags.contains(Flags::SYN) {
            return Judgment::Acknowledge(DropReason::SynOnConnection);
        }
        if end.before(self.rcv_nxt) || (len > 0 && end == self.rcv_nxt) {
            return Judgment::Acknowledge(DropReason::Duplicate);
        }
        if control.seq.since(self.rcv_nxt) > self.window.0 && control.seq.after(self.rcv_nxt) {
            return Judgment::Acknowledge(DropReason::OutOfWindow);
        }
        if !flags.contains(Flags::ACK) {
            Judgment::Drop(DropReason::NoAck)
        } else if len == 0 {
            Judgment::Drop(DropReason::Duplicate)
        } else if flags.contains(Flags::FIN) && control.seq == self.rcv_nxt && len == 1 {
            Judgment::Restart
        } else {
            // Data that nobody will read (RFC 9293 §3.6.1).
            Judgment::Reset
        }
    }

    /// TIME_WAIT.
    fn judge(&self, settings: &Settings, control: &Control, payload_len: usize) -> Judgment {
        let flags = control.flags;
        let len = control.segment_len(payload_len);
        let end = control.seq + len;
        let old = self.is_old(control);
        if flags.contains(Flags::RST) {
            // RFC 1337 would ignore it; RFC 9293 does not, if it is exact (RFC 5961 §3.2).
            return if settings.rfc1337 {
                Judgment::Drop(DropReason::ResetInTimeWait)
            } else if old {
                Judgment::Drop(DropReason::Paws)
            } else {
                self.judge_reset(control)
            };
        }
        if old {
            return Judgment::Acknowledge(DropReason::Paws);
        }
        if flags.contains(Flags::SYN) {
            // Beyond everything that the old connection received, no old segment of it can be taken
            // for one of the new (RFC 9293 §3.10.7.4, fourth, TIME-WAIT); nor later than all of it
            // by its timestamp, whatever the number (RFC 6191 §2).
            let newer = || {
                let stamps = self.stamps.zip(control.options.timestamps);
                stamps.is_some_and(|(known, stamps)| known.behind(stamps.value) < 0)
            };
            return if !flags.contains(Flags::ACK) && (control.seq.after(self.rcv_nxt) || newer()) {
                Judgment::Succeed
            } else {
                Judgment::Acknowledge(DropReason::SynOnConnection)
            };
        }
        let inside = control.seq == self.rcv_nxt || control.seq.since(self.rcv_nxt) < self.window.0;
        if !flags.contains(Flags::ACK) && inside {
            Judgment::Drop(DropReason::NoAck)
        } else if !flags.contains(Flags::ACK) {
            Judgment::Acknowledge(DropReason::OutOfWindow)
        } else if flags.contains(Flags::FIN) && end == self.rcv_nxt {
            // The only thing that should come: the peer has not heard our ACK of its FIN.
            Judgment::Restart
        } else if len == 0 && control.seq == self.rcv_nxt {
            Judgment::Drop(DropReason::Duplicate)
        } else if end.before_eq(self.rcv_nxt) {
            Judgment::Acknowledge(DropReason::Duplicate)
        } else {
            Judgment::Acknowledge(DropReason::AfterFin)
        }
    }
}

impl Connection {
    /// Takes a segment in TIME_WAIT before [`take_time_wait`](Self::take_time_wait) was called,
    /// while the ACK of the FIN is owed. A new SYN cannot take over yet.
    pub(crate) fn in_time_wait(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        segment: &Segment,
    ) -> Result<(), Stop> {
        let view = View {
            now,
            rcv_nxt: self.rcv.nxt,
            window: self.rcv.window(),
            stamps: self.has_timestamps().then_some(self.stamps),
        };
        match view.judge(settings, control, segment.payload.len()) {
            Judgment::Acknowledge(reason) => Err(Stop::challenge(reason)),
            Judgment::Succeed => Err(Stop::challenge(DropReason::SynOnConnection)),
            Judgment::Restart => {
                self.rcv.ack = AckDebt::Now;
                self.timers.arm(Timer::Linger, now + settings.time_wait);
                Ok(())
            }
            Judgment::End | Judgment::Reset => {
                self.finish();
                Err(Stop::done())
            }
            Judgment::Drop(reason) => Err(Stop::drop(reason)),
        }
    }

    /// What is left of the connection for the network: in TIME_WAIT, or in FIN_WAIT_2 once its
    /// program has let go. The connection itself is over then, as in Linux: CLOSED, and what was
    /// received can still be read. `None` in any other state, and while it owes a segment.
    #[must_use]
    pub fn take_time_wait(&mut self) -> Option<TimeWait> {
        let fin_wait_2 = match self.state {
            State::TimeWait => false,
            State::FinWait2 if self.marks.contains(Marks::ORPHAN) => true,
            _ => return None,
        };
        if self.wants_transmit() {
            return None;
        }
        let wait = TimeWait {
            deadline: self.timers.at(Timer::Linger)?,
            answers: self.answers,
            stamps: self.stamps,
            snd_nxt: self.snd.nxt,
            rcv_nxt: self.rcv.nxt,
            window: self.rcv.window(),
            field: self.rcv.field(),
            has_stamps: self.has_timestamps(),
            fin_wait_2,
        };
        self.finish();
        Some(wait)
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
        let view = View {
            now,
            rcv_nxt: self.rcv_nxt,
            window: self.window,
            stamps: self.stamps(),
        };
        let judgment = if self.fin_wait_2 {
            view.judge_in_fin_wait_2(control, payload_len)
        } else {
            view.judge(settings, control, payload_len)
        };
        // As Linux: data is part of no endless exchange of acknowledgments.
        let bare = control.segment_len(payload_len) == 0 || control.flags.contains(Flags::SYN);
        match judgment {
            Judgment::Acknowledge(_) if bare && !self.answers.allows(now, settings) => {
                TimeWaitOutcome::Drop(DropReason::RateLimited)
            }
            Judgment::Acknowledge(reason) => TimeWaitOutcome::Reply(self.ack(now), reason),
            Judgment::Restart => {
                if core::mem::replace(&mut self.fin_wait_2, false) {
                    self.rcv_nxt += 1;
                    self.window = Window(self.window.0.saturating_sub(1));
                    if let Some(stamps) = control.options.timestamps.filter(|_| self.has_stamps) {
                        self.stamps.hear(stamps.value, now);
                    }
                }
                self.deadline = now + settings.time_wait;
                TimeWaitOutcome::Restarted(self.ack(now))
            }
            Judgment::Succeed => TimeWaitOutcome::Reusable {
                iss: self.successor_iss(),
                ack: self.ack(now),
            },
            Judgment::Reset => TimeWaitOutcome::Reset(reset_for(control, payload_len)),
            Judgment::End => TimeWaitOutcome::Dead,
            Judgment::Drop(reason) => TimeWaitOutcome::Drop(reason),
        }
    }

    fn stamps(&self) -> Option<Stamps> {
        self.has_stamps.then_some(self.stamps)
    }

    fn ack(&self, now: Instant) -> Control {
        Control {
            seq: self.snd_nxt,
            ack: self.rcv_nxt,
            flags: Flags::ACK,
            window: self.field.0,
            options: Options {
                timestamps: self.stamps().map(|stamps| stamps.option(now)),
                ..Options::default()
            },
            ..Control::default()
        }
    }

    /// The RST that tells the peer that nobody is left to send to (RFC 9293 §3.10.5); `None` where it
    /// has sent its FIN already.
    #[must_use]
    pub fn reset(&self, now: Instant) -> Option<Control> {
        self.fin_wait_2.then(|| Control {
            flags: Flags::RST | Flags::ACK,
            ..self.ack(now)
        })
    }

    /// The initial sequence number of a connection that takes over: beyond all that this one has
    /// sent.
    #[must_use]
    pub fn successor_iss(&self) -> SeqNumber {
        self.snd_nxt + SUCCESSOR_GAP
    }

    /// Whether both ends told the time, so that what is old can be told from what is new (RFC 6191).
    #[must_use]
    pub fn has_timestamps(&self) -> bool {
        self.has_stamps
    }

    /// Whether the peer's FIN is still to come: FIN_WAIT_2.
    #[must_use]
    pub fn is_fin_wait_2(&self) -> bool {
        self.fin_wait_2
    }

    /// When it is over and forgotten.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The peer's clock, for the connection that takes over.
    pub(crate) fn clocks(&self) -> Stamps {
        self.stamps
    }
}
