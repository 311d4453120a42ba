//! What calls answer with: events, replies, named drops, segments to send.

use core::num::NonZeroU16;

use base::Payload;
use bitflags::bitflags;
use wire::tcp::Control;

bitflags! {
    /// What a program may want to hear of its connection.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Events: u16 {
        /// There is data, or the end of it, or an error to read.
        const READABLE = 0x001;
        /// A third of the send buffer or more is free, or a write would fail.
        const WRITABLE = 0x002;
        /// The handshake is complete.
        const CONNECTED = 0x004;
        /// The peer will send no more.
        const PEER_CLOSED = 0x008;
        /// Both directions are closed.
        const HANGUP = 0x010;
        /// There is an error to take.
        const ERROR = 0x020;
        /// The connection has entered TIME_WAIT: it can shrink once its program has let go.
        const TIME_WAIT = 0x040;
        /// The connection has entered CLOSED; [`Connection::is_finished`](crate::Connection::is_finished)
        /// tells when it owes nothing any more.
        const CLOSED = 0x080;
        /// So many time-outs in a row that the path may be broken: whoever keeps the next hop's
        /// address should ask anew (RFC 9293 §3.8.3, R1).
        const PATH_SUSPECT = 0x100;
        /// Urgent data can be taken.
        const URGENT = 0x200;
    }
}

/// What became of something that arrived: a segment, a deadline, an ICMP error.
///
/// A segment can do several things at once: move the connection on, call for an answer, and lose a
/// part that could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Arrival {
    /// What changed for the program.
    pub events: Events,
    /// An answer that is no part of the connection's own sending: a RST, or a challenge ACK
    /// (RFC 5961), whose rate the stack may limit.
    pub reply: Option<Control>,
    /// Why the segment, or the data in it, was not used.
    pub dropped: Option<DropReason>,
    /// Something was acknowledged that was not before: what was sent gets there, by way of
    /// whatever neighbour it takes (RFC 4861 §7.3.1).
    pub progress: bool,
}

impl Arrival {
    pub(crate) const fn of(events: Events) -> Self {
        Self {
            events,
            reply: None,
            dropped: None,
            progress: false,
        }
    }
}

/// What [`Connection::poll_transmit`](crate::Connection::poll_transmit) hands out: one segment, or
/// several that share a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The header of the first segment. FIN and PSH belong to the last one.
    pub control: Control,
    /// The data.
    pub payload: Payload,
    /// When set, the data is more than one segment: each but the last carries so many bytes of it.
    pub segment_size: Option<NonZeroU16>,
    /// What the ECN bits of the IP header say (RFC 3168 §5): those of the traffic class are TCP's.
    pub ecn: wire::ip::Ecn,
    /// CWR is part of the ACE field (RFC 9768 §3.2.2), which all segments of one that is cut share;
    /// otherwise only the first says it (RFC 3168 §6.1.2).
    pub accurate_ecn: bool,
}

/// Why a segment, or the data in it, was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DropReason {
    /// No connection, and no answer to a RST (RFC 9293 §3.10.7.1).
    #[error("no connection")]
    NoConnection,
    /// An ACK without data, while TCP_DEFER_ACCEPT waits for some.
    #[error("data is waited for")]
    AcceptDeferred,
    /// A listener takes nothing but a SYN (RFC 9293 §3.10.7.2).
    #[error("listener wants a SYN")]
    NoSyn,
    /// The acknowledgment does not concern the SYN that was sent (RFC 9293 §3.10.7.3, first).
    #[error("acknowledges another SYN")]
    AckNotOfSyn,
    /// The timestamp that it echoes is none of those of the SYNs that were sent.
    #[error("echoes another SYN's timestamp")]
    EchoNotOfSyn,
    /// A RST that does not acknowledge the SYN (RFC 9293 §3.10.7.3, second).
    #[error("RST without acknowledgment of the SYN")]
    ResetNotOfSyn,
    /// Everything in it was received before (RFC 9293 §3.10.7.4, first).
    #[error("old duplicate")]
    Duplicate,
    /// Its sequence numbers lie outside the receive window (RFC 9293 §3.10.7.4, first).
    #[error("outside the receive window")]
    OutOfWindow,
    /// Its timestamp lies before one that was heard: a duplicate from before the sequence numbers
    /// came round (PAWS, RFC 7323 §5.3).
    #[error("timestamp too old")]
    Paws,
    /// A RST outside the receive window (RFC 5961 §3.2).
    #[error("RST outside the receive window")]
    ResetOutOfWindow,
    /// A RST in the window but not at its left edge, answered by a challenge ACK (RFC 5961 §3.2).
    #[error("RST not at the next sequence number")]
    ResetNotExact,
    /// A RST in TIME_WAIT (RFC 1337, `tcp_rfc1337`).
    #[error("RST in TIME_WAIT")]
    ResetInTimeWait,
    /// A SYN on a synchronised connection, answered by a challenge ACK (RFC 5961 §4.2).
    #[error("SYN on a synchronised connection")]
    SynOnConnection,
    /// No ACK bit (RFC 9293 §3.10.7.4, fifth).
    #[error("no ACK bit")]
    NoAck,
    /// Acknowledges what was acknowledged long ago (RFC 5961 §5.2).
    #[error("acknowledgment too old")]
    AckTooOld,
    /// Acknowledges what was never sent (RFC 9293 §3.10.7.4, fifth).
    #[error("acknowledges what was never sent")]
    AckTooNew,
    /// Data with the receive window closed.
    #[error("data in a closed window")]
    ZeroWindow,
    /// Data behind the peer's FIN (RFC 9293 §3.10.7.4, seventh).
    #[error("data behind the FIN")]
    AfterFin,
    /// Data for a program that has let go: the connection is reset (RFC 9293 §3.6.1).
    #[error("nobody left to read")]
    AfterClose,
    /// Out of order, and the room for that is taken by what lies nearer.
    #[error("out-of-order room full")]
    OutOfOrderFull,
    /// An ICMP error for a segment that is not in flight (RFC 5927 §4.1).
    #[error("ICMP error for nothing in flight")]
    IcmpOutOfFlight,
    /// An answer was due, but one was given a moment ago (`tcp_invalid_ratelimit`).
    #[error("answer rate limited")]
    RateLimited,
}
