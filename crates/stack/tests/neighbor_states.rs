//! The life of a neighbour (RFC 4861 §7.3.2 in Linux's timing), and the packets that wait for it.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use base::Duration;
use common::packets::{arp, arps, ip_frame, ips, ping, v4};
use common::{World, ip, mac};
use stack::{ConfigError, DropReason, InterfaceId, NeighborState};
use wire::MacAddr;
use wire::arp::Operation;

const ME: &str = "10.0.0.1";
const PEER: &str = "10.0.0.2";

fn world() -> (World, (usize, InterfaceId)) {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/16");
    world.pass_millis(5_000);
    world.take();
    (world, host)
}

fn state(world: &World, host: usize, addr: &str) -> Option<NeighborState> {
    let list = world.hosts[host].neighbors(world.now);
    Some(list.into_iter().find(|n| n.addr == v4(ip(addr)))?.state)
}

/// Makes the host send an echo reply of `len` bytes to `addr`.
fn make_send(world: &mut World, host: (usize, InterfaceId), addr: &str, len: usize) {
    let (header, payload) = ping(ip(addr), ip(ME), &vec![0; len]);
    world.inject(host, ip_frame(mac(1), mac(9), &header, &payload));
}

/// The neighbour answers the host's question.
fn answer(world: &mut World, host: (usize, InterfaceId), addr: &str, number: u64) {
    let sender = (mac(number), ip(addr));
    world.inject(
        host,
        arp(mac(1), Operation::Reply, sender, (mac(1), ip(ME))),
    );
}

/// When the ARP questions of the record were asked, in milliseconds after `start`, and of whom.
fn questions(world: &mut World, start: base::Instant) -> Vec<(u64, MacAddr)> {
    let asked = |sent: common::Sent| {
        let (link, _) = *arps(&[sent.bytes]).first()?;
        Some((sent.at.since(start).as_millis(), link.dst))
    };
    world.take().into_iter().filter_map(asked).collect()
}

#[test]
fn nobody_answers() {
    let (mut world, host) = world();
    let start = world.now;
    make_send(&mut world, host, PEER, 8);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Incomplete));
    world.pass_millis(2_999);
    assert_eq!(world.died(host.0, DropReason::NeighborUnreachable), 0);
    world.pass_millis(1);
    assert_eq!(world.died(host.0, DropReason::NeighborUnreachable), 1);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Failed));
    let all = MacAddr::BROADCAST;
    assert_eq!(
        questions(&mut world, start),
        [(0, all), (1000, all), (2000, all)]
    );
    // The next packet asks anew, and this time there is an answer.
    make_send(&mut world, host, PEER, 8);
    answer(&mut world, host, PEER, 2);
    assert_eq!(ips(&world.take_from(host.0)).len(), 1);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Reachable));
    world.pass(Duration::from_secs(60));
    assert_eq!(world.hosts[host.0].next_deadline(), None);
}

#[test]
fn from_reachable_to_failed_while_packets_go_on() {
    let (mut world, host) = world();
    make_send(&mut world, host, PEER, 8);
    answer(&mut world, host, PEER, 2);
    // RFC 4861 §6.3.2: reachable for 0.5 to 1.5 times 30 s.
    world.pass_millis(14_999);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Reachable));
    world.pass_millis(30_001);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Stale));
    world.take();

    let start = world.now;
    make_send(&mut world, host, PEER, 8);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Delay));
    assert_eq!(ips(&world.take_from(host.0)).len(), 1);
    world.pass_millis(4_999);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Delay));
    world.pass_millis(1);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Probe));
    make_send(&mut world, host, PEER, 8);
    world.pass_millis(3_000);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Failed));
    let one = mac(2);
    assert_eq!(
        questions(&mut world, start),
        [(5000, one), (6000, one), (7000, one)]
    );
    // While there was doubt, packets went out; nothing was lost here.
    assert_eq!(world.hosts[host.0].drops().total(), 0);
}

#[test]
fn an_answer_to_a_probe_makes_it_reachable_again() {
    let (mut world, host) = world();
    make_send(&mut world, host, PEER, 8);
    answer(&mut world, host, PEER, 2);
    world.pass(Duration::from_secs(46));
    make_send(&mut world, host, PEER, 8);
    world.pass_millis(5_500);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Probe));
    answer(&mut world, host, PEER, 2);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Reachable));
    world.take();
    world.pass(Duration::from_secs(10));
    assert!(world.take().is_empty());
}

#[test]
fn a_static_neighbor_is_never_asked_and_never_changed() {
    let (mut world, host) = world();
    let stack = &mut world.hosts[host.0];
    stack
        .add_neighbor(world.now, host.1, v4(ip(PEER)), mac(2))
        .unwrap();
    let liar = (mac(3), ip(PEER));
    world.inject(
        host,
        arp(
            MacAddr::BROADCAST,
            Operation::Request,
            liar,
            (MacAddr::ZERO, ip(ME)),
        ),
    );
    world.take();
    make_send(&mut world, host, PEER, 8);
    world.pass(Duration::from_secs(3600));
    make_send(&mut world, host, PEER, 8);
    let sent = world.take_from(host.0);
    assert!(arps(&sent).is_empty());
    assert!(ips(&sent).iter().all(|(link, ..)| link.dst == mac(2)));
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Permanent));

    let stack = &mut world.hosts[host.0];
    stack.remove_neighbor(host.1, v4(ip(PEER))).unwrap();
    assert_eq!(
        stack.remove_neighbor(host.1, v4(ip(PEER))),
        Err(ConfigError::NoSuchNeighbor(v4(ip(PEER))))
    );
    let now = world.now;
    for (addr, card) in [
        (ME, mac(2)),
        ("224.0.0.1", mac(2)),
        (PEER, MacAddr::BROADCAST),
    ] {
        assert_eq!(
            stack.add_neighbor(now, host.1, v4(ip(addr)), card),
            Err(ConfigError::BadNeighbor(v4(ip(addr))))
        );
    }
    assert_eq!(
        stack.add_neighbor(now, InterfaceId::LOOPBACK, v4(ip(PEER)), mac(2)),
        Err(ConfigError::BadNeighbor(v4(ip(PEER))))
    );
}

