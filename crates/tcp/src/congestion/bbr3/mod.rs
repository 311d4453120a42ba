//! BBR version 3 (draft-ietf-ccwg-bbr-05; section numbers in this folder are that draft's).
//!
//! BBR keeps a model of the path, the most that it has delivered in a second and the least time
//! that a round trip has taken, and sends at that rate with about that much in flight. From time
//! to time it sends a little faster to see whether there is more, then slower to drain what that
//! has queued; and for a moment very little, to see the bare round trip again.
//!
//! ```text
//!   Startup ──► Drain ──► Down ──► Cruise ──► Refill ──► Up ──┐
//!                          ▲                                  │      any ──► ProbeRtt ──► Cruise
//!                          └──────────────────────────────────┘
//! ```
//!
//! | file | what |
//! |---|---|
//! | `model` | what is known of the path (§5.5) |
//! | `machine` | the states and what moves between them (§5.3) |
//! | `control` | pacing rate, quantum and window (§5.6) |

mod control;
mod machine;
mod model;

use base::{Duration, Instant};

use super::bandwidth::Aggregation;
use super::{Ack, Algorithm, CaState, CongestionWindow, Event, Rate, Stamp, Undo};
use machine::{AckPhase, Phase};

/// A bound that does not bind.
const UNBOUNDED: u32 = u32::MAX;
/// MinPipeCwnd, in packets (§2.7).
const MIN_PIPE: u32 = 4;

/// BBR's state.
#[derive(Clone, Debug)]
pub(super) struct Bbr3 {
    phase: Phase,
    ack_phase: AckPhase,
    /// Where recovery stands.
    state: CaState,

    /// When the last ACK came.
    now: Instant,
    /// C.delivered, as of then.
    delivered: u32,
    /// The round trip ends when what was sent from here on is delivered.
    next_round: u32,
    /// Whether this ACK ends a round trip.
    round_start: bool,
    round_count: u32,
    /// Round trips since the last probe for bandwidth, one more or less by chance.
    rounds_since_probe: u32,

    /// The largest bandwidth of the last cycle of probing, and of this one.
    max_bw: [u64; 2],
    /// What bounds the rate now.
    bw: u64,
    /// The largest of this round trip.
    bw_latest: u64,
    /// Bound after losses; `u64::MAX`: none.
    bw_short: u64,
    /// What is compared with to see whether the bandwidth still grows …
    full_bw: u64,
    /// … and so many round trips without growth.
    full_bw_count: u8,
    /// It does not grow in this phase.
    full_bw_now: bool,
    /// It has once ceased to grow: Startup is over.
    full_bw_reached: bool,

    /// The most delivered in a round trip, of this round trip.
    inflight_latest: u32,
    /// Bound after losses.
    inflight_short: u32,
    /// Bound found by probing.
    inflight_long: u32,

    min_rtt: Duration,
    min_rtt_stamp: Instant,
    probe_rtt_min: Duration,
    probe_rtt_stamp: Instant,
    probe_rtt_expired: bool,
    probe_rtt_done: Option<Instant>,
    probe_rtt_round_done: bool,
    idle_restart: bool,

    loss_in_round: bool,
    loss_round_start: bool,
    loss_round_delivered: u32,
    /// ACKs of this round trip that showed losses.
    loss_events: u32,
    /// Round trips in a row with congestion marks.
    marked_rounds: u32,
    marked_in_round: bool,

    cycle_stamp: Instant,
    probe_wait: Duration,
    /// Packets acknowledged for one more of `inflight_long`.
    probe_up_count: u32,
    probe_up_acks: u32,
    probe_up_rounds: u32,
    /// Whether what is acknowledged may show what the last probe did.
    probe_samples: bool,

    clumps: Aggregation,

    /// The last good window.
    prior_cwnd: u32,
    initial: u32,
    /// Pacing rate, in bytes a second.
    pub(super) rate: u64,
    mss: u16,
    before_loss: BeforeLoss,
    /// The next draw by chance comes from here.
    seed: u64,
}

/// What a loss changed, for the case that it was none (§5.5.11.1).
#[derive(Clone, Copy, Debug)]
struct BeforeLoss {
    phase: Phase,
    bw_short: u64,
    inflight_short: u32,
    inflight_long: u32,
}

