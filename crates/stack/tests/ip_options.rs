//! Options of IPv4 that programs send, and what hosts write into them (RFC 791 §3.1, RFC 1122 §3.2.1.8).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::gateway::{Networks, networks};
use common::packets::{header, ip_frame, ips, message, ping};
use common::sockets::{A, B, at, pair};
use common::{World, ip, mac};
use stack::{Cmsg, IpOptions, RecvFlags, SocketId, SocketOption};
use wire::icmpv4::Message;
use wire::ipv4::Header;

const RECORD: [u8; 12] = [7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const ALERT: [u8; 4] = [148, 4, 0, 0];

fn options(list: &[u8]) -> SocketOption {
    SocketOption::Options(IpOptions::new(list).unwrap())
}

/// The options of the packets that A sent.
fn sent(world: &mut World) -> Vec<Vec<u8>> {
    let packets = ips(&world.take_from(A));
    let options = packets.iter().map(|(_, header, _)| header.options.to_vec());
    options.collect()
}

fn received(world: &mut World, socket: SocketId) -> Vec<Cmsg> {
    let now = world.now;
    let message = world.hosts[B].recv_message(now, socket, 100, 200, RecvFlags::empty());
    message.unwrap().control
}

#[test]
fn who_sends_and_who_receives_record_themselves() {
    let mut world = pair();
    let to = world.udp_at(B, "0.0.0.0:9000");
    world.set(B, to, SocketOption::RecvOpts(true));
    world.set(B, to, SocketOption::RetOpts(true));
    let from = world.udp(A);
    world.set(A, from, options(&[&ALERT[..], &RECORD].concat()));
    world.send_to(A, from, b"x", "172.16.10.11:9000").unwrap();
    world.settle();
    let first = [7, 11, 8, 172, 16, 10, 10, 0, 0, 0, 0, 0];
    assert_eq!(sent(&mut world), [[&ALERT[..], &first].concat()]);
    let both = [7, 11, 12, 172, 16, 10, 10, 172, 16, 10, 11, 0];
    let came = [&ALERT[..], &both].concat();
    // An answer would carry the route alone.
    assert_eq!(
        received(&mut world, to),
        [
            Cmsg::RecvOpts(IpOptions::new(&came).unwrap()),
            Cmsg::RetOpts(IpOptions::new(&both).unwrap())
        ]
    );
}

#[test]
fn times_are_those_of_a_clock_that_is_not_the_day_s() {
    let mut world = pair();
    let from = world.udp(A);
    world.set(A, from, options(&[68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    world.send_to(A, from, b"x", "172.16.10.11:9000").unwrap();
    world.settle();
    // 1,000 s in milliseconds, and the highest bit (RFC 791 §3.1).
    let time = (1_000_000u32 | 1 << 31).to_be_bytes();
    let stamped = [&[68, 12, 13, 1, 172, 16, 10, 10][..], &time].concat();
    assert_eq!(sent(&mut world), [stamped]);
}

#[test]
fn a_source_route_leads_to_its_first_stop() {
    let mut world = pair();
    let from = world.udp(A);
    // By B to an address that A knows no way to.
    for kind in [131, 137] {
        world.set(A, from, options(&[kind, 7, 4, 172, 16, 10, 11]));
        world.send_to(A, from, b"x", "192.0.2.1:9000").unwrap();
        world.settle();
        let packets = ips(&world.take_from(A));
        let [(link, header, _)] = &packets[..] else {
            panic!("{packets:?}")
        };
        assert_eq!((link.dst, header.dst), (mac(2), ip("172.16.10.11")));
        assert_eq!(header.options[..], [kind, 7, 4, 192, 0, 2, 1, 0]);
    }
    // B obeys no such thing.
    assert_eq!(world.died(B, stack::DropReason::SourceRouted), 2);
}

#[test]
fn every_piece_has_what_is_to_be_copied() {
    let mut world = pair();
    let from = world.udp(A);
    world.set(A, from, options(&[&ALERT[..], &RECORD].concat()));
    world
        .send_to(A, from, &[7; 2000], "172.16.10.11:9000")
        .unwrap();
    world.settle();
    let packets = ips(&world.take_from(A));
    let lens = packets
        .iter()
        .map(|(_, header, data)| (header.options.len(), data.len()));
    // Whole multiples of 8 bytes behind headers of 36 and of 24.
    assert_eq!(lens.collect::<Vec<_>>(), [(16, 1464), (4, 544)]);
    assert_eq!(packets[1].1.options[..], ALERT);
}

/// RFC 6691 §2: options of IP make segments shorter, and not what we say that we take.
#[test]
fn segments_leave_room_for_them() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let caller = world.tcp(A);
    world.set(A, caller, options(&RECORD));
    let _ = world.connect(A, caller, "172.16.10.11:9000");
    world.settle();
    let accepted = world.accept(B, listener).unwrap();
    world.send(A, caller, &[7; 4000]).unwrap();
    world.settle();
    let mut got = Vec::new();
    while let Ok(some) = world.recv(B, accepted) {
        got.extend(some);
    }
    assert_eq!(got, [7; 4000]);
    let frames = world.take_from(A);
    let packets = ips(&frames);
    for (_, header, data) in &packets {
        assert_eq!(header.options.len(), 12);
        assert!(header.header_len() + data.len() <= 1500);
    }
    let syn = wire::tcp::Header::parse(&packets[0].2).unwrap().0;
    assert_eq!(syn.control.options.mss, Some(1460));
    let longest = frames.iter().map(Vec::len).max();
    assert_eq!(longest, Some(1514), "full all the same");
    // What the caller sends is not what the called says.
    let name = stack::OptionName::Options;
    assert_eq!(world.get(B, accepted, name), options(&[]));
}

#[test]
fn answers_to_pings_reflect_routes_and_times() {
    let mut world = pair();
    let (header, payload) = ping(ip("172.16.10.10"), ip("172.16.10.11"), b"hello");
    let header = Header {
        options: [
            &ALERT[..],
            &[7, 15, 8, 172, 16, 10, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat()
        .into_iter()
        .collect(),
        ..header
    };
    let iface = world.hosts[B].interfaces()[1].id();
    world.inject((B, iface), ip_frame(mac(2), mac(1), &header, &payload));
    let answers = ips(&world.take_from(B));
    let [(_, header, payload)] = &answers[..] else {
        panic!("{answers:?}")
    };
    let (reply, body) = message(payload);
    assert_eq!(reply, Message::EchoReply { ident: 7, seq: 1 });
    assert_eq!(body, b"hello");
    // As Linux: once as who was asked, once as who answers.
    let us = [172, 16, 10, 11];
    let route = [&[7, 15, 16, 172, 16, 10, 10][..], &us, &us, &[0]].concat();
    assert_eq!(header.options[..], route);
}

/// `ip_no_pmtu_disc`: whether new sockets' packets may be cut on the way, and whose word of it counts.
#[test]
fn the_path_s_width_need_not_be_found_out() {
    for (mode, may_be_cut, learned) in [
        ("0", false, 1000),
        ("1", true, 552),
        ("2", true, 1500),
        ("3", true, 1500),
    ] {
        let Networks { mut world, .. } = networks(1500);
        world.hosts[A]
            .set_sysctl("net.ipv4.ip_no_pmtu_disc", mode)
            .unwrap();
        let alice = world.udp_at(A, "172.16.10.10:7000");
        world.connect(A, alice, "101.100.200.11:9000").unwrap();
        world.send(A, alice, b"x").unwrap();
        world.settle();
        let frames = world.take_from(A);
        let packets = ips(&frames);
        let (_, sent, datagram) = packets.last().unwrap();
        assert_eq!(sent.dont_fragment, !may_be_cut, "{mode}");
        // Who finds out by itself whether it may is told by routers, if anybody is.
        world.set(A, alice, SocketOption::MtuDiscover(2));
        let quoted = common::packets::ipv4(sent, datagram);
        let unreachable =
            Message::DestinationUnreachable(wire::icmpv4::Unreachable::FragmentationNeeded {
                next_hop_mtu: 1000,
            });
        let body = common::packets::icmp(unreachable, &quoted);
        let from = header(ip("172.16.10.1"), ip("172.16.10.10"), wire::Protocol::ICMP);
        let iface = world.hosts[A].interfaces()[1].id();
        world.inject((A, iface), ip_frame(mac(1), mac(11), &from, &body));
        let mut mtu = [0; 4];
        let now = world.now;
        world.hosts[A]
            .option_bytes(now, alice, (0, 14), &mut mtu)
            .unwrap();
        assert_eq!(i32::from_ne_bytes(mtu), learned, "{mode}");
    }
}

#[test]
fn a_router_alert_reaches_the_listener_too() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let caller = world.tcp(A);
    world.set(A, caller, options(&ALERT));
    let now = world.now;
    let _ = world.hosts[A].connect(now, caller, &at("172.16.10.11:9000"));
    world.settle();
    assert!(sent(&mut world).iter().all(|options| options == &ALERT));
    assert!(world.accept(B, listener).is_ok());
}
