//! Fifth, the ACK (RFC 9293 §3.10.7.4).

use base::Instant;
use wire::tcp::{Flags, SeqNumber};

use super::{Segment, Stop};
use crate::connection::Marks;
use crate::timers::Timer;
use crate::{Connection, DropReason, Settings, State};

impl Connection {
    /// Takes the acknowledgment and the window, and moves on the states that wait for them.
    pub(super) fn check_ack(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &mut Segment,
    ) -> Result<(), Stop> {
        if !segment.flags.contains(Flags::ACK) {
            return Err(Stop::drop(DropReason::NoAck));
        }
        if self.state == State::SynReceived {
            if !segment.ack.after(self.snd.una) || segment.ack.after(self.snd.nxt) {
                return Err(Stop::reset(DropReason::AckNotOfSyn, segment.ack));
            }
            let window = segment.window(self.snd.scale);
            self.complete_handshake(now, settings, segment, window);
            self.settle_simultaneous(now);
            self.take_third_ack(settings, segment);
        }
        if segment.ack.after(self.snd.nxt) {
            return Err(Stop::challenge(DropReason::AckTooNew));
        }
        let behind = self.snd.una.since(segment.ack);
        let old = segment.ack.before(self.snd.una);
        // RFC 5961 §5.2: further back than the peer's window ever reached.
        if old && behind > self.snd.max_wnd.0 {
            return Err(Stop::challenge(DropReason::AckTooOld));
        }
        self.hear(now, settings);
        if !old {
            self.tally.last_ack_recv = now;
            segment.newer = self.take_stamps(now, segment);
        }
        let prior_una = self.snd.una;
        if segment.ack.after(prior_una) {
            self.advance(now, segment.ack);
            self.judge_mtu_probe(now, settings);
        }
        let window = !old && self.changes_window(segment, prior_una);
        if !old {
            self.take_window(now, segment);
        }
        self.recover(now, settings, segment, prior_una, window);
        self.follow_path(settings);
        self.wake_writer(settings);
        self.close_on_ack_of_fin(now, settings, segment)
    }

    /// `ack` is new: SND.UNA < SEG.ACK =< SND.NXT.
    fn advance(&mut self, now: Instant, ack: SeqNumber) {
        self.snd.acknowledge(ack);
        if self.urgent.is_some() {
            self.forget_sent_urgent();
        }
        self.recovery.timeouts = 0;
        self.recovery.progress = now;
        self.soft_error = None;
    }

    /// Whether the segment tells a window that was not told before, so that it is no duplicate ACK
    /// (RFC 5681 §2).
    fn changes_window(&self, segment: &Segment, prior_una: SeqNumber) -> bool {
        let window = segment.window(self.snd.scale);
        segment.ack.after(prior_una) || self.snd.is_newer(segment.seq) || window != self.snd.wnd
    }

    /// Takes the window, and has the data go out that waited for it.
    fn take_window(&mut self, now: Instant, segment: &Segment) {
        let before = self.snd.wnd;
        let window = segment.window(self.snd.scale);
        self.snd.update_window(segment.seq, segment.ack, window);
        if self.snd.wnd > before && self.snd.flight() == 0 {
            // Probing is over. What waits is debt again, under a timer of its own.
            self.timers.stop(Timer::Retransmit);
            self.recovery.timeouts = 0;
        } else if self.snd.wnd.0 == 0 && self.snd.flight() > 0 {
            // A peer that answers with a closed window is alive and may stay so as long as it
            // likes (RFC 9293 §3.8.6.1, MUST-37), or until the program is tired of it
            // (TCP_USER_TIMEOUT), which counts from the first probe on, as in Linux.
            self.recovery.progress = now;
        }
    }

    /// What the acknowledgment of our FIN means.
    fn close_on_ack_of_fin(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &Segment,
    ) -> Result<(), Stop> {
        if !self.snd.fin_acknowledged() {
            return Ok(());
        }
        match self.state {
            // TCP_LINGER2 below 0: no FIN-WAIT-2 for an orphan. The acknowledgment meets nobody any
            // more and is answered as one that does (RFC 9293 §3.10.7.1), as in Linux.
            State::FinWait1 if self.marks.contains(Marks::ORPHAN) && self.options.linger2 < 0 => {
                self.finish();
                return Err(Stop::reset(DropReason::AfterClose, segment.ack));
            }
            State::FinWait1 => self.enter_fin_wait_2(now, settings),
            State::Closing => self.enter_time_wait(now, settings),
            State::LastAck => self.finish(),
            _ => {}
        }
        Ok(())
    }
}
