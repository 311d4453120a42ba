//! Routers that show a better way, and hosts that take it: RFC 792 and RFC 1122 §3.2.2.2, RFC 4861 §8.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::{IpAddr, Ipv6Addr};

use base::Duration;
use common::{Host, World, card, mac, packets, v6};
use stack::{DropReason, Family, InterfaceId, Kind, Route, SocketId, Sysctls};
use wire::icmpv4::Message;
use wire::ndp::{self, NdOption};
use wire::{EtherType, IpNet, MacAddr, Protocol};

/// A LAN with a host, two routers, and behind the second another LAN with a host. The host's way leads
/// through the first router, which sends what is for the far host on to the second.
struct Detour {
    world: World,
    host: (Host, InterfaceId),
    first: (Host, InterfaceId),
    second: (Host, InterfaceId),
    far: (Host, InterfaceId),
    socket: SocketId,
    to: &'static str,
}

fn add(world: &mut World, (host, iface): (Host, InterfaceId), net: &str) {
    let now = world.now;
    let net: IpNet = net.parse().unwrap();
    world.hosts[host].add_address(now, iface, net).unwrap();
}

fn route(world: &mut World, (host, iface): (Host, InterfaceId), network: &str, gateway: &str) {
    let route = Route {
        network: network.parse().unwrap(),
        gateway: Some(gateway.parse().unwrap()),
        iface,
        source: None,
        metric: 0,
    };
    world.hosts[host].add_route(route).unwrap();
}

fn detour(v6: bool) -> Detour {
    let mut world = World::new();
    let forwards = || {
        let mut sysctls = Sysctls::default();
        sysctls.set("net.ipv4.ip_forward", "1").unwrap();
        sysctls.set("net.ipv6.conf.all.forwarding", "1").unwrap();
        sysctls
    };
    let host = world.simple(10, "172.16.10.10/24");
    let (first, second) = (world.host(forwards()), world.host(forwards()));
    let first = (first, world.plug(first, card("eth0", 1, "172.16.10.1/24")));
    let near = (
        second,
        world.plug(second, card("eth0", 2, "172.16.10.2/24")),
    );
    let behind = (second, world.plug(second, card("eth1", 3, "10.0.0.1/24")));
    let far = world.simple(9, "10.0.0.9/24");
    for (of, number, net) in [
        (host, 10, "2001:db8::10/64"),
        (first, 1, "2001:db8::1/64"),
        (near, 2, "2001:db8::2/64"),
        (behind, 3, "2001:db8:1::1/64"),
        (far, 9, "2001:db8:1::9/64"),
    ] {
        add(&mut world, of, net);
        add(&mut world, of, &format!("fe80::{number}/64"));
    }
    world.lan(&[host, first, near]);
    world.lan(&[behind, far]);
    world.pass_millis(5000);
    route(&mut world, host, "0.0.0.0/0", "172.16.10.1");
    route(&mut world, host, "::/0", "fe80::1");
    for (of, gateway) in [(host, "172.16.10.1"), (host, "fe80::1")] {
        let (now, gateway) = (world.now, gateway.parse().unwrap());
        world.hosts[of.0]
            .add_neighbor(now, of.1, gateway, mac(1))
            .unwrap();
    }
    route(&mut world, first, "10.0.0.0/24", "172.16.10.2");
    route(&mut world, first, "2001:db8:1::/64", "fe80::2");
    route(&mut world, far, "0.0.0.0/0", "10.0.0.1");
    route(&mut world, far, "::/0", "fe80::3");
    let (family, to, name) = if v6 {
        (Family::Inet6, "[2001:db8:1::9]:9", "[::]:9")
    } else {
        (Family::Inet, "10.0.0.9:9", "0.0.0.0:9")
    };
    let there = world.hosts[far.0].socket(family, Kind::Datagram).unwrap();
    world.bind(far.0, there, name).unwrap();
    let socket = world.hosts[host.0].socket(family, Kind::Datagram).unwrap();
    world.take();
    Detour {
        world,
        host,
        first,
        second: near,
        far,
        socket,
        to,
    }
}

