//! How late things happen when time goes on by the clock.

use base::Duration;

/// Whether a LAN in real time keeps up.
///
/// What is late still happens, in its order: frames, timers and programs that sleep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// The latest that anything happened after it was due.
    pub worst: Duration,
    /// How often the LAN found itself more than [`LATE`](Self::LATE) behind.
    pub late: u64,
}

impl Lag {
    /// What a busy machine's scheduler explains; programs on the LAN hardly notice.
    pub const LATE: Duration = Duration::from_millis(20);

    pub(super) fn note(&mut self, behind: Duration) {
        self.worst = self.worst.max(behind);
        if behind > Self::LATE {
            self.late += 1;
        }
    }
}
