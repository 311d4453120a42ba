//! What dies of a reason that no other file's concern comes across: each is named and counted.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::{Ipv6Addr, SocketAddr};

use base::Frame;
use common::packets::{ethernet, header, ip_frame};
use common::sockets::at;
use common::v6::{self, ip6, link_local};
use common::{Host, World, card, ip, mac};
use stack::{
    DropReason, Family, InterfaceConfig, InterfaceId, Kind, Medium, SocketOption, Sysctls,
};
use wire::icmpv6::Message;
use wire::ipv6::Header;
use wire::{EtherType, Protocol};

/// An ICMPv6 message of that type in a packet that no router let through, or with fewer hops left.
fn message(
    src: Ipv6Addr,
    dst: Ipv6Addr,
    hops: u8,
    kind: u8,
    rest: [u8; 4],
    body: &[u8],
) -> Vec<u8> {
    let message = Message::Other {
        kind,
        code: 0,
        rest,
    };
    let bytes = v6::icmp(src, dst, message, body);
    let mut packet = v6::packet(src, dst, Protocol::ICMPV6.0, &bytes);
    let header = Header {
        hop_limit: hops,
        ..Header::parse(&packet, packet.len()).unwrap().0
    };
    header.emit(&mut packet);
    packet
}

/// Two hosts of IPv6 that know each other.
fn two() -> (World, [(Host, InterfaceId); 2]) {
    let mut world = World::new();
    let hosts = v6::pair(&mut world);
    (world, hosts)
}

/// Puts such a message from host 2's card before host 1, which counts one more of the reason.
fn dies(world: &mut World, to: (Host, InterfaceId), packet: &[u8], reason: DropReason) {
    let before = world.died(to.0, reason);
    world.inject(to, ethernet(mac(1), mac(2), EtherType::IPV6, packet));
    assert_eq!(world.died(to.0, reason), before + 1, "{reason:?}");
}

const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// RFC 4861 §4.4: solicited, override.
const SOLICITED: [u8; 4] = [0x60, 0, 0, 0];

#[test]
fn questions_of_neighbours_that_are_for_nobody_here() {
    let (mut world, [a, _]) = two();
    // For an address that is none of ours.
    let other = message(ip6(2), ip6(1), 255, SOLICITATION, [0; 4], &ip6(99).octets());
    dies(&mut world, a, &other, DropReason::NdNotForUs);
    // From somebody who is not known, and does not say where he is.
    let mute = message(ip6(50), ip6(1), 255, SOLICITATION, [0; 4], &ip6(1).octets());
    dies(&mut world, a, &mute, DropReason::NdNoSource);
    // For routers, of which this is none (RFC 4861 §6.2.6).
    let routers = message(link_local(2), link_local(1), 255, 133, [0; 4], &[]);
    dies(&mut world, a, &routers, DropReason::NdUnexpected);
}

#[test]
fn answers_of_neighbours_that_answer_nothing() {
    let (mut world, [a, _]) = two();
    let answer = |target: u16| {
        let target = ip6(target);
        message(
            target,
            ip6(1),
            255,
            ADVERTISEMENT,
            SOLICITED,
            &target.octets(),
        )
    };
    dies(&mut world, a, &answer(60), DropReason::NdNotAsked);
    // Asked for, but it does not say what was asked (RFC 4861 §7.2.5).
    let socket = world.hosts[0]
        .socket(Family::Inet6, Kind::Datagram)
        .unwrap();
    let to = SocketAddr::from((ip6(61), 7));
    let now = world.now;
    world.hosts[0]
        .send_to(now, socket, b"who are you?", &to.into())
        .unwrap();
    world.settle();
    dies(&mut world, a, &answer(61), DropReason::NdNoTarget);
}

#[test]
fn a_link_without_mac_addresses_has_no_neighbours_to_discover() {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let config = InterfaceConfig {
        medium: Medium::Ip,
        addresses: vec!["2001:db8::1/64".parse().unwrap()],
        ..card("tun0", 1, "10.0.0.1/24")
    };
    let iface = world.plug(host, config);
    world.pass_millis(5_000);
    let question = message(ip6(2), ip6(1), 255, SOLICITATION, [0; 4], &ip6(1).octets());
    world.inject((host, iface), question);
    assert_eq!(world.died(host, DropReason::NdOnThisLink), 1);
}

