//! How much new data may go.
//!
//! Three things hold data back: the peer's window, the congestion window, and that small segments
//! are a waste: of the network (Nagle, RFC 9293 §3.7.4) and of the peer's buffer (silly windows,
//! RFC 9293 §3.8.6.2.1).

use super::mtu::Due;
use crate::Connection;
use crate::connection::Marks;

/// New data that may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fresh {
    /// Bytes of data.
    pub(crate) len: usize,
    /// Bytes of data in each full segment of it.
    pub(crate) segment: usize,
    /// Whether the FIN goes with its last segment.
    pub(crate) fin: bool,
}

impl Fresh {
    /// The first part of it that fits into `max_payload` bytes.
    pub(super) fn cut(self, max_payload: usize) -> Self {
        if self.len <= max_payload {
            return self;
        }
        let segment = self.segment.min(max_payload);
        Self {
            len: max_payload - max_payload % segment,
            segment,
            fin: false,
        }
    }
}

impl Connection {
    /// What of the data that was never sent may go now.
    pub(crate) fn fresh(&self) -> Option<Fresh> {
        // What is missing goes first.
        if !self.snd.has_fresh() || (self.owes_again() && !self.is_new_first()) {
            return None;
        }
        match self.mtu_probe_due() {
            Due::No => {}
            Due::Wait => return None,
            Due::Now(len) => {
                return Some(Fresh {
                    len,
                    segment: len,
                    fin: false,
                });
            }
        }
        let segment = usize::from(self.current_mss());
        let unsent = self.snd.unsent() as usize;
        let peer_room = self.snd.window_room() as usize;
        let packets = self.congestion_room() as usize;
        let room = peer_room.min(packets.saturating_mul(segment));
        let len = unsent.min(room);
        let whole = len - len % segment;
        let len = if self.may_send(len, len - whole, unsent, peer_room) {
            len
        } else {
            whole
        };
        // A FIN alone is a segment of its own, and waits for the window as any.
        let fin = self.snd.fin && len == unsent && peer_room > len && (len > 0 || packets > 0);
        (len > 0 || fin).then_some(Fresh { len, segment, fin })
    }

    /// Whether `len` bytes may go although their last segment has only `rest` bytes.
    fn may_send(&self, len: usize, rest: usize, unsent: usize, peer_room: usize) -> bool {
        if rest == 0 || self.marks.contains(Marks::OVERRIDE) {
            return true;
        }
        if len == unsent {
            // All there is. It waits while another small one is in flight, which is Nagle's rule
            // as Minshall refined it: full segments in flight do not hold back the end of a
            // message. What a FIN ends gets no company by waiting, and what is urgent must not
            // wait. Anything else a cork holds in any case.
            if self.snd.fin || self.sends_urgent().is_some() {
                return true;
            }
            if self.options.cork || self.marks.contains(Marks::MORE) {
                return false;
            }
            return self.options.nodelay || !self.snd.small_in_flight();
        }
        // More is there than the window takes: worth it from half the largest window on, since a
        // peer with a small buffer never offers more. Room in the congestion window only grows.
        len == peer_room && len >= self.snd.max_wnd.0 as usize / 2
    }

    /// How many segments more the congestion window takes.
    pub(super) fn congestion_room(&self) -> u32 {
        self.congestion.window.cwnd.saturating_sub(self.in_flight())
    }

    /// New data for a tail loss probe: a segment, however small and however little the congestion
    /// window takes, if the peer's window does (RFC 8985 §7.3).
    pub(super) fn fresh_probe(&self) -> Option<Fresh> {
        let segment = usize::from(self.current_mss());
        let unsent = self.snd.unsent() as usize;
        let room = self.snd.window_room() as usize;
        let len = unsent.min(segment);
        let fin = self.snd.fin && len == unsent && room > len;
        let fits = len <= room && (len > 0 || (fin && !self.snd.fin_sent()));
        fits.then_some(Fresh { len, segment, fin })
    }
}
