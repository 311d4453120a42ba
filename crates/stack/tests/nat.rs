//! NAT44 with port mapping, from both sides (RFC 3022, RFC 4787, RFC 5382).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::home::{ALICE, BOB, Home, OTHER, ROUTER, SERVER, home};
use common::packets::{header, ip_frame, udp};
use common::sockets::inet;
use common::{ip, mac};
use stack::{DropReason, Errno, NatBehavior, NatConfig, PortForward, PortProtocol, SocketId};
use wire::Protocol;

/// What a socket received: the bytes, and from whom.
fn heard(home: &mut Home, host: usize, socket: SocketId) -> Option<(Vec<u8>, String)> {
    let (bytes, received) = home.world.recv_from(host, socket).ok()?;
    Some((bytes, inet(&received.from.unwrap()).to_string()))
}

fn forward(protocol: PortProtocol, port: u16, to: &str) -> PortForward {
    let to = to.parse().unwrap();
    PortForward { protocol, port, to }
}

const UDP: PortProtocol = PortProtocol::Udp;
const TCP: PortProtocol = PortProtocol::Tcp;

/// Bytes one way and back over a connection, and the end of it.
fn talk(home: &mut Home, (a, caller): (usize, SocketId), (b, accepted): (usize, SocketId)) {
    let world = &mut home.world;
    for (from, to) in [((a, caller), (b, accepted)), ((b, accepted), (a, caller))] {
        world.send(from.0, from.1, b"some bytes").unwrap();
        world.pass_millis(300);
        assert_eq!(world.recv(to.0, to.1).unwrap(), b"some bytes");
    }
    world.close(a, caller);
    world.close(b, accepted);
    world.pass_millis(1000);
    common::home::check_sums(&world.take());
}

#[test]
fn datagrams_go_out_under_the_outside_address_and_answers_come_back() {
    let mut home = home(|_| ());
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world
        .send_to(ALICE, alice, b"who am I?", "203.0.113.10:53")
        .unwrap();
    home.world.settle();
    // The port is kept where it is free.
    let (bytes, from) = heard(&mut home, SERVER, server).unwrap();
    assert_eq!(
        (&bytes[..], &from[..]),
        (&b"who am I?"[..], "203.0.113.1:4001")
    );
    home.world.send_to(SERVER, server, b"alice", &from).unwrap();
    home.world.settle();
    let (bytes, from) = heard(&mut home, ALICE, alice).unwrap();
    assert_eq!((&bytes[..], &from[..]), (&b"alice"[..], "203.0.113.10:53"));
    let outside = home.outside;
    let sent = home.sent_by(outside);
    // One hop less, and a checksum that is right: `sent_by` looks at all.
    assert_eq!((sent[0].0.ttl, sent[0].0.src), (63, ip("203.0.113.1")));
    assert_eq!(home.mappings(), 1);
}

#[test]
fn a_port_that_another_has_becomes_one_of_its_parity_and_range() {
    let mut home = home(|_| ());
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    for (port, range) in [
        (4001, 1024..=65_535),
        (4002, 1024..=65_535),
        (501, 1..=1023),
    ] {
        for host in [ALICE, BOB] {
            let name = format!("192.168.0.{}:{port}", host + 2);
            let socket = home.world.udp_at(host, &name);
            home.world
                .send_to(host, socket, b"x", "203.0.113.10:53")
                .unwrap();
            home.world.settle();
        }
        let ports = [0, 1].map(|_| {
            let (_, from) = heard(&mut home, SERVER, server).unwrap();
            from.rsplit_once(':').unwrap().1.parse::<u16>().unwrap()
        });
        // RFC 4787 REQ-3 (a), REQ-4.
        assert_eq!(ports[0], port);
        assert_ne!(ports[1], port);
        assert_eq!(ports[1] % 2, port % 2, "{ports:?}");
        assert!(range.contains(&ports[1]), "{ports:?}");
    }
}

