//! What the transports ask of IP, and what becomes of their packets.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;
use core::num::NonZeroU16;

use base::{Duration, Frame, Instant, Rng};
use wire::ipv4::Header;
use wire::{IpNet, MacAddr, Protocol};

use super::egress::{route, select};
use super::path_mtu::PathMtus;
use super::route::Route;
use crate::interface::{InterfaceConfig, InterfaceId};
use crate::packet::{Discover, Outbound, Way};
use crate::stack::Stack;
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Stop};

const NOW: Instant = Instant::from_secs(1000);
const ETH0: InterfaceId = InterfaceId(1);
const ETH1: InterfaceId = InterfaceId(2);

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

/// 10.0.0.1/24 on eth0 with the default gateway, 10.1.0.1/16 on eth1.
fn host() -> Stack {
    let mut stack = Stack::new(Sysctls::default(), Rng::seeded(1));
    for (name, number, address) in [("eth0", 1, "10.0.0.1/24"), ("eth1", 2, "10.1.0.1/16")] {
        let config = InterfaceConfig::ethernet(name, MacAddr::local(number), net(address));
        stack.add_interface(NOW, config).unwrap();
    }
    stack
        .add_route(Route::default_via(addr("10.0.0.254"), ETH0))
        .unwrap();
    stack
}

/// What is chosen for a destination, a bound address and a bound interface, in one line.
fn chosen(
    stack: &Stack,
    dst: &str,
    src: Option<&str>,
    iface: Option<InterfaceId>,
) -> Result<String, DropReason> {
    let src = src.map(addr);
    let choice = select(&stack.ip, &stack.interfaces, NOW, addr(dst), src, iface)?;
    let (next_hop, source, cast) = (choice.next_hop, choice.source, choice.cast);
    Ok(format!("{} {next_hop} {source} {cast:?}", choice.iface))
}

#[test]
fn which_way_and_from_which_address() {
    let stack = host();
    let check = |dst, src, iface, right: &str| {
        let found = chosen(&stack, dst, src, iface);
        assert_eq!(found.as_deref(), Ok(right), "{dst} {src:?} {iface:?}");
    };
    let second = Some("10.1.0.1");
    // The same network: the peer itself. Another: the gateway.
    check("10.0.0.7", None, None, "1 10.0.0.7 10.0.0.1 Unicast");
    check("10.1.9.9", None, None, "2 10.1.9.9 10.1.0.1 Unicast");
    check("8.8.8.8", None, None, "1 10.0.0.254 10.0.0.1 Unicast");
    // Bound to an address, the way is the same (RFC 1122 §3.3.4.2).
    check("8.8.8.8", second, None, "1 10.0.0.254 10.1.0.1 Unicast");
    // Bound to an interface, everybody is on its link.
    check("8.8.8.8", None, Some(ETH1), "2 8.8.8.8 10.1.0.1 Unicast");
    // Ourselves.
    check("127.0.0.1", None, None, "0 127.0.0.1 127.0.0.1 Unicast");
    check("127.5.5.5", None, None, "0 127.5.5.5 127.0.0.1 Unicast");
    check("10.0.0.1", None, None, "0 10.0.0.1 10.0.0.1 Unicast");
    let lo = Some("127.0.0.1");
    check("10.0.0.1", lo, None, "0 10.0.0.1 127.0.0.1 Unicast");
}

#[test]
fn which_way_to_many() {
    let stack = host();
    let check = |dst, src, iface, right: &str| {
        let found = chosen(&stack, dst, src, iface);
        assert_eq!(found.as_deref(), Ok(right), "{dst} {src:?} {iface:?}");
    };
    let all = "255.255.255.255";
    let (second, nobody) = (Some("10.1.0.1"), Some("0.0.0.0"));
    check("10.0.0.255", None, None, "1 10.0.0.255 10.0.0.1 Broadcast");
    check(
        "10.1.255.255",
        None,
        None,
        "2 10.1.255.255 10.1.0.1 Broadcast",
    );
    check(all, None, None, "1 255.255.255.255 10.0.0.1 Broadcast");
    check(all, second, None, "2 255.255.255.255 10.1.0.1 Broadcast");
    check(
        all,
        nobody,
        Some(ETH1),
        "2 255.255.255.255 0.0.0.0 Broadcast",
    );
    check("239.1.1.1", None, None, "1 239.1.1.1 10.0.0.1 Multicast");
    check(
        "239.1.1.1",
        None,
        Some(ETH1),
        "2 239.1.1.1 10.1.0.1 Multicast",
    );
}