#[test]
fn what_others_tell_their_router_of_groups_is_not_for_us() {
    let (mut world, [a, _]) = two();
    // An MLDv2 report without a record.
    let report = message(link_local(2), ip6(1), 1, 143, [0; 4], &[]);
    dies(&mut world, a, &report, DropReason::MembershipOfOthers);
    // RFC 3810 §5.1.14: a query from an address that is not the link's, or through a router.
    let query = |src, hops| message(src, ip6(1), hops, 130, [0; 4], &[0; 16]);
    dies(&mut world, a, &query(ip6(2), 1), DropReason::MldNotFromLink);
    let routed = query(link_local(2), 64);
    dies(&mut world, a, &routed, DropReason::MldNotFromLink);
    let nobody = query(Ipv6Addr::UNSPECIFIED, 1);
    dies(&mut world, a, &nobody, DropReason::MldNotFromLink);
}

#[test]
fn igmp_of_a_type_that_is_not_spoken() {
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.1/24");
    // 0x99 in its first byte, a checksum that is right, no group.
    let unknown = [0x99, 0, 0x66, 0xff, 0, 0, 0, 0];
    let header = header(ip("172.16.10.2"), ip("172.16.10.1"), Protocol::IGMP);
    world.inject(a, ip_frame(mac(1), mac(2), &header, &unknown));
    assert_eq!(world.died(a.0, DropReason::UnknownIgmp), 1);
}

#[test]
fn answers_that_nobody_fetches_are_bounded() {
    let (mut world, [a, _]) = two();
    let ping = v6::to_first(Protocol::ICMPV6.0, &v6::ping(b"?"));
    let now = world.now;
    for _ in 0..1030 {
        world.hosts[a.0].receive(now, a.1, Frame::from(ping.clone()));
    }
    // 1024 are kept.
    assert_eq!(world.died(a.0, DropReason::ReplyQueueFull), 6);
}

#[test]
fn a_stream_of_one_device_is_deaf_to_the_other() {
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.1/24");
    let b = world.simple(2, "172.16.10.2/24");
    let side = world.plug(b.0, card("eth1", 3, "172.16.20.2/24"));
    world.lan(&[a, b]);
    let listener = world.listener(b.0, "172.16.10.2:80", 4);
    let only = SocketOption::BindToIfindex(b.1.scope_id() as i32);
    world.set(b.0, listener, only);
    let caller = world.call(a.0, "172.16.10.2:80");
    world.settle();
    let taken = world.accept(b.0, listener).unwrap();
    world.take();
    // What the caller says next goes the right way, and once more by the other card.
    world.send(a.0, caller, b"hello").unwrap();
    world.settle();
    let said = world.take_from(a.0).remove(0);
    let astray = ethernet(mac(3), mac(1), EtherType::IPV4, &said[14..]);
    world.inject((b.0, side), astray);
    assert_eq!(world.died(b.0, DropReason::OtherDevice), 1);
    assert_eq!(world.recv(b.0, taken).unwrap(), b"hello");
}

#[test]
fn a_caller_without_words_waits_where_data_is_waited_for() {
    let mut world = common::sockets::pair();
    let listener = world.listener(1, "0.0.0.0:80", 4);
    // TCP_DEFER_ACCEPT.
    world.set(1, listener, SocketOption::DeferAccept(5));
    let caller = world.tcp(0);
    let now = world.now;
    let _ = world.hosts[0].connect(now, caller, &at("172.16.10.11:80"));
    world.settle();
    let deferred = DropReason::Tcp(tcp::DropReason::AcceptDeferred);
    assert_eq!(world.died(1, deferred), 1);
    assert!(world.accept(1, listener).is_err());
    world.send(0, caller, b"now").unwrap();
    world.settle();
    assert!(world.accept(1, listener).is_ok());
}
