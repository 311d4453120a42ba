//! `net.netfilter.nf_conntrack_…`: how long conversations through this host are remembered.

use base::Duration;

/// Connection tracking. The times are those that the RFCs on NAT demand: half of Linux's are
/// shorter, and its five days for a silent connection longer than a bounded table bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conntrack {
    /// `nf_conntrack_max`: conversations that are remembered at most.
    pub max: u32,
    /// `nf_conntrack_tcp_loose`: connections that were there before are taken up where they are.
    pub tcp_loose: bool,
    /// `nf_conntrack_tcp_timeout_established` (RFC 5382 REQ-5: 2 h 4 min at least).
    pub tcp_timeout_established: Duration,
    /// `nf_conntrack_tcp_timeout_syn_sent` (RFC 5382 REQ-5: 4 min at least, as of the following).
    pub tcp_timeout_syn_sent: Duration,
    /// `nf_conntrack_tcp_timeout_syn_recv`.
    pub tcp_timeout_syn_recv: Duration,
    /// `nf_conntrack_tcp_timeout_fin_wait`: one side has sent its FIN.
    pub tcp_timeout_fin_wait: Duration,
    /// `nf_conntrack_tcp_timeout_time_wait`: both have.
    pub tcp_timeout_time_wait: Duration,
    /// `nf_conntrack_tcp_timeout_close`: after a RST (RFC 7857 §2.2).
    pub tcp_timeout_close: Duration,
    /// `nf_conntrack_udp_timeout`: nobody answered yet (RFC 4787 REQ-5: 2 min at least).
    pub udp_timeout: Duration,
    /// `nf_conntrack_udp_timeout_stream`: somebody did.
    pub udp_timeout_stream: Duration,
    /// `nf_conntrack_icmp_timeout`: pings (RFC 5508 REQ-2: 60 s at least).
    pub icmp_timeout: Duration,
    /// `nf_conntrack_icmpv6_timeout`.
    pub icmpv6_timeout: Duration,
    /// `nf_conntrack_generic_timeout`: of all other protocols.
    pub generic_timeout: Duration,
}

impl Default for Conntrack {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            max: 65_536,
            tcp_loose: true,
            tcp_timeout_established: minutes(124),
            tcp_timeout_syn_sent: minutes(4),
            tcp_timeout_syn_recv: minutes(4),
            tcp_timeout_fin_wait: minutes(4),
            tcp_timeout_time_wait: minutes(4),
            tcp_timeout_close: minutes(4),
            udp_timeout: minutes(2),
            udp_timeout_stream: minutes(2),
            icmp_timeout: minutes(1),
            icmpv6_timeout: minutes(1),
            generic_timeout: minutes(10),
        }
    }
}
