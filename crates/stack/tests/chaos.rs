//! Whatever arrives: no panic, and nothing grows without bound.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use base::{Duration, Instant, Rng};
use common::packets::{arp, header, icmp, ip_frame, udp};
use common::{card, ip, mac};
use proptest::prelude::*;
use stack::{InterfaceId, Route, Stack, Sysctls};
use wire::arp::Operation;
use wire::checksum::checksum;
use wire::icmpv4::Message;
use wire::ipv4::Header;
use wire::{EtherType, MacAddr, Protocol};

/// A router with two cards, of which each is on its own network.
fn router() -> (Stack, [InterfaceId; 2]) {
    let sysctls = Sysctls {
        ip_forward: true,
        icmp_echo_ignore_broadcasts: false,
        ..Sysctls::default()
    };
    let mut stack = Stack::new(sysctls, Rng::seeded(1));
    let now = Instant::from_secs(1);
    let a = stack
        .add_interface(now, card("eth0", 1, "10.0.1.1/24"))
        .unwrap();
    let b = stack
        .add_interface(now, card("eth1", 2, "10.0.2.1/24"))
        .unwrap();
    stack.set_mtu(b, 576).unwrap();
    stack
        .add_route(Route::default_via("10.0.2.254".parse().unwrap(), b))
        .unwrap();
    (stack, [a, b])
}

/// Addresses in play: ours, neighbours', strangers', and those that nobody can have.
fn address(n: u8) -> std::net::Ipv4Addr {
    let all = [
        "10.0.1.1",
        "10.0.2.1",
        "10.0.1.2",
        "10.0.2.2",
        "10.0.2.254",
        "10.0.1.255",
        "10.0.2.255",
        "8.8.8.8",
        "127.0.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "255.255.255.255",
        "0.0.0.0",
        "169.254.1.1",
    ];
    ip(all[usize::from(n) % all.len()])
}

/// Questions, answers and announcements.
fn arps() -> impl Strategy<Value = Vec<u8>> {
    (any::<bool>(), any::<u8>(), any::<u8>(), 1u64..6).prop_map(|(ask, sender, target, number)| {
        let operation = if ask {
            Operation::Request
        } else {
            Operation::Reply
        };
        let sender = (mac(number), address(sender));
        arp(
            MacAddr::BROADCAST,
            operation,
            sender,
            (mac(1), address(target)),
        )
    })
}

/// Addresses, TTL and what else the header says.
fn headers() -> impl Strategy<Value = Header> {
    let who = (any::<u8>(), any::<u8>(), 0u8..70, any::<u8>());
    let part = (0u16..40, any::<bool>(), any::<bool>(), 0u16..4);
    let options = proptest::collection::vec(any::<u8>(), 0..3);
    (who, part, options).prop_map(
        |((src, dst, ttl, class), (offset, more, whole, id), options)| Header {
            ttl,
            fragment_offset: offset.saturating_sub(20) * 8,
            more_fragments: more && offset > 10,
            dont_fragment: whole,
            identification: id,
            traffic_class: class,
            options: options.iter().flat_map(|b| [*b, 4, 0, 0]).collect(),
            ..header(address(src), address(dst), Protocol(0))
        },
    )
}

/// IP packets that look right in most places, so that they get far.
fn packets() -> impl Strategy<Value = Vec<u8>> {
    let link = prop_oneof![
        4 => Just(mac(1)),
        4 => Just(mac(2)),
        1 => Just(MacAddr::BROADCAST),
        1 => Just(MacAddr::multicast_v4(ip("224.0.0.1"))),
    ];
    let protocol = prop_oneof![Just(1u8), Just(6), Just(17), any::<u8>()];
    let body = proptest::collection::vec(any::<u8>(), 0..700);
    (link, headers(), protocol, body).prop_map(|(link, header, protocol, mut body)| {
        if protocol == 1 && body.len() >= 8 {
            body[0] %= 14;
            body[1] %= 5;
            body[2..4].fill(0);
            let sum = checksum(&body);
            body[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        if protocol == 17 {
            body = udp(u16::from(header.ttl), 9, &body);
        }
        let protocol = Protocol(protocol);
        ip_frame(link, mac(3), &Header { protocol, ..header }, &body)
    })
}

/// Errors that quote a packet, whole or not.
fn errors() -> impl Strategy<Value = Vec<u8>> {
    let parts = (
        any::<u8>(),
        any::<u8>(),
        any::<u8>(),
        0usize..40,
        any::<[u8; 4]>(),
    );
    parts.prop_map(|(kind, src, dst, len, rest)| {
        let quoted = header(address(src), address(dst), Protocol::UDP);
        let quoted = common::packets::ipv4(&quoted, &[1; 20]);
        let kind = [3, 11, 12, 4, 5][usize::from(kind) % 5];
        let code = rest[0] % 6;
        let body = icmp(Message::Other { kind, code, rest }, &quoted[..len]);
        let outer = header(ip("10.0.1.2"), ip("10.0.1.1"), Protocol::ICMP);
        ip_frame(mac(1), mac(3), &outer, &body)
    })
}

fn frames() -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..100);
    let noise = (any::<u16>(), bytes).prop_map(|(kind, bytes)| {
        let ethertype = [EtherType::ARP, EtherType::IPV4, EtherType(kind)][usize::from(kind) % 3];
        common::packets::ethernet(mac(1), mac(3), ethertype, &bytes)
    });
    prop_oneof![
        3 => arps(),
        8 => packets(),
        3 => errors(),
        1 => noise,
        1 => proptest::collection::vec(any::<u8>(), 0..80),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Receive(usize, Vec<u8>),
    /// The driver fetches so many frames.
    Transmit(usize),
    Pass(u64),
    /// Time runs backwards, which it must not.
    Return(u64),
    Switch(usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0usize..2, frames()).prop_map(|(at, bytes)| Step::Receive(at, bytes)),
        2 => (0usize..20).prop_map(Step::Transmit),
        2 => (0u64..5000).prop_map(Step::Pass),
        1 => (0u64..5000).prop_map(Step::Return),
        1 => (0usize..2, any::<bool>()).prop_map(|(at, up)| Step::Switch(at, up)),
    ]
}

