//! Pacing rate and window (§5.6).

use base::Duration;

use super::super::{Ack, CongestionWindow, bandwidth};
use super::{Bbr3, MIN_PIPE, Phase, UNBOUNDED};

/// The least send quantum, in packets (§5.6.3).
const LEAST_QUANTUM: u64 = 2;
/// The largest, in bytes (§5.6.3).
const MOST_QUANTUM: u64 = 65_536;

impl Bbr3 {
    /// BBRUpdateControlParameters.
    pub(super) fn update_control(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if self.rate == 0 {
            self.init_rate(ack.srtt);
        }
        self.set_rate(self.phase.pacing_gain());
        self.set_cwnd(window, ack.delivered);
    }

    /// BBRInitPacingRate: the initial window in a round trip, times Startup's gain.
    pub(in super::super) fn init_rate(&mut self, srtt: Duration) {
        let micros = match srtt.as_micros() {
            0 => 1000,
            micros => micros,
        };
        let bytes = u64::from(self.initial) * u64::from(self.mss);
        self.rate = bytes * 10_000 * Phase::Startup.pacing_gain() / micros;
    }

    /// BBRSetPacingRateWithGain, `gain` in percent.
    pub(super) fn set_rate(&mut self, gain: u64) {
        let rate = bandwidth::pacing_rate(self.bw, self.mss, gain);
        if self.full_bw_reached || rate > self.rate {
            self.rate = rate.max(1);
        }
    }

    /// C.send_quantum, in packets (§5.6.3).
    fn quantum(&self) -> u32 {
        let mss = u64::from(self.mss).max(1);
        let bytes = (self.rate / 1000).min(MOST_QUANTUM);
        (bytes / mss).max(LEAST_QUANTUM) as u32
    }

    /// BBRBDPMultiple of a bandwidth, `gain` in percent.
    pub(super) fn bdp(&self, bw: u64, gain: u64) -> u32 {
        if self.min_rtt == Duration::MAX {
            return self.initial;
        }
        bandwidth::product(bw, self.min_rtt, gain)
    }

    /// BBRInflight.
    pub(super) fn inflight(&self, bw: u64, gain: u64) -> u32 {
        self.quantized(self.bdp(bw, gain))
    }

    /// BBRQuantizationBudget.
    fn quantized(&self, inflight: u32) -> u32 {
        let budget = self.quantum().saturating_mul(3);
        let inflight = inflight.max(budget).max(MIN_PIPE);
        let more = if self.phase == Phase::Up { 2 } else { 0 };
        inflight.saturating_add(more)
    }

    /// BBRProbeRTTCwnd.
    pub(super) fn probe_rtt_cwnd(&self) -> u32 {
        self.bdp(self.bw, Phase::ProbeRtt.cwnd_gain()).max(MIN_PIPE)
    }

    /// BBRSetCwnd (§5.6.4.6).
    fn set_cwnd(&mut self, window: &mut CongestionWindow, acked: u32) {
        let bdp = self.bdp(self.bw, self.phase.cwnd_gain());
        let most = self.quantized(bdp.saturating_add(self.clumps.extra()));
        let grown = window.cwnd.saturating_add(acked);
        let mut cwnd = window.cwnd;
        if self.full_bw_reached {
            cwnd = grown.min(most);
        } else if cwnd < most || self.delivered < self.initial {
            cwnd = grown;
        }
        cwnd = cwnd.max(MIN_PIPE);
        if self.phase == Phase::ProbeRtt {
            cwnd = cwnd.min(self.probe_rtt_cwnd());
        }
        window.cwnd = cwnd.min(self.volume_cap());
    }

    /// BBRBoundCwndForModel (§5.6.4.7).
    fn volume_cap(&self) -> u32 {
        let cap = match self.phase {
            Phase::Down | Phase::Refill | Phase::Up => self.inflight_long,
            Phase::Cruise | Phase::ProbeRtt => self.with_headroom(),
            Phase::Startup | Phase::Drain => UNBOUNDED,
        };
        cap.min(self.inflight_short).max(MIN_PIPE)
    }
}
