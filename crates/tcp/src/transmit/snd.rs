//! The send sequence space (RFC 9293 §3.3.1).

use alloc::boxed::Box;

use wire::tcp::SeqNumber;

use super::MtuSearch;
use crate::buffers::ByteQueue;
use crate::handshake::DEFAULT_MSS;
use crate::window::{Window, WindowScale};

/// The sending half of a connection.
///
/// ```text
///       una              nxt           end
///   ─────┼────────────────┼─────────────┼─────
///   acked│  in flight     │  unsent     │ FIN, once the program has closed
///        └── buffer ──────────────────┘
/// ```
#[derive(Debug)]
pub(crate) struct Snd {
    /// SND.UNA: the oldest number that is not acknowledged.
    pub(crate) una: SeqNumber,
    /// SND.NXT: behind the highest number that was ever sent.
    pub(crate) nxt: SeqNumber,
    /// SND.WND.
    pub(crate) wnd: Window,
    /// The largest SND.WND so far, from which the peer's buffer is guessed (RFC 9293 §3.8.6.2.1).
    pub(crate) max_wnd: Window,
    /// SND.WL1: the sequence number of the segment that gave the window.
    wl1: SeqNumber,
    /// SND.WL2: its acknowledgment number.
    wl2: SeqNumber,
    /// Behind the last segment that was sent less than full (Minshall's variant of Nagle).
    small: SeqNumber,
    /// Where the first segment within what was last written ends that says PSH, see `push`.
    pub(super) push: SeqNumber,
    /// Bytes of data in a full segment.
    pub(crate) mss: u16,
    /// What the way takes, options counted, as it was last seen.
    pub(crate) path: u16,
    /// What the ends take, options counted (Linux's `mss_clamp`); until the peer's SYN is here, what is
    /// taken for that if it does not say.
    pub(crate) clamp: u16,
    /// Probes of the path, where those are sent.
    pub(crate) search: Option<Box<MtuSearch>>,
    /// How the peer's windows are to be read.
    pub(crate) scale: WindowScale,
    /// Whether a FIN stands behind the last byte.
    pub(crate) fin: bool,
    /// What is not acknowledged, sent or not. Its first byte is `una`, or the one behind the SYN
    /// while that is in flight.
    pub(crate) buffer: ByteQueue,
}

impl Snd {
    pub(crate) fn new(iss: SeqNumber, mss: u16) -> Self {
        Self {
            una: iss,
            nxt: iss,
            wnd: Window(0),
            max_wnd: Window(0),
            wl1: SeqNumber(0),
            wl2: SeqNumber(0),
            small: iss,
            push: iss,
            mss,
            path: mss,
            clamp: DEFAULT_MSS,
            search: None,
            scale: WindowScale::NONE,
            fin: false,
            buffer: ByteQueue::new(iss + 1),
        }
    }

    /// Sent and not acknowledged, in sequence space.
    pub(crate) const fn flight(&self) -> u32 {
        self.nxt.since(self.una)
    }

    /// Written and not sent, in bytes.
    pub(crate) fn unsent(&self) -> u32 {
        let end = self.buffer.end();
        if self.nxt.before(end) {
            end.since(self.nxt)
        } else {
            0
        }
    }

    /// Whether the FIN was sent at least once.
    pub(crate) fn fin_sent(&self) -> bool {
        self.fin && self.nxt.after(self.buffer.end())
    }

    /// Whether the FIN was sent and acknowledged.
    pub(crate) fn fin_acknowledged(&self) -> bool {
        self.fin && self.una.after(self.buffer.end())
    }

    /// Whether there is anything that was never sent: data or the FIN.
    pub(crate) fn has_fresh(&self) -> bool {
        self.unsent() > 0 || (self.fin && !self.fin_sent())
    }

    /// Moves SND.UNA up to `ack`, which lies behind it and not behind SND.NXT, and lets go of the
    /// data before it.
    pub(crate) fn acknowledge(&mut self, ack: SeqNumber) {
        self.una = ack;
        if ack.after(self.buffer.start()) {
            self.buffer.release(ack.since(self.buffer.start()) as usize);
        }
    }

    /// Lets go of everything: there is nobody to send it to any more.
    pub(crate) fn clear(&mut self) {
        self.una = self.nxt;
        self.buffer = ByteQueue::new(self.nxt);
    }

    /// Takes the window of a segment unless it is older than the one that gave the last
    /// (RFC 9293 §3.10.7.4, fifth).
    pub(crate) fn update_window(&mut self, seq: SeqNumber, ack: SeqNumber, window: Window) {
        if self.wl1.before(seq) || (self.wl1 == seq && self.wl2.before_eq(ack)) {
            self.set_window(seq, ack, window);
        }
    }

    /// Whether a segment with the number `seq` was sent after the one that gave the window.
    pub(crate) const fn is_newer(&self, seq: SeqNumber) -> bool {
        self.wl1.before(seq)
    }

    /// Takes the window of the segment that completed the handshake.
    pub(crate) fn set_window(&mut self, seq: SeqNumber, ack: SeqNumber, window: Window) {
        self.wnd = window;
        self.max_wnd = self.max_wnd.max(window);
        self.wl1 = seq;
        self.wl2 = ack;
    }

    /// How many more numbers the peer's window takes from SND.NXT on.
    pub(crate) const fn window_room(&self) -> u32 {
        self.wnd.0.saturating_sub(self.flight())
    }

    /// Whether a segment of less than full size is in flight.
    pub(crate) const fn small_in_flight(&self) -> bool {
        self.small.after(self.una) && self.small.before_eq(self.nxt)
    }

    /// Notes that everything up to SND.NXT was sent and ended in a segment that was not full.
    pub(crate) const fn sent_small(&mut self) {
        self.small = self.nxt;
    }
}
