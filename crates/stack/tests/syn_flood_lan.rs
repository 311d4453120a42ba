//! A flood of SYNs from addresses all over a LAN, each of which nobody has (RFC 4987): of both
//! families, with `tcp_syncookies` 0, 1 and 2.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use common::packets::{ethernet, header, ipv4};
use common::sockets::{at, inet};
use common::v6;
use common::{Host, World, mac};
use stack::{DropReason, Errno, Family, Kind};
use wire::tcp::{Control, Flags, Header, Options, SeqNumber};
use wire::{EtherType, Protocol};

/// SYNs of one flood.
const FLOOD: u32 = 10_000;
/// Callers who mean it, each between two hundredths of the flood.
const CALLERS: u32 = 100;
/// As many half-open connections as a backlog of 128 allows.
const HALF_OPEN: usize = 129;

/// Which of the LAN's addresses the `n`th SYN bears.
fn spoofed(n: u32, ipv6: bool) -> IpAddr {
    if ipv6 {
        let high = u128::from(n.wrapping_mul(0x9e37_79b9)) << 16;
        let prefix = v6::ip6(0).to_bits();
        Ipv6Addr::from_bits(prefix | high | 0x8000_0000_0000_0000).into()
    } else {
        Ipv4Addr::new(172, 16, 10, 20 + (n % 230) as u8).into()
    }
}

/// The `n`th SYN for port 9000 of the second host.
fn syn(n: u32, ipv6: bool) -> Vec<u8> {
    let segment = Header {
        src_port: 1024 + (n % 60_000) as u16,
        dst_port: 9000,
        control: Control {
            seq: SeqNumber(n.wrapping_mul(0x85eb_ca6b)),
            flags: Flags::SYN,
            window: 65_535,
            options: Options {
                mss: Some(1440),
                sack_permitted: true,
                window_scale: Some(7),
                ..Options::default()
            },
            ..Control::default()
        },
    };
    let (src, dst) = (spoofed(n, ipv6), ours(ipv6));
    let bytes = segment.segment(src, dst, &[]);
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let packet = ipv4(&header(src, dst, Protocol::TCP), &bytes);
            ethernet(mac(2), mac(99), EtherType::IPV4, &packet)
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            let packet = v6::packet(src, dst, 6, &bytes);
            ethernet(mac(2), mac(99), EtherType::IPV6, &packet)
        }
        _ => unreachable!("both are of one family"),
    }
}

/// The second host's address.
fn ours(ipv6: bool) -> IpAddr {
    if ipv6 {
        v6::ip6(2).into()
    } else {
        Ipv4Addr::new(172, 16, 10, 2).into()
    }
}

/// What a flood and the callers amid it came to.
struct Outcome {
    served: u32,
    cookies: u64,
}

fn flood(syncookies: &str, ipv6: bool) -> Outcome {
    let mut world = World::new();
    let [(a, _), (b, card)] = v6::pair(&mut world);
    let know = |world: &mut World, of: Host, number: u8| {
        let (addr, now) = (Ipv4Addr::new(172, 16, 10, number).into(), world.now);
        let card = world.hosts[of].interfaces()[1].id();
        world.hosts[of]
            .add_neighbor(now, card, addr, mac(number.into()))
            .unwrap();
    };
    know(&mut world, a, 2);
    know(&mut world, b, 1);
    world.hosts[b]
        .set_sysctl("net.ipv4.tcp_syncookies", syncookies)
        .unwrap();
    let family = if ipv6 { Family::Inet6 } else { Family::Inet };
    let listener = world.hosts[b].socket(family, Kind::Stream).unwrap();
    let any = if ipv6 { "[::]:9000" } else { "0.0.0.0:9000" };
    world.hosts[b].bind(listener, &at(any)).unwrap();
    world.hosts[b].listen(listener, 128).unwrap();
    let to = at(&std::net::SocketAddr::new(ours(ipv6), 9000).to_string());

    let (mut served, mut held) = (0, Vec::new());
    for n in 0..FLOOD {
        world.inject((b, card), syn(n, ipv6));
        if n % (FLOOD / CALLERS) == FLOOD / CALLERS - 1 {
            let caller = world.hosts[a].socket(family, Kind::Stream).unwrap();
            let now = world.now;
            let said = world.hosts[a].connect(now, caller, &to);
            assert_eq!(said, Err(Errno::EINPROGRESS));
            world.settle();
            // Within 3 s, in which the SYN is sent again twice.
            let before = served;
            for wait in [0, 1000, 1000, 1000] {
                world.pass_millis(wait);
                if let Ok((accepted, from)) = world.hosts[b].accept(listener) {
                    assert_eq!(inet(&from).port(), world.local(a, caller).port());
                    world.send(b, accepted, b"welcome").unwrap();
                    world.settle();
                    assert_eq!(world.recv(a, caller), Ok(b"welcome".to_vec()));
                    served += 1;
                    held.push(accepted);
                    break;
                }
            }
            if served == before {
                world.close(a, caller);
            }
            // Nothing is kept but the half-open, the accepted and the listener.
            let kept = world.hosts[b].sockets().len();
            assert!(kept <= 1 + HALF_OPEN + held.len(), "{kept}");
        }
        world.take();
    }
    // What waits for the answer of a host that is not there is bounded (gc_thresh3).
    assert!(world.hosts[b].neighbors(world.now).len() <= 1024 + 16);
    let cookies = world.died(b, DropReason::TcpSynCookie);
    // Nobody answers: the half-open ones go, and with them all that the flood has left.
    world.pass_millis(200_000);
    let half_open = world.states(b).iter().filter(|s| *s == "SYN-RECV").count();
    assert_eq!(half_open, 0);
    Outcome { served, cookies }
}

#[test]
fn with_cookies_everybody_gets_in() {
    for ipv6 in [false, true] {
        let outcome = flood("1", ipv6);
        assert!(outcome.served >= 99, "{}", outcome.served);
        assert!(outcome.cookies > 0);
    }
}

#[test]
fn with_nothing_but_cookies_no_syn_leaves_state() {
    for ipv6 in [false, true] {
        let outcome = flood("2", ipv6);
        assert!(outcome.served >= 99, "{}", outcome.served);
        assert_eq!(outcome.cookies, u64::from(FLOOD + outcome.served));
    }
}

#[test]
fn without_cookies_memory_is_bounded_all_the_same() {
    for ipv6 in [false, true] {
        let outcome = flood("0", ipv6);
        assert_eq!(outcome.cookies, 0);
    }
}
