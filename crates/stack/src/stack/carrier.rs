//! Cards that notice whether something is plugged in at the other end, and word of it.

use alloc::vec::Vec;

use crate::config::ConfigError;
use crate::interface::InterfaceId;
use crate::stack::Stack;
use crate::verdict::DropReason;

impl Stack {
    /// A card's cable was pulled, or plugged in. As on Linux its addresses stay ours; without a carrier
    /// what was learned of its neighbours is forgotten, and its routes are passed over where
    /// `ignore_routes_with_linkdown` says so.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`].
    pub fn set_carrier(&mut self, iface: InterfaceId, carrier: bool) -> Result<(), ConfigError> {
        let interface = self.interfaces.get_mut(iface.index());
        let interface = interface.ok_or(ConfigError::NoSuchInterface)?;
        if interface.carrier == carrier {
            return Ok(());
        }
        interface.carrier = carrier;
        // Its VLANs go with it.
        let vlans = self.interfaces.iter();
        let vlans = vlans.filter(|other| other.vlan.is_some_and(|vlan| vlan.card == iface));
        let all: Vec<InterfaceId> = vlans.map(|vlan| vlan.id).collect();
        for vlan in all {
            self.set_carrier(vlan, carrier)?;
        }
        if !carrier {
            let waited = self.neighbors.carrier_lost(&mut self.timers, iface);
            self.drops.add(DropReason::InterfaceDown, waited as u64);
            self.ip.redirects.forget_at(iface);
            self.ip.gateways.forget(iface);
        }
        // Ways may have become others.
        self.ip.addresses.rebuild(&self.interfaces);
        Ok(())
    }

    /// How often the interfaces have changed: their addresses, whether they are up, whether they have
    /// a carrier.
    #[must_use]
    pub const fn links_version(&self) -> u64 {
        self.ip.addresses.version()
    }

    /// Lets [`poll_event`](Self::poll_event) give [`Event::Links`](crate::Event::Links) when that
    /// changes from now on.
    pub const fn watch_links(&mut self) {
        self.links_told = Some(self.links_version());
    }

    /// Whether the interfaces have changed since that was told.
    pub(super) fn links_changed(&mut self) -> bool {
        let now = self.links_version();
        self.links_told
            .as_mut()
            .is_some_and(|told| core::mem::replace(told, now) != now)
    }

    /// Whether routes of IPv4 and of IPv6 are passed over where an interface has no carrier.
    pub(super) fn ignores_linkdown(&self, iface: InterfaceId) -> [bool; 2] {
        self.sysctls.ignores_linkdown(iface)
    }

    /// A setting has changed, perhaps that one.
    pub(super) fn heed_linkdown(&mut self) {
        let Self {
            interfaces,
            sysctls,
            ip,
            ..
        } = self;
        let mut changed = false;
        for interface in interfaces.iter_mut() {
            let ignored = sysctls.ignores_linkdown(interface.id);
            changed |= interface.ignored != ignored;
            interface.ignored = ignored;
        }
        if changed {
            ip.addresses.rebuild(interfaces);
        }
    }
}
