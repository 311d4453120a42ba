//! What is owed next.

use wire::tcp::SeqNumber;

use super::Fresh;
use crate::Connection;
use crate::connection::Marks;
use crate::receive::AckDebt;
use crate::recovery::Again;
use crate::timers::Timer;

/// What is owed next, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debt {
    /// A RST.
    Reset,
    /// The SYN, or SYN-ACK.
    Syn,
    /// So many bytes from `from` on again, and the FIN if it follows.
    Again { from: SeqNumber, len: usize },
    /// New data, or the FIN.
    Fresh(Fresh),
    /// A segment that makes the peer answer.
    Probe,
    /// An acknowledgment that found no company.
    Ack,
    /// Something waits for the peer's window without a timer that would look after it.
    Timer,
}

impl Connection {
    /// What is owed next.
    pub(crate) fn debt(&self) -> Option<Debt> {
        if self.is_even() {
            debug_assert_eq!(
                self.weigh(),
                None,
                "nothing that is asked for below is there"
            );
            return None;
        }
        self.weigh()
    }

    /// Whether nothing at all is owed, as is so most of the times that somebody asks: what each
    /// debt needs is missing.
    pub(super) fn is_even(&self) -> bool {
        let owed =
            Marks::RESET_OWED | Marks::SYN_OWED | Marks::PROBE_OWED | Marks::URGENT_PROBE_OWED;
        !self.marks.intersects(owed)
            && self.rcv.ack != AckDebt::Now
            && !self.snd.has_fresh()
            && !self.owes_again()
            && !self.owes_probe()
    }

    /// The debts in their order.
    fn weigh(&self) -> Option<Debt> {
        if self.marks.contains(Marks::RESET_OWED) {
            return Some(Debt::Reset);
        }
        if self.marks.contains(Marks::SYN_OWED) {
            return Some(Debt::Syn);
        }
        let paced_off = self.congestion.is_paced_off();
        if self.may_send_data() && !paced_off {
            if let Some(probe) = self.probe() {
                return Some(probe);
            }
            if let Some(again) = self.again() {
                return Some(again);
            }
            if let Some(fresh) = self.fresh() {
                return Some(Debt::Fresh(fresh));
            }
        }
        if self
            .marks
            .intersects(Marks::PROBE_OWED | Marks::URGENT_PROBE_OWED)
        {
            return Some(Debt::Probe);
        }
        if self.rcv.ack == AckDebt::Now {
            return Some(Debt::Ack);
        }
        let waits =
            self.may_send_data() && !paced_off && self.snd.flight() == 0 && self.snd.has_fresh();
        (waits && !self.timers.is_armed(Timer::Retransmit)).then_some(Debt::Timer)
    }

    /// Whether data, or the FIN, may be sent: in the states that do, and behind the SYN-ACK of a
    /// connection that opens fast (RFC 7413 §4.2.2).
    fn may_send_data(&self) -> bool {
        self.state.sends() || self.is_opening_fast()
    }

    /// Whether something lost is owed again.
    pub(super) fn owes_again(&self) -> bool {
        self.recovery.queue.owes()
    }

    /// What has to be sent again, as far as the windows let it.
    fn again(&self) -> Option<Debt> {
        if !self.owes_again() || self.recovery.again == Again::Nothing {
            return None;
        }
        // Once new data has gone first, or if there is none to go, see RFC 5682 §3.1, step 2b.
        if self.is_new_first() && (self.snd.nxt.after(self.recovery.high()) || self.can_go_first())
        {
            return None;
        }
        let room = self.congestion_room() as usize;
        let (_, record) = self.recovery.queue.first_owed()?;
        let (from, data) = (record.start, record.data() as usize);
        let segment = usize::from(self.current_mss());
        // The oldest segment goes whatever the peer's window; the others must lie in it, since it
        // may have shrunk (RFC 9293 §3.8.6).
        let edge = self.snd.una + self.snd.wnd.0;
        let window = edge.offset_from(from).max(0) as usize;
        if room == 0 || (window == 0 && from != self.snd.una) {
            return None;
        }
        let window = if window == 0 { segment } else { window };
        let mut len = data.min(room.saturating_mul(segment));
        if len > window {
            len = if window >= segment {
                window - window % segment
            } else {
                window
            };
        }
        Some(Debt::Again { from, len })
    }

    /// Whether new data can go before what is lost.
    fn can_go_first(&self) -> bool {
        self.fresh().is_some()
    }

    /// A tail loss probe: new data, or else the last segment again (RFC 8985 §7.3).
    fn probe(&self) -> Option<Debt> {
        if !self.owes_probe() {
            return None;
        }
        if let Some(fresh) = self.fresh_probe() {
            return Some(Debt::Fresh(fresh));
        }
        let (from, len) = self.last_segment()?;
        let len = len as usize;
        Some(Debt::Again { from, len })
    }
}
