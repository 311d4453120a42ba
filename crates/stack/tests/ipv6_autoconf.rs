//! IPv6 that arranges itself: probing for an address, asking for a neighbour, listening to a router.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::{IpAddr, Ipv6Addr};

use base::{Duration, Frame, Payload};
use common::{World, mac, packets};
use stack::{DropReason, InterfaceConfig, InterfaceId, NeighborState, Notice, Offload, Sysctls};
use wire::ndp::options::PrefixInformation;
use wire::ndp::{Message, NdOption, Preference, RouterAdvertisement, solicited_node};
use wire::{EtherType, MacAddr, Protocol, ipv6};

fn addr(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// A card with one address of IPv6, or none.
fn card(number: u64, address: Option<&str>) -> InterfaceConfig {
    InterfaceConfig {
        name: "eth0".into(),
        medium: stack::Medium::Ethernet(mac(number)),
        mtu: 1500,
        addresses: address
            .map(|net| net.parse().unwrap())
            .into_iter()
            .collect(),
        offload: Offload::default(),
        probe: false,
        announce: false,
        vlan: None,
    }
}

/// A frame of Neighbour Discovery.
fn frame(
    (from, src): (MacAddr, &str),
    (to, dst): (MacAddr, &str),
    message: Message,
    options: &[NdOption<'_>],
    hop_limit: u8,
) -> Vec<u8> {
    let (src, dst) = (addr(src), addr(dst));
    let mut body = vec![0; message.header_len()];
    message.emit(&mut body);
    options.iter().for_each(|option| option.append(&mut body));
    let frame = Frame::new(Payload::from(body.clone()));
    let sum = wire::checksum::transport(&frame, src.into(), dst.into(), Protocol::ICMPV6);
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    let mut header = ipv6::Header::new(src, dst, Protocol::ICMPV6, body.len());
    header.hop_limit = hop_limit;
    let mut bytes = vec![0; 40];
    header.emit(&mut bytes);
    bytes.extend(body);
    packets::ethernet(to, from, EtherType::IPV6, &bytes)
}

/// The messages of Neighbour Discovery among frames: to which MAC address, IP header, message, the
/// bytes of its options. Each is checked as RFC 4861 §7.1 says.
fn seen(frames: &[Vec<u8>]) -> Vec<(MacAddr, ipv6::Header, Message, Vec<u8>)> {
    let mut all = Vec::new();
    for bytes in frames {
        let (link, at) = wire::ethernet::Header::parse(bytes).unwrap();
        if link.ethertype != EtherType::IPV6 {
            continue;
        }
        let (header, len) = ipv6::Header::parse(&bytes[at..], bytes.len() - at).unwrap();
        let body = &bytes[at + len..];
        if header.next_header != Protocol::ICMPV6 {
            continue;
        }
        let Ok((message, len)) = Message::parse(body) else {
            continue;
        };
        assert_eq!(header.hop_limit, 255);
        let frame = Frame::from(body.to_vec());
        let (src, dst) = (header.src.into(), header.dst.into());
        assert_eq!(
            wire::checksum::transport(&frame, src, dst, Protocol::ICMPV6),
            0
        );
        wire::ndp::options::check(&body[len..]).unwrap();
        all.push((link.dst, header, message, body[len..].to_vec()));
    }
    all
}

fn one(address: Option<&str>) -> (World, InterfaceId) {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let iface = world.plug(host, card(1, address));
    (world, iface)
}

fn has(world: &World, address: &str) -> bool {
    let interface = &world.hosts[0].interfaces()[1];
    interface.has_address(IpAddr::V6(addr(address)))
}

#[test]
fn an_address_is_probed_for_before_it_is_used() {
    let (mut world, iface) = one(Some("2001:db8::1/64"));
    world.pass_millis(1000);
    let frames = world.take_from(0);
    let probes = seen(&frames);
    assert_eq!(probes.len(), 1);
    let (to, header, message, options) = &probes[0];
    // RFC 4862 §5.4.2: from nobody, to the group of the address; RFC 7527: with a nonce.
    let target = addr("2001:db8::1");
    assert_eq!(header.src, Ipv6Addr::UNSPECIFIED);
    assert_eq!(header.dst, addr("ff02::1:ff00:1"));
    assert_eq!(*to, MacAddr([0x33, 0x33, 0xff, 0, 0, 1]));
    assert_eq!(*message, Message::NeighborSolicitation { target });
    let option = wire::ndp::options::iter(options).next();
    assert!(matches!(option, Some(NdOption::Nonce(nonce)) if nonce.len() == 6));
    assert!(!has(&world, "2001:db8::1"));
    world.pass_millis(1001);
    assert!(has(&world, "2001:db8::1"));
    let ready = Notice::AddressReady {
        iface,
        addr: target.into(),
    };
    assert_eq!(world.hosts[0].poll_notice(), Some(ready));
}

#[test]
fn an_address_that_somebody_has_is_not_used() {
    let target = addr("2001:db8::1");
    let everybody = MacAddr([0x33, 0x33, 0, 0, 0, 1]);
    let group = solicited_node(target).to_string();
    let advertised = Message::NeighborAdvertisement {
        router: false,
        solicited: false,
        override_: true,
        target,
    };
    let wanted = Message::NeighborSolicitation { target };
    let says = frame(
        (mac(9), "2001:db8::1"),
        (everybody, "ff02::1"),
        advertised,
        &[],
        255,
    );
    let to = MacAddr::multicast_v6(solicited_node(target));
    let wants = frame((mac(9), "::"), (to, &group), wanted, &[], 255);
    for bytes in [says, wants] {
        let (mut world, iface) = one(Some("2001:db8::1/64"));
        world.inject((0, iface), bytes);
        world.pass(Duration::from_secs(10));
        assert!(!has(&world, "2001:db8::1"));
        assert_eq!(world.died(0, DropReason::NdConflict), 1);
        let notice = world.hosts[0].poll_notice();
        assert!(
            matches!(notice, Some(Notice::AddressRefused { .. })),
            "{notice:?}"
        );
    }
}

#[test]
fn our_own_probe_that_comes_back_is_no_rival() {
    let (mut world, iface) = one(Some("2001:db8::1/64"));
    world.pass_millis(1000);
    let mut frames = world.take_from(0).into_iter();
    let mut back = frames
        .find(|frame| !seen(core::slice::from_ref(frame)).is_empty())
        .unwrap();
    // A bridge that loops would keep the source; another card's is what gets past the link.
    back[6..12].copy_from_slice(&mac(9).0);
    world.inject((0, iface), back);
    world.pass_millis(1001);
    assert!(has(&world, "2001:db8::1"));
    assert_eq!(world.died(0, DropReason::NdLoopedBack), 1);
}

#[test]
fn a_neighbor_that_asks_is_answered_and_remembered() {
    let (mut world, iface) = one(Some("2001:db8::1/64"));
    world.pass_millis(2001);
    world.take();
    let target = addr("2001:db8::1");
    let group = solicited_node(target).to_string();
    let asks = |hop_limit| {
        frame(
            (mac(9), "2001:db8::9"),
            (MacAddr([0x33, 0x33, 0xff, 0, 0, 1]), &group),
            Message::NeighborSolicitation { target },
            &[NdOption::SourceLinkLayer(mac(9))],
            hop_limit,
        )
    };
    // RFC 4861 §7.1.1: what a router let through is not believed.
    world.inject((0, iface), asks(254));
    assert_eq!(world.died(0, DropReason::NdHopLimit), 1);
    assert_eq!(world.take_from(0).len(), 0);
    world.inject((0, iface), asks(255));
    let answers = seen(&world.take_from(0));
    let (to, header, message, options) = &answers[0];
    assert_eq!((*to, header.dst), (mac(9), addr("2001:db8::9")));
    let expected = Message::NeighborAdvertisement {
        router: false,
        solicited: true,
        override_: true,
        target,
    };
    assert_eq!(*message, expected);
    let mine = NdOption::TargetLinkLayer(mac(1));
    assert!(wire::ndp::options::iter(options).eq([mine]));
    let known = world.hosts[0].neighbors(world.now);
    assert_eq!(known.len(), 1);
    assert_eq!(
        (known[0].state, known[0].mac),
        (NeighborState::Stale, Some(mac(9)))
    );
}

#[test]
fn a_router_gives_an_address_and_a_way_out() {
    let (mut world, iface) = one(None);
    let now = world.now;
    world.hosts[0].autoconfigure(now, iface).unwrap();
    world.pass(Duration::from_secs(20));
    let asked = seen(&world.take_from(0));
    let questions = asked
        .iter()
        .filter(|(.., message, _)| *message == Message::RouterSolicitation);
    assert!(questions.count() >= 2);
    let said = RouterAdvertisement {
        hop_limit: Some(64),
        preference: Preference::Medium,
        lifetime: Duration::from_secs(1800),
        ..RouterAdvertisement::default()
    };
    let prefix = PrefixInformation {
        prefix: "2001:db8:7::/64".parse().unwrap(),
        on_link: true,
        autonomous: true,
        valid_lifetime: Some(Duration::from_secs(86_400)),
        preferred_lifetime: Some(Duration::from_secs(14_400)),
    };
    let options = [
        NdOption::SourceLinkLayer(mac(9)),
        NdOption::Mtu(1400),
        NdOption::Prefix(prefix),
    ];
    let everybody = (MacAddr([0x33, 0x33, 0, 0, 0, 1]), "ff02::1");
    let message = Message::RouterAdvertisement(said);
    let far = frame((mac(9), "2001:db8::9"), everybody, message, &options, 255);
    world.inject((0, iface), far);
    assert_eq!(world.died(0, DropReason::NdBadAddress), 1);
    let near = frame((mac(9), "fe80::9"), everybody, message, &options, 255);
    world.inject((0, iface), near);
    world.pass(Duration::from_secs(3));
    let interface = &world.hosts[0].interfaces()[1];
    let nets: Vec<_> = interface
        .addresses()
        .iter()
        .map(|net| net.trunc().to_string())
        .collect();
    assert_eq!(nets, ["fe80::/64", "2001:db8:7::/64"]);
    assert_eq!(interface.mtu(), 1400);
    let default = world.hosts[0]
        .route_to("2001:db8:ffff::1".parse().unwrap())
        .unwrap();
    assert_eq!(default.gateway, Some(addr("fe80::9").into()));
    // It is over when the router says so.
    let over = RouterAdvertisement {
        lifetime: Duration::ZERO,
        ..said
    };
    let message = Message::RouterAdvertisement(over);
    let last = frame((mac(9), "fe80::9"), everybody, message, &[], 255);
    world.inject((0, iface), last);
    assert_eq!(
        world.hosts[0].route_to("2001:db8:ffff::1".parse().unwrap()),
        None
    );
}

/// The tentative address of the link.
fn wanted(world: &World) -> Option<Ipv6Addr> {
    let tentative = world.hosts[0].interfaces()[1].tentative_addresses();
    tentative.iter().find_map(|net| match net.addr() {
        IpAddr::V6(addr) => Some(addr),
        IpAddr::V4(_) => None,
    })
}

#[test]
fn a_stable_address_that_somebody_has_gives_way_to_another() {
    let (mut world, iface) = one(None);
    let now = world.now;
    world.hosts[0].autoconfigure(now, iface).unwrap();
    let everybody = (MacAddr([0x33, 0x33, 0, 0, 0, 1]), "ff02::1");
    let mut tried = Vec::new();
    // RFC 7217 §7: IDGEN_RETRIES is 3.
    for _ in 0..4 {
        let target = wanted(&world).unwrap();
        assert!(!tried.contains(&target));
        tried.push(target);
        let mine = Message::NeighborAdvertisement {
            router: false,
            solicited: false,
            override_: true,
            target,
        };
        let says = frame((mac(9), &target.to_string()), everybody, mine, &[], 255);
        world.inject((0, iface), says);
    }
    // The last of them is refused for good.
    assert_eq!(wanted(&world), tried.last().copied());
    world.pass(Duration::from_secs(10));
    assert!(world.hosts[0].interfaces()[1].addresses().is_empty());
    assert_eq!(world.died(0, DropReason::NdConflict), 4);
}

#[test]
fn what_routers_said_ends_with_the_link_and_begins_anew() {
    let (mut world, iface) = one(Some("2001:db8::1/64"));
    let now = world.now;
    world.hosts[0].autoconfigure(now, iface).unwrap();
    world.pass(Duration::from_secs(3));
    let said = Message::RouterAdvertisement(RouterAdvertisement {
        lifetime: Duration::from_secs(1800),
        ..RouterAdvertisement::default()
    });
    let prefix = PrefixInformation {
        prefix: "2001:db8:7::/64".parse().unwrap(),
        on_link: true,
        autonomous: true,
        valid_lifetime: None,
        preferred_lifetime: None,
    };
    let everybody = (MacAddr([0x33, 0x33, 0, 0, 0, 1]), "ff02::1");
    let options = [NdOption::Mtu(1400), NdOption::Prefix(prefix)];
    let says = frame((mac(9), "fe80::9"), everybody, said, &options, 255);
    world.inject((0, iface), says);
    world.pass(Duration::from_secs(3));
    let before = world.hosts[0].interfaces()[1].addresses().to_vec();
    assert_eq!(before.len(), 3);
    assert_eq!(world.hosts[0].interfaces()[1].mtu(), 1400);

    let now = world.now;
    world.hosts[0].set_up(now, iface, false).unwrap();
    world.pass(Duration::from_secs(3));
    assert!(
        world.hosts[0]
            .routes()
            .iter()
            .all(|route| route.gateway.is_none())
    );
    assert_eq!(world.hosts[0].interfaces()[1].mtu(), 1500);
    assert_eq!(world.hosts[0].next_deadline(), None);
    world.take();

    let now = world.now;
    world.hosts[0].set_up(now, iface, true).unwrap();
    world.pass(Duration::from_secs(3));
    // The configured address and that of the link, and a question for routers.
    let nets = world.hosts[0].interfaces()[1].addresses().len();
    assert_eq!(nets, 2);
    let asked = seen(&world.take_from(0));
    assert!(
        asked
            .iter()
            .any(|(.., message, _)| *message == Message::RouterSolicitation)
    );
    // Stable: the same addresses come of the same prefixes.
    let says = frame((mac(9), "fe80::9"), everybody, said, &options, 255);
    world.inject((0, iface), says);
    world.pass(Duration::from_secs(3));
    let mut after = world.hosts[0].interfaces()[1].addresses().to_vec();
    let mut before = before;
    before.sort();
    after.sort();
    assert_eq!(after, before);
}
