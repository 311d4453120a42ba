//! What a connection knows of itself.

use std::time::Duration;

use landline::options::{IPPROTO_TCP, Options, TCP_INFO};
use landline::tokio::TcpStream;

/// Some of `struct tcp_info`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// Smoothed round-trip time.
    pub(super) rtt: Duration,
    /// Congestion window, in segments.
    pub(super) cwnd: u32,
    /// Segments that were sent again.
    pub(super) retransmits: u32,
}

impl Info {
    /// Where `stream` stands.
    pub(super) fn of(stream: &TcpStream) -> Self {
        let mut bytes = [0; 256];
        let Ok(len) = stream.getsockopt_bytes(IPPROTO_TCP, TCP_INFO, &mut bytes) else {
            return Self::default();
        };
        // `struct tcp_info` of linux/tcp.h: tcpi_rtt, tcpi_snd_cwnd, tcpi_total_retrans.
        let field = |at: usize| match bytes[..len].get(at..at + 4) {
            Some(&[a, b, c, d]) => u32::from_ne_bytes([a, b, c, d]),
            _ => 0,
        };
        Self {
            rtt: Duration::from_micros(field(68).into()),
            cwnd: field(80),
            retransmits: field(100),
        }
    }
}
