//! What is sent again, and when (RFC 5681 §3.2, RFC 6582, RFC 6298 §5).
//!
//! | file | what |
//! |---|---|
//! | `rtt` | the round-trip time and the time-out |
//! | `duplicate` | duplicate ACKs: fast retransmit and fast recovery |
//! | `timeout` | the time-out, and when to give up |

mod duplicate;
mod rtt;
#[cfg(test)]
mod tests;
mod timeout;

use base::Instant;
use wire::tcp::SeqNumber;

pub(crate) use rtt::{Rtt, bounded};

/// What is known of losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing is missing as far as is known.
    #[default]
    Open,
    /// Duplicate ACKs have shown a loss: fast recovery.
    Fast,
    /// A time-out: everything in flight is taken for lost.
    Loss,
}

/// What has to be sent again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recovery {
    pub(crate) phase: Phase,
    /// Duplicate ACKs in a row.
    duplicates: u8,
    /// Time-outs in a row without progress.
    pub(crate) timeouts: u8,
    /// Whether this recovery has seen a partial acknowledgment.
    partial: bool,
    /// SND.NXT when the last loss was noticed: it is over when this is acknowledged.
    recover: SeqNumber,
    /// From here …
    from: SeqNumber,
    /// … up to here is owed again.
    to: SeqNumber,
    /// What fast recovery adds to the congestion window for the segments that have left the
    /// network, and takes off for those that were acknowledged (RFC 5681 §3.2, RFC 6582 §3.2).
    inflation: i32,
    /// Segments sent again, in all.
    pub(crate) total: u32,
    /// When something was last acknowledged, or sent with nothing else in flight.
    pub(crate) progress: Instant,
}

impl Recovery {
    pub(crate) fn new(iss: SeqNumber, now: Instant) -> Self {
        Self {
            recover: iss,
            from: iss,
            to: iss,
            progress: now,
            ..Self::default()
        }
    }

    /// The next number that is owed again and the one behind the last, if any.
    pub(crate) fn owed(&self) -> Option<(SeqNumber, SeqNumber)> {
        self.from.before(self.to).then_some((self.from, self.to))
    }

    /// What was owed was sent up to `end`.
    pub(crate) fn paid(&mut self, end: SeqNumber) {
        self.from = end;
    }

    /// A segment was sent again.
    pub(crate) fn count(&mut self) {
        self.total = self.total.saturating_add(1);
    }

    /// From `from` up to `to` is owed again.
    pub(crate) fn owe(&mut self, from: SeqNumber, to: SeqNumber) {
        (self.from, self.to) = (from, to);
    }

    /// Takes all up to `nxt` for lost, without blaming congestion: the path takes only smaller
    /// segments.
    pub(crate) fn resend_all(&mut self, una: SeqNumber, nxt: SeqNumber) {
        self.phase = Phase::Loss;
        self.recover = nxt;
        self.owe(una, nxt);
    }

    /// What is taken to be in the network, in bytes: after a time-out, only what was sent since.
    pub(crate) fn in_network(&self, una: SeqNumber, nxt: SeqNumber) -> u32 {
        if self.phase == Phase::Loss && self.from.before(self.to) {
            self.from.since(una)
        } else {
            nxt.since(una)
        }
    }

    /// The congestion window with what fast recovery makes of it.
    pub(crate) fn window(&self, cwnd: u32, mss: u16) -> u32 {
        cwnd.saturating_add_signed(self.inflation)
            .max(u32::from(mss))
    }
}