#[test]
fn a_connection_goes_out_and_its_end_is_remembered_for_a_while() {
    let mut home = home(|_| ());
    let listener = home.world.listener(SERVER, "0.0.0.0:80", 5);
    let alice = home.world.call(ALICE, "203.0.113.10:80");
    let accepted = home.world.accept(SERVER, listener).unwrap();
    let (seen, own) = (
        inet(&home.world.hosts[SERVER].peer_address(accepted).unwrap()),
        home.world.local(ALICE, alice),
    );
    assert_eq!(seen.ip(), ip("203.0.113.1"));
    assert_eq!(own.ip(), ip("192.168.0.2"));
    talk(&mut home, (ALICE, alice), (SERVER, accepted));
    // RFC 5382 REQ-5: 4 min when both sides are done.
    home.world.pass_millis(238_000);
    assert_eq!(home.mappings(), 1);
    home.world.pass_millis(4_000);
    assert_eq!(home.mappings(), 0);
    assert_eq!(home.world.hosts[ROUTER].conntrack().flows, 0);
}

#[test]
fn a_silent_connection_lives_two_hours_and_four_minutes() {
    let mut home = home(|_| ());
    let listener = home.world.listener(SERVER, "0.0.0.0:80", 5);
    let alice = home.world.call(ALICE, "203.0.113.10:80");
    let accepted = home.world.accept(SERVER, listener).unwrap();
    // RFC 5382 REQ-5.
    let quiet = 124 * 60 * 1000;
    home.world.pass_millis(quiet - 1000);
    home.world.send(SERVER, accepted, b"still there?").unwrap();
    home.world.pass_millis(300);
    assert_eq!(home.world.recv(ALICE, alice).unwrap(), b"still there?");
    home.world.pass_millis(quiet + 1000);
    assert_eq!(home.mappings(), 0);
    // Whoever was silent for longer is nobody any more to who speaks from outside.
    home.world.send(SERVER, accepted, b"and now?").unwrap();
    home.world.pass_millis(100);
    assert_eq!(home.world.recv(ALICE, alice), Err(Errno::EAGAIN));
    assert_eq!(home.died(DropReason::NatNoMapping), 1);
}

#[test]
fn a_reset_ends_a_connection_only_when_it_can_be_real() {
    let mut home = home(|_| ());
    let listener = home.world.listener(SERVER, "0.0.0.0:80", 5);
    let alice = home.world.call(ALICE, "203.0.113.10:80");
    home.world.accept(SERVER, listener).unwrap();
    let port = home.world.local(ALICE, alice).port();
    // RFC 7857 §2.2: a number that no window of alice's can hold.
    let outside = (ip("203.0.113.10"), ip("203.0.113.1"));
    let reset = |seq: u32| {
        let mut bytes = vec![0; 20];
        bytes[0..2].copy_from_slice(&80u16.to_be_bytes());
        bytes[2..4].copy_from_slice(&port.to_be_bytes());
        bytes[4..8].copy_from_slice(&seq.to_be_bytes());
        bytes[12..14].copy_from_slice(&[0x50, 0x04]);
        let sum = wire::checksum::transport(
            &base::Frame::from(bytes.clone()),
            outside.0.into(),
            outside.1.into(),
            Protocol::TCP,
        );
        bytes[16..18].copy_from_slice(&sum.to_be_bytes());
        let header = header(outside.0, outside.1, Protocol::TCP);
        ip_frame(mac(12), mac(21), &header, &bytes)
    };
    let isn = home.world.take().into_iter().find_map(|sent| {
        let tcp = &sent.bytes.get(34..)?;
        let syn_ack = sent.host == SERVER && tcp.get(13) == Some(&0x12);
        syn_ack.then(|| u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]))
    });
    let next = isn.unwrap().wrapping_add(1);
    let router = (ROUTER, home.outside);
    home.world.inject(router, reset(next.wrapping_add(1 << 31)));
    home.world.pass_millis(5 * 60 * 1000);
    assert_eq!(home.mappings(), 1);
    home.world.inject(router, reset(next));
    home.world.pass_millis(5 * 60 * 1000);
    assert_eq!(home.mappings(), 0);
}

