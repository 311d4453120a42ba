//! What is owed next.

use wire::tcp::SeqNumber;

use super::Fresh;
use crate::Connection;
use crate::congestion::Controller;
use crate::connection::Marks;
use crate::receive::AckDebt;
use crate::recovery::Phase;
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
        if self.marks.contains(Marks::RESET_OWED) {
            return Some(Debt::Reset);
        }
        if self.marks.contains(Marks::SYN_OWED) {
            return Some(Debt::Syn);
        }
        if self.may_send_data() {
            if let Some(again) = self.again() {
                return Some(again);
            }
            if let Some(fresh) = self.fresh() {
                return Some(Debt::Fresh(fresh));
            }
        }
        if self.marks.contains(Marks::PROBE_OWED) {
            return Some(Debt::Probe);
        }
        if self.rcv.ack == AckDebt::Now {
            return Some(Debt::Ack);
        }
        let waits = self.may_send_data() && self.snd.flight() == 0 && self.snd.has_fresh();
        (waits && !self.timers.is_armed(Timer::Retransmit)).then_some(Debt::Timer)
    }

    /// Whether data, or the FIN, may be sent: in the states that do, and behind the SYN-ACK of a
    /// connection that opens fast (RFC 7413 §4.2.2).
    fn may_send_data(&self) -> bool {
        self.state.sends() || self.is_opening_fast()
    }

    /// What has to be sent again, as far as the windows let it.
    fn again(&self) -> Option<Debt> {
        let (from, to) = self.recovery.owed()?;
        let data_end = to.min(self.snd.buffer.end());
        let left = data_end.offset_from(from).max(0) as usize;
        let len = left.min(usize::from(self.current_mss()));
        // The oldest segment always goes. The others wait for the congestion window, which counts
        // what was sent since the time-out, and for the peer's, which may have shrunk.
        let end = (from + len as u32).since(self.snd.una);
        let room = self.send_window().min(self.snd.wnd.0);
        let oldest = from == self.snd.una;
        let goes = oldest || self.recovery.phase == Phase::Fast || end <= room;
        goes.then_some(Debt::Again { from, len })
    }

    /// How much may be in the network: the congestion window with what recovery makes of it.
    pub(crate) fn send_window(&self) -> u32 {
        let cwnd = self.congestion.window();
        self.recovery.window(cwnd, self.snd.mss)
    }
}
