//! A path that lets so much through and drops the rest (Linux's long-term bandwidth).
//!
//! A token bucket lets bursts pass at the speed of the wire, so the most that was ever delivered
//! says nothing of what it lets through in the long run. Two stretches of time, each with much loss
//! from its first to its last packet, that deliver at nearly the same rate are taken for one; then
//! that rate is kept for a while.

use base::Instant;

use super::super::{Ack, bandwidth};
use super::Bbr;

/// The least round trips of a stretch; four times as many are too many.
const LEAST_ROUNDS: u32 = 4;
/// A stretch has as many losses to deliveries as 50 in 256.
const LOSSES: (u64, u64) = (50, 256);
/// Rates are alike that differ by an eighth at most …
const ALIKE: u64 = 8;
/// … or by so many bytes a second.
const ALIKE_BYTES: u64 = 500;
/// For so many round trips the rate is kept.
const KEPT_ROUNDS: u32 = 48;

/// What is known of a policer.
#[derive(Clone, Debug, Default)]
pub(super) struct Policer {
    /// The rate of the last stretch; 0: none.
    rate: u64,
    /// There is a policer, and that is its rate.
    found: bool,
    /// A stretch is under way, which began so.
    began: Option<Begin>,
    /// Round trips of it, or since the policer was found.
    rounds: u32,
}

/// How a stretch began.
#[derive(Clone, Copy, Debug)]
struct Begin {
    at: Instant,
    delivered: u32,
    lost: u32,
}

impl Policer {
    /// What the policer lets through, if there is one.
    pub(super) fn bw(&self) -> Option<u64> {
        self.found.then_some(self.rate)
    }
}

impl Bbr {
    /// An ACK: is there a policer?
    pub(super) fn police(&mut self, ack: &Ack) {
        let begin = Begin {
            at: ack.now,
            delivered: self.delivered,
            lost: self.lost,
        };
        let probes = self.probes_bw();
        let policer = &mut self.policer;
        if policer.found {
            policer.rounds += u32::from(self.round_start && probes);
            if policer.rounds >= KEPT_ROUNDS {
                *policer = Policer::default();
                self.enter_probe_bw(ack.now);
            }
            return;
        }
        let Some(began) = policer.began else {
            // A stretch begins with a loss: then the tokens are used up.
            if ack.lost > 0 {
                policer.began = Some(begin);
                policer.rounds = 0;
            }
            return;
        };
        policer.rounds += u32::from(self.round_start);
        if ack.rate.app_limited || policer.rounds > 4 * LEAST_ROUNDS {
            *policer = Policer::default();
            return;
        }
        if policer.rounds < LEAST_ROUNDS || ack.lost == 0 {
            return;
        }
        let lost = begin.lost.wrapping_sub(began.lost);
        let delivered = begin.delivered.wrapping_sub(began.delivered);
        let micros = (begin.at - began.at).as_micros();
        if u64::from(lost) * LOSSES.1 < u64::from(delivered) * LOSSES.0 || micros < 1000 {
            return;
        }
        let bw = bandwidth::of(delivered, micros);
        let apart = bw.abs_diff(policer.rate);
        let alike = apart * ALIKE <= policer.rate
            || bandwidth::bytes_a_second(apart, self.mss) <= ALIKE_BYTES;
        if policer.rate > 0 && alike {
            policer.rate = policer.rate.midpoint(bw);
            policer.found = true;
        } else {
            policer.rate = bw;
        }
        policer.began = Some(begin);
        policer.rounds = 0;
    }
}
