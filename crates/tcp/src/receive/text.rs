//! Seventh, the segment text (RFC 9293 §3.10.7.4).

use base::{Duration, Instant};
use wire::tcp::{Flags, Timestamps};

use super::{AckDebt, Segment, Stop};
use crate::connection::Marks;
use crate::handshake::window_clamp;
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
        self.take_reduced(segment);
        let push = segment.flags.contains(Flags::PSH);
        let payload = core::mem::take(&mut segment.payload);
        self.rcv.schedule_ack();
        if segment.seq != self.rcv.nxt {
            // The sender learns of the gap by duplicate ACKs, at once (RFC 5681 §4.2).
            self.rcv.count_ahead(len);
            let twice = settings.dsack && self.has_sack();
            if !self.rcv.keep_ahead(segment.seq, &payload, twice) {
                segment.note = Some(DropReason::OutOfOrderFull);
            }
            if self.has_sack() {
                self.rcv.grow(len);
            }
            self.take_mark(settings, segment.marking.ecn);
            segment.seq += len as u32;
            return Ok(());
        }
        let had_gap = self.rcv.has_gap();
        self.rcv.accept(payload);
        segment.seq += len as u32;
        self.tell(Events::READABLE);
        self.on_data(now, settings, segment.timestamps, (len, push));
        self.take_mark(settings, segment.marking.ecn);
        if had_gap && !self.rcv.has_gap() {
            // RFC 5681 §4.2: when a gap closes.
            self.rcv.ack = AckDebt::Now;
        }
        Ok(())
    }

    /// What in-order data tells of the peer and the path.
    fn on_data(
        &mut self,
        now: Instant,
        settings: &Settings,
        stamps: Option<Timestamps>,
        (len, push): (usize, bool),
    ) {
        let window = self.rcv.window().0;
        let rto = self.rtt.rto;
        let most = self.rcv.max_mss;
        let size = (len, push);
        self.rcv
            .acks
            .on_data(now, settings, rto, window, size, most);
        self.rcv.tuning.on_window(now, self.rcv.nxt, window);
        if let Some(stamps) = stamps.filter(|stamps| stamps.echo != 0 && self.has_timestamps())
            && len >= usize::from(self.rcv.full_size())
            && let Some(age) = self.stamps.age_of(stamps.echo, now)
        {
            self.rcv.tuning.on_echo(stamps.echo, age);
        }
        let moderate = settings.moderate_rcvbuf && self.options.rcvbuf.is_none();
        let clamp = window_clamp(&self.options);
        self.rcv.tune(now, moderate, settings.rmem[2], clamp);
        self.rcv.grow(len);
    }

    /// Decides whether the ACK that is owed goes at once, and sees to it that it goes in the end.
    pub(crate) fn settle_ack(&mut self, now: Instant, settings: &Settings) {
        if self.rcv.ack != AckDebt::Delayed {
            return;
        }
        let second = self.rcv.second_segment() && self.rcv.window_moves();
        if second || self.rcv.acks.is_quick() || self.rcv.has_gap() || self.hurries_marks() {
            self.rcv.ack = AckDebt::Now;
            return;
        }
        let wait = self.rcv.acks.delay(settings, self.rtt.srtt());
        let at = now + wait;
        match self.timers.at(Timer::DelayedAck) {
            // It would go out in a moment: Linux's two ticks of ten.
            Some(due) if due <= now + wait / 5 => self.rcv.ack = AckDebt::Now,
            Some(due) if due <= at => {}
            _ if wait == Duration::ZERO => self.rcv.ack = AckDebt::Now,
            _ => self.timers.arm(Timer::DelayedAck, at),
        }
    }
}
