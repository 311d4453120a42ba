//! A firewall on a router and on a host, in both versions of IP.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::IpAddr;

use common::home::{ALICE, Home, OTHER, ROUTER, SERVER, home, plain};
use common::packets::ethernet;
use common::packets::{header, icmp, ip_frame, udp};
use common::sockets::{A, B, pair};
use common::v6::{host, ip6, packet};
use common::{World, card, ip, mac};
use stack::{
    ConfigError, ConnectionState, DropReason, Errno, Family, Firewall, FirewallAction,
    FirewallPath, FirewallRule, InterfaceId, Kind, OptionName, PortForward, PortProtocol, Route,
    SocketOption, Sysctls,
};
use wire::icmpv4::Message;
use wire::{EtherType, Protocol};

use FirewallAction::{Accept, Drop, Reject};

const CLOSED: Firewall = Firewall {
    rules: Vec::new(),
    incoming: Drop,
    forwarded: Drop,
    outgoing: Accept,
};

fn rule(action: FirewallAction) -> FirewallRule {
    FirewallRule::new(action)
}

/// A home whose servers know the way back, so that nothing needs to be translated.
fn routed(firewall: impl FnOnce(&Home) -> Firewall) -> Home {
    let mut home = plain();
    for host in [SERVER, OTHER] {
        let iface = InterfaceId::from_scope_id(2).unwrap();
        let route = Route::default_via(ip("203.0.113.1").into(), iface);
        home.world.hosts[host].add_route(route).unwrap();
    }
    let firewall = firewall(&home);
    home.world.hosts[ROUTER]
        .set_firewall(Some(firewall))
        .unwrap();
    home
}

#[test]
fn what_was_called_from_inside_may_answer_and_nobody_else_gets_in() {
    let mut home = routed(|home| Firewall {
        rules: vec![FirewallRule {
            from: Some(home.inside),
            ..rule(Accept)
        }],
        ..CLOSED
    });
    let listener = home.world.listener(SERVER, "0.0.0.0:80", 5);
    let alice = home.world.call(ALICE, "203.0.113.10:80");
    let accepted = home.world.accept(SERVER, listener).unwrap();
    home.world.send(SERVER, accepted, b"welcome").unwrap();
    home.world.settle();
    assert_eq!(home.world.recv(ALICE, alice).unwrap(), b"welcome");
    // From outside, to alice and to the router itself: not a word.
    home.world.listener(ALICE, "0.0.0.0:22", 5);
    home.world.listener(ROUTER, "0.0.0.0:22", 5);
    for (count, to) in [(1, "192.168.0.2:22"), (2, "203.0.113.1:22")] {
        let caller = home.world.tcp(SERVER);
        home.world.connect(SERVER, caller, to).unwrap_err();
        home.world.settle();
        assert_eq!(home.died(DropReason::FirewallDrop), count, "{to}");
    }
    // Word of a packet that died belongs to what was let in.
    let socket = home.world.udp(ALICE);
    home.world.connect(ALICE, socket, "203.0.113.10:9").unwrap();
    home.world.send(ALICE, socket, b"x").unwrap();
    home.world.settle();
    let error = home.world.get(ALICE, socket, OptionName::Error);
    assert_eq!(error, SocketOption::Error(Some(Errno::ECONNREFUSED)));
    let counts = home.world.hosts[ROUTER].firewall_counts().unwrap();
    assert_eq!(counts.policy.packets, 2);
    assert!(
        counts.rules[0].packets >= 2 && counts.known.packets >= 3,
        "{counts:?}"
    );
    // Nothing of what was refused is remembered.
    let flows = home.world.hosts[ROUTER].conntrack().flows;
    assert_eq!(flows, 2);
}

