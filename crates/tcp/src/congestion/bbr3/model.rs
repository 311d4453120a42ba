//! What is known of the path (§5.5).

use base::{Duration, Instant};

use super::super::{Ack, CongestionWindow, bandwidth};
use super::{Bbr3, UNBOUNDED};

/// Beta, 0.7, in percent (§2.7).
const BETA: u64 = 70;
/// MinRTTFilterLen (§2.14).
const MIN_RTT_FILTER: Duration = Duration::from_secs(10);
/// ProbeRTTInterval (§2.14).
const PROBE_RTT_INTERVAL: Duration = Duration::from_secs(5);
/// Half of ExtraAckedFilterLen, in round trips: the filter has two halves (§2.11).
const EXTRA_FILTER_HALF: u32 = 5;
/// A path that grows by a quarter in a round trip is not full (§5.3.1.2).
const GROWTH: (u64, u64) = (5, 4);
/// Round trips without that growth (§5.3.1.2).
const FULL_ROUNDS: u8 = 3;

impl Bbr3 {
    /// Takes what an ACK tells.
    pub(super) fn update_model(&mut self, window: &CongestionWindow, ack: &Ack) {
        let sample = &ack.rate;
        self.delivered = sample.total;
        let bw = bandwidth::sampled(ack);
        if ack.lost > 0 {
            self.loss_events += 1;
        }
        if ack.ece {
            // A mark weighs as much as a loss (RFC 3168 §5).
            self.note_loss();
            self.marked_in_round = true;
        }
        // BBRUpdateLatestDeliverySignals
        self.loss_round_start = false;
        self.bw_latest = self.bw_latest.max(bw);
        self.inflight_latest = self.inflight_latest.max(sample.delivered);
        if sample.has_packet && !before(sample.prior_delivered, self.loss_round_delivered) {
            self.loss_round_delivered = self.delivered;
            self.loss_round_start = true;
        }
        self.update_round(sample.has_packet, sample.prior_delivered);
        if bw > 0 && (bw >= self.most_bw() || !sample.app_limited) {
            self.max_bw[1] = self.max_bw[1].max(bw);
        }
        if self.loss_round_start {
            self.adapt_lower_bounds(window.cwnd);
            self.loss_in_round = false;
        }
        let half = if self.full_bw_reached {
            EXTRA_FILTER_HALF
        } else {
            1
        };
        self.clumps
            .on_ack(ack, self.bw, window.cwnd, self.round_start, half);
        self.check_full_bw(bw, sample.app_limited);
    }

    /// What is left to do of the signals once the states have seen them
    /// (BBRAdvanceLatestDeliverySignals).
    pub(super) fn advance_signals(&mut self, ack: &Ack) {
        if self.loss_round_start {
            self.bw_latest = bandwidth::sampled(ack);
            self.inflight_latest = ack.rate.delivered;
        }
        if self.round_start {
            self.loss_events = 0;
            self.marked_in_round = false;
        }
    }

    /// BBR.max_bw.
    pub(super) fn most_bw(&self) -> u64 {
        self.max_bw[0].max(self.max_bw[1])
    }

    /// BBRAdvanceMaxBwFilter.
    pub(super) fn advance_max_bw(&mut self) {
        if self.max_bw[1] > 0 {
            self.max_bw = [self.max_bw[1], 0];
        }
    }

    /// BBRBoundBWForModel.
    pub(super) fn bound_bw(&mut self) {
        self.bw = self.most_bw().min(self.bw_short);
    }

    /// BBRStartRound.
    pub(super) fn start_round(&mut self) {
        self.next_round = self.delivered;
    }

    fn update_round(&mut self, has_packet: bool, prior_delivered: u32) {
        self.round_start = has_packet && !before(prior_delivered, self.next_round);
        if self.round_start {
            self.start_round();
            self.round_count = self.round_count.wrapping_add(1);
            self.rounds_since_probe = self.rounds_since_probe.saturating_add(1);
            self.marked_rounds = if self.marked_in_round {
                self.marked_rounds + 1
            } else {
                0
            };
        }
    }

    /// BBRNoteLoss.
    pub(super) fn note_loss(&mut self) {
        if !self.loss_in_round {
            self.loss_round_delivered = self.delivered;
            self.save_before_loss();
        }
        self.loss_in_round = true;
    }

    /// BBRResetCongestionSignals.
    pub(super) fn reset_signals(&mut self) {
        self.loss_in_round = false;
        self.bw_latest = 0;
        self.inflight_latest = 0;
    }

    /// BBRResetShortTermModel.
    pub(super) fn reset_short_term(&mut self) {
        self.bw_short = u64::MAX;
        self.inflight_short = UNBOUNDED;
    }

    /// BBRResetFullBW.
    pub(super) fn reset_full_bw(&mut self) {
        self.full_bw = 0;
        self.full_bw_count = 0;
        self.full_bw_now = false;
    }

    /// Once a round trip with losses, while no probe is to blame (§5.5.10.3).
    fn adapt_lower_bounds(&mut self, cwnd: u32) {
        if !self.loss_in_round || self.phase.accelerates() {
            return;
        }
        if self.bw_short == u64::MAX {
            self.bw_short = self.most_bw();
        }
        if self.inflight_short == UNBOUNDED {
            self.inflight_short = cwnd;
        }
        let cut = |value: u64| value * BETA / 100;
        self.bw_short = self.bw_latest.max(cut(self.bw_short));
        let inflight = cut(u64::from(self.inflight_short)) as u32;
        self.inflight_short = self.inflight_latest.max(inflight);
    }

    /// §5.3.1.2.
    fn check_full_bw(&mut self, bw: u64, app_limited: bool) {
        if self.full_bw_now || !self.round_start || app_limited {
            return;
        }
        if bw >= self.full_bw * GROWTH.0 / GROWTH.1 {
            self.reset_full_bw();
            self.full_bw = bw;
            return;
        }
        self.full_bw_count += 1;
        self.full_bw_now = self.full_bw_count >= FULL_ROUNDS;
        self.full_bw_reached |= self.full_bw_now;
    }

    /// §5.3.4.3.
    pub(super) fn update_min_rtt(&mut self, ack: &Ack) {
        let past = |stamp: Instant, length| ack.now > stamp + length;
        self.probe_rtt_expired = past(self.probe_rtt_stamp, PROBE_RTT_INTERVAL);
        if let Some(rtt) = ack.rtt
            && (rtt < self.probe_rtt_min || self.probe_rtt_expired)
        {
            self.probe_rtt_min = rtt;
            self.probe_rtt_stamp = ack.now;
        }
        if self.probe_rtt_min < self.min_rtt || past(self.min_rtt_stamp, MIN_RTT_FILTER) {
            self.min_rtt = self.probe_rtt_min;
            self.min_rtt_stamp = self.probe_rtt_stamp;
        }
    }
}

/// Whether a count lies before another, on a circle.
fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) as i32 <= -1
}
