//! Queues, MTUs, links that are down: who is dropped, and why.

mod world;

use base::{Duration, Instant};
use fabric::{Channel, Delay, Direction, DropReason, Limit, Rate};
use world::{arrivals, frame, number, numbered, pair};

fn slow(queue: Limit) -> Channel {
    Channel {
        rate: Some(Rate::mbit(1)),
        queue,
        ..Channel::PERFECT
    }
}

#[test]
fn a_full_queue_drops_the_newest() {
    // One leaves, three wait.
    let (mut net, a, b, link) = pair(1, &slow(Limit::Packets(3)));
    (0..10).for_each(|n| net.put(a, numbered(n, 125)));
    let port = net.ends(link)[0];
    assert_eq!(net.ledger().at(port, DropReason::QueueFull), 6);
    let got: Vec<_> = arrivals(&mut net, b)
        .iter()
        .map(|(_, f)| number(f))
        .collect();
    assert_eq!(got, [0, 1, 2, 3]);
}

#[test]
fn a_queue_may_be_counted_in_bytes() {
    let (mut net, a, b, link) = pair(1, &slow(Limit::Bytes(300)));
    for (n, len) in [(0, 500), (1, 200), (2, 101), (3, 100), (4, 18)] {
        net.put(a, numbered(n, len));
    }
    // 200 bytes wait, 101 more are too many, 100 fit exactly, and then nothing does.
    assert_eq!(net.backlog(link, Direction::There), (2, 300));
    let got: Vec<_> = arrivals(&mut net, b)
        .iter()
        .map(|(_, f)| number(f))
        .collect();
    assert_eq!(got, [0, 1, 3]);
}

#[test]
fn a_link_without_rate_has_no_queue() {
    let channel = Channel {
        queue: Limit::Packets(0),
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(1, &channel);
    (0..100).for_each(|n| net.put(a, numbered(n, 64)));
    assert_eq!(arrivals(&mut net, b).len(), 100);
}

#[test]
fn the_mtu_is_that_of_ip() {
    let (mut net, a, b, link) = pair(1, &Channel::PERFECT);
    net.put(a, frame(1, 2, 1514));
    net.put(a, frame(1, 2, 1515));
    let got: Vec<_> = arrivals(&mut net, b).iter().map(|(_, f)| f.len()).collect();
    assert_eq!(got, [1514]);
    let port = net.ends(link)[0];
    assert_eq!(net.ledger().at(port, DropReason::MtuExceeded), 1);
}

#[test]
fn a_pulled_cable_loses_what_waits_and_what_is_under_way() {
    let channel = Channel {
        rate: Some(Rate::mbit(1)),
        delay: Delay::constant(Duration::from_millis(5)),
        ..Channel::PERFECT
    };
    let (mut net, a, b, link) = pair(1, &channel);
    (0..10).for_each(|n| net.put(a, numbered(n, 125)));
    // At 7.5 ms: 0 and 1 have arrived, 2..=6 fly, 7 leaves, 8 and 9 wait.
    net.advance_to(Instant::from_micros(7_500));
    net.set_up(link, false);
    assert!(!net.is_up(link));
    net.put(a, numbered(10, 125));
    let got: Vec<_> = arrivals(&mut net, b)
        .iter()
        .map(|(_, f)| number(f))
        .collect();
    assert_eq!(got, [0, 1]);
    let port = net.ends(link)[0];
    assert_eq!(net.ledger().at(port, DropReason::LinkDown), 9);

    net.set_up(link, true);
    let start = net.now();
    net.put(a, numbered(11, 125));
    let got = arrivals(&mut net, b);
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].0 - start, Duration::from_millis(6));
}

#[test]
fn a_cable_pulled_and_plugged_in_at_once_has_lost_what_flew() {
    let channel = Channel {
        delay: Delay::constant(Duration::from_millis(5)),
        ..Channel::PERFECT
    };
    let (mut net, a, b, link) = pair(1, &channel);
    net.put(a, numbered(0, 64));
    net.set_up(link, false);
    net.set_up(link, true);
    net.put(a, numbered(1, 64));
    let got: Vec<_> = arrivals(&mut net, b)
        .iter()
        .map(|(_, f)| number(f))
        .collect();
    assert_eq!(got, [1]);
    assert_eq!(net.ledger().of(DropReason::LinkDown), 1);
}

#[test]
fn a_wire_without_rate_holds_a_bounded_number() {
    let channel = Channel {
        delay: Delay::constant(Duration::from_secs(3600)),
        ..Channel::PERFECT
    };
    let (mut net, a, _, link) = pair(1, &channel);
    for _ in 0..(1 << 17) + 10 {
        net.put(a, frame(1, 2, 64));
    }
    let port = net.ends(link)[0];
    assert_eq!(net.ledger().at(port, DropReason::WireFull), 10);
}

#[test]
fn a_tap_that_nobody_empties_fills_up() {
    let (mut net, a, b, link) = pair(1, &Channel::PERFECT);
    (0..5000).for_each(|n| net.put(a, numbered(n, 64)));
    net.run_until_idle();
    let port = net.ends(link)[1];
    assert_eq!(net.ledger().at(port, DropReason::TapFull), 904);
    assert_eq!(std::iter::from_fn(|| net.take(b)).count(), 4096);
}

#[test]
fn a_port_takes_one_cable() {
    use fabric::ConnectError;
    let (mut net, a, _, link) = pair(1, &Channel::PERFECT);
    let free = net.add_port(a);
    let [taken, _] = net.ends(link);
    let error = net.connect(free, taken, &Channel::PERFECT);
    assert_eq!(error, Err(ConnectError::Taken(taken)));
    let error = net.connect(free, free, &Channel::PERFECT);
    assert_eq!(error, Err(ConnectError::Itself(free)));
}

#[test]
fn what_leaves_by_no_cable_is_dropped_for_that() {
    let mut net = fabric::Fabric::new(1);
    let tap = net.add_tap("alone");
    let port = net.add_port(tap);
    net.put(tap, frame(1, 2, 64));
    assert_eq!(net.ledger().at(port, DropReason::Unplugged), 1);
}