#[test]
fn a_refusal_is_a_rst_or_word_that_it_is_prohibited() {
    let mut home = routed(|home| Firewall {
        rules: vec![FirewallRule {
            from: Some(home.outside),
            ..rule(Reject)
        }],
        ..Firewall::default()
    });
    home.world.listener(ALICE, "0.0.0.0:22", 5);
    for to in ["192.168.0.2:22", "203.0.113.1:22"] {
        let caller = home.world.tcp(SERVER);
        home.world.connect(SERVER, caller, to).unwrap_err();
        home.world.settle();
        let error = home.world.get(SERVER, caller, OptionName::Error);
        assert_eq!(
            error,
            SocketOption::Error(Some(Errno::ECONNREFUSED)),
            "{to}"
        );
    }
    let socket = home.world.udp_at(SERVER, "203.0.113.10:53");
    home.world.set(SERVER, socket, SocketOption::RecvErr(true));
    home.world
        .send_to(SERVER, socket, b"x", "192.168.0.2:9")
        .unwrap();
    home.world.settle();
    // RFC 1812 §5.2.7.1: administratively prohibited.
    let told = home.world.recv_error(SERVER, socket).unwrap();
    assert_eq!(told, ("203.0.113.1".to_owned(), 3, 13));
    assert_eq!(home.died(DropReason::FirewallReject), 3);
    let outside = home.outside;
    home.sent_by(outside);
}

#[test]
fn a_port_forward_is_let_in_unless_a_rule_says_otherwise() {
    let forward = PortForward {
        protocol: PortProtocol::Tcp,
        port: 8080,
        to: "192.168.0.2:80".parse().unwrap(),
    };
    let mut home = home(|nat| nat.forwards = vec![forward]);
    home.world.hosts[ROUTER].set_firewall(Some(CLOSED)).unwrap();
    let listener = home.world.listener(ALICE, "0.0.0.0:80", 5);
    home.world.call(SERVER, "203.0.113.1:8080");
    home.world.accept(ALICE, listener).unwrap();
    // By the address and port that it leads to; the sender hears of the one that it called.
    let refuses = Firewall {
        rules: vec![FirewallRule {
            path: Some(FirewallPath::Forwarded),
            source: vec!["203.0.113.11/32".parse().unwrap()],
            destination: vec!["192.168.0.2/32".parse().unwrap()],
            ports: vec![(80, 80)],
            protocol: Some(Protocol::TCP),
            ..rule(Reject)
        }],
        ..CLOSED
    };
    home.world.hosts[ROUTER]
        .set_firewall(Some(refuses))
        .unwrap();
    let caller = home.world.tcp(OTHER);
    home.world
        .connect(OTHER, caller, "203.0.113.1:8080")
        .unwrap_err();
    home.world.settle();
    let error = home.world.get(OTHER, caller, OptionName::Error);
    assert_eq!(error, SocketOption::Error(Some(Errno::ECONNREFUSED)));
    home.world.call(SERVER, "203.0.113.1:8080");
    home.world.accept(ALICE, listener).unwrap();
    let outside = home.outside;
    home.sent_by(outside);
}

#[test]
fn rules_are_asked_in_their_order_and_by_each_of_their_parts() {
    // Each fits one datagram alone, of those that follow.
    let mut home = routed(|home| {
        let udp_rule = FirewallRule {
            protocol: Some(Protocol::UDP),
            ..rule(Drop)
        };
        Firewall {
            rules: vec![
                FirewallRule {
                    ports: vec![(1000, 1009), (2000, 2000)],
                    ..udp_rule.clone()
                },
                FirewallRule {
                    source_ports: vec![(77, 77)],
                    ..udp_rule.clone()
                },
                FirewallRule {
                    source: vec!["192.168.0.3/32".parse().unwrap()],
                    ..udp_rule.clone()
                },
                FirewallRule {
                    to: Some(home.inside),
                    path: Some(FirewallPath::Forwarded),
                    ..udp_rule.clone()
                },
                FirewallRule {
                    v6: Some(true),
                    ..udp_rule.clone()
                },
                FirewallRule {
                    states: vec![ConnectionState::Invalid],
                    ..rule(Drop)
                },
                rule(Accept),
            ],
            ..CLOSED
        }
    });
    let (inside, outside) = ((ROUTER, home.inside), (ROUTER, home.outside));
    let mut sent = |src: &str, dst: &str, ports: (u16, u16)| {
        let head = header(ip(src), ip(dst), Protocol::UDP);
        let bytes = udp(ports.0, ports.1, b"x");
        let (card, at) = if src.starts_with("192") {
            ((mac(11), mac(1)), inside)
        } else {
            ((mac(12), mac(21)), outside)
        };
        home.world
            .inject(at, ip_frame(card.0, card.1, &head, &bytes));
    };
    sent("192.168.0.2", "203.0.113.10", (1, 1005));
    sent("192.168.0.2", "203.0.113.10", (2, 2000));
    sent("192.168.0.2", "203.0.113.10", (77, 1));
    sent("192.168.0.3", "203.0.113.10", (3, 1));
    sent("203.0.113.10", "192.168.0.2", (4, 1));
    sent("192.168.0.2", "203.0.113.10", (5, 999));
    // An answer that nobody asked for is of no conversation.
    let head = header(ip("192.168.0.2"), ip("203.0.113.10"), Protocol::ICMP);
    let body = icmp(Message::EchoReply { ident: 9, seq: 9 }, b"");
    home.world
        .inject(inside, ip_frame(mac(11), mac(1), &head, &body));
    let counts = home.world.hosts[ROUTER].firewall_counts().unwrap();
    let packets: Vec<u64> = counts.rules.iter().map(|count| count.packets).collect();
    assert_eq!(packets, [2, 1, 1, 1, 0, 1, 1], "{counts:?}");
    assert_eq!(counts.rules[0].bytes, 2 * 29);
    assert_eq!(home.died(DropReason::FirewallDrop), 6);
}

