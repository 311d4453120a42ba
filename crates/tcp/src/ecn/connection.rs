//! Where a connection that has agreed on accurate ECN counts, tells and listens (RFC 9768).

use alloc::boxed::Box;

use base::Instant;
use wire::ip;
use wire::tcp::{Control, Flags, Options};

use super::Marking;
use super::accurate::{Accurate, Faults, reflection};
use super::feedback::Delivered;
use crate::connection::Marks;
use crate::handshake::Ecn;
use crate::info::AccurateEcn;
use crate::receive::Segment;
use crate::{CaState, Connection, Outgoing, Settings};

impl Connection {
    /// Begins to count: accurate ECN was agreed on with a SYN, or SYN-ACK, that came in `mark`.
    pub(crate) fn begin_accurate(&mut self, settings: &Settings, mark: ip::Ecn) -> &mut Accurate {
        let fresh = || Box::new(Accurate::new(settings, mark));
        self.ecn = Ecn::Accurate;
        self.accurate.get_or_insert_with(fresh)
    }

    /// The SYN-ACK has agreed on it.
    pub(crate) fn accept_accurate(
        &mut self,
        settings: &Settings,
        control: &Control,
        mark: ip::Ecn,
    ) {
        if self.ecn != Ecn::Accurate {
            return;
        }
        let fallback = settings.ecn_fallback;
        let accurate = self.begin_accurate(settings, mark);
        accurate.see_option(control.options.acc_ecn.as_ref());
        accurate.take_syn_ack(fallback, control.flags, mark);
    }

    /// Takes the settings of the moment.
    pub(crate) fn adopt_ecn(&mut self, settings: &Settings) {
        if let Some(accurate) = &mut self.accurate {
            accurate.adopt(settings);
        }
    }

    /// A SYN-ACK came again: our ACK of it was lost, and is to say the same again.
    pub(crate) fn reflect_again(&mut self, segment: &Segment) {
        if let Some(accurate) = &mut self.accurate
            && segment.flags.contains(Flags::SYN | Flags::ACK)
        {
            accurate.see_option(segment.acc_ecn.as_ref());
            accurate.reflect(segment.marking.ecn);
        }
    }

    /// In which mark the peer's SYN came.
    pub(crate) fn syn_mark(&self) -> ip::Ecn {
        let accurate = self.accurate.as_ref();
        accurate.map_or(ip::Ecn::NotEct, |accurate| accurate.syn_mark())
    }

    /// Whether our SYN-ACK has an AccECN option: the first alone, since the option may be what keeps
    /// it from arriving (RFC 9768 §3.2.3.2.2).
    pub(crate) fn offers_option(&self, settings: &Settings) -> bool {
        self.accurate.is_some() && settings.ecn_option > 0 && self.recovery.timeouts == 0
    }

    /// The segment that completes the handshake of one who was called.
    pub(crate) fn take_third_ack(&mut self, settings: &Settings, segment: &Segment) {
        let Some(accurate) = &mut self.accurate else {
            return;
        };
        accurate.see_option(segment.acc_ecn.as_ref());
        let fallback = settings.ecn_fallback;
        if accurate.take_third_ack(fallback, segment.flags, segment.bare) {
            self.congestion.rate.delivered_ce = 1;
        }
    }

    /// Counts a segment that may be the peer's, whatever else becomes of it.
    pub(crate) fn count_marks(&mut self, now: Instant, marking: Marking, len: usize) {
        let Some(accurate) = &mut self.accurate else {
            return;
        };
        if marking.ecn != ip::Ecn::NotEct {
            self.marks |= Marks::MARKABLE_SEEN;
        }
        accurate.take(now, self.rtt.srtt(), marking, len as u32);
    }

    /// Whether the marks that came are to be told with the next ACK, and that at once.
    pub(crate) fn hurries_marks(&self) -> bool {
        let accurate = self.accurate.as_ref();
        accurate.is_some_and(|accurate| accurate.hurry)
    }

    /// Data came that had come before.
    pub(crate) fn note_again(&mut self, segment: &Segment) {
        if let Some(accurate) = &mut self.accurate {
            accurate.came_again(segment.seq);
        }
    }

