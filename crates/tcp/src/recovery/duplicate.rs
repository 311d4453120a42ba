//! Acknowledgments, new and duplicate: fast retransmit and fast recovery (RFC 5681 §3.2, RFC 6582).

use wire::tcp::SeqNumber;

use super::{Phase, Recovery};
use crate::congestion::Controller;

/// So many duplicate ACKs mean a loss (RFC 5681 §3.2).
const DUPLICATE_THRESHOLD: u8 = 3;

impl Recovery {
    /// A duplicate ACK: a segment has left the network, and `una` is still missing. Whether that
    /// begins fast recovery.
    pub(crate) fn on_duplicate(
        &mut self,
        una: SeqNumber,
        nxt: SeqNumber,
        mss: u16,
        congestion: &mut impl Controller,
    ) -> bool {
        if self.phase == Phase::Fast {
            // RFC 5681 §3.2, step 4.
            self.inflation = self.inflation.saturating_add(i32::from(mss));
            return false;
        }
        self.duplicates = self.duplicates.saturating_add(1);
        // What was in flight when the last loss was noticed makes duplicates of its own, which
        // show nothing new (RFC 6582 §3.2, step 2).
        if self.duplicates != DUPLICATE_THRESHOLD || !una.after(self.recover) {
            return false;
        }
        self.phase = Phase::Fast;
        self.partial = false;
        self.recover = nxt;
        congestion.on_loss(nxt.since(una), mss);
        self.inflation = i32::from(DUPLICATE_THRESHOLD) * i32::from(mss);
        self.owe_first(una, nxt, mss);
        true
    }

    /// `acked` numbers before `una` were acknowledged. Whether the retransmission timer starts
    /// anew.
    pub(crate) fn on_advance(
        &mut self,
        acked: u32,
        una: SeqNumber,
        nxt: SeqNumber,
        mss: u16,
        window_was_full: bool,
        congestion: &mut impl Controller,
    ) -> bool {
        self.duplicates = 0;
        self.timeouts = 0;
        // Nothing may stay behind by half the circle, or it would seem to lie ahead.
        self.from = self.from.max(una);
        self.to = self.to.max(una);
        if una.after(self.recover) {
            self.recover = una - 1;
        }
        match self.phase {
            Phase::Fast if una.before(self.recover) => {
                return self.on_partial(acked, una, nxt, mss);
            }
            Phase::Fast => {
                self.inflation = 0;
                self.phase = Phase::Open;
                congestion.on_recovered(nxt.since(una), mss);
            }
            Phase::Loss => {
                if !una.before(self.recover) {
                    self.phase = Phase::Open;
                }
                // One ACK may jump over much that had arrived before the time-out and shows
                // nothing of the path (RFC 3465 §2.3).
                congestion.on_ack(acked.min(u32::from(mss)), mss);
            }
            Phase::Open if window_was_full => congestion.on_ack(acked, mss),
            Phase::Open => {}
        }
        true
    }

    /// A partial acknowledgment: the next segment is missing too (RFC 6582 §3.2, step 3).
    fn on_partial(&mut self, acked: u32, una: SeqNumber, nxt: SeqNumber, mss: u16) -> bool {
        let acked = i32::try_from(acked).unwrap_or(i32::MAX);
        self.inflation = self.inflation.saturating_sub(acked);
        if acked >= i32::from(mss) {
            self.inflation = self.inflation.saturating_add(i32::from(mss));
        }
        self.owe_first(una, nxt, mss);
        // Only the first keeps the timer waiting: with many losses, going back by time-out is
        // faster than one segment a round trip (RFC 6582 §4, the impatient variant).
        !core::mem::replace(&mut self.partial, true)
    }

    /// The first segment in flight is owed again.
    fn owe_first(&mut self, una: SeqNumber, nxt: SeqNumber, mss: u16) {
        self.owe(una, nxt.min(una + u32::from(mss)));
    }
}
