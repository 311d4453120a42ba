//! Sockets of IPv6: names, both families at once, zones (RFC 3493, RFC 4007).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::World;
use common::sockets::{at, inet};
use common::v6::pair;
use stack::{Errno, Family, Kind, SocketId, SocketOption};

const A: usize = 0;
const B: usize = 1;

fn socket(world: &mut World, host: usize, kind: Kind) -> SocketId {
    world.hosts[host].socket(Family::Inet6, kind).unwrap()
}

fn two() -> World {
    let mut world = World::new();
    pair(&mut world);
    world
}

/// A listener on every address of B, port 80.
fn listener(world: &mut World) -> SocketId {
    let door = socket(world, B, Kind::Stream);
    world.bind(B, door, "[::]:80").unwrap();
    world.hosts[B].listen(door, 8).unwrap();
    door
}

#[test]
fn tcp_carries_bytes_both_ways_and_says_1440() {
    let mut world = two();
    let door = listener(&mut world);
    let caller = socket(&mut world, A, Kind::Stream);
    let called = world.connect(A, caller, "[2001:db8::2]:80");
    assert_eq!(called, Err(Errno::EINPROGRESS));
    world.settle();
    let (accepted, from) = world.hosts[B].accept(door).unwrap();
    assert_eq!(inet(&from), world.local(A, caller));
    assert_eq!(inet(&from).ip().to_string(), "2001:db8::1");
    let bytes: Vec<u8> = (0..60_000u32).map(|n| n as u8).collect();
    for (from, to) in [((A, caller), (B, accepted)), ((B, accepted), (A, caller))] {
        let sent = world.send(from.0, from.1, &bytes).unwrap();
        let mut got = Vec::new();
        while got.len() < sent {
            world.pass_millis(50);
            got.extend(world.recv(to.0, to.1).unwrap());
        }
        assert_eq!(got, bytes[..sent]);
    }
    // RFC 8200 §8.3: 1500 less 40 less 20; the timestamps take 12 of it.
    assert_eq!(world.hosts[A].tcp_info(caller).unwrap().snd_mss, 1440 - 12);
}

#[test]
fn a_dual_listener_hears_ipv4_by_mapped_addresses() {
    let mut world = two();
    let door = listener(&mut world);
    let caller = world.socket(A, Kind::Stream);
    let _ = world.connect(A, caller, "172.16.10.2:80");
    world.settle();
    let (accepted, from) = world.hosts[B].accept(door).unwrap();
    assert_eq!(inet(&from).ip().to_string(), "::ffff:172.16.10.1");
    let own = world.local(B, accepted).to_string();
    assert_eq!(own, "[::ffff:172.16.10.2]:80");
    // And calls it.
    let back = socket(&mut world, A, Kind::Stream);
    let called = world.connect(A, back, "[::ffff:172.16.10.2]:80");
    assert_eq!(called, Err(Errno::EINPROGRESS));
    world.settle();
    assert!(world.hosts[B].accept(door).is_ok());
}

#[test]
fn v6only_is_deaf_to_ipv4_and_leaves_it_the_port() {
    for kind in [Kind::Stream, Kind::Datagram] {
        let mut world = two();
        let six = socket(&mut world, B, kind);
        world.set(B, six, SocketOption::V6Only(true));
        world.bind(B, six, "[::]:80").unwrap();
        let late = world.hosts[B].set_option(world.now, six, SocketOption::V6Only(false));
        assert_eq!(late, Err(Errno::EINVAL));
        let four = world.socket(B, kind);
        world.bind(B, four, "0.0.0.0:80").unwrap();
        let mapped = world.connect(B, six, "[::ffff:172.16.10.1]:9");
        assert_eq!(mapped, Err(Errno::ENETUNREACH));
    }
}

#[test]
fn a_dual_socket_and_one_of_ipv4_cannot_share_a_port() {
    for kind in [Kind::Stream, Kind::Datagram] {
        for (first, second) in [
            ("[::]:80", "0.0.0.0:80"),
            ("[::]:80", "172.16.10.2:80"),
            ("0.0.0.0:80", "[::]:80"),
            ("172.16.10.2:80", "[::]:80"),
            ("[::ffff:172.16.10.2]:80", "172.16.10.2:80"),
        ] {
            let mut world = two();
            let of = |world: &mut World, name: &str| match name.starts_with('[') {
                true => socket(world, B, kind),
                false => world.socket(B, kind),
            };
            let (a, b) = (of(&mut world, first), of(&mut world, second));
            world.bind(B, a, first).unwrap();
            let refused = world.bind(B, b, second);
            assert_eq!(refused, Err(Errno::EADDRINUSE), "{first} {second}");
        }
    }
}

