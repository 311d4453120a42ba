//! ARP on the wire (RFC 826), byte by byte, and what is learned from it.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::packets::{arp, arps, ip_frame, ips, ping, v4};
use common::{World, card, ip, mac};
use stack::{DropReason, InterfaceId, NeighborState};
use wire::MacAddr;
use wire::arp::Operation;

const ME: &str = "172.16.10.10";
const PEER: &str = "172.16.10.11";

/// A host with card 1, its announcements over.
fn world() -> (World, (usize, InterfaceId)) {
    let mut world = World::new();
    let host = world.simple(1, "172.16.10.10/24");
    world.pass_millis(5_000);
    world.take();
    (world, host)
}

/// What a host believes of one neighbour.
fn known(world: &World, host: usize, addr: &str) -> Option<(Option<MacAddr>, NeighborState)> {
    let list = world.hosts[host].neighbors(world.now);
    let found = list.into_iter().find(|n| n.addr == v4(ip(addr)))?;
    Some((found.mac, found.state))
}

#[test]
fn the_question_and_the_answer_byte_by_byte() {
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.10/24");
    let b = world.simple(2, "172.16.10.11/24");
    world.lan(&[a, b]);
    world.pass_millis(5_000);
    world.take();
    // A ping arrives at a from b's address; to answer it, a has to ask for b.
    let (header, payload) = ping(ip(PEER), ip(ME), b"hello");
    world.inject(a, ip_frame(mac(1), mac(2), &header, &payload));
    let sent: Vec<_> = world
        .take()
        .into_iter()
        .map(|s| (s.host, s.bytes))
        .collect();
    #[rustfmt::skip]
    let question = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06,
        0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01,
        0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 172, 16, 10, 10,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 172, 16, 10, 11,
    ];
    #[rustfmt::skip]
    let answer = [
        0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x08, 0x06,
        0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x02,
        0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 172, 16, 10, 11,
        0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 172, 16, 10, 10,
    ];
    assert_eq!(sent[0], (a.0, question.to_vec()));
    assert_eq!(sent[1], (b.0, answer.to_vec()));
    // The packet that waited goes out, and nothing else.
    let (link, header, _) = &ips(&[sent[2].1.clone()])[0];
    assert_eq!((link.dst, header.dst), (mac(2), ip(PEER)));
    assert_eq!(sent.len(), 3);
    assert_eq!(
        known(&world, a.0, PEER),
        Some((Some(mac(2)), NeighborState::Reachable))
    );
    // RFC 826: b, who was asked, learned who asked.
    assert_eq!(
        known(&world, b.0, ME),
        Some((Some(mac(1)), NeighborState::Stale))
    );
}

#[test]
fn who_asks_for_others_is_not_remembered() {
    let (mut world, host) = world();
    let peer = (mac(2), ip(PEER));
    let ask = |target| {
        arp(
            MacAddr::BROADCAST,
            Operation::Request,
            peer,
            (MacAddr::ZERO, target),
        )
    };
    world.inject(host, ask(ip("172.16.10.99")));
    assert_eq!(world.died(host.0, DropReason::ArpNotForUs), 1);
    assert_eq!(known(&world, host.0, PEER), None);
    assert!(world.take().is_empty());
    // Once it is known, everything that it says is listened to.
    world.inject(host, ask(ip(ME)));
    assert_eq!(
        known(&world, host.0, PEER),
        Some((Some(mac(2)), NeighborState::Stale))
    );
    world.pass_millis(1_001);
    let moved = (mac(3), ip(PEER));
    let ask = arp(
        MacAddr::BROADCAST,
        Operation::Request,
        moved,
        (MacAddr::ZERO, ip("172.16.10.99")),
    );
    world.inject(host, ask);
    assert_eq!(
        known(&world, host.0, PEER),
        Some((Some(mac(3)), NeighborState::Stale))
    );
    assert_eq!(world.died(host.0, DropReason::ArpNotForUs), 1);
}

#[test]
fn an_answer_that_nobody_asked_for_teaches_nothing() {
    let (mut world, host) = world();
    let peer = (mac(2), ip(PEER));
    world.inject(host, arp(mac(1), Operation::Reply, peer, (mac(1), ip(ME))));
    assert_eq!(world.died(host.0, DropReason::ArpNotForUs), 1);
    assert_eq!(known(&world, host.0, PEER), None);
    // Nor does an announcement.
    world.inject(
        host,
        arp(
            MacAddr::BROADCAST,
            Operation::Request,
            peer,
            (MacAddr::ZERO, ip(PEER)),
        ),
    );
    assert_eq!(world.died(host.0, DropReason::ArpNotForUs), 2);
    assert_eq!(known(&world, host.0, PEER), None);
}

