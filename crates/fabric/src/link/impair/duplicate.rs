//! Frames that arrive twice.

use super::Dice;

/// The probability that a frame arrives twice; the second is delayed on its own. netem's
/// `duplicate`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duplicate(pub f64);

impl Duplicate {
    /// Whether this frame does.
    pub(crate) fn hits(self, dice: &mut Dice, correlation: f64) -> bool {
        dice.chance_after(correlation, self.0)
    }
}
