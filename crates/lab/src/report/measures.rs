//! What is measured for whoever asks: hosts, flows, each frame that died.

use base::Instant;
use serde::Serialize;

use super::{Spread, seconds_at};

/// What was measured at the hosts' cards.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// Every host, in the order of the file.
    pub hosts: Vec<HostTraffic>,
    /// Who spoke to whom, in the order in which they began. Each direction is a flow, and is seen where
    /// it begins; behind a NAT it begins anew.
    pub flows: Vec<Flow>,
    /// Frames of flows beyond the first 100,000, which are not told apart.
    pub more_flows: u64,
    /// Frames that died, one by one, as many as were asked for.
    pub deaths: Vec<Death>,
}

/// What passed a host's cards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HostTraffic {
    /// Whose.
    pub host: String,
    /// Frames it put on its cables.
    pub frames_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Frames that reached it, also those for others.
    pub frames_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
}

/// What a sender sent to a receiver, from port to port.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    /// The card that it leaves by.
    pub at: String,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `igmp`, or `ip` for others.
    pub protocol: String,
    /// From where, with the port if there is one.
    pub from: String,
    /// To where.
    pub to: String,
    /// When its first frame left, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub began: Instant,
    /// When its last did, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub ended: Instant,
    /// Frames that were sent.
    pub frames: u64,
    /// Their data, with what was sent again.
    pub bytes: u64,
    /// Of TCP, what its acknowledgments tell.
    pub acknowledged: Option<Acknowledged>,
}

/// What a TCP sender's acknowledgments tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Acknowledged {
    /// Data that was acknowledged, with SYN and FIN.
    pub bytes: u64,
    /// Bits of it a second, from the first segment to the last acknowledgment; `None` when it took no
    /// time.
    pub goodput: Option<f64>,
    /// Segments that were sent again, whole or in part.
    pub retransmits: u64,
    /// The most bytes that were in flight at once.
    pub in_flight_peak: u32,
    /// From a segment to its acknowledgment, of those that were sent once (Karn's algorithm).
    pub rtt: Option<Spread>,
}

/// A frame that died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Death {
    /// When, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub at: Instant,
    /// The port that it was to leave by or had come in at.
    pub place: String,
    /// Of what.
    pub reason: String,
    /// Its bytes.
    pub length: usize,
    /// What it was, if it was a whole packet of IP.
    pub protocol: Option<String>,
    /// From where.
    pub from: Option<String>,
    /// To where.
    pub to: Option<String>,
}
