//! A connection of a listener before its handshake is complete (RFC 9293 §3.10.7.4, SYN-RECEIVED).

use base::{Duration, Instant, Payload};
use wire::ip;
use wire::tcp::{Control, FastOpen, Flags, Options, SeqNumber};

use super::ecn::Ecn;
use super::offer::{
    DEFAULT_MSS, Offer, agreed_scale, first_window, most_of, peer_takes, syn_options,
};
use crate::answers::AnswerLimit;
use crate::ecn::Marking;
use crate::receive::{Segment, is_acceptable};
use crate::recovery::bounded;
use crate::timers::Timer;
use crate::timestamps::{OPTION_LEN, Stamps};
use crate::window::{Window, WindowScale};
use crate::{Arrival, Connection, DropReason, Error, Settings, SocketOptions, State};

/// Of accurate ECN: the peer seems not to get what we say in the ACE field.
const DOUBTED: u8 = 4;
/// Of accurate ECN: the SYN-ACK goes without an option.
const PLAIN: u8 = 8;

/// SYN_RECEIVED from a listener: at most 80 bytes, and nothing on the heap. What the program chose
/// for the listener is handed in with each call and not kept.
#[derive(Clone, Debug)]
pub struct HalfOpen {
    /// When the SYN-ACK was first sent.
    sent: Instant,
    /// When the SYN-ACK is sent again.
    deadline: Instant,
    answers: AnswerLimit,
    pub(super) iss: SeqNumber,
    pub(super) irs: SeqNumber,
    /// Bytes of data in a segment that we take.
    own_mss: u16,
    /// Bytes of data in a segment that the peer takes, whatever the way does.
    pub(super) peer_mss: u16,
    /// The window that our SYN-ACK tells.
    window: u32,
    /// The shifts of the peer's windows and of ours, if both ends scale.
    pub(super) scales: Option<(WindowScale, WindowScale)>,
    /// Both ends' clocks, if both offer timestamps.
    pub(super) stamps: Option<Stamps>,
    /// Whether both ends permit SACK.
    pub(super) sack: bool,
    /// What was agreed on ECN, and the ECN bits of the SYN's IP header.
    pub(super) ecn: Ecn,
    /// [`DOUBTED`] and [`PLAIN`] beside them.
    syn_marks: u8,
    /// The Fast Open cookie of the first SYN-ACK, and whether in the experimental form.
    pub(super) cookie: Option<([u8; 8], bool)>,
    /// Whether an ACK without data has come, which TCP_DEFER_ACCEPT does not count.
    acked: bool,
    /// How often the time-out has passed.
    timeouts: u8,
    /// How often the SYN-ACK was sent: never, once, more often.
    sends: u8,
    owed: bool,
}

/// What became of a [`HalfOpen`].
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once; a box would cost an allocation per connection"
)]
pub enum HalfOpenOutcome {
    /// It goes on.
    Nothing,
    /// It goes on; answer with this.
    Reply(Control, DropReason),
    /// The handshake is complete: this takes its place. The arrival is what the completing segment
    /// did to the connection.
    Established(Connection, Arrival),
    /// It has ended without a word: forget it.
    Dead(Error),
    /// It goes on; the segment was not used.
    Drop(DropReason),
}

