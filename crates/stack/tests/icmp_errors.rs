//! Errors that are sent, errors that are not, and how many (RFC 1122 §3.2.2, RFC 1812 §4.3.2).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use base::Duration;
use common::packets::{header, icmp, ip_frame, ips, ipv4, message, v4};
use common::{World, ip, mac};
use stack::{DropReason, InterfaceId};
use wire::icmpv4::{Message, Unreachable};
use wire::ipv4::Header;
use wire::{Layer, MacAddr, Protocol};

const ME: &str = "10.0.0.1";
const PEER: &str = "10.0.0.2";
const PROTOCOL_UNREACHABLE: Message = Message::DestinationUnreachable(Unreachable::Protocol);

fn world() -> (World, (usize, InterfaceId)) {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/16");
    let stack = &mut world.hosts[host.0];
    stack
        .add_neighbor(world.now, host.1, v4(ip(PEER)), mac(2))
        .unwrap();
    world.pass_millis(3000);
    world.take();
    (world, host)
}

/// A packet that nobody here understands.
fn strange(src: &str, dst: &str) -> Header {
    header(ip(src), ip(dst), Protocol(200))
}

#[test]
fn an_unknown_protocol_byte_by_byte() {
    let (mut world, host) = world();
    let header = Header {
        traffic_class: 0xff,
        dont_fragment: true,
        identification: 0x1234,
        ..strange(PEER, ME)
    };
    world.inject(host, ip_frame(mac(1), mac(2), &header, b"eight by"));
    let sent = world.take_from(host.0);
    assert_eq!(sent.len(), 1);
    let (link, reply, payload) = &ips(&sent)[0];
    assert_eq!(link.dst, mac(2));
    // From the address that it was for; precedence "internetwork control", the kind of service
    // kept, no ECN (RFC 1812 §4.3.2.5); fragmentation allowed.
    assert_eq!((reply.src, reply.dst, reply.ttl), (ip(ME), ip(PEER), 64));
    assert_eq!((reply.traffic_class, reply.dont_fragment), (0xdc, false));
    let literal_header = [3, 2];
    assert_eq!(payload[..2], literal_header);
    assert_eq!(payload[4..8], [0; 4]);
    let (_, quoted) = message(payload);
    assert_eq!(quoted, ipv4(&header, b"eight by"));
}

#[test]
fn errors_that_must_not_be_sent() {
    let (mut world, host) = world();
    let mut nothing = |header: Header, payload: &[u8], link: MacAddr| {
        world.inject(host, ip_frame(link, mac(2), &header, payload));
        assert!(world.take().is_empty(), "{header:?}");
    };
    // About what was sent to many.
    nothing(
        strange(PEER, "10.0.255.255"),
        b"12345678",
        MacAddr::BROADCAST,
    );
    nothing(strange(PEER, "255.255.255.255"), b"12345678", mac(1));
    nothing(
        strange(PEER, "224.0.0.1"),
        b"12345678",
        MacAddr::multicast_v4(ip("224.0.0.1")),
    );
    // To what is no single host.
    nothing(strange("0.0.0.0", "255.255.255.255"), b"12345678", mac(1));
    // About any part but the first, which is all that ever comes of this one.
    let later = Header {
        fragment_offset: 8,
        ..strange(PEER, ME)
    };
    nothing(later, b"12345678", mac(1));
    world.pass(Duration::from_secs(31));
    assert!(world.take().is_empty());
}

#[test]
fn no_error_about_an_error() {
    // A router through which messages come whose last hop it is.
    let (mut world, host) = world();
    world.hosts[host.0]
        .set_sysctl("net.ipv4.ip_forward", "1")
        .unwrap();
    let dying = |message, src| {
        let header = Header {
            ttl: 1,
            ..header(ip(src), ip("99.9.9.9"), Protocol::ICMP)
        };
        ip_frame(mac(1), mac(2), &header, &icmp(message, &[0; 28]))
    };
    let echo = Message::EchoRequest { ident: 1, seq: 1 };
    world.inject(host, dying(echo, PEER));
    assert_eq!(world.take().len(), 1);
    let other = |kind| Message::Other {
        kind,
        code: 0,
        rest: [0; 4],
    };
    // Source quench and redirect are errors too.
    for message in [
        Message::TtlExceeded,
        PROTOCOL_UNREACHABLE,
        other(4),
        other(5),
    ] {
        world.inject(host, dying(message, PEER));
        assert!(world.take().is_empty(), "{message:?}");
    }
    // Timestamp requests are not.
    world.inject(host, dying(other(13), PEER));
    assert_eq!(world.take().len(), 1);
    assert_eq!(world.died(host.0, DropReason::TtlExceeded), 6);
}