#[test]
fn of_two_who_claim_an_address_the_first_is_believed_for_a_second() {
    let (mut world, host) = world();
    let ask = |m| {
        arp(
            MacAddr::BROADCAST,
            Operation::Request,
            (mac(m), ip(PEER)),
            (MacAddr::ZERO, ip(ME)),
        )
    };
    world.inject(host, ask(2));
    world.pass_millis(999);
    world.inject(host, ask(3));
    assert_eq!(world.died(host.0, DropReason::ArpContradiction), 1);
    assert_eq!(
        known(&world, host.0, PEER),
        Some((Some(mac(2)), NeighborState::Stale))
    );
    world.pass_millis(1);
    world.inject(host, ask(3));
    assert_eq!(
        known(&world, host.0, PEER),
        Some((Some(mac(3)), NeighborState::Stale))
    );
    // An announcement is a change that was meant: it counts at once.
    let announcement = arp(
        MacAddr::BROADCAST,
        Operation::Request,
        (mac(4), ip(PEER)),
        (MacAddr::ZERO, ip(PEER)),
    );
    world.inject(host, announcement);
    assert_eq!(
        known(&world, host.0, PEER),
        Some((Some(mac(4)), NeighborState::Stale))
    );
}

#[test]
fn senders_that_nobody_can_be() {
    let (mut world, host) = world();
    let me = (MacAddr::ZERO, ip(ME));
    for sender in ["255.255.255.255", "224.0.0.1", "127.0.0.1"] {
        let sender = (mac(2), ip(sender));
        world.inject(host, arp(mac(1), Operation::Request, sender, me));
    }
    let mut nobody = arp(mac(1), Operation::Request, (mac(2), ip(PEER)), me);
    nobody[22..28].fill(0);
    world.inject(host, nobody);
    assert_eq!(world.died(host.0, DropReason::ArpBadSender), 4);
    let mut echo = arp(mac(1), Operation::Request, (mac(2), ip(PEER)), me);
    echo[22..28].copy_from_slice(&mac(1).0);
    world.inject(host, echo);
    assert_eq!(world.died(host.0, DropReason::BadSourceMac), 1);
    world.inject(
        host,
        arp(mac(1), Operation::Other(3), (mac(2), ip(PEER)), me),
    );
    assert_eq!(world.died(host.0, DropReason::UnknownArpOperation), 1);
    assert!(world.take().is_empty());
    assert!(world.hosts[host.0].neighbors(world.now).is_empty());
}

#[test]
fn a_probe_is_answered_and_not_remembered() {
    let (mut world, host) = world();
    let probe = arp(
        MacAddr::BROADCAST,
        Operation::Request,
        (mac(2), ip("0.0.0.0")),
        (MacAddr::ZERO, ip(ME)),
    );
    world.inject(host, probe);
    let sent = arps(&world.take_from(host.0));
    let [(link, answer)] = &sent[..] else {
        panic!("{sent:?}")
    };
    assert_eq!((link.dst, answer.operation), (mac(2), Operation::Reply));
    assert_eq!((answer.sender_mac, answer.sender_ip), (mac(1), ip(ME)));
    assert!(world.hosts[host.0].neighbors(world.now).is_empty());
}

#[test]
fn which_addresses_an_interface_answers_for() {
    // `arp_ignore`: asked at the first interface for the second's address, by a host of its network and
    // by a stranger, and for its own by both.
    for (level, answers) in [
        ("0", [true, true, true, true]),
        ("1", [false, false, true, true]),
        ("2", [false, false, true, false]),
        ("8", [false, false, false, false]),
    ] {
        let (mut world, host) = world();
        world.plug(host.0, card("eth1", 5, "10.0.0.1/24"));
        world.hosts[host.0]
            .set_sysctl("net.ipv4.conf.eth0.arp_ignore", level)
            .unwrap();
        world.pass_millis(5_000);
        world.take();
        let questions = [
            ("10.0.0.1", PEER),
            ("10.0.0.1", "9.9.9.9"),
            (ME, PEER),
            (ME, "9.9.9.9"),
        ];
        for ((target, sender), answered) in questions.into_iter().zip(answers) {
            let ask = arp(
                MacAddr::BROADCAST,
                Operation::Request,
                (mac(2), ip(sender)),
                (MacAddr::ZERO, ip(target)),
            );
            world.inject(host, ask);
            let sent = arps(&world.take_from(host.0));
            assert_eq!(sent.len() == 1, answered, "{level}: {target} by {sender}");
        }
        // Who is on no network of that interface would never be asked for there.
        let known = world.hosts[host.0].neighbors(world.now);
        assert!(
            known
                .iter()
                .all(|known| known.addr.to_string() != "9.9.9.9")
        );
    }
}

#[test]
fn a_router_stands_for_those_behind_it_where_it_shall() {
    let (mut world, host) = world();
    world.plug(host.0, card("eth1", 5, "10.0.0.1/24"));
    world.pass_millis(5_000);
    world.take();
    let ask = |target| {
        arp(
            MacAddr::BROADCAST,
            Operation::Request,
            (mac(2), ip(PEER)),
            (MacAddr::ZERO, ip(target)),
        )
    };
    let near = PEER.rsplit_once('.').unwrap().0.to_owned() + ".77";
    for (settings, answers) in [
        (&["net.ipv4.conf.eth0.proxy_arp"][..], false),
        (&["net.ipv4.ip_forward"][..], true),
    ] {
        for name in settings {
            world.hosts[host.0].set_sysctl(name, "1").unwrap();
        }
        world.inject(host, ask("10.0.0.9"));
        let sent = arps(&world.take_from(host.0));
        assert_eq!(sent.len() == 1, answers);
        // RFC 1027: not for those on the link itself, nor for those to whom no way leads.
        for other in [&near[..], "11.0.0.1"] {
            world.inject(host, ask(other));
            assert!(world.take_from(host.0).is_empty(), "{other}");
        }
    }
}