impl Detour {
    /// Sends a datagram; to which MAC address the host sent it.
    fn send(&mut self) -> MacAddr {
        let Self {
            world, host, to, ..
        } = self;
        world.take();
        world.send_to(host.0, self.socket, b"hello", to).unwrap();
        world.settle();
        let sent = world.sent.iter().filter(|sent| sent.host == self.host.0);
        let data = sent.filter(|sent| sent.bytes.ends_with(b"hello"));
        let all: Vec<_> = data.map(|sent| MacAddr::from_bytes(&sent.bytes)).collect();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0]
    }

    fn arrived(&self) -> u64 {
        let sent = self.world.sent.iter();
        sent.filter(|sent| sent.host == self.second.0 && sent.bytes.ends_with(b"hello"))
            .count() as u64
    }
}

/// The first six bytes of a frame.
trait FirstBytes {
    fn from_bytes(bytes: &[u8]) -> Self;
}

impl FirstBytes for MacAddr {
    fn from_bytes(bytes: &[u8]) -> Self {
        MacAddr(bytes[..6].try_into().unwrap())
    }
}

#[test]
fn the_second_packet_goes_straight_to_the_better_router() {
    for v6 in [false, true] {
        let mut detour = detour(v6);
        assert_eq!(detour.send(), mac(1), "v6: {v6}");
        assert_eq!(detour.arrived(), 1);
        assert_eq!(detour.send(), mac(2), "v6: {v6}");
        assert_eq!(detour.arrived(), 1);
        // Only for that destination, and not for ever: `net.ipv{4,6}.route.gc_timeout`.
        let over = if v6 { 61 } else { 301 };
        detour.world.pass(Duration::from_secs(over));
        assert_eq!(detour.send(), mac(1), "v6: {v6}");
        let died = detour.world.hosts[detour.host.0].drops();
        assert_eq!(died.get(DropReason::RedirectNotFromGateway), 0);
    }
}

#[test]
fn what_a_redirect_of_ipv4_looks_like() {
    let mut detour = detour(false);
    detour.send();
    let frames = detour.world.take_from(detour.first.0);
    let sent = packets::ips(&frames);
    let redirect = sent.iter().find(|(_, h, _)| h.protocol == Protocol::ICMP);
    let (link, header, payload) = redirect.unwrap();
    assert_eq!(link.dst, mac(10));
    assert_eq!(header.src, common::ip("172.16.10.1"));
    assert_eq!(header.dst, common::ip("172.16.10.10"));
    let (message, quoted) = packets::message(payload);
    // RFC 792: type 5, code 1; RFC 1812 §5.2.7.2: of a host, never of a network.
    assert_eq!(payload[..2], [5, 1]);
    let gateway = common::ip("172.16.10.2");
    assert_eq!(message, Message::Redirect { scope: 1, gateway });
    assert_eq!(quoted[12..16], [172, 16, 10, 10]);
    assert_eq!(quoted[16..20], [10, 0, 0, 9]);
}

#[test]
fn what_a_redirect_of_ipv6_looks_like() {
    let mut detour = detour(true);
    let (now, first, second) = (detour.world.now, detour.first, "fe80::2".parse().unwrap());
    detour.world.hosts[first.0]
        .add_neighbor(now, first.1, second, mac(2))
        .unwrap();
    detour.send();
    let frames = detour.world.take_from(detour.first.0);
    let all = v6::packets(&frames);
    let redirect = all.iter().find(|(_, body)| body[0] == 137);
    let (header, body) = redirect.unwrap();
    // RFC 4861 §4.5, §8.1.
    assert_eq!(header.hop_limit, 255);
    assert_eq!(header.src, "fe80::1".parse::<Ipv6Addr>().unwrap());
    assert_eq!(header.dst, "2001:db8::10".parse::<Ipv6Addr>().unwrap());
    assert_eq!(body[1], 0);
    let target: Ipv6Addr = "fe80::2".parse().unwrap();
    let destination: Ipv6Addr = "2001:db8:1::9".parse().unwrap();
    assert_eq!(body[8..24], target.octets());
    assert_eq!(body[24..40], destination.octets());
    let options: Vec<_> = ndp::options::iter(&body[40..]).collect();
    assert_eq!(options[0], NdOption::TargetLinkLayer(mac(2)));
    let NdOption::RedirectedHeader(quoted) = options[1] else {
        panic!("{options:?}")
    };
    assert_eq!(quoted[0] >> 4, 6);
    assert!(body.len() <= 1240);
}

