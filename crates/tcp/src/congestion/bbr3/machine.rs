//! The states, and what moves between them (§5.3).

use base::{Duration, Instant, Rng};

use super::super::{Ack, CaState, CongestionWindow, bandwidth};
use super::{Bbr3, MIN_PIPE, UNBOUNDED};

/// LossThresh, 2 % (§2.7).
const LOSS_THRESHOLD: u64 = 2;
/// StartupFullLossCnt (§5.3.1.3).
const STARTUP_LOSSES: u32 = 6;
/// Round trips in a row with congestion marks that end Startup.
const STARTUP_MARKS: u32 = 2;
/// Headroom, 0.15, in percent (§2.7).
const HEADROOM: u64 = 15;
/// ProbeRTTDuration (§2.14).
const PROBE_RTT_DURATION: Duration = Duration::from_millis(200);
/// Rounds that Reno would take on a path worth so many packets at most (§5.3.3.5.3).
const MOST_RENO_ROUNDS: u32 = 63;

/// A state of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Doubles the rate each round trip until that brings no more.
    Startup,
    /// Drains what Startup has queued.
    Drain,
    /// ProbeBW_DOWN: drains what probing has queued.
    Down,
    /// ProbeBW_CRUISE: keeps the rate.
    Cruise,
    /// ProbeBW_REFILL: fills the pipe, for one round trip.
    Refill,
    /// ProbeBW_UP: is there more?
    Up,
    /// Sends little, to see the bare round trip.
    ProbeRtt,
}

impl Phase {
    /// Pacing gain, in percent (§5.6.1).
    pub(super) const fn pacing_gain(self) -> u64 {
        match self {
            Self::Startup => 277,
            Self::Drain => 50,
            Self::Down => 90,
            Self::Cruise | Self::Refill | Self::ProbeRtt => 100,
            Self::Up => 125,
        }
    }

    /// Window gain, in percent (§5.6.1).
    pub(super) const fn cwnd_gain(self) -> u64 {
        match self {
            Self::Up => 225,
            Self::ProbeRtt => 50,
            _ => 200,
        }
    }

    /// IsInAProbeBWState.
    pub(super) const fn probes_bw(self) -> bool {
        matches!(self, Self::Down | Self::Cruise | Self::Refill | Self::Up)
    }

    /// BBRIsProbingBW.
    pub(super) const fn accelerates(self) -> bool {
        matches!(self, Self::Startup | Self::Refill | Self::Up)
    }
}

/// What the ACKs of the moment tell of (§5.3.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AckPhase {
    /// Nothing was probed yet.
    Init,
    /// What was sent before the probe.
    Refilling,
    /// The probe has begun, and nothing of it is acknowledged.
    Starting,
    /// The probe.
    Feedback,
    /// The probe is over, and its last packets are acknowledged.
    Stopping,
}

impl Bbr3 {
    /// What an ACK moves.
    pub(super) fn step(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        self.check_startup(ack);
        if self.phase == Phase::Drain && ack.in_flight <= self.inflight(self.most_bw(), 100) {
            self.start_down(ack.now);
        }
        self.cycle(window, ack);
        self.update_min_rtt(ack);
        self.check_probe_rtt(window, ack);
        self.advance_signals(ack);
    }

    /// Startup ends when the bandwidth does not grow, or with many losses (§5.3.1).
    fn check_startup(&mut self, ack: &Ack) {
        if self.phase != Phase::Startup {
            return;
        }
        let lossy = self.state == CaState::Recovery
            && self.round_start
            && self.loss_events >= STARTUP_LOSSES
            && is_too_high(ack.rate.lost, ack.rate.in_flight);
        let marked = self.marked_rounds >= STARTUP_MARKS;
        if lossy || marked {
            self.full_bw_reached = true;
            let bdp = self.bdp(self.most_bw(), 100);
            self.inflight_long = bdp.max(self.inflight_latest);
        }
        if self.full_bw_reached {
            self.phase = Phase::Drain;
        }
    }

