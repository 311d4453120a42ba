//! How long a frame is on its way.

use base::Duration;

use super::{Dice, Distribution};

/// netem's `delay TIME JITTER CORRELATION distribution NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// For every frame.
    pub time: Duration,
    /// How far it varies: each frame's delay is `time` and so many times `jitter` as the
    /// distribution draws. No frame arrives before it was sent.
    pub jitter: Duration,
    /// How those numbers are spread.
    pub distribution: Distribution,
    /// No frame overtakes one that was sent before it, however their delays fall: it arrives at the
    /// same moment then. Radio links and DSL keep order so. Without this jitter reorders, as netem's
    /// does. What [`Reorder`](super::Reorder) picks overtakes all the same.
    pub in_order: bool,
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
            distribution: Distribution::Uniform,
            in_order: false,
        }
    }

    /// The next frame's; with the probability `correlation` it deviates as the last one did.
    pub(crate) fn draw(self, dice: &mut Dice, correlation: f64) -> Duration {
        let Self { time, jitter, .. } = self;
        if jitter == Duration::ZERO {
            return time;
        }
        let deviate = dice.draw(correlation, |dice| {
            self.distribution.draw(dice, jitter.as_nanos())
        });
        let swing = deviate * jitter.as_nanos() as f64;
        // Both casts saturate; a delay of nothing is the least.
        let nanos = time.as_nanos();
        Duration::from_nanos(if swing < 0.0 {
            nanos.saturating_sub((-swing).round() as u64)
        } else {
            nanos.saturating_add(swing.round() as u64)
        })
    }
}

impl Default for Delay {
    /// [`Delay::NONE`].
    fn default() -> Self {
        Self::NONE
    }
}