#[test]
fn a_host_on_the_link_is_shown_itself() {
    let mut detour = detour(true);
    // The host believes 2001:db8:2::/64 to be behind the router; the router knows it to be here.
    let Detour {
        world,
        first,
        second,
        ..
    } = &mut detour;
    let network = "2001:db8:2::/64".parse().unwrap();
    let direct = Route {
        network,
        gateway: None,
        iface: first.1,
        source: None,
        metric: 0,
    };
    world.hosts[first.0].add_route(direct).unwrap();
    add(world, *second, "2001:db8:2::2/64");
    world.pass_millis(3000);
    detour.to = "[2001:db8:2::2]:9";
    assert_eq!(detour.send(), mac(1));
    assert_eq!(detour.send(), mac(2));
}

#[test]
fn redirects_are_limited_and_can_be_switched_off() {
    for (name, value) in [
        ("net.ipv4.conf.eth0.accept_redirects", "0"),
        ("net.ipv6.conf.eth0.accept_redirects", "0"),
    ] {
        let mut detour = detour(name.contains("ipv6"));
        let host = &mut detour.world.hosts[detour.host.0];
        host.set_sysctl("net.ipv4.conf.all.accept_redirects", "0")
            .unwrap();
        host.set_sysctl(name, value).unwrap();
        for _ in 0..20 {
            assert_eq!(detour.send(), mac(1));
        }
        // A burst of six, then one a second.
        let refused = detour
            .world
            .died(detour.host.0, DropReason::RedirectNotWanted);
        assert_eq!(refused, 6);
        let limited = detour
            .world
            .died(detour.first.0, DropReason::IcmpRateLimited);
        assert_eq!(limited, 14);
    }
    let mut detour = detour(false);
    let router = &mut detour.world.hosts[detour.first.0];
    for whose in ["all", "eth0"] {
        let name = format!("net.ipv4.conf.{whose}.send_redirects");
        router.set_sysctl(&name, "0").unwrap();
    }
    assert_eq!(detour.send(), mac(1));
    assert_eq!(detour.send(), mac(1));
    assert_eq!(detour.arrived(), 1);
}

/// A redirect of IPv4 to the host about a datagram that it sent.
fn redirect_v4(detour: &mut Detour, from: &str, gateway: &str, port: u16) {
    let local = detour.world.local(detour.host.0, detour.socket).port();
    let src = if port == 0 { local } else { port };
    let inner = packets::header(
        common::ip("172.16.10.10"),
        common::ip("10.0.0.9"),
        Protocol::UDP,
    );
    let quoted = packets::ipv4(&inner, &packets::udp(src, 9, b"hello"));
    let gateway = common::ip(gateway);
    let message = packets::icmp(Message::Redirect { scope: 1, gateway }, &quoted);
    let outer = packets::header(common::ip(from), common::ip("172.16.10.10"), Protocol::ICMP);
    let frame = packets::ip_frame(mac(10), mac(1), &outer, &message);
    let host = detour.host;
    detour.world.inject(host, frame);
}

