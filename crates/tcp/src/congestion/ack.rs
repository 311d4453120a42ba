//! What the rest of a connection tells an algorithm.

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use super::RateSample;

/// Where loss recovery stands, by Linux's names and numbers (`tcpi_ca_state`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum CaState {
    /// Nothing is missing as far as is known.
    #[default]
    Open = 0,
    /// Something came out of order: duplicate or selective acknowledgments, and no loss yet.
    Disorder = 1,
    /// The window is being reduced for an ECN echo or a full local queue; nothing is lost.
    Cwr = 2,
    /// Fast recovery: something is lost and is sent again.
    Recovery = 3,
    /// A time-out: everything in flight was taken for lost.
    Loss = 4,
}

impl CaState {
    /// Whether the window is being reduced, so that proportional rate reduction (RFC 9937) sets it
    /// and no algorithm raises it.
    pub(crate) const fn is_reducing(self) -> bool {
        matches!(self, Self::Cwr | Self::Recovery)
    }
}

/// What one ACK did. Counts are in packets, that is segments of the size of the moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ack {
    /// When it came.
    pub(crate) now: Instant,
    /// SND.UNA with this ACK.
    pub(crate) una: SeqNumber,
    /// SND.NXT.
    pub(crate) nxt: SeqNumber,
    /// Newly delivered: acknowledged, or selectively so, for the first time (Linux's
    /// `acked_sacked`).
    pub(crate) delivered: u32,
    /// Newly taken for lost with this ACK (RACK, the scoreboard).
    pub(crate) lost: u32,
    /// In flight with it, what it shows lost taken off.
    pub(crate) in_flight: u32,
    /// The round-trip time it measured; none for what was sent again (Karn), unless a timestamp
    /// tells the copies apart.
    pub(crate) rtt: Option<Duration>,
    /// Whether the ACK may have waited for company, so that the time says little.
    pub(crate) delayed: bool,
    /// The smoothed round-trip time; zero before the first measurement.
    pub(crate) srtt: Duration,
    /// The state that this ACK leads to.
    pub(crate) state: CaState,
    /// Whether it may raise the window: it acknowledges new data, or, where reordering is known
    /// to be more than usual, anything new at all (Linux's `tcp_may_raise_cwnd`).
    pub(crate) may_raise: bool,
    /// Whether it echoes a congestion mark (ECE), or with AccECN shows new ones.
    pub(crate) ece: bool,
    /// Whether data leaves at a pace rather than at once.
    pub(crate) paced: bool,
    /// Bytes of data in a full segment.
    pub(crate) mss: u16,
    /// What was measured of the rate of delivery.
    pub(crate) rate: RateSample,
}

/// What happens beside ACKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Data goes out with nothing in flight before it, `idle` after the last that went.
    TransmitStart { idle: Duration },
    /// The window was restarted after a pause (RFC 5681 §4.1).
    Restart,
    /// A reduction of the window is over: it stands at what recovery left.
    ReductionDone,
}
