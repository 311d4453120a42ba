//! A way that is narrower in the middle (RFC 1191): what routers say, and what senders make of it.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::packets::{ips, v4};
use common::{Host, Sent, World, card, ip};
use stack::{DropReason, Errno, InterfaceId, Route, Sysctls};
use wire::Protocol;

const ALICE: Host = 0;
const SERVER: Host = 1;
const ROUTER: Host = 2;

/// Alice and a server with a router between them; the link of the server takes `mtu` bytes as far
/// as the router knows.
fn narrow(mtu: usize) -> (World, [InterfaceId; 2]) {
    let mut world = World::new();
    let alice = world.simple(1, "172.16.10.10/24");
    let server = world.simple(2, "101.100.200.11/10");
    let router = world.host(Sysctls {
        ip_forward: true,
        ..Sysctls::default()
    });
    let near = world.plug(router, card("eth0", 11, "172.16.10.1/24"));
    let far = world.plug(router, card("eth1", 12, "101.64.0.1/10"));
    world.hosts[router].set_mtu(far, mtu).unwrap();
    world.lan(&[alice, (router, near)]);
    world.lan(&[server, (router, far)]);
    for (host, gateway) in [(alice, "172.16.10.1"), (server, "101.64.0.1")] {
        let route = Route::default_via(v4(ip(gateway)), host.1);
        world.hosts[host.0].add_route(route).unwrap();
    }
    world.pass_millis(3000);
    world.take();
    (world, [near, far])
}

/// The IP packets that a host sent, by their lengths.
fn lengths(sent: &[Sent], host: Host) -> Vec<usize> {
    let frames: Vec<_> = sent
        .iter()
        .filter(|s| s.host == host)
        .map(|s| s.bytes.clone())
        .collect();
    let packets = ips(&frames);
    packets
        .iter()
        .map(|(_, h, p)| h.header_len() + p.len())
        .collect()
}

/// Alice sends so many bytes to the server; they arrive whole.
fn transfer(world: &mut World, len: usize) {
    let listener = world.listener(SERVER, "0.0.0.0:9000", 5);
    let caller = world.call(ALICE, "101.100.200.11:9000");
    world.pass_millis(100);
    let accepted = world.accept(SERVER, listener).unwrap();
    let bytes: Vec<_> = (0..len).map(|n| (n * 31 + n / 251) as u8).collect();
    let (mut sent, mut received) = (0, Vec::new());
    for _ in 0..1000 {
        if sent < len {
            sent += world.send(ALICE, caller, &bytes[sent..]).unwrap_or(0);
        }
        world.pass_millis(50);
        while let Ok(some) = world.recv(SERVER, accepted) {
            received.extend(some);
        }
        if received.len() == len {
            break;
        }
    }
    assert!(received == bytes, "{} of {len}", received.len());
    world.close(ALICE, caller);
    world.close(SERVER, accepted);
    world.close(SERVER, listener);
    world.pass_millis(1000);
}

#[test]
fn a_stream_finds_the_width_of_the_way_and_remembers_it() {
    let (mut world, [near, _]) = narrow(1000);
    transfer(&mut world, 100_000);
    let sent = world.take();
    let told = |s: &&Sent| s.host == ROUTER && s.iface == near;
    let errors: Vec<_> = sent.iter().filter(told).map(|s| s.bytes.clone()).collect();
    let errors = ips(&errors);
    let errors = errors
        .iter()
        .filter(|(_, h, _)| h.protocol == Protocol::ICMP);
    assert!(errors.count() > 0);
    // Whatever was too long died once; from then on nothing was.
    let too_long = lengths(&sent, ALICE).into_iter().filter(|len| *len > 1000);
    assert_eq!(
        too_long.count() as u64,
        world.died(ROUTER, DropReason::FragmentationNeeded)
    );
    // The next connection knows from the start.
    let died = world.died(ROUTER, DropReason::FragmentationNeeded);
    transfer(&mut world, 100_000);
    let sent = world.take();
    assert!(lengths(&sent, ALICE).iter().all(|len| *len <= 1000));
    assert_eq!(world.died(ROUTER, DropReason::FragmentationNeeded), died);
}

