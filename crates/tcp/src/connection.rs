//! One connection: what it is made of, and what can be asked of it.

use alloc::boxed::Box;

use base::Instant;
use bitflags::bitflags;
use wire::tcp::SeqNumber;

use crate::answers::AnswerLimit;
use crate::chrono;
use crate::congestion::Congestion;
use crate::ecn::Accurate;
use crate::handshake::{Ecn, FastOpening, Offer};
use crate::receive::Rcv;
use crate::recovery::{Recovery, Rtt};
use crate::timers::Timers;
use crate::timestamps::Stamps;
use crate::transmit::Snd;
use crate::urgent::Urgent;
use crate::{Error, Events, Settings, SocketOptions, State, Tally};

bitflags! {
    /// Debts and circumstances of one bit each.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Marks: u32 {
        /// The SYN, or SYN-ACK, is owed.
        const SYN_OWED = 0x001;
        /// A RST is owed.
        const RESET_OWED = 0x002;
        /// A segment without data that the peer must answer is owed.
        const PROBE_OWED = 0x004;
        /// The next data goes out however little it is (RFC 9293 §3.8.6.2.1, override time-out).
        const OVERRIDE = 0x008;
        /// The program has let go.
        const ORPHAN = 0x010;
        /// The program reads no more.
        const READ_CLOSED = 0x020;
        /// There was no room to write, and the program has not been told of any since.
        const WRITER_WAITS = 0x040;
        /// The program is blocked in a write until the handshake is over.
        const WRITER_BLOCKED = 0x4000;
        /// New data went out since it was last judged how much of the window is used.
        const SENT = 0x080;
        /// Our SYN carries the window scale option.
        const SCALING = 0x100;
        /// Our SYN carries the timestamps option; once the peer's is here, so does every segment.
        const TIMESTAMPS = 0x200;
        /// Our SYN permits SACK; once the peer's is here, both ends do.
        const SACK = 0x400;
        /// The program has said that more follows at once (MSG_MORE).
        const MORE = 0x800;
        /// What was written last was to be followed by more: its end says no PSH.
        const UNPUSHED = 0x8000;
        /// The SYN waits for data (TCP_FASTOPEN_CONNECT).
        const DEFERRED = 0x0001_0000;
        /// The peer's SYN came with a valid cookie (RFC 7413).
        const OPENED_FAST = 0x0002_0000;
        /// Data of a SYN was acknowledged.
        const SYN_DATA = 0x0004_0000;
        /// A congestion mark came, and every segment echoes it (Linux's TCP_ECN_DEMAND_CWR).
        const ECHO = 0x0100_0000;
        /// The window was reduced, and the peer has to hear of it (TCP_ECN_QUEUE_CWR).
        const REDUCED = 0x0200_0000;
        /// The peer has sent what may be marked (TCP_ECN_SEEN).
        const MARKABLE_SEEN = 0x0400_0000;
        /// A segment without data that shows urgent data to a closed window is owed.
        const URGENT_PROBE_OWED = 0x1000;
        /// A program has accepted it.
        const ACCEPTED = 0x0008_0000;
        /// The way takes more or less than the segments were last made to fit.
        const PATH_CHANGED = 0x1000_0000;
    }
}

