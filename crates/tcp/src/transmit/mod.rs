//! What a connection sends.
//!
//! [`Connection::poll_transmit`] is the only mouth. [`Connection::debt`] decides what comes next
//! and changes nothing, so that asking is cheap and right; paying is here.
//!
//! | file | what |
//! |---|---|
//! | `snd` | the send sequence space |
//! | `debt` | what is owed next |
//! | `fresh` | how much new data may go: windows, Nagle, silly windows |
//! | `build` | headers |
//! | `write` | the program hands over data |

mod build;
mod debt;
mod fresh;
mod snd;
mod write;

use base::Instant;
use wire::tcp::SeqNumber;

use crate::congestion::Controller;
use crate::connection::Marks;
use crate::timers::Timer;
use crate::{Connection, Events, Outgoing, Settings};
use debt::Debt;
use fresh::Fresh;
pub(crate) use snd::Snd;

impl Connection {
    /// The next segment to send; to be called until it is `None`. No other call sends.
    ///
    /// With a `max_payload` of more than a segment's size several may come in one, see
    /// [`Outgoing`].
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        settings: &Settings,
        max_payload: usize,
    ) -> Option<Outgoing> {
        let outgoing = self.pay(now, settings, max_payload)?;
        self.tally.goes(now, &outgoing);
        Some(outgoing)
    }

    /// Pays the most urgent debt.
    fn pay(&mut self, now: Instant, settings: &Settings, max_payload: usize) -> Option<Outgoing> {
        self.restart_after_idle(now, settings);
        let max_payload = max_payload.max(1);
        let debt = self.debt();
        if !matches!(debt, Some(Debt::Fresh(_))) {
            let full = self.is_congestion_limited();
            self.marks.set(Marks::WINDOW_FULL, full);
        }
        match debt? {
            Debt::Reset => {
                self.marks.remove(Marks::RESET_OWED);
                Some(self.build_reset(now))
            }
            Debt::Syn => Some(self.pay_syn(now, settings)),
            Debt::Again { from, len } => Some(self.pay_again(now, from, len.min(max_payload))),
            Debt::Fresh(fresh) => {
                let out = self.pay_fresh(now, fresh.cut(max_payload));
                // Less waits to be sent now (TCP_NOTSENT_LOWAT).
                self.wake_writer(settings);
                Some(out)
            }
            Debt::Probe => {
                self.marks.remove(Marks::PROBE_OWED);
                // A number that the peer has long had: it must answer (RFC 9293 §3.8.4).
                Some(self.build_bare(now, self.snd.una - 1))
            }
            Debt::Ack => Some(self.build_bare(now, self.snd.nxt)),
            Debt::Timer => {
                self.arm_persist(now, settings);
                None
            }
        }
    }

    /// What became of the connection by sending, to be told to its program; to be asked for once
    /// [`poll_transmit`](Self::poll_transmit) gives nothing more.
    pub fn poll_events(&mut self) -> Events {
        self.take_news()
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has something to do. Cheap.
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        self.debt().is_some()
    }

    fn pay_syn(&mut self, now: Instant, settings: &Settings) -> Outgoing {
        self.marks.remove(Marks::SYN_OWED);
        let first = self.snd.flight() == 0;
        if first {
            self.snd.nxt = self.snd.una + 1;
            self.recovery.progress = now;
            self.rtt.sent(self.snd.nxt, now);
        } else {
            self.rtt.retransmitted();
            self.recovery.count();
        }
        if !self.timers.is_armed(Timer::Retransmit) {
            self.arm_retransmit(now);
        }
        self.build_syn(now, settings, first)
    }

    fn pay_again(&mut self, now: Instant, from: SeqNumber, len: usize) -> Outgoing {
        self.rtt.retransmitted();
        let data_end = from + len as u32;
        let fin = self.snd.fin_sent() && data_end == self.snd.buffer.end();
        self.recovery.paid(data_end + u32::from(fin));
        self.recovery.count();
        self.tally.bytes_retrans += len as u64;
        self.last_sent = now;
        if !self.timers.is_armed(Timer::Retransmit) {
            self.arm_retransmit(now);
        }
        self.build_data(now, from, len, fin, None)
    }

    fn pay_fresh(&mut self, now: Instant, fresh: Fresh) -> Outgoing {
        let from = self.snd.nxt;
        if self.snd.flight() == 0 {
            self.recovery.progress = now;
        }
        let segment = fresh.segment.min(fresh.len);
        self.snd.nxt += fresh.len as u32 + u32::from(fresh.fin);
        if fresh.len > 0 && !fresh.len.is_multiple_of(fresh.segment) {
            self.snd.sent_small();
        }
        self.marks.remove(Marks::OVERRIDE);
        self.last_sent = now;
        self.rtt
            .sent(from + (segment as u32).max(u32::from(fresh.fin)), now);
        if !self.timers.is_armed(Timer::Retransmit) {
            self.arm_retransmit(now);
        }
        let several = (fresh.len > fresh.segment).then_some(fresh.segment);
        self.build_data(now, from, fresh.len, fresh.fin, several)
    }

    /// After a pause the path has to be felt for anew (RFC 5681 §4.1).
    fn restart_after_idle(&mut self, now: Instant, settings: &Settings) {
        if settings.slow_start_after_idle
            && self.snd.flight() == 0
            && self.state.sends()
            && now - self.last_sent > self.rtt.rto
        {
            let initial = self.initial_window(settings.initial_window);
            self.congestion.on_idle(initial);
        }
    }
}
