//! RED: random early detection (RFC 2309 §2; Floyd and Jacobson 1993), in tc-red's words.

use base::{Duration, Instant};

use super::impair::Dice;

/// The settings of tc-red; its `limit` is the channel's queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Red {
    /// Up to this mean queue, in bytes, nothing is done.
    pub min: usize,
    /// From this one on, every frame is marked or dropped.
    pub max: usize,
    /// Bytes of a usual frame.
    pub avpkt: usize,
    /// So many usual frames may come at once before the mean follows.
    pub burst: usize,
    /// How likely a frame is marked when the mean reaches `max`.
    pub probability: f64,
    /// Marks what can be marked (RFC 3168) and drops the rest.
    pub ecn: bool,
}

/// What RED remembers.
#[derive(Debug, Default)]
pub(crate) struct RedState {
    /// The mean queue in bytes.
    mean: f64,
    /// Frames since the last that was hit, while the mean lies between the thresholds.
    count: Option<u32>,
    /// Since when nothing waits.
    idle: Option<Instant>,
}

impl Red {
    /// How fast the mean follows: 2 to the power of minus this (tc's `tc_red_eval_ewma`), so that
    /// `burst` frames at once just reach `min`.
    fn weight(&self) -> f64 {
        let frames = self.burst as f64;
        let room = frames + 1.0 - self.min as f64 / self.avpkt.max(1) as f64;
        let mut weight = 0.5;
        for _ in 0..31 {
            if room <= (1.0 - powi(1.0 - weight, self.burst as u64)) / weight {
                break;
            }
            weight /= 2.0;
        }
        weight
    }

    /// Whether the frame that comes is to be marked or dropped. `backlog` bytes wait, and a usual
    /// frame takes `time` to leave.
    pub(crate) fn hits(
        &self,
        state: &mut RedState,
        dice: &mut Dice,
        now: Instant,
        backlog: usize,
        time: Duration,
    ) -> bool {
        let weight = self.weight();
        match state.idle.take() {
            // As if so many frames had come to an empty queue.
            Some(since) => {
                let frames = (now - since).as_nanos() / time.as_nanos().max(1);
                state.mean *= powi(1.0 - weight, frames);
            }
            None => state.mean += weight * (backlog as f64 - state.mean),
        }
        let (min, max) = (self.min as f64, self.max as f64);
        if state.mean < min {
            state.count = None;
            return false;
        }
        if state.mean >= max {
            state.count = None;
            return true;
        }
        let count = state.count.map_or(0, |count| count.saturating_add(1));
        state.count = Some(count);
        let base = self.probability * (state.mean - min) / (max - min).max(1.0);
        // Evenly spread: the longer ago the last hit, the likelier the next.
        let left = 1.0 - f64::from(count) * base;
        let hit = left <= 0.0 || dice.chance(base / left);
        if hit {
            state.count = Some(0);
        }
        hit
    }

    /// Nothing waits any more.
    pub(crate) fn rest(state: &mut RedState, now: Instant) {
        state.idle.get_or_insert(now);
    }
}

/// The same on every machine, which the library's `powf` need not be.
fn powi(base: f64, mut exponent: u64) -> f64 {
    let (mut result, mut square) = (1.0, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= square;
        }
        square *= square;
        exponent >>= 1;
    }
    result
}
