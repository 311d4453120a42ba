//! Whatever comes, a NAT's tables stay bounded, and nobody takes all of them.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::Ipv4Addr;

use base::Rng;
use common::home::{ALICE, BOB, Home, ROUTER, SERVER, check_sums, home, plain};
use common::packets::{header, icmp, ip_frame, udp};
use common::{ip, mac};
use stack::{ConfigError, DropReason, InterfaceId, NatConfig, PortForward, PortProtocol};
use wire::Protocol;
use wire::icmpv4::Message;

/// A datagram of `src` to a server, before the router's inside card.
fn out(home: &mut Home, src: Ipv4Addr, src_port: u16, dst_port: u16) {
    let header = header(src, ip("203.0.113.10"), Protocol::UDP);
    let frame = ip_frame(mac(11), mac(1), &header, &udp(src_port, dst_port, b"x"));
    let inside = home.inside;
    home.world.hosts[ROUTER].receive(home.world.now, inside, frame.into());
    while home.world.hosts[ROUTER]
        .poll_transmit(home.world.now)
        .is_some()
    {}
}

fn set(home: &mut Home, name: &str, value: &str) {
    let name = format!("net.netfilter.nf_conntrack_{name}");
    home.world.hosts[ROUTER].set_sysctl(&name, value).unwrap();
}

#[test]
fn every_port_is_given_once_and_then_none() {
    let mut home = home(|nat| nat.ports = (2000, 2099));
    for (count, port) in (40_000..40_150).enumerate() {
        out(&mut home, ip("192.168.0.2"), port, 53);
        assert_eq!(home.mappings(), (count + 1).min(100));
    }
    assert_eq!(home.died(DropReason::NatPortsExhausted), 50);
    // Who has one goes on; and in time there are free ones again.
    out(&mut home, ip("192.168.0.2"), 40_001, 54);
    assert_eq!(home.died(DropReason::NatPortsExhausted), 50);
    home.world.pass_millis(121_000);
    assert_eq!(home.mappings(), 0);
    out(&mut home, ip("192.168.0.2"), 40_149, 53);
    let status = home.world.hosts[ROUTER].conntrack();
    assert_eq!((status.mappings, status.mappings_peak), (1, 100));
}

#[test]
fn one_host_does_not_take_all_ports() {
    let mut home = home(|nat| nat.ports_per_host = 64);
    for port in 5000..5100 {
        out(&mut home, ip("192.168.0.2"), port, 53);
    }
    assert_eq!(home.died(DropReason::NatHostLimit), 36);
    out(&mut home, ip("192.168.0.3"), 5000, 53);
    assert_eq!(home.mappings(), 65);
}

#[test]
fn a_full_table_lets_go_of_what_nobody_answered_and_of_nothing_else() {
    let mut home = home(|_| ());
    set(&mut home, "max", "100");
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:53")
        .unwrap();
    home.world.settle();
    let (_, from) = home.world.recv_from(SERVER, server).unwrap();
    let now = home.world.now;
    home.world.hosts[SERVER]
        .send_to(now, server, b"y", &from.from.unwrap())
        .unwrap();
    home.world.settle();
    assert!(home.world.recv(ALICE, alice).is_ok());
    // Unanswered: half the table for each address.
    for n in 0..300u16 {
        let src = Ipv4Addr::new(192, 168, 0, 10 + (n % 10) as u8);
        out(&mut home, src, 6000 + n, 53);
    }
    let status = home.world.hosts[ROUTER].conntrack();
    assert_eq!((status.flows, status.flows_peak), (100, 100));
    assert_eq!(status.evicted, 201);
    assert_eq!(status.mappings, 100);
    // Alice's is still there.
    home.world.hosts[SERVER]
        .send_to(
            home.world.now,
            server,
            b"z",
            &common::sockets::at("203.0.113.1:4001"),
        )
        .unwrap();
    home.world.settle();
    assert_eq!(home.world.recv(ALICE, alice).unwrap(), b"z");
    // One address, half of it.
    home.world.pass_millis(121_000);
    for n in 0..80 {
        out(&mut home, ip("192.168.0.66"), 6000 + n, 53);
    }
    assert_eq!(home.died(DropReason::ConntrackSourceLimit), 30);
}

