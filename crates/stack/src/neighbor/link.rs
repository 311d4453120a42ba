//! What a router said of how its link's neighbours are asked (RFC 4861 §6.3.4).

use alloc::collections::BTreeMap;

use base::Duration;

use super::Key;
use crate::interface::InterfaceId;
use crate::sysctl::NeighborSettings;

/// What holds for the neighbours of one link instead of the settings.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    reachable_time: Option<Duration>,
    retrans_time: Option<Duration>,
}

/// What was said of each link. Bounded by the interfaces.
#[derive(Debug, Default)]
pub(crate) struct Links(BTreeMap<InterfaceId, Said>);

impl Links {
    /// Takes over what an advertisement says; what it leaves open stays.
    pub(crate) fn said(
        &mut self,
        iface: InterfaceId,
        reachable_time: Option<Duration>,
        retrans_time: Option<Duration>,
    ) {
        if reachable_time.or(retrans_time).is_none() {
            return;
        }
        let said = self.0.entry(iface).or_default();
        said.reachable_time = reachable_time.or(said.reachable_time);
        said.retrans_time = retrans_time.or(said.retrans_time);
    }

    /// How long an answer counts, on average.
    pub(super) fn reachable_time(&self, key: Key, settings: &NeighborSettings) -> Duration {
        let said = self.of(key).and_then(|said| said.reachable_time);
        said.unwrap_or(settings.base_reachable_time)
    }

    /// Between two questions.
    pub(super) fn retrans_time(&self, key: Key, settings: &NeighborSettings) -> Duration {
        let said = self.of(key).and_then(|said| said.retrans_time);
        said.unwrap_or(settings.retrans_time)
    }

    /// Forgets what was said of a link.
    pub(super) fn forget(&mut self, iface: InterfaceId) {
        self.0.remove(&iface);
    }

    /// Routers speak of IPv6's neighbours alone.
    fn of(&self, key: Key) -> Option<&Said> {
        if key.addr.is_ipv4() || self.0.is_empty() {
            return None;
        }
        self.0.get(&key.iface)
    }
}
