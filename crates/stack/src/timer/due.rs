//! The deadlines of the present tick, in exact order.

use alloc::collections::BTreeMap;

use base::Instant;

/// Few deadlines, sorted by time and, at the same time, by serial number.
///
/// A search tree instead of a heap, so that what is disarmed is gone: a deadline that is moved a
/// million times within one tick leaves nothing behind.
#[derive(Debug)]
pub(super) struct Due(BTreeMap<(Instant, u64), u32>);

impl Due {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn push(&mut self, at: Instant, serial: u64, index: u32) {
        self.0.insert((at, serial), index);
    }

    pub(super) fn remove(&mut self, at: Instant, serial: u64) {
        self.0.remove(&(at, serial));
    }

    pub(super) fn first(&self) -> Option<Instant> {
        self.0.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first, if its time has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<u32> {
        let first = self.0.first_entry().filter(|e| e.key().0 <= now)?;
        Some(first.remove())
    }
}
