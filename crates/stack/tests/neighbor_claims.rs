//! Our own addresses: announced, defended, and probed for where that is asked (RFC 5227).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use base::Duration;
use common::packets::{arp, arps, ip_frame, ping, v4};
use common::{World, card, ip, mac};
use stack::{DropReason, InterfaceConfig, InterfaceId, Notice, Sysctls};
use wire::MacAddr;
use wire::arp::Operation;

const ME: &str = "10.0.0.1";

/// What a host asked or announced, in milliseconds after `start`: sender and target address.
fn said(world: &mut World, start: base::Instant) -> Vec<(u64, String, String)> {
    let said = |sent: common::Sent| {
        let (link, packet) = *arps(&[sent.bytes]).first()?;
        assert_eq!(
            (link.dst, packet.operation),
            (MacAddr::BROADCAST, Operation::Request)
        );
        let at = sent.at.since(start).as_millis();
        Some((
            at,
            packet.sender_ip.to_string(),
            packet.target_ip.to_string(),
        ))
    };
    world.take().into_iter().filter_map(said).collect()
}

fn announcement(at: u64) -> (u64, String, String) {
    (at, ME.into(), ME.into())
}

fn notices(world: &mut World, host: usize) -> Vec<Notice> {
    std::iter::from_fn(|| world.hosts[host].poll_notice()).collect()
}

#[test]
fn a_new_address_is_announced_twice_two_seconds_apart() {
    let mut world = World::new();
    let start = world.now;
    let host = world.simple(1, "10.0.0.1/24");
    world.pass(Duration::from_secs(60));
    #[rustfmt::skip]
    let literal = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06,
        0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01,
        0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 10, 0, 0, 1,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 10, 0, 0, 1,
    ];
    assert_eq!(world.sent[0].bytes, literal);
    assert_eq!(
        said(&mut world, start),
        [announcement(0), announcement(2000)]
    );
    assert_eq!(world.hosts[host.0].next_deadline(), None);

    // Again when the cable is pulled and plugged in.
    let now = world.now;
    world.hosts[host.0].set_up(now, host.1, false).unwrap();
    world.hosts[host.0].set_up(now, host.1, true).unwrap();
    world.pass(Duration::from_secs(60));
    assert_eq!(said(&mut world, now), [announcement(0), announcement(2000)]);

    // Not where that is not wanted.
    let quiet = InterfaceConfig {
        announce: false,
        ..card("eth1", 2, "10.1.0.1/24")
    };
    world.plug(host.0, quiet);
    world.pass(Duration::from_secs(60));
    assert!(world.take().is_empty());
}

#[test]
fn a_conflict_is_noticed_and_answered_once_in_ten_seconds() {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/24");
    world.pass(Duration::from_secs(60));
    world.take();
    let start = world.now;
    let thief = (mac(6), ip(ME));
    let use_it = arp(
        MacAddr::BROADCAST,
        Operation::Request,
        thief,
        (MacAddr::ZERO, ip("10.0.0.7")),
    );
    for _ in 0..3 {
        world.inject(host, use_it.clone());
    }
    world.pass_millis(9_999);
    world.inject(host, use_it.clone());
    world.pass_millis(1);
    world.inject(host, use_it);
    assert_eq!(
        said(&mut world, start),
        [announcement(0), announcement(10_000)]
    );
    assert_eq!(world.died(host.0, DropReason::ArpConflict), 5);
    let conflict = Notice::AddressConflict {
        iface: host.1,
        addr: v4(ip(ME)),
        mac: mac(6),
    };
    assert_eq!(notices(&mut world, host.0), [conflict, conflict]);
    // Nobody learns that the thief is us.
    assert!(world.hosts[host.0].neighbors(world.now).is_empty());
}

/// A host that probes before it uses an address.
fn prober() -> (World, (usize, InterfaceId)) {
    let mut world = World::new();
    let host = world.host(Sysctls::default());
    let config = InterfaceConfig {
        probe: true,
        ..card("eth0", 1, "10.0.0.1/24")
    };
    let iface = world.plug(host, config);
    (world, (host, iface))
}

