//! What accurate ECN counts of the packets that come (RFC 9768 §3.2), and when it tells.

use base::{Duration, Instant};
use bitflags::bitflags;
use wire::ip;
use wire::tcp::{Flags, Options, SeqNumber};

use super::Marking;
use crate::Settings;

/// Where r.cep starts (RFC 9768 §3.2.1).
pub(super) const CEP_START: u32 = 5;
/// Where r.e0b, r.ceb and r.e1b start (RFC 9768 §3.2.1).
pub(super) const BYTES_START: [u32; 3] = [1, 0, 1];
/// So many new CE marks are told at once (RFC 9768 §3.2.2.5.1 allows 2 to 6, and where no data
/// came at least 3).
const MARKS_TOLD_AT_ONCE: u32 = 3;
/// The option goes at least once in so many bytes under one mark (RFC 9768 §3.2.3.3).
const BYTES_TOLD: u32 = 1 << 22;

/// Under which of [`BYTES_START`]'s counters a mark counts.
pub(super) const fn row(mark: ip::Ecn) -> Option<usize> {
    match mark {
        ip::Ecn::NotEct => None,
        ip::Ecn::Ect0 => Some(0),
        ip::Ecn::Ce => Some(1),
        ip::Ecn::Ect1 => Some(2),
    }
}

/// ACE as a number: AE, CWR, ECE (RFC 9768 §3.2.2).
pub(super) const fn ace(flags: Flags) -> u32 {
    (flags.bits() >> 6 & 7) as u32
}

/// The flags that say `ace`.
pub(super) const fn ace_flags(ace: u32) -> Flags {
    Flags::from_bits_truncate((ace as u16 & 7) << 6)
}

/// The ACE field with which a SYN-ACK, and the ACK of one, tells in which mark the SYN came
/// (RFC 9768 §3.1.1, table 2).
pub(crate) const fn reflection(mark: ip::Ecn) -> Flags {
    ace_flags(match mark {
        ip::Ecn::NotEct => 0b010,
        ip::Ecn::Ect1 => 0b011,
        ip::Ecn::Ect0 => 0b100,
        ip::Ecn::Ce => 0b110,
    })
}

bitflags! {
    /// What was found broken, by Linux's numbers (`tcpi_accecn_fail_mode`).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Faults: u8 {
        /// The peer does not get our ACE field as we send it.
        const ACE_SENT = 1;
        /// We do not get the peer's.
        const ACE_CAME = 2;
        /// The peer does not get our options.
        const OPTION_SENT = 4;
        /// We do not get the peer's options as it sends them.
        const OPTION_CAME = 8;
    }
}

/// What was seen of the peer's options, by Linux's numbers (`tcpi_accecn_opt_seen`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Seen {
    #[default]
    Nothing = 0,
    /// One without counters.
    Empty = 1,
    /// One with counters.
    Counters = 2,
    /// One whose counters somebody had set to zero.
    Zeroed = 3,
}

/// What accurate ECN keeps of a connection that has agreed on it.
#[derive(Clone, Debug)]
pub(crate) struct Accurate {
    /// `tcp_ecn_option` and `tcp_ecn_option_beacon`, as they were when it was agreed on.
    options: u8,
    beacon: u8,
    pub(super) faults: Faults,
    pub(super) seen: Seen,
    /// Packets that came with CE: r.cep less its start.
    pub(crate) received_ce: u32,
    /// Of those, not told yet.
    untold: u32,
    /// Bytes of data that came under ECT(0), CE, ECT(1): r.e0b, r.ceb and r.e1b less their starts.
    pub(crate) received: [u32; 3],
    /// The mark of the packet before.
    last_mark: ip::Ecn,
    /// The next ACK that is owed goes at once.
    pub(super) hurry: bool,
    /// So many segments more carry the option even where it is sent sparingly.
    demand: u8,
    /// Counters that the next option has at least, in its order: what has changed.
    least: u8,
    /// When the option last went.
    told: Option<Instant>,
    /// It went beside the news that data from here on had come twice.
    told_of: Option<SeqNumber>,
    /// The next ACK says in which mark the SYN-ACK came.
    pub(super) reflects: Option<ip::Ecn>,
    /// What the peer says of our bytes: s.e0b, s.ceb and s.e1b less their starts.
    pub(crate) delivered: [u32; 3],
    /// The counter that moved last, if it was one alone: what is delivered without an option's word
    /// is counted there.
    pub(super) estimate: Option<usize>,
    /// Something of ours was acknowledged behind the handshake.
    pub(super) fed_back: bool,
    /// What the ACE field of the peer's ACK of our SYN-ACK said: should that ACK come again, it says
    /// it again.
    pub(super) handshake_ace: Option<u32>,
    /// Packets that an ACK delivers, a moving mean of weight 1/64, in 64ths (Linux's
    /// `pkts_acked_ewma`).
    pub(super) mean_acked: u16,
}

