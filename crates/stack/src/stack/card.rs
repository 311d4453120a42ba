//! What a card is told to listen to, and when it is first heard.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::Duration;
use wire::MacAddr;

use crate::interface::{Interface, InterfaceId};
use crate::listening::{Bits, Listening, of_mac};
use crate::stack::Stack;

impl Stack {
    /// Lets addresses that it gets from now on be announced not at once but after a time that is drawn
    /// from up to `wait`: hosts that are switched on together must not speak in step, as RFC 5227
    /// §2.1.1 has it for probes.
    pub const fn announce_within(&mut self, wait: Duration) {
        self.neighbors.announce_wait = wait;
    }

    /// The receive filter of a card, as it is set now. Whoever drives the stack may keep frames away
    /// that it [does not hear](Listening::hears), until the next call that may change the stack.
    #[must_use]
    pub fn listening(&self, iface: InterfaceId) -> Listening {
        let own = self.interfaces.get(iface.index());
        let Some(own) = own.filter(|i| i.up).and_then(|i| i.mac()) else {
            return Listening::EVERYTHING;
        };
        let mut groups = Bits::NONE;
        let all_nodes: [IpAddr; 2] = [
            Ipv4Addr::new(224, 0, 0, 1).into(),
            Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).into(),
        ];
        // What its VLANs' interfaces listen to comes by the card as well.
        let by_card = |other: &&Interface| {
            other.id == iface || other.vlan.is_some_and(|vlan| vlan.card == iface)
        };
        let by_card = self.interfaces.iter().filter(by_card);
        let wanted = by_card.flat_map(|other| {
            let solicited = self.ip.addresses.solicited_at(other.id);
            let joined = self.multicast.groups_at(other.id);
            solicited.map(IpAddr::V6).chain(joined)
        });
        for group in all_nodes.into_iter().chain(wanted) {
            groups.add(of_mac(match group {
                IpAddr::V4(group) => MacAddr::multicast_v4(group),
                IpAddr::V6(group) => MacAddr::multicast_v6(group),
            }));
        }
        let mut claimed = Bits::NONE;
        for addr in self.neighbors.claimed_v4() {
            claimed.add(addr.to_bits().into());
        }
        Listening {
            own: Some(own),
            groups,
            claimed,
            curious: self.neighbors.any_unknown_v4()
                || self.sysctls.either_v4(iface, |conf| conf.proxy_arp),
        }
    }
}
