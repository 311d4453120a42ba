//! What is left of a connection in TIME_WAIT.

use base::Instant;
use wire::tcp::{Control, SeqNumber};

use crate::{DropReason, Settings};

/// A connection in TIME_WAIT whose program has let go.
#[derive(Clone, Debug)]
pub struct TimeWait {
    snd_nxt: SeqNumber,
    rcv_nxt: SeqNumber,
    deadline: Instant,
}

/// What a segment did to a [`TimeWait`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum TimeWaitOutcome {
    /// Answer with this ACK.
    Reply(Control),
    /// The peer has sent its FIN again: answer with this ACK; the deadline has moved.
    Restarted(Control),
    /// A new SYN that may take over (RFC 9293 §3.10.7.4, fourth): forget this one, and open a
    /// [`HalfOpen`](crate::HalfOpen) with `iss`, which lies beyond all that this one has sent.
    Reusable {
        /// The initial sequence number for the connection that takes over.
        iss: SeqNumber,
    },
    /// A RST has ended it: forget it.
    Dead,
    /// Nothing.
    Drop(DropReason),
}

impl TimeWait {
    /// Takes a segment; `payload_len` is in bytes.
    pub fn on_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        payload_len: usize,
    ) -> TimeWaitOutcome {
        let _ = (
            now,
            settings,
            control,
            payload_len,
            self.snd_nxt,
            self.rcv_nxt,
        );
        TimeWaitOutcome::Drop(DropReason::OutOfWindow)
    }

    /// When it is over and forgotten.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}
