//! How much is offered (RFC 9293 §3.8.6.2.2), as Linux decides it.

use super::{AckDebt, Rcv};
use crate::window::{RawWindow, Window};

impl Rcv {
    /// The window that there would be room for now. Without scaling it is a number of full segments,
    /// so that the sender has no reason for small ones; with it, the scale's grain decides.
    pub(super) fn select(&mut self) -> u32 {
        let full = self.clamp.min(self.space);
        let mss = u32::from(self.full_size()).min(full);
        let mut free = self.space.saturating_sub(self.held());
        let grain = 1 << self.scale.shift();
        if free < full / 2 {
            self.acks.leave_quick();
            free &= !(grain - 1);
            // So little that the peer had better wait for more.
            if free < self.space / 16 || free < mss {
                return 0;
            }
        }
        let free = free.min(self.slow_start).min(self.clamp);
        if grain > 1 {
            // Rounded up: what the shift would cut off could be all there is.
            return free.next_multiple_of(grain);
        }
        let window = self.told_window();
        if mss > 0 && (window + mss <= free || window > free) {
            free - free % mss
        } else if mss == full && free > window + full / 2 {
            free
        } else {
            window
        }
    }

    /// Moves the window's edge as far as there is room, never back, and returns the field to tell
    /// it with.
    pub(crate) fn advertise(&mut self) -> RawWindow {
        let window = self.window().0;
        let room = self.select();
        let grain = 1 << self.scale.shift();
        let mut new = room;
        if room < window {
            // The peer was promised more (RFC 9293 §3.8.6, SHLD-15). Rounded up, so that the edge
            // that it sees does not move back either; but not for ever, a grain at a time.
            new = window.next_multiple_of(grain);
            if self.held().saturating_add(new) > self.space.saturating_add(grain) {
                new = window;
            }
        }
        let new = new.min(self.scale.largest().0.max(window));
        self.edge = self.nxt + new;
        Window(new).in_field(self.scale)
    }

    /// Whether the program has read so much that the peer should hear of it unasked: the window
    /// becomes at least twice what the peer knows of.
    pub(crate) fn update_due(&mut self) -> bool {
        let window = self.window().0;
        if window > self.clamp / 2 {
            return false;
        }
        let new = self.select();
        new > 0 && new / 2 >= window
    }

    /// Whether a second full segment is acknowledged at once: if the window moves with it. If not,
    /// the program's next read tells more.
    pub(crate) fn window_moves(&mut self) -> bool {
        self.select() >= self.told_window()
    }

    /// `len` bytes came in one segment: a little more may be offered next time.
    pub(crate) fn grow(&mut self, len: usize) {
        // Of small ones the room would be used up by what holds them.
        if len < 128 {
            return;
        }
        let free = self.space.saturating_sub(self.held());
        let room = self.clamp.min(free).saturating_sub(self.slow_start);
        if room > 0 {
            let step = 2 * u32::from(self.max_mss).max(len as u32);
            self.slow_start += room.min(step);
            self.acks.tell_growth();
        }
    }

    /// The program has taken some of what came: an ACK may be due.
    pub(crate) fn on_read(&mut self) -> bool {
        let emptied = self.queue.is_empty() && !self.has_gap();
        self.ack == AckDebt::Delayed
            && (self.second_segment() || (emptied && self.acks.read_calls_for_ack()))
    }

    /// Changes the largest window that is offered (TCP_WINDOW_CLAMP).
    pub(crate) fn set_clamp(&mut self, clamp: u32) {
        if clamp < self.clamp {
            self.slow_start = self.slow_start.min(clamp);
        } else {
            self.slow_start = self.slow_start.max(self.told_window().min(clamp));
        }
        self.clamp = clamp;
    }
}
