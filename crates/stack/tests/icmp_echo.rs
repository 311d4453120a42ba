//! Ping, both ways (RFC 792, RFC 1122 §3.2.2.6).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::packets::{self, ip_frame, ips, message, ping};
use common::{World, ip, mac};
use stack::DropReason;
use wire::icmpv4::Message;
use wire::ipv4::Header;

#[test]
fn a_ping_is_answered_with_its_own_bytes() {
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.10/24");
    world.settle();
    world.take();
    let (header, payload) = ping(ip("172.16.10.11"), ip("172.16.10.10"), b"hello");
    let neighbor = (ip("172.16.10.11").into(), mac(2));
    world.hosts[a.0]
        .add_neighbor(world.now, a.1, neighbor.0, neighbor.1)
        .unwrap();
    world.inject(a, ip_frame(mac(1), mac(2), &header, &payload));
    let sent = ips(&world.take_from(a.0));
    let [(link, header, payload)] = &sent[..] else {
        panic!("{sent:?}")
    };
    assert_eq!((link.dst, link.src), (mac(2), mac(1)));
    assert_eq!(header.src, ip("172.16.10.10"));
    assert_eq!(header.dst, ip("172.16.10.11"));
    assert_eq!(header.ttl, 64);
    let (reply, body) = message(payload);
    assert_eq!(reply, Message::EchoReply { ident: 7, seq: 1 });
    assert_eq!(body, b"hello");
}

#[test]
fn both_zeros_of_the_checksum_are_right() {
    // Every byte of the first reply is zero, and its sum +0; the second's words sum up to -0.
    for (request, reply) in [
        (
            [8, 0, 0xf7, 0xff, 0, 0, 0, 0],
            [0, 0, 0xff, 0xff, 0, 0, 0, 0],
        ),
        (
            [8, 0, 0xf7, 0xff, 0xff, 0xff, 0, 0],
            [0, 0, 0, 0, 0xff, 0xff, 0, 0],
        ),
    ] {
        assert_eq!(wire::checksum::checksum(&reply), 0);
        let mut world = World::new();
        let a = world.simple(1, "172.16.10.10/24");
        world.settle();
        world.take();
        let peer = ip("172.16.10.11").into();
        world.hosts[a.0]
            .add_neighbor(world.now, a.1, peer, mac(2))
            .unwrap();
        let header = packets::header(ip("172.16.10.11"), ip("172.16.10.10"), wire::Protocol::ICMP);
        let header = Header {
            payload_len: request.len(),
            ..header
        };
        world.inject(a, ip_frame(mac(1), mac(2), &header, &request));
        assert_eq!(ips(&world.take_from(a.0))[0].2, reply);
    }
}

#[test]
fn two_stacks_on_a_cable() {
    // One pings the other in its own name: the frame is put before b as if a had sent it.
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.10/24");
    let b = world.simple(2, "172.16.10.11/24");
    world.lan(&[a, b]);
    world.pass_millis(3000);
    world.take();
    let (header, payload) = ping(ip("172.16.10.10"), ip("172.16.10.11"), &[7; 1400]);
    let header = Header {
        traffic_class: 0x12,
        ..header
    };
    world.inject(b, ip_frame(mac(2), mac(1), &header, &payload));
    let sent = ips(&world.take_from(b.0));
    assert_eq!(message(&sent[0].2).1, [7; 1400]);
    // Linux answers in kind.
    assert_eq!(sent[0].1.traffic_class, 0x12);
    // The answer arrived, and no socket had asked.
    assert_eq!(world.died(a.0, DropReason::IcmpForNobody), 1);
}

#[test]
fn a_damaged_ping_is_not_answered() {
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.10/24");
    world.pass_millis(3000);
    world.take();
    let (header, mut payload) = ping(ip("172.16.10.11"), ip("172.16.10.10"), b"hello");
    payload[9] ^= 0x10;
    world.inject(a, ip_frame(mac(1), mac(2), &header, &payload));
    let reason = DropReason::BadChecksum(wire::Layer::Icmpv4);
    assert_eq!(world.died(a.0, reason), 1);
    for len in 0..8 {
        let (header, payload) = ping(ip("172.16.10.11"), ip("172.16.10.10"), b"");
        let mut short = payload[..len].to_vec();
        // Right as far as it goes.
        if len >= 4 {
            short[2..4].fill(0);
            let sum = wire::checksum::checksum(&short);
            short[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        world.inject(a, ip_frame(mac(1), mac(2), &header, &short));
    }
    assert!(world.take().is_empty());
    assert_eq!(world.hosts[a.0].drops().total(), 9);
}

#[test]
fn the_answers_checksum_follows_the_type_whatever_it_is() {
    // RFC 1624's corner: every sum there is, over two bytes that take every value.
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.10/24");
    let peer = ip("172.16.10.11").into();
    world.hosts[a.0]
        .add_neighbor(world.now, a.1, peer, mac(2))
        .unwrap();
    world.settle();
    for value in 0..=u16::MAX {
        let (header, payload) = ping(ip("172.16.10.11"), ip("172.16.10.10"), &value.to_be_bytes());
        let stack = &mut world.hosts[a.0];
        stack.receive(
            world.now,
            a.1,
            ip_frame(mac(1), mac(2), &header, &payload).into(),
        );
        let (_, frame) = stack.poll_transmit(world.now).unwrap();
        assert_eq!(
            wire::checksum::checksum(&frame.to_vec()[34..]),
            0,
            "{value}"
        );
    }
}
