//! How far segments are known to overtake each other on their way.

use wire::tcp::SeqNumber;

use crate::{Connection, Settings};

impl Connection {
    /// Something from `low` on arrived only now, after what lies higher: the path reorders, and at
    /// least so far.
    pub(super) fn see_reordering(&mut self, settings: &Settings, low: SeqNumber) {
        let highest = self.recovery.queue.highest(self.snd.una);
        if !low.before(highest) {
            return;
        }
        let mss = u32::from(self.snd.mss);
        let distance = highest.since(low);
        let known = self.recovery.reordering;
        if distance > known.saturating_mul(mss) {
            let segments = distance.div_ceil(mss.max(1));
            self.recovery.reordering = segments.min(settings.max_reordering);
        }
        self.recovery.reordered = self.recovery.reordered.saturating_add(1);
    }
}
