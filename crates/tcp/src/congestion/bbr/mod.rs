//! BBR as Linux calls it: version 1 (draft-cardwell-iccrg-bbr-congestion-control-00; section numbers
//! in this folder are that draft's), with what Linux has added: room for acknowledgments that come
//! in clumps.
//!
//! It keeps a model of the path, the most that it has delivered of late and the least time that a
//! round trip has taken, and paces at that rate with twice as much in flight as fills the path.
//! Losses do not change the model, which is what makes it good on lossy paths and unkind to others
//! where buffers are short; `bbr3` is the version that heeds them.
//!
//! ```text
//!   Startup ──► Drain ──► ProbeBw: 125 %, 75 %, then 100 % of the rate for six round trips
//!                            │ ▲
//!                            ▼ │  every ten seconds, unless a shorter round trip was seen
//!                          ProbeRtt
//! ```
//!
//! | file | what |
//! |---|---|
//! | `machine` | the modes and what moves between them (§4.3) |
//! | `control` | pacing rate and window (§4.2) |
//! | `policer` | a path that lets so much through and drops the rest |

mod control;
mod machine;
mod policer;

use base::{Duration, Instant};

use super::bandwidth::{self, Aggregation};
use super::{Ack, Algorithm, CaState, CongestionWindow, Event, Undo};
use machine::Mode;
use policer::Policer;

/// Round trips for which a bandwidth counts: a cycle of probing and two (§4.1.1.4).
const BW_ROUNDS: usize = 10;
/// BBRMinPipeCwnd, in packets (§4.2.3.1).
const MIN_PIPE: u32 = 4;
/// Half of the time for which acknowledgments in clumps count, in round trips.
const CLUMPS_HALF: u32 = 5;

/// BBR's state.
#[derive(Clone, Debug)]
pub(super) struct Bbr {
    mode: Mode,
    /// Where in the cycle of gains it is (§4.3.4.2) …
    cycle: usize,
    /// … and since when.
    cycle_stamp: Instant,
    /// Where recovery stood at the last ACK.
    state: CaState,

    /// Packets taken for lost, in all.
    lost: u32,
    /// C.delivered, as of the last ACK.
    delivered: u32,
    /// The round trip ends when what was sent from here on is delivered.
    next_round: u32,
    /// Whether this ACK ends a round trip.
    round_start: bool,
    rounds: u32,

    /// The largest bandwidth of each of the last round trips, by their number.
    bandwidths: [u64; BW_ROUNDS],
    /// What is compared with to see whether the bandwidth still grows …
    full_bw: u64,
    /// … and so many round trips without growth (§4.3.2.2).
    full_bw_count: u8,
    /// It has ceased to grow: Startup is over.
    full_bw_reached: bool,
    clumps: Aggregation,
    policer: Policer,

    min_rtt: Duration,
    min_rtt_stamp: Instant,
    probe_rtt_done: Option<Instant>,
    probe_rtt_round_done: bool,
    idle_restart: bool,

    /// As much goes out as is delivered, for the first round trip of recovery (§4.2.3.4).
    conserves: bool,
    /// The last good window.
    prior_cwnd: u32,
    initial: u32,
    /// Pacing rate, in bytes a second.
    pub(super) rate: u64,
    mss: u16,
    /// Whether a round-trip time was measured.
    seen_rtt: bool,
    /// The next draw by chance comes from here.
    seed: u64,
}

impl Bbr {
    /// With a window of `initial` packets. The seed keeps connections from probing in step.
    pub(super) fn new(initial: u32, seed: u64, now: Instant) -> Self {
        Self {
            mode: Mode::Startup,
            cycle: 0,
            cycle_stamp: now,
            state: CaState::Open,
            lost: 0,
            delivered: 0,
            next_round: 0,
            round_start: false,
            rounds: 0,
            bandwidths: [0; BW_ROUNDS],
            full_bw: 0,
            full_bw_count: 0,
            full_bw_reached: false,
            clumps: Aggregation::new(now),
            policer: Policer::default(),
            min_rtt: Duration::MAX,
            min_rtt_stamp: now,
            probe_rtt_done: None,
            probe_rtt_round_done: false,
            idle_restart: false,
            conserves: false,
            prior_cwnd: initial,
            initial,
            rate: 0,
            mss: 0,
            seen_rtt: false,
            seed,
        }
    }

