//! What sending waits for, and for how long (Linux's `tcp_chrono`).
//!
//! While data is written and not acknowledged, time is counted: as the peer's window's where that is
//! what holds the rest back, as the send buffer's where the program would write more and has no room,
//! and else as merely busy. It is looked at whenever nothing more goes out for now, and when an ACK
//! has come.

use alloc::boxed::Box;

use base::{Duration, Instant};

use crate::connection::Marks;
use crate::{Connection, State};

/// What data that is not acknowledged waits for. A later one hides those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Held {
    /// There is none.
    #[default]
    Nothing,
    /// Acknowledgments, or the congestion window.
    Busy,
    /// The peer's window (TCP_CHRONO_RWND_LIMITED).
    Window,
    /// Room for the program to write (TCP_CHRONO_SNDBUF_LIMITED).
    Buffer,
}

/// Time that was spent so. 20 bytes; a connection has it from the first data it sends.
///
/// Times are whole milliseconds: of each span the moments are cut and not its length, so that many
/// short ones are still right together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chrono {
    held: Held,
    /// Since when, in milliseconds; it wraps.
    since: u32,
    /// What was spent in the kinds behind [`Held::Nothing`], in milliseconds.
    spent: [u32; 3],
}

impl Chrono {
    fn set(&mut self, now: Instant, held: Held) {
        if self.held != held {
            self.spent = self.spent(now);
            self.since = millis(now);
            self.held = held;
        }
    }

    fn spent(&self, now: Instant) -> [u32; 3] {
        let mut spent = self.spent;
        let index = match self.held {
            Held::Nothing => return spent,
            Held::Busy => 0,
            Held::Window => 1,
            Held::Buffer => 2,
        };
        spent[index] = spent[index].saturating_add(millis(now).wrapping_sub(self.since));
        spent
    }

    /// Time in which data was written and not acknowledged, whatever it waited for
    /// (`tcpi_busy_time`).
    #[must_use]
    pub fn busy_time(&self, now: Instant) -> Duration {
        let spent = self.spent(now).map(u64::from);
        Duration::from_millis(spent.iter().sum())
    }

    /// Time of it in which the peer's window held data back (`tcpi_rwnd_limited`).
    #[must_use]
    pub fn rwnd_limited(&self, now: Instant) -> Duration {
        Duration::from_millis(self.spent(now)[1].into())
    }

    /// Time of it in which all was sent, and the program had no room to write more
    /// (`tcpi_sndbuf_limited`).
    #[must_use]
    pub fn sndbuf_limited(&self, now: Instant) -> Duration {
        Duration::from_millis(self.spent(now)[2].into())
    }
}

impl Connection {
    /// Nothing more goes out for now: what does that wait for?
    pub(crate) fn note_held(&mut self, now: Instant) {
        let before = match &self.chrono {
            Some(chrono) => chrono.held,
            None if self.snd.buffer.is_empty() => return,
            None => Held::Nothing,
        };
        let held = self.held(before);
        if held != before {
            self.chrono.get_or_insert_default().set(now, held);
        }
    }

    /// Data was acknowledged: is any left, and does the program still wait for room?
    pub(crate) fn note_less_held(&mut self, now: Instant) {
        let waits = self.marks.contains(Marks::WRITER_WAITS);
        let none = self.snd.buffer.is_empty();
        if let Some(chrono) = &mut self.chrono {
            match chrono.held {
                _ if none => chrono.set(now, Held::Nothing),
                Held::Buffer if !waits => chrono.set(now, Held::Busy),
                _ => {}
            }
        }
    }

    fn held(&self, before: Held) -> Held {
        let unsent = self.snd.unsent();
        let segment = u32::from(self.current_mss());
        let waits = self.marks.contains(Marks::WRITER_WAITS);
        let writes = matches!(self.state, State::Established | State::CloseWait);
        let full = self.in_flight() >= self.congestion.window.cwnd;
        if self.snd.buffer.is_empty() {
            Held::Nothing
        } else if waits && writes && unsent == 0 && (before == Held::Buffer || !full) {
            Held::Buffer
        } else if unsent > 0 && !full && self.snd.window_room() < unsent.min(segment) {
            Held::Window
        } else {
            Held::Busy
        }
    }

    /// What was counted so far; of a connection that is over, what was when it last changed.
    pub(crate) fn chrono(&self) -> Chrono {
        let mut chrono: Chrono = self.chrono.as_deref().copied().unwrap_or_default();
        if self.state == State::Closed {
            chrono.held = Held::Nothing;
        }
        chrono
    }
}

/// A moment as it is kept here.
fn millis(at: Instant) -> u32 {
    at.as_micros().wrapping_div(1_000) as u32
}

/// Where a connection keeps it.
pub(crate) type Kept = Option<Box<Chrono>>;
