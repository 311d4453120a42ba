//! Switches and hubs.

mod world;

use base::{Duration, Frame, Instant};
use fabric::{Channel, DropReason, Fabric, SwitchConfig};
use world::{Star, frame, star};

fn switch(config: SwitchConfig, taps: usize) -> (Fabric, Star) {
    let mut net = Fabric::new(1);
    let switch = net.add_switch("switch", config);
    let star = star(&mut net, switch, taps, &Channel::PERFECT);
    (net, star)
}

#[test]
fn an_unknown_destination_is_flooded_and_a_known_one_is_not() {
    let (mut net, star) = switch(SwitchConfig::default(), 4);
    net.put(star.taps[0], frame(1, 2, 64));
    assert_eq!(star.got(&mut net), [0, 1, 1, 1]);
    net.put(star.taps[2], frame(2, 1, 64));
    assert_eq!(star.got(&mut net), [1, 0, 0, 0]);
    net.put(star.taps[0], frame(1, 2, 64));
    assert_eq!(star.got(&mut net), [0, 0, 1, 0]);
    assert_eq!(net.ledger().total(), 0);
}

#[test]
fn broadcast_and_multicast_go_to_all_others() {
    let (mut net, star) = switch(SwitchConfig::default(), 3);
    net.put(star.taps[1], frame(1, 0, 64));
    assert_eq!(star.got(&mut net), [1, 0, 1]);
    let mut group = frame(1, 2, 64);
    assert!(group.overwrite(0, &[0x01, 0, 0x5e, 0, 0, 1]));
    net.put(star.taps[1], group);
    assert_eq!(star.got(&mut net), [1, 0, 1]);
}

#[test]
fn who_moves_is_found_where_he_speaks() {
    let (mut net, star) = switch(SwitchConfig::default(), 3);
    net.put(star.taps[0], frame(1, 0, 64));
    net.put(star.taps[2], frame(1, 0, 64));
    star.got(&mut net);
    net.put(star.taps[1], frame(2, 1, 64));
    assert_eq!(star.got(&mut net), [0, 0, 1]);
}

#[test]
fn what_is_for_the_side_that_it_came_from_is_filtered() {
    let (mut net, star) = switch(SwitchConfig::default(), 3);
    net.put(star.taps[0], frame(1, 0, 64));
    star.got(&mut net);
    net.put(star.taps[0], frame(9, 1, 64));
    assert_eq!(star.got(&mut net), [0, 0, 0]);
    assert_eq!(net.ledger().at(star.ports[0], DropReason::SameSide), 1);
}

#[test]
fn an_address_is_forgotten_when_it_is_silent_for_too_long() {
    // IEEE 802.1D, table 7-5: 300 s.
    let (mut net, star) = switch(SwitchConfig::default(), 3);
    net.put(star.taps[0], frame(1, 0, 64));
    star.got(&mut net);
    net.advance_to(Instant::from_secs(300));
    net.put(star.taps[1], frame(2, 1, 64));
    assert_eq!(star.got(&mut net), [1, 0, 0], "still known after 300 s");
    net.advance_to(Instant::from_nanos(300_000_000_001));
    net.put(star.taps[1], frame(2, 1, 64));
    assert_eq!(star.got(&mut net), [1, 0, 1], "forgotten behind them");
}

#[test]
fn the_table_is_bounded_and_the_aged_give_way() {
    let config = SwitchConfig {
        table_size: 100,
        ageing: Duration::from_secs(10),
        ..SwitchConfig::default()
    };
    let (mut net, star) = switch(config, 3);
    let known = |net: &mut Fabric, mac| {
        net.put(star.taps[1], frame(999, mac, 64));
        star.got(net) == [1, 0, 0]
    };
    net.put(star.taps[1], frame(999, 0, 64));
    (1..=200).for_each(|mac| {
        net.put(star.taps[0], frame(mac, 999, 64));
        star.got(&mut net);
    });
    // The table is full of those that came first; the others are flooded to, not forgotten.
    assert!(known(&mut net, 1) && known(&mut net, 99));
    assert!(!known(&mut net, 100) && !known(&mut net, 200));
    // One keeps speaking; when the others have aged, a new one finds room, and he stays.
    net.advance_to(Instant::from_secs(8));
    net.put(star.taps[0], frame(50, 999, 64));
    star.got(&mut net);
    net.advance_to(Instant::from_secs(11));
    (201..=280).for_each(|mac| {
        net.put(star.taps[0], frame(mac, 999, 64));
        star.got(&mut net);
    });
    assert!(known(&mut net, 50));
    assert!((201..=280).all(|mac| known(&mut net, mac)));
    assert!(!known(&mut net, 1));
}

