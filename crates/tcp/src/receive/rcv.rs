//! The receive sequence space (RFC 9293 §3.3.1).

use alloc::boxed::Box;

use arrayvec::ArrayVec;
use base::Payload;
use wire::tcp::options::MAX_SACK_BLOCKS;
use wire::tcp::{SackBlock, SeqNumber};

use super::acks::{AckDebt, Acks};
use super::sack::Sacks;
use super::tuning::Tuning;
use crate::buffers::{Assembler, ByteQueue};
use crate::window::{RawWindow, Window, WindowScale};

/// The receiving half of a connection.
///
/// ```text
///      queue.start       nxt               edge
///   ─────────┼────────────┼──────────────────┼─────
///      read  │ to be read │  window          │
///            └── queue ──┘  └ ahead: pieces ┘
/// ```
#[derive(Debug)]
pub(crate) struct Rcv {
    /// RCV.NXT: the next number that is expected.
    pub(crate) nxt: SeqNumber,
    /// RCV.NXT + RCV.WND: how far the peer was allowed to send. It never moves back.
    pub(super) edge: SeqNumber,
    /// The last RCV.NXT that the peer was told.
    told: SeqNumber,
    /// Most bytes that are held for the program: half of the receive buffer, whose other half is
    /// for what holds them.
    pub(super) space: u32,
    /// The largest window that is offered (Linux's window_clamp).
    pub(super) clamp: u32,
    /// The largest window that is offered until the peer has sent more (Linux's rcv_ssthresh).
    pub(super) slow_start: u32,
    /// Bytes of data in a segment that we said we take; less the timestamps, once they are agreed.
    pub(crate) max_mss: u16,
    /// How our windows are told.
    pub(crate) scale: WindowScale,
    /// What is owed.
    pub(crate) ack: AckDebt,
    /// Whether the peer's FIN was received in its turn; `nxt` lies behind it then.
    pub(crate) fin: bool,
    /// Segments with data that came ahead of their turn (`tcpi_rcv_ooopack`).
    pub(crate) came_ahead: u32,
    pub(crate) acks: Acks,
    pub(super) tuning: Tuning,
    /// In order and not read.
    pub(crate) queue: ByteQueue,
    /// What came ahead of its turn, or twice; there only while there is such.
    ahead: Option<Box<Ahead>>,
}

/// What came ahead of its turn, and what is told of it.
#[derive(Debug, Default)]
struct Ahead {
    pieces: Assembler,
    sacks: Sacks,
}

impl Rcv {
    /// Before the peer's SYN, with room for `space` bytes, of which `window` may be sent before
    /// more is told.
    pub(crate) fn new(space: u32, window: u32, max_mss: u16, scale: WindowScale) -> Self {
        let mut rcv = Self {
            nxt: SeqNumber(0),
            edge: SeqNumber(window),
            told: SeqNumber(0),
            space: 0,
            clamp: u32::MAX,
            slow_start: window,
            max_mss,
            scale,
            ack: AckDebt::None,
            fin: false,
            came_ahead: 0,
            acks: Acks::new(max_mss, window),
            tuning: Tuning::default(),
            queue: ByteQueue::default(),
            ahead: None,
        };
        rcv.set_space(space);
        rcv
    }

    /// Starts behind the peer's SYN, which had the number `irs`. The window that our own SYN told
    /// begins there.
    pub(crate) fn start(&mut self, irs: SeqNumber) {
        let window = self.window();
        self.nxt = irs + 1;
        self.edge = self.nxt + window.0;
        self.told = self.nxt;
        self.queue = ByteQueue::new(self.nxt);
    }

