//! Headers.

use core::num::NonZeroU16;

use arrayvec::ArrayVec;
use base::{Instant, Payload};
use wire::ip;
use wire::tcp::{Control, Flags, MAX_OPTIONS_LEN, Options, SeqNumber, Timestamps};

use crate::connection::Marks;
use crate::handshake::{Ecn, syn_options};
use crate::recovery::Fate;
use crate::timers::Timer;
use crate::{Connection, Outgoing, Settings, State, timestamps};

impl Connection {
    /// The SYN, or the SYN-ACK once the peer's SYN is here.
    pub(super) fn build_syn(&mut self, now: Instant, settings: &Settings, first: bool) -> Outgoing {
        let scale = self.marks.contains(Marks::SCALING);
        // Where the transfer has begun already, the options' room is taken off.
        let reserved = if self.state == State::SynReceived && self.is_opening_fast() {
            self.fixed_options()
        } else {
            0
        };
        let mut control = Control {
            seq: self.snd.una,
            flags: Flags::SYN,
            window: self.rcv.field_in_syn().0,
            options: syn_options(
                self.rcv.max_mss + reserved,
                scale.then_some(self.rcv.scale),
                self.has_sack(),
                self.timestamps(now),
            ),
            ..Control::default()
        };
        if self.state != State::SynSent {
            control.flags |= Flags::ACK | self.ecn.in_syn_ack(self.syn_mark());
            control.ack = self.rcv.nxt;
            if self.offers_option(settings) {
                control.options.fit_acc_ecn([1, 0, 1], 0);
            }
        } else if first {
            control.flags |= self.ecn.in_syn();
        } else if settings.ecn_fallback && self.ecn == Ecn::Classic {
            // The question itself may be what keeps the answer away (RFC 3168 §6.1.1.1).
            self.ecn = Ecn::Off;
        } else if settings.ecn_fallback && self.recovery.timeouts > 1 {
            // The same, but the accurate question is asked twice, and an answer that comes in the end
            // counts (RFC 9768 §3.1.4.1).
        } else {
            control.flags |= self.ecn.in_syn();
        }
        let payload = self.in_first_syn(first, &mut control.options);
        outgoing(control, payload)
    }

    /// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>
    pub(super) fn build_reset(&self, now: Instant) -> Outgoing {
        let control = Control {
            seq: self.snd.nxt,
            ack: self.rcv.nxt,
            flags: Flags::RST | Flags::ACK | self.echo_flags() | self.ace_of_answer(),
            options: self.options_of_segment(now),
            ..Control::default()
        };
        outgoing(control, Payload::new())
    }

    /// A segment without data.
    pub(super) fn build_bare(&mut self, now: Instant, seq: SeqNumber) -> Outgoing {
        let control = self.header(now, seq, Flags::empty(), true);
        outgoing(control, Payload::new())
    }

    /// So many bytes from `seq` on, with the PSH and FIN of `fate`; in segments of `several` bytes,
    /// if it is more than one.
    pub(super) fn build_data(
        &mut self,
        now: Instant,
        seq: SeqNumber,
        len: usize,
        fate: Fate,
        several: Option<usize>,
    ) -> Outgoing {
        let payload = self.snd.buffer.slice(seq, len);
        if len > 0 {
            self.rcv.acks.on_sent_data(now);
        }
        let mut flags = Flags::empty();
        // The last of several that leave in one piece says it too.
        let push = fate.contains(Fate::PSH) || several.is_some();
        flags.set(Flags::PSH, len > 0 && push);
        flags.set(Flags::FIN, fate.contains(Fate::FIN));
        Outgoing {
            control: self.header(now, seq, flags, len == 0),
            payload,
            segment_size: several.and_then(|size| NonZeroU16::new(size as u16)),
            ecn: ip::Ecn::NotEct,
            accurate_ecn: false,
        }
    }

    /// The header of a segment of the connection. It acknowledges everything, so that nothing of
    /// that is owed any more.
    fn header(&mut self, now: Instant, seq: SeqNumber, flags: Flags, bare: bool) -> Control {
        let window = self.rcv.advertise();
        let options = self.options_of_segment(now);
        self.acc_ecn_went(now, &options);
        self.rcv.told_all();
        self.timers.stop(Timer::DelayedAck);
        let urgent = self.urgent_pointer(seq);
        let mut flags = flags | Flags::ACK | self.echo_flags() | self.tell_ace(bare);
        flags.set(Flags::URG, urgent.is_some());
        Control {
            seq,
            ack: self.rcv.nxt,
            flags,
            window: window.0,
            urgent: urgent.unwrap_or(0),
            options,
        }
    }

    /// The options of any segment behind the handshake.
    pub(crate) fn options_of_segment(&self, now: Instant) -> Options {
        let mut options = Options {
            timestamps: self.timestamps(now),
            sack: if self.has_sack() {
                self.rcv.sack_blocks()
            } else {
                ArrayVec::new()
            },
            ..Options::default()
        };
        self.put_acc_ecn(&mut options);
        options
    }

    /// The timestamps option, if segments carry it.
    fn timestamps(&self, now: Instant) -> Option<Timestamps> {
        self.has_timestamps().then(|| self.stamps.option(now))
    }

    /// Bytes of data that a segment carries now, beside the SACK blocks that it has to tell.
    pub(crate) fn current_mss(&self) -> u16 {
        if self.accurate.is_some() {
            let options = self.options_of_segment(Instant::ZERO).len() as u16;
            let more = options.saturating_sub(self.fixed_options());
            return self.snd.mss.saturating_sub(more).max(1);
        }
        let room = MAX_OPTIONS_LEN - usize::from(self.fixed_options());
        let blocks = self.rcv.sack_count().min((room - 4) / 8);
        let sack = if blocks > 0 && self.has_sack() {
            4 + 8 * blocks as u16
        } else {
            0
        };
        self.snd.mss.saturating_sub(sack).max(1)
    }

    /// Bytes that options take of each segment, whatever it has to tell.
    pub(crate) fn fixed_options(&self) -> u16 {
        if self.has_timestamps() {
            timestamps::OPTION_LEN
        } else {
            0
        }
    }
}

fn outgoing(control: Control, payload: Payload) -> Outgoing {
    Outgoing {
        control,
        payload,
        segment_size: None,
        ecn: ip::Ecn::NotEct,
        accurate_ecn: false,
    }
}