/// One connection, from its SYN to its end.
///
/// Whoever keeps it feeds it with segments, deadlines and the program's calls, and after each asks
/// [`wants_transmit`](Self::wants_transmit) and [`deadline`](Self::deadline).
#[derive(Debug)]
pub struct Connection {
    pub(crate) state: State,
    pub(crate) marks: Marks,
    /// What the program has not been told yet.
    pub(crate) news: Events,
    /// What ended the connection, until the program has taken it.
    pub(crate) error: Option<Error>,
    /// What may be the reason should the peer stay silent (RFC 9293 §3.9.2.2).
    pub(crate) soft_error: Option<Error>,
    /// Unanswered probes of a closed window or of a silent peer.
    pub(crate) probes: u8,
    pub(crate) options: SocketOptions,
    pub(crate) snd: Snd,
    pub(crate) rcv: Rcv,
    pub(crate) recovery: Recovery,
    pub(crate) congestion: Congestion,
    pub(crate) rtt: Rtt,
    pub(crate) timers: Timers,
    pub(crate) stamps: Stamps,
    pub(crate) answers: AnswerLimit,
    pub(crate) tally: Tally,
    /// What sending waited for; nothing before the first data.
    pub(crate) chrono: chrono::Kept,
    /// What the handshake agreed on ECN.
    pub(crate) ecn: Ecn,
    /// What accurate ECN counts, once it is agreed on.
    pub(crate) accurate: Option<Box<Accurate>>,
    /// Of Fast Open: what the SYN is to say, then what its answer taught. Nothing else has it.
    pub(crate) fast_open: Option<Box<FastOpening>>,
    /// Urgent data, of either direction; there only while there is some.
    pub(crate) urgent: Option<Box<Urgent>>,
}

impl Connection {
    /// Opens actively: SYN_SENT, with the SYN owed.
    ///
    /// `local_mss` is what the route lets a segment carry, in bytes of data.
    #[must_use]
    pub fn connect(
        now: Instant,
        settings: &Settings,
        options: SocketOptions,
        iss: SeqNumber,
        local_mss: u16,
    ) -> Self {
        let offer = Offer::new(settings, &options, local_mss);
        let mut connection = Self::opening(State::SynSent, now, settings, options, iss, &offer);
        connection.marks |= Marks::SYN_OWED;
        connection.ecn = Ecn::wanted(settings);
        connection
    }

    /// Shifts the clock of its timestamps by what [`IsnGenerator::timestamp_offset`] gave
    /// (`tcp_timestamps` 1). It counts before the SYN is sent.
    ///
    /// [`IsnGenerator::timestamp_offset`]: crate::IsnGenerator::timestamp_offset
    #[must_use]
    pub fn with_timestamp_offset(mut self, offset: u32) -> Self {
        self.stamps = self.stamps.with_offset(offset);
        self
    }

    /// Takes the place of `old`, a connection of the same addresses and ports in TIME_WAIT: `iss` of
    /// [`connect`](Self::connect) is [`TimeWait::successor_iss`], and what the peer sends must be newer
    /// by its timestamps than what it sent before (RFC 6191, `tcp_tw_reuse`).
    ///
    /// [`TimeWait::successor_iss`]: crate::TimeWait::successor_iss
    #[must_use]
    pub fn succeeding(mut self, old: &crate::TimeWait) -> Self {
        self.stamps = self.stamps.with_peer_of(old.clocks());
        self
    }

    /// The peer takes segments with `mss` bytes of data when its SYN does not say, and not 536: 1220
    /// over IPv6 (RFC 9293 §3.7.1, MUST-15). It counts before the peer's SYN comes.
    #[must_use]
    pub fn with_default_mss(mut self, mss: u16) -> Self {
        self.snd.clamp = mss;
        self
    }

    /// A connection that has offered `offer` in its SYN or is about to.
    pub(crate) fn opening(
        state: State,
        now: Instant,
        settings: &Settings,
        options: SocketOptions,
        iss: SeqNumber,
        offer: &Offer,
    ) -> Self {
        let mut marks = Marks::empty();
        marks.set(Marks::SCALING, offer.scale.is_some());
        marks.set(Marks::TIMESTAMPS, offer.timestamps);
        marks.set(Marks::SACK, offer.sack);
        let mut rcv = offer.receiver();
        rcv.acks.set_turns(options.takes_turns);
        Self {
            state,
            marks,
            news: Events::empty(),
            error: None,
            soft_error: None,
            probes: 0,
            options,
            snd: Snd::new(iss, offer.mss),
            rcv,
            recovery: Recovery::new(settings, iss, now),
            congestion: Congestion::new(
                options.congestion.unwrap_or(settings.congestion_control),
                1,
                iss,
                now,
            ),
            rtt: Rtt::new(settings),
            timers: Timers::new(),
            stamps: Stamps::default(),
            answers: AnswerLimit::default(),
            // A listener's connection was opened by a segment.
            tally: Tally {
                segs_in: (state == State::SynReceived).into(),
                last_data_sent: now,
                last_data_recv: now,
                ..Tally::default()
            },
            chrono: None,
            ecn: Ecn::Off,
            accurate: None,
            fast_open: None,
            urgent: None,
        }
    }