    /// The handshake is complete. `options` bytes of each segment are no data, and `peer_mss` is
    /// what the peer's may carry.
    pub(crate) fn establish(&mut self, options: u16, peer_mss: u16, clamp: Option<u32>) {
        self.max_mss = self.max_mss.saturating_sub(options);
        let turns = self.acks.takes_turns();
        self.acks = Acks::new(self.max_mss.min(peer_mss), self.window().0);
        self.acks.set_turns(turns);
        let most = u32::from(self.max_mss);
        // A segment's room is kept back, for the program to read from while the next one comes.
        let reserved = self
            .space
            .saturating_sub(most)
            .max(2 * most)
            .min(self.space);
        self.clamp = clamp
            .unwrap_or(u32::MAX)
            .min(reserved)
            .min(self.scale.largest().0);
        self.slow_start = self.slow_start.min(self.clamp);
        self.tuning
            .begin(self.queue.start(), self.slow_start.min(10 * most));
    }

    pub(crate) const fn ssthresh(&self) -> u32 {
        self.slow_start
    }

    pub(crate) const fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// The receive buffer as it stands, in bytes, both halves of it.
    pub(crate) const fn buffer_size(&self) -> u32 {
        self.space.saturating_mul(2)
    }

    /// RCV.WND: how much the peer was allowed to send beyond RCV.NXT.
    pub(crate) const fn window(&self) -> Window {
        Window(self.edge.since(self.nxt))
    }

    /// The number behind the window.
    pub(crate) const fn edge(&self) -> SeqNumber {
        self.edge
    }

    /// The window as it was last told, from where it was told.
    pub(super) const fn told_window(&self) -> u32 {
        self.edge.since(self.told)
    }

    /// Bytes that are held, in their turn or ahead of it.
    pub(super) fn held(&self) -> u32 {
        let ahead = self.ahead.as_ref().map_or(0, |ahead| ahead.pieces.len());
        (self.queue.len() + ahead) as u32
    }

    /// How far the farthest lies ahead that came.
    pub(super) fn reach(&self) -> u32 {
        let end = self.ahead.as_ref().and_then(|ahead| ahead.pieces.end());
        end.map_or(0, |end| end.since(self.nxt))
    }

    /// The field to tell the window with as it is.
    pub(crate) fn field(&self) -> RawWindow {
        self.window().in_field(self.scale)
    }

    /// The field for a SYN, whose window is never scaled (RFC 7323 §2.2).
    pub(crate) fn field_in_syn(&self) -> RawWindow {
        self.window().in_field(WindowScale::NONE)
    }

    /// The last RCV.NXT that the peer was told: Last.ACK.sent of RFC 7323 §4.3.
    pub(crate) const fn told(&self) -> SeqNumber {
        self.told
    }

    /// Everything up to RCV.NXT is being acknowledged.
    pub(crate) fn told_all(&mut self) {
        self.told = self.nxt;
        if self.ack != AckDebt::None {
            self.ack = AckDebt::None;
            self.acks.on_sent_ack();
        }
        if let Some(ahead) = &mut self.ahead {
            ahead.sacks.told();
            self.forget_ahead_if_idle();
        }
    }

    /// An ACK is owed, sooner or later.
    pub(crate) fn schedule_ack(&mut self) {
        if self.ack == AckDebt::None {
            self.ack = AckDebt::Delayed;
        }
    }

    /// Takes `payload`, whose first byte is RCV.NXT, and all that can follow it.
    pub(crate) fn accept(&mut self, payload: Payload) {
        for slice in payload {
            self.queue.push(slice);
        }
        self.nxt = self.queue.end();
        let Some(ahead) = &mut self.ahead else {
            return;
        };
        let came = self.nxt;
        while let Some((start, bytes)) = ahead.pieces.pop(self.queue.end()) {
            let end = start + bytes.len() as u32;
            if start.before(came) {
                ahead.sacks.came_twice(SackBlock {
                    left: start,
                    right: end.min(came),
                });
            }
            let next = self.queue.end();
            let known = next.offset_from(start).max(0) as usize;
            if known < bytes.len() {
                self.queue.push(bytes.slice(known..));
            }
        }
        self.nxt = self.queue.end();
        ahead.sacks.advance(self.nxt);
    }