#[test]
fn a_host_guards_itself_and_what_it_sends() {
    let mut world = pair();
    let firewall = Firewall {
        rules: vec![
            FirewallRule {
                protocol: Some(Protocol::TCP),
                ports: vec![(22, 22)],
                path: Some(FirewallPath::Incoming),
                ..rule(Accept)
            },
            FirewallRule {
                ports: vec![(25, 25)],
                protocol: Some(Protocol::TCP),
                path: Some(FirewallPath::Outgoing),
                ..rule(Reject)
            },
        ],
        ..CLOSED
    };
    world.hosts[B].set_firewall(Some(firewall)).unwrap();
    let ssh = world.listener(B, "0.0.0.0:22", 5);
    let web = world.listener(B, "0.0.0.0:80", 5);
    world.call(A, "172.16.10.11:22");
    assert!(world.accept(B, ssh).is_ok());
    world.call(A, "172.16.10.11:80");
    assert_eq!(world.accept(B, web), Err(Errno::EAGAIN));
    // Its own calls are answered, but for those that are not to be.
    let listener = world.listener(A, "0.0.0.0:80", 5);
    world.listener(A, "0.0.0.0:25", 5);
    world.call(B, "172.16.10.10:80");
    assert!(world.accept(A, listener).is_ok());
    let mail = world.tcp(B);
    world.connect(B, mail, "172.16.10.10:25").unwrap_err();
    world.settle();
    let error = world.get(B, mail, OptionName::Error);
    assert_eq!(error, SocketOption::Error(Some(Errno::ECONNREFUSED)));
    // And its loopback is its own.
    let own = world.listener(B, "127.0.0.1:81", 5);
    world.call(B, "127.0.0.1:81");
    assert!(world.accept(B, own).is_ok());
    // Without a firewall everybody gets in again, and nothing is remembered.
    world.hosts[B].set_firewall(None).unwrap();
    assert_eq!(world.hosts[B].conntrack().flows, 0);
    world.call(A, "172.16.10.11:80");
    assert!(world.accept(B, web).is_ok());
    assert_eq!(world.hosts[B].firewall(), None);
}

#[test]
fn a_rule_about_no_interface_is_refused() {
    let mut world = pair();
    let nowhere = InterfaceId::from_scope_id(9);
    let firewall = Firewall {
        rules: vec![FirewallRule {
            from: nowhere,
            ..rule(Drop)
        }],
        ..CLOSED
    };
    let refused = world.hosts[A].set_firewall(Some(firewall));
    assert_eq!(refused, Err(ConfigError::NoSuchInterface));
    assert_eq!(world.hosts[A].firewall(), None);
}

