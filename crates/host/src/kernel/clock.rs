//! The kernel's monotonic clock.

use base::time::Instant;
use rustix::time::{ClockId, clock_gettime};

/// What time it is: nanoseconds of CLOCK_MONOTONIC (clock_gettime(2)), which is the same clock in
/// every process of the machine and never steps back.
pub fn now() -> Instant {
    let time = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Instant::from_nanos(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
}
