//! How long a frame is on its way.

use base::Duration;

use super::Dice;

/// netem's `delay TIME JITTER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay {
    /// For every frame.
    pub time: Duration,
    /// More or less than that by at most so much, each length as likely as any other, each frame
    /// on its own. Frames may overtake each other. No frame arrives before it was sent.
    pub jitter: Duration,
}

impl Delay {
    /// No delay.
    pub const NONE: Self = Self::constant(Duration::ZERO);

    /// The same for every frame.
    #[must_use]
    pub const fn constant(time: Duration) -> Self {
        Self {
            time,
            jitter: Duration::ZERO,
        }
    }

    /// The next frame's.
    pub(crate) fn draw(self, dice: &mut Dice) -> Duration {
        let jitter = self.jitter.as_nanos();
        let swing = dice.below(jitter.saturating_mul(2).saturating_add(1));
        Duration::from_nanos(
            self.time
                .as_nanos()
                .saturating_add(swing)
                .saturating_sub(jitter),
        )
    }
}