    /// BBRUpdateProbeBWCyclePhase.
    fn cycle(&mut self, window: &CongestionWindow, ack: &Ack) {
        if !self.full_bw_reached {
            return;
        }
        self.adapt_long_term(window, ack);
        let time_to_probe = matches!(self.phase, Phase::Down | Phase::Cruise)
            && self.check_time_to_probe(window, ack.now);
        if time_to_probe {
            return;
        }
        if self.phase == Phase::Down && self.may_cruise(ack.in_flight) {
            self.phase = Phase::Cruise;
        } else if self.phase == Phase::Refill && self.round_start {
            self.probe_samples = true;
            self.full_bw = bandwidth::sampled(ack);
            self.start_up(window.cwnd);
        } else if self.phase == Phase::Up && self.is_time_to_go_down(window, ack) {
            self.start_down(ack.now);
        }
    }

    /// BBRStartProbeBW_DOWN.
    fn start_down(&mut self, now: Instant) {
        self.reset_signals();
        self.probe_up_count = UNBOUNDED;
        // BBRPickProbeWait: two to three seconds, and a round trip more or less.
        let mut rng = Rng::seeded(self.seed);
        self.seed = rng.u64();
        self.rounds_since_probe = rng.below(2) as u32;
        let part = Duration::from_nanos(rng.below(1_000_000_000));
        self.probe_wait = Duration::from_secs(2) + part;
        self.cycle_stamp = now;
        self.ack_phase = AckPhase::Stopping;
        self.start_round();
        self.phase = Phase::Down;
    }

    /// BBRStartProbeBW_REFILL.
    fn start_refill(&mut self) {
        self.reset_short_term();
        self.probe_up_rounds = 0;
        self.probe_up_acks = 0;
        self.ack_phase = AckPhase::Refilling;
        self.start_round();
        self.phase = Phase::Refill;
    }

    /// BBRStartProbeBW_UP; `full_bw` is what the probe is to exceed.
    pub(super) fn start_up(&mut self, cwnd: u32) {
        self.ack_phase = AckPhase::Starting;
        self.start_round();
        let bw = self.full_bw;
        self.reset_full_bw();
        self.full_bw = bw;
        self.phase = Phase::Up;
        self.raise_slope(cwnd);
    }

    /// BBRIsTimeToProbeBW.
    fn check_time_to_probe(&mut self, window: &CongestionWindow, now: Instant) -> bool {
        // As often as Reno would have lost something, where that is more often (§5.3.3.5).
        let target = self.target_inflight(window.cwnd);
        let reno = self.rounds_since_probe >= target.min(MOST_RENO_ROUNDS);
        let time = reno || now > self.cycle_stamp + self.probe_wait;
        if time {
            self.start_refill();
        }
        time
    }

    /// BBRIsTimeToCruise.
    fn may_cruise(&self, in_flight: u32) -> bool {
        in_flight <= self.with_headroom() && in_flight <= self.inflight(self.most_bw(), 100)
    }

    /// BBRIsTimeToGoDown.
    fn is_time_to_go_down(&mut self, window: &CongestionWindow, ack: &Ack) -> bool {
        if window.is_limited() && window.cwnd >= self.inflight_long {
            // The bound, and not the path, keeps the bandwidth.
            self.reset_full_bw();
            self.full_bw = bandwidth::sampled(ack);
            return false;
        }
        self.full_bw_now
    }

    /// BBRTargetInflight.
    fn target_inflight(&self, cwnd: u32) -> u32 {
        self.bdp(self.bw, 100).min(cwnd)
    }

    /// BBRInflightWithHeadroom: room for others.
    pub(super) fn with_headroom(&self) -> u32 {
        if self.inflight_long == UNBOUNDED {
            return UNBOUNDED;
        }
        let headroom = (u64::from(self.inflight_long) * HEADROOM / 100) as u32;
        (self.inflight_long - headroom.max(1).min(self.inflight_long)).max(MIN_PIPE)
    }

    /// BBRRaiseInflightLongtermSlope: twice as fast each round trip.
    fn raise_slope(&mut self, cwnd: u32) {
        let growth = 1 << self.probe_up_rounds;
        self.probe_up_rounds = (self.probe_up_rounds + 1).min(30);
        self.probe_up_count = (cwnd / growth).max(1);
    }