#[test]
fn one_destination_gets_six_and_then_one_a_second() {
    let (mut world, host) = world();
    let mut errors = |count: usize| {
        for _ in 0..count {
            let header = strange(PEER, ME);
            world.inject(host, ip_frame(mac(1), mac(2), &header, b"12345678"));
        }
        let sent = world.take().len();
        world.pass_millis(1000);
        sent
    };
    // Linux's icmp_ratelimit of 1000 ms, and its burst of six.
    assert_eq!(errors(10), 6);
    assert_eq!(errors(10), 1);
    assert_eq!(errors(10), 1);
    world.pass(Duration::from_secs(3));
    let mut errors = |count: usize| {
        for _ in 0..count {
            let header = strange(PEER, ME);
            world.inject(host, ip_frame(mac(1), mac(2), &header, b"12345678"));
        }
        world.take().len()
    };
    assert_eq!(errors(10), 4);
    assert_eq!(
        world.died(host.0, DropReason::IcmpRateLimited),
        4 + 9 + 9 + 6
    );
}

#[test]
fn all_destinations_together_get_fifty_and_then_a_thousand_a_second() {
    let (mut world, host) = world();
    let mut errors = |count: usize| {
        for n in 0..count {
            let src = format!("10.0.{}.{}", 1 + n / 250, 1 + n % 250);
            let stack = &mut world.hosts[host.0];
            stack
                .add_neighbor(world.now, host.1, v4(ip(&src)), mac(2))
                .unwrap();
            let header = strange(&src, ME);
            world.inject(host, ip_frame(mac(1), mac(2), &header, b"12345678"));
        }
        let sent = world.take().len();
        world.pass_millis(10);
        sent
    };
    // Linux's icmp_msgs_burst and icmp_msgs_per_sec.
    assert_eq!(errors(200), 50);
    assert_eq!(errors(200), 10);
}

#[test]
fn the_loopback_is_not_limited() {
    let (mut world, host) = world();
    let lo = (host.0, InterfaceId::LOOPBACK);
    for _ in 0..20 {
        let header = strange("127.0.0.1", "127.0.0.1");
        world.inject(lo, ipv4(&header, b"12345678"));
    }
    assert_eq!(world.died(host.0, DropReason::IcmpRateLimited), 0);
    // Each error came back, and no socket had sent such a packet.
    assert_eq!(world.died(host.0, DropReason::IcmpForNobody), 20);
}

/// An error from the peer about a packet.
fn error(message: Message, quoted: &[u8]) -> Vec<u8> {
    let header = header(ip(PEER), ip(ME), Protocol::ICMP);
    ip_frame(mac(1), mac(2), &header, &icmp(message, quoted))
}

#[test]
fn errors_that_are_not_believed() {
    let (mut world, host) = world();
    let port = Message::DestinationUnreachable(Unreachable::Port);
    let mine = header(ip(ME), ip(PEER), Protocol::UDP);
    let quoted = ipv4(&mine, &[0, 1, 0, 2, 0, 8, 0, 0]);
    // Whole, it gets as far as UDP, which knows of no such socket.
    world.inject(host, error(port, &quoted));
    assert_eq!(world.died(host.0, DropReason::IcmpForNobody), 1);
    // About a packet that is not ours, and about a later fragment.
    let theirs = header(ip("10.0.0.3"), ip(PEER), Protocol::UDP);
    world.inject(host, error(port, &ipv4(&theirs, &[0; 8])));
    let later = Header {
        fragment_offset: 8,
        ..mine.clone()
    };
    world.inject(host, error(port, &ipv4(&later, &[0; 8])));
    assert_eq!(world.died(host.0, DropReason::IcmpForNobody), 3);
    // Too little of it (RFC 792 asks for 8 bytes behind the header).
    for len in [0, 19, 20, 27] {
        world.inject(host, error(port, &quoted[..len]));
    }
    let truncated = DropReason::Truncated(Layer::Icmpv4);
    let header_cut = DropReason::Truncated(Layer::Ipv4);
    assert_eq!(
        world.died(host.0, truncated) + world.died(host.0, header_cut),
        4
    );
    // Damaged.
    let mut damaged = error(port, &quoted);
    damaged[50] ^= 1;
    world.inject(host, damaged);
    assert_eq!(
        world.died(host.0, DropReason::BadChecksum(Layer::Icmpv4)),
        1
    );
    // To everybody.
    let header = header(ip(PEER), ip("10.0.255.255"), Protocol::ICMP);
    let frame = ip_frame(MacAddr::BROADCAST, mac(2), &header, &icmp(port, &quoted));
    world.inject(host, frame);
    assert_eq!(world.died(host.0, DropReason::IcmpNotUnicast), 1);
    // Of a kind that asks for nothing.
    for kind in [4, 13, 14, 15, 16, 17, 18, 200] {
        let other = Message::Other {
            kind,
            code: 0,
            rest: [0; 4],
        };
        world.inject(host, error(other, &quoted));
    }
    assert_eq!(world.died(host.0, DropReason::UnknownIcmp), 8);
    // A next-hop MTU below what IP demands, and one that is no news.
    for mtu in [67, 1500, 9000] {
        let needed = Unreachable::FragmentationNeeded { next_hop_mtu: mtu };
        let mut long = quoted.clone();
        long[2..4].copy_from_slice(&1500u16.to_be_bytes());
        world.inject(host, error(Message::DestinationUnreachable(needed), &long));
    }
    assert_eq!(world.died(host.0, DropReason::IcmpBadMtu), 3);
    assert!(world.take().is_empty());
}
