//! How far a TCP connection has come that goes through this host.
//!
//! No more is followed than it takes to know how long it may be silent (RFC 5382 REQ-5) and whether
//! a RST ends it (RFC 7857 §2.2). The bytes are the two ends' affair.

use base::Duration;
use wire::tcp::{Flags, SeqNumber};

use crate::flow::Segment;
use crate::sysctl::Conntrack as Settings;

/// The most that a window can be (RFC 7323 §2.3), less than which nothing is known of one whose SYN
/// was not seen.
const WIDEST: u32 = 1 << 30;

/// Under Linux's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// One side has begun.
    SynSent,
    /// The other has answered.
    SynReceived,
    /// Both know that it stands.
    Established,
    /// One side has nothing more to say.
    FinWait,
    /// Neither has.
    TimeWait,
    /// A RST ended it.
    Close,
}

/// What one side has said of itself.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// The number behind the last that it has used; `None` where it has not spoken.
    next: Option<SeqNumber>,
    /// What it has acknowledged last, and how much it takes from there.
    acked: Option<SeqNumber>,
    window: u32,
    /// Its window's scale: `None` where its SYN was not seen.
    scale: Option<u8>,
}

/// A connection, seen from between its ends. Side 0 is the one that began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    state: State,
    sides: [Side; 2],
    /// A bit for each side that has sent its FIN.
    fins: u8,
}

impl Connection {
    /// Whether a segment of no connection that is known may begin one, where `loose` takes those too
    /// that were there before (`nf_conntrack_tcp_loose`).
    pub(super) fn may_begin(segment: &Segment, loose: bool) -> bool {
        let flags = segment.flags;
        match flags & (Flags::SYN | Flags::ACK | Flags::RST | Flags::FIN) {
            set if set == Flags::SYN => true,
            set if set.intersects(Flags::SYN | Flags::RST) => false,
            set => loose && set.contains(Flags::ACK),
        }
    }

    /// One of which `segment` is the first that was seen.
    pub(super) fn new(segment: &Segment) -> Self {
        let mut connection = Self {
            state: State::SynSent,
            sides: [Side::default(); 2],
            fins: 0,
        };
        connection.hear(0, segment);
        connection
    }

    /// Takes a segment of side `from`. False for one that is not of this connection: a RST that
    /// cannot be its end's, or a SYN of the side that was called, after the end.
    pub(super) fn on_segment(&mut self, from: usize, segment: &Segment) -> bool {
        let flags = segment.flags;
        let over = matches!(self.state, State::TimeWait | State::Close);
        if over && flags & (Flags::SYN | Flags::ACK | Flags::RST) == Flags::SYN {
            if from == 0 {
                *self = Self::new(segment);
            }
            return from == 0;
        }
        if flags.contains(Flags::RST) {
            let real = self.is_real_reset(from, segment);
            if real {
                self.state = State::Close;
            }
            return real;
        }
        self.hear(from, segment);
        if flags.contains(Flags::FIN) {
            self.fins |= 1 << from;
        }
        self.state = self.after(from, flags);
        true
    }

    /// The state that a segment without RST leads to.
    fn after(&self, from: usize, flags: Flags) -> State {
        let syn = flags.contains(Flags::SYN);
        match (self.state, self.fins) {
            (State::Close, _) => State::Close,
            (State::TimeWait, _) | (_, 0b11) => State::TimeWait,
            (_, 0b01 | 0b10) => State::FinWait,
            (State::SynSent, _) if from == 1 && syn => State::SynReceived,
            // One that was there before this host looked.
            (State::SynSent, _) if from == 1 => State::Established,
            (State::SynReceived, _) if !syn => State::Established,
            (same, _) => same,
        }
    }

    fn hear(&mut self, from: usize, segment: &Segment) {
        let side = &mut self.sides[from];
        let next = segment.seq + segment.len;
        let syn = segment.flags.contains(Flags::SYN);
        side.next = Some(match side.next {
            Some(known) if !syn => known.max(next),
            _ => next,
        });
        if syn {
            side.scale = Some(segment.scale.unwrap_or(0));
        }
        if segment.flags.contains(Flags::ACK) {
            // RFC 7323 §2.2: a SYN's own window is never scaled.
            let window = u32::from(segment.window);
            side.window = match side.scale {
                _ if syn => window,
                Some(scale) => window << scale,
                None => WIDEST,
            };
            side.acked = Some(match side.acked {
                Some(known) if !syn => known.max(segment.ack),
                _ => segment.ack,
            });
        }
    }

    /// Whether the other side would believe a RST of `from`: it lies in its window, or acknowledges
    /// its SYN (RFC 9293 §3.5.3).
    fn is_real_reset(&self, from: usize, segment: &Segment) -> bool {
        let other = &self.sides[1 - from];
        match (other.acked, other.next) {
            (Some(acked), _) => segment.seq.since(acked) <= other.window.max(1),
            (None, Some(next)) => segment.flags.contains(Flags::ACK) && segment.ack == next,
            // It has not spoken, so that it is the beginner who takes its SYN back.
            (None, None) => self.sides[from].next == Some(segment.seq),
        }
    }

    /// How long it may be silent from now on.
    pub(super) const fn timeout(&self, settings: &Settings) -> Duration {
        match self.state {
            State::SynSent => settings.tcp_timeout_syn_sent,
            State::SynReceived => settings.tcp_timeout_syn_recv,
            State::Established => settings.tcp_timeout_established,
            State::FinWait => settings.tcp_timeout_fin_wait,
            State::TimeWait => settings.tcp_timeout_time_wait,
            State::Close => settings.tcp_timeout_close,
        }
    }
}
