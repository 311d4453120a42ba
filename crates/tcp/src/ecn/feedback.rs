//! What the peer's ACE field and AccECN option say of our packets (RFC 9768 §3.2.2, §3.2.3), and
//! whether they can be believed.

use wire::ip;
use wire::tcp::{AccEcn, Flags};

use super::accurate::{Accurate, BYTES_START, CEP_START, Faults, Seen, ace};

/// ACE counts modulo 8.
const ACE_MASK: u32 = 7;
const FULL_CIRCLE: u32 = 8;
/// Where bytes under CE do not even come to half of the packets that would be marked, ACE has not
/// wrapped (Linux's TCP_ACCECN_SAFETY_SHIFT).
const SAFETY_SHIFT: u32 = 1;
/// ACKs that on average deliver more than this are made few on the way, so that a large one need
/// not stand for lost ones (Linux's ACK_COMP_THRESH).
const FEW_ACKS: u16 = 4 << MEAN_PRECISION;
const MEAN_PRECISION: u32 = 6;
const MEAN_WEIGHT: u32 = 6;
/// Once so many bytes were sent without a word of the option, it comes too late: the counters may
/// have wrapped.
const TOO_LATE: u64 = (1 << 23) - 1;

/// What an ACK delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivered {
    pub(crate) packets: u32,
    pub(crate) bytes: u32,
    /// Whether what is delivered is known packet by packet: with SACK, or with nothing missing.
    pub(crate) exact: bool,
    /// Bytes of data in a full segment.
    pub(crate) mss: u32,
    /// Bytes sent in all.
    pub(crate) sent: u64,
}

/// The mark in which our SYN or SYN-ACK came, as an ACE field tells it (RFC 9768 §3.1.1, table 2).
/// `None` for a value that tells none.
fn told_mark(ace: u32) -> Option<ip::Ecn> {
    match ace {
        0b010 => Some(ip::Ecn::NotEct),
        0b011 => Some(ip::Ecn::Ect1),
        0b100 => Some(ip::Ecn::Ect0),
        0b110 => Some(ip::Ecn::Ce),
        _ => None,
    }
}

impl Accurate {
    /// Judges the mark in which our SYN or SYN-ACK is said to have come. It goes out not ECN-capable,
    /// and no path may make anything else of that (RFC 9768 §3.2.2.3). Whether it is right.
    fn is_likely(&mut self, fallback: bool, mark: ip::Ecn) -> bool {
        let right = !fallback || mark == ip::Ecn::NotEct;
        if !right {
            self.faults |= Faults::ACE_CAME;
        }
        right
    }

    /// The SYN-ACK came in `mark`, with these flags. Whether it counts as a packet under CE.
    pub(crate) fn take_syn_ack(&mut self, fallback: bool, flags: Flags, mark: ip::Ecn) {
        let likely = told_mark(ace(flags)).is_none_or(|told| self.is_likely(fallback, told));
        if mark == ip::Ecn::Ce && likely {
            self.received_ce = self.received_ce.wrapping_add(1);
        }
        self.reflect(mark);
    }

    /// The first segment behind our SYN-ACK (RFC 9768 §3.2.2.1, table 3, §3.2.2.4). Whether it says
    /// that the SYN-ACK was marked CE.
    pub(crate) fn take_third_ack(&mut self, fallback: bool, flags: Flags, bare: bool) -> bool {
        let ace = ace(flags);
        self.handshake_ace = Some(ace);
        if ace == 0 {
            self.faults |= Faults::ACE_CAME;
            return false;
        }
        let Some(told) = told_mark(ace).filter(|_| bare) else {
            return false;
        };
        self.is_likely(fallback, told) && told == ip::Ecn::Ce
    }

    /// The first option that was seen: a counter that starts at 1 and says 0 was tampered with
    /// (RFC 9768 §3.2.3.2.4).
    pub(crate) fn see_option(&mut self, option: Option<&AccEcn>) {
        let Some(option) = option.filter(|_| self.seen < Seen::Counters) else {
            return;
        };
        let zero = |index: usize| option.counters.get(index) == Some(&0);
        self.seen = if zero(0) || zero(2) {
            Seen::Zeroed
        } else if option.counters.is_empty() {
            Seen::Empty
        } else {
            Seen::Counters
        };
        if self.seen == Seen::Zeroed {
            self.faults |= Faults::OPTION_CAME;
        }
    }

