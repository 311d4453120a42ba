//! Which way: the lesson's decision, the longest prefix, source addresses, configuration.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use std::net::IpAddr;

use common::packets::{arps, ip_frame, ips, ping, v4};
use common::{World, card, ip, mac};
use stack::{
    ConfigError, DropReason, InterfaceConfig, InterfaceId, Medium, Offload, Route, Sysctls,
};
use wire::IpNet;

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn via(network: &str, gateway: &str, iface: InterfaceId, metric: u32) -> Route {
    Route {
        network: net(network),
        gateway: Some(addr(gateway)),
        iface,
        source: None,
        metric,
    }
}

/// Whose MAC address a host asks for when it has a packet for `dst`.
fn asks_for(world: &mut World, host: (usize, InterfaceId), own: &str, dst: &str) -> Option<String> {
    world.settle();
    world.take();
    let (header, payload) = ping(ip(dst), ip(own), b"");
    world.inject(host, ip_frame(mac(1), mac(9), &header, &payload));
    let asked = arps(&world.take_from(host.0));
    Some(asked.first()?.1.target_ip.to_string())
}

#[test]
fn the_lesson_same_network_or_gateway() {
    // 172.16.10.10/24 wants to reach 172.16.10.11 and 101.100.200.11, as in the lesson.
    let mut world = World::new();
    let host = world.simple(1, "172.16.10.10/24");
    let gateway = Route::default_via(addr("172.16.10.1"), host.1);
    world.hosts[host.0].add_route(gateway).unwrap();
    let mut asks = |dst| asks_for(&mut world, host, "172.16.10.10", dst);
    // Both masked with 255.255.255.0 give 172.16.10.0: the peer itself is asked.
    assert_eq!(asks("172.16.10.11").as_deref(), Some("172.16.10.11"));
    // 101.100.200.0 is another network: the gateway is asked.
    assert_eq!(asks("101.100.200.11").as_deref(), Some("172.16.10.1"));
    // The first and the last address of the network, and their neighbours beyond.
    assert_eq!(asks("172.16.10.254").as_deref(), Some("172.16.10.254"));
    // Asked for already: no second question is due within a second.
    assert_eq!(asks("172.16.11.0"), None);
    assert_eq!(world.hosts[host.0].neighbors(world.now).len(), 3);
}

#[test]
fn the_longest_prefix_wins_then_the_metric_then_what_is_up() {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let a = world.plug(host, card("eth0", 1, "10.0.1.1/24"));
    let b = world.plug(host, card("eth1", 2, "10.0.2.1/24"));
    let now = world.now;
    let stack = &mut world.hosts[host];
    let routes = [
        via("0.0.0.0/0", "10.0.1.254", a, 10),
        via("0.0.0.0/0", "10.0.2.254", b, 5),
        via("192.168.0.0/16", "10.0.1.2", a, 0),
        via("192.168.7.0/24", "10.0.2.2", b, 100),
        via("192.168.7.9/32", "10.0.1.3", a, 0),
    ];
    for route in routes {
        stack.add_route(route).unwrap();
    }
    let next = |stack: &stack::Stack, dst| {
        let route = stack.route_to(addr(dst))?;
        Some(route.next_hop(addr(dst)).to_string())
    };
    assert_eq!(next(stack, "8.8.8.8").as_deref(), Some("10.0.2.254"));
    assert_eq!(next(stack, "192.168.1.1").as_deref(), Some("10.0.1.2"));
    assert_eq!(next(stack, "192.168.7.1").as_deref(), Some("10.0.2.2"));
    assert_eq!(next(stack, "192.168.7.9").as_deref(), Some("10.0.1.3"));
    assert_eq!(next(stack, "10.0.1.77").as_deref(), Some("10.0.1.77"));
    assert_eq!(next(stack, "10.0.1.1"), None);

    // What leads to an interface that is off does not count.
    stack.set_up(now, b, false).unwrap();
    assert_eq!(next(stack, "8.8.8.8").as_deref(), Some("10.0.1.254"));
    assert_eq!(next(stack, "192.168.7.1").as_deref(), Some("10.0.1.2"));
    assert_eq!(next(stack, "10.0.2.77").as_deref(), Some("10.0.1.254"));
    stack.set_up(now, b, true).unwrap();
    assert_eq!(next(stack, "192.168.7.1").as_deref(), Some("10.0.2.2"));

    stack.remove_route(&routes[4]).unwrap();
    assert_eq!(
        stack.remove_route(&routes[4]),
        Err(ConfigError::NoSuchRoute)
    );
    assert_eq!(next(stack, "192.168.7.9").as_deref(), Some("10.0.2.2"));
    // 127/8 and ::1, two networks, two defaults, two to 192.168.
    assert_eq!(stack.routes().len(), 8);
    stack.remove_address(b, addr("10.0.2.1")).unwrap();
    assert_eq!(stack.routes().len(), 7);
}

