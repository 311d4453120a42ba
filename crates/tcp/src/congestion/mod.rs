//! How much may be in flight.
//!
//! [`Congestion`] is what a connection has of it; [`Algorithm`] is the seam behind it. Recovery says
//! what happened; an algorithm answers with a window and a threshold, in packets. What calls what:
//!
//! | when | call |
//! |---|---|
//! | an ACK was taken, recovery has decided its state | [`Congestion::on_ack`] |
//! | a loss or an ECN echo begins a reduction | [`Congestion::reduce`], whose [`Undo`] recovery keeps |
//! | proportional rate reduction (RFC 9937) | sets `window.cwnd`, unless [`Congestion::governs_itself`] |
//! | the reduction is over | [`Congestion::end_reduction`] |
//! | a time-out | [`Congestion::enter_loss`] |
//! | recovery's state changes | [`Congestion::on_state`] |
//! | the reduction proves wrong (Eifel, DSACK, F-RTO) | [`Congestion::undo`] |
//! | a segment is taken for lost | [`Congestion::on_lost`] |
//! | data goes out | [`Rate::on_send`], [`CongestionWindow::on_sent`] |
//! | data goes out after a pause | [`Congestion::on_transmit_start`] |
//!
//! | file | what | source |
//! |---|---|---|
//! | `window` | the window and how much of it is used | RFC 2861, RFC 7661 |
//! | `rate` | how fast data is delivered | draft-ietf-ccwg-bbr §4.1 |
//! | `reno` | NewReno | RFC 5681, RFC 6582 |
//! | `cubic`, `hystart` | CUBIC | RFC 9438 |
//! | `pacing` | data leaves at a rate | draft-ietf-ccwg-bbr §5.6.2 |
//! | `bbr/` | BBR version 1, which is Linux's | draft-cardwell-iccrg-bbr-congestion-control-00 |
//! | `bbr3/` | BBR version 3 | draft-ietf-ccwg-bbr |
//! | `bandwidth` | what both reckon with | |

mod ack;
mod bandwidth;
mod bbr;
mod bbr3;
mod choice;
mod cubic;
mod hystart;
mod pacing;
mod rate;
mod reno;
#[cfg(test)]
mod tests;
mod window;

use alloc::boxed::Box;

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

pub use ack::CaState;
pub(crate) use ack::{Ack, Event};
use bbr::Bbr;
use bbr3::Bbr3;
pub use choice::{CongestionControl, CongestionControls, UnknownCongestionControl};
use cubic::Cubic;
pub(crate) use pacing::{Pacer, burst};
pub(crate) use rate::{Rate, RateSample, Stamp};
use reno::NewReno;
pub(crate) use window::{CongestionWindow, INFINITE_SSTHRESH, Sent};

/// An algorithm of congestion control.
pub(crate) trait Algorithm {
    /// The threshold to come down to, because something was lost or marked; at least 2.
    fn ssthresh(&mut self, window: &CongestionWindow) -> u32;

    /// An ACK came. It may raise the window unless that is being reduced, and then says nothing of
    /// it.
    fn on_ack(&mut self, window: &mut CongestionWindow, ack: &Ack);

    /// Recovery enters `state`.
    fn on_state(&mut self, _window: &mut CongestionWindow, _state: CaState) {}

    /// Something else happened.
    fn on_event(&mut self, _window: &mut CongestionWindow, _event: Event, _now: Instant) {}

    /// A reduction was for nothing: the window to go back to.
    fn undo(&mut self, window: &CongestionWindow, before: &Undo) -> u32 {
        window.cwnd.max(before.cwnd)
    }
}

/// What a reduction changed, for the case that it was for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undo {
    /// The window before (Linux's `prior_cwnd`, which proportional rate reduction starts from).
    pub(crate) cwnd: u32,
    /// The threshold before.
    pub(crate) ssthresh: u32,
}

/// The algorithm that a connection runs, with its state.
#[derive(Clone, Debug)]
enum Running {
    Reno(NewReno),
    Cubic(Cubic),
    Bbr(Box<Bbr>),
    Bbr3(Box<Bbr3>),
}