    /// An ACK made progress. How many more of our packets arrived under CE than was known;
    /// `known` is s.cep less its start.
    pub(crate) fn take_feedback(
        &mut self,
        known: u32,
        flags: Flags,
        option: Option<&AccEcn>,
        delivered: Delivered,
    ) -> u32 {
        let ce_before = self.delivered[1];
        let trusted = self.take_option(option, delivered);
        self.note_size(delivered.packets);
        let ace = ace(flags);
        let first = !core::mem::replace(&mut self.fed_back, true);
        if first && ace == 0 && delivered.packets < FULL_CIRCLE - CEP_START {
            // RFC 9768 §3.2.2.4: it cannot have come round yet.
            self.faults |= Faults::ACE_CAME;
        }
        if self.faults.contains(Faults::ACE_CAME) {
            return 0;
        }
        let delta = ace.wrapping_sub(CEP_START).wrapping_sub(known) & ACE_MASK;
        let Delivered { packets, .. } = delivered;
        if packets <= ACE_MASK {
            return delta;
        }
        // It may have come round meanwhile (RFC 9768 appendix A.2).
        let safe = packets - (packets.wrapping_sub(delta) & ACE_MASK);
        if !trusted {
            return if self.mean_acked > FEW_ACKS {
                delta
            } else {
                safe
            };
        }
        let ce_bytes = self.delivered[1].wrapping_sub(ce_before);
        if ce_bytes == 0 {
            return delta;
        }
        if packets >= 2 * FULL_CIRCLE && delivered.exact {
            if delivered.bytes <= ce_bytes {
                return safe;
            }
            let share = u64::from(ce_bytes) * u64::from(packets);
            let likely = share.div_ceil(u64::from(delivered.bytes)) as u32;
            return safe.min(delta + (likely & !ACE_MASK));
        }
        if ce_bytes > delta * delivered.mss {
            safe
        } else if ce_bytes < (safe * delivered.mss) >> SAFETY_SHIFT {
            delta
        } else {
            safe
        }
    }

    fn note_size(&mut self, packets: u32) {
        if packets == 0 {
            return;
        }
        let new = packets << MEAN_PRECISION;
        let mean = u32::from(self.mean_acked);
        let mean = if mean == 0 {
            new
        } else {
            ((mean << MEAN_WEIGHT) - mean + new) >> MEAN_WEIGHT
        };
        self.mean_acked = mean.min(u16::MAX.into()) as u16;
    }

    /// Takes the option, or what can be told without it. Whether the counters can be relied on.
    fn take_option(&mut self, option: Option<&AccEcn>, delivered: Delivered) -> bool {
        if self.faults.contains(Faults::OPTION_CAME) {
            return false;
        }
        let Some(option) = option else {
            if self.seen == Seen::Nothing && delivered.sent >= TOO_LATE {
                self.seen = Seen::Zeroed;
                self.faults |= Faults::OPTION_CAME;
            }
            let Some(row) = self.estimate.filter(|_| self.seen != Seen::Nothing) else {
                return false;
            };
            self.delivered[row] = self.delivered[row].wrapping_add(delivered.bytes);
            return true;
        };
        self.see_option(Some(option));
        if self.faults.contains(Faults::OPTION_CAME) {
            return false;
        }
        let estimate = self.estimate;
        let mut trusted = estimate.is_some();
        let mut changed = None;
        let mut doubt = false;
        for (row, counter) in option.by_mark().into_iter().enumerate() {
            let Some(counter) = counter else { continue };
            let news = counter
                .wrapping_sub(BYTES_START[row])
                .wrapping_sub(self.delivered[row]);
            // 24 bits, with the sign of a correction downwards.
            let news = (news << 8) as i32 >> 8;
            self.delivered[row] = self.delivered[row].wrapping_add(news as u32);
            if news < 0 {
                doubt = true;
            }
            if news != 0 && estimate != Some(row) {
                doubt |= changed.is_some();
                changed = changed.or(Some(row));
            }
        }
        trusted &= !doubt;
        self.estimate = if doubt { None } else { changed.or(estimate) };
        trusted
    }
}

#[cfg(test)]
mod tests {
    use super::super::accurate::ace_flags;
    use super::*;
    use crate::Settings;

    const ONE: Delivered = Delivered {
        packets: 1,
        bytes: 1000,
        exact: true,
        mss: 1000,
        sent: 1000,
    };

    fn many(packets: u32) -> Delivered {
        Delivered {
            packets,
            bytes: packets * 1000,
            ..ONE
        }
    }

