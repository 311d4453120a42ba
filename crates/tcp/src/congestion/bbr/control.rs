//! Pacing rate and window (§4.2).

use base::Duration;

use super::super::{Ack, CaState, CongestionWindow, bandwidth};
use super::{Bbr, MIN_PIPE};

/// What leaves in one piece is a millisecond's worth (Linux's `sk_pacing_shift`).
const BURST_SHIFT: u32 = 10;
/// The largest piece, in bytes, headers counted.
const MOST_BURST: u64 = 65_216;
/// Below this, in bytes a second, single packets leave (1.2 Mbit/s, §4.2.2).
const SINGLE_PACKETS: u64 = 150_000;
/// The most that is added for acknowledgments in clumps: what so long delivers.
const MOST_CLUMP: Duration = Duration::from_millis(100);

impl Bbr {
    /// BBRUpdateControlParameters.
    pub(super) fn update_control(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if !self.seen_rtt {
            self.init_rate(ack.srtt);
        }
        self.set_rate(self.pacing_gain());
        self.set_cwnd(window, ack);
    }

    /// BBRInitPacingRate: the initial window in a round trip, times Startup's gain (§4.2.1).
    fn init_rate(&mut self, srtt: Duration) {
        self.seen_rtt = srtt > Duration::ZERO;
        let micros = if self.seen_rtt {
            srtt.as_micros()
        } else {
            1000
        };
        let bw = bandwidth::of(self.initial, micros);
        self.rate = bandwidth::pacing_rate(bw, self.mss, 289);
    }

    /// BBRSetPacingRateWithGain, `gain` in percent.
    pub(super) fn set_rate(&mut self, gain: u64) {
        let rate = bandwidth::pacing_rate(self.bw(), self.mss, gain);
        if self.full_bw_reached || rate > self.rate {
            self.rate = rate.max(1);
        }
    }

    /// How many packets leave in one piece (§4.2.2).
    fn quantum(&self) -> u32 {
        let bytes = (self.rate >> BURST_SHIFT).min(MOST_BURST);
        let least = if self.rate < SINGLE_PACKETS { 1 } else { 2 };
        (bytes / u64::from(self.mss.max(1))).clamp(least, 127) as u32
    }

    /// What fills the path, times `gain` percent (§4.2.3.2).
    pub(super) fn bdp(&self, bw: u64, gain: u64) -> u32 {
        if self.min_rtt == Duration::MAX {
            return self.initial;
        }
        bandwidth::product(bw, self.min_rtt, gain)
    }

    /// BBRInflight (§4.2.3.2): with room for what the hosts hold back to send and to acknowledge
    /// in one piece.
    pub(super) fn inflight(&self, bw: u64, gain: u64) -> u32 {
        self.quantized(self.bdp(bw, gain))
    }

    fn quantized(&self, packets: u32) -> u32 {
        let packets = packets.saturating_add(3 * self.quantum());
        // Even, so that fewer ACKs are delayed.
        let packets = packets.saturating_add(1) & !1;
        packets.saturating_add(if self.is_probing_up() { 2 } else { 0 })
    }

    /// How much more is allowed because acknowledgments come in clumps.
    fn clump(&self) -> u32 {
        if !self.full_bw_reached {
            return 0;
        }
        let most = bandwidth::passed(self.bw(), MOST_CLUMP);
        self.clumps.extra().min(most)
    }

    /// BBRSetCwnd (§4.2.3.6).
    fn set_cwnd(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if ack.delivered > 0 && !self.modulate_for_recovery(window, ack) {
            let bdp = self.bdp(self.bw(), self.cwnd_gain());
            let target = self.quantized(bdp.saturating_add(self.clump()));
            let grown = window.cwnd.saturating_add(ack.delivered);
            let mut cwnd = window.cwnd;
            if self.full_bw_reached {
                cwnd = grown.min(target);
            } else if cwnd < target || self.delivered < self.initial {
                cwnd = grown;
            }
            window.cwnd = cwnd.max(MIN_PIPE);
        }
        if self.is_draining_for_rtt() {
            window.cwnd = window.cwnd.min(MIN_PIPE);
        }
    }

    /// BBRModulateCwndForRecovery (§4.2.3.4): in the first round trip of recovery as much goes out
    /// as is delivered, whatever the model says; after it the model alone counts. Whether it has
    /// decided.
    fn modulate_for_recovery(&mut self, window: &mut CongestionWindow, ack: &Ack) -> bool {
        if ack.lost > 0 {
            window.cwnd = window.cwnd.saturating_sub(ack.lost).max(1);
        }
        let flow = ack.in_flight.saturating_add(ack.delivered);
        if ack.state == CaState::Recovery && self.state != CaState::Recovery {
            self.conserves = true;
            self.next_round = self.delivered;
            window.cwnd = flow;
        } else if self.state >= CaState::Recovery && ack.state < CaState::Recovery {
            self.conserves = false;
            window.cwnd = window.cwnd.max(self.prior_cwnd);
        }
        self.state = ack.state;
        if self.conserves {
            window.cwnd = window.cwnd.max(flow);
        }
        self.conserves
    }
}
