//! What IP refuses, and what it takes for itself: martians, broadcasts, padding, options.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::packets::{header, ip_frame, ips, message, ping, v4};
use common::{World, card, ip, mac};
use stack::{DropReason, InterfaceId, Sysctls};
use wire::icmpv4::Message;
use wire::ipv4::Header;
use wire::{Layer, MacAddr, Protocol};

/// A host at 10.0.0.1/24 that knows its neighbour 10.0.0.2, card 2.
fn world() -> (World, (usize, InterfaceId)) {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/24");
    let stack = &mut world.hosts[host.0];
    stack
        .add_neighbor(world.now, host.1, v4(ip("10.0.0.2")), mac(2))
        .unwrap();
    world.pass_millis(3000);
    world.take();
    (world, host)
}

fn ping_frame(src: &str, dst: &str) -> Vec<u8> {
    let (header, payload) = ping(ip(src), ip(dst), b"x");
    ip_frame(mac(1), mac(2), &header, &payload)
}

#[test]
fn martian_sources() {
    let (mut world, host) = world();
    let martians = [
        "127.0.0.1",
        "127.255.0.1",
        "224.0.0.1",
        "239.1.2.3",
        "255.255.255.255",
        "0.0.0.0",
        "0.1.2.3",
        // Ourselves, and all of our network.
        "10.0.0.1",
        "10.0.0.255",
    ];
    for src in martians {
        world.inject(host, ping_frame(src, "10.0.0.1"));
    }
    assert_eq!(
        world.died(host.0, DropReason::MartianSource),
        martians.len() as u64
    );
    assert!(world.take().is_empty());
}

#[test]
fn martian_destinations() {
    let (mut world, host) = world();
    for dst in ["127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3"] {
        world.inject(host, ping_frame("10.0.0.2", dst));
    }
    assert_eq!(world.died(host.0, DropReason::MartianDestination), 4);
    world.inject(host, ping_frame("10.0.0.2", "10.0.0.3"));
    assert_eq!(world.died(host.0, DropReason::NotForThisHost), 1);
    world.inject(host, ping_frame("10.0.0.2", "239.1.2.3"));
    assert_eq!(world.died(host.0, DropReason::NotInGroup), 1);
    assert!(world.take().is_empty());
}

#[test]
fn a_packet_for_another_of_our_interfaces_is_ours() {
    let (mut world, host) = world();
    world.plug(host.0, card("eth1", 5, "10.9.0.1/24"));
    world.pass_millis(3000);
    world.take();
    // RFC 1122 §3.3.4.2, the weak host model.
    world.inject(host, ping_frame("10.0.0.2", "10.9.0.1"));
    let sent = ips(&world.take_from(host.0));
    assert_eq!(
        (sent[0].1.src, sent[0].1.dst),
        (ip("10.9.0.1"), ip("10.0.0.2"))
    );
}

#[test]
fn broadcasts_are_taken_and_pings_among_them_not_answered() {
    let (mut world, host) = world();
    for dst in ["255.255.255.255", "10.0.0.255"] {
        world.inject(host, ping_frame("10.0.0.2", dst));
    }
    assert_eq!(world.died(host.0, DropReason::IcmpBroadcastEcho), 2);
    assert!(world.take().is_empty());
    // Unless that is wanted; then the answer comes from our own address.
    let stack = &mut world.hosts[host.0];
    stack
        .set_sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "0")
        .unwrap();
    world.inject(host, ping_frame("10.0.0.2", "10.0.0.255"));
    let sent = ips(&world.take_from(host.0));
    assert_eq!(
        (sent[0].1.src, sent[0].1.dst),
        (ip("10.0.0.1"), ip("10.0.0.2"))
    );
    // No pings at all.
    let stack = &mut world.hosts[host.0];
    stack
        .set_sysctl("net.ipv4.icmp_echo_ignore_all", "1")
        .unwrap();
    world.inject(host, ping_frame("10.0.0.2", "10.0.0.1"));
    assert_eq!(world.died(host.0, DropReason::IcmpEchoIgnored), 1);
    assert!(world.take().is_empty());
}