#[test]
fn routes_that_make_no_sense_are_refused() {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let a = world.plug(host, card("eth0", 1, "10.0.1.1/24"));
    let stack = &mut world.hosts[host];
    let good = via("0.0.0.0/0", "10.0.1.254", a, 0);
    stack.add_route(good).unwrap();
    let mut refusal = |route: Route| stack.add_route(route).expect_err("a refusal");
    assert_eq!(refusal(good), ConfigError::RouteExists);
    assert_eq!(
        refusal(via("0.0.0.0/0", "10.0.2.254", a, 0)),
        ConfigError::GatewayUnreachable(addr("10.0.2.254"))
    );
    for ours in ["10.0.1.1", "10.0.1.255"] {
        assert_eq!(
            refusal(via("0.0.0.0/0", ours, a, 0)),
            ConfigError::GatewayUnreachable(addr(ours))
        );
    }
    let nowhere = stack_id(3);
    assert_eq!(
        refusal(Route {
            iface: nowhere,
            ..good
        }),
        ConfigError::NoSuchInterface
    );
    assert_eq!(
        refusal(Route {
            gateway: Some(addr("fe80::1")),
            ..good
        }),
        ConfigError::MixedFamilies
    );
    assert_eq!(
        refusal(Route {
            network: net("::/0"),
            ..good
        }),
        ConfigError::MixedFamilies
    );
    assert_eq!(
        refusal(Route {
            source: Some(addr("10.0.1.2")),
            metric: 1,
            ..good
        }),
        ConfigError::NoSuchAddress(addr("10.0.1.2"))
    );
}

/// An interface number that another stack gave out.
fn stack_id(number: usize) -> InterfaceId {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let plug = |n: usize| {
        world.plug(
            host,
            card(&format!("eth{n}"), n as u64, &format!("10.{n}.0.1/24")),
        )
    };
    (1..=number).map(plug).last().unwrap()
}

#[test]
fn errors_leave_from_the_address_nearest_to_the_next_hop() {
    // A router with two addresses on one link answers from the one on the asker's network.
    let mut world = World::new();
    let host = world.host(Sysctls {
        ip_forward: true,
        ..Sysctls::default()
    });
    let a = world.plug(host, card("eth0", 1, "10.0.1.1/24"));
    world.hosts[host]
        .add_address(world.now, a, net("10.0.2.1/24"))
        .unwrap();
    world.pass_millis(3000);
    for (from, own) in [("10.0.1.7", "10.0.1.1"), ("10.0.2.7", "10.0.2.1")] {
        world.hosts[host]
            .add_neighbor(world.now, a, addr(from), mac(7))
            .unwrap();
        world.take();
        let (header, payload) = ping(ip(from), ip("99.9.9.9"), b"");
        world.inject((host, a), ip_frame(mac(1), mac(7), &header, &payload));
        let sent = ips(&world.take_from(host));
        assert_eq!(sent[0].1.src, ip(own), "{sent:?}");
    }
    // A route may prefer another.
    let prefers = Route {
        network: net("10.0.1.7/32"),
        gateway: None,
        iface: a,
        source: Some(addr("10.0.2.1")),
        metric: 0,
    };
    world.hosts[host].add_route(prefers).unwrap();
    let (header, payload) = ping(ip("10.0.1.7"), ip("99.9.9.9"), b"");
    world.inject((host, a), ip_frame(mac(1), mac(7), &header, &payload));
    let sent = ips(&world.take_from(host));
    assert_eq!(sent[0].1.src, ip("10.0.2.1"), "{sent:?}");
}

