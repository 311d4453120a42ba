//! Frames that overtake.

use super::Dice;

/// Which frames skip the delay, and so overtake those on the way. netem's `reorder`.
///
/// Without a delay there is nothing to overtake. Jitter reorders as well, by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reorder {
    /// The probability, for each frame that may.
    pub probability: f64,
    /// Only every so-many-th frame may: netem's `gap`. 0 and 1 let all.
    pub gap: u64,
}

impl Reorder {
    /// No frame overtakes.
    pub const NONE: Self = Self::random(0.0);

    /// Each frame with this probability.
    #[must_use]
    pub const fn random(probability: f64) -> Self {
        Self {
            probability,
            gap: 0,
        }
    }

    /// Whether the frame of this number does.
    pub(crate) fn hits(self, dice: &mut Dice, correlation: f64, number: u64) -> bool {
        // Certainty needs no dice, and gap 5 at 100 % is "every fifth".
        (self.gap <= 1 || (number + 1).is_multiple_of(self.gap))
            && dice.chance_after(correlation, self.probability)
    }
}

impl Default for Reorder {
    /// [`Reorder::NONE`].
    fn default() -> Self {
        Self::NONE
    }
}
