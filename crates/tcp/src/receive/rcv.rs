//! The receive sequence space (RFC 9293 §3.3.1).

use alloc::boxed::Box;

use base::Payload;
use wire::tcp::SeqNumber;

use crate::buffers::{Assembler, ByteQueue};
use crate::window::{RawWindow, Window, WindowScale};

/// Until the peer has sent more, its segments are taken to be full at this size, the least that
/// every host can take (RFC 9293 §3.7.1).
const DEFAULT_MSS: u16 = 536;

/// Whether an acknowledgment is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AckDebt {
    /// Everything received is acknowledged.
    #[default]
    None,
    /// Owed, and may wait for company until the timer says otherwise.
    Delayed,
    /// Owed at once.
    Now,
}

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
    edge: SeqNumber,
    /// The last RCV.NXT that the peer was told.
    told: SeqNumber,
    /// Most bytes that are held for the program.
    limit: u32,
    /// What the peer's segments are taken to be full at: the largest seen, in bytes of data.
    mss: u16,
    /// Bytes of data in a segment that we said we take.
    pub(crate) max_mss: u16,
    /// How our windows are told.
    pub(crate) scale: WindowScale,
    /// What is owed.
    pub(crate) ack: AckDebt,
    /// Whether the peer's FIN was received in its turn; `nxt` lies behind it then.
    pub(crate) fin: bool,
    /// In order and not read.
    pub(crate) queue: ByteQueue,
    /// What came ahead of its turn; there only while it holds something.
    ahead: Option<Box<Assembler>>,
}

impl Rcv {
    /// Before the peer's SYN, with room for `limit` bytes, of which `window` is offered in ours.
    pub(crate) fn new(limit: u32, window: RawWindow, max_mss: u16, scale: WindowScale) -> Self {
        let mut rcv = Self {
            nxt: SeqNumber(0),
            edge: SeqNumber(u32::from(window.0)),
            told: SeqNumber(0),
            limit: 0,
            mss: max_mss.min(DEFAULT_MSS),
            max_mss,
            scale,
            ack: AckDebt::None,
            fin: false,
            queue: ByteQueue::default(),
            ahead: None,
        };
        rcv.set_limit(limit);
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

    /// RCV.WND: how much the peer was allowed to send beyond RCV.NXT.
    pub(crate) const fn window(&self) -> Window {
        Window(self.edge.since(self.nxt))
    }

    /// The number behind the window.
    pub(crate) const fn edge(&self) -> SeqNumber {
        self.edge
    }

    /// How much further the window could reach, in bytes.
    const fn reach(&self) -> u32 {
        let held = self.queue.len() as u32;
        let room = self.limit.saturating_sub(held);
        let largest = self.scale.largest().0;
        let room = if room < largest { room } else { largest };
        room.saturating_sub(self.window().0)
    }

    /// The least step worth telling (RFC 9293 §3.8.6.2.2): a smaller one invites small segments.
    fn step(&self) -> u32 {
        u32::from(self.mss).min(self.limit / 2)
    }

    /// Moves the window's edge as far as there is room, but not by less than a full segment or
    /// half the buffer, and returns the field to tell it with.
    pub(crate) fn advertise(&mut self) -> RawWindow {
        let reach = self.reach();
        if reach >= self.step() {
            self.edge += reach;
        }
        self.field()
    }

    /// The field to tell the window with as it is.
    pub(crate) fn field(&self) -> RawWindow {
        self.window().in_field(self.scale)
    }

    /// The field for a SYN, whose window is never scaled (RFC 7323 §2.2).
    pub(crate) fn field_in_syn(&self) -> RawWindow {
        self.window().in_field(WindowScale::NONE)
    }

    /// Whether the program has read so much that the peer should hear of it unasked: the window
    /// that it knows of is half used up.
    pub(crate) fn update_due(&self) -> bool {
        let reach = self.reach();
        reach >= self.step() && self.window().0 <= reach
    }

    /// The last RCV.NXT that the peer was told: Last.ACK.sent of RFC 7323 §4.3.
    pub(crate) const fn told(&self) -> SeqNumber {
        self.told
    }

    /// Everything up to RCV.NXT is being acknowledged.
    pub(crate) const fn told_all(&mut self) {
        self.told = self.nxt;
        self.ack = AckDebt::None;
    }

    /// Takes `payload`, whose first byte is RCV.NXT, and all that can follow it.
    pub(crate) fn accept(&mut self, payload: Payload) {
        for slice in payload {
            self.queue.push(slice);
        }
        if let Some(ahead) = &mut self.ahead {
            while let Some(bytes) = ahead.pop(self.queue.end()) {
                self.queue.push(bytes);
            }
        }
        self.nxt = self.queue.end();
    }

    /// Whether a FIN that came ahead of its turn is next; forgets what came ahead once that is
    /// nothing more.
    pub(crate) fn settle_ahead(&mut self) -> bool {
        let Some(ahead) = &self.ahead else {
            return false;
        };
        let fin = ahead.fin == Some(self.nxt);
        if fin || ahead.is_empty() {
            self.ahead = None;
        }
        fin
    }

    /// Keeps `payload`, whose first byte is `seq`, for its turn. False if something had to be
    /// dropped for want of room.
    pub(crate) fn keep_ahead(&mut self, seq: SeqNumber, payload: &Payload) -> bool {
        // Twice, since small pieces cost more than their bytes.
        let budget = self.limit as usize * 2;
        self.ahead
            .get_or_insert_default()
            .insert(seq, payload, budget)
    }

    /// Remembers a FIN with the number `seq` for its turn.
    pub(crate) fn keep_fin_ahead(&mut self, seq: SeqNumber) {
        self.ahead.get_or_insert_default().fin = Some(seq);
    }

    /// Whether something waits for what is missing before it.
    pub(crate) const fn has_gap(&self) -> bool {
        self.ahead.is_some()
    }

    /// Learns from `len` bytes in one segment what the peer's full segments are.
    pub(crate) fn observe_size(&mut self, len: usize) {
        // Several segments may have been joined on their way: what they were cannot be seen.
        if len > usize::from(self.mss) && len <= usize::from(self.max_mss) {
            self.mss = len as u16;
        }
    }

    pub(crate) const fn full_size(&self) -> u16 {
        self.mss
    }

    /// Whether more than one full segment waits to be acknowledged (RFC 5681 §4.2: at least every
    /// second full one is, at once).
    pub(crate) fn second_segment(&self) -> bool {
        self.nxt.since(self.told) > u32::from(self.mss)
    }

    /// Whether the window takes another full segment.
    pub(crate) fn expects_segment(&self) -> bool {
        self.window().0 >= u32::from(self.mss)
    }

    /// Changes the room. What was promised stays promised. Half of it must be tellable in the
    /// window field, or a closed window might never open.
    pub(crate) fn set_limit(&mut self, limit: u32) {
        self.limit = limit.max(2 << self.scale.shift());
    }

    /// Forgets what cannot come to its turn any more.
    pub(crate) fn clear_ahead(&mut self) {
        self.ahead = None;
    }
}
