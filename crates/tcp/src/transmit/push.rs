//! Which segments say PSH (RFC 9293 §3.9.1.2), as Linux has it.
//!
//! Those with which a write ends; those that leave as the last of several in one piece, since the
//! peer need not wait for what would complete its own larger pieces; and in a long write one for
//! every half of the peer's largest window, so that a peer that passes on nothing but what is pushed
//! never has its buffer full of it.
//!
//! The last is so where the congestion window lets one segment go at a time; where it takes more,
//! Linux joins pieces until their ends say nothing.
//!
//! Linux fills pieces of up to 64 KiB with what is written, and the sign belongs to a piece, whose
//! last segment says it. The piece that a write begins grows by what leaves of it meanwhile:
//!
//! ```text
//!    ├───────┼────────────────┼────────────────┼─────
//!    │ ready │      goal      │      goal      │
//!   write                     ▲ half of the window was written: PSH
//! ```

use wire::tcp::SeqNumber;

use super::Snd;
use crate::Connection;

/// The most that Linux makes one piece of, in bytes: 64 KiB without room for headers.
const MOST: u32 = 65_536 - 321;
/// Up to this window the whole of it makes a piece, and beyond it half (RFC 1122 §4.2.2.6).
const SMALL: u32 = 536;

impl Connection {
    /// Whether a segment that ends at `end` is one to push in the midst of what was written.
    pub(super) fn is_pushed(&self, end: SeqNumber) -> bool {
        let half = self.congestion.window.cwnd / 2;
        half.min(self.congestion_room()) <= 1 && self.snd.pushes(end)
    }
}

impl Snd {
    /// Bytes that are written into one piece: whole segments, and no more than half of the window.
    pub(super) fn goal(&self) -> u32 {
        let mss = u32::from(self.mss).max(1);
        let window = self.max_wnd.0;
        let most = match window {
            0 => MOST,
            1..=SMALL => window,
            _ => MOST.min(window / 2),
        };
        (most - most % mss).max(mss)
    }

    /// Something is about to be written, and `ready` bytes of it will leave at once.
    pub(super) fn begin_pieces(&mut self, ready: u32) {
        if self.unsent() > 0 {
            return;
        }
        let (goal, half) = (self.goal(), self.max_wnd.0 / 2);
        let grown = ready % goal;
        let pieces = half.saturating_sub(grown) / goal + 1;
        self.push = self.buffer.end() + grown + pieces * goal;
    }

    /// Whether a segment that ends at `end`, within what was written, is one to push.
    fn pushes(&self, end: SeqNumber) -> bool {
        if end.before(self.push) {
            return false;
        }
        let goal = self.goal();
        // So many pieces are more than half of the window.
        let per = self.max_wnd.0 / 2 / goal + 1;
        end.since(self.push).is_multiple_of(per * goal)
    }
}
