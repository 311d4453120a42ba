//! A stack as the router of a link, and others as its hosts: RFC 4861 §6.2, RFC 4862 §5.5, RFC 8981.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::{IpAddr, Ipv6Addr};

use base::{Duration, Instant};
use common::{Host, World, card, mac, packets, v6};
use stack::{AdvertisedRoute, ConfigError, InterfaceId, RouterConfig, Sysctls};
use wire::ndp::options::PrefixInformation;
use wire::ndp::{self, Message, NdOption, Preference, RouterAdvertisement};
use wire::{EtherType, Ipv6Net, MacAddr, Protocol};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn net(text: &str) -> Ipv6Net {
    text.parse().unwrap()
}

/// A router with one card, which forwards, and a host that arranges itself.
fn link() -> (World, (Host, InterfaceId), (Host, InterfaceId)) {
    let mut world = World::new();
    let mut sysctls = Sysctls::default();
    sysctls.set("net.ipv6.conf.all.forwarding", "1").unwrap();
    let router = world.host(sysctls);
    let router = (router, world.plug(router, card("eth0", 1, "10.0.0.1/24")));
    let host = world.simple(2, "10.0.0.2/24");
    world.lan(&[router, host]);
    (world, router, host)
}

fn config() -> RouterConfig {
    RouterConfig {
        max_interval: seconds(100),
        min_interval: seconds(30),
        router: RouterAdvertisement {
            hop_limit: Some(17),
            preference: Preference::High,
            lifetime: seconds(300),
            reachable_time: Some(seconds(20)),
            retrans_timer: Some(Duration::from_millis(500)),
            ..RouterAdvertisement::default()
        },
        mtu: Some(1400),
        routes: vec![AdvertisedRoute {
            network: net("2001:db8:7::/48"),
            preference: Preference::Low,
            lifetime: Some(seconds(600)),
        }],
        servers: vec!["2001:db8::53".parse().unwrap()],
        domains: vec!["example.org".into(), "example.net.".into()],
        ..RouterConfig::default()
    }
    .prefix(net("2001:db8:1::/64"))
}

fn advertise(world: &mut World, of: (Host, InterfaceId), config: RouterConfig) {
    let now = world.now;
    world.hosts[of.0].advertise(now, of.1, config).unwrap();
}

fn autoconfigure(world: &mut World, of: (Host, InterfaceId)) {
    let now = world.now;
    world.hosts[of.0].autoconfigure(now, of.1).unwrap();
}

/// The advertisements of a host: when, and what its options are.
fn advertised(world: &mut World, host: Host) -> Vec<(Instant, RouterAdvertisement, Vec<u8>)> {
    let mut all = Vec::new();
    for sent in world.take() {
        let frames = [sent.bytes];
        for (header, body) in v6::packets(&frames) {
            if sent.host != host || header.next_header != Protocol::ICMPV6 {
                continue;
            }
            if let Ok((Message::RouterAdvertisement(said), len)) = Message::parse(&body) {
                // RFC 4861 §4.2.
                assert!(header.src.is_unicast_link_local());
                assert_eq!(header.dst.to_string(), "ff02::1");
                assert_eq!(header.hop_limit, 255);
                all.push((sent.at, said, body[len..].to_vec()));
            }
        }
    }
    all
}

fn addresses(world: &World, host: Host) -> Vec<Ipv6Addr> {
    let interface = &world.hosts[host].interfaces()[1];
    let nets = interface.addresses().iter();
    nets.filter_map(|net| match net.addr() {
        IpAddr::V6(addr) if !addr.is_unicast_link_local() => Some(addr),
        _ => None,
    })
    .collect()
}

