//! Stacks in their places: forwarding, crashes, idleness.

mod world;

use std::net::Ipv4Addr;

use base::{Duration, Instant, Rng};
use fabric::{Channel, Delay, Rate};
use stack::{Stack, Sysctls};
use wire::icmpv4::{Message, Unreachable};
use world::lans::{GATEWAY, Guest, Lans};
use world::transcript;

const BOB: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 11);
const SERVER: Ipv4Addr = Ipv4Addr::new(101, 100, 200, 11);
const GUEST: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 99);
const REPLY: Message = Message::EchoReply { ident: 7, seq: 1 };

fn cable() -> Channel {
    Channel {
        rate: Some(Rate::mbit(100)),
        delay: Delay::constant(Duration::from_micros(10)),
        ..Channel::PERFECT
    }
}

#[test]
fn a_neighbour_answers() {
    let mut lans = Lans::new(1, cable());
    lans.host("bob", 0, "172.16.10.11/24");
    let mut guest = Guest::new(&mut lans, 0, GUEST);
    assert_eq!(
        guest.ping(&mut lans.net, BOB, BOB),
        Some((BOB.into(), 64, REPLY))
    );
}

#[test]
fn a_ping_crosses_the_gateway_and_comes_back() {
    let mut lans = Lans::new(1, cable());
    lans.host("server", 1, "101.100.200.11/10");
    let mut guest = Guest::new(&mut lans, 0, GUEST);
    let reply = guest.ping(&mut lans.net, GATEWAY[0], SERVER);
    assert_eq!(reply, Some((SERVER.into(), 63, REPLY)));
    assert_eq!(lans.net.ledger().total(), 0);
}

#[test]
fn a_host_that_crashed_is_silent_and_starts_anew() {
    let mut lans = Lans::new(1, cable());
    let bob = lans.host("bob", 0, "172.16.10.11/24");
    let mut guest = Guest::new(&mut lans, 0, GUEST);
    assert!(guest.ping(&mut lans.net, BOB, BOB).is_some());
    let empty = Stack::new(Sysctls::default(), Rng::seeded(9));
    let crashed = lans.net.replace_stack(bob, empty);
    assert_eq!(guest.ping(&mut lans.net, BOB, BOB), None);
    lans.net.replace_stack(bob, crashed);
    assert!(guest.ping(&mut lans.net, BOB, BOB).is_some());
}

#[test]
fn who_is_not_there_is_unreachable() {
    let mut lans = Lans::new(1, cable());
    let mut guest = Guest::new(&mut lans, 0, GUEST);
    // The gateway asks for it in vain, and says so of the packet that waited (RFC 1812 §5.2.7.1).
    let host = Message::DestinationUnreachable(Unreachable::Host);
    let reply = guest.ping(&mut lans.net, GATEWAY[0], SERVER);
    assert_eq!(reply, Some((GATEWAY[0].into(), 64, host)));
}

#[test]
fn an_idle_hour_costs_next_to_nothing() {
    let mut lans = Lans::new(1, cable());
    for n in 2..50 {
        lans.host("idle", 0, &format!("172.16.10.{n}/24"));
    }
    let mut guest = Guest::new(&mut lans, 0, GUEST);
    assert!(guest.ping(&mut lans.net, BOB, BOB).is_some());
    let mut steps = 0;
    let hour = Instant::from_secs(3600);
    while lans.net.next_event().is_some_and(|at| at <= hour) {
        lans.net.step();
        steps += 1;
    }
    assert!(steps < 20_000, "{steps} steps");
    lans.net.advance_to(hour);
    assert!(
        guest.ping(&mut lans.net, BOB, BOB).is_some(),
        "and it still lives"
    );
}

#[test]
fn hosts_repeat_themselves_too() {
    let run = |seed| {
        let mut lans = Lans::new(seed, cable());
        let text = transcript(&mut lans.net);
        lans.host("server", 1, "101.100.200.11/10");
        let mut guest = Guest::new(&mut lans, 0, GUEST);
        guest.ping(&mut lans.net, GATEWAY[0], SERVER);
        drop(lans);
        let text = text.lock().map(|text| text.clone());
        text.unwrap_or_default()
    };
    assert!(run(1).lines().count() > 20);
    assert_eq!(run(1), run(1));
}

#[test]
fn a_card_knows_whether_its_own_cable_leads_somewhere() {
    let mut lans = Lans::new(1, cable());
    let bob = lans.host("bob", 0, "172.16.10.11/24");
    let eth0 = lans
        .net
        .stack(bob)
        .interface_named("eth0")
        .expect("it was put in")
        .id();
    let carrier = |net: &fabric::Fabric| {
        let card = net.stack(bob).interface(eth0);
        card.is_some_and(stack::Interface::has_carrier)
    };
    assert!(carrier(&lans.net));
    let own = *lans.cables.last().expect("it has a cable");
    lans.net.set_up(own, false);
    assert!(!carrier(&lans.net));
    // Nor does a computer that starts again behind a pulled cable have one.
    let stack = Stack::new(Sysctls::default(), Rng::seeded(9));
    let before = lans.net.replace_stack(bob, stack);
    lans.net.set_up(own, true);
    lans.net.set_up(own, false);
    lans.net.replace_stack(bob, before);
    assert!(!carrier(&lans.net));
    lans.net.set_up(own, true);
    assert!(carrier(&lans.net));
}