#[test]
fn what_comes_from_outside_uncalled_is_refused() {
    let mut home = home(|_| ());
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world.listener(ALICE, "192.168.0.2:4001", 5);
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    let other = home.world.udp_at(OTHER, "203.0.113.11:53");
    let caller = home.world.tcp(SERVER);
    home.world
        .connect(SERVER, caller, "203.0.113.1:4001")
        .unwrap_err();
    home.world
        .send_to(SERVER, server, b"x", "203.0.113.1:4001")
        .unwrap();
    home.world.settle();
    // No answer, neither RST nor ICMP (RFC 5382 REQ-4).
    assert_eq!(home.died(DropReason::NatNoMapping), 2);
    assert_eq!(home.world.states(SERVER), ["SYN-SENT"]);
    // To who was spoken to, and to nobody else.
    home.world
        .send_to(ALICE, alice, b"hello", "203.0.113.10:53")
        .unwrap();
    home.world.settle();
    home.world
        .send_to(OTHER, other, b"me too", "203.0.113.1:4001")
        .unwrap();
    home.world.settle();
    assert_eq!(home.died(DropReason::NatFiltered), 1);
    home.world
        .send_to(SERVER, server, b"welcome", "203.0.113.1:4001")
        .unwrap();
    home.world.settle();
    assert_eq!(heard(&mut home, ALICE, alice).unwrap().0, b"welcome");
    assert_eq!(heard(&mut home, ALICE, alice), None);
    // Who knows the inside address gets no further by it.
    let header = header(ip("203.0.113.10"), ip("192.168.0.2"), Protocol::UDP);
    let frame = ip_frame(mac(12), mac(21), &header, &udp(53, 4001, b"straight"));
    let router = (ROUTER, home.outside);
    home.world.inject(router, frame);
    assert_eq!(home.died(DropReason::NatOutsideIn), 1);
    assert_eq!(heard(&mut home, ALICE, alice), None);
}

/// What two servers outside see of one socket inside, and who of them may answer: what STUN asks
/// (RFC 5780).
fn probe(mapping: NatBehavior, filtering: NatBehavior) -> (bool, [bool; 3]) {
    let mut home = home(|nat| (nat.mapping, nat.filtering) = (mapping, filtering));
    let names = [(SERVER, "203.0.113.10:3478"), (OTHER, "203.0.113.11:3478")];
    let servers = names.map(|(host, name)| (host, home.world.udp_at(host, name), name));
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    let mut seen = servers.map(|(host, socket, name)| {
        home.world.send_to(ALICE, alice, b"binding?", name).unwrap();
        home.world.settle();
        heard(&mut home, host, socket).unwrap().1
    });
    seen.sort();
    let same = seen[0] == seen[1];
    // From the server itself, from another port of it, and from a host that was not spoken to.
    home.world.pass_millis(200_000);
    home.world
        .send_to(ALICE, alice, b"binding?", names[0].1)
        .unwrap();
    home.world.settle();
    let seen = heard(&mut home, SERVER, servers[0].1).unwrap().1;
    let port = home.world.udp_at(SERVER, "203.0.113.10:3479");
    let tries = [servers[0], (SERVER, port, ""), servers[1]];
    let let_in = tries.map(|(host, socket, _)| {
        home.world.send_to(host, socket, b"?", &seen).unwrap();
        home.world.settle();
        heard(&mut home, ALICE, alice).is_some()
    });
    common::home::check_sums(&home.world.take());
    (same, let_in)
}

