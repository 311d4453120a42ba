//! What every frame touches of a link's direction, packed: a LAN's floods go through thousands of them.

use base::{Duration, Instant};

/// Whether a direction is free, and what went through it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    /// When the last bit of what was sent last has left.
    free_at: Instant,
    /// Frames that wait, or that leave while it is not certain what becomes of them.
    pub(crate) held: u32,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) busy: Duration,
}

impl Meter {
    /// Whether a frame has to wait.
    pub(crate) fn is_busy(&self, now: Instant) -> bool {
        self.held > 0 || now < self.free_at
    }

    /// When it has sent what it is sending.
    pub(crate) const fn free_at(&self) -> Instant {
        self.free_at
    }

    /// A frame of `len` bytes begins to leave, which takes `time`.
    pub(crate) fn begin(&mut self, now: Instant, len: usize, time: Duration) {
        self.free_at = now + time;
        self.frames += 1;
        self.bytes += len as u64;
        self.busy += time;
    }

    /// The cable was pulled: nothing is leaving or waiting any more.
    pub(crate) fn clear(&mut self, now: Instant) {
        self.free_at = now;
        self.held = 0;
    }
}