#[test]
fn a_host_without_an_address_yet_may_ask_everybody() {
    let (mut world, host) = world();
    let header = header(ip("0.0.0.0"), ip("255.255.255.255"), Protocol::UDP);
    let payload = common::packets::udp(68, 67, b"discover");
    world.inject(
        host,
        ip_frame(MacAddr::BROADCAST, mac(2), &header, &payload),
    );
    assert_eq!(world.died(host.0, DropReason::MartianSource), 0);
    // It came as far as UDP, where nobody listens; and to many no error is sent.
    assert_eq!(world.died(host.0, DropReason::UdpPortUnreachable), 1);
    assert!(world.take().is_empty());
}

#[test]
fn the_links_padding_is_cut_off_and_options_are_kept() {
    let (mut world, host) = world();
    let (header, payload) = ping(ip("10.0.0.2"), ip("10.0.0.1"), b"x");
    // Record route (type 7) of 7 bytes, and the end of the list.
    let options = [7, 7, 4, 0, 0, 0, 0, 0].into_iter().collect();
    let header = Header { options, ..header };
    let mut frame = ip_frame(mac(1), mac(2), &header, &payload);
    frame.resize(60, 0xee);
    world.inject(host, frame);
    let sent = ips(&world.take_from(host.0));
    assert_eq!(message(&sent[0].2).1, b"x");

    // An error quotes them.
    let unknown = Header {
        protocol: Protocol(200),
        ..header
    };
    world.inject(host, ip_frame(mac(1), mac(2), &unknown, b"12345678"));
    assert_eq!(world.died(host.0, DropReason::UnknownProtocol), 1);
    let sent = ips(&world.take_from(host.0));
    let quoted = message(&sent[0].2).1;
    assert_eq!(quoted.len(), 28 + 8);
    assert_eq!(quoted[20..28], unknown.options[..]);
}

#[test]
fn nobody_obeys_a_source_route() {
    let (mut world, host) = world();
    let (header, payload) = ping(ip("10.0.0.2"), ip("10.0.0.1"), b"x");
    for kind in [131, 137] {
        // Behind padding and another option.
        let options = [1, 7, 3, 4, kind, 7, 4, 10, 0, 0, 9, 0]
            .into_iter()
            .collect();
        let header = Header {
            options,
            ..header.clone()
        };
        world.inject(host, ip_frame(mac(1), mac(2), &header, &payload));
    }
    assert_eq!(world.died(host.0, DropReason::SourceRouted), 2);
    assert!(world.take().is_empty());
}

#[test]
fn options_that_cannot_be_read_are_pointed_at() {
    // RFC 1122 §3.2.2.5, as Linux.
    let (mut world, host) = world();
    let (header, payload) = ping(ip("10.0.0.2"), ip("10.0.0.1"), b"x");
    let with = |options: [u8; 4]| Header {
        options: options.into_iter().collect(),
        ..header.clone()
    };
    for (broken, at) in [
        // Without a length, with one too short, and with one beyond the header.
        ([1, 1, 1, 7], 23),
        ([7, 0, 0, 0], 20),
        ([1, 7, 1, 3], 21),
        ([7, 9, 131, 3], 20),
    ] {
        let header = with(broken);
        world.inject(host, ip_frame(mac(1), mac(2), &header, &payload));
        let sent = ips(&world.take_from(host.0));
        let (message, quoted) = message(&sent[0].2);
        assert_eq!(message, Message::ParameterProblem { pointer: at });
        assert_eq!(quoted[20..24], broken);
    }
    assert_eq!(world.died(host.0, DropReason::BadIpv4Option), 4);
    // Nobody is told of what went to all.
    let header = Header {
        dst: ip("10.0.0.255"),
        ..with([7, 0, 0, 0])
    };
    let all = ip_frame(MacAddr::BROADCAST, mac(2), &header, &payload);
    world.inject(host, all);
    assert!(world.take().is_empty());
    assert_eq!(world.died(host.0, DropReason::BadIpv4Option), 5);
    // What stands behind the end of the list is no option.
    world.inject(
        host,
        ip_frame(mac(1), mac(2), &with([0, 7, 0, 9]), &payload),
    );
    assert_eq!(ips(&world.take_from(host.0)).len(), 1);
}

