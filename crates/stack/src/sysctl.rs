//! Settings under their Linux names.

use base::Duration;

/// The settings of one stack. [`Default`] gives Linux's values.
#[derive(Clone, Debug)]
pub struct Sysctls {
    /// `net.ipv4.ip_forward`: whether packets for others are passed on.
    pub ip_forward: bool,
    /// `net.ipv4.ip_default_ttl`: hops that our packets may make.
    pub ip_default_ttl: u8,
    /// `net.ipv4.ipfrag_time`: how long fragments wait for the rest.
    pub ipfrag_time: Duration,
    /// `net.ipv4.ipfrag_high_thresh`: bytes that all fragments waiting may take.
    pub ipfrag_high_thresh: usize,
    /// `net.ipv4.route.mtu_expires`: how long a path MTU that a router reported is believed.
    pub mtu_expires: Duration,
    /// `net.ipv4.route.min_pmtu`: no report lowers a path MTU below this; packets to where less is
    /// reported may be fragmented instead.
    pub min_pmtu: usize,
    /// `net.ipv4.icmp_echo_ignore_all`: no ping is answered.
    pub icmp_echo_ignore_all: bool,
    /// `net.ipv4.icmp_echo_ignore_broadcasts`: no ping to a broadcast address is answered.
    pub icmp_echo_ignore_broadcasts: bool,
    /// `net.ipv4.icmp_ratelimit`: the least time between two ICMP errors to one destination, a
    /// burst of six allowed.
    pub icmp_ratelimit: Duration,
    /// `net.ipv4.icmp_msgs_per_sec`: ICMP errors a second to all destinations together.
    pub icmp_msgs_per_sec: u32,
    /// `net.ipv4.icmp_msgs_burst`: so many of them at once.
    pub icmp_msgs_burst: u32,
    /// `net.ipv4.neigh.default.gc_thresh3`: entries that the neighbour cache holds at most.
    pub neigh_gc_thresh3: usize,
    /// `net.ipv4.neigh.default.base_reachable_time_ms`: how long an answer counts, on average.
    pub neigh_base_reachable_time: Duration,
    /// `net.ipv4.neigh.default.delay_first_probe_time`: how long a stale entry in use waits for a
    /// sign of life before it is asked.
    pub neigh_delay_first_probe_time: Duration,
    /// `net.ipv4.neigh.default.retrans_time_ms`: between two questions.
    pub neigh_retrans_time: Duration,
    /// `net.ipv4.neigh.default.ucast_solicit`: questions to a neighbour whose address was known.
    pub neigh_ucast_solicit: u8,
    /// `net.ipv4.neigh.default.mcast_solicit`: questions to all.
    pub neigh_mcast_solicit: u8,
    /// `net.ipv4.neigh.default.unres_qlen_bytes`: bytes that wait for one neighbour's answer.
    pub neigh_unres_qlen_bytes: usize,
}

impl Default for Sysctls {
    fn default() -> Self {
        Self {
            ip_forward: false,
            ip_default_ttl: 64,
            ipfrag_time: Duration::from_secs(30),
            ipfrag_high_thresh: 4 << 20,
            mtu_expires: Duration::from_secs(600),
            min_pmtu: 552,
            icmp_echo_ignore_all: false,
            icmp_echo_ignore_broadcasts: true,
            icmp_ratelimit: Duration::from_secs(1),
            icmp_msgs_per_sec: 1000,
            icmp_msgs_burst: 50,
            neigh_gc_thresh3: 1024,
            neigh_base_reachable_time: Duration::from_secs(30),
            neigh_delay_first_probe_time: Duration::from_secs(5),
            neigh_retrans_time: Duration::from_secs(1),
            neigh_ucast_solicit: 3,
            neigh_mcast_solicit: 3,
            neigh_unres_qlen_bytes: 212_992,
        }
    }
}
