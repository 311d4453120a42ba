//! What ICMP says through a NAT (RFC 5508), and datagrams in parts (RFC 4787 REQ-14).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::home::{ALICE, BOB, Home, ROUTER, SERVER, home};
use common::packets::{header, icmp, ip_frame, ips, ipv4, message, ping, udp, v4};
use common::sockets::inet;
use common::{card, ip, mac};
use stack::{
    DropReason, Errno, Kind, NatBehavior, OptionName, PortForward, PortProtocol, Route,
    SocketOption,
};
use wire::icmpv4::{Message, Unreachable};
use wire::ipv4::Header;
use wire::{Protocol, checksum};

/// An echo request as a program makes it.
const REQUEST: [u8; 13] = *b"\x08\0\0\0\0\0\0\x01hello";

#[test]
fn pings_share_an_address_and_find_home() {
    let mut home = home(|_| ());
    let sockets = [ALICE, BOB].map(|host| {
        let socket = home.world.socket(host, Kind::Ping);
        // Both ask by the same identifier.
        let name = format!("192.168.0.{}:77", host + 2);
        home.world.bind(host, socket, &name).unwrap();
        let sent = home.world.send_to(host, socket, &REQUEST, "203.0.113.10:0");
        sent.unwrap();
        (host, socket)
    });
    home.world.settle();
    for (host, socket) in sockets {
        let bytes = home.world.recv(host, socket).unwrap();
        let reply = Message::EchoReply { ident: 77, seq: 1 };
        assert_eq!(Message::parse(&bytes).unwrap().0, reply);
        assert_eq!(&bytes[8..], b"hello");
    }
    assert_eq!(home.mappings(), 2);
    let outside = home.outside;
    let sent = home.sent_by(outside);
    let idents: Vec<_> = sent
        .iter()
        .filter(|(header, _)| header.protocol == Protocol::ICMP)
        .map(|(_, bytes)| Message::parse(bytes).unwrap().0)
        .collect();
    assert_ne!(idents[0], idents[1]);
    // RFC 5508 REQ-2: 60 s.
    home.world.pass_millis(59_000);
    assert_eq!(home.mappings(), 2);
    home.world.pass_millis(2_000);
    assert_eq!(home.mappings(), 0);
    // The router is asked by its outside address, and answers.
    let socket = home.world.socket(SERVER, Kind::Ping);
    home.world
        .send_to(SERVER, socket, &REQUEST, "203.0.113.1:0")
        .unwrap();
    home.world.settle();
    assert!(home.world.recv(SERVER, socket).is_ok());
    // Answers that nobody asked for are for nobody inside.
    let (head, body) = (
        header(ip("203.0.113.10"), ip("203.0.113.1"), Protocol::ICMP),
        icmp(Message::EchoReply { ident: 77, seq: 1 }, b""),
    );
    let router = (ROUTER, home.outside);
    home.world.take();
    home.world
        .inject(router, ip_frame(mac(12), mac(21), &head, &body));
    assert!(home.world.take().is_empty());
}

#[test]
fn who_sent_to_a_closed_port_hears_of_it_on_both_sides() {
    let mut home = home(|nat| {
        nat.forwards = vec![PortForward {
            protocol: PortProtocol::Udp,
            port: 9000,
            to: "192.168.0.2:53".parse().unwrap(),
        }];
    });
    // From inside to a port outside, and from outside through a port forward.
    for (host, to) in [(ALICE, "203.0.113.10:9"), (SERVER, "203.0.113.1:9000")] {
        let socket = home.world.udp(host);
        home.world.connect(host, socket, to).unwrap();
        home.world.send(host, socket, b"anyone?").unwrap();
        home.world.settle();
        let error = home.world.get(host, socket, OptionName::Error);
        assert_eq!(
            error,
            SocketOption::Error(Some(Errno::ECONNREFUSED)),
            "{to}"
        );
    }
    // It comes from the outside address, and quotes what was sent to it.
    let outside = home.outside;
    let sent = home.sent_by(outside);
    let (head, bytes) = sent.last().unwrap();
    let (what, quoted) = message(bytes);
    assert_eq!(what, Message::DestinationUnreachable(Unreachable::Port));
    assert_eq!(head.src, ip("203.0.113.1"));
    let (quoted_header, len) = Header::parse_quoted(quoted).unwrap();
    assert_eq!(quoted_header.dst, ip("203.0.113.1"));
    assert_eq!(quoted[len + 2..len + 4], 9000u16.to_be_bytes());
    // And the quoted datagram's own sum is right for what it is again: the whole is quoted.
    let datagram = base::Frame::from(quoted[len..].to_vec());
    let (src, dst) = (quoted_header.src.into(), quoted_header.dst.into());
    assert_eq!(checksum::transport(&datagram, src, dst, Protocol::UDP), 0);
}