    /// Whether both ends have agreed on timestamps (RFC 7323 §3).
    pub(crate) const fn has_timestamps(&self) -> bool {
        self.marks.contains(Marks::TIMESTAMPS)
    }

    /// Whether both ends have agreed on selective acknowledgments (RFC 2018 §2).
    pub(crate) const fn has_sack(&self) -> bool {
        self.marks.contains(Marks::SACK)
    }

    /// Notes what the program should hear of.
    pub(crate) fn tell(&mut self, news: Events) {
        self.news |= news;
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What a program could do now: the level of what [`Arrival::events`](crate::Arrival::events)
    /// gives the edges of. Nothing while the handshake is under way.
    #[must_use]
    pub fn readiness(&self, settings: &Settings) -> Events {
        let closed = self.state == State::Closed;
        if self.is_deferred() {
            // The first write is what opens it.
            return Events::WRITABLE;
        }
        if !closed && !self.state.is_synchronized() && !self.is_opening_fast() {
            return Events::empty();
        }
        let read_closed = self.rcv.fin || self.marks.contains(Marks::READ_CLOSED);
        let mut ready = Events::empty();
        ready.set(
            Events::READABLE,
            self.available() > 0 || read_closed || closed,
        );
        ready.set(Events::URGENT, self.has_urgent_byte());
        ready.set(
            Events::WRITABLE,
            closed || self.snd.fin || self.has_room(settings),
        );
        ready.set(Events::CONNECTED, !closed);
        ready.set(Events::PEER_CLOSED, self.rcv.fin || closed);
        ready.set(Events::HANGUP, closed || (self.rcv.fin && self.snd.fin));
        ready.set(Events::ERROR, self.error.is_some());
        ready.set(Events::TIME_WAIT, self.state == State::TimeWait);
        ready.set(Events::CLOSED, closed);
        ready
    }

    /// Takes the error, if there is one (SO_ERROR).
    pub fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    /// The largest segment that is sent, in bytes of data.
    #[must_use]
    pub fn segment_size(&self) -> u16 {
        self.snd.mss
    }

    /// Received and not read yet, in bytes, and no further than the mark of urgent data (SIOCINQ).
    #[must_use]
    pub fn unread(&self) -> usize {
        match self.mark() {
            Some(mark) if !self.options.oobinline => mark,
            _ => self.rcv.queue.len(),
        }
    }

    /// How many bytes reads would find: a byte of urgent data at the mark is not among them.
    #[must_use]
    pub fn available(&self) -> usize {
        self.rcv.queue.len() - self.hole()
    }

    /// Written and not acknowledged yet, in bytes (SIOCOUTQ).
    #[must_use]
    pub fn unacknowledged(&self) -> usize {
        self.snd.buffer.len()
    }

    /// Written and not sent yet, in bytes (SIOCOUTQNSD).
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.snd.unsent() as usize
    }

    /// Whether it is CLOSED and owes nothing: nothing more will come of it.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state == State::Closed && !self.marks.contains(Marks::RESET_OWED)
    }

    /// Whether the program reads no more (SHUT_RD).
    #[must_use]
    pub fn is_read_closed(&self) -> bool {
        self.marks.contains(Marks::READ_CLOSED)
    }

    /// Whether the program writes no more (SHUT_WR).
    #[must_use]
    pub fn is_write_closed(&self) -> bool {
        self.snd.fin
    }

    /// Whether the program has let go.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.marks.contains(Marks::ORPHAN)
    }
}
