//! How large a segment the path takes: told by the way (RFC 1191 §6.4), or found out (RFC 4821).

mod world;

use base::Duration;
use world::hand::Hand;

/// A connection that probes and has the window for it; segments are of 500 bytes, and what lies
/// between that and 1460 is open.
fn probing(mut h: Hand, syn_ack: &str) -> Hand {
    h.settings.mtu_probing = 2;
    h.settings.base_mss = 500;
    h.settings.initial_window = 20;
    h.max_payload = 100_000;
    h.establish_with(syn_ack);
    h
}

const SYN_ACK: &str = "SA 5000 ack 1001 win 65535 mss 1460";
const WITH_SACK: &str = "SA 5000 ack 1001 win 65535 mss 1460 sack ok";

#[test]
fn a_probe_that_gets_through_raises_the_size() {
    Hand::everywhere(|h| {
        let mut h = probing(h, SYN_ACK);
        assert_eq!(h.tcp().segment_size(), 500);
        h.write(3000);
        // The middle of 500 and 1460, with enough behind it that its loss would be seen.
        let sent = h.sent();
        assert_eq!(sent[0], "A 1001+980 ack 5001");
        assert_eq!(sent[1], "PA 1981+2020 ack 5001 in 500");
        h.quiet("A 5001 ack 1981");
        assert_eq!(h.tcp().segment_size(), 980);
        // The window keeps its bytes: 19 segments of 540 with headers are 10 of 1020, and one
        // was acknowledged.
        let cwnd = h.tcp().info().cwnd;
        assert!((10..=11).contains(&cwnd), "{cwnd}");
    });
}

#[test]
fn the_search_halves_what_is_open_until_it_is_not_worth_it() {
    let mut h = probing(Hand::at(0, 0), SYN_ACK);
    let (mut at, mut sizes): (u32, Vec<u32>) = (1001, Vec::new());
    for _ in 0..20 {
        h.write(9_000);
        let sent = h.sent();
        let first = sent[0].split(' ').nth(1).unwrap();
        sizes.push(first.split_once('+').unwrap().1.parse().unwrap());
        at += 9_000;
        let _ = h.get(&format!("A 5001 ack {at}"));
    }
    // What is open is halved until it is less than tcp_probe_threshold, 8: 1460 - 1453.
    let probes = [980, 1220, 1340, 1400, 1430, 1445, 1452, 1456];
    assert_eq!(sizes[..8], probes);
    assert_eq!(sizes[8..], [9_000; 12]);
    assert_eq!(h.tcp().segment_size(), 1456);
}

#[test]
fn a_probe_that_is_lost_is_no_congestion() {
    let mut h = probing(Hand::at(0, 0), WITH_SACK);
    h.write(5000);
    let sent = h.sent();
    assert_eq!(sent[0], "A 1001+980 ack 5001");
    let before = h.tcp().info();
    h.quiet("A 5001 ack 1001 sack 1981:6001");
    let again = h.sent();
    assert_eq!(again[0], "PA 1001+980 ack 5001 in 500");
    let after = h.tcp().info();
    assert_eq!(after.cwnd, before.cwnd + 1);
    // The search goes on below: at most 979, so that the next is of 739.
    h.quiet("A 5001 ack 6001");
    assert_eq!(h.tcp().segment_size(), 500);
    h.write(5000);
    assert_eq!(h.sent()[0], "A 6001+739 ack 5001");
}

#[test]
fn a_probe_that_goes_again_says_nothing() {
    let mut h = probing(Hand::at(0, 0), SYN_ACK);
    h.write(3000);
    h.sent();
    // A time-out: which copy is acknowledged cannot be told.
    assert!(!h.wait(250).is_empty());
    h.quiet("A 5001 ack 4001");
    assert_eq!(h.tcp().segment_size(), 500);
}

#[test]
fn a_probe_is_never_more_than_the_caller_takes() {
    let mut h = probing(Hand::at(0, 0), SYN_ACK);
    h.max_payload = 700;
    h.write(3000);
    assert!(h.sent().iter().all(|sent| sent.contains("+500 ")));
}

#[test]
fn the_search_begins_anew_after_a_while() {
    // RFC 4821 §7.6, tcp_probe_interval.
    let mut h = Hand::at(0, 0);
    h.settings.probe_threshold = 2000;
    let mut h = probing(h, SYN_ACK);
    h.write(3000);
    assert_eq!(h.sent()[0], "PA 1001+3000 ack 5001 in 500");
    h.quiet("A 5001 ack 4001");
    h.settings.probe_threshold = 8;
    h.write(10);
    h.sent();
    h.quiet("A 5001 ack 4011");
    h.now += Duration::from_secs(600);
    h.write(3000);
    assert_eq!(h.sent()[0], "A 4011+980 ack 5001");
}

#[test]
fn a_black_hole_is_suspected_after_tcp_retries1() {
    // RFC 4821 §7.7, `tcp_mtu_probing` 1: 1024 first, then halves, not below the floor.
    let mut h = Hand::at(0, 0);
    h.settings.mtu_probing = 1;
    h.settings.mtu_probe_floor = 300;
    h.max_payload = 100_000;
    h.establish();
    h.write(1460);
    h.sent();
    let sizes = |lines: Vec<String>| -> Vec<String> {
        let word = |line: &String| line.split(' ').nth(3).unwrap_or_default().to_owned();
        lines.iter().map(word).collect()
    };
    // Three seconds must have passed since something went again, so that it is the time-out at 6200 ms.
    assert_eq!(sizes(h.wait(6000)), ["1001+1460"; 4]);
    assert_eq!(sizes(h.wait(400)), ["1001+1024"]);
    assert_eq!(h.tcp().segment_size(), 1024);
    h.wait(60_000);
    assert_eq!(h.tcp().segment_size(), 300);
}

#[test]
fn without_probing_a_silent_path_changes_nothing() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(1460);
    h.sent();
    h.wait(60_000);
    assert_eq!(h.tcp().segment_size(), 1460);
}

#[test]
fn segments_follow_the_way_down_and_up() {
    Hand::everywhere(|mut h| {
        h.max_payload = 100_000;
        h.establish();
        h.tcp().set_path_mss(1000);
        h.write(1500);
        assert_eq!(h.sent(), ["PA 1001+1500 ack 5001 in 1000"]);
        assert_eq!(h.tcp().info().pmtu, 1040);
        // What the router said has expired.
        h.tcp().set_path_mss(8960);
        h.quiet("A 5001 ack 2501");
        // The peer takes no more than it said (RFC 6691).
        assert_eq!(h.tcp().segment_size(), 1460);
        assert_eq!(h.tcp().info().pmtu, 9000);
    });
}

#[test]
fn what_did_not_get_out_of_the_door_goes_again_in_smaller_segments() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(1460);
        assert_eq!(h.sent(), ["PA 1001+1460 ack 5001"]);
        let (now, settings) = (h.now, h.settings.clone());
        h.tcp().refused_by_path(now, &settings, 960);
        h.max_payload = 960;
        assert_eq!(h.sent(), ["A 1001+960 ack 5001", "PA 1961+500 ack 5001"]);
        // Once for all: the same word again brings nothing.
        h.tcp().refused_by_path(now, &settings, 960);
        assert!(h.sent().is_empty());
    });
}
