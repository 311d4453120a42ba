//! Proportional rate reduction against the figures of RFC 6937 §4, which RFC 9937 kept.

mod world;

use base::Duration;
use tcp::{CaState, CongestionControl};
use world::hand::Hand;

/// Reno, 20 segments of 1000 bytes in flight over a path of 100 ms, SACK, more to send.
fn twenty_in_flight(h: &mut Hand) {
    h.options.congestion = Some(CongestionControl::Reno);
    h.settings.initial_window = 20;
    h.connect();
    h.sent();
    h.now += Duration::from_millis(100);
    h.take("SA 5000 ack 1001 win 65535 mss 1000 sack ok");
    h.sent();
    h.write(40_000);
    let mut count = 0;
    for line in h.sent() {
        assert!(line.starts_with("A "), "{line}");
        count += 1;
    }
    assert_eq!(count, 20);
    h.now += Duration::from_millis(100);
}

/// What one acknowledgment makes go out: `N` for each new segment, `R` for each again.
fn answer(h: &mut Hand, ack: &str) -> String {
    h.quiet(ack);
    let sent = h.sent();
    sent.iter()
        .map(|line| {
            let number: u32 = line["A ".len()..]
                .split(['+', ' '])
                .next()
                .and_then(|number| number.parse().ok())
                .unwrap_or_else(|| panic!("{line}"));
            if number < 21_001 { 'R' } else { 'N' }
        })
        .collect()
}

#[test]
fn one_loss() {
    // RFC 6937 §4, figure 1, PRR's row: the first of twenty is lost, ssthresh is 10. Two by limited
    // transmit, the retransmission, then one for every second ACK, until ten are in flight.
    Hand::everywhere(|mut h| {
        twenty_in_flight(&mut h);
        let mut sent = Vec::new();
        for index in 1..20 {
            let right = 2001 + 1000 * index;
            let ack = format!("A 5001 ack 1001 win 65535 sack 2001:{right}");
            sent.push(answer(&mut h, &ack));
        }
        assert_eq!(h.tcp().info().ssthresh, 10);
        let all: Vec<&str> = sent.iter().map(String::as_str).collect();
        let wanted = [
            "N", "N", "R", "", "N", "", "N", "", "N", "", "N", "", "N", "", "N", "", "N", "", "",
        ];
        assert_eq!(all, wanted);
        // At the end of the round trip what is in flight is what the threshold allows.
        assert_eq!(h.tcp().info().ca_state, CaState::Recovery);
        h.now += Duration::from_millis(100);
        h.quiet("A 5001 ack 21001 win 65535");
        h.sent();
        assert_eq!(h.tcp().info().cwnd, 10);
    });
}

#[test]
fn a_burst_of_losses() {
    // RFC 6937 §4, figure 2: the first fifteen of twenty are lost. Far below the threshold as much
    // goes out as was delivered: one for each ACK (packet conservation).
    Hand::everywhere(|mut h| {
        twenty_in_flight(&mut h);
        let mut sent = Vec::new();
        for index in 1..=5 {
            let right = 16_001 + 1000 * index;
            let ack = format!("A 5001 ack 1001 win 65535 sack 16001:{right}");
            sent.push(answer(&mut h, &ack));
        }
        assert_eq!(sent, ["N", "N", "R", "R", "R"]);
        let info = h.tcp().info();
        assert_eq!((info.ssthresh, info.lost), (10, 15));
    });
}
