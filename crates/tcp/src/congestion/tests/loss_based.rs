//! NewReno's and CUBIC's numbers (RFC 5681, RFC 9438).

use super::hand::Hand;
use crate::congestion::{CongestionControl, Undo};

/// A sender in congestion avoidance with this window.
fn avoiding(choice: CongestionControl, cwnd: u32) -> Hand {
    let mut hand = Hand::new(choice);
    hand.congestion.window.cwnd = cwnd;
    hand.congestion.window.ssthresh = cwnd;
    hand
}

/// A round trip of 100 ms with a full window, of which each ACK takes two.
fn round(hand: &mut Hand) {
    hand.fill();
    let acks = u64::from(hand.cwnd() / 2);
    for ack in 0..acks {
        hand.pass(100 * (ack + 1) / acks - 100 * ack / acks);
        hand.ack(2, 100);
        hand.fill();
    }
}

#[test]
fn reno_adds_one_packet_a_window() {
    let mut hand = avoiding(CongestionControl::Reno, 10);
    for cwnd in 10..20 {
        assert_eq!(hand.cwnd(), cwnd);
        hand.fill();
        hand.pass(100);
        hand.ack(cwnd, 100);
    }
}

#[test]
fn reno_halves_but_not_below_two() {
    for (cwnd, half) in [(100, 50), (11, 5), (4, 2), (3, 2), (2, 2), (1, 2)] {
        let mut hand = avoiding(CongestionControl::Reno, cwnd);
        hand.lose();
        assert_eq!((hand.cwnd(), hand.ssthresh()), (half, half), "{cwnd}");
    }
}

#[test]
fn a_time_out_leaves_one_packet() {
    for (choice, ssthresh) in [
        (CongestionControl::Reno, 20),
        (CongestionControl::Cubic, 28),
    ] {
        let mut hand = avoiding(choice, 40);
        hand.time_out();
        assert_eq!((hand.cwnd(), hand.ssthresh()), (1, ssthresh));
        // The same data again: nothing new.
        hand.congestion.enter_loss(hand.now, 0, false, hand.state);
        assert_eq!((hand.cwnd(), hand.ssthresh()), (1, ssthresh));
    }
}

#[test]
fn what_was_for_nothing_is_undone() {
    for choice in [CongestionControl::Reno, CongestionControl::Cubic] {
        let mut hand = avoiding(choice, 40);
        hand.congestion.window.ssthresh = 35;
        let undo = hand.congestion.reduce(hand.state);
        assert_eq!(
            undo,
            Undo {
                cwnd: 40,
                ssthresh: 35
            }
        );
        hand.congestion.window.cwnd = 5;
        hand.congestion.undo(&undo, hand.now);
        assert_eq!((hand.cwnd(), hand.ssthresh()), (40, 35));
    }
}

#[test]
fn cubic_comes_down_to_seven_tenths() {
    for (cwnd, ssthresh) in [(1000, 700), (100, 70), (10, 7), (3, 2), (1, 2)] {
        let mut hand = avoiding(CongestionControl::Cubic, cwnd);
        hand.lose();
        assert_eq!(hand.cwnd(), ssthresh, "{cwnd}");
    }
}

/// RFC 9438 §4.2: W(t) = 0.4 (t - K)^3 + W_max, K the cubic root of 0.3 W_max / 0.4.
fn curve(w_max: f64, t: f64) -> f64 {
    // Newton's root: no floating-point library here.
    let a = 0.3 * w_max / 0.4;
    let mut k = 10.0;
    for _ in 0..50 {
        k = (2.0 * k + a / (k * k)) / 3.0;
    }
    let d = t - k;
    0.4 * d * d * d + w_max
}

#[test]
fn cubic_follows_the_curve_of_rfc_9438() {
    let mut hand = avoiding(CongestionControl::Cubic, 1000);
    hand.lose();
    let mut at = 0.0;
    for rounds in 1..=150 {
        round(&mut hand);
        at += 0.1;
        // What is acknowledged now was decided a round trip before, for now.
        let expected = curve(1000.0, at);
        let cwnd = f64::from(hand.cwnd());
        let apart = (cwnd - expected) / expected;
        assert!(
            (-0.02..0.02).contains(&apart),
            "round {rounds}: {cwnd}, not {expected:.0}"
        );
    }
}

#[test]
fn cubic_is_no_slower_than_reno_where_windows_are_small() {
    // RFC 9438 §4.3: α = 3 (1 - 0.7) / (1 + 0.7) = 0.53 packets a round trip.
    let mut hand = avoiding(CongestionControl::Cubic, 20);
    hand.lose();
    assert_eq!(hand.cwnd(), 14);
    for _ in 0..11 {
        round(&mut hand);
    }
    assert!((19..=21).contains(&hand.cwnd()), "{}", hand.cwnd());
}

#[test]
fn cubic_that_did_not_reach_its_last_maximum_makes_room() {
    // RFC 9438 §4.7: 70 < 100, so that the next plateau is at 0.85 * 70.
    let mut hand = avoiding(CongestionControl::Cubic, 100);
    hand.lose();
    hand.lose();
    assert_eq!(hand.cwnd(), 49);
    let mut rounds = 0;
    while hand.cwnd() < 58 {
        round(&mut hand);
        rounds += 1;
    }
    // K for 59.5 - 49 packets is 2.97 s, and a packet and a half below the plateau is 1.55 s before.
    assert!((12..=17).contains(&rounds), "{rounds}");
}

#[test]
fn after_a_time_out_cubic_adds_a_packet_for_twenty() {
    // Nothing is known of the path any more, so 5 % a round trip.
    let mut hand = avoiding(CongestionControl::Cubic, 10);
    hand.time_out();
    while hand.cwnd() < 7 {
        hand.fill();
        hand.pass(2);
        hand.ack(1, 100);
    }
    // Three bursts of ACKs a round trip apart, as far as they come.
    let gaps = [2, 98, 2, 2, 2, 2, 2, 2, 98, 2, 2, 2, 2, 2, 2, 98];
    for (index, gap) in gaps.into_iter().enumerate() {
        assert_eq!(hand.cwnd(), 7, "after {index}");
        hand.fill();
        hand.pass(gap);
        hand.ack(1, 100);
    }
    assert_eq!(hand.cwnd(), 8);
}

#[test]
fn cubic_s_clock_stands_still_while_nothing_is_sent() {
    let mut hand = avoiding(CongestionControl::Cubic, 100);
    hand.lose();
    round(&mut hand);
    let before = hand.cwnd();
    hand.pass(60_000);
    let idle = base::Duration::from_secs(60);
    hand.congestion.on_transmit_start(hand.now, idle);
    round(&mut hand);
    assert!(hand.cwnd() <= before + 4, "{} to {}", before, hand.cwnd());
}
