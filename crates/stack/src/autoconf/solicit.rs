//! Routers are asked for, ever more seldom, until one answers (RFC 7559).

use base::{Duration, Instant, Rng};

use super::link::Link;

/// So long a host that was switched on waits at most, so that not all ask at once (RFC 4861 §10,
/// `MAX_RTR_SOLICITATION_DELAY`).
const DELAY: Duration = Duration::from_secs(1);
/// Between the first two questions (RFC 7559 §2.1).
const FIRST: Duration = Duration::from_secs(4);
/// Between two questions at most.
const LONGEST: Duration = Duration::from_secs(3600);

/// The next question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) at: Instant,
    /// How long was waited after the one before; `None` before the first.
    waited: Option<Duration>,
}

impl Link {
    /// Begins to ask.
    pub(super) fn solicit(&mut self, now: Instant, rng: &mut Rng) {
        let wait = Duration::from_nanos(rng.below(DELAY.as_nanos()));
        self.question = Some(Question {
            at: now + wait,
            waited: None,
        });
    }

    /// Whether a question is due; if so, the next one is planned.
    pub(super) fn ask_again(&mut self, now: Instant, rng: &mut Rng) -> bool {
        let Some(question) = self.question.filter(|question| question.at <= now) else {
            return false;
        };
        let base = question.waited.map_or(FIRST, |waited| waited * 2);
        // RFC 8415 §15: a tenth more or less.
        let spread = |time: Duration, rng: &mut Rng| {
            let tenth = time.as_nanos() / 10;
            Duration::from_nanos(time.as_nanos() - tenth + rng.below(2 * tenth))
        };
        let mut wait = spread(base, rng);
        if wait > LONGEST {
            wait = spread(LONGEST, rng);
        }
        self.question = Some(Question {
            at: now + wait,
            waited: Some(wait),
        });
        true
    }
}