impl HalfOpen {
    /// Answers a SYN that [`listen`](crate::listen()) judged [`Listen::Open`](crate::Listen::Open).
    /// The SYN-ACK is owed then. Data that the SYN brings is left for the peer to send again.
    ///
    /// `local_mss` is what the route lets a segment carry, in bytes of data. `options` are the
    /// listener's, in every call.
    #[must_use]
    pub fn new(
        now: Instant,
        settings: &Settings,
        options: &SocketOptions,
        iss: SeqNumber,
        local_mss: u16,
        syn: &Control,
    ) -> Self {
        let offer = Offer::new(settings, options, local_mss);
        let peer_scale = agreed_scale(offer.scale.is_some(), &syn.options);
        let peer_stamps = syn.options.timestamps.filter(|_| offer.timestamps);
        // Full segments, without what the timestamps take of each.
        let overhead = peer_stamps.map_or(0, |_| OPTION_LEN);
        let window = first_window(offer.limit(), options, offer.mss.saturating_sub(overhead));
        let stamps = peer_stamps.map(|peer| {
            let mut stamps = Stamps::default();
            stamps.hear(peer.value, now);
            stamps
        });
        Self {
            sent: now,
            deadline: now + settings.rto_initial,
            answers: AnswerLimit::default(),
            iss,
            irs: syn.seq,
            own_mss: offer.mss,
            peer_mss: peer_takes(&syn.options, DEFAULT_MSS),
            window,
            scales: peer_scale.zip(offer.scale),
            stamps,
            sack: offer.sack && syn.options.sack_permitted,
            ecn: Ecn::granted(settings, syn.flags, 0),
            syn_marks: if settings.ecn_option == 0 { PLAIN } else { 0 },
            cookie: None,
            acked: false,
            timeouts: 0,
            sends: 0,
            owed: true,
        }
    }

    /// Shifts the clock of its timestamps by what [`IsnGenerator::timestamp_offset`] gave
    /// (`tcp_timestamps` 1). It counts before the SYN-ACK is sent.
    ///
    /// [`IsnGenerator::timestamp_offset`]: crate::IsnGenerator::timestamp_offset
    #[must_use]
    pub fn with_timestamp_offset(mut self, offset: u32) -> Self {
        if let Some(stamps) = &mut self.stamps {
            *stamps = stamps.with_offset(offset);
        }
        self
    }

    /// The peer takes segments with `mss` bytes of data when its `syn` does not say, and not 536: 1220
    /// over IPv6 (RFC 9293 §3.7.1, MUST-15).
    #[must_use]
    pub fn with_default_mss(mut self, syn: &Control, mss: u16) -> Self {
        self.peer_mss = peer_takes(&syn.options, mss);
        self
    }

    /// The ECN bits of the IP header in which `syn` came (RFC 3168 §5): they may refuse ECN, and the
    /// answer may have to tell them.
    #[must_use]
    pub fn with_ecn_marks(mut self, settings: &Settings, syn: &Control, marks: u8) -> Self {
        self.ecn = Ecn::granted(settings, syn.flags, marks);
        self.syn_marks = self.syn_marks & !3 | marks & 3;
        self
    }

    /// Takes the SYN-ACK for sent, at a moment that is not known.
    pub(super) fn mark_sent(&mut self) {
        self.owed = false;
        self.sends = 2;
    }

