//! How neighbours are asked for and how many are remembered: the same settings for both families.

use core::net::IpAddr;

use base::Duration;

use super::Sysctls;

/// The settings of one family's neighbours, `net.ipv4.neigh.default.…` or `net.ipv6.neigh.default.…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeighborSettings {
    /// `gc_thresh1`: while the cache holds no more, nobody is forgotten for being unused.
    pub gc_thresh1: usize,
    /// `gc_thresh2`: when it holds more, who was unused for five seconds gives way.
    pub gc_thresh2: usize,
    /// `gc_thresh3`: entries that it holds at most.
    pub gc_thresh3: usize,
    /// `gc_stale_time`: who was unused for so long may be forgotten.
    pub gc_stale_time: Duration,
    /// `base_reachable_time_ms`: how long an answer counts, on average.
    pub base_reachable_time: Duration,
    /// `delay_first_probe_time`: how long a stale entry in use waits for a sign of life before it
    /// is asked.
    pub delay_first_probe_time: Duration,
    /// `retrans_time_ms`: between two questions.
    pub retrans_time: Duration,
    /// `ucast_solicit`: questions to a neighbour whose address was known.
    pub ucast_solicit: u8,
    /// `mcast_solicit`: questions to all.
    pub mcast_solicit: u8,
    /// `unres_qlen_bytes`: bytes that wait for one neighbour's answer.
    pub unres_qlen_bytes: usize,
}

impl Default for NeighborSettings {
    /// Linux's values.
    fn default() -> Self {
        Self {
            gc_thresh1: 128,
            gc_thresh2: 512,
            gc_thresh3: 1024,
            gc_stale_time: Duration::from_secs(60),
            base_reachable_time: Duration::from_secs(30),
            delay_first_probe_time: Duration::from_secs(5),
            retrans_time: Duration::from_secs(1),
            ucast_solicit: 3,
            mcast_solicit: 3,
            unres_qlen_bytes: 212_992,
        }
    }
}

impl Sysctls {
    /// The settings for neighbours of the family of `addr`.
    pub(crate) const fn neigh(&self, addr: IpAddr) -> &NeighborSettings {
        match addr {
            IpAddr::V4(_) => &self.neigh_v4,
            IpAddr::V6(_) => &self.neigh_v6,
        }
    }
}