#[test]
fn traceroute_sees_the_router_and_those_behind_it() {
    let mut home = home(|_| ());
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world.set(ALICE, alice, SocketOption::RecvErr(true));
    // The NAT itself is the first hop.
    home.world.set(ALICE, alice, SocketOption::Ttl(Some(1)));
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:33434")
        .unwrap();
    home.world.settle();
    assert_eq!(home.died(DropReason::TtlExceeded), 1);
    // What died before it left is remembered nowhere.
    assert_eq!(home.mappings(), 0);
    let said = |home: &mut Home| home.world.recv_error(ALICE, alice).unwrap();
    assert_eq!(said(&mut home), ("192.168.0.1".to_owned(), 11, 0));
    // The second: a router outside, which quotes what it got.
    home.world.set(ALICE, alice, SocketOption::Ttl(Some(2)));
    home.world.take();
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:33434")
        .unwrap();
    home.world.settle();
    let outside = home.outside;
    let probe = home
        .sent_by(outside)
        .into_iter()
        .find(|(h, _)| h.protocol == Protocol::UDP);
    let (probe_header, bytes) = probe.unwrap();
    let quoted = ipv4(&probe_header, &bytes);
    for (who, quote) in [
        ("203.0.113.11", &quoted[..]),
        ("203.0.113.99", &quoted[..28]),
    ] {
        let head = header(ip(who), ip("203.0.113.1"), Protocol::ICMP);
        let frame = ip_frame(mac(12), mac(22), &head, &icmp(Message::TtlExceeded, quote));
        let router = (ROUTER, home.outside);
        home.world.inject(router, frame);
        // The hop is a hop outside as it is.
        let mut heard = said(&mut home);
        while heard.1 == 3 {
            heard = said(&mut home);
        }
        assert_eq!(heard, (who.to_owned(), 11, 0));
    }
    let inside = home.inside;
    home.sent_by(inside);
}

#[test]
fn a_narrow_way_outside_is_learned_of_inside() {
    let mut home = home(|_| ());
    let listener = home.world.listener(SERVER, "0.0.0.0:80", 5);
    let alice = home.world.call(ALICE, "203.0.113.10:80");
    let accepted = home.world.accept(SERVER, listener).unwrap();
    home.world.take();
    home.world.lose = |sent| sent.host == ROUTER && sent.bytes.len() > 1014;
    home.world.send(ALICE, alice, &[7; 1400]).unwrap();
    home.world.settle();
    let outside = home.outside;
    let (head, bytes) = home.sent_by(outside).swap_remove(0);
    let narrow =
        Message::DestinationUnreachable(Unreachable::FragmentationNeeded { next_hop_mtu: 1000 });
    // It says so of the packet as it was outside; alice knows it for hers, and sends no longer ones.
    let quoted = ipv4(&head, &bytes);
    let error = header(ip("203.0.113.11"), ip("203.0.113.1"), Protocol::ICMP);
    let frame = ip_frame(mac(12), mac(22), &error, &icmp(narrow, &quoted[..28]));
    home.world.inject((ROUTER, outside), frame);
    home.world.pass_millis(500);
    let sent = home.sent_by(outside);
    let longest = sent.iter().map(|(_, bytes)| bytes.len() + 20).max();
    assert_eq!(longest, Some(1000));
    assert_eq!(home.world.recv(SERVER, accepted).unwrap(), [7; 1400]);
}