    /// Takes a segment of the peer that came without a congestion mark.
    pub fn on_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        options: &SocketOptions,
        control: &Control,
        payload: Payload,
    ) -> HalfOpenOutcome {
        self.on_marked_segment(now, settings, options, control, payload, ip::Ecn::NotEct)
    }

    /// As [`on_segment`](Self::on_segment); `marking` is what the ECN bits of the IP header say.
    pub fn on_marked_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        options: &SocketOptions,
        control: &Control,
        payload: Payload,
        marking: impl Into<Marking>,
    ) -> HalfOpenOutcome {
        let marking = marking.into();
        use HalfOpenOutcome::{Dead, Drop, Established, Reply};
        let flags = control.flags;
        // Before the first, the timestamps (RFC 7323 §5.3, R1).
        if let Some((own, peer)) = self.stamps.zip(control.options.timestamps)
            && own.is_old(peer.value, 1, now)
            && !flags.contains(Flags::RST)
        {
            return self.answer(now, settings, DropReason::Paws);
        }
        // First, the sequence number.
        let next = self.irs + 1;
        let edge = next + self.window;
        let segment = Segment::new(control, payload, marking);
        if !is_acceptable(next, edge, &segment) {
            return self.refuse(now, settings, control, marking.ecn);
        }
        // Second, a RST: exactly in its place or not at all (RFC 5961 §3.2).
        if flags.contains(Flags::RST) {
            if control.seq == next {
                return Dead(Error::ConnectionReset);
            }
            return self.answer(now, settings, DropReason::ResetNotExact);
        }
        // Fourth, a SYN in the window: the peer has begun anew, back to LISTEN.
        if flags.contains(Flags::SYN) {
            return Dead(Error::ConnectionReset);
        }
        // Fifth, the ACK.
        if !flags.contains(Flags::ACK) {
            return Drop(DropReason::NoAck);
        }
        if control.ack != self.iss + 1 || self.sends == 0 {
            let reset = Control {
                seq: control.ack,
                flags: Flags::RST,
                ..Control::default()
            };
            return Reply(reset, DropReason::AckNotOfSyn);
        }
        if self.timeouts < options.defer_accept && segment.bare {
            // TCP_DEFER_ACCEPT: the peer is there, but has nothing to say yet.
            self.acked = true;
            return Drop(DropReason::AcceptDeferred);
        }
        let mut connection = self.grow(settings, options);
        let arrival =
            connection.on_marked_segment(now, settings, control, segment.payload, marking);
        Established(connection, arrival)
    }

    /// A segment that is not acceptable.
    fn refuse(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        mark: ip::Ecn,
    ) -> HalfOpenOutcome {
        if control.flags.contains(Flags::RST) {
            return HalfOpenOutcome::Drop(DropReason::ResetOutOfWindow);
        }
        let again = control.flags & (Flags::SYN | Flags::ACK) == Flags::SYN;
        if !(again && control.seq == self.irs) {
            let old = control.seq.before(self.irs + 1);
            let reason = if old {
                DropReason::Duplicate
            } else {
                DropReason::OutOfWindow
            };
            return self.answer(now, settings, reason);
        }
        if self.ecn == Ecn::Accurate {
            // The answer tells of the SYN that came last, and one that does not ask any more has
            // found that asking is in the way (RFC 9768 §3.1.5).
            self.syn_marks = self.syn_marks & !3 | mark.bits() | PLAIN;
            if !control
                .flags
                .intersects(Flags::ECE | Flags::CWR | Flags::AE)
            {
                self.syn_marks |= DOUBTED;
            }
        }
        // The peer's SYN again: it has not heard our SYN-ACK, which an ACK cannot replace.
        if self.answers.allows(now, settings) {
            self.owed = true;
            HalfOpenOutcome::Drop(DropReason::Duplicate)
        } else {
            HalfOpenOutcome::Drop(DropReason::RateLimited)
        }
    }

    fn answer(&mut self, now: Instant, settings: &Settings, reason: DropReason) -> HalfOpenOutcome {
        if !self.answers.allows(now, settings) {
            return HalfOpenOutcome::Drop(DropReason::RateLimited);
        }
        let scale = self.scales.map_or(WindowScale::NONE, |(_, own)| own);
        let window = Window(self.window).in_field(scale);
        let ack = Control {
            seq: self.iss + 1,
            ack: self.irs + 1,
            flags: Flags::ACK,
            window: window.0,
            options: Options {
                timestamps: self.stamps.map(|stamps| stamps.option(now)),
                ..Options::default()
            },
            ..Control::default()
        };
        HalfOpenOutcome::Reply(ack, reason)
    }

    /// The full connection, still in SYN_RECEIVED, for the segment that completes the handshake.
    pub(super) fn grow(&self, settings: &Settings, options: &SocketOptions) -> Connection {
        let (peer_scale, own_scale) = self.scales.unzip();
        let offer = Offer::again(
            settings,
            options,
            self.own_mss,
            self.window,
            own_scale,
            (self.stamps.is_some(), self.sack),
        );
        let mut connection = Connection::opening(
            State::SynReceived,
            self.sent,
            settings,
            *options,
            self.iss,
            &offer,
        );
        connection.rcv.start(self.irs);
        connection.snd.nxt = self.iss + 1;
        connection.stamps = self.stamps.unwrap_or_default();
        connection.snd.clamp = self.peer_mss.min(most_of(options));
        connection.sync_mss(settings);
        connection.snd.scale = peer_scale.unwrap_or(WindowScale::NONE);
        connection.ecn = self.ecn;
        if self.ecn == Ecn::Accurate {
            connection.begin_accurate(settings, ip::Ecn::from_bits(self.syn_marks));
            if self.syn_marks & DOUBTED != 0 {
                connection.doubt_sent_ace();
            }
        }
        connection.recovery.timeouts = self.timeouts;
        connection.recovery.count_syn_ack(self.timeouts, self.sent);
        connection.timers.arm(Timer::Retransmit, self.deadline);
        connection.rtt.sent(connection.snd.nxt, self.sent);
        if self.sends > 1 {
            connection.rtt.retransmitted();
        }
        connection
    }

    /// The SYN-ACK, when it is owed.
    pub fn poll_transmit(&mut self, now: Instant, settings: &Settings) -> Option<Control> {
        if !core::mem::replace(&mut self.owed, false) {
            return None;
        }
        if self.sends == 0 {
            self.sent = now;
            self.deadline = now + self.interval(settings);
        }
        let mut control = self.syn_ack(now);
        if self.sends == 0
            && let Some((cookie, experimental)) = self.cookie
        {
            // As in Linux the cookie comes first, and AccECN has what is left.
            let accurate = control.options.acc_ecn.take().is_some();
            control.options.fast_open = FastOpen::new(&cookie, experimental);
            if accurate {
                control.options.fit_acc_ecn([1, 0, 1], 0);
            }
        }
        self.sends = self.sends.saturating_add(1).min(2);
        Some(control)
    }

    /// The SYN-ACK.
    pub(super) fn syn_ack(&self, now: Instant) -> Control {
        let mut options = syn_options(
            self.own_mss,
            self.scales.map(|(_, own)| own),
            self.sack,
            self.stamps.map(|stamps| stamps.option(now)),
        );
        // The option, then the bits, may be what keeps it from arriving (RFC 9768 §3.2.3.2.2,
        // §3.1.4.2).
        let accurate = self.ecn == Ecn::Accurate;
        if accurate && self.syn_marks & PLAIN == 0 && self.timeouts == 0 {
            options.fit_acc_ecn([1, 0, 1], 0);
        }
        let bits = if accurate && self.timeouts > 1 {
            Flags::empty()
        } else {
            self.ecn.in_syn_ack(ip::Ecn::from_bits(self.syn_marks))
        };
        Control {
            seq: self.iss,
            ack: self.irs + 1,
            flags: Flags::SYN | Flags::ACK | bits,
            window: Window(self.window).in_field(WindowScale::NONE).0,
            options,
            ..Control::default()
        }
    }

    /// The number of our SYN-ACK, of which an ICMP error must speak (RFC 5927 §4.1).
    #[must_use]
    pub fn iss(&self) -> SeqNumber {
        self.iss
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has something to say.
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        self.owed
    }

    /// When to call [`on_deadline`](Self::on_deadline).
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The deadline has come: the SYN-ACK is owed again, or it is dead. Harmless when early.
    pub fn on_deadline(
        &mut self,
        now: Instant,
        settings: &Settings,
        options: &SocketOptions,
    ) -> HalfOpenOutcome {
        if now < self.deadline {
            return HalfOpenOutcome::Nothing;
        }
        let defer = options.defer_accept;
        let patient = self.acked && self.timeouts < defer;
        if self.timeouts >= options.syn_retries(settings.synack_retries) && !patient {
            return HalfOpenOutcome::Dead(Error::TimedOut);
        }
        // As Linux: a peer that has acknowledged, and whose data is waited for, is left in peace
        // until the time is up.
        if !self.acked || self.timeouts + 1 >= defer {
            self.owed = true;
        }
        self.timeouts += 1;
        self.deadline = now + self.interval(settings);
        HalfOpenOutcome::Nothing
    }

    /// How long to wait for the ACK: twice as long each time (RFC 6298 §5.5).
    fn interval(&self, settings: &Settings) -> Duration {
        let doubled = settings.rto_initial * (1 << self.timeouts.min(32));
        bounded(doubled, settings)
    }
}