proptest! {
    #[test]
    fn arbitrary_frames(steps in proptest::collection::vec(step(), 1..120)) {
        let (mut stack, ifaces) = router();
        let mut now = Instant::from_secs(1);
        let mut out = 0u64;
        let mut came = 0u64;
        for step in steps {
            match step {
                Step::Receive(at, bytes) => {
                    came += 1;
                    stack.receive(now, ifaces[at], bytes.into());
                }
                Step::Transmit(count) => {
                    for _ in 0..count {
                        let Some((_, frame)) = stack.poll_transmit(now) else { break };
                        prop_assert!(frame.len() <= 1514);
                        out += 1;
                    }
                }
                Step::Pass(millis) => {
                    now += Duration::from_millis(millis);
                    stack.on_deadline(now);
                }
                Step::Return(millis) => {
                    now = now - Duration::from_millis(millis);
                    stack.on_deadline(now);
                }
                Step::Switch(at, up) => stack.set_up(now, ifaces[at], up).unwrap(),
            }
            prop_assert!(stack.neighbors(now).len() <= 1024);
        }
        // Everything comes to rest: no debt begets another for ever.
        for _ in 0..200 {
            while stack.poll_transmit(now).is_some() {
                out += 1;
                prop_assert!(out < 100 * (came + 10));
            }
            let Some(next) = stack.next_deadline() else { break };
            now = now.max(next);
            stack.on_deadline(now);
        }
        prop_assert_eq!(stack.next_deadline(), None);
        prop_assert!(stack.poll_transmit(now).is_none());
    }
}

#[test]
fn a_flood_of_fragments_questions_and_strangers_stays_bounded() {
    let (mut stack, [a, _]) = router();
    let mut rng = Rng::seeded(7);
    let now = Instant::from_secs(1);
    for n in 0..20_000u32 {
        let src = (0x0a00_0102 + n % 200).into();
        let frame = match n % 4 {
            // Addresses of our network that nobody has: each asks for a question.
            0 => ip_frame(
                mac(1),
                mac(3),
                &header(src, (0x0a00_0200 + n % 250).into(), Protocol(200)),
                &[0; 400],
            ),
            1 => {
                let header = Header {
                    identification: rng.u32() as u16,
                    more_fragments: true,
                    ..header(src, ip("10.0.1.1"), Protocol::UDP)
                };
                ip_frame(mac(1), mac(3), &header, &[0; 1400])
            }
            2 => arp(
                MacAddr::BROADCAST,
                Operation::Request,
                (mac(u64::from(n)), src),
                (MacAddr::ZERO, ip("10.0.1.1")),
            ),
            _ => ip_frame(
                mac(1),
                mac(3),
                &header(rng.u32().into(), ip("10.0.1.1"), Protocol(201)),
                &[0; 40],
            ),
        };
        stack.receive(now, a, frame.into());
        if n % 100 == 0 {
            while stack.poll_transmit(now).is_some() {}
        }
    }
    assert!(stack.neighbors(now).len() <= 1024);
    let drops = stack.drops();
    assert!(drops.get(stack::DropReason::ReassemblyFull) >= 5000 - 1024 - 100);
    assert!(drops.get(stack::DropReason::IcmpRateLimited) > 1000);
    // What is left dies in its time.
    let mut now = now;
    for _ in 0..100_000 {
        while stack.poll_transmit(now).is_some() {}
        let Some(next) = stack.next_deadline() else {
            break;
        };
        now = now.max(next);
        stack.on_deadline(now);
    }
    assert_eq!(stack.next_deadline(), None);
}
