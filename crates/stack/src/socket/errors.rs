//! Errors that wait in a socket, one by one, until they are fetched with `MSG_ERRQUEUE`.

use alloc::collections::VecDeque;
use core::net::SocketAddr;

use base::Payload;

use super::Errno;
use super::datagrams::Envelope;
use super::message::ExtendedError;

/// What one costs beside its bytes, as a datagram does.
const OVERHEAD: usize = 256;

/// Word of a packet of this socket's that died.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: ExtendedError,
    /// To whom it went.
    pub(crate) to: SocketAddr,
    /// What was in it, as far as it came back.
    pub(crate) payload: Payload,
    /// How the word of it came; `None` for what this host found out.
    pub(crate) envelope: Option<Envelope>,
}

/// Those that wait, the oldest first.
#[derive(Debug)]
pub(crate) struct Errors {
    queue: VecDeque<Failure>,
}

/// A socket that takes over another's settings has none of its errors.
impl Clone for Errors {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl Errors {
    pub(super) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
        }
    }

    /// Keeps one, unless those that wait fill `limit` bytes. False when there is no room.
    pub(super) fn offer(&mut self, failure: Failure, limit: usize) -> bool {
        let cost = |failure: &Failure| failure.payload.len() + OVERHEAD;
        // Errors are few, and fetched soon: to count them is cheaper than to keep count.
        let charged: usize = self.queue.iter().map(cost).sum();
        if charged + cost(&failure) > limit {
            return false;
        }
        self.queue.push_back(failure);
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes the oldest, and says what `SO_ERROR` is from then on (`sock_dequeue_err_skb`): the next
    /// one's number. `None` where that stays as it is.
    pub(super) fn take(&mut self) -> Option<(Failure, Option<Option<Errno>>)> {
        let failure = self.queue.pop_front()?;
        let next = self.queue.front().filter(|next| next.envelope.is_some());
        let pending = match next {
            Some(next) => Some(Some(next.error.errno)),
            None if failure.envelope.is_some() => Some(None),
            None => None,
        };
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
        Some((failure, pending))
    }

    pub(super) fn clear(&mut self) {
        self.queue = VecDeque::new();
    }
}
