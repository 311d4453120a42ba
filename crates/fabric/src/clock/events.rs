//! The agenda: events in the order of their time, and those of one instant in the order in which
//! they were entered, so that the same seed is the same run.

use core::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use base::{Frame, Instant};

use crate::flood::Flood;
use crate::ids::PipeId;

/// Something that happens at its time.
#[derive(Debug)]
pub(crate) enum Event {
    /// The last bit of the frame that a pipe is sending has left.
    Sent {
        pipe: PipeId,
        /// How many cables had been pulled then: a pulled cable forgets what was on it.
        pulls: u32,
    },
    /// A frame has reached the far end of a pipe.
    Arrived(Flight),
    /// The copies of a frame have reached the far ends of their pipes.
    Flooded(Box<Flood>),
}

/// A frame between two ports.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) frame: Box<Frame>,
    pub(crate) pipe: PipeId,
    /// How many cables had been pulled when it left.
    pub(crate) pulls: u32,
}

#[derive(Debug)]
struct Entry {
    at: Instant,
    number: u64,
    event: Event,
}

/// The events to come.
#[derive(Debug, Default)]
pub(crate) struct Events {
    heap: BinaryHeap<Reverse<Entry>>,
    entered: u64,
}

impl Events {
    /// Enters an event, in O(log n).
    pub(crate) fn enter(&mut self, at: Instant, event: Event) {
        let number = self.entered;
        self.entered += 1;
        self.heap.push(Reverse(Entry { at, number, event }));
    }

    /// When the next one happens.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the next event if it happens at `now` or before.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Event> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry.event)
    }
}

impl Entry {
    const fn key(&self) -> (Instant, u64) {
        (self.at, self.number)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}