impl Running {
    fn new(choice: CongestionControl, initial: u32, nxt: SeqNumber, now: Instant) -> Self {
        // Initial numbers are keyed, so that they will do for chance.
        let seed = now.as_nanos() ^ (u64::from(nxt.0) << 32);
        match choice {
            CongestionControl::Reno => Self::Reno(NewReno),
            CongestionControl::Cubic => Self::Cubic(Cubic::default()),
            CongestionControl::Bbr => Self::Bbr(Box::new(Bbr::new(initial, seed, now))),
            CongestionControl::Bbr3 => Self::Bbr3(Box::new(Bbr3::new(initial, seed, now))),
        }
    }

    /// Whichever it is.
    fn algorithm(&mut self) -> &mut dyn Algorithm {
        match self {
            Self::Reno(reno) => reno,
            Self::Cubic(cubic) => cubic,
            Self::Bbr(bbr) => &mut **bbr,
            Self::Bbr3(bbr) => &mut **bbr,
        }
    }
}

/// The congestion control of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Congestion {
    /// The window, in packets.
    pub(crate) window: CongestionWindow,
    /// The rate of delivery.
    pub(crate) rate: Rate,
    running: Running,
    /// While data is paced.
    pacer: Option<Box<Pacer>>,
}

impl Congestion {
    /// With a window of `initial` packets, at the number that is sent next.
    pub(crate) fn new(
        choice: CongestionControl,
        initial: u32,
        nxt: SeqNumber,
        now: Instant,
    ) -> Self {
        Self {
            window: CongestionWindow::new(initial, nxt, now),
            rate: Rate::default(),
            running: Running::new(choice, initial, nxt, now),
            pacer: None,
        }
    }

    /// Which algorithm it is.
    pub(crate) fn choice(&self) -> CongestionControl {
        match self.running {
            Running::Reno(_) => CongestionControl::Reno,
            Running::Cubic(_) => CongestionControl::Cubic,
            Running::Bbr(_) => CongestionControl::Bbr,
            Running::Bbr3(_) => CongestionControl::Bbr3,
        }
    }

    /// Changes the algorithm in mid-course (TCP_CONGESTION); window and threshold stay.
    pub(crate) fn choose(&mut self, choice: CongestionControl, nxt: SeqNumber, now: Instant) {
        if choice != self.choice() {
            self.running = Running::new(choice, self.window.cwnd, nxt, now);
        }
    }

    /// Whether the algorithm sets its window in recovery too, so that neither proportional rate
    /// reduction nor a restart after idle touches it.
    pub(crate) fn governs_itself(&self) -> bool {
        matches!(self.running, Running::Bbr(_) | Running::Bbr3(_))
    }

    /// The rate at which the algorithm wants data to leave, in bytes a second; none if it leaves
    /// that to the window.
    pub(crate) fn pacing_rate(&self) -> Option<u64> {
        match &self.running {
            Running::Bbr(bbr) if bbr.rate > 0 => Some(bbr.rate),
            Running::Bbr3(bbr) if bbr.rate > 0 => Some(bbr.rate),
            _ => None,
        }
    }

    /// The rate at which data is to leave, in bytes a second: the algorithm's, or what the window
    /// makes of a round trip, within `most` (SO_MAX_PACING_RATE). `None`: at once.
    pub(crate) fn pace(
        &self,
        mss: u16,
        srtt: Duration,
        most: Option<u64>,
        ratios: [u16; 2],
    ) -> Option<u64> {
        if let Some(rate) = self.pacing_rate() {
            return Some(rate.min(most.unwrap_or(u64::MAX)));
        }
        let most = most.filter(|_| !self.governs_itself())?;
        match self.window.usual_rate(mss, srtt, ratios) {
            0 => Some(most),
            rate => Some(rate.min(most)),
        }
    }

    /// Whether pacing holds data back until [`pacing_deadline`](Self::pacing_deadline).
    pub(crate) fn is_paced_off(&self) -> bool {
        self.pacer.as_ref().is_some_and(|pacer| pacer.waits())
    }

    /// When pacing lets the next data go.
    pub(crate) fn pacing_deadline(&self) -> Option<Instant> {
        self.pacer.as_ref().and_then(|pacer| pacer.deadline())
    }

    /// The time has come, or not yet.
    pub(crate) fn on_pacing_deadline(&mut self, now: Instant) {
        if let Some(pacer) = &mut self.pacer {
            pacer.on_deadline(now);
        }
    }

    /// `packets` with `bytes` of data left, paced at `rate` bytes a second or not at all.
    pub(crate) fn on_paced(&mut self, now: Instant, packets: u32, bytes: u64, rate: Option<u64>) {
        match rate {
            Some(rate) => {
                let pacer = self.pacer.get_or_insert_default();
                pacer.on_sent(now, packets, bytes, rate);
            }
            None => self.pacer = None,
        }
    }

