//! Time-outs and retransmissions that were for nothing: F-RTO (RFC 5682), Eifel (RFC 3522) and its
//! response (RFC 4015), and what D-SACK tells (RFC 3708).

mod world;

use base::Duration;
use tcp::CaState;
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

/// Ten segments of 1000 bytes in flight, more to send; no SACK and no timestamps.
fn ten_in_flight(h: &mut Hand) {
    h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
    h.write(20_000);
    assert_eq!(h.sent().len(), 10);
}

#[test]
fn f_rto_sees_a_delay() {
    // RFC 5682 §2.1: 1, the time-out; 2b, an ACK that advances: two new segments; 3b, another: the
    // time-out was spurious, and nothing else is sent again.
    Hand::everywhere(|mut h| {
        ten_in_flight(&mut h);
        assert_eq!(h.wait(250), ["200 ms: A 1001+1000 ack 5001"]);
        assert_eq!(h.tcp().info().ca_state, CaState::Loss);
        h.quiet("A 5001 ack 2001");
        assert_eq!(h.sent(), ["A 11001+1000 ack 5001", "A 12001+1000 ack 5001"]);
        h.quiet("A 5001 ack 3001");
        let info = h.tcp().info();
        assert_eq!(info.ca_state, CaState::Open);
        // RFC 4015 §3.2: as if there had been no time-out.
        assert!(info.cwnd >= 10, "{}", info.cwnd);
        let sent = h.sent();
        assert!(!sent.is_empty());
        assert!(
            sent.iter().all(|line| line > &"A 12".to_string()),
            "{sent:?}"
        );
        assert_eq!(h.tcp().info().total_retrans, 1);
    });
}

#[test]
fn f_rto_waits_for_the_first_new_acknowledgment() {
    // RFC 5682 §3.1, 2, which Linux has for all: a duplicate before it says nothing yet.
    let mut h = Hand::at(0, 0);
    ten_in_flight(&mut h);
    h.wait(250);
    h.quiet("A 5001 ack 1001");
    assert_eq!(h.tcp().info().ca_state, CaState::Loss);
    assert_eq!(h.sent(), NOTHING);
    h.quiet("A 5001 ack 2001");
    assert_eq!(h.sent()[0], "A 11001+1000 ack 5001");
    h.quiet("A 5001 ack 3001");
    assert_eq!(h.tcp().info().ca_state, CaState::Open);
}

#[test]
fn f_rto_sees_a_loss_at_the_second_acknowledgment() {
    // RFC 5682 §2.1, 3a: behind the two new segments a duplicate ACK: the loss was real.
    let mut h = Hand::at(0, 0);
    ten_in_flight(&mut h);
    h.wait(250);
    h.quiet("A 5001 ack 2001");
    assert_eq!(h.sent().len(), 2);
    h.quiet("A 5001 ack 2001");
    assert_eq!(h.tcp().info().ca_state, CaState::Loss);
    let sent = h.sent();
    assert_eq!(sent[0], "A 2001+1000 ack 5001", "{sent:?}");
}

#[test]
fn without_f_rto_everything_goes_again() {
    let mut h = Hand::at(0, 0);
    h.settings.frto = 0;
    ten_in_flight(&mut h);
    h.wait(250);
    h.quiet("A 5001 ack 2001");
    assert_eq!(h.sent(), ["A 2001+1000 ack 5001", "A 3001+1000 ack 5001"]);
}

/// Timestamps, and SACK where `sack` says so, over a path of 100 ms; ten segments of 988 bytes in
/// flight.
fn ten_with_timestamps(h: &mut Hand, sack: &str) {
    h.settings.timestamps = 2;
    h.connect();
    h.sent();
    h.now += Duration::from_millis(100);
    h.take(&format!(
        "SA 5000 ack 1001 win 65535 mss 1000{sack} ts 7 ecr 100000"
    ));
    h.sent();
    h.write(15_000);
    assert_eq!(h.sent().len(), 10);
}

#[test]
fn eifel_sees_a_delay_after_a_time_out() {
    // RFC 3522 §3.2: the first acceptable ACK after the time-out echoes a time before it.
    Hand::everywhere(|mut h| {
        ten_with_timestamps(&mut h, " sack ok");
        let before = h.tcp().info();
        // A tail loss probe, which is new data, and the time-out.
        let sent = h.wait(600);
        assert!(
            sent[sent.len() - 1].ends_with(": A 1001+988 ack 5001"),
            "{sent:?}"
        );
        assert_eq!(h.tcp().info().ca_state, CaState::Loss);
        assert_eq!(h.tcp().info().cwnd, 1);
        h.quiet("A 5001 ack 1989 ts 8 ecr 100100");
        let info = h.tcp().info();
        // RFC 4015 §3.2, DupThresh and pipe: the window is as before, and no slow start is due.
        assert_eq!(info.ca_state, CaState::Open);
        assert_eq!(info.ssthresh, before.ssthresh);
        assert!(info.cwnd >= before.cwnd, "{} {}", info.cwnd, before.cwnd);
        let sent = h.sent();
        let new = |line: &String| !line.starts_with("A 1989") && !line.starts_with("A 2977");
        assert!(sent.iter().all(new), "{sent:?}");
    });
}

#[test]
fn eifel_believes_a_copy() {
    // RFC 3522 §3.2: it echoes the time of the copy, so the copy was needed.
    let mut h = Hand::at(0, 0);
    ten_with_timestamps(&mut h, "");
    let waited = h.wait(400);
    assert_eq!(waited.len(), 1, "{waited:?}");
    let info = h.tcp().info();
    assert_eq!(info.cwnd, 1);
    let echo = (h.now.as_millis() - 100) as u32;
    h.quiet(&format!("A 5001 ack 1989 ts 8 ecr {echo}"));
    assert_ne!(h.tcp().info().ssthresh, u32::MAX);
    assert!(h.tcp().info().cwnd <= 2);
}

#[test]
fn a_fast_retransmission_that_was_for_nothing_is_undone() {
    // Reordering: three duplicates, then the first segment itself, as its timestamp shows.
    let mut h = Hand::at(0, 0);
    ten_with_timestamps(&mut h, "");
    h.now += Duration::from_millis(100);
    for _ in 0..3 {
        h.quiet("A 5001 ack 1001 ts 8 ecr 100100");
    }
    assert_eq!(h.tcp().info().ca_state, CaState::Recovery);
    let sent = h.sent();
    assert!(
        sent.contains(&"A 1001+988 ack 5001".to_string()),
        "{sent:?}"
    );
    h.now += Duration::from_millis(1);
    h.quiet("A 5001 ack 4953 ts 9 ecr 100100");
    let info = h.tcp().info();
    assert_eq!(info.ca_state, CaState::Open);
    assert!(info.cwnd >= 10, "{}", info.cwnd);
}

#[test]
fn nothing_is_undone_without_a_reason() {
    let mut h = Hand::at(0, 0);
    ten_in_flight(&mut h);
    h.wait(250);
    // All that was in flight is acknowledged at once: it may have been the copy that closed the
    // gap.
    h.quiet("A 5001 ack 11001");
    let info = h.tcp().info();
    assert_eq!(info.ssthresh, 7);
    assert!(info.cwnd < 10, "{}", info.cwnd);
    assert_ne!(h.sent(), NOTHING);
}
