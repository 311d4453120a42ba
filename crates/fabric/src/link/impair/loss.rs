//! Frames that never arrive.

use super::Dice;

/// Which frames are lost. netem's `loss`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loss {
    /// None.
    #[default]
    None,
    /// Each with this probability, whatever became of the others. `loss random`.
    Random(f64),
    /// Those with these numbers, counted from 0 over all that were put on the wire in this
    /// direction since the link was built. For tests that must lose this one and no other.
    Frames(Vec<u64>),
}

impl Loss {
    /// Whether the frame of this number is lost.
    pub(crate) fn hits(&self, dice: &mut Dice, number: u64) -> bool {
        match self {
            Self::None => false,
            Self::Random(probability) => dice.chance(*probability),
            Self::Frames(numbers) => numbers.contains(&number),
        }
    }
}
