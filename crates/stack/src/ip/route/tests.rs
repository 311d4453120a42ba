//! The table against a list that is searched from end to end.

use core::net::{IpAddr, Ipv4Addr};

use alloc::vec::Vec;
use proptest::prelude::*;
use wire::{IpNet, Ipv4Net};

use super::{Route, RouteTable};
use crate::interface::InterfaceId;

fn route(bits: u32, len: u8, metric: u32, iface: u16) -> Route {
    Route {
        network: IpNet::V4(Ipv4Net::new(Ipv4Addr::from_bits(bits), len).unwrap()).trunc(),
        gateway: None,
        iface: InterfaceId(iface),
        source: None,
        metric,
    }
}

/// Few bits in play, so that prefixes nest and collide.
fn any_route() -> impl Strategy<Value = Route> {
    let bits = (0u32..256, 0u32..4).prop_map(|(high, low)| high << 24 | low);
    (bits, 0u8..=32, 0u32..3, 0u16..3).prop_map(|(b, l, m, i)| route(b, l, m, i))
}

fn slow(routes: &[Route], dst: IpAddr, usable: impl Fn(InterfaceId) -> bool) -> Option<&Route> {
    let fits = routes
        .iter()
        .filter(|r| r.network.contains(&dst) && usable(r.iface));
    // The first among equals: `min_by_key` keeps it.
    fits.min_by_key(|r| (core::cmp::Reverse(r.network.prefix_len()), r.metric))
}

proptest! {
    #[test]
    fn finds_what_a_search_from_end_to_end_finds(
        steps in proptest::collection::vec((any_route(), prop::bool::weighted(0.7)), 1..60),
        asked in proptest::collection::vec((0u32..256, 0u32..4), 20),
        down in 0u16..4,
    ) {
        let mut table = RouteTable::new();
        let mut list: Vec<Route> = Vec::new();
        for (route, add) in steps {
            let there = list.contains(&route);
            if add {
                prop_assert_eq!(table.insert(route), !there);
                if !there { list.push(route); }
            } else {
                prop_assert_eq!(table.remove(&route), there);
                list.retain(|r| *r != route);
            }
            for (high, low) in &asked {
                let dst = IpAddr::V4(Ipv4Addr::from_bits(high << 24 | low));
                let usable = |iface: InterfaceId| iface != InterfaceId(down);
                prop_assert_eq!(table.lookup(dst, usable), slow(&list, dst, usable));
            }
        }
        prop_assert_eq!(table.iter().count(), list.len());
        for route in list {
            prop_assert!(table.remove(&route));
        }
        prop_assert!(table.networks.is_empty() && table.gateways.is_empty());
    }
}