    /// An ACK was taken and `ack.state` decided.
    pub(crate) fn on_ack(&mut self, ack: &Ack) {
        match &mut self.running {
            Running::Reno(reno) => return reno.on_ack(&mut self.window, ack),
            Running::Cubic(cubic) => return cubic.on_ack(&mut self.window, ack),
            Running::Bbr(bbr) => bbr.on_ack(&mut self.window, ack),
            Running::Bbr3(bbr) => bbr.on_ack(&mut self.window, ack),
        }
        let drains = match &self.running {
            Running::Bbr(bbr) => bbr.is_draining_for_rtt(),
            Running::Bbr3(bbr) => bbr.is_draining_for_rtt(),
            Running::Reno(_) | Running::Cubic(_) => false,
        };
        if drains {
            self.rate.on_app_limited(ack.in_flight);
        }
    }

    /// Something was lost or marked: the threshold comes down, and the window is to follow. To be
    /// called before the state changes.
    pub(crate) fn reduce(&mut self, state: CaState) -> Undo {
        let before = Undo {
            cwnd: self.window.cwnd,
            ssthresh: self.window.current_ssthresh(state),
        };
        self.window.forget_credit();
        self.window.ssthresh = self.running.algorithm().ssthresh(&self.window);
        before
    }

    /// The reduction has reached its end: the window stands at the threshold (RFC 9937 §6.3).
    pub(crate) fn end_reduction(&mut self, now: Instant) {
        if !self.governs_itself() && self.window.ssthresh < INFINITE_SSTHRESH {
            self.window.set(self.window.ssthresh, now);
        }
        let event = Event::ReductionDone;
        let algorithm = self.running.algorithm();
        algorithm.on_event(&mut self.window, event, now);
    }

    /// A time-out: the window is one packet beside what is still taken to be in flight, which after
    /// a time-out is nothing as a rule (RFC 5681 §3.1). `first` says that it does not follow
    /// another for the same data, which would say nothing new of the path; then the threshold comes
    /// down too.
    pub(crate) fn enter_loss(
        &mut self,
        now: Instant,
        in_flight: u32,
        first: bool,
        state: CaState,
    ) -> Option<Undo> {
        let before = first.then(|| self.reduce(state));
        self.window.forget_credit();
        self.window.set(in_flight.saturating_add(1), now);
        before
    }

    /// Recovery enters `state`.
    pub(crate) fn on_state(&mut self, state: CaState) {
        self.running.algorithm().on_state(&mut self.window, state);
    }

    /// The reduction was for nothing.
    pub(crate) fn undo(&mut self, before: &Undo, now: Instant) {
        let cwnd = self.running.algorithm().undo(&self.window, before);
        self.window.set(cwnd, now);
        self.window.ssthresh = self.window.ssthresh.max(before.ssthresh);
    }

    /// A segment of `packets` that was sent with `stamp` is taken for lost.
    pub(crate) fn on_lost(&mut self, stamp: &Stamp, packets: u32) {
        self.rate.on_lost(packets);
        match &mut self.running {
            Running::Bbr(bbr) => bbr.on_lost(packets),
            Running::Bbr3(bbr) => bbr.on_lost(&self.window, stamp, packets, &self.rate),
            Running::Reno(_) | Running::Cubic(_) => {}
        }
    }

    /// Data goes out with nothing in flight before it, `idle` after the last.
    pub(crate) fn on_transmit_start(&mut self, now: Instant, idle: Duration) {
        let event = Event::TransmitStart { idle };
        let algorithm = self.running.algorithm();
        algorithm.on_event(&mut self.window, event, now);
    }

    /// The program writes, or the peer's window opens, with nothing in flight: after a pause of
    /// more than a time-out the path has to be felt for anew (RFC 5681 §4.1). Only with
    /// `tcp_slow_start_after_idle`.
    pub(crate) fn restart_after_idle(
        &mut self,
        now: Instant,
        idle: Duration,
        rto: Duration,
        initial: u32,
        state: CaState,
    ) {
        if self.governs_itself() || idle <= rto {
            return;
        }
        let algorithm = self.running.algorithm();
        algorithm.on_event(&mut self.window, Event::Restart, now);
        self.window.restart(now, idle, rto, initial, state);
    }
}