#[test]
fn two_servers_tell_how_a_nat_maps_and_filters() {
    use NatBehavior::{AddressDependent, EndpointDependent, EndpointIndependent};
    for (mapping, same) in [
        (EndpointIndependent, true),
        (AddressDependent, false),
        (EndpointDependent, false),
    ] {
        assert_eq!(probe(mapping, EndpointDependent).0, same, "{mapping:?}");
    }
    for (filtering, let_in) in [
        (EndpointIndependent, [true, true, true]),
        (AddressDependent, [true, true, false]),
        (EndpointDependent, [true, false, false]),
    ] {
        let (_, found) = probe(EndpointIndependent, filtering);
        assert_eq!(found, let_in, "{filtering:?}");
    }
}

#[test]
fn mappings_of_datagrams_expire_after_two_minutes_of_silence() {
    let mut home = home(|_| ());
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:53")
        .unwrap();
    // RFC 4787 REQ-5; REQ-6: what goes out keeps it.
    for _ in 0..3 {
        home.world.pass_millis(119_000);
        assert_eq!(home.mappings(), 1);
        home.world
            .send_to(ALICE, alice, b"x", "203.0.113.10:53")
            .unwrap();
    }
    home.world.pass_millis(121_000);
    assert_eq!(home.mappings(), 0);
    home.world
        .send_to(SERVER, server, b"late", "203.0.113.1:4001")
        .unwrap();
    home.world.settle();
    assert_eq!(home.died(DropReason::NatNoMapping), 1);
    // The time is a setting.
    let stack = &mut home.world.hosts[ROUTER];
    stack
        .set_sysctl("net.netfilter.nf_conntrack_udp_timeout", "300")
        .unwrap();
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:53")
        .unwrap();
    home.world.pass_millis(299_000);
    assert_eq!(home.mappings(), 1);
    home.world.pass_millis(2_000);
    assert_eq!(home.mappings(), 0);
}

#[test]
fn a_port_forward_leads_inside_and_speaks_for_its_host() {
    let mut home = home(|nat| {
        nat.forwards = vec![
            forward(TCP, 8080, "192.168.0.2:80"),
            forward(UDP, 5353, "192.168.0.3:53"),
        ];
    });
    let listener = home.world.listener(ALICE, "0.0.0.0:80", 5);
    let caller = home.world.call(SERVER, "203.0.113.1:8080");
    let accepted = home.world.accept(ALICE, listener).unwrap();
    // The host inside sees who really calls.
    let seen = inet(&home.world.hosts[ALICE].peer_address(accepted).unwrap());
    assert_eq!(seen.ip(), ip("203.0.113.10"));
    talk(&mut home, (SERVER, caller), (ALICE, accepted));
    let bob = home.world.udp_at(BOB, "192.168.0.3:53");
    let asks = home.world.udp_at(OTHER, "203.0.113.11:4000");
    home.world
        .send_to(OTHER, asks, b"name?", "203.0.113.1:5353")
        .unwrap();
    home.world.settle();
    assert_eq!(heard(&mut home, BOB, bob).unwrap().1, "203.0.113.11:4000");
    home.world
        .send_to(BOB, bob, b"name.", "203.0.113.11:4000")
        .unwrap();
    // And to somebody who did not ask: from the same port.
    let server = home.world.udp_at(SERVER, "203.0.113.10:4000");
    home.world
        .send_to(BOB, bob, b"notify", "203.0.113.10:4000")
        .unwrap();
    home.world.settle();
    assert_eq!(heard(&mut home, OTHER, asks).unwrap().1, "203.0.113.1:5353");
    assert_eq!(
        heard(&mut home, SERVER, server).unwrap().1,
        "203.0.113.1:5353"
    );
    // Port forwards stay and are not counted among mappings.
    home.world.pass_millis(600_000);
    assert_eq!(home.mappings(), 0);
    home.world
        .send_to(OTHER, asks, b"again?", "203.0.113.1:5353")
        .unwrap();
    home.world.settle();
    assert!(heard(&mut home, BOB, bob).is_some());
}

