//! `net.ipv4.conf.<interface>.…` and `net.ipv6.conf.<interface>.…`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::packets::{ip_frame, ping};
use common::{Host, World, card, ip, mac};
use stack::sysctl::SysctlError;
use stack::{DropReason, InterfaceId, Route, Sysctls};

/// A host with two cards, and a route to 192.0.2.0/24 by the first.
fn two() -> (World, Host, [InterfaceId; 2]) {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let first = world.plug(host, card("eth0", 1, "10.0.0.1/24"));
    let second = world.plug(host, card("eth1.5", 2, "10.0.1.1/24"));
    let route = Route {
        network: "192.0.2.0/24".parse().unwrap(),
        gateway: Some("10.0.0.9".parse().unwrap()),
        iface: first,
        source: None,
        metric: 0,
    };
    world.hosts[host].add_route(route).unwrap();
    world.pass_millis(5000);
    world.take();
    (world, host, [first, second])
}

#[test]
fn forwarding_of_all_is_of_each_and_each_may_differ_after() {
    let (mut world, host, _) = two();
    let stack = &mut world.hosts[host];
    let names = ["all", "default", "eth0", "eth1.5"];
    let read = |stack: &stack::Stack, family: &str| {
        let name = |whose| format!("net.{family}.conf.{whose}.forwarding");
        names
            .map(|whose| stack.sysctl(&name(whose)).unwrap())
            .concat()
    };
    for family in ["ipv4", "ipv6"] {
        let set = |stack: &mut stack::Stack, whose: &str, value: &str| {
            let name = format!("net.{family}.conf.{whose}.forwarding");
            stack.set_sysctl(&name, value).unwrap();
        };
        assert_eq!(read(stack, family), "0000");
        set(stack, "eth0", "1");
        assert_eq!(read(stack, family), "0010");
        set(stack, "all", "1");
        assert_eq!(read(stack, family), "1111");
        set(stack, "eth1.5", "0");
        assert_eq!(read(stack, family), "1110");
        set(stack, "all", "0");
        assert_eq!(read(stack, family), "0000");
    }
    // Another name of the same, which is to a router: it takes no redirects.
    stack.set_sysctl("net.ipv4.ip_forward", "1").unwrap();
    assert_eq!(read(stack, "ipv4"), "1111");
    let all = stack.sysctl("net.ipv4.conf.all.accept_redirects").unwrap();
    assert_eq!(all, "0");
}

#[test]
fn default_is_what_an_interface_begins_with() {
    let (mut world, host, _) = two();
    let stack = &mut world.hosts[host];
    stack
        .set_sysctl("net.ipv6.conf.default.accept_ra", "2")
        .unwrap();
    stack
        .set_sysctl("net/ipv4/conf/default/rp_filter", "1")
        .unwrap();
    world.plug(host, card("eth2", 3, "10.0.2.1/24"));
    let stack = &mut world.hosts[host];
    for (name, value) in [
        ("net.ipv6.conf.eth0.accept_ra", "1"),
        ("net.ipv6.conf.eth2.accept_ra", "2"),
        ("net.ipv4.conf.lo.rp_filter", "0"),
        ("net.ipv4.conf.eth2.rp_filter", "1"),
        ("net.ipv6.conf.eth2.hop_limit", "64"),
    ] {
        assert_eq!(stack.sysctl(name).unwrap(), value, "{name}");
    }
    for wrong in [
        "net.ipv4.conf.eth3.rp_filter",
        "net.ipv4.conf.eth0.accept_ra",
        "net.ipv4.conf.rp_filter",
        "net.ipv5.conf.eth0.rp_filter",
    ] {
        let error = stack.set_sysctl(wrong, "1").unwrap_err();
        assert!(matches!(error, SysctlError::Unknown { .. }), "{wrong}");
    }
    let error = stack.set_sysctl("net.ipv4.conf.eth0.rp_filter", "3");
    let text = error.unwrap_err().to_string();
    assert_eq!(text, "net.ipv4.conf.eth0.rp_filter takes 0 to 2, not \"3\"");
}

#[test]
fn a_source_that_would_not_be_sent_to_by_that_interface_is_refused() {
    // From whom, at which interface, and what levels 0, 1 and 2 say (RFC 3704 §2.2, §2.4).
    let cases = [
        ("10.0.0.5", 0, [true, true, true]),
        ("192.0.2.5", 0, [true, true, true]),
        ("192.0.2.5", 1, [true, false, true]),
        ("10.0.0.5", 1, [true, false, true]),
        ("198.51.100.5", 0, [true, false, false]),
    ];
    for (src, at, expected) in cases {
        for (level, passes) in expected.into_iter().enumerate() {
            // The higher of all's and the interface's holds.
            for whose in ["all", "eth0", "eth1.5"] {
                let (mut world, host, ifaces) = two();
                let name = format!("net.ipv4.conf.{whose}.rp_filter");
                world.hosts[host]
                    .set_sysctl(&name, &level.to_string())
                    .unwrap();
                let applies = whose == "all" || whose == ["eth0", "eth1.5"][at];
                let own = ["10.0.0.1", "10.0.1.1"][at];
                let (header, payload) = ping(ip(src), ip(own), b"hello");
                let frame = ip_frame(mac(1 + at as u64), mac(9), &header, &payload);
                world.inject((host, ifaces[at]), frame);
                let died = world.died(host, DropReason::ReversePath);
                let refused = u64::from(applies && !passes);
                assert_eq!(died, refused, "{src} at {at}, level {level} of {whose}");
            }
        }
    }
}

#[test]
fn only_what_comes_in_where_forwarding_is_on_is_passed_on() {
    let (mut world, host, ifaces) = two();
    world.hosts[host]
        .set_sysctl("net.ipv4.conf.eth0.forwarding", "1")
        .unwrap();
    for (at, src, dst, passed) in [
        (0, "10.0.0.5", "10.0.1.5", true),
        (1, "10.0.1.5", "10.0.0.5", false),
    ] {
        let (header, payload) = ping(ip(src), ip(dst), b"hello");
        let frame = ip_frame(mac(1 + at as u64), mac(9), &header, &payload);
        world.inject((host, ifaces[at]), frame);
        // The router asks for the next hop.
        assert_eq!(!world.take().is_empty(), passed, "at {at}");
    }
    assert_eq!(world.died(host, DropReason::NotForThisHost), 1);
}