#[test]
fn a_host_arranges_itself_by_our_router() {
    let (mut world, router, host) = link();
    advertise(&mut world, router, config());
    autoconfigure(&mut world, host);
    world.pass(seconds(10));
    let stack = &world.hosts[host.0];
    let own = addresses(&world, host.0);
    assert_eq!(own.len(), 1);
    assert!(net("2001:db8:1::/64").contains(&own[0]));
    let interface = &stack.interfaces()[1];
    assert_eq!(interface.mtu(), 1400);
    assert_eq!(stack.sysctl("net.ipv6.conf.eth0.hop_limit").unwrap(), "17");
    let learned = stack.learned(host.1).unwrap();
    assert_eq!(
        learned.servers,
        ["2001:db8::53".parse::<Ipv6Addr>().unwrap()]
    );
    assert_eq!(learned.routers.len(), 1);
    let via = learned.routers[0].addr;
    for (to, metric) in [("2001:db8:ffff::1", 1023), ("2001:db8:7::1", 1025)] {
        let route = stack.route_to(to.parse().unwrap()).unwrap();
        assert_eq!(route.gateway, Some(via.into()), "{to}");
        assert_eq!(route.metric, metric, "{to}");
    }
    // Gone, and said so: RFC 4861 §6.2.5, three times, with RFC 8106's and RFC 4191's lifetimes too.
    world.take();
    let now = world.now;
    world.hosts[router.0]
        .cease_advertising(now, router.1)
        .unwrap();
    world.pass(seconds(100));
    let last = advertised(&mut world, router.0);
    assert_eq!(last.len(), 3);
    assert!(
        last.iter()
            .all(|(_, said, _)| said.lifetime == Duration::ZERO)
    );
    let stack = &world.hosts[host.0];
    assert!(stack.learned(host.1).unwrap().servers.is_empty());
    assert!(stack.routes().iter().all(|route| route.gateway.is_none()));
    // What it has is its own as long as it was told.
    assert_eq!(addresses(&world, host.0), own);
    assert_eq!(world.hosts[router.0].advertised(router.1), None);
}

#[test]
fn how_often_a_router_speaks() {
    for seed in 0..20 {
        let (mut world, router, _) = link();
        let mut sysctls = Sysctls::default();
        sysctls.set("net.ipv6.conf.all.forwarding", "1").unwrap();
        world.hosts[router.0] = stack::Stack::new(sysctls, base::Rng::seeded(seed));
        world.plug(router.0, card("eth0", 1, "10.0.0.1/24"));
        advertise(&mut world, router, config());
        world.pass(seconds(2000));
        let said = advertised(&mut world, router.0);
        let waits: Vec<_> = said
            .windows(2)
            .map(|two| two[1].0.since(two[0].0))
            .collect();
        // RFC 4861 §6.2.4: the first three within 16 seconds of each other.
        assert!(
            waits[..2].iter().all(|wait| *wait <= seconds(16)),
            "seed {seed}: {waits:?}"
        );
        let usual = seconds(30)..=seconds(100);
        assert!(
            waits[2..].iter().all(|wait| usual.contains(wait)),
            "seed {seed}: {waits:?}"
        );
        assert!(
            waits[2..].iter().any(|wait| *wait != waits[2]),
            "seed {seed}"
        );
        for (_, said, options) in said {
            assert_eq!(said.lifetime, seconds(300));
            let options: Vec<_> = ndp::options::iter(&options).collect();
            assert_eq!(options[0], NdOption::SourceLinkLayer(mac(1)));
            let domains = b"\x07example\x03org\0\x07example\x03net\0";
            let named = options.iter().any(|option| {
                matches!(option, NdOption::Dnssl { domains: it, .. } if it.starts_with(domains))
            });
            assert!(named, "{options:?}");
        }
    }
}

/// A question for routers from host 9, or from nobody.
fn solicitation(src: &str, option: bool) -> Vec<u8> {
    let (src, dst): (Ipv6Addr, Ipv6Addr) = (src.parse().unwrap(), "ff02::2".parse().unwrap());
    let mut body = vec![0; 8];
    Message::RouterSolicitation.emit(&mut body);
    if option {
        NdOption::SourceLinkLayer(mac(9)).append(&mut body);
    }
    v6::sum(src, dst, Protocol::ICMPV6, &mut body, 2);
    let mut packet = v6::packet(src, dst, 58, &body);
    packet[7] = 255;
    packets::ethernet(MacAddr::multicast_v6(dst), mac(9), EtherType::IPV6, &packet)
}