#[test]
fn a_stream_gets_through_where_less_is_offered_than_linux_believes() {
    // Below min_pmtu packets are open to fragmentation, and the router cuts them.
    let (mut world, _) = narrow(296);
    transfer(&mut world, 20_000);
    let sent = world.take();
    let longest = lengths(&sent, ROUTER).into_iter().max();
    assert!(longest <= Some(1500));
    let died = world.died(ROUTER, DropReason::FragmentationNeeded);
    transfer(&mut world, 20_000);
    assert_eq!(world.died(ROUTER, DropReason::FragmentationNeeded), died);
    let sent = world.take();
    assert!(lengths(&sent, ALICE).iter().all(|len| *len <= 552));
}

#[test]
fn datagrams_are_told_and_then_cut_where_they_are_made() {
    let (mut world, _) = narrow(1000);
    let server = world.udp_at(SERVER, "0.0.0.0:9000");
    let alice = world.udp(ALICE);
    world.connect(ALICE, alice, "101.100.200.11:9000").unwrap();
    let bytes: Vec<_> = (0..=255).cycle().take(1400).collect();
    world.send(ALICE, alice, &bytes).unwrap();
    world.settle();
    // As Linux answers with path MTU discovery on, which is its default for UDP.
    assert_eq!(world.send(ALICE, alice, &bytes), Err(Errno::EMSGSIZE));
    assert_eq!(world.recv(SERVER, server), Err(Errno::EAGAIN));
    world.take();
    world.send(ALICE, alice, &bytes).unwrap();
    world.settle();
    assert_eq!(world.recv(SERVER, server), Ok(bytes));
    // 976 of 1408 bytes, a multiple of 8, and the rest; each under a header of 20.
    assert_eq!(lengths(&world.take(), ALICE), [996, 452]);
}

#[test]
fn a_forged_report_changes_nothing() {
    use common::packets::{header, icmp, ip_frame, ipv4, udp};
    use wire::icmpv4::{Message, Unreachable};
    let (mut world, _) = narrow(1500);
    let alice = world.udp(ALICE);
    world.connect(ALICE, alice, "101.100.200.11:9000").unwrap();
    // About a port that nobody uses: the transport does not know the packet.
    let quoted = header(ip("172.16.10.10"), ip("101.100.200.11"), Protocol::UDP);
    let quoted = ipv4(&quoted, &udp(1, 9000, &[0; 1400]));
    let why = Unreachable::FragmentationNeeded { next_hop_mtu: 600 };
    let forged = icmp(Message::DestinationUnreachable(why), &quoted[..28]);
    let outer = header(ip("101.100.200.11"), ip("172.16.10.10"), Protocol::ICMP);
    let frame = ip_frame(common::mac(1), common::mac(11), &outer, &forged);
    let eth0 = world.hosts[ALICE].interface_named("eth0").unwrap().id();
    world.inject((ALICE, eth0), frame);
    assert_eq!(world.died(ALICE, DropReason::IcmpForNobody), 1);
    world.send(ALICE, alice, &[0; 1400]).unwrap();
    world.settle();
    assert_eq!(lengths(&world.take(), ALICE), [1428]);
}

#[test]
fn calling_nobody_fails_when_nobody_answers_for_the_address() {
    let (mut world, _) = narrow(1500);
    let socket = world.call(ALICE, "172.16.10.99:9000");
    world.pass_millis(2_999);
    assert_eq!(
        world.connect(ALICE, socket, "172.16.10.99:9000"),
        Err(Errno::EALREADY)
    );
    world.pass_millis(1);
    assert_eq!(
        world.connect(ALICE, socket, "172.16.10.99:9000"),
        Err(Errno::EHOSTUNREACH)
    );
    // Beyond the router it is the router that says so, by ICMP.
    let socket = world.call(ALICE, "101.99.99.99:9000");
    world.pass_millis(3_000);
    assert_eq!(
        world.connect(ALICE, socket, "101.99.99.99:9000"),
        Err(Errno::EHOSTUNREACH)
    );
}
