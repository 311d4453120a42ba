//! Deadlines in order.

use alloc::collections::BTreeMap;

use base::Instant;

/// Names one armed deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerId(Instant, u64);

/// A set of deadlines, each with a key.
#[derive(Debug)]
pub(crate) struct Wheel<K> {
    deadlines: BTreeMap<(Instant, u64), K>,
    next: u64,
}

impl<K: Copy> Wheel<K> {
    /// No deadlines.
    pub(crate) const fn new() -> Self {
        Self {
            deadlines: BTreeMap::new(),
            next: 0,
        }
    }

    /// Arms a deadline. One that has passed expires at once.
    pub(crate) fn arm(&mut self, at: Instant, key: K) -> TimerId {
        let id = TimerId(at, self.next);
        self.next += 1;
        self.deadlines.insert((id.0, id.1), key);
        id
    }

    /// Disarms a deadline; one that has expired is disarmed already.
    pub(crate) fn disarm(&mut self, id: TimerId) {
        self.deadlines.remove(&(id.0, id.1));
    }

    /// When to look again: no deadline is earlier than this.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.deadlines.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes one deadline that has come.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<K> {
        let entry = self.deadlines.first_entry().filter(|e| e.key().0 <= now)?;
        Some(entry.remove())
    }
}