#[test]
fn who_asks_is_answered_soon_and_not_too_often() {
    let (mut world, router, _) = link();
    advertise(&mut world, router, config());
    world.pass(seconds(60));
    world.take();
    let asked = world.now;
    // RFC 4861 §6.2.6: within half a second, and three seconds after the last.
    for _ in 0..100 {
        world.inject(router, solicitation("fe80::9", true));
        world.pass_millis(100);
    }
    let said = advertised(&mut world, router.0);
    assert!(said[0].0.since(asked) <= Duration::from_millis(500));
    assert!((3..=4).contains(&said.len()), "{}", said.len());
    assert!(
        said.windows(2)
            .all(|two| two[1].0.since(two[0].0) >= seconds(3))
    );
    let known = world.hosts[router.0].neighbors(world.now);
    assert!(
        known
            .iter()
            .any(|it| it.addr.to_string() == "fe80::9" && it.mac == Some(mac(9)))
    );
    // From nobody as well, but not with his address (§6.1.1).
    world.pass(seconds(120));
    world.take();
    world.inject(router, solicitation("::", true));
    let bad = stack::DropReason::NdBadAddress;
    assert_eq!(world.died(router.0, bad), 1);
    world.inject(router, solicitation("::", false));
    world.pass(seconds(4));
    assert!(!advertised(&mut world, router.0).is_empty());
}

#[test]
fn who_is_no_router_does_not_answer() {
    let (mut world, _, host) = link();
    autoconfigure(&mut world, host);
    world.pass(seconds(5));
    // Not even heard: a host is not in the routers' group.
    world.inject(host, solicitation("fe80::9", true));
    assert_eq!(world.died(host.0, stack::DropReason::NotInGroup), 1);
}

#[test]
fn a_router_that_does_not_forward_is_no_default_router() {
    let (mut world, router, host) = link();
    autoconfigure(&mut world, host);
    world.hosts[router.0]
        .set_sysctl("net.ipv6.conf.eth0.forwarding", "0")
        .unwrap();
    advertise(&mut world, router, config());
    world.pass(seconds(30));
    let stack = &world.hosts[host.0];
    assert_eq!(stack.route_to("2001:db8:ffff::1".parse().unwrap()), None);
    // But the link has its prefix.
    assert_eq!(addresses(&world, host.0).len(), 1);
}

#[test]
fn an_interface_that_comes_up_again_is_introduced_anew() {
    let (mut world, router, _) = link();
    advertise(&mut world, router, config());
    world.pass(seconds(200));
    let now = world.now;
    world.hosts[router.0].set_up(now, router.1, false).unwrap();
    world.take();
    world.pass(seconds(300));
    assert!(advertised(&mut world, router.0).is_empty());
    let now = world.now;
    world.hosts[router.0].set_up(now, router.1, true).unwrap();
    world.pass(seconds(40));
    assert!(advertised(&mut world, router.0).len() >= 3);
}

#[test]
fn advertisements_that_make_no_sense_are_refused() {
    let (mut world, router, _) = link();
    let prefix = |valid, preferred| PrefixInformation {
        prefix: net("2001:db8:1::/64"),
        on_link: true,
        autonomous: true,
        valid_lifetime: Some(seconds(valid)),
        preferred_lifetime: Some(seconds(preferred)),
    };
    let base = config;
    let with = |change: &dyn Fn(&mut RouterConfig)| {
        let mut config = base();
        change(&mut config);
        config
    };
    let bad = [
        with(&|c| c.max_interval = seconds(3)),
        with(&|c| c.max_interval = seconds(1801)),
        with(&|c| c.min_interval = seconds(2)),
        with(&|c| c.min_interval = seconds(76)),
        with(&|c| c.router.lifetime = seconds(99)),
        with(&|c| c.router.lifetime = seconds(9001)),
        with(&|c| c.mtu = Some(1279)),
        with(&|c| c.mtu = Some(1501)),
        with(&|c| c.prefixes = vec![prefix(10, 11)]),
        base().prefix(net("fe80::/64")),
        base().prefix(net("ff02::/64")),
        with(&|c| c.prefixes = vec![prefix(10, 10); 17]),
        with(&|c| c.domains = vec!["a..b".into()]),
        with(&|c| c.domains = vec!["x".repeat(64)]),
    ];
    let now = world.now;
    for config in bad {
        let refused = world.hosts[router.0].advertise(now, router.1, config.clone());
        assert!(
            matches!(refused, Err(ConfigError::BadAdvertisement(_))),
            "{config:?}"
        );
    }
    let lo = InterfaceId::LOOPBACK;
    let refused = world.hosts[router.0].advertise(now, lo, config());
    assert_eq!(refused, Err(ConfigError::NoMac));
}