impl Accurate {
    /// Agreed on, with a SYN or SYN-ACK of the peer's that came in `mark`.
    pub(crate) fn new(settings: &Settings, mark: ip::Ecn) -> Self {
        Self {
            options: settings.ecn_option,
            beacon: settings.ecn_option_beacon,
            faults: Faults::empty(),
            seen: Seen::Nothing,
            received_ce: 0,
            untold: 0,
            received: [0; 3],
            last_mark: mark,
            hurry: false,
            demand: 1,
            least: 0,
            told: None,
            told_of: None,
            reflects: None,
            delivered: [0; 3],
            estimate: None,
            fed_back: false,
            handshake_ace: None,
            mean_acked: 0,
        }
    }

    /// The mark of the peer's SYN.
    pub(crate) const fn syn_mark(&self) -> ip::Ecn {
        self.last_mark
    }

    /// A packet, or several joined, came with this mark and so many bytes of data.
    pub(super) fn take(&mut self, now: Instant, srtt: Duration, marking: Marking, len: u32) {
        let Marking { ecn: mark, .. } = marking;
        let ce = mark == ip::Ecn::Ce;
        if ce {
            let packets = marking.packets(len);
            // r.cep counts all packets, those without data too; r.ceb and its like bytes of data.
            self.received_ce = self.received_ce.wrapping_add(packets);
            self.untold = self.untold.saturating_add(packets);
        }
        if let Some(row) = row(mark).filter(|_| len > 0) {
            let before = self.received[row];
            self.received[row] = before.wrapping_add(len);
            // ECT(1) is the first in our order, CE the second.
            self.least = self.least.max(3 - row as u8);
            if (before ^ self.received[row]) & !(BYTES_TOLD - 1) != 0 {
                self.demand = self.demand.max(1);
            }
        }
        let edge = mark != self.last_mark;
        if edge || ce {
            self.last_mark = mark;
            // Two, so that the second leaves no doubt under which mark the last bytes came.
            self.demand = 2;
        }
        if self.beacon > 0
            && self.told.is_none_or(|told| {
                (now - told).as_micros() * u64::from(self.beacon) >= srtt.as_micros()
            })
        {
            self.demand = self.demand.max(1);
        }
        // RFC 9768 §3.2.2.5.1: when the mark changes, and when there are several new ones.
        self.hurry |= edge || self.untold >= MARKS_TOLD_AT_ONCE;
    }

    /// Takes the settings of the moment.
    pub(super) fn adopt(&mut self, settings: &Settings) {
        self.options = settings.ecn_option;
        self.beacon = settings.ecn_option_beacon;
    }

    /// Whether an ACK that acknowledges nothing new tells of our packets, because it was sent later
    /// than those before: not if it is of the handshake.
    pub(crate) fn is_news(&self, flags: Flags) -> bool {
        self.fed_back || self.handshake_ace != Some(ace(flags))
    }

    /// The SYN-ACK came: what the ACK of it is to tell.
    pub(super) fn reflect(&mut self, mark: ip::Ecn) {
        self.reflects = Some(mark);
    }

    /// The ACE field of any segment behind the handshake.
    pub(super) fn ace(&self) -> Flags {
        ace_flags(self.received_ce.wrapping_add(CEP_START))
    }

    /// That field goes out.
    pub(super) fn tell(&mut self) {
        self.untold = 0;
        self.hurry = false;
    }

    /// Whether data and ACKs may be marked: not where the marks would not be heard of (RFC 9768
    /// §3.2.2.3, §3.2.2.4).
    pub(super) fn is_markable(&self) -> bool {
        !self.faults.intersects(Faults::ACE_SENT | Faults::ACE_CAME)
    }

    /// Adds the option to those of a segment, if it is to have one (`tcp_ecn_option`).
    pub(super) fn put_option(&self, options: &mut Options) {
        let wanted = match self.options {
            0 => false,
            1 => self.demand > 0,
            _ => true,
        };
        if wanted && self.seen != Seen::Nothing && !self.faults.contains(Faults::OPTION_SENT) {
            let [ect0, ce, ect1] = self.counters();
            options.fit_acc_ecn([ect1, ce, ect0], self.least.into());
        }
    }

    /// The counters as an option has them: under ECT(0), CE, ECT(1).
    fn counters(&self) -> [u32; 3] {
        core::array::from_fn(|row| self.received[row].wrapping_add(BYTES_START[row]))
    }

    /// Segments with `options` go out.
    pub(super) fn option_went(&mut self, now: Instant, options: &Options, ack: SeqNumber) {
        if options.acc_ecn.is_none() {
            return;
        }
        self.told = Some(now);
        self.least = 0;
        self.demand = self.demand.saturating_sub(1);
        let twice = options.sack.first().filter(|b| b.left.before(ack));
        self.told_of = twice.map(|block| block.left);
    }

    /// Data from `seq` on came again. If it did so before and the option went beside that news, the
    /// option keeps our ACKs away from the peer (RFC 9768 §3.2.3.2.3).
    pub(super) fn came_again(&mut self, seq: SeqNumber) {
        if self.told_of == Some(seq) {
            self.faults |= Faults::OPTION_SENT;
        }
    }
}