#[test]
fn ipv6_is_guarded_alike_and_its_links_stay_links() {
    let mut world = World::new();
    let (a, b) = (host(&mut world, 1), host(&mut world, 2));
    world.lan(&[a, b]);
    world.pass_millis(5000);
    world.hosts[B].set_firewall(Some(CLOSED)).unwrap();
    // Neighbour Discovery is asked anew, whatever the policy.
    world.pass_millis(200_000);
    let listener = world.hosts[B].socket(Family::Inet6, Kind::Stream).unwrap();
    world.bind(B, listener, "[::]:80").unwrap();
    world.hosts[B].listen(listener, 5).unwrap();
    let caller = world.hosts[A].socket(Family::Inet6, Kind::Stream).unwrap();
    let to = format!("[{}]:80", ip6(2));
    world.connect(A, caller, &to).unwrap_err();
    world.pass_millis(100);
    assert_eq!(world.died(B, DropReason::FirewallDrop), 1);
    let firewall = Firewall {
        rules: vec![
            FirewallRule {
                v6: Some(true),
                protocol: Some(Protocol::TCP),
                ports: vec![(80, 80)],
                ..rule(Accept)
            },
            rule(Reject),
        ],
        ..CLOSED
    };
    world.hosts[B].set_firewall(Some(firewall)).unwrap();
    world.pass_millis(3000);
    assert!(world.accept(B, listener).is_ok());
    let socket = world.hosts[A]
        .socket(Family::Inet6, Kind::Datagram)
        .unwrap();
    let to = format!("[{}]:9", ip6(2));
    world.connect(A, socket, &to).unwrap();
    world.send(A, socket, b"x").unwrap();
    world.pass_millis(100);
    // RFC 4443 §3.1, code 1.
    let error = world.get(A, socket, OptionName::Error);
    assert_eq!(error, SocketOption::Error(Some(Errno::EACCES)));
    assert_eq!(world.died(B, DropReason::FirewallReject), 1);
}

#[test]
fn parts_of_ipv6_are_looked_at_together_and_leave_as_they_came() {
    let mut world = World::new();
    let router = world.host(Sysctls {
        ipv6_forwarding: true,
        ..Sysctls::default()
    });
    let mut cards = Vec::new();
    for (number, name) in [(1, "eth0"), (2, "eth1")] {
        let card = card(name, 10 + number, &format!("2001:db8:{number}::1/64"));
        cards.push(world.plug(router, card));
    }
    let (src, dst) = (
        "2001:db8:1::2".parse().unwrap(),
        "2001:db8:2::2".parse().unwrap(),
    );
    let now = world.now;
    world.hosts[router]
        .add_neighbor(now, cards[1], IpAddr::V6(dst), mac(22))
        .unwrap();
    let firewall = Firewall {
        rules: vec![FirewallRule {
            ports: vec![(53, 53)],
            ..rule(Accept)
        }],
        ..CLOSED
    };
    world.hosts[router].set_firewall(Some(firewall)).unwrap();
    world.pass_millis(5000);
    world.take();
    let mut sent = |port, in_front: &[u8]| {
        let datagram = udp(4001, port, &[5; 1592]);
        for (at, bytes) in datagram.chunks(400).enumerate().rev() {
            let offset = (at * 400) as u16 | u16::from((at + 1) * 400 < datagram.len());
            let fragment = [&[17, 0][..], &offset.to_be_bytes(), &[0, 0, 0, port as u8]].concat();
            let next = if in_front.is_empty() { 44 } else { 60 };
            let payload = [in_front, &fragment, bytes].concat();
            let bytes = packet(src, dst, next, &payload);
            let frame = ethernet(mac(11), mac(21), EtherType::IPV6, &bytes);
            world.inject((router, cards[0]), frame);
        }
        world.take_from(router)
    };
    let through = sent(53, &[]);
    // Four parts of 400 bytes and their headers each.
    let lengths: Vec<_> = through.iter().map(Vec::len).collect();
    assert_eq!(lengths, [14 + 40 + 8 + 400; 4]);
    assert!(sent(54, &[]).is_empty());
    // Behind destination options nobody looks.
    assert!(sent(53, &[44, 0, 1, 4, 0, 0, 0, 0]).is_empty());
    assert_eq!(world.died(router, DropReason::FirewallDrop), 1);
    assert_eq!(world.died(router, DropReason::FirewallFragment), 4);
}