    fn fresh() -> Accurate {
        Accurate::new(&Settings::default(), ip::Ecn::NotEct)
    }

    fn option(counters: &[u32]) -> AccEcn {
        AccEcn {
            ect1_first: false,
            counters: counters.iter().copied().collect(),
        }
    }

    /// RFC 9768 appendix A.2.1's `dSafer.cep` = newlyAckedPkt - ((newlyAckedPkt - d.cep) mod 8).
    #[test]
    fn without_the_option_the_most_that_can_be_is_taken() {
        for (packets, ace, expected) in [
            (1, 5, 0),
            (2, 7, 2),
            // Modulo 8: 5 and 3 are 0.
            (7, 0, 3),
            (7, 4, 7),
            // More than ACE can tell: 8 fit into 10 once more, 3 and 8 do not.
            (10, 5, 8),
            (10, 0, 3),
            (20, 6, 17),
            (24, 5, 24),
        ] {
            let mut state = fresh();
            state.fed_back = true;
            // Few ACKs are not the rule here.
            state.mean_acked = 1 << MEAN_PRECISION;
            let found = state.take_feedback(0, ace_flags(ace), None, many(packets));
            assert_eq!(found, expected, "{packets} packets, ACE {ace}");
        }
    }

    #[test]
    fn where_acks_are_few_a_large_one_is_no_sign_of_lost_ones() {
        let mut state = fresh();
        for _ in 0..20 {
            state.take_feedback(0, ace_flags(5), None, many(10));
        }
        assert_eq!(state.take_feedback(0, ace_flags(5), None, many(10)), 0);
    }

    #[test]
    fn bytes_under_ce_tell_whether_ace_came_round() {
        let mut state = fresh();
        state.take_feedback(0, ace_flags(5), Some(&option(&[1001, 0, 1])), ONE);
        // Nothing under CE: nothing was marked.
        let found = state.take_feedback(0, ace_flags(5), Some(&option(&[11_001, 0, 1])), many(10));
        assert_eq!(found, 0);
        // 8 of 10 were.
        let mut state = fresh();
        state.take_feedback(0, ace_flags(5), Some(&option(&[1001, 0, 1])), ONE);
        let found = state.take_feedback(0, ace_flags(5), Some(&option(&[3001, 8000, 1])), many(10));
        assert_eq!(found, 8);
        assert_eq!(state.delivered, [3000, 8000, 0]);
    }

    #[test]
    fn counters_come_round_at_24_bits() {
        let mut state = fresh();
        let near = 0xff_fff0;
        state.seen = Seen::Counters;
        state.delivered = [near, 0, 0];
        state.take_feedback(0, ace_flags(5), Some(&option(&[0x20, 0, 1])), ONE);
        // The field starts at 1: 0x1f, behind 0xff_fff0.
        assert_eq!(state.delivered, [0x0100_001f, 0, 0]);
        // And a correction downwards.
        state.take_feedback(0, ace_flags(5), Some(&option(&[0x10, 0, 1])), ONE);
        assert_eq!(state.delivered, [0x0100_000f, 0, 0]);
        assert_eq!(state.estimate, None);
    }

    #[test]
    fn a_counter_that_somebody_cleared_is_not_believed() {
        // RFC 9768 §3.2.3.2.4: the first and the third start at 1.
        for cleared in [&[0, 0, 1][..], &[1, 0, 0]] {
            let mut state = fresh();
            state.see_option(Some(&option(cleared)));
            assert_eq!(state.faults, Faults::OPTION_CAME);
            assert_eq!(state.seen, Seen::Zeroed);
        }
    }

    #[test]
    fn a_third_ack_may_not_be_zero_and_tells_of_our_syn_ack() {
        // RFC 9768 §3.2.2.1, table 3.
        for (ace, fault, ce) in [
            (0b000, true, false),
            (0b001, false, false),
            (0b010, false, false),
            (0b011, true, false),
            (0b100, true, false),
            (0b101, false, false),
            (0b110, true, false),
            (0b111, false, false),
        ] {
            let mut state = fresh();
            let marked = state.take_third_ack(true, ace_flags(ace), true);
            assert_eq!(marked, ce, "{ace:03b}");
            assert_eq!(state.faults == Faults::ACE_CAME, fault, "{ace:03b}");
        }
        // Without `tcp_ecn_fallback` it is taken at its word.
        assert!(fresh().take_third_ack(false, ace_flags(0b110), true));
    }
}
