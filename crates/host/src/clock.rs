//! The clocks: one to measure by, one to tell the date.

use std::time::SystemTime;

use base::{Duration, Instant};

use crate::kernel;

/// Real time for a stack: the kernel's monotonic clock, and what date its origin was.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// From 1970 (UTC) to [`Instant::ZERO`].
    origin: Duration,
}

impl Clock {
    /// A clock whose date is the machine's, as of now.
    #[must_use]
    pub fn start() -> Self {
        let date = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            origin: Duration::from(date) - kernel::now().since(Instant::ZERO),
        }
    }

    /// What time it is. Never earlier than an answer before.
    #[must_use]
    pub fn now(&self) -> Instant {
        kernel::now()
    }

    /// From 1970 (UTC) to [`Instant::ZERO`]: what a capture file adds to its timestamps.
    #[must_use]
    pub const fn origin(&self) -> Duration {
        self.origin
    }
}
