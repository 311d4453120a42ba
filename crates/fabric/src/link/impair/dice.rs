//! Chance, by the seed.

use base::Rng;

/// The chance of one impairment in one direction of one link.
///
/// Each has its own, so that a change of jitter does not change which frames are lost; and it costs
/// nothing until it is first rolled.
#[derive(Debug)]
pub(crate) struct Dice {
    seed: u64,
    stream: u64,
    rng: Option<Box<Rng>>,
}

impl Dice {
    /// Dice that fall by `seed`, differently for each `stream`.
    pub(crate) const fn new(seed: u64, stream: u64) -> Self {
        Self {
            seed,
            stream,
            rng: None,
        }
    }

    fn rng(&mut self) -> &mut Rng {
        let Self { seed, stream, rng } = self;
        rng.get_or_insert_with(|| Box::new(Rng::seeded(*seed).fork(*stream)))
    }

    /// True with the given probability. Certainty is not rolled for.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        // NaN is a probability of nothing.
        probability > 0.0 && (probability >= 1.0 || self.rng().chance(probability))
    }

    /// A number from 0 up to, not including, `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound <= 1 {
            0
        } else {
            self.rng().below(bound)
        }
    }
}
