//! How long a socket's calls wait: one state, for the blocking shapes on every network.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use stack::{RecvFlags, SendFlags};

/// How long one call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as it takes; nothing else in the socket's state limits a call either.
    Forever,
    /// Not at all: `WouldBlock` instead.
    Never,
    /// Up to this long, then `TimedOut`.
    AtMost(Duration),
}

impl Patience {
    /// What is left of it for a call that was told not to wait.
    pub(crate) const fn unless(self, told: bool) -> Self {
        if told { Self::Never } else { self }
    }

    /// For a receipt with these flags: neither the urgent byte nor errors are waited for.
    pub(crate) fn for_receipt(self, flags: RecvFlags) -> Self {
        let at_once = RecvFlags::DONTWAIT | RecvFlags::OOB | RecvFlags::ERRQUEUE;
        self.unless(flags.intersects(at_once))
    }

    /// For sending with these flags.
    pub(crate) fn for_sending(self, flags: SendFlags) -> Self {
        self.unless(flags.contains(SendFlags::DONTWAIT))
    }
}

/// Which way a call moves data, for the sockets whose two time-outs differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Receiving and accepting.
    Receive,
    /// Sending and connecting.
    Send,
}

/// No limit, as nanoseconds.
const NONE: u64 = u64::MAX;

/// The mode of a socket, shared by its clones as the kernel's is.
///
/// The three words are read and written apart from each other: who changes the mode while another
/// thread's call begins gets the old mode or the new one for that call.
#[derive(Debug)]
pub(crate) struct Timeouts {
    nonblocking: AtomicBool,
    /// Nanoseconds, never 0; `NONE` for no limit.
    receive: AtomicU64,
    /// The same.
    send: AtomicU64,
}

impl Timeouts {
    /// A new socket's: it blocks.
    pub(crate) const fn new() -> Self {
        Self {
            nonblocking: AtomicBool::new(false),
            receive: AtomicU64::new(NONE),
            send: AtomicU64::new(NONE),
        }
    }

    /// How long a call in `direction` may wait.
    pub(crate) fn patience(&self, direction: Direction) -> Patience {
        if self.nonblocking.load(Ordering::Relaxed) {
            return Patience::Never;
        }
        match self.limit(direction) {
            Some(limit) => Patience::AtMost(limit),
            // The other direction is limited, so the descriptor does not block by itself.
            None if self.limited() => Patience::AtMost(Duration::MAX),
            None => Patience::Forever,
        }
    }

    /// Whether any call may not wait for ever.
    pub(crate) fn limited(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
            || self.limit(Direction::Receive).is_some()
            || self.limit(Direction::Send).is_some()
    }

    /// Whether calls do not wait at all.
    pub(crate) fn nonblocking(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
    }

    /// Makes calls wait not at all, or as their limits say.
    pub(crate) fn set_nonblocking(&self, on: bool) {
        self.nonblocking.store(on, Ordering::Relaxed);
    }

    /// The limit of one direction.
    pub(crate) fn limit(&self, direction: Direction) -> Option<Duration> {
        let nanos = self.word(direction).load(Ordering::Relaxed);
        (nanos != NONE).then(|| Duration::from_nanos(nanos))
    }

    /// Sets the limit of one direction; more than 584 years is none.
    pub(crate) fn set_limit(&self, direction: Direction, limit: Option<Duration>) {
        let nanos = limit.map_or(NONE, |it| u64::try_from(it.as_nanos()).unwrap_or(NONE));
        self.word(direction).store(nanos, Ordering::Relaxed);
    }

    fn word(&self, direction: Direction) -> &AtomicU64 {
        match direction {
            Direction::Receive => &self.receive,
            Direction::Send => &self.send,
        }
    }
}