    /// Whether a FIN that came ahead of its turn is next; forgets what came ahead once that is
    /// nothing more.
    pub(crate) fn settle_ahead(&mut self) -> bool {
        let fin = self.ahead.as_ref().and_then(|ahead| ahead.pieces.fin) == Some(self.nxt);
        if fin {
            self.clear_ahead();
        } else {
            self.forget_ahead_if_idle();
        }
        fin
    }

    fn forget_ahead_if_idle(&mut self) {
        if let Some(ahead) = &mut self.ahead {
            if ahead.pieces.is_empty() {
                ahead.sacks.clear_blocks();
            }
            if ahead.pieces.is_empty() && ahead.sacks.is_empty() {
                self.ahead = None;
            }
        }
    }

    /// A segment with so much data, or several joined, came ahead of its turn.
    pub(crate) fn count_ahead(&mut self, len: usize) {
        let segments = len.div_ceil(usize::from(self.max_mss.max(1))) as u32;
        self.came_ahead = self.came_ahead.wrapping_add(segments);
    }

    /// Keeps `payload`, whose first byte is `seq`, for its turn. False if something had to be
    /// dropped for want of room. `sack` says whether what comes twice is told.
    pub(crate) fn keep_ahead(&mut self, seq: SeqNumber, payload: &Payload, twice: bool) -> bool {
        // Both halves of the buffer, since small pieces cost more than their bytes.
        let budget = (self.space as usize * 2).saturating_sub(self.queue.len());
        let ahead = self.ahead.get_or_insert_default();
        let right = seq + payload.len() as u32;
        let kept = ahead.pieces.insert(seq, payload, budget);
        if let Some((left, right)) = ahead.pieces.take_repeated().filter(|_| twice) {
            ahead.sacks.came_twice(SackBlock { left, right });
        }
        ahead.sacks.arrived(SackBlock { left: seq, right });
        if !kept {
            let end = ahead.pieces.end().unwrap_or(self.nxt);
            ahead.sacks.truncate(end);
        }
        kept
    }

    /// Remembers a FIN with the number `seq` for its turn.
    pub(crate) fn keep_fin_ahead(&mut self, seq: SeqNumber) {
        let ahead = self.ahead.get_or_insert_default();
        ahead.pieces.fin = Some(seq);
        ahead.sacks.arrived(SackBlock {
            left: seq,
            right: seq + 1,
        });
    }

    /// What lies from `left` up to `right` came again (RFC 2883 §4).
    pub(crate) fn came_twice(&mut self, left: SeqNumber, right: SeqNumber) {
        let ahead = self.ahead.get_or_insert_default();
        ahead.sacks.came_twice(SackBlock { left, right });
    }

    /// The blocks of the SACK option.
    pub(crate) fn sack_blocks(&self) -> ArrayVec<SackBlock, MAX_SACK_BLOCKS> {
        let ahead = self.ahead.as_ref();
        ahead.map_or_else(ArrayVec::new, |ahead| ahead.sacks.list())
    }

    /// How many of those there are.
    pub(crate) fn sack_count(&self) -> usize {
        self.ahead.as_ref().map_or(0, |ahead| ahead.sacks.count())
    }

    /// Whether something waits for what is missing before it.
    pub(crate) fn has_gap(&self) -> bool {
        let ahead = self.ahead.as_ref();
        ahead.is_some_and(|ahead| !ahead.pieces.is_empty())
    }

    pub(crate) const fn full_size(&self) -> u16 {
        self.acks.full_size()
    }

    /// Whether more than one full segment waits to be acknowledged (RFC 5681 §4.2: at least every
    /// second full one is, at once).
    pub(crate) fn second_segment(&self) -> bool {
        self.nxt.since(self.told) > u32::from(self.full_size())
    }

    /// Changes the room. What was promised stays promised. Half of it must be tellable in the
    /// window field, or a closed window might never open.
    pub(crate) fn set_space(&mut self, space: u32) {
        self.space = space.max(2 << self.scale.shift());
    }

    /// Forgets what cannot come to its turn any more.
    pub(crate) fn clear_ahead(&mut self) {
        self.ahead = None;
    }
}