    /// BBRAdaptLongTermModel.
    fn adapt_long_term(&mut self, window: &CongestionWindow, ack: &Ack) {
        let sample = &ack.rate;
        if self.ack_phase == AckPhase::Starting && self.round_start {
            self.ack_phase = AckPhase::Feedback;
        }
        if self.ack_phase == AckPhase::Stopping && self.round_start {
            self.probe_samples = false;
            self.ack_phase = AckPhase::Init;
            if self.phase.probes_bw() && !sample.app_limited {
                self.advance_max_bw();
            }
        }
        if is_too_high(sample.lost, sample.in_flight) || ack.ece {
            if self.probe_samples {
                self.on_inflight_too_high(window, sample.in_flight, sample.app_limited, ack.now);
            }
            return;
        }
        if self.inflight_long == UNBOUNDED || !sample.has_packet {
            return;
        }
        self.inflight_long = self.inflight_long.max(sample.in_flight);
        if self.phase == Phase::Up {
            self.probe_upward(window, ack.delivered);
        }
    }

    /// BBRProbeInflightLongtermUpward.
    fn probe_upward(&mut self, window: &CongestionWindow, acked: u32) {
        if !window.is_limited() || window.cwnd < self.inflight_long {
            return;
        }
        self.probe_up_acks = self.probe_up_acks.saturating_add(acked);
        let delta = self.probe_up_acks / self.probe_up_count;
        self.probe_up_acks -= delta * self.probe_up_count;
        self.inflight_long = self.inflight_long.saturating_add(delta);
        if self.round_start {
            self.raise_slope(window.cwnd);
        }
    }

    /// BBRHandleInflightTooHigh; `in_flight` is what was too much.
    pub(super) fn on_inflight_too_high(
        &mut self,
        window: &CongestionWindow,
        in_flight: u32,
        app_limited: bool,
        now: Instant,
    ) {
        // Once for each probe.
        self.probe_samples = false;
        if !app_limited {
            let least = u64::from(self.target_inflight(window.cwnd)) * 7 / 10;
            self.inflight_long = in_flight.max(least as u32);
        }
        if self.phase == Phase::Up {
            self.start_down(now);
        }
    }

    /// BBRCheckProbeRTT.
    fn check_probe_rtt(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if self.phase != Phase::ProbeRtt && self.probe_rtt_expired && !self.idle_restart {
            self.save_cwnd(window.cwnd);
            self.phase = Phase::ProbeRtt;
            self.probe_rtt_done = None;
            self.ack_phase = AckPhase::Stopping;
            self.start_round();
        }
        if self.phase == Phase::ProbeRtt {
            self.probe_rtt(window, ack);
        }
        if ack.rate.delivered > 0 {
            self.idle_restart = false;
        }
    }

    /// BBRHandleProbeRTT.
    fn probe_rtt(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if self.probe_rtt_done.is_some() {
            self.probe_rtt_round_done |= self.round_start;
            if self.probe_rtt_round_done {
                self.check_probe_rtt_done(window, ack.now);
            }
        } else if ack.in_flight <= self.probe_rtt_cwnd() {
            self.probe_rtt_done = Some(ack.now + PROBE_RTT_DURATION);
            self.probe_rtt_round_done = false;
            self.start_round();
        }
    }

    /// BBRCheckProbeRTTDone, and on to the state that follows (§5.3.4.4).
    pub(super) fn check_probe_rtt_done(&mut self, window: &mut CongestionWindow, now: Instant) {
        if self.probe_rtt_done.is_none_or(|done| now <= done) {
            return;
        }
        self.probe_rtt_stamp = now;
        window.cwnd = window.cwnd.max(self.prior_cwnd);
        self.reset_short_term();
        if self.full_bw_reached {
            self.start_down(now);
            self.phase = Phase::Cruise;
        } else {
            self.phase = Phase::Startup;
        }
    }
}

/// IsInflightTooHigh: more than 2 % of what was in flight is lost.
pub(super) fn is_too_high(lost: u32, in_flight: u32) -> bool {
    u64::from(lost) * 100 > u64::from(in_flight) * LOSS_THRESHOLD
}

/// BBRInflightAtLoss: how much was in flight when the losses passed 2 %, which may be in the midst
/// of the segment of `packets` that shows it.
pub(super) fn inflight_at_loss(lost: u32, in_flight: u32, packets: u32) -> u32 {
    let before = in_flight.saturating_sub(packets);
    let lost_before = lost.saturating_sub(packets);
    let bearable = u64::from(before) * LOSS_THRESHOLD;
    let part = bearable.saturating_sub(u64::from(lost_before) * 100) / (100 - LOSS_THRESHOLD);
    before.saturating_add(part as u32)
}