#[test]
fn hosts_inside_reach_each_other_by_the_outside_address() {
    let mut home = home(|nat| {
        nat.filtering = NatBehavior::EndpointIndependent;
        nat.forwards = vec![forward(TCP, 8080, "192.168.0.3:80")];
    });
    let server = home.world.udp_at(SERVER, "203.0.113.10:3478");
    let bob = home.world.udp_at(BOB, "192.168.0.3:4001");
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world
        .send_to(BOB, bob, b"binding?", "203.0.113.10:3478")
        .unwrap();
    home.world.settle();
    let bobs = heard(&mut home, SERVER, server).unwrap().1;
    home.world
        .send_to(ALICE, alice, b"hello bob", &bobs)
        .unwrap();
    home.world.settle();
    // RFC 4787 REQ-9 (a): it comes from the outside address.
    let (bytes, alices) = heard(&mut home, BOB, bob).unwrap();
    assert_eq!(bytes, b"hello bob");
    assert!(alices.starts_with("203.0.113.1:"), "{alices}");
    home.world
        .send_to(BOB, bob, b"hello alice", &alices)
        .unwrap();
    home.world.settle();
    let answer = heard(&mut home, ALICE, alice).unwrap();
    assert_eq!(answer, (b"hello alice".to_vec(), bobs));
    // No router tells them of a better way: there is none.
    let listener = home.world.listener(BOB, "0.0.0.0:80", 5);
    let caller = home.world.call(ALICE, "203.0.113.1:8080");
    let accepted = home.world.accept(BOB, listener).unwrap();
    talk(&mut home, (ALICE, caller), (BOB, accepted));
    assert_eq!(
        home.world.died(ALICE, DropReason::RedirectNotFromGateway),
        0
    );
}

#[test]
fn hairpins_are_filtered_too_and_can_be_switched_off() {
    let mut home = home(|_| ());
    let server = home.world.udp_at(SERVER, "203.0.113.10:3478");
    let bob = home.world.udp_at(BOB, "192.168.0.3:4001");
    let alice = home.world.udp_at(ALICE, "192.168.0.2:5001");
    home.world
        .send_to(BOB, bob, b"?", "203.0.113.10:3478")
        .unwrap();
    home.world.settle();
    let bobs = heard(&mut home, SERVER, server).unwrap().1;
    home.world.send_to(ALICE, alice, b"?", &bobs).unwrap();
    home.world.settle();
    assert_eq!(home.died(DropReason::NatFiltered), 1);
    assert_eq!(heard(&mut home, BOB, bob), None);
    let outside = home.outside;
    let config = NatConfig {
        hairpin: false,
        forwards: vec![forward(UDP, 4001, "192.168.0.3:4001")],
        ..NatConfig::new(outside)
    };
    home.world.hosts[ROUTER].set_nat(Some(config)).unwrap();
    home.world
        .send_to(ALICE, alice, b"?", "203.0.113.1:4001")
        .unwrap();
    home.world.settle();
    // It is for the router itself then.
    assert_eq!(home.died(DropReason::UdpPortUnreachable), 1);
}

#[test]
fn the_router_keeps_its_own_ports() {
    let mut home = home(|_| ());
    // A server of its own is reached, and no mapping takes its port.
    let listener = home.world.listener(ROUTER, "0.0.0.0:8000", 5);
    let caller = home.world.call(SERVER, "203.0.113.1:8000");
    let accepted = home.world.accept(ROUTER, listener).unwrap();
    talk(&mut home, (SERVER, caller), (ROUTER, accepted));
    let server = home.world.listener(SERVER, "0.0.0.0:80", 5);
    let alice = home.world.tcp(ALICE);
    home.world.bind(ALICE, alice, "192.168.0.2:8000").unwrap();
    home.world
        .connect(ALICE, alice, "203.0.113.10:80")
        .unwrap_err();
    home.world.settle();
    let accepted = home.world.accept(SERVER, server).unwrap();
    let seen = inet(&home.world.hosts[SERVER].peer_address(accepted).unwrap());
    assert_ne!(seen.port(), 8000);
    talk(&mut home, (ALICE, alice), (SERVER, accepted));
    // And a port that stands for alice is not what its own call comes from.
    let answers = home.world.udp_at(SERVER, "203.0.113.10:53");
    let alice = home.world.udp_at(ALICE, "192.168.0.2:6000");
    let own = home.world.udp_at(ROUTER, "0.0.0.0:6001");
    home.world
        .send_to(ALICE, alice, b"alice", "203.0.113.10:53")
        .unwrap();
    home.world.settle();
    home.world
        .send_to(ROUTER, own, b"router", "203.0.113.10:53")
        .unwrap();
    home.world.settle();
    for (host, socket) in [(ALICE, alice), (ROUTER, own)] {
        let (bytes, from) = heard(&mut home, SERVER, answers).unwrap();
        home.world.send_to(SERVER, answers, &bytes, &from).unwrap();
        home.world.settle();
        assert_eq!(heard(&mut home, host, socket).unwrap().0, bytes);
    }
}

