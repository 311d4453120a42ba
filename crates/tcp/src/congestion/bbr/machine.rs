//! The modes, and what moves between them (§4.3).

use base::{Duration, Instant, Rng};

use super::super::{Ack, CongestionWindow};
use super::{Bbr, MIN_PIPE};

/// RTpropFilterLen (§4.1.2.3).
const MIN_RTT_FILTER: Duration = Duration::from_secs(10);
/// ProbeRTTDuration (§4.3.5).
const PROBE_RTT_DURATION: Duration = Duration::from_millis(200);
/// A path that grows by a quarter in a round trip is not full (§4.3.2.2).
const GROWTH: (u64, u64) = (5, 4);
/// Round trips without that growth (§4.3.2.2).
const FULL_ROUNDS: u8 = 3;
/// Pacing gains of a cycle, a round trip each, in percent (§4.3.4.2).
const CYCLE: [u64; 8] = [125, 75, 100, 100, 100, 100, 100, 100];

/// A mode of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Doubles the rate each round trip until that brings no more.
    Startup,
    /// Drains what Startup has queued.
    Drain,
    /// Keeps the rate, and looks now and then whether there is more.
    ProbeBw,
    /// Sends little, to see the bare round trip.
    ProbeRtt,
}

impl Bbr {
    /// Pacing gain, in percent.
    pub(super) fn pacing_gain(&self) -> u64 {
        match self.mode {
            // 2 / ln 2, with Linux's rounding up.
            Mode::Startup => 289,
            Mode::Drain => 34,
            Mode::ProbeBw if self.policer.bw().is_none() => CYCLE[self.cycle],
            Mode::ProbeBw | Mode::ProbeRtt => 100,
        }
    }

    /// Window gain, in percent.
    pub(super) const fn cwnd_gain(&self) -> u64 {
        match self.mode {
            Mode::Startup | Mode::Drain => 289,
            Mode::ProbeBw => 200,
            Mode::ProbeRtt => 100,
        }
    }

    /// Whether it sends faster than the path is taken to deliver.
    pub(super) const fn is_probing_up(&self) -> bool {
        matches!(self.mode, Mode::ProbeBw) && self.cycle == 0
    }

    /// What an ACK moves.
    pub(super) fn step(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if self.mode == Mode::ProbeBw && self.is_next_in_cycle(ack) {
            self.advance_cycle(ack.now);
        }
        self.check_full_pipe(ack);
        if self.mode == Mode::Startup && self.full_bw_reached {
            self.mode = Mode::Drain;
            window.ssthresh = self.inflight(self.most_bw(), 100);
        }
        if self.mode == Mode::Drain && ack.in_flight <= self.inflight(self.most_bw(), 100) {
            self.enter_probe_bw(ack.now);
        }
        self.update_min_rtt(window, ack);
    }

    /// BBRIsNextCyclePhase (§4.3.4.3).
    fn is_next_in_cycle(&self, ack: &Ack) -> bool {
        let full_length = ack.now - self.cycle_stamp > self.min_rtt;
        let before = ack.in_flight.saturating_add(ack.delivered + ack.lost);
        let gain = self.pacing_gain();
        if gain > 100 {
            // Until so much is in flight, or the path's buffer is too short for it.
            let reached = before >= self.inflight(self.most_bw(), gain);
            full_length && (ack.lost > 0 || reached)
        } else {
            let drained = gain < 100 && before <= self.inflight(self.most_bw(), 100);
            full_length || drained
        }
    }

    fn advance_cycle(&mut self, now: Instant) {
        self.cycle = (self.cycle + 1) % CYCLE.len();
        self.cycle_stamp = now;
    }

    /// BBREnterProbeBW: anywhere in the cycle but where it drains.
    pub(super) fn enter_probe_bw(&mut self, now: Instant) {
        self.mode = Mode::ProbeBw;
        let mut rng = Rng::seeded(self.seed);
        self.seed = rng.u64();
        self.cycle = CYCLE.len() - 1 - rng.below(CYCLE.len() as u64 - 1) as usize;
        self.advance_cycle(now);
    }

    /// Whether it keeps the rate that it has found.
    pub(super) fn probes_bw(&self) -> bool {
        self.mode == Mode::ProbeBw
    }

    /// BBRCheckFullPipe (§4.3.2.2).
    fn check_full_pipe(&mut self, ack: &Ack) {
        if self.full_bw_reached || !self.round_start || ack.rate.app_limited {
            return;
        }
        let bw = self.most_bw();
        if bw >= self.full_bw * GROWTH.0 / GROWTH.1 {
            self.full_bw = bw;
            self.full_bw_count = 0;
            return;
        }
        self.full_bw_count += 1;
        self.full_bw_reached = self.full_bw_count >= FULL_ROUNDS;
    }

    /// BBRUpdateRTprop and BBRCheckProbeRTT (§4.1.2.3, §4.3.5).
    fn update_min_rtt(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        let expired = ack.now > self.min_rtt_stamp + MIN_RTT_FILTER;
        if let Some(rtt) = ack.rtt
            && (rtt < self.min_rtt || (expired && !ack.delayed))
        {
            self.min_rtt = rtt;
            self.min_rtt_stamp = ack.now;
        }
        if expired && !self.idle_restart && self.mode != Mode::ProbeRtt {
            self.save_cwnd(window.cwnd);
            self.mode = Mode::ProbeRtt;
            self.probe_rtt_done = None;
        }
        if self.mode == Mode::ProbeRtt {
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
        } else if ack.in_flight <= MIN_PIPE {
            self.probe_rtt_done = Some(ack.now + PROBE_RTT_DURATION);
            self.probe_rtt_round_done = false;
            self.next_round = self.delivered;
        }
    }

    /// BBRExitProbeRTT, if its time is over.
    pub(super) fn check_probe_rtt_done(&mut self, window: &mut CongestionWindow, now: Instant) {
        if self.probe_rtt_done.is_none_or(|done| now <= done) {
            return;
        }
        self.min_rtt_stamp = now;
        window.cwnd = window.cwnd.max(self.prior_cwnd);
        if self.full_bw_reached {
            self.enter_probe_bw(now);
        } else {
            self.mode = Mode::Startup;
        }
    }
}
