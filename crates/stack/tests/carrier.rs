//! Cards that notice whether something is plugged in: what becomes of routes and neighbours, and who
//! hears of it.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use std::net::IpAddr;

use common::{Host, World, card};
use stack::{ConfigError, Event, InterfaceId, Route, Sysctls};

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A host with two cards, each of which leads to everywhere, the first better.
fn two_ways(world: &mut World, sysctls: Sysctls) -> (Host, [InterfaceId; 2]) {
    let host = world.host(sysctls);
    let cards = [
        world.plug(host, card("eth0", 1, "10.0.1.1/24")),
        world.plug(host, card("eth1", 2, "10.0.2.1/24")),
    ];
    for (metric, (gateway, iface)) in ["10.0.1.9", "10.0.2.9"].iter().zip(cards).enumerate() {
        let route = Route {
            metric: metric as u32,
            ..Route::default_via(addr(gateway), iface)
        };
        world.hosts[host].add_route(route).unwrap();
    }
    (host, cards)
}

fn way(world: &World, host: Host, dst: &str) -> Option<InterfaceId> {
    world.hosts[host].route_to(addr(dst)).map(|way| way.iface)
}

#[test]
fn routes_without_a_carrier_are_passed_over_where_that_is_asked_for() {
    let name = "net.ipv4.conf.all.ignore_routes_with_linkdown";
    let mut world = World::new();
    let mut ignoring = Sysctls::default();
    ignoring.set(name, "1").unwrap();
    let (host, [a, b]) = two_ways(&mut world, ignoring);
    let stack = &mut world.hosts[host];
    stack.set_carrier(a, false).unwrap();
    assert!(!stack.interface(a).unwrap().has_carrier());
    // Its address stays ours; its network is reached by the other card, as everything is.
    assert_eq!(stack.route_to(addr("10.0.1.1")), None);
    assert_eq!(way(&world, host, "10.0.1.7"), Some(b));
    assert_eq!(way(&world, host, "192.0.2.1"), Some(b));
    let stack = &mut world.hosts[host];
    stack.set_carrier(a, true).unwrap();
    assert_eq!(way(&world, host, "10.0.1.7"), Some(a));
    assert_eq!(way(&world, host, "192.0.2.1"), Some(a));

    // As Linux has it without being asked: the routes stay, and lead nowhere.
    let (host, [a, b]) = two_ways(&mut world, Sysctls::default());
    world.hosts[host].set_carrier(a, false).unwrap();
    assert_eq!(way(&world, host, "192.0.2.1"), Some(a));
    // One card's own setting is enough, and is heeded when it comes.
    let name = "net.ipv4.conf.eth0.ignore_routes_with_linkdown";
    world.hosts[host].set_sysctl(name, "1").unwrap();
    assert_eq!(way(&world, host, "192.0.2.1"), Some(b));
    world.hosts[host].set_sysctl(name, "0").unwrap();
    assert_eq!(way(&world, host, "192.0.2.1"), Some(a));
}

#[test]
fn each_family_has_its_own_setting() {
    let mut world = World::new();
    let mut sysctls = Sysctls::default();
    let names = [
        ("net.ipv6.conf.default.ignore_routes_with_linkdown", "1"),
        ("net.ipv6.conf.default.dad_transmits", "0"),
    ];
    for (name, value) in names {
        sysctls.set(name, value).unwrap();
    }
    let (host, [a, _]) = two_ways(&mut world, sysctls);
    let now = world.now;
    let stack = &mut world.hosts[host];
    let own = "2001:db8::1/64".parse().unwrap();
    stack.add_address(now, a, own).unwrap();
    assert_eq!(way(&world, host, "2001:db8::2"), Some(a));
    world.hosts[host].set_carrier(a, false).unwrap();
    assert_eq!(way(&world, host, "2001:db8::2"), None);
    assert_eq!(way(&world, host, "192.0.2.1"), Some(a));
}

#[test]
fn neighbours_behind_a_pulled_cable_are_forgotten_but_for_static_ones() {
    let mut world = World::new();
    let (host, [a, _]) = two_ways(&mut world, Sysctls::default());
    let now = world.now;
    let stack = &mut world.hosts[host];
    let mac = common::mac(9);
    stack.add_neighbor(now, a, addr("10.0.1.9"), mac).unwrap();
    let (header, payload) =
        common::packets::ping(common::ip("10.0.1.8"), common::ip("10.0.1.1"), b"");
    let frame = common::packets::ip_frame(common::mac(1), common::mac(8), &header, &payload);
    world.inject((host, a), frame);
    world.settle();
    assert_eq!(world.hosts[host].neighbors(now).len(), 2);
    world.hosts[host].set_carrier(a, false).unwrap();
    let left = world.hosts[host].neighbors(now);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].addr, addr("10.0.1.9"));
}

#[test]
fn who_asks_is_told_once_a_change() {
    let mut world = World::new();
    let (host, [a, b]) = two_ways(&mut world, Sysctls::default());
    let now = world.now;
    let stack = &mut world.hosts[host];
    assert_eq!(stack.poll_event(), None, "nobody asked");
    stack.watch_links();
    assert_eq!(stack.poll_event(), None, "nothing changed since");
    let before = stack.links_version();
    stack.set_carrier(a, false).unwrap();
    assert_ne!(stack.links_version(), before);
    assert_eq!(stack.poll_event(), Some(Event::Links));
    assert_eq!(stack.poll_event(), None);
    stack.set_carrier(a, false).unwrap();
    assert_eq!(stack.poll_event(), None, "it had none before");
    stack.set_up(now, b, false).unwrap();
    assert_eq!(stack.poll_event(), Some(Event::Links));
    stack
        .add_address(now, a, "10.0.3.1/24".parse().unwrap())
        .unwrap();
    assert_eq!(stack.poll_event(), Some(Event::Links));

    let nowhere = InterfaceId::from_scope_id(77).unwrap();
    let missing = stack.set_carrier(nowhere, true);
    assert_eq!(missing, Err(ConfigError::NoSuchInterface));
}