#[test]
fn a_table_of_answered_conversations_is_full() {
    let mut home = home(|_| ());
    set(&mut home, "max", "4");
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    for host in [ALICE, BOB] {
        for _ in 0..2 {
            let socket = home.world.udp(host);
            home.world
                .send_to(host, socket, b"x", "203.0.113.10:53")
                .unwrap();
            home.world.settle();
            let (_, from) = home.world.recv_from(SERVER, server).unwrap();
            let now = home.world.now;
            home.world.hosts[SERVER]
                .send_to(now, server, b"y", &from.from.unwrap())
                .unwrap();
            home.world.settle();
        }
    }
    out(&mut home, ip("192.168.0.77"), 6000, 53);
    assert_eq!(home.died(DropReason::ConntrackFull), 1);
    // A mapping without a conversation is none.
    assert_eq!(home.mappings(), 4);
}

#[test]
fn what_cannot_be_translated_does_not_leave() {
    let mut home = home(|_| ());
    let (src, dst) = (ip("192.168.0.2"), ip("203.0.113.10"));
    let inside = (ROUTER, home.inside);
    let mut send = |protocol, body: &[u8]| {
        let frame = ip_frame(mac(11), mac(1), &header(src, dst, protocol), body);
        home.world.inject(inside, frame);
    };
    // GRE: no ports. A message that asks for nothing, an answer that nobody asked for, half a header.
    send(Protocol(47), &[0; 8]);
    send(
        Protocol::ICMP,
        &icmp(Message::EchoReply { ident: 1, seq: 1 }, b""),
    );
    let timestamp = Message::Other {
        kind: 13,
        code: 0,
        rest: [0; 4],
    };
    send(Protocol::ICMP, &icmp(timestamp, &[0; 12]));
    send(Protocol::UDP, &[1, 2, 3, 4]);
    // Of groups nobody speaks with a host elsewhere.
    send(Protocol::IGMP, &[0x11; 8]);
    assert_eq!(home.died(DropReason::NatProtocol), 1);
    assert_eq!(home.died(DropReason::NatNoFlow), 4);
    let outside = home.outside;
    let shown = home.sent_by(outside);
    assert!(
        shown.iter().all(|(header, _)| header.src != src),
        "{shown:?}"
    );
}

#[test]
fn two_conversations_that_would_look_alike_are_one_too_many() {
    // A host that is reached by its own address and by a port forward: to it both look the same.
    let mut home = home(|nat| {
        nat.inside = vec!["192.168.0.3/32".parse().unwrap()];
        nat.forwards = vec![PortForward {
            protocol: PortProtocol::Udp,
            port: 5353,
            to: "192.168.0.2:53".parse().unwrap(),
        }];
    });
    let outside = (ROUTER, home.outside);
    for (dst, port) in [("203.0.113.1", 5353), ("192.168.0.2", 53)] {
        let head = header(ip("203.0.113.10"), ip(dst), Protocol::UDP);
        let frame = ip_frame(mac(12), mac(21), &head, &udp(4001, port, b"x"));
        home.world.inject(outside, frame);
    }
    assert_eq!(home.died(DropReason::ConntrackClash), 1);
    assert_eq!(home.world.hosts[ROUTER].conntrack().flows, 1);
}

#[test]
fn without_an_address_outside_nothing_leaves() {
    let mut home = plain();
    let outside = home.outside;
    let stack = &mut home.world.hosts[ROUTER];
    stack
        .remove_address(outside, "203.0.113.1".parse().unwrap())
        .unwrap();
    stack.set_nat(Some(NatConfig::new(outside))).unwrap();
    let way = stack::Route {
        network: "203.0.113.0/24".parse().unwrap(),
        gateway: None,
        ..stack::Route::default_via("203.0.113.254".parse().unwrap(), outside)
    };
    stack.add_route(way).unwrap();
    out(&mut home, ip("192.168.0.2"), 4001, 53);
    assert_eq!(home.died(DropReason::NatNoAddress), 1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut home = plain();
    let stack = &mut home.world.hosts[ROUTER];
    let forward = |port, to: &str| PortForward {
        protocol: PortProtocol::Tcp,
        port,
        to: to.parse().unwrap(),
    };
    let base = NatConfig::new(home.outside);
    let with = |forwards| NatConfig {
        forwards,
        ..base.clone()
    };
    for (config, why) in [
        (
            with(vec![forward(0, "192.168.0.2:80")]),
            "port 0 cannot be forwarded",
        ),
        (
            with(vec![
                forward(80, "192.168.0.2:80"),
                forward(80, "192.168.0.3:80"),
            ]),
            "a port leads to two places",
        ),
        (
            with(vec![
                forward(80, "192.168.0.2:80"),
                forward(81, "192.168.0.2:80"),
            ]),
            "two ports lead to one place",
        ),
        (
            NatConfig {
                ports: (9, 8),
                ..base.clone()
            },
            "the range of ports is empty",
        ),
        (
            NatConfig::new(InterfaceId::LOOPBACK),
            "nobody is outside on the loopback",
        ),
    ] {
        assert_eq!(stack.set_nat(Some(config)), Err(ConfigError::BadNat(why)));
        assert_eq!(stack.nat(), None);
    }
}

/// The seeds to try: `LANDLINE_SEED` alone, or `LANDLINE_SEEDS` of them, or `most`.
fn seeds(most: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    match number("LANDLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LANDLINE_SEEDS").unwrap_or(most),
    }
}