#[test]
fn no_way() {
    let mut stack = host();
    let error = |stack: &Stack, dst, src, iface| chosen(stack, dst, src, iface).unwrap_err();
    assert_eq!(
        error(&stack, "0.0.0.0", None, None),
        DropReason::MartianDestination
    );
    let lo = Some("127.0.0.1");
    assert_eq!(
        error(&stack, "8.8.8.8", lo, None),
        DropReason::MartianSource
    );
    assert_eq!(
        error(&stack, "fe80::1", None, None),
        DropReason::MartianDestination
    );
    assert_eq!(
        error(&stack, "2001:db8::1", None, None),
        DropReason::NoRoute
    );
    stack.set_up(NOW, ETH0, false).unwrap();
    assert_eq!(error(&stack, "8.8.8.8", None, None), DropReason::NoRoute);
    assert_eq!(
        error(&stack, "255.255.255.255", None, None),
        DropReason::NoRoute
    );
    assert_eq!(error(&stack, "10.0.0.7", None, None), DropReason::NoRoute);
    assert_eq!(
        error(&stack, "10.0.0.7", None, Some(ETH0)),
        DropReason::InterfaceDown
    );
    assert_eq!(
        error(&stack, "10.0.0.7", None, Some(InterfaceId(9))),
        DropReason::InterfaceDown
    );
}

fn outbound(dst: &str, len: usize, dont_fragment: bool) -> Outbound {
    let discover = if dont_fragment {
        Discover::Do
    } else {
        Discover::Dont
    };
    Outbound {
        src: None,
        dst: addr(dst),
        protocol: Protocol::UDP,
        ttl: None,
        traffic_class: 0,
        discover,
        iface: None,
        longest: None,
        options: None,
        frame: Frame::from(vec![0xab; len]),
    }
}