#[test]
fn datagrams_of_both_families_reach_a_dual_socket() {
    let mut world = two();
    let inbox = socket(&mut world, B, Kind::Datagram);
    world.bind(B, inbox, "[::]:53").unwrap();
    let (six, four) = (socket(&mut world, A, Kind::Datagram), world.udp(A));
    world.send_to(A, six, b"six", "[2001:db8::2]:53").unwrap();
    world.send_to(A, four, b"four", "172.16.10.2:53").unwrap();
    let mapped = "[::ffff:172.16.10.2]:53";
    world.send_to(A, six, b"mapped", mapped).unwrap();
    world.settle();
    for (bytes, ip) in [
        (&b"six"[..], "2001:db8::1"),
        (b"four", "::ffff:172.16.10.1"),
        (b"mapped", "::ffff:172.16.10.1"),
    ] {
        let (got, received) = world.recv_from(B, inbox).unwrap();
        let from = inet(&received.from.unwrap());
        assert_eq!((&got[..], &from.ip().to_string()[..]), (bytes, ip));
        let reply = from.to_string();
        world.send_to(B, inbox, b"thanks", &reply).unwrap();
    }
    world.settle();
    assert_eq!(world.recv(A, four).unwrap(), b"thanks");
}

#[test]
fn a_large_datagram_is_cut_by_its_sender_and_a_refusal_is_heard() {
    let mut world = two();
    let inbox = socket(&mut world, B, Kind::Datagram);
    world.bind(B, inbox, "[2001:db8::2]:53").unwrap();
    let out = socket(&mut world, A, Kind::Datagram);
    let large = vec![7; 20_000];
    world.send_to(A, out, &large, "[2001:db8::2]:53").unwrap();
    world.settle();
    assert_eq!(world.recv(B, inbox).unwrap(), large);
    world.connect(A, out, "[2001:db8::2]:54").unwrap();
    world.send(A, out, b"anybody?").unwrap();
    world.settle();
    assert_eq!(world.recv(A, out), Err(Errno::ECONNREFUSED));
}

#[test]
fn a_link_local_address_needs_its_link() {
    let mut world = two();
    let out = socket(&mut world, A, Kind::Datagram);
    let nowhere = world.send_to(A, out, b"?", "[fe80::2]:53");
    assert_eq!(nowhere, Err(Errno::EINVAL));
    assert_eq!(world.bind(A, out, "[fe80::1]:5"), Err(Errno::EINVAL));
    // eth0 is number 2 behind the loopback, as on Linux.
    let inbox = socket(&mut world, B, Kind::Datagram);
    world.bind(B, inbox, "[fe80::2%2]:53").unwrap();
    world.send_to(A, out, b"here", "[fe80::2%2]:53").unwrap();
    world.settle();
    let (got, received) = world.recv_from(B, inbox).unwrap();
    assert_eq!(got, b"here");
    let from = inet(&received.from.unwrap()).to_string();
    assert!(from.starts_with("[fe80::1%2]:"), "{from}");
    // TCP as well.
    let door = listener(&mut world);
    let caller = socket(&mut world, A, Kind::Stream);
    let _ = world.connect(A, caller, "[fe80::2%2]:80");
    world.settle();
    assert!(world.hosts[B].accept(door).is_ok());
}

#[test]
fn a_host_reaches_itself_at_the_loopback() {
    let mut world = two();
    let door = listener(&mut world);
    let caller = socket(&mut world, B, Kind::Stream);
    let _ = world.connect(B, caller, "[::1]:80");
    world.settle();
    let (_, from) = world.hosts[B].accept(door).unwrap();
    assert_eq!(inet(&from).ip().to_string(), "::1");
    // Every address means this host, as in IPv4.
    let udp = socket(&mut world, B, Kind::Datagram);
    world.bind(B, udp, "[::1]:53").unwrap();
    world.send_to(B, udp, b"me", "[::]:53").unwrap();
    world.settle();
    assert_eq!(world.recv(B, udp).unwrap(), b"me");
    assert!(world.hosts[B].bind(udp, &at("1.2.3.4:5")).is_err());
}
