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
//! | `pace` | at which rate it goes, and in which bursts |
//! | `mtu` | how large a segment the path takes, and probes of that |
//! | `push` | which segments say PSH |
//! | `build` | headers |
//! | `write` | the program hands over data |

mod build;
mod debt;
mod fresh;
mod mtu;
mod pace;
mod push;
mod snd;
mod write;

use base::Instant;
use wire::tcp::SeqNumber;

use crate::congestion::Sent;
use crate::connection::Marks;
use crate::recovery::{Fate, Wait};
use crate::timers::Timer;
use crate::{Connection, Events, Outgoing, Settings};
use debt::Debt;
pub(crate) use fresh::Fresh;
pub(crate) use mtu::MtuSearch;
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
        self.adopt_ecn(settings);
        let Some(mut outgoing) = self.pay(now, settings, max_payload) else {
            self.note_held(now);
            return None;
        };
        self.make_all_markable(&mut outgoing);
        self.tally.goes(now, &outgoing);
        Some(outgoing)
    }

    /// Pays the most urgent debt.
    fn pay(&mut self, now: Instant, settings: &Settings, max_payload: usize) -> Option<Outgoing> {
        // As everything below would find.
        if self.snd.search.is_none() && self.is_even() {
            self.validate_window(now, settings);
            return None;
        }
        if self.state.sends() {
            self.restart_after_idle(now, settings);
        }
        if self.snd.search.is_some() {
            self.renew_mtu_search(now, settings);
        }
        let rate = self.pace(settings);
        let debt = self.debt();
        let is_fresh = matches!(debt, Some(Debt::Fresh(_)));
        if !is_fresh {
            self.validate_window(now, settings);
        }
        let burst = self.burst(settings, rate, is_fresh, max_payload).max(1);
        let burst = self.one_if_urgent(burst);
        match debt? {
            Debt::Reset => {
                self.marks.remove(Marks::RESET_OWED);
                Some(self.build_reset(now))
            }
            Debt::Syn => Some(self.pay_syn(now, settings)),
            Debt::Again { from, len } => {
                let len = whole_segments(len, self.current_mss().into(), burst);
                self.space(now, len, rate);
                Some(self.pay_again(now, from, len))
            }
            Debt::Fresh(fresh) => {
                let fresh = self.cut(fresh, burst, max_payload);
                self.space(now, fresh.len, rate);
                let out = self.pay_fresh(now, settings, fresh);
                // Less waits to be sent now (TCP_NOTSENT_LOWAT).
                self.wake_writer(settings);
                Some(out)
            }
            Debt::Probe if self.marks.contains(Marks::URGENT_PROBE_OWED) => {
                self.marks.remove(Marks::URGENT_PROBE_OWED);
                Some(self.build_bare(now, self.snd.una))
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

    /// What of `fresh` leaves in one: what a `burst` takes, in bytes. A probe of the path is one
    /// segment, however large, unless it is more than the `most` that is taken at all.
    fn cut(&self, fresh: Fresh, burst: usize, most: usize) -> Fresh {
        if !self.is_mtu_probe(&fresh) {
            fresh.cut(burst)
        } else if fresh.len <= most {
            fresh
        } else {
            let segment = self.current_mss().into();
            Fresh { segment, ..fresh }.cut(burst)
        }
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
            self.recovery.count(1);
        }
        if !self.timers.is_armed(Timer::Retransmit) {
            self.arm_retransmit(now);
        }
        self.build_syn(now, settings, first)
    }

    /// Sends again what is lost, or for a probe; `len` bytes of data from `from` on, and the FIN if
    /// it follows.
    fn pay_again(&mut self, now: Instant, from: SeqNumber, len: usize) -> Outgoing {
        self.forget_mtu_probe();
        let probe = self.owes_probe();
        let index = self.cut_again(from, len as u32);
        let record = self.send_again(now, index, probe);
        if probe {
            self.probe_sent(now, true);
        } else if index == 0 && self.recovery.wait != Wait::Reordering {
            self.arm_retransmit(now);
        }
        let len = record.data() as usize;
        self.tally.bytes_retrans += len as u64;
        let segment = usize::from(record.size);
        let several = (len > segment).then_some(segment);
        self.build_data(now, from, len, record.fate, several)
    }

    fn pay_fresh(&mut self, now: Instant, settings: &Settings, fresh: Fresh) -> Outgoing {
        let from = self.snd.nxt;
        let end = from + fresh.len as u32;
        let mut fate = Fate::empty();
        fate.set(Fate::FIN, fresh.fin);
        // With the last of what the program wrote, if it has not said that more follows.
        let last = end == self.snd.buffer.end() && !self.marks.contains(Marks::UNPUSHED);
        fate.set(Fate::PSH, fresh.len > 0 && (last || self.is_pushed(end)));
        let probe = self.owes_probe();
        let first = self.recovery.queue.is_empty();
        if first {
            self.recovery.progress = now;
            let idle = now - self.tally.last_data_sent;
            self.congestion.on_transmit_start(now, idle);
        }
        self.snd.nxt += fresh.len as u32 + u32::from(fresh.fin);
        if fresh.len > 0 && !fresh.len.is_multiple_of(fresh.segment) {
            self.snd.sent_small();
        }
        self.marks.remove(Marks::OVERRIDE);
        self.marks |= Marks::SENT;
        if self.is_mtu_probe(&fresh) {
            self.mtu_probe_sent(from, fresh.len);
        }
        self.send_first(now, from, &fresh, fate);
        if probe {
            self.probe_sent(now, false);
        } else {
            self.timer_for_new(now, settings, first);
        }
        let several = (fresh.len > fresh.segment).then_some(fresh.segment);
        let mut outgoing = self.build_data(now, from, fresh.len, fate, several);
        self.make_markable(&mut outgoing);
        outgoing
    }

    /// Nothing more goes out for now: how much of the window is used?
    fn validate_window(&mut self, now: Instant, settings: &Settings) {
        if !self.marks.contains(Marks::SENT) {
            return;
        }
        self.marks.remove(Marks::SENT);
        let in_flight = self.in_flight();
        let full = in_flight >= self.congestion.window.cwnd;
        if !full && self.snd.unsent() < u32::from(self.snd.mss) {
            self.congestion.rate.on_app_limited(in_flight);
        }
        let sent = Sent {
            now,
            una: self.snd.una,
            nxt: self.snd.nxt,
            out: self.recovery.queue.out,
            full,
            rto: self.rtt.rto,
            state: self.recovery.state,
            initial: u32::from(settings.initial_window),
            writer_waits: self.marks.contains(Marks::WRITER_WAITS),
        };
        let restarts = settings.slow_start_after_idle && !self.congestion.governs_itself();
        self.congestion.window.on_sent(&sent, restarts);
    }

    /// After a pause the path has to be felt for anew (RFC 5681 §4.1).
    fn restart_after_idle(&mut self, now: Instant, settings: &Settings) {
        let waits = self.snd.flight() == 0 && self.snd.has_fresh() && self.snd.window_room() > 0;
        if settings.slow_start_after_idle && waits {
            let idle = now - self.tally.last_data_sent;
            let initial = u32::from(settings.initial_window);
            let (rto, state) = (self.rtt.rto, self.recovery.state);
            self.congestion
                .restart_after_idle(now, idle, rto, initial, state);
        }
    }
}

/// As much of `len` bytes as fits into `max_payload`, in whole segments if it is more than one.
fn whole_segments(len: usize, segment: usize, max_payload: usize) -> usize {
    if len <= max_payload {
        len
    } else {
        (max_payload - max_payload % segment).max(segment.min(max_payload))
    }
}