fn sent(stack: &mut Stack, mut outbound: Outbound) -> Result<(Header, Way), DropReason> {
    let Stack {
        ip,
        interfaces,
        sysctls,
        ..
    } = stack;
    match route(ip, interfaces, sysctls, NOW, &mut outbound) {
        Ok(way) => {
            let bytes = outbound.frame.to_vec();
            Ok((Header::parse(&bytes, bytes.len()).unwrap().0, way))
        }
        Err(Stop::Drop(reason)) => Err(reason),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn headers_as_they_leave() {
    let mut stack = host();
    let (header, _) = sent(&mut stack, outbound("8.8.8.8", 100, true)).unwrap();
    assert_eq!(
        (header.ttl, header.identification, header.dont_fragment),
        (64, 0, true)
    );
    let (first, _) = sent(&mut stack, outbound("8.8.8.8", 100, false)).unwrap();
    let (second, _) = sent(&mut stack, outbound("8.8.8.8", 100, false)).unwrap();
    assert_eq!(second.identification, first.identification.wrapping_add(1));
    stack.set_sysctl("net.ipv4.ip_default_ttl", "17").unwrap();
    let (header, _) = sent(&mut stack, outbound("8.8.8.8", 100, false)).unwrap();
    assert_eq!(header.ttl, 17);
    // RFC 1112 §6.1.
    let (header, _) = sent(&mut stack, outbound("239.1.1.1", 100, false)).unwrap();
    assert_eq!(header.ttl, 1);
    let asked = Outbound {
        ttl: Some(3),
        traffic_class: 0x2e,
        ..outbound("8.8.8.8", 100, false)
    };
    let (header, _) = sent(&mut stack, asked).unwrap();
    assert_eq!((header.ttl, header.traffic_class), (3, 0x2e));
}

#[test]
fn as_long_as_the_way_allows() {
    let mut stack = host();
    assert!(sent(&mut stack, outbound("8.8.8.8", 1480, true)).is_ok());
    let refused = sent(&mut stack, outbound("8.8.8.8", 1481, true)).unwrap_err();
    assert_eq!(refused, DropReason::FragmentationNeeded);
    assert!(sent(&mut stack, outbound("8.8.8.8", 65_515, false)).is_ok());
    let refused = sent(&mut stack, outbound("8.8.8.8", 65_516, false)).unwrap_err();
    assert_eq!(refused, DropReason::TooLong);
    // Several segments in one frame are cut further down.
    let mut large = outbound("8.8.8.8", 60_000, true);
    large.frame.segment_size = NonZeroU16::new(1448);
    assert!(sent(&mut stack, large).is_ok());
}

#[test]
fn what_a_narrow_path_means() {
    let sysctls = Sysctls::default();
    let dst = "8.8.8.8".parse().unwrap();
    let judge = |current, died, reported| {
        let path = PathMtus::judge(&sysctls, NOW, dst, current, died, reported)?;
        Ok((path.mtu, path.locked))
    };
    assert_eq!(judge(1500, 1500, 1400), Ok((1400, false)));
    // RFC 1191 §3: only ever downwards, and never below 68.
    assert_eq!(judge(1400, 1500, 1400), Err(DropReason::IcmpBadMtu));
    // As Linux: what it says that died may have been cut.
    assert_eq!(judge(1500, 40, 800), Ok((800, false)));
    assert_eq!(judge(1500, 1500, 67), Err(DropReason::IcmpBadMtu));
    // Linux's min_pmtu of 552; below it packets may be fragmented.
    assert_eq!(judge(1500, 1500, 552), Ok((552, false)));
    assert_eq!(judge(1500, 1500, 551), Ok((552, true)));
    assert_eq!(judge(1500, 1500, 68), Ok((552, true)));
    // RFC 1191 §7: from a router that does not say, the next plateau below what died.
    assert_eq!(judge(1500, 1500, 0), Ok((1492, false)));
    assert_eq!(judge(1492, 1492, 0), Ok((1006, false)));
    assert_eq!(judge(1006, 1006, 0), Ok((552, true)));
    assert_eq!(judge(65_535, 65_535, 0), Ok((32_000, false)));
    assert_eq!(judge(1500, 68, 0), Err(DropReason::IcmpBadMtu));
}

#[test]
fn a_narrow_path_is_remembered_for_ten_minutes() {
    let mut stack = host();
    let mtu_at = |stack: &Stack, at| {
        let dst = addr("8.8.8.8");
        select(&stack.ip, &stack.interfaces, at, dst, None, None)
            .unwrap()
            .mtu
    };
    assert_eq!(mtu_at(&stack, NOW), 1500);
    let path = PathMtus::judge(&stack.sysctls, NOW, [8, 8, 8, 8].into(), 1500, 1500, 1000).unwrap();
    stack.ip.path_mtus.learn(addr("8.8.8.8"), path);
    assert_eq!(mtu_at(&stack, NOW), 1000);
    assert_eq!(mtu_at(&stack, NOW + Duration::from_millis(599_999)), 1000);
    assert_eq!(mtu_at(&stack, NOW + Duration::from_secs(600)), 1500);
    let (_, way) = sent(&mut stack, outbound("8.8.8.8", 1400, false)).unwrap();
    assert_eq!(way.mtu, 1000);
    let refused = sent(&mut stack, outbound("8.8.8.8", 1400, true)).unwrap_err();
    assert_eq!(refused, DropReason::FragmentationNeeded);
    // To others the way is as it was.
    assert!(sent(&mut stack, outbound("8.8.4.4", 1400, true)).is_ok());
    // Narrower than min_pmtu: fragments are better than nothing.
    let path = PathMtus::judge(&stack.sysctls, NOW, [8, 8, 8, 8].into(), 1000, 1000, 296).unwrap();
    stack.ip.path_mtus.learn(addr("8.8.8.8"), path);
    let want = Outbound {
        discover: Discover::Want,
        ..outbound("8.8.8.8", 500, false)
    };
    let (header, way) = sent(&mut stack, want).unwrap();
    assert_eq!((header.dont_fragment, way.mtu), (false, 552));
    assert_ne!(header.identification, 0);
}

#[test]
fn narrow_paths_are_bounded_and_the_oldest_gives_way() {
    let mut stack = host();
    let learn = |stack: &mut Stack, n: u32, second: u64| {
        let now = NOW + Duration::from_secs(second);
        let path =
            PathMtus::judge(&stack.sysctls, now, [8, 8, 8, 8].into(), 1500, 1500, 1000).unwrap();
        stack
            .ip
            .path_mtus
            .learn(IpAddr::V4((0x0800_0000 + n).into()), path);
    };
    for n in 0..1024 {
        learn(&mut stack, n, 0);
    }
    // The first is heard of again and again, and stays.
    for second in 1..3000 {
        learn(&mut stack, 0, second);
    }
    for n in 2000..2010 {
        learn(&mut stack, n, 3000);
    }
    let known: Vec<_> = (0..3000u32)
        .filter(|n| {
            let dst = IpAddr::V4((0x0800_0000 + n).into());
            stack.ip.path_mtus.get(NOW, dst).is_some()
        })
        .collect();
    let right: Vec<_> = core::iter::once(0)
        .chain(11..1024)
        .chain(2000..2010)
        .collect();
    assert_eq!(known, right);
}

/// The way that is remembered from the packet before, against the one that is searched for.
#[test]
fn a_remembered_way_is_the_way() {
    let mut remembered = 0;
    for seed in 0..200 {
        let mut rng = Rng::seeded(seed);
        let mut stack = host();
        let mut asked = ask(&mut rng);
        for _ in 0..200 {
            change(&mut stack, &mut rng);
            if rng.below(3) == 0 {
                asked = ask(&mut rng);
            }
            let super::recent::Asked { dst, src, iface } = asked;
            let right = select(&stack.ip, &stack.interfaces, NOW, dst, src, iface);
            let right = right.map(|way| (way.iface, way.next_hop, way.cast, way.mtu));
            remembered += u32::from(stack.ip.recent(&asked).is_some());
            let mut packet = outbound("10.0.0.7", 100, false);
            (packet.dst, packet.src, packet.iface) = (dst, src, iface);
            let found = sent(&mut stack, packet).map(|(_, way)| way);
            let found = found.map(|way| (way.iface, way.next_hop, way.cast, way.mtu));
            assert_eq!(found, right, "seed {seed}: {asked:?}");
        }
    }
    assert!(remembered > 1000, "only {remembered} were remembered");
}

fn ask(rng: &mut Rng) -> super::recent::Asked {
    super::recent::Asked {
        dst: addr(pick(rng, &["10.0.0.7", "10.1.2.3", "10.0.0.1", "8.8.8.8"])),
        src: Some(addr(pick(rng, &["10.0.0.1", "10.1.0.1"]))),
        iface: [None, None, Some(ETH0), Some(ETH1)][rng.below(4) as usize],
    }
}

fn pick<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.below(of.len() as u64) as usize]
}

/// Something that ways depend on becomes another, or nothing does.
fn change(stack: &mut Stack, rng: &mut Rng) {
    let iface = [ETH0, ETH1][rng.below(2) as usize];
    let network = net(pick(rng, &["8.0.0.0/8", "8.8.8.0/24", "10.0.0.0/24"]));
    let route = Route {
        gateway: Some(addr(pick(rng, &["10.0.0.254", "10.1.0.254"]))),
        ..Route::connected(network, iface)
    };
    // What cannot be done is not done.
    let _ = match rng.below(12) {
        0 => stack.add_route(route),
        1 => stack.remove_route(&route),
        2 => stack.set_up(NOW, iface, rng.below(4) > 0),
        3 => stack.add_address(NOW, iface, net("10.0.0.7/24")),
        4 => stack.remove_address(iface, addr("10.0.0.7")),
        5 => stack.set_mtu(iface, 1000 + rng.below(500) as usize),
        _ => Ok(()),
    };
}
