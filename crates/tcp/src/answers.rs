//! How often a segment that was not acceptable is answered (`tcp_invalid_ratelimit`).

use base::Instant;

use crate::Settings;

/// One answer in so long.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AnswerLimit {
    not_before: Instant,
}

impl AnswerLimit {
    /// Whether an answer may be given now. If so, it counts as given.
    pub(crate) fn allows(&mut self, now: Instant, settings: &Settings) -> bool {
        let allowed = now >= self.not_before;
        if allowed {
            self.not_before = now + settings.invalid_ratelimit;
        }
        allowed
    }
}