#[test]
fn what_a_restarted_nat_finds_under_way_is_taken_up_from_inside() {
    let mut home = home(|_| ());
    let listener = home.world.listener(SERVER, "0.0.0.0:80", 5);
    let alice = home.world.call(ALICE, "203.0.113.10:80");
    let accepted = home.world.accept(SERVER, listener).unwrap();
    let restart = |home: &mut Home| {
        let config = NatConfig::new(home.outside);
        home.world.hosts[ROUTER].set_nat(None).unwrap();
        home.world.hosts[ROUTER].set_nat(Some(config)).unwrap();
    };
    restart(&mut home);
    // From outside nobody can tell for whom it is.
    home.world.send(SERVER, accepted, b"lost").unwrap();
    home.world.settle();
    assert_eq!(home.died(DropReason::NatNoMapping), 1);
    // Alice speaks, under the port that she had: the connection lives on.
    home.world.send(ALICE, alice, b"here I am").unwrap();
    home.world.pass_millis(2000);
    assert_eq!(home.world.recv(SERVER, accepted).unwrap(), b"here I am");
    assert_eq!(home.world.recv(ALICE, alice).unwrap(), b"lost");
    // Unless that is not wanted.
    let stack = &mut home.world.hosts[ROUTER];
    stack
        .set_sysctl("net.netfilter.nf_conntrack_tcp_loose", "0")
        .unwrap();
    restart(&mut home);
    home.world.send(ALICE, alice, b"?").unwrap();
    home.world.settle();
    assert_eq!(home.died(DropReason::NatNoFlow), 1);
}

#[test]
fn another_outside_address_begins_anew() {
    let mut home = home(|_| ());
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    let (outside, now) = (home.outside, home.world.now);
    let stack = &mut home.world.hosts[ROUTER];
    stack
        .remove_address(outside, "203.0.113.1".parse().unwrap())
        .unwrap();
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:53")
        .unwrap();
    home.world.settle();
    // No way leads there either.
    assert_eq!(heard(&mut home, SERVER, server), None);
    let stack = &mut home.world.hosts[ROUTER];
    stack
        .add_address(now, outside, "203.0.113.2/24".parse().unwrap())
        .unwrap();
    home.world.pass_millis(5000);
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:53")
        .unwrap();
    home.world.pass_millis(1000);
    assert_eq!(
        heard(&mut home, SERVER, server).unwrap().1,
        "203.0.113.2:4001"
    );
}

#[test]
fn only_the_networks_that_are_named_are_translated() {
    let mut home = home(|nat| nat.inside = vec!["192.168.0.2/32".parse().unwrap()]);
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    for host in [ALICE, BOB] {
        let socket = home.world.udp(host);
        home.world
            .send_to(host, socket, b"x", "203.0.113.10:53")
            .unwrap();
        home.world.settle();
        let from = heard(&mut home, SERVER, server).unwrap().1;
        let expected = if host == ALICE {
            "203.0.113.1:"
        } else {
            "192.168.0.3:"
        };
        assert!(from.starts_with(expected), "{from}");
    }
}