#[test]
fn a_pulled_cable_makes_it_forget() {
    let (mut net, star) = switch(SwitchConfig::default(), 3);
    net.put(star.taps[0], frame(1, 0, 64));
    star.got(&mut net);
    net.set_up(star.links[2], false);
    net.put(star.taps[1], frame(2, 1, 64));
    assert_eq!(
        star.got(&mut net),
        [1, 0, 0],
        "nobody floods into a pulled cable"
    );
    assert_eq!(net.ledger().total(), 0);
    net.set_up(star.links[2], true);
    net.put(star.taps[1], frame(2, 9, 64));
    assert_eq!(star.got(&mut net), [1, 0, 1]);
}

#[test]
fn what_no_card_can_send_is_dropped() {
    let (mut net, star) = switch(SwitchConfig::default(), 2);
    net.put(star.taps[0], Frame::from(vec![2; 13]));
    let mut grouped = frame(1, 2, 64);
    assert!(grouped.overwrite(6, &[1]));
    net.put(star.taps[0], grouped);
    assert_eq!(star.got(&mut net), [0, 0]);
    assert_eq!(net.ledger().at(star.ports[0], DropReason::Runt), 1);
    assert_eq!(net.ledger().at(star.ports[0], DropReason::BadSourceMac), 1);
}

#[test]
fn a_length_in_place_of_a_type_passes() {
    let (mut net, star) = switch(SwitchConfig::default(), 2);
    let mut llc = frame(1, 2, 64);
    assert!(llc.overwrite(12, &[0, 50]));
    net.put(star.taps[0], llc);
    assert_eq!(star.got(&mut net), [0, 1]);
}

#[test]
fn a_hub_repeats_everything_to_all_others() {
    let mut net = Fabric::new(1);
    let hub = net.add_hub("hub");
    let star = star(&mut net, hub, 4, &Channel::PERFECT);
    for _ in 0..2 {
        net.put(star.taps[1], frame(2, 1, 64));
        assert_eq!(star.got(&mut net), [1, 0, 1, 1]);
        net.put(star.taps[0], Frame::from(vec![7; 3]));
        assert_eq!(star.got(&mut net), [0, 1, 1, 1]);
    }
}

#[test]
fn two_switches_learn_through_each_other() {
    let mut net = Fabric::new(1);
    let [left, right] = ["left", "right"].map(|name| net.add_switch(name, SwitchConfig::default()));
    let (l, r) = (
        star(&mut net, left, 2, &Channel::PERFECT),
        star(&mut net, right, 2, &Channel::PERFECT),
    );
    let (up, down) = (net.add_port(left), net.add_port(right));
    assert!(net.connect(up, down, &Channel::PERFECT).is_ok());
    net.put(l.taps[0], frame(1, 2, 64));
    assert_eq!((l.got(&mut net), r.got(&mut net)), (vec![0, 1], vec![1, 1]));
    net.put(r.taps[1], frame(2, 1, 64));
    assert_eq!((l.got(&mut net), r.got(&mut net)), (vec![1, 0], vec![0, 0]));
    net.put(l.taps[0], frame(1, 2, 64));
    assert_eq!((l.got(&mut net), r.got(&mut net)), (vec![0, 0], vec![0, 1]));
}

#[test]
fn a_circle_of_instant_links_does_not_hang() {
    let mut net = Fabric::new(1);
    let [a, b] = ["a", "b"].map(|name| net.add_hub(name));
    let star = star(&mut net, a, 1, &Channel::PERFECT);
    for _ in 0..2 {
        let (from, to) = (net.add_port(a), net.add_port(b));
        assert!(net.connect(from, to, &Channel::PERFECT).is_ok());
    }
    net.put(star.taps[0], frame(1, 0, 64));
    net.run_until_idle();
    assert_eq!(net.now(), Instant::ZERO);
    let died = |reason| net.ledger().of(reason);
    assert!(died(DropReason::Storm) + died(DropReason::WireFull) > 0);
}
