//! RACK and tail loss probes (RFC 8985).

mod world;

use base::Duration;
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

/// Established with SACK, over a path whose round trip takes 100 ms.
fn measured(h: &mut Hand) {
    h.connect();
    assert_eq!(h.sent().len(), 1);
    h.now += Duration::from_millis(100);
    h.take("SA 5000 ack 1001 win 65535 mss 1000 sack ok");
    assert_eq!(h.sent(), ["A 1001 ack 5001"]);
}

#[test]
fn a_segment_is_lost_once_one_sent_later_has_arrived_and_a_quarter_round_trip_passed() {
    Hand::everywhere(|mut h| {
        measured(&mut h);
        h.write(3000);
        assert_eq!(h.sent().len(), 3);
        h.now += Duration::from_millis(100);
        // Two duplicates are too few for RFC 5681.
        h.quiet("A 5001 ack 1001 win 65535 sack 2001:3001");
        h.quiet("A 5001 ack 1001 win 65535 sack 2001:4001");
        // 25 ms, and 2 that Linux's timer takes.
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.wait(100), ["27 ms: A 1001+1000 ack 5001"]);
    });
}

#[test]
fn a_probe_goes_after_two_round_trips() {
    Hand::everywhere(|mut h| {
        measured(&mut h);
        h.write(2000);
        assert_eq!(h.sent().len(), 2);
        // The last segment goes, and not the first (RFC 8985 §7.3).
        assert_eq!(h.wait(250), ["202 ms: PA 2001+1000 ack 5001"]);
    });
}

#[test]
fn the_rfcs_example_of_fast_recovery() {
    // RFC 8985 §3.4: P0 to P3, of which all but P0 are lost.
    Hand::everywhere(|mut h| {
        measured(&mut h);
        h.write(4000);
        assert_eq!(h.sent().len(), 4);
        h.now += Duration::from_millis(100);
        // 2: P0 arrived.
        h.quiet("A 5001 ack 2001 win 65535");
        assert_eq!(h.sent(), NOTHING);
        // 3: two round trips later the probe, which is P3.
        let probe = h.wait(250);
        assert_eq!(probe.len(), 1, "{probe:?}");
        assert!(probe[0].ends_with(": PA 4001+1000 ack 5001"), "{probe:?}");
        h.now += Duration::from_millis(100);
        // 5: its SACK shows that P1 and P2 are lost. P1 goes at once, and P2 with the next that is
        // delivered: the window comes down in proportion (RFC 9937), which the example leaves out.
        h.quiet("A 5001 ack 2001 win 65535 sack 4001:5001");
        assert_eq!(h.tcp().info().lost, 2);
        assert_eq!(h.sent(), ["A 2001+1000 ack 5001"]);
        h.now += Duration::from_millis(100);
        h.quiet("A 5001 ack 3001 win 65535 sack 4001:5001");
        assert_eq!(h.sent(), ["A 3001+1000 ack 5001"]);
        h.now += Duration::from_millis(100);
        h.quiet("A 5001 ack 5001 win 65535");
        assert_eq!(h.tcp().info().total_retrans, 3);
    });
}
