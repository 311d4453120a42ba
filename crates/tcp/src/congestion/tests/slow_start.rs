//! Where slow start ends: HyStart as Linux has it, in the situations of public packet scripts.

use super::hand::Hand;
use crate::congestion::{CongestionControl, INFINITE_SSTHRESH};

/// Twenty packets in flight after one round trip of 200 ms, nothing found yet.
fn second_round() -> Hand {
    let mut hand = Hand::new(CongestionControl::Cubic);
    hand.fill();
    hand.pass(200);
    hand.ack(10, 200);
    hand.fill();
    assert_eq!((hand.cwnd(), hand.ssthresh()), (20, INFINITE_SSTHRESH));
    hand
}

#[test]
fn nine_late_samples_end_it() {
    let mut hand = second_round();
    hand.pass(240);
    for sample in 0..8_u32 {
        hand.ack(2, 240 + u64::from(sample));
        assert_eq!(hand.cwnd(), 22 + 2 * sample);
        assert_eq!(hand.ssthresh(), INFINITE_SSTHRESH);
        hand.pass(1);
    }
    hand.ack(2, 248);
    assert_eq!((hand.cwnd(), hand.ssthresh()), (36, 36));
}

#[test]
fn a_shorter_path_does_not() {
    let mut hand = second_round();
    hand.pass(200);
    for sample in 0..9 {
        hand.ack(2, 200 + sample);
        // Four milliseconds between, so that it is no train.
        hand.pass(4);
    }
    hand.send(2);
    hand.ack(2, 29);
    assert_eq!((hand.cwnd(), hand.ssthresh()), (40, INFINITE_SSTHRESH));
}

#[test]
fn a_delay_of_less_than_sixteen_milliseconds_does_not_on_a_long_path() {
    let mut hand = second_round();
    hand.pass(216);
    for _ in 0..10 {
        hand.ack(2, 216);
        hand.pass(3);
    }
    assert_eq!(hand.ssthresh(), INFINITE_SSTHRESH);
}

#[test]
fn a_train_as_long_as_half_the_path_ends_it() {
    let mut hand = second_round();
    hand.congestion.window.cwnd = 100;
    hand.fill();
    hand.pass(200);
    let begin = hand.now;
    loop {
        hand.ack(1, 200);
        if hand.ssthresh() < INFINITE_SSTHRESH {
            break;
        }
        hand.fill();
        hand.pass(2);
    }
    // Half of 200 ms, and half of the millisecond by which bursts may be late.
    assert_eq!((hand.now - begin).as_millis(), 102);
}

#[test]
fn small_windows_are_left_alone() {
    let mut hand = Hand::new(CongestionControl::Cubic);
    hand.congestion.window.cwnd = 5;
    hand.fill();
    for _ in 0..10 {
        hand.pass(1);
        hand.ack(1, 1000);
        hand.fill();
    }
    assert_eq!(hand.ssthresh(), INFINITE_SSTHRESH);
}

#[test]
fn reno_has_none() {
    let mut hand = Hand::new(CongestionControl::Reno);
    for round in 0..6 {
        hand.fill();
        hand.pass(100 * (round + 1));
        hand.ack(hand.cwnd(), 100 * (round + 1));
    }
    assert_eq!((hand.cwnd(), hand.ssthresh()), (640, INFINITE_SSTHRESH));
}