#[test]
fn an_address_that_nobody_has_is_used_after_three_probes() {
    let (mut world, host) = prober();
    let start = world.now;
    // RFC 5227 §2.1.1: at most 1 s at first, 1 to 2 s between probes, 2 s after the last.
    world.pass_millis(3_999);
    assert!(
        world.hosts[host.0]
            .interface(host.1)
            .unwrap()
            .addresses()
            .is_empty()
    );
    assert_eq!(
        world.hosts[host.0]
            .interface(host.1)
            .unwrap()
            .tentative_addresses()
            .len(),
        1
    );
    // It is not ours yet: no ping is answered.
    let (header, payload) = ping(ip("10.0.0.2"), ip(ME), b"");
    world.inject(host, ip_frame(mac(1), mac(2), &header, &payload));
    assert_eq!(world.died(host.0, DropReason::NotForThisHost), 1);

    world.pass(Duration::from_secs(60));
    let said = said(&mut world, start);
    let probe = |said: &(u64, String, String)| said.1 == "0.0.0.0" && said.2 == ME;
    assert!(said[..3].iter().all(probe), "{said:?}");
    assert!(said[0].0 < 1000, "{said:?}");
    for pair in said[..3].windows(2) {
        assert!((1000..2000).contains(&(pair[1].0 - pair[0].0)), "{said:?}");
    }
    let used = said[3].0;
    assert_eq!(used - said[2].0, 2000, "{said:?}");
    assert_eq!(said[3..], [announcement(used), announcement(used + 2000)]);
    let ready = Notice::AddressReady {
        iface: host.1,
        addr: v4(ip(ME)),
    };
    assert_eq!(notices(&mut world, host.0), [ready]);
    assert_eq!(
        world.hosts[host.0]
            .interface(host.1)
            .unwrap()
            .addresses()
            .len(),
        1
    );
    assert_eq!(world.hosts[host.0].routes().len(), 3);
}

#[test]
fn an_address_that_somebody_has_is_not_used() {
    let other = (mac(2), ip(ME));
    let answer = arp(mac(1), Operation::Reply, other, (mac(1), ip("0.0.0.0")));
    // Or somebody wants it at the same time: both probe, and both lose.
    let nobody = (mac(2), ip("0.0.0.0"));
    let probe = arp(
        MacAddr::BROADCAST,
        Operation::Request,
        nobody,
        (MacAddr::ZERO, ip(ME)),
    );
    for frame in [answer, probe] {
        let (mut world, host) = prober();
        world.pass_millis(1_500);
        world.inject(host, frame);
        world.take();
        world.pass(Duration::from_secs(60));
        assert!(world.take().is_empty());
        let refused = Notice::AddressRefused {
            iface: host.1,
            addr: v4(ip(ME)),
            mac: mac(2),
        };
        assert_eq!(notices(&mut world, host.0), [refused]);
        assert!(
            world.hosts[host.0]
                .interface(host.1)
                .unwrap()
                .addresses()
                .is_empty()
        );
        // It can be taken away, and given again.
        let stack = &mut world.hosts[host.0];
        stack.remove_address(host.1, v4(ip(ME))).unwrap();
        stack
            .add_address(world.now, host.1, "10.0.0.1/24".parse().unwrap())
            .unwrap();
        world.pass(Duration::from_secs(60));
        assert_eq!(
            world.hosts[host.0]
                .interface(host.1)
                .unwrap()
                .addresses()
                .len(),
            1
        );
    }
}

#[test]
fn two_stacks_that_want_one_address() {
    let mut world = World::new();
    let a = world.simple(1, "10.0.0.1/24");
    world.settle();
    let host = world.host(Sysctls::default());
    let config = InterfaceConfig {
        probe: true,
        ..card("eth0", 2, "10.0.0.1/24")
    };
    let b = (host, world.plug(host, config));
    world.lan(&[a, b]);
    world.pass(Duration::from_secs(60));
    assert!(matches!(
        notices(&mut world, b.0)[..],
        [Notice::AddressRefused { .. }]
    ));
    assert!(notices(&mut world, a.0).is_empty());
    assert!(
        world.hosts[b.0]
            .interface(b.1)
            .unwrap()
            .addresses()
            .is_empty()
    );
}

#[test]
fn notices_that_nobody_fetches_are_bounded() {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/24");
    world.pass(Duration::from_secs(60));
    let thief = (mac(6), ip(ME));
    let use_it = arp(
        MacAddr::BROADCAST,
        Operation::Request,
        thief,
        (MacAddr::ZERO, ip("10.0.0.7")),
    );
    for _ in 0..100 {
        world.inject(host, use_it.clone());
        world.pass(Duration::from_secs(10));
    }
    assert_eq!(notices(&mut world, host.0).len(), 64);
}