#[test]
fn without_a_route_the_answer_dies() {
    let mut world = World::new();
    let host = world.simple(1, "10.0.1.1/24");
    assert_eq!(asks_for(&mut world, host, "10.0.1.1", "10.0.9.9"), None);
    assert_eq!(world.died(host.0, DropReason::NoRoute), 1);
}

#[test]
fn a_link_without_mac_addresses_has_no_neighbors() {
    let mut world = World::new();
    let config = |number: u8| InterfaceConfig {
        name: "tun0".into(),
        medium: Medium::Ip,
        mtu: 1500,
        addresses: vec![net(&format!("10.0.0.{number}/24"))],
        offload: Offload::default(),
        probe: true,
        announce: true,
        vlan: None,
    };
    let (a, b) = (
        world.host(Sysctls::default()),
        world.host(Sysctls::default()),
    );
    let ports = [(a, world.plug(a, config(1))), (b, world.plug(b, config(2)))];
    world.lan(&ports);
    world.settle();
    assert!(world.take().is_empty());
    let (header, payload) = ping(ip("10.0.0.2"), ip("10.0.0.1"), b"x");
    world.inject(ports[0], common::packets::ipv4(&header, &payload));
    let sent = world.take_from(a);
    assert_eq!(sent.len(), 1);
    assert_eq!(&sent[0][12..20], [10, 0, 0, 1, 10, 0, 0, 2]);
    assert!(world.hosts[a].neighbors(world.now).is_empty());
}

#[test]
fn we_reach_ourselves_by_every_address() {
    let mut world = World::new();
    let host = world.simple(1, "10.0.1.1/24");
    world.pass_millis(3000);
    world.take();
    for (src, dst) in [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.9.8.7"),
        ("10.0.1.1", "10.0.1.1"),
        ("127.0.0.1", "10.0.1.1"),
    ] {
        let (header, payload) = ping(ip(src), ip(dst), b"x");
        let before = world.died(host.0, DropReason::IcmpForNobody);
        world.inject(
            (host.0, InterfaceId::LOOPBACK),
            common::packets::ipv4(&header, &payload),
        );
        // The reply has come back over the loopback, and no socket wanted it.
        assert_eq!(
            world.died(host.0, DropReason::IcmpForNobody),
            before + 1,
            "{src} {dst}"
        );
    }
    assert!(world.take().is_empty());
    let lo = world.hosts[host.0].interface_named("lo").unwrap();
    assert_eq!(
        (lo.mtu(), lo.addresses()),
        (65_536, &[net("127.0.0.1/8"), net("::1/128")][..])
    );
}

#[test]
fn a_hundred_thousand_routes_each_found() {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/24");
    let stack = &mut world.hosts[host.0];
    let gateway = |n: u32| IpAddr::V4((0x0a00_0002 + n % 250).into());
    let network = |n: u32| IpNet::new(IpAddr::V4((0x2000_0000 + n * 256).into()), 24).unwrap();
    for n in 0..100_000 {
        let route = Route {
            network: network(n),
            gateway: Some(gateway(n)),
            iface: host.1,
            source: None,
            metric: 0,
        };
        stack.add_route(route).unwrap();
    }
    for n in 0..100_000 {
        let inside = IpAddr::V4((0x2000_0000 + n * 256 + n % 256).into());
        let route = stack.route_to(inside).unwrap();
        assert_eq!(
            (route.network, route.gateway),
            (network(n), Some(gateway(n)))
        );
    }
    assert_eq!(stack.route_to(v4(ip("31.255.255.255"))), None);
    assert_eq!(stack.routes().len(), 100_003);
}
