//! Whose time has come?

use base::Instant;

use crate::stack::Stack;
use crate::timer::TimerKey;

impl Stack {
    /// When to call [`on_deadline`](Self::on_deadline) at the latest; `None` when nothing waits
    /// for time to pass. Not before everything owed was fetched by
    /// [`poll_transmit`](Self::poll_transmit).
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Lets every deadline that has come take effect. What is then owed,
    /// [`poll_transmit`](Self::poll_transmit) sends.
    pub fn on_deadline(&mut self, now: Instant) {
        while let Some(key) = self.timers.expire(now) {
            match key {
                TimerKey::Neighbor(_) | TimerKey::Reassembly(_) | TimerKey::Tcp(_) => {}
            }
        }
    }
}