#[test]
fn the_routers_own_narrow_link_is_told_of_in_the_senders_words() {
    let mut home = home(|nat| {
        nat.forwards = vec![PortForward {
            protocol: PortProtocol::Udp,
            port: 9000,
            to: "192.168.0.2:53".parse().unwrap(),
        }];
    });
    let inside = home.inside;
    home.world.hosts[ROUTER].set_mtu(inside, 900).unwrap();
    let socket = home.world.udp(SERVER);
    home.world
        .connect(SERVER, socket, "203.0.113.1:9000")
        .unwrap();
    home.world.set(SERVER, socket, SocketOption::MtuDiscover(2));
    home.world.send(SERVER, socket, &[1; 1200]).unwrap();
    home.world.settle();
    assert_eq!(home.died(DropReason::FragmentationNeeded), 1);
    // The server knows it for its own.
    assert_eq!(
        home.world.send(SERVER, socket, &[1; 1200]),
        Err(Errno::EMSGSIZE)
    );
    let outside = home.outside;
    home.sent_by(outside);
}

#[test]
fn a_next_hop_that_does_not_answer_is_told_of_inside() {
    let mut home = home(|_| ());
    let socket = home.world.udp(ALICE);
    home.world.connect(ALICE, socket, "203.0.113.77:9").unwrap();
    home.world.set(ALICE, socket, SocketOption::RecvErr(true));
    home.world.send(ALICE, socket, b"anyone?").unwrap();
    home.world.pass_millis(10_000);
    assert_eq!(home.died(DropReason::NeighborUnreachable), 1);
    assert_eq!(
        home.world.recv_error(ALICE, socket).unwrap(),
        ("192.168.0.1".to_owned(), 3, 1)
    );
}

#[test]
fn an_error_of_a_router_inside_does_not_show_its_address() {
    let mut home = home(|nat| {
        nat.forwards = vec![PortForward {
            protocol: PortProtocol::Udp,
            port: 9000,
            to: "10.0.0.7:53".parse().unwrap(),
        }];
    });
    // Behind bob is another network, and nobody at that address.
    let bob = &mut home.world.hosts[BOB];
    bob.set_sysctl("net.ipv4.ip_forward", "1").unwrap();
    bob.add_interface(home.world.now, card("eth1", 33, "10.0.0.1/24"))
        .unwrap();
    let way = Route {
        network: "10.0.0.0/24".parse().unwrap(),
        ..Route::default_via(v4(ip("192.168.0.3")), home.inside)
    };
    home.world.hosts[ROUTER].add_route(way).unwrap();
    home.world.pass_millis(3000);
    let socket = home.world.udp(SERVER);
    home.world
        .connect(SERVER, socket, "203.0.113.1:9000")
        .unwrap();
    home.world.set(SERVER, socket, SocketOption::RecvErr(true));
    home.world.send(SERVER, socket, b"x").unwrap();
    home.world.pass_millis(10_000);
    // RFC 5508 REQ-6: from the outside address.
    assert_eq!(
        home.world.recv_error(SERVER, socket).unwrap(),
        ("203.0.113.1".to_owned(), 3, 1)
    );
}

#[test]
fn errors_about_nothing_go_nowhere() {
    let mut home = home(|_| ());
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world
        .send_to(ALICE, alice, b"x", "203.0.113.10:9999")
        .unwrap();
    home.world.settle();
    home.world.take();
    let router = (ROUTER, home.outside);
    // Of another port, and of the right one, but for the router's inside address.
    let unreachable = Message::DestinationUnreachable(Unreachable::Host);
    for (port, to) in [(4002, "203.0.113.1"), (4001, "192.168.0.1")] {
        let inner = header(ip("203.0.113.1"), ip("203.0.113.10"), Protocol::UDP);
        let quoted = ipv4(&inner, &udp(port, 9999, b"x"));
        let head = header(ip("203.0.113.10"), ip(to), Protocol::ICMP);
        let frame = ip_frame(mac(12), mac(21), &head, &icmp(unreachable, &quoted));
        home.world.inject(router, frame);
    }
    assert!(home.world.take().is_empty());
    assert_eq!(home.died(DropReason::IcmpForNobody), 2);
}