#[test]
fn redirects_of_ipv4_that_are_not_believed() {
    for (from, gateway, port, reason) in [
        // Not from the gateway that the packet was sent to.
        (
            "172.16.10.2",
            "172.16.10.9",
            0,
            DropReason::RedirectNotFromGateway,
        ),
        // About nothing that was sent.
        ("172.16.10.1", "172.16.10.2", 1, DropReason::IcmpForNobody),
        // To nobody, to all, to a group, to ourselves, to himself.
        ("172.16.10.1", "0.0.0.0", 0, DropReason::RedirectBadTarget),
        (
            "172.16.10.1",
            "255.255.255.255",
            0,
            DropReason::RedirectBadTarget,
        ),
        ("172.16.10.1", "224.0.0.1", 0, DropReason::RedirectBadTarget),
        ("172.16.10.1", "127.0.0.1", 0, DropReason::RedirectBadTarget),
        (
            "172.16.10.1",
            "172.16.10.10",
            0,
            DropReason::RedirectBadTarget,
        ),
        (
            "172.16.10.1",
            "172.16.10.1",
            0,
            DropReason::RedirectBadTarget,
        ),
        // `shared_media` is off, below: of another network; and `secure_redirects`: no default gateway.
        (
            "172.16.10.1",
            "192.168.1.1",
            0,
            DropReason::RedirectBadTarget,
        ),
        (
            "172.16.10.1",
            "172.16.10.2",
            0,
            DropReason::RedirectBadTarget,
        ),
    ] {
        let mut detour = detour(false);
        detour.world.lose = |sent| sent.host == 1;
        detour.send();
        detour.world.lose = |_| false;
        let host = &mut detour.world.hosts[detour.host.0];
        for whose in ["all", "eth0"] {
            let name = format!("net.ipv4.conf.{whose}.shared_media");
            host.set_sysctl(&name, "0").unwrap();
        }
        redirect_v4(&mut detour, from, gateway, port);
        assert_eq!(detour.world.died(0, reason), 1, "{from} {gateway} {port}");
        detour.world.lose = |sent| sent.host == 1;
        assert_eq!(detour.send(), mac(1));
    }
}

#[test]
fn redirects_of_networks_are_of_the_host_alone() {
    let mut detour = detour(false);
    detour.world.lose = |sent| sent.host == 1;
    detour.send();
    let quoted = |detour: &Detour| {
        let inner = packets::header(
            common::ip("172.16.10.10"),
            common::ip("10.0.0.9"),
            Protocol::UDP,
        );
        let port = detour.world.local(detour.host.0, detour.socket).port();
        packets::ipv4(&inner, &packets::udp(port, 9, b"hello"))
    };
    let gateway = common::ip("172.16.10.2");
    // RFC 792: of a network, and of a type of service.
    for scope in 0..4 {
        let message = packets::icmp(Message::Redirect { scope, gateway }, &quoted(&detour));
        let outer = packets::header(
            common::ip("172.16.10.1"),
            common::ip("172.16.10.10"),
            Protocol::ICMP,
        );
        let frame = packets::ip_frame(mac(10), mac(1), &outer, &message);
        let host = detour.host;
        detour.world.inject(host, frame);
        assert_eq!(detour.world.hosts[0].redirects(), 1, "scope {scope}");
    }
    // Those that follow come from who is no longer asked to pass anything on.
    let reason = DropReason::RedirectNotFromGateway;
    assert_eq!(detour.world.died(0, reason), 3);
    assert_eq!(detour.send(), mac(2));
    detour.to = "10.0.0.8:9";
    assert_eq!(detour.send(), mac(1));
}

#[test]
fn what_the_settings_of_redirects_let_pass() {
    // A gateway of another network, where media are shared; one that is no default gateway, where
    // security is off.
    for (names, gateway) in [
        (&[][..], "192.168.1.1"),
        (&["shared_media", "secure_redirects"][..], "172.16.10.2"),
    ] {
        let mut detour = detour(false);
        detour.world.lose = |sent| sent.host == 1;
        detour.send();
        let host = &mut detour.world.hosts[detour.host.0];
        for (whose, what) in names.iter().flat_map(|n| [("all", n), ("eth0", n)]) {
            let name = format!("net.ipv4.conf.{whose}.{what}");
            host.set_sysctl(&name, "0").unwrap();
        }
        let known: IpAddr = gateway.parse().unwrap();
        let (now, iface) = (detour.world.now, detour.host.1);
        let host = &mut detour.world.hosts[detour.host.0];
        host.add_neighbor(now, iface, known, mac(77)).unwrap();
        redirect_v4(&mut detour, "172.16.10.1", gateway, 0);
        assert_eq!(detour.send(), mac(77));
    }
}

