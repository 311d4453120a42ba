//! The receive filter, and what the link refuses.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::packets::{ethernet, ip_frame, ping};
use common::{World, card, ip, mac};
use stack::{ConfigError, DropReason, InterfaceConfig, InterfaceId, Medium, Sysctls};
use wire::{EtherType, Layer, MacAddr};

const OTHER: u64 = 9;

/// A host on a cable where somebody else's card is number 9.
fn world() -> (World, (usize, InterfaceId)) {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/24");
    world.settle();
    world.take();
    (world, host)
}

#[test]
fn a_card_takes_what_is_for_it_for_all_or_for_a_group() {
    let (mut world, host) = world();
    let (header, payload) = ping(ip("10.0.0.9"), ip("10.0.0.1"), b"");
    let frame = |dst| ip_frame(dst, mac(OTHER), &header, &payload);

    world.inject(host, frame(mac(2)));
    assert_eq!(world.died(host.0, DropReason::NotForThisCard), 1);
    assert_eq!(world.hosts[host.0].drops().total(), 1);

    // RFC 1122 §3.3.6: taken by the card, but an address of one host does not go to many.
    world.inject(host, frame(MacAddr::BROADCAST));
    world.inject(host, frame(MacAddr::multicast_v4(ip("224.0.0.1"))));
    assert_eq!(world.died(host.0, DropReason::UnicastToMany), 2);

    world.inject(host, frame(mac(1)));
    assert_eq!(world.hosts[host.0].drops().total(), 3);
}

#[test]
fn frames_that_no_card_sends() {
    let (mut world, host) = world();
    for src in [
        MacAddr::BROADCAST,
        MacAddr::ZERO,
        mac(1),
        MacAddr([1, 0, 0x5e, 0, 0, 1]),
    ] {
        world.inject(host, ethernet(mac(1), src, EtherType::IPV4, &[0; 46]));
    }
    assert_eq!(world.died(host.0, DropReason::BadSourceMac), 4);
    // IEEE 802.3: a length where the type should be.
    world.inject(host, ethernet(mac(1), mac(OTHER), EtherType(46), &[0; 46]));
    assert_eq!(
        world.died(host.0, DropReason::BadVersion(Layer::Ethernet)),
        1
    );
    world.inject(
        host,
        ethernet(mac(1), mac(OTHER), EtherType(0x88cc), &[0; 46]),
    );
    assert_eq!(world.died(host.0, DropReason::UnknownEtherType), 1);
    for len in 0..14 {
        world.inject(host, vec![0x02; len]);
    }
    assert_eq!(
        world.died(host.0, DropReason::Truncated(Layer::Ethernet)),
        14
    );
    assert!(world.take().is_empty());
}

#[test]
fn an_interface_that_is_off_hears_and_says_nothing() {
    let (mut world, host) = world();
    let (header, payload) = ping(ip("10.0.0.9"), ip("10.0.0.1"), b"");
    world.hosts[host.0]
        .set_up(world.now, host.1, false)
        .unwrap();
    world.inject(host, ip_frame(mac(1), mac(OTHER), &header, &payload));
    assert_eq!(world.died(host.0, DropReason::InterfaceDown), 1);
    let stray = InterfaceId::LOOPBACK;
    world.inject((host.0, stray), [0; 4]);
    assert_eq!(world.died(host.0, DropReason::Truncated(Layer::Ipv4)), 1);
    assert!(world.take().is_empty());
}

#[test]
fn interfaces_that_make_no_sense_are_refused() {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let good = card("eth0", 1, "10.0.0.1/24");
    let mut refusal = |change: &dyn Fn(&mut InterfaceConfig)| {
        let mut config = good.clone();
        change(&mut config);
        let before = world.hosts[host].interfaces().len();
        let refused = world.hosts[host].add_interface(world.now, config);
        assert_eq!(world.hosts[host].interfaces().len(), before);
        refused.expect_err("a refusal")
    };
    let net = |s: &str| s.parse::<wire::IpNet>().unwrap();

    assert_eq!(refusal(&|c| c.mtu = 67), ConfigError::MtuTooSmall(67));
    assert_eq!(
        refusal(&|c| c.mtu = 65_536),
        ConfigError::MtuTooLarge(65_536)
    );
    assert_eq!(refusal(&|c| c.name = "lo".into()), ConfigError::NameTaken);
    for name in ["", "a name", "a/b", "sixteen.letters."] {
        assert_eq!(refusal(&|c| c.name = name.into()), ConfigError::BadName);
    }
    for mac in [MacAddr::BROADCAST, MacAddr::ZERO] {
        assert_eq!(
            refusal(&|c| c.medium = Medium::Ethernet(mac)),
            ConfigError::BadMac(mac)
        );
    }
    assert_eq!(
        refusal(&|c| c.medium = Medium::Loopback),
        ConfigError::SecondLoopback
    );
    for bad in [
        "224.0.0.1/4",
        "255.255.255.255/32",
        "0.1.2.3/8",
        "127.0.0.2/8",
        "10.0.0.255/24",
        "ff02::1/64",
        "::/64",
        "::1/128",
        "::ffff:10.0.0.1/96",
    ] {
        assert_eq!(
            refusal(&|c| c.addresses = vec![net(bad)]),
            ConfigError::BadAddress(net(bad).addr())
        );
    }
    let twice = vec![net("10.0.0.1/24"), net("10.0.0.1/8")];
    assert_eq!(
        refusal(&|c| c.addresses = twice.clone()),
        ConfigError::AddressTaken(net("10.0.0.1/24").addr())
    );
    assert_eq!(
        refusal(&|c| (c.addresses, c.mtu) = (vec![net("fe80::1/64")], 1279)),
        ConfigError::MtuTooSmallForIpv6
    );
    // RFC 3021: two hosts on a /31, and a host alone on a /32.
    let point = vec![net("10.0.0.255/31"), net("10.9.9.9/32")];
    let config = InterfaceConfig {
        addresses: point,
        ..good
    };
    assert!(world.hosts[host].add_interface(world.now, config).is_ok());
}

/// IEEE 802.1Q: a VLAN has an interface of its own, or nobody takes its frames.
#[test]
fn a_tag_leads_to_the_interface_of_its_vlan() {
    let (mut world, host) = world();
    let tagged = |tci: u16| {
        let (header, payload) = ping(ip("10.0.0.9"), ip("10.0.0.1"), b"");
        let mut frame = ip_frame(mac(1), mac(OTHER), &header, &payload);
        let [a, b] = tci.to_be_bytes();
        frame.splice(12..12, [0x81, 0x00, a, b]);
        frame
    };
    world.inject(host, tagged(10));
    assert_eq!(world.died(host.0, DropReason::UnknownVlan), 1);
    // VLAN 0 tells the priority alone: the frame is the card's.
    world.inject(host, tagged(3 << 13));
    assert_eq!(world.hosts[host.0].drops().total(), 1);
    // A tag that breaks off.
    let mut short = tagged(10);
    short.truncate(15);
    world.inject(host, short);
    assert_eq!(world.died(host.0, DropReason::Truncated(Layer::Vlan)), 1);
}
