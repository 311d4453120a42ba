//! A learning switch (IEEE 802.1D §7): it sends a frame where its destination was last seen, and
//! everywhere when it does not know.

use base::{Duration, Frame, Instant, Rng};
use wire::ethernet;

use super::learning::Learning;
use crate::ledger::DropReason;

/// A switch to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchConfig {
    /// Addresses that it remembers at most.
    pub table_size: usize,
    /// After how long it forgets an address that it does not hear from.
    pub ageing: Duration,
}

impl Default for SwitchConfig {
    /// 8192 addresses, and the standard's 300 seconds (IEEE 802.1D, table 7-5).
    fn default() -> Self {
        Self {
            table_size: 8192,
            ageing: Duration::from_secs(300),
        }
    }
}

/// Where a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    /// To one port.
    To(u32),
    /// To every port but the one it came from.
    Flood,
    /// Nowhere.
    Drop(DropReason),
}

/// A switch. VLANs and the spanning tree will stand between its ports and its table.
#[derive(Debug)]
pub(crate) struct Switch {
    learning: Learning,
}

impl Switch {
    pub(crate) fn new(config: SwitchConfig, rng: &mut Rng) -> Self {
        Self {
            learning: Learning::new(config.table_size, config.ageing, rng),
        }
    }

    /// Learns from a frame that came in at a port, and says where it goes.
    pub(crate) fn forward(&mut self, now: Instant, port: u32, frame: &mut Frame) -> Forward {
        // Not `Header::parse`: a switch passes on what it cannot read, such as IEEE 802.3 lengths.
        let Some((dst, src)) = ethernet::addresses(frame.contiguous(ethernet::HEADER_LEN)) else {
            return Forward::Drop(DropReason::Runt);
        };
        if src.is_multicast() {
            return Forward::Drop(DropReason::BadSourceMac);
        }
        self.learning.learn(now, src, port);
        if dst.is_multicast() {
            return Forward::Flood;
        }
        match self.learning.port_of(now, dst) {
            Some(known) if known == port => Forward::Drop(DropReason::SameSide),
            Some(known) => Forward::To(known),
            None => Forward::Flood,
        }
    }

    /// One of its links went down: what it learnt may no longer hold.
    pub(crate) fn link_down(&mut self) {
        self.learning.clear();
    }
}
