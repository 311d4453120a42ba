//! What TCP hears of its peer says something of the neighbour on the way (RFC 4861 §7.3.1, RFC 1122
//! §3.3.1.4).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::IpAddr;

use common::packets::arps;
use common::sockets::{A, B};
use common::{World, v6};
use stack::{NeighborState, SocketId};
use wire::arp::Operation;
use wire::{EtherType, Protocol};

/// Two hosts that found each other by ARP and by Neighbour Discovery.
fn pair() -> World {
    let mut world = World::new();
    let hosts = [v6::host(&mut world, 1), v6::host(&mut world, 2)];
    world.lan(&hosts);
    world.pass_millis(10_000);
    world.take();
    world
}

fn connected(world: &mut World, to: &str) -> (SocketId, SocketId) {
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let caller = world.call(A, to);
    let accepted = world.accept(B, listener).unwrap();
    (caller, accepted)
}

fn state(world: &World, addr: &str) -> Option<NeighborState> {
    let addr: IpAddr = addr.parse().unwrap();
    let list = world.hosts[A].neighbors(world.now);
    Some(list.into_iter().find(|n| n.addr == addr)?.state)
}

/// Questions that A asked for a neighbour since, of either family.
fn questions(world: &mut World) -> usize {
    let frames = world.take_from(A);
    let asked = v6::packets(&frames)
        .into_iter()
        .filter(|(header, bytes)| header.next_header == Protocol::ICMPV6 && bytes[0] == 135);
    let arps = arps(&frames);
    let requests = arps
        .iter()
        .filter(|(_, arp)| arp.operation == Operation::Request);
    asked.count() + requests.count()
}

/// Whom A calls, and which neighbour leads there.
const WAYS: [(&str, &str); 1] = [("172.16.10.2:9000", "172.16.10.2")];

#[test]
fn what_is_acknowledged_makes_questions_needless() {
    for (to, addr) in WAYS {
        let mut world = pair();
        let (caller, _) = connected(&mut world, to);
        // Longer than 1.5 times 30 s: nothing is believed any more.
        world.pass_millis(50_000);
        assert_eq!(state(&world, addr), Some(NeighborState::Stale), "{to}");
        world.take();
        world.lose = |_| true;
        world.send(A, caller, b"lost").unwrap();
        world.settle();
        assert_eq!(state(&world, addr), Some(NeighborState::Delay), "{to}");
        world.lose = |_| false;
        world.pass_millis(1_000);
        assert_eq!(state(&world, addr), Some(NeighborState::Reachable), "{to}");
        world.pass_millis(10_000);
        assert_eq!(questions(&mut world), 0, "{to}");
    }
}

#[test]
fn a_call_alone_says_nothing_of_the_way_back() {
    // B knows A, and doubts it, as A calls.
    for (to, _) in WAYS {
        let mut world = pair();
        let _ = connected(&mut world, to);
        world.pass_millis(50_000);
        world.take();
        // Nothing of B reaches A any more.
        world.lose = |sent| sent.host == B;
        let caller = world.tcp(A);
        let _ = world.connect(A, caller, to);
        world.settle();
        let doubted = |world: &World| {
            let list = world.hosts[B].neighbors(world.now);
            let states: Vec<_> = list.into_iter().map(|n| n.state).collect();
            states.contains(&NeighborState::Delay) || states.contains(&NeighborState::Probe)
        };
        assert!(doubted(&world), "{to}");
        world.pass_millis(4_900);
        assert!(doubted(&world), "{to}");
    }
}

#[test]
fn silence_makes_a_neighbour_suspect() {
    for (to, addr) in WAYS {
        let mut world = pair();
        let (caller, _) = connected(&mut world, to);
        assert_eq!(state(&world, addr), Some(NeighborState::Reachable), "{to}");
        // The neighbour answers for itself, and nothing of TCP gets through.
        world.lose = |sent| {
            let (link, at) = wire::ethernet::Header::parse(&sent.bytes).unwrap();
            match link.ethertype {
                EtherType::IPV4 => sent.bytes[at + 9] == Protocol::TCP.0,
                EtherType::IPV6 => sent.bytes[at + 6] == Protocol::TCP.0,
                _ => false,
            }
        };
        world.take();
        world.send(A, caller, b"lost").unwrap();
        let mut suspected = None;
        let start = world.now;
        for _ in 0..100 {
            world.pass_millis(50);
            if state(&world, addr) != Some(NeighborState::Reachable) {
                suspected = Some(world.now.since(start).as_millis());
                break;
            }
        }
        // The third time-out (`tcp_retries1`): 0.2, 0.4 and 0.8 s, and what went before them.
        let at = suspected.unwrap();
        assert!((1_400..2_500).contains(&at), "{to}: after {at} ms");
        // What is sent next begins the doubt, and it is asked five seconds later.
        world.pass_millis(10_000);
        assert!(questions(&mut world) > 0, "{to}");
    }
}
