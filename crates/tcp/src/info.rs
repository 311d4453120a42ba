//! A look inside, as TCP_INFO gives it.

use base::{Duration, Instant};

use crate::State;

/// What a connection knows of itself and its path at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Where it stands.
    pub state: State,
    /// Smoothed round-trip time; zero before the first measurement.
    pub srtt: Duration,
    /// Its variation (RFC 6298 RTTVAR).
    pub rttvar: Duration,
    /// The retransmission time-out as it stands, back-off included.
    pub rto: Duration,
    /// Congestion window, in bytes, without what fast recovery adds for the moment.
    pub cwnd: u32,
    /// Slow-start threshold, in bytes.
    pub ssthresh: u32,
    /// Sent and not acknowledged, in bytes of sequence space.
    pub in_flight: u32,
    /// The largest segment that is sent, in bytes of data.
    pub snd_mss: u16,
    /// What the peer's segments are taken to be full at, in bytes of data.
    pub rcv_mss: u16,
    /// The peer's window, in bytes.
    pub snd_wnd: u32,
    /// What is offered to the peer, in bytes.
    pub rcv_wnd: u32,
    /// Shift of the peer's windows.
    pub snd_wscale: u8,
    /// Shift of our windows.
    pub rcv_wscale: u8,
    /// Time-outs since the last progress.
    pub backoff: u8,
    /// Unanswered probes of a closed window or of a silent peer.
    pub probes: u8,
    /// Segments sent again since the connection opened.
    pub total_retrans: u32,
    /// Whether it is in fast recovery or recovering from a time-out.
    pub in_recovery: bool,
    /// The next deadline.
    pub deadline: Option<Instant>,
}