#[test]
fn thousands_of_mappings_come_and_go_under_loss_and_reordering() {
    for seed in seeds(4) {
        let again = format!("again: LANDLINE_SEED={seed} cargo test -p stack --test nat_limits");
        let mut rng = Rng::seeded(seed);
        let mut home = home(|nat| {
            if seed % 2 == 1 {
                nat.mapping = stack::NatBehavior::EndpointDependent;
            }
        });
        let mut under_way: Vec<(InterfaceId, Vec<u8>)> = Vec::new();
        let mut answered = 0;
        // Questions of many hosts and ports; every answer must find the one who asked.
        for question in 0..3000u64 {
            let host = Ipv4Addr::new(192, 168, 0, 2 + rng.below(200) as u8);
            let port = 1024 + rng.below(2000) as u16;
            let body = [host.octets(), [0, 0, (port >> 8) as u8, port as u8]].concat();
            let head = header(host, ip("203.0.113.10"), Protocol::UDP);
            let peer = 53 + rng.below(3) as u16;
            let frame = ip_frame(mac(11), mac(1), &head, &udp(port, peer, &body));
            under_way.push((home.inside, frame));
            while under_way.len() > 40 || (question == 2999 && !under_way.is_empty()) {
                let at = rng.below(under_way.len() as u64) as usize;
                let (iface, frame) = under_way.swap_remove(at);
                if rng.chance(0.1) {
                    continue;
                }
                home.world.hosts[ROUTER].receive(home.world.now, iface, frame.into());
                answered += answer(&mut home, &mut under_way, &again);
            }
            if rng.chance(0.01) {
                home.world.pass_millis(20_000);
            }
        }
        assert!(answered > 1500, "seed {seed}: {answered}; {again}");
        let peak = home.world.hosts[ROUTER].conntrack().mappings_peak;
        assert!(peak > 500, "seed {seed}: {peak}; {again}");
        home.world.pass_millis(300_000);
        let status = home.world.hosts[ROUTER].conntrack();
        assert_eq!(
            (status.flows, status.mappings),
            (0, 0),
            "seed {seed}; {again}"
        );
    }
}

/// Takes what the router sends: what goes out is answered, and of what comes in, that it is for whom
/// it names. Says how much came in.
fn answer(home: &mut Home, under_way: &mut Vec<(InterfaceId, Vec<u8>)>, again: &str) -> u64 {
    let mut arrived = 0;
    while let Some((iface, frame)) = home.world.hosts[ROUTER].poll_transmit(home.world.now) {
        let bytes = frame.to_vec();
        let sent = common::Sent {
            at: home.world.now,
            host: ROUTER,
            iface,
            bytes: bytes.clone(),
        };
        check_sums(&[sent]);
        if bytes[12..14] == [8, 6] {
            // Who has it? The neighbours are known in this test's head alone.
            let (head, packet) = common::packets::arps(std::slice::from_ref(&bytes)).remove(0);
            let reply = common::packets::arp(
                head.src,
                wire::arp::Operation::Reply,
                (mac(99), packet.target_ip),
                (packet.sender_mac, packet.sender_ip),
            );
            under_way.push((iface, reply));
            continue;
        }
        let (_, head, payload) = common::packets::ips(std::slice::from_ref(&bytes)).remove(0);
        let port = |at: usize| u16::from_be_bytes([payload[at], payload[at + 1]]);
        let body = &payload[8..];
        if iface == home.outside {
            assert_eq!(head.src, ip("203.0.113.1"));
            let back = header(head.dst, head.src, Protocol::UDP);
            let frame = ip_frame(mac(12), mac(21), &back, &udp(port(2), port(0), body));
            under_way.push((iface, frame));
        } else {
            let named = (head.dst.octets(), port(2).to_be_bytes());
            assert_eq!(
                (&body[..4], &body[6..8]),
                (&named.0[..], &named.1[..]),
                "{again}"
            );
            arrived += 1;
        }
    }
    arrived
}
