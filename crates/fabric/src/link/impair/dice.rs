//! Chance, by the seed.

use base::Rng;

/// How far what happens to a frame is like what happened to the one before it, for each impairment
/// on its own: with this probability it is the same again, and else it is drawn anew.
///
/// So shares, means and deviations are those that were asked for, and what happens to frames `n`
/// apart is correlated by the `n`-th power. (netem's own `CORRELATION` means the same, but its
/// arithmetic changes the share as well: with `loss 10% 25%` it loses less than 10 %.)
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Correlation {
    /// Of the jitter.
    pub delay: f64,
    /// Of [`Loss::Random`](super::Loss::Random): losses come in bursts.
    pub loss: f64,
    /// Of corruption; which bit is drawn anew.
    pub corrupt: f64,
    /// Of duplication.
    pub duplicate: f64,
    /// Of reordering.
    pub reorder: f64,
}

impl Correlation {
    /// Each frame on its own.
    pub const NONE: Self = Self {
        delay: 0.0,
        loss: 0.0,
        corrupt: 0.0,
        duplicate: 0.0,
        reorder: 0.0,
    };
}

/// The chance of one impairment in one direction of one link.
///
/// Each has its own, so that a change of jitter does not change which frames are lost; and it costs
/// nothing until it is first rolled.
#[derive(Debug)]
pub(crate) struct Dice {
    seed: u64,
    stream: u64,
    rng: Option<Box<Rng>>,
    /// What was drawn last, where the next may be the same.
    last: Option<f64>,
}

impl Dice {
    /// Dice that fall by `seed`, differently for each `stream`.
    pub(crate) const fn new(seed: u64, stream: u64) -> Self {
        Self {
            seed,
            stream,
            rng: None,
            last: None,
        }
    }

    fn rng(&mut self) -> &mut Rng {
        let Self {
            seed, stream, rng, ..
        } = self;
        rng.get_or_insert_with(|| Box::new(Rng::seeded(*seed).fork(*stream)))
    }

    /// True with the given probability. Certainty is not rolled for.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        // NaN is a probability of nothing.
        probability > 0.0 && (probability >= 1.0 || self.rng().chance(probability))
    }

    /// As [`chance`](Self::chance); with the probability `correlation` what came of the last one.
    pub(crate) fn chance_after(&mut self, correlation: f64, probability: f64) -> bool {
        let drawn = self.draw(correlation, |dice| f64::from(dice.chance(probability)));
        drawn > 0.0
    }

    /// What `fresh` draws, or with the probability `correlation` what it drew last.
    pub(crate) fn draw(&mut self, correlation: f64, fresh: impl FnOnce(&mut Self) -> f64) -> f64 {
        if correlation.is_nan() || correlation <= 0.0 {
            return fresh(self);
        }
        if let Some(last) = self.last
            && self.chance(correlation)
        {
            return last;
        }
        let drawn = fresh(self);
        self.last = Some(drawn);
        drawn
    }

    /// A number from 0 up to, not including, `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound <= 1 {
            0
        } else {
            self.rng().below(bound)
        }
    }

    /// A number from 0 up to, not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.rng().unit()
    }
}