#[test]
fn so_many_packets_wait_for_one_neighbor_and_the_oldest_give_way() {
    let (mut world, host) = world();
    for size in 0..110 {
        make_send(&mut world, host, PEER, size);
    }
    // Linux's unres_qlen: 101 packets.
    assert_eq!(world.died(host.0, DropReason::NeighborQueueFull), 9);
    answer(&mut world, host, PEER, 2);
    let sizes: Vec<_> = ips(&world.take_from(host.0))
        .iter()
        .map(|(_, _, payload)| payload.len() - 8)
        .collect();
    assert_eq!(sizes, (9..110).collect::<Vec<_>>());
}

#[test]
fn so_many_bytes_wait_for_one_neighbor_and_for_all_together() {
    let (mut world, host) = world();
    // 150 packets of 1428 bytes each are 214,200 bytes; 212,992 is unres_qlen_bytes, of which at
    // most 101 packets are used here, so a smaller limit is set.
    let stack = &mut world.hosts[host.0];
    stack
        .set_sysctl("net.ipv4.neigh.default.unres_qlen_bytes", "10000")
        .unwrap();
    for _ in 0..10 {
        make_send(&mut world, host, PEER, 1400);
    }
    // Seven of 1428 bytes fit.
    assert_eq!(world.died(host.0, DropReason::NeighborQueueFull), 3);

    let stack = &mut world.hosts[host.0];
    stack
        .set_sysctl("net.ipv4.neigh.default.unres_qlen_bytes", "212992")
        .unwrap();
    for neighbor in 0..40 {
        for _ in 0..101 {
            make_send(&mut world, host, &format!("10.0.1.{neighbor}"), 1400);
        }
    }
    // 4 MiB for all: 2,937 packets of 1428 bytes, 7 of which were there already; the rest die.
    let died = world.died(host.0, DropReason::NeighborQueueFull);
    assert_eq!(died, 3 + 7 + 40 * 101 - 2937);
}

#[test]
fn the_cache_is_bounded_and_the_longest_unused_gives_way() {
    let (mut world, host) = world();
    let stack = &mut world.hosts[host.0];
    stack
        .set_sysctl("net.ipv4.neigh.default.gc_thresh3", "4")
        .unwrap();
    let stack = &mut world.hosts[host.0];
    stack
        .add_neighbor(world.now, host.1, v4(ip("10.0.9.9")), mac(9))
        .unwrap();
    let ask = |n: u64| {
        let sender = (mac(n), ip(&format!("10.0.0.{n}")));
        arp(
            MacAddr::BROADCAST,
            Operation::Request,
            sender,
            (MacAddr::ZERO, ip(ME)),
        )
    };
    let names = |world: &World| -> Vec<String> {
        let list = world.hosts[host.0].neighbors(world.now);
        list.iter().map(|n| n.addr.to_string()).collect()
    };
    for n in 2..=4 {
        world.inject(host, ask(n));
        world.pass_millis(1_000);
    }
    // The oldest is used, which makes it the youngest.
    make_send(&mut world, host, "10.0.0.2", 8);
    world.pass_millis(1_000);
    world.inject(host, ask(5));
    assert_eq!(
        names(&world),
        ["10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.9.9"]
    );
    // Two of four may be asked for at once, and those do not give way.
    make_send(&mut world, host, "10.0.1.1", 8);
    make_send(&mut world, host, "10.0.1.2", 8);
    make_send(&mut world, host, "10.0.1.3", 8);
    assert_eq!(world.died(host.0, DropReason::NeighborCacheFull), 1);
    assert_eq!(
        names(&world),
        ["10.0.0.5", "10.0.1.1", "10.0.1.2", "10.0.9.9"]
    );
}

#[test]
fn an_interface_switched_off_forgets_its_neighbors_but_the_static_ones() {
    let (mut world, host) = world();
    let stack = &mut world.hosts[host.0];
    stack
        .add_neighbor(world.now, host.1, v4(ip("10.0.9.9")), mac(9))
        .unwrap();
    make_send(&mut world, host, PEER, 8);
    make_send(&mut world, host, PEER, 8);
    let now = world.now;
    world.hosts[host.0].set_up(now, host.1, false).unwrap();
    assert_eq!(world.died(host.0, DropReason::InterfaceDown), 2);
    assert_eq!(world.hosts[host.0].neighbors(now).len(), 1);
    assert_eq!(world.hosts[host.0].next_deadline(), None);
    world.hosts[host.0].set_up(now, host.1, true).unwrap();
    world.settle();
    make_send(&mut world, host, PEER, 8);
    assert_eq!(state(&world, host.0, PEER), Some(NeighborState::Incomplete));
}