    /// How many more of our packets arrived under CE than was known before this ACK.
    pub(crate) fn take_feedback(&mut self, segment: &Segment, delivered: (u32, u32)) -> u32 {
        let exact = self.has_sack() || matches!(self.recovery.state, CaState::Open | CaState::Cwr);
        let (packets, bytes) = delivered;
        let delivered = Delivered {
            packets,
            bytes,
            exact,
            mss: self.snd.mss.into(),
            sent: self.tally.bytes_sent,
        };
        let Some(accurate) = &mut self.accurate else {
            return 0;
        };
        let rate = &mut self.congestion.rate;
        let option = segment.acc_ecn.as_ref();
        let ce = accurate.take_feedback(rate.delivered_ce, segment.flags, option, delivered);
        rate.delivered_ce = rate.delivered_ce.wrapping_add(ce);
        ce
    }

    /// What the ACE field of a segment says that does not belong to the flow of data: of a RST.
    pub(crate) fn ace_of_answer(&self) -> Flags {
        let accurate = self.accurate.as_ref();
        accurate.map_or(Flags::empty(), |accurate| accurate.ace())
    }

    /// And of a challenge, which is to a SYN-ACK what a third ACK is (RFC 9768 §3.2.2.1).
    pub(crate) fn ace_of_challenge(&mut self) -> Flags {
        let accurate = self.accurate.as_mut();
        let reflected = accurate.and_then(|accurate| accurate.reflects.take());
        reflected.map_or_else(|| self.ace_of_answer(), reflection)
    }

    /// The ACE field of the segment that is being made.
    pub(crate) fn tell_ace(&mut self, bare: bool) -> Flags {
        let Some(accurate) = &mut self.accurate else {
            return Flags::empty();
        };
        // What is no pure ACK does not tell of the handshake any more (RFC 9768 §3.2.2.1).
        if let Some(mark) = accurate.reflects.take().filter(|_| bare) {
            return reflection(mark);
        }
        accurate.tell();
        accurate.ace()
    }

    /// Adds the AccECN option, if there is one to add.
    pub(crate) fn put_acc_ecn(&self, options: &mut Options) {
        if let Some(accurate) = &self.accurate {
            accurate.put_option(options);
        }
    }

    /// A segment with these options goes out.
    pub(crate) fn acc_ecn_went(&mut self, now: Instant, options: &Options) {
        if let Some(accurate) = &mut self.accurate {
            accurate.option_went(now, options, self.rcv.nxt);
        }
    }

    /// With accurate ECN everything behind the handshake may be marked: pure ACKs (RFC 9768
    /// §3.2.2.5.1 counts them), and what is sent again, as Linux has it.
    pub(crate) fn make_all_markable(&self, outgoing: &mut Outgoing) {
        let Some(accurate) = &self.accurate else {
            return;
        };
        if outgoing.control.flags.contains(Flags::SYN) {
            return;
        }
        outgoing.accurate_ecn = true;
        if accurate.is_markable() {
            outgoing.ecn = ip::Ecn::Ect0;
        }
    }

    /// What TCP_INFO shows of it.
    pub(crate) fn accurate_info(&self) -> AccurateEcn {
        let mode = match self.ecn {
            Ecn::Off => 0,
            Ecn::Classic => 1,
            Ecn::Accurate => 2,
        };
        let Some(accurate) = &self.accurate else {
            return AccurateEcn {
                mode: mode & 1,
                ..AccurateEcn::default()
            };
        };
        AccurateEcn {
            received_ce: accurate.received_ce,
            received: accurate.received,
            delivered: accurate.delivered,
            option_seen: accurate.seen as u8,
            fail_mode: accurate.faults.bits(),
            mode,
        }
    }

    /// The peer does not get what our ACE field says: nothing of ours may be marked.
    pub(crate) fn doubt_sent_ace(&mut self) {
        if let Some(accurate) = &mut self.accurate {
            accurate.faults |= Faults::ACE_SENT;
        }
    }
}