/// A redirect of IPv6 to the host.
fn redirect_v6(detour: &mut Detour, from: &str, target: &str, hop_limit: u8, code: u8) {
    let parse = |text: &str| text.parse::<Ipv6Addr>().unwrap();
    let (src, dst) = (parse(from), parse("2001:db8::10"));
    let message = ndp::Message::Redirect {
        target: parse(target),
        destination: parse("2001:db8:1::9"),
    };
    let mut body = vec![0; 40];
    message.emit(&mut body);
    body[1] = code;
    NdOption::TargetLinkLayer(mac(2)).append(&mut body);
    v6::sum(src, dst, Protocol::ICMPV6, &mut body, 2);
    let mut packet = v6::packet(src, dst, 58, &body);
    packet[7] = hop_limit;
    let frame = packets::ethernet(mac(10), mac(1), EtherType::IPV6, &packet);
    let host = detour.host;
    detour.world.inject(host, frame);
}

#[test]
fn redirects_of_ipv6_that_are_not_believed() {
    use DropReason as D;
    for (from, target, hops, code, reason) in [
        ("fe80::1", "fe80::2", 254, 0, D::NdHopLimit),
        ("2001:db8::1", "fe80::2", 255, 0, D::NdBadAddress),
        ("fe80::2", "fe80::7", 255, 0, D::RedirectNotFromGateway),
        ("fe80::1", "2001:db8::2", 255, 0, D::RedirectBadTarget),
        ("fe80::1", "fe80::1", 255, 0, D::RedirectBadTarget),
        ("fe80::1", "fe80::10", 255, 0, D::RedirectBadTarget),
        ("fe80::1", "ff02::1", 255, 0, D::BadField(wire::Layer::Ndp)),
        ("fe80::1", "fe80::2", 255, 1, D::BadField(wire::Layer::Ndp)),
    ] {
        let mut detour = detour(true);
        redirect_v6(&mut detour, from, target, hops, code);
        assert_eq!(
            detour.world.died(0, reason),
            1,
            "{from} {target} {hops} {code}"
        );
        detour.world.lose = |sent| sent.host == 1;
        assert_eq!(detour.send(), mac(1));
    }
    // The same, as it should be; its target's MAC address is learned with it.
    let mut detour = detour(true);
    redirect_v6(&mut detour, "fe80::1", "fe80::2", 255, 0);
    assert_eq!(detour.send(), mac(2));
    let asked = detour.world.take_from(detour.host.0);
    assert_eq!(asked.len(), 1, "nobody is asked for it");
}

#[test]
fn who_was_shown_and_does_not_answer_is_given_up() {
    let mut detour = detour(true);
    let host = &mut detour.world.hosts[detour.host.0];
    host.set_sysctl("net.ipv6.route.gc_timeout", "3600")
        .unwrap();
    detour.send();
    assert_eq!(detour.send(), mac(2));
    // The second router goes; the host asks it, gives it up, and takes the old way again.
    let (now, second) = (detour.world.now, detour.second);
    detour.world.hosts[second.0]
        .set_up(now, second.1, false)
        .unwrap();
    // An answer counts for 45 seconds at most, then it is doubted for 5, and asked three times.
    detour.world.pass(Duration::from_secs(46));
    assert_eq!(detour.send(), mac(2));
    detour.world.pass(Duration::from_secs(9));
    assert_eq!(detour.send(), mac(1));
}

#[test]
fn redirects_are_bounded() {
    let mut detour = detour(true);
    for n in 0..3000_u32 {
        let parse = |text: &str| text.parse::<Ipv6Addr>().unwrap();
        let (src, dst) = (parse("fe80::1"), parse("2001:db8::10"));
        let destination = Ipv6Addr::from_bits(parse("2001:db8:5::").to_bits() | u128::from(n));
        let target = parse("fe80::2");
        let message = ndp::Message::Redirect {
            target,
            destination,
        };
        let mut body = vec![0; 40];
        message.emit(&mut body);
        v6::sum(src, dst, Protocol::ICMPV6, &mut body, 2);
        let mut packet = v6::packet(src, dst, 58, &body);
        packet[7] = 255;
        let frame = packets::ethernet(mac(10), mac(1), EtherType::IPV6, &packet);
        let host = detour.host;
        detour.world.inject(host, frame);
    }
    assert_eq!(detour.world.hosts[0].redirects(), 1024);
    let _ = detour.far;
}
