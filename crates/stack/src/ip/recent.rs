//! The way that was found last: packets come in trains, and most of a train goes one way.

use core::net::IpAddr;

use super::Ip;
use crate::interface::InterfaceId;

/// What a way is asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) dst: IpAddr,
    pub(super) src: Option<IpAddr>,
    pub(super) iface: Option<InterfaceId>,
}

/// A way to one host, from the address that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    asked: Asked,
    /// Of the addresses and of the routes when it was found: interfaces that go up and down change
    /// the addresses.
    versions: (u64, u64),
    pub(super) iface: InterfaceId,
    pub(super) next_hop: IpAddr,
}

impl Ip {
    /// The last way, if it was asked for like this and is still what a search would find.
    pub(super) fn recent(&self, asked: &Asked) -> Option<Recent> {
        self.recent.filter(|recent| {
            recent.asked == *asked && recent.versions == self.versions() && self.is_steady()
        })
    }

    /// Remembers a way.
    pub(super) fn remember(&mut self, asked: Asked, iface: InterfaceId, next_hop: IpAddr) {
        let versions = self.versions();
        self.recent = self.is_steady().then_some(Recent {
            asked,
            versions,
            iface,
            next_hop,
        });
    }

    fn versions(&self) -> (u64, u64) {
        (self.addresses.version(), self.routes.version())
    }

    /// Whether ways do not depend on the time.
    fn is_steady(&self) -> bool {
        self.redirects.is_empty() && self.gateways.all_alive()
    }
}
