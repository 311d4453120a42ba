//! A segment in SYN_SENT (RFC 9293 §3.10.7.3).

use base::Instant;
use wire::tcp::{Control, Flags};

use super::ecn::Ecn;
use super::offer::{agreed_scale, most_of, peer_takes};
use crate::connection::Marks;
use crate::receive::{AckDebt, Acks, Segment, Stop};
use crate::timers::Timer;
use crate::window::WindowScale;
use crate::{Connection, DropReason, Error, Settings, State};

impl Connection {
    /// Takes a segment in SYN_SENT; `control` is its header, for the options.
    pub(crate) fn in_syn_sent(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        segment: &mut Segment,
    ) -> Result<(), Stop> {
        let acks = segment.flags.contains(Flags::ACK);
        // First, the ACK bit: ISS < SEG.ACK =< SND.NXT, or it is of another connection.
        if acks && !(segment.ack.after(self.snd.una) && segment.ack.before_eq(self.snd.nxt)) {
            return Err(Stop::reset(DropReason::AckNotOfSyn, segment.ack));
        }
        // Likewise one that echoes what our clock has not said since the first SYN.
        if acks && !self.echoes_our_clock(now, control) {
            return Err(Stop::reset(DropReason::EchoNotOfSyn, segment.ack));
        }
        // Of the connection whose place this one has taken (RFC 6191).
        if let Some(stamps) = control.options.timestamps.filter(|_| self.has_timestamps())
            && self.stamps.is_old(stamps.value, 0, now)
            && !segment.flags.contains(Flags::RST)
        {
            return Err(Stop::drop(DropReason::Paws));
        }
        // Second, the RST bit: only one that acknowledges our SYN can be the peer's.
        if segment.flags.contains(Flags::RST) {
            if !acks {
                return Err(Stop::drop(DropReason::ResetNotOfSyn));
            }
            self.fail(Error::ConnectionRefused);
            return Err(Stop::done());
        }
        // Third, security, is not in use (RFC 9293 appendix A.1). Fourth, the SYN bit.
        if !segment.flags.contains(Flags::SYN) {
            // Fifth: neither SYN nor RST.
            return Err(Stop::drop(DropReason::NoSyn));
        }
        if self.is_deferred() {
            // A call to a port from which none goes out yet.
            return Err(Stop::drop(DropReason::NoConnection));
        }
        self.take_peer_syn(now, settings, control);
        segment.drop_syn();
        if !acks {
            // Both ends open at once. What else the SYN brings comes again (RFC 9293 §3.5, figure 8).
            self.state = State::SynReceived;
            let granted = Ecn::granted(settings, control.flags, segment.marking.ecn.bits());
            self.ecn = match (self.ecn, granted) {
                (Ecn::Accurate, Ecn::Accurate) => Ecn::Accurate,
                (Ecn::Off, _) | (_, Ecn::Off) => Ecn::Off,
                _ => Ecn::Classic,
            };
            if self.ecn == Ecn::Accurate {
                self.begin_accurate(settings, segment.marking.ecn);
            }
            self.marks |= Marks::SYN_OWED;
            return Ok(());
        }
        // The window of a SYN is not scaled (RFC 7323 §2.2).
        let window = segment.window(WindowScale::NONE);
        // The ACK of a SYN-ACK goes at once, and so do those that follow, as in Linux.
        self.rcv.acks.set_turns(false);
        self.ecn = Ecn::agreed(self.ecn, control.flags);
        self.accept_accurate(settings, control, segment.marking.ecn);
        self.complete_handshake(now, settings, segment, window);
        if self.snd.search.is_some() {
            // Who calls begins with small segments; who is called, once they are next looked at.
            self.sync_mss(settings);
        }
        self.settle_syn_data(now, control);
        self.rcv.ack = AckDebt::Now;
        if self.marks.contains(Marks::WRITER_BLOCKED) {
            self.marks -= Marks::WRITER_BLOCKED | Marks::WRITER_WAITS;
            let window = self.rcv.window().0;
            self.rcv.acks.expect_answer(now, settings, window);
            if segment.payload.is_empty() && !segment.flags.contains(Flags::FIN) {
                self.wait_for_writer(now);
                return Ok(());
            }
        }
        self.trim(settings, segment);
        self.take_urgent(settings, segment);
        self.take_text(now, settings, segment)?;
        self.take_fin(now, settings, segment);
        self.settle_ack(now, settings);
        Ok(())
    }

    /// Somebody is blocked in a write: what it writes now answers the SYN-ACK and is to carry its
    /// ACK, as in Linux.
    fn wait_for_writer(&mut self, now: Instant) {
        self.rcv.ack = AckDebt::Delayed;
        self.timers.arm(Timer::DelayedAck, now + Acks::LONGEST_WAIT);
    }

    /// Takes the number and the options of the peer's SYN.
    fn take_peer_syn(&mut self, now: Instant, settings: &Settings, control: &Control) {
        self.rcv.start(control.seq);
        self.snd.clamp = peer_takes(&control.options, self.snd.clamp).min(most_of(&self.options));
        match agreed_scale(self.marks.contains(Marks::SCALING), &control.options) {
            Some(scale) => self.snd.scale = scale,
            None => {
                self.marks.remove(Marks::SCALING);
                self.rcv.scale = WindowScale::NONE;
            }
        }
        if !control.options.sack_permitted {
            self.marks.remove(Marks::SACK);
        }
        match control.options.timestamps {
            Some(stamps) if self.has_timestamps() => {
                self.stamps.hear(stamps.value, now);
            }
            _ => self.marks.remove(Marks::TIMESTAMPS),
        }
        self.sync_mss(settings);
    }

    /// Whether TSecr can be the answer to one of our SYNs (RFC 7323 §3.2 has it valid with the ACK
    /// bit only; some say 0 all the same).
    fn echoes_our_clock(&self, now: Instant, control: &Control) -> bool {
        let echo = control.options.timestamps.map_or(0, |stamps| stamps.echo);
        let first = self.recovery.progress;
        echo == 0 || !self.has_timestamps() || self.stamps.age(echo, first, now).is_some()
    }
}
