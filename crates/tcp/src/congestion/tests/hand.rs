//! A sender that is told by hand what happens.

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use crate::congestion::{Ack, CaState, Congestion, CongestionControl, Sent};

/// Numbers are packets, near the wrap of 2^32.
pub(super) struct Hand {
    pub(super) congestion: Congestion,
    pub(super) now: Instant,
    una: SeqNumber,
    nxt: SeqNumber,
    pub(super) rto: Duration,
    pub(super) state: CaState,
    srtt: Duration,
}

impl Hand {
    pub(super) fn new(choice: CongestionControl) -> Self {
        let now = Instant::from_secs(100);
        let iss = SeqNumber(u32::MAX - 20);
        Self {
            congestion: Congestion::new(choice, 10, iss, now),
            now,
            una: iss,
            nxt: iss,
            rto: Duration::from_millis(300),
            state: CaState::Open,
            srtt: Duration::from_millis(100),
        }
    }

    pub(super) fn cwnd(&self) -> u32 {
        self.congestion.window.cwnd
    }

    pub(super) fn ssthresh(&self) -> u32 {
        self.congestion.window.ssthresh
    }

    pub(super) fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    fn out(&self) -> u32 {
        self.nxt.since(self.una)
    }

    /// Sends so many, and says whether that filled the window.
    pub(super) fn send(&mut self, packets: u32) {
        self.nxt += packets;
        let sent = Sent {
            now: self.now,
            una: self.una,
            nxt: self.nxt,
            out: self.out(),
            full: self.out() >= self.cwnd(),
            rto: self.rto,
            state: self.state,
            initial: 10,
            writer_waits: false,
        };
        self.congestion.window.on_sent(&sent, true);
    }

    /// Sends as much as the window takes.
    pub(super) fn fill(&mut self) {
        let room = self.cwnd().saturating_sub(self.out());
        self.send(room);
    }

    /// So many are acknowledged, after `rtt` milliseconds.
    pub(super) fn ack(&mut self, packets: u32, rtt: u64) {
        self.una += packets;
        let ack = Ack {
            now: self.now,
            una: self.una,
            nxt: self.nxt,
            delivered: packets,
            in_flight: self.out(),
            rtt: Some(Duration::from_millis(rtt)),
            srtt: self.srtt,
            state: self.state,
            may_raise: true,
            mss: 1000,
            ..Ack::default()
        };
        self.congestion.on_ack(&ack);
    }

    /// Fast recovery, from its begin to its end.
    pub(super) fn lose(&mut self) {
        self.congestion.reduce(self.state);
        self.congestion.on_state(CaState::Recovery);
        self.congestion.end_reduction(self.now);
        self.congestion.on_state(CaState::Open);
    }

    /// A time-out, with nothing in flight any more.
    pub(super) fn time_out(&mut self) {
        self.una = self.nxt;
        self.congestion.enter_loss(self.now, 0, true, self.state);
        self.congestion.on_state(CaState::Loss);
        self.congestion.on_state(CaState::Open);
    }
}
