//! Segments that are none, and what of IP and of links shows in a connection (RFC 9293 §3.1, §3.7.1,
//! §3.9.2).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::Ipv4Addr;

use common::packets::{self, ip_frame, ips};
use common::sockets::{A, B, pair};
use common::{World, card, ip, mac};
use stack::{DropReason, Sysctls};
use wire::tcp::{Control, Flags, Header, SeqNumber};
use wire::{Layer, Protocol, ipv4};

/// A SYN to port 9000 with its checksum.
fn syn(src: Ipv4Addr, dst: Ipv4Addr, src_port: u16) -> Vec<u8> {
    let control = Control {
        seq: SeqNumber(0xffff_fffe),
        flags: Flags::SYN,
        window: 1000,
        ..Control::default()
    };
    let header = Header {
        src_port,
        dst_port: 9000,
        control,
    };
    header.segment(src.into(), dst.into(), &[])
}

/// Puts a segment before B's card; the flags of what B answers.
fn put(world: &mut World, header: &ipv4::Header, segment: &[u8]) -> Vec<Flags> {
    let iface = world.hosts[B].interfaces()[1].id();
    world.take();
    world.lose = |_| true;
    world.inject((B, iface), ip_frame(mac(2), mac(1), header, segment));
    world.lose = |_| false;
    let answers = ips(&world.take_from(B));
    let flags = |bytes: &[u8]| Header::parse(bytes).unwrap().0.control.flags;
    answers.iter().map(|(_, _, bytes)| flags(bytes)).collect()
}

fn from_a() -> ipv4::Header {
    packets::header(ip("172.16.10.10"), ip("172.16.10.11"), Protocol::TCP)
}

#[test]
fn a_damaged_segment_is_dropped() {
    // MUST-3.
    let mut world = pair();
    let _listener = world.listener(B, "0.0.0.0:9000", 5);
    let header = from_a();
    let good = syn(header.src, header.dst, 5000);
    for at in 0..good.len() {
        // The data offset is judged before the sum, and has tests of its own.
        if at == 12 {
            continue;
        }
        let mut damaged = good.clone();
        damaged[at] ^= 0x10;
        assert_eq!(put(&mut world, &header, &damaged), [], "byte {at}");
    }
    let died = world.died(B, DropReason::BadChecksum(Layer::Tcp));
    assert_eq!(died, good.len() as u64 - 1);
    assert_eq!(put(&mut world, &header, &good), [Flags::SYN | Flags::ACK]);
}

#[test]
fn calls_in_the_name_of_nobody_are_dropped() {
    // MUST-63.
    let mut world = pair();
    let _listener = world.listener(B, "0.0.0.0:9000", 5);
    for src in [
        "0.0.0.0",
        "127.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "172.16.10.255",
        "172.16.10.11",
    ] {
        let header = ipv4::Header {
            src: ip(src),
            ..from_a()
        };
        let call = syn(header.src, header.dst, 5000);
        assert_eq!(put(&mut world, &header, &call), [], "{src}");
    }
    assert_eq!(world.died(B, DropReason::MartianSource), 6);
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn options_of_ip_are_passed_over() {
    // MUST-50: a record of the route, a timestamp, a router alert, a kind that nobody knows.
    let mut world = pair();
    let _listener = world.listener(B, "0.0.0.0:9000", 5);
    for (port, options) in (5000..).zip([
        &[7, 7, 4, 0, 0, 0, 0, 0][..],
        &[68, 8, 5, 0, 0, 0, 0, 0],
        &[148, 4, 0, 0],
        &[200, 3, 1, 0],
    ]) {
        let header = ipv4::Header {
            options: options.iter().copied().collect(),
            ..from_a()
        };
        let call = syn(header.src, header.dst, port);
        let answers = put(&mut world, &header, &call);
        assert_eq!(answers, [Flags::SYN | Flags::ACK], "{options:?}");
    }
}

#[test]
fn the_segment_size_offered_is_the_mtu_less_40() {
    // MUST-67, and MUST-65: on SYNs alone.
    for (mtu, size) in [(1500, 1460), (576, 536), (9000, 8960)] {
        let mut world = World::new();
        for (number, address) in [(1, "172.16.10.10/24"), (2, "172.16.10.11/24")] {
            let host = world.host(Sysctls::default());
            let mut config = card("eth0", number, address);
            config.mtu = mtu;
            world.plug(host, config);
        }
        let ports = [A, B].map(|host| (host, world.hosts[host].interfaces()[1].id()));
        world.lan(&ports);
        let (caller, _accepted, _) = world.connection();
        world.send(A, caller, &[7; 3000]).unwrap();
        world.settle();
        let frames: Vec<_> = world.take().into_iter().map(|sent| sent.bytes).collect();
        let segments = ips(&frames);
        assert!(segments.len() >= 5);
        for (_, _, bytes) in segments {
            let control = Header::parse(&bytes).unwrap().0.control;
            let offered = control.flags.contains(Flags::SYN).then_some(size);
            assert_eq!(control.options.mss, offered, "{mtu}");
        }
    }
}

#[test]
fn a_connection_keeps_the_address_that_was_called() {
    // MUST-45: at an address of another of our interfaces, too (RFC 1122 §3.3.4.2).
    let mut world = pair();
    world.plug(B, card("eth1", 5, "10.9.0.1/24"));
    world.pass_millis(3000);
    let iface = world.hosts[A].interfaces()[1].id();
    let gateway = stack::Route::default_via(ip("172.16.10.11").into(), iface);
    world.hosts[A].add_route(gateway).unwrap();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    world.take();
    let caller = world.call(A, "10.9.0.1:9000");
    let accepted = world.accept(B, listener).unwrap();
    assert_eq!(world.local(B, accepted), "10.9.0.1:9000".parse().unwrap());
    world.send(B, accepted, b"from where you called").unwrap();
    world.settle();
    assert!(world.recv(A, caller).is_ok());
    world.close(A, caller);
    world.close(B, accepted);
    world.settle();
    let sent = ips(&world.take_from(B));
    assert!(sent.len() >= 4);
    assert!(
        sent.iter()
            .all(|(_, header, _)| header.src == ip("10.9.0.1"))
    );
}