#[test]
fn headers_that_do_not_hold() {
    let (mut world, host) = world();
    let good = ping_frame("10.0.0.2", "10.0.0.1");
    let mut change = |at: usize, to: u8| {
        let mut frame = good.clone();
        frame[14 + at] = to;
        world.inject(host, frame);
    };
    change(0, 0x65);
    change(0, 0x44);
    change(3, 200);
    change(8, 63);
    let died = |reason| world.died(host.0, reason);
    assert_eq!(died(DropReason::BadVersion(Layer::Ipv4)), 1);
    assert_eq!(died(DropReason::BadHeaderLength(Layer::Ipv4)), 1);
    assert_eq!(died(DropReason::BadLength(Layer::Ipv4)), 1);
    assert_eq!(died(DropReason::BadChecksum(Layer::Ipv4)), 1);
    for len in 14..34 {
        world.inject(host, &good[..len]);
    }
    assert_eq!(world.died(host.0, DropReason::Truncated(Layer::Ipv4)), 20);
    assert!(world.take().is_empty());
}

#[test]
fn a_ping_to_all_is_answered_to_its_sender_alone() {
    // Two hosts on a LAN; what one broadcasts the other hears once.
    let mut world = World::new();
    let a = world.simple(1, "10.0.0.1/24");
    let sysctls = Sysctls {
        icmp_echo_ignore_broadcasts: false,
        ..Sysctls::default()
    };
    let host = world.host(sysctls);
    let b = (host, world.plug(host, card("eth0", 2, "10.0.0.2/24")));
    world.lan(&[a, b]);
    world.pass_millis(3000);
    world.take();
    // A ping in a's name to all: b answers a once, from its own address.
    let (header, payload) = ping(ip("10.0.0.1"), ip("10.0.0.255"), b"x");
    world.inject(b, ip_frame(MacAddr::BROADCAST, mac(1), &header, &payload));
    let answers = ips(&world.take_from(b.0));
    assert_eq!(answers.len(), 1);
    assert_eq!(
        (answers[0].1.src, answers[0].1.dst),
        (ip("10.0.0.2"), ip("10.0.0.1"))
    );
}

#[test]
fn a_packet_that_has_arrived_needs_no_more_hops() {
    // RFC 1122 §3.2.1.7: not for its TTL is a packet for us refused.
    let (mut world, host) = world();
    for ttl in [1, 0] {
        let (header, payload) = ping(ip("10.0.0.2"), ip("10.0.0.1"), b"x");
        let header = Header { ttl, ..header };
        world.inject(host, ip_frame(mac(1), mac(2), &header, &payload));
        assert_eq!(ips(&world.take_from(host.0)).len(), 1, "{ttl}");
    }
}

#[test]
fn every_host_is_in_the_group_of_all() {
    // RFC 1112 §4, RFC 1122 §3.3.7.
    let (mut world, host) = world();
    world.hosts[host.0]
        .set_sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "0")
        .unwrap();
    let (header, payload) = ping(ip("10.0.0.2"), ip("224.0.0.1"), b"x");
    let all = MacAddr::multicast_v4(ip("224.0.0.1"));
    world.inject(host, ip_frame(all, mac(2), &header, &payload));
    let sent = ips(&world.take_from(host.0));
    assert_eq!(
        (sent[0].1.src, sent[0].1.dst),
        (ip("10.0.0.1"), ip("10.0.0.2"))
    );
}
