//! A connection of a listener before its handshake is complete.

use base::{Instant, Payload};
use wire::tcp::{Control, SeqNumber};

use crate::{Arrival, Connection, DropReason, Error, Settings, SocketOptions};

/// SYN_RECEIVED from a listener: at most 160 bytes, and nothing on the heap.
#[derive(Clone, Debug)]
pub struct HalfOpen {
    iss: SeqNumber,
    deadline: Instant,
}

/// What became of a [`HalfOpen`].
#[derive(Debug)]
#[must_use]
pub enum HalfOpenOutcome {
    /// It goes on.
    Nothing,
    /// It goes on; answer with this.
    Reply(Control, DropReason),
    /// The handshake is complete: this takes its place. The arrival is what the completing segment
    /// did to the connection.
    Established(Connection, Arrival),
    /// It has ended without a word: forget it.
    Dead(Error),
    /// It goes on; the segment was not used.
    Drop(DropReason),
}

impl HalfOpen {
    /// Answers a SYN that [`listen`](crate::listen()) judged [`Listen::Open`](crate::Listen::Open).
    /// The SYN-ACK is owed then.
    ///
    /// `local_mss` is what the route lets a segment carry, in bytes of data. `options` are the
    /// listener's.
    #[must_use]
    pub fn new(
        now: Instant,
        settings: &Settings,
        options: SocketOptions,
        iss: SeqNumber,
        local_mss: u16,
        syn: &Control,
    ) -> Self {
        let _ = (settings, options, local_mss, syn);
        Self { iss, deadline: now }
    }

    /// Takes a segment of the peer.
    pub fn on_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        payload: Payload,
    ) -> HalfOpenOutcome {
        let _ = (now, settings, control, payload, self.iss);
        HalfOpenOutcome::Nothing
    }

    /// The SYN-ACK, when it is owed.
    pub fn poll_transmit(&mut self, now: Instant, settings: &Settings) -> Option<Control> {
        let _ = (now, settings);
        None
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has something to say.
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        false
    }

    /// When to call [`on_deadline`](Self::on_deadline).
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The deadline has come: the SYN-ACK is owed again, or it is dead. Harmless when early.
    pub fn on_deadline(&mut self, now: Instant, settings: &Settings) -> HalfOpenOutcome {
        let _ = (now, settings);
        HalfOpenOutcome::Nothing
    }
}