/// A datagram of alice's in three parts.
fn parts(src: &str, dst: &str, payload: &[u8]) -> Vec<(Header, Vec<u8>)> {
    let whole = header(ip(src), ip(dst), Protocol::UDP);
    let pieces = payload.chunks(512).enumerate();
    let count = payload.len().div_ceil(512);
    let piece = |(at, bytes): (usize, &[u8])| {
        let header = Header {
            identification: 77,
            fragment_offset: (at * 512) as u16,
            more_fragments: at + 1 < count,
            ..whole.clone()
        };
        (header, bytes.to_vec())
    };
    pieces.map(piece).collect()
}

#[test]
fn a_datagram_in_parts_goes_through_in_any_order() {
    let mut home = home(|nat| nat.filtering = NatBehavior::EndpointIndependent);
    let server = home.world.udp_at(SERVER, "203.0.113.10:53");
    let datagram = udp(4001, 53, &[5; 1500]);
    let mut pieces = parts("192.168.0.2", "203.0.113.10", &datagram);
    pieces.reverse();
    let inside = (ROUTER, home.inside);
    for (head, bytes) in pieces {
        home.world
            .inject(inside, ip_frame(mac(11), mac(1), &head, &bytes));
    }
    let (bytes, received) = home.world.recv_from(SERVER, server).unwrap();
    assert_eq!(bytes, [5; 1500]);
    assert_eq!(
        inet(&received.from.unwrap()).to_string(),
        "203.0.113.1:4001"
    );
    // In parts no longer than those that it came in, under an identification of the router's own.
    let outside = home.outside;
    let sent = home.sent_by(outside);
    let udp_parts: Vec<_> = sent
        .iter()
        .filter(|(h, _)| h.protocol == Protocol::UDP)
        .collect();
    assert_eq!(udp_parts.len(), 3);
    assert!(udp_parts.iter().all(|(_, bytes)| bytes.len() <= 512));
    let other = parts("192.168.0.3", "203.0.113.10", &udp(4002, 53, &[6; 1500]));
    for (head, bytes) in other {
        home.world
            .inject(inside, ip_frame(mac(11), mac(2), &head, &bytes));
    }
    let second = home.sent_by(outside);
    // RFC 6864 §5.3.1.
    assert_ne!(udp_parts[0].0.identification, second[0].0.identification);
    // And in the other direction.
    let alice = home.world.udp_at(ALICE, "192.168.0.2:4001");
    home.world
        .send_to(SERVER, server, &[8; 4000], "203.0.113.1:4001")
        .unwrap();
    home.world.settle();
    assert_eq!(home.world.recv(ALICE, alice).unwrap(), [8; 4000]);
}

#[test]
fn a_long_ping_goes_through_in_parts() {
    let mut home = home(|_| ());
    let socket = home.world.socket(ALICE, Kind::Ping);
    let request = [&REQUEST[..8], &[3; 20_000][..]].concat();
    home.world
        .send_to(ALICE, socket, &request, "203.0.113.11:0")
        .unwrap();
    home.world.settle();
    assert_eq!(home.world.recv(ALICE, socket).unwrap()[8..], [3; 20_000]);
}

#[test]
fn a_wrong_checksum_stays_wrong() {
    let mut home = home(|_| ());
    let (head, mut bytes) = ping(ip("192.168.0.2"), ip("203.0.113.10"), b"hello");
    bytes[10] ^= 1;
    let inside = (ROUTER, home.inside);
    home.world
        .inject(inside, ip_frame(mac(11), mac(1), &head, &bytes));
    home.world.settle();
    let frames: Vec<Vec<u8>> = home
        .world
        .take()
        .into_iter()
        .map(|sent| sent.bytes)
        .collect();
    assert_eq!(ips(&frames).len(), 1);
    let layer = wire::Layer::Icmpv4;
    assert_eq!(home.world.died(SERVER, DropReason::BadChecksum(layer)), 1);
}
