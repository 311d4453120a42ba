//! Peers without SACK (RFC 6582): each duplicate ACK stands for a segment that has arrived out of
//! order, whichever it is.

use super::segment::Fate;
use crate::congestion::CaState;
use crate::{Connection, Settings};

impl Connection {
    /// Duplicate ACKs: so many segments more have arrived.
    pub(super) fn add_emulated(&mut self, settings: &Settings, duplicates: u32) {
        if duplicates == 0 || self.has_sack() {
            return;
        }
        let before = self.recovery.queue.sacked;
        self.recovery.queue.sacked += duplicates;
        self.see_emulated_reordering(settings, 0);
        let delivered = self.recovery.queue.sacked.saturating_sub(before);
        let rate = &mut self.congestion.rate;
        rate.delivered = rate.delivered.wrapping_add(delivered);
    }

    /// `acked` segments were acknowledged for good: one filled a hole, and the others are those
    /// whose duplicate ACKs came before.
    pub(super) fn remove_emulated(&mut self, settings: &Settings, acked: u32) {
        if acked > 0 {
            let sacked = self.recovery.queue.sacked;
            let rate = &mut self.congestion.rate;
            let new = acked.saturating_sub(sacked).max(1);
            rate.delivered = rate.delivered.wrapping_add(new);
            self.recovery.queue.sacked = sacked.saturating_sub(acked - 1);
        }
        self.see_emulated_reordering(settings, acked);
    }

    /// More duplicate ACKs than segments could make: the path reorders, or doubles.
    fn see_emulated_reordering(&mut self, settings: &Settings, acked: u32) {
        let queue = &mut self.recovery.queue;
        let holes = queue.lost.max(1).min(queue.out);
        if queue.sacked + holes <= queue.out {
            return;
        }
        queue.sacked = queue.out - holes;
        let most = queue.out + acked;
        self.recovery.reordering = most.min(settings.max_reordering);
        self.recovery.reordered = self.recovery.reordered.saturating_add(1);
    }

    /// After three duplicate ACKs, and then with every partial acknowledgment, the first segment is
    /// lost (RFC 5681 §3.2, RFC 6582 §3.2).
    pub(super) fn newreno_mark_lost(&mut self, advanced: bool) {
        let recovery = &self.recovery;
        let enough = recovery.queue.sacked >= recovery.reordering;
        let begins = recovery.state < CaState::Recovery && enough;
        let goes_on = recovery.state == CaState::Recovery && advanced;
        if !begins && !goes_on {
            return;
        }
        self.split_front();
        if self
            .recovery
            .queue
            .front()
            .is_some_and(|front| !front.is(Fate::LOST))
        {
            self.mark_lost(0);
        }
    }

    /// Makes the first record one segment.
    fn split_front(&mut self) {
        let Some(front) = self.recovery.queue.front() else {
            return;
        };
        if front.count > 1 && !front.is(Fate::LOST) {
            let at = front.start + u32::from(front.size);
            self.recovery.queue.split(0, at);
        }
    }
}
