//! Challenge ACKs of all connections together (RFC 5961 §7): `tcp_challenge_ack_limit`, and
//! `tcp_invalid_ratelimit` of each.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::packets::{header, ip_frame};
use common::sockets::{A, B, pair};
use common::{World, mac};
use stack::DropReason;
use wire::Protocol;
use wire::tcp::{Control, Flags, Header, SeqNumber};

const LIMITED: DropReason = DropReason::Tcp(tcp::DropReason::RateLimited);

/// A SYN on the connection of A's `port`, as somebody sends it who sees nothing of it.
fn blind_syn(world: &mut World, port: u16) {
    let (source, us) = (common::ip("172.16.10.10"), common::ip("172.16.10.11"));
    let segment = Header {
        src_port: port,
        dst_port: 9000,
        control: Control {
            seq: SeqNumber(0xdead_beef),
            flags: Flags::SYN,
            window: 1000,
            ..Control::default()
        },
    };
    let bytes = segment.segment(source.into(), us.into(), &[]);
    let frame = ip_frame(mac(2), mac(1), &header(source, us, Protocol::TCP), &bytes);
    let iface = world.hosts[B].interfaces()[1].id();
    world.inject((B, iface), frame);
}

/// Connections to B, by A's ports.
fn connections(world: &mut World, count: usize) -> Vec<u16> {
    let listener = world.listener(B, "0.0.0.0:9000", 1000);
    (0..count)
        .map(|_| {
            let caller = world.call(A, "172.16.10.11:9000");
            world.accept(B, listener).unwrap();
            world.local(A, caller).port()
        })
        .collect()
}

/// How many challenges go out when each connection gets a blind SYN.
fn challenges(world: &mut World, ports: &[u16]) -> usize {
    world.take();
    for port in ports {
        blind_syn(world, *port);
    }
    world.take_from(B).len()
}

#[test]
fn all_connections_share_one_allowance_of_unknown_size() {
    let mut world = pair();
    world.hosts[B]
        .set_sysctl("net.ipv4.tcp_challenge_ack_limit", "100")
        .unwrap();
    let ports = connections(&mut world, 400);
    let mut seen = Vec::new();
    for _ in 0..10 {
        // The beginning of another second, beyond the 500 ms of each connection.
        world.pass_millis(2000 - world.now.as_millis() % 1000);
        let before = world.died(B, LIMITED);
        let sent = challenges(&mut world, &ports);
        // From half of the limit up to half more than it (CVE-2016-5696).
        assert!((50..150).contains(&sent), "{sent}");
        let limited = world.died(B, LIMITED) - before;
        assert_eq!(limited as usize, 400 - sent);
        // Nothing is left of the second for those that have an allowance of their own again.
        world.pass_millis(501);
        assert_eq!(challenges(&mut world, &ports), 0);
        seen.push(sent);
    }
    let first = seen[0];
    assert!(seen.iter().any(|sent| *sent != first), "{seen:?}");
}

#[test]
fn without_a_limit_each_connection_has_its_own() {
    let mut world = pair();
    let ports = connections(&mut world, 400);
    world.pass_millis(1000);
    assert_eq!(challenges(&mut world, &ports), 400);
    // tcp_invalid_ratelimit: 500 ms.
    world.pass_millis(400);
    assert_eq!(challenges(&mut world, &ports), 0);
    world.pass_millis(101);
    assert_eq!(challenges(&mut world, &ports), 400);
}

#[test]
fn a_limit_of_nothing_answers_nobody() {
    let mut world = pair();
    world.hosts[B]
        .set_sysctl("net.ipv4.tcp_challenge_ack_limit", "0")
        .unwrap();
    let ports = connections(&mut world, 10);
    world.pass_millis(1000);
    assert_eq!(challenges(&mut world, &ports), 0);
}