impl Bbr3 {
    /// With a window of `initial` packets. The seed keeps connections from probing in step.
    pub(super) fn new(initial: u32, seed: u64, now: Instant) -> Self {
        Self {
            phase: Phase::Startup,
            ack_phase: AckPhase::Init,
            state: CaState::Open,
            now,
            delivered: 0,
            next_round: 0,
            round_start: false,
            round_count: 0,
            rounds_since_probe: 0,
            max_bw: [0; 2],
            bw: 0,
            bw_latest: 0,
            bw_short: u64::MAX,
            full_bw: 0,
            full_bw_count: 0,
            full_bw_now: false,
            full_bw_reached: false,
            inflight_latest: 0,
            inflight_short: UNBOUNDED,
            inflight_long: UNBOUNDED,
            min_rtt: Duration::MAX,
            min_rtt_stamp: now,
            probe_rtt_min: Duration::MAX,
            probe_rtt_stamp: now,
            probe_rtt_expired: false,
            probe_rtt_done: None,
            probe_rtt_round_done: false,
            idle_restart: false,
            loss_in_round: false,
            loss_round_start: false,
            loss_round_delivered: 0,
            loss_events: 0,
            marked_rounds: 0,
            marked_in_round: false,
            cycle_stamp: now,
            probe_wait: Duration::ZERO,
            probe_up_count: UNBOUNDED,
            probe_up_acks: 0,
            probe_up_rounds: 0,
            probe_samples: false,
            clumps: Aggregation::new(now),
            prior_cwnd: initial,
            initial,
            rate: 0,
            mss: 0,
            before_loss: BeforeLoss {
                phase: Phase::Startup,
                bw_short: u64::MAX,
                inflight_short: UNBOUNDED,
                inflight_long: UNBOUNDED,
            },
            seed,
        }
    }

    /// A segment of `packets` with `stamp` is taken for lost (§5.5.10.2).
    pub(super) fn on_lost(
        &mut self,
        window: &CongestionWindow,
        stamp: &Stamp,
        packets: u32,
        rate: &Rate,
    ) {
        self.delivered = rate.delivered;
        self.note_loss();
        if !self.probe_samples {
            return;
        }
        let lost = rate.lost.wrapping_sub(stamp.lost);
        if machine::is_too_high(lost, stamp.in_flight) {
            let at = machine::inflight_at_loss(lost, stamp.in_flight, packets);
            self.on_inflight_too_high(window, at, stamp.app_limited, self.now);
        }
    }

    /// Whether samples are to count as bounded by the program (§5.3.4.3).
    pub(super) fn is_draining_for_rtt(&self) -> bool {
        self.phase == Phase::ProbeRtt
    }

    /// Remembers the window, unless it is lowered already (§5.6.4.4).
    fn save_cwnd(&mut self, cwnd: u32) {
        let lowered = self.state >= CaState::Recovery || self.phase == Phase::ProbeRtt;
        self.prior_cwnd = if lowered {
            self.prior_cwnd.max(cwnd)
        } else {
            cwnd
        };
    }

    fn save_before_loss(&mut self) {
        self.before_loss = BeforeLoss {
            phase: self.phase,
            bw_short: self.bw_short,
            inflight_short: self.inflight_short,
            inflight_long: self.inflight_long,
        };
    }
}

impl Algorithm for Bbr3 {
    /// There is no threshold; but the window before the loss is to come back (§5.6.4.4).
    fn ssthresh(&mut self, window: &CongestionWindow) -> u32 {
        self.save_cwnd(window.cwnd);
        self.save_before_loss();
        window.ssthresh
    }

    fn on_ack(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        self.now = ack.now;
        self.mss = ack.mss;
        self.update_model(window, ack);
        self.step(window, ack);
        self.bound_bw();
        self.update_control(window, ack);
    }

    fn on_state(&mut self, window: &mut CongestionWindow, state: CaState) {
        if self.state >= CaState::Recovery && state < CaState::Recovery {
            window.cwnd = window.cwnd.max(self.prior_cwnd);
        }
        if state == CaState::Loss {
            // What was in flight is gone: whether the pipe is full must be seen anew.
            self.reset_full_bw();
            self.round_start = true;
        }
        self.state = state;
    }

    /// §5.4.1.
    fn on_event(&mut self, window: &mut CongestionWindow, event: Event, now: Instant) {
        let Event::TransmitStart { .. } = event else {
            return;
        };
        self.idle_restart = true;
        self.clumps.restart(now);
        if self.phase.probes_bw() {
            self.set_rate(100);
        } else if self.phase == Phase::ProbeRtt {
            self.check_probe_rtt_done(window, now);
        }
    }

    /// §5.5.11.2.
    fn undo(&mut self, window: &CongestionWindow, before: &Undo) -> u32 {
        let was = self.before_loss;
        self.loss_in_round = false;
        self.reset_full_bw();
        self.bw_short = self.bw_short.max(was.bw_short);
        self.inflight_short = self.inflight_short.max(was.inflight_short);
        self.inflight_long = self.inflight_long.max(was.inflight_long);
        if self.phase != Phase::ProbeRtt && self.phase != was.phase {
            match was.phase {
                Phase::Startup => self.phase = Phase::Startup,
                Phase::Up => self.start_up(window.cwnd),
                _ => {}
            }
        }
        window.cwnd.max(before.cwnd).max(self.prior_cwnd)
    }
}