/// A prefix with these lifetimes, and nothing else.
fn lasting(valid: u64, preferred: u64) -> RouterConfig {
    RouterConfig {
        prefixes: vec![PrefixInformation {
            prefix: net("2001:db8:1::/64"),
            on_link: true,
            autonomous: true,
            valid_lifetime: Some(seconds(valid)),
            preferred_lifetime: Some(seconds(preferred)),
        }],
        ..config()
    }
}

#[test]
fn an_address_that_is_no_longer_preferred_is_used_for_nothing_new() {
    let (mut world, router, host) = link();
    autoconfigure(&mut world, host);
    advertise(&mut world, router, lasting(86_400, 3600));
    world.pass(seconds(10));
    let old = addresses(&world, host.0)[0];
    // The network is given another number: RFC 4862 §5.5.4, RFC 6724 §5, rule 3.
    let mut both = lasting(86_400, 0);
    both = both.prefix(net("2001:db8:2::/64"));
    advertise(&mut world, router, both);
    world.pass(seconds(10));
    let all = addresses(&world, host.0);
    assert_eq!(all.len(), 2);
    let interface = &world.hosts[host.0].interfaces()[1];
    assert!(interface.is_deprecated(old) && !interface.is_deprecated(all[1]));
    // Even to where the old one has more in common.
    let to = "[2001:db8:1::77]:9";
    let socket = world.hosts[host.0]
        .socket(stack::Family::Inet6, stack::Kind::Datagram)
        .unwrap();
    world.connect(host.0, socket, to).unwrap();
    assert_eq!(world.local(host.0, socket).ip(), IpAddr::V6(all[1]));
    // Preferred again.
    advertise(&mut world, router, lasting(86_400, 3600));
    world.pass(seconds(10));
    let interface = &world.hosts[host.0].interfaces()[1];
    assert!(!interface.is_deprecated(old));
    // And over in the end, first the one and then the other.
    let now = world.now;
    world.hosts[router.0].set_up(now, router.1, false).unwrap();
    world.pass(seconds(3600));
    let interface = &world.hosts[host.0].interfaces()[1];
    assert!(interface.is_deprecated(old));
    world.pass(seconds(86_400 - 3600));
    assert!(!addresses(&world, host.0).contains(&old));
    let interface = &world.hosts[host.0].interfaces()[1];
    assert!(!interface.is_deprecated(old));
}

#[test]
fn addresses_that_change_daily() {
    let (mut world, router, host) = link();
    let stack = &mut world.hosts[host.0];
    stack
        .set_sysctl("net.ipv6.conf.eth0.use_tempaddr", "2")
        .unwrap();
    autoconfigure(&mut world, host);
    advertise(&mut world, router, lasting(2_592_000, 604_800));
    world.pass(seconds(10));
    let temporary = |world: &World| {
        let interface = &world.hosts[host.0].interfaces()[1];
        let all = addresses(world, host.0);
        let mut it = all.into_iter().filter(|addr| interface.is_temporary(*addr));
        let (first, rest): (Option<Ipv6Addr>, Vec<_>) = (it.next(), it.collect());
        (first, rest)
    };
    let (first, rest) = temporary(&world);
    assert!(rest.is_empty());
    let first = first.unwrap();
    assert_eq!(addresses(&world, host.0).len(), 2);
    // RFC 6724 §5, rule 7.
    let source = |world: &mut World| {
        let socket = world.hosts[host.0]
            .socket(stack::Family::Inet6, stack::Kind::Datagram)
            .unwrap();
        world.connect(host.0, socket, "[2001:db8:9::1]:9").unwrap();
        world.local(host.0, socket).ip()
    };
    assert_eq!(source(&mut world), IpAddr::V6(first));
    // RFC 8981 §3.4, §3.5: after a day at most another is preferred; the old one stays for a week.
    world.pass(seconds(86_400));
    let (old, rest) = temporary(&world);
    assert_eq!(old, Some(first));
    assert!(!rest.is_empty());
    let interface = &world.hosts[host.0].interfaces()[1];
    assert!(interface.is_deprecated(first));
    let now_used = source(&mut world);
    assert!(rest.iter().any(|addr| IpAddr::V6(*addr) == now_used));
    world.pass(seconds(7 * 86_400));
    assert!(!addresses(&world, host.0).contains(&first));
    // Never more than a week's.
    assert!(addresses(&world, host.0).len() <= 16);
}