    /// So many packets are taken for lost.
    pub(super) fn on_lost(&mut self, packets: u32) {
        self.lost = self.lost.wrapping_add(packets);
    }

    /// Whether samples are to count as bounded by the program (§4.3.5).
    pub(super) fn is_draining_for_rtt(&self) -> bool {
        self.mode == Mode::ProbeRtt
    }

    /// BBR.BtlBw, the most of the last round trips.
    fn most_bw(&self) -> u64 {
        self.bandwidths.iter().copied().max().unwrap_or(0)
    }

    /// What the path is taken to deliver.
    fn bw(&self) -> u64 {
        self.policer.bw().unwrap_or_else(|| self.most_bw())
    }

    /// BBRUpdateRound and BBRUpdateBtlBw (§4.1.1).
    fn update_bw(&mut self, cwnd: u32, ack: &Ack) {
        let sample = &ack.rate;
        self.delivered = sample.total;
        self.round_start = false;
        if sample.interval == 0 {
            return;
        }
        if sample.prior_delivered.wrapping_sub(self.next_round) as i32 >= 0 {
            self.next_round = self.delivered;
            self.rounds = self.rounds.wrapping_add(1);
            self.round_start = true;
            self.conserves = false;
            self.bandwidths[self.rounds as usize % BW_ROUNDS] = 0;
        }
        self.police(ack);
        let bw = bandwidth::sampled(ack);
        if !sample.app_limited || bw >= self.most_bw() {
            let round = &mut self.bandwidths[self.rounds as usize % BW_ROUNDS];
            *round = bw.max(*round);
        }
        let expected = self.bw();
        self.clumps
            .on_ack(ack, expected, cwnd, self.round_start, CLUMPS_HALF);
    }

    /// BBRSaveCwnd (§4.2.3.4).
    fn save_cwnd(&mut self, cwnd: u32) {
        let lowered = self.state >= CaState::Recovery || self.mode == Mode::ProbeRtt;
        self.prior_cwnd = if lowered {
            self.prior_cwnd.max(cwnd)
        } else {
            cwnd
        };
    }
}

impl Algorithm for Bbr {
    /// There is no threshold; but the window before the loss is to come back (§4.2.3.4).
    fn ssthresh(&mut self, window: &CongestionWindow) -> u32 {
        self.save_cwnd(window.cwnd);
        window.ssthresh
    }

    fn on_ack(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        self.mss = ack.mss;
        self.update_bw(window.cwnd, ack);
        self.step(window, ack);
        self.update_control(window, ack);
    }

    fn on_state(&mut self, _window: &mut CongestionWindow, state: CaState) {
        if state == CaState::Loss {
            // What was in flight is gone: whether the pipe is full must be seen anew.
            self.state = state;
            self.full_bw = 0;
        }
    }

    /// BBRHandleRestartFromIdle (§4.3.4.4).
    fn on_event(&mut self, window: &mut CongestionWindow, event: Event, now: Instant) {
        let Event::TransmitStart { .. } = event else {
            return;
        };
        self.idle_restart = true;
        self.clumps.restart(now);
        match self.mode {
            Mode::ProbeBw => self.set_rate(100),
            Mode::ProbeRtt => self.check_probe_rtt_done(window, now),
            Mode::Startup | Mode::Drain => {}
        }
    }

    fn undo(&mut self, window: &CongestionWindow, _before: &Undo) -> u32 {
        self.full_bw = 0;
        self.full_bw_count = 0;
        self.policer = Policer::default();
        window.cwnd
    }
}
