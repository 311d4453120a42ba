//! How much of the window is used, and what a pause does to it (RFC 2861, RFC 7661).

use base::Duration;

use super::hand::Hand;
use crate::congestion::{CaState, CongestionControl, INFINITE_SSTHRESH};

/// Sends so many of an initial window of ten, has all acknowledged by twos, and tells the window.
fn grown_by(packets: u32) -> u32 {
    let mut hand = Hand::new(CongestionControl::Reno);
    hand.send(packets);
    hand.pass(100);
    for _ in 0..packets / 2 {
        hand.ack(2, 100);
        hand.send(0);
    }
    hand.cwnd()
}

#[test]
fn slow_start_grows_to_twice_what_was_sent() {
    // What Linux's windows are after the same.
    assert_eq!(grown_by(4), 10);
    assert_eq!(grown_by(5), 10);
    assert_eq!(grown_by(6), 12);
    assert_eq!(grown_by(8), 16);
    assert_eq!(grown_by(9), 18);
    assert_eq!(grown_by(10), 20);
}

#[test]
fn in_congestion_avoidance_only_a_full_window_grows() {
    let mut hand = Hand::new(CongestionControl::Reno);
    hand.congestion.window.ssthresh = 10;
    for _ in 0..5 {
        hand.send(9);
        hand.pass(100);
        hand.ack(9, 100);
    }
    assert_eq!(hand.cwnd(), 10);
    hand.fill();
    hand.pass(100);
    hand.ack(10, 100);
    assert_eq!(hand.cwnd(), 11);
}

#[test]
fn a_pause_halves_the_window_for_each_time_out() {
    for (millis, cwnd) in [(300, 40), (301, 20), (600, 20), (601, 10), (9000, 10)] {
        let mut hand = Hand::new(CongestionControl::Cubic);
        hand.congestion.window.cwnd = 40;
        hand.pass(millis);
        let (idle, rto) = (Duration::from_millis(millis), hand.rto);
        let state = CaState::Open;
        hand.congestion
            .restart_after_idle(hand.now, idle, rto, 10, state);
        assert_eq!(hand.cwnd(), cwnd, "{millis} ms");
        // What it was is not forgotten.
        assert_eq!(hand.ssthresh(), INFINITE_SSTHRESH);
    }
}

#[test]
fn the_threshold_keeps_three_quarters_of_what_a_pause_takes() {
    let mut hand = Hand::new(CongestionControl::Reno);
    hand.congestion.window.cwnd = 40;
    hand.congestion.window.ssthresh = 20;
    hand.pass(5000);
    let idle = Duration::from_secs(5);
    hand.congestion
        .restart_after_idle(hand.now, idle, hand.rto, 10, CaState::Open);
    assert_eq!((hand.cwnd(), hand.ssthresh()), (10, 30));
}

#[test]
fn a_window_larger_than_the_initial_one_is_not_raised_by_a_pause() {
    let mut hand = Hand::new(CongestionControl::Reno);
    hand.congestion.window.cwnd = 4;
    let idle = Duration::from_secs(5);
    hand.congestion
        .restart_after_idle(hand.now, idle, hand.rto, 10, CaState::Open);
    assert_eq!(hand.cwnd(), 4);
}

#[test]
fn a_window_that_is_not_used_decays_half_way_each_time_out() {
    let mut hand = Hand::new(CongestionControl::Reno);
    hand.congestion.window.cwnd = 100;
    hand.congestion.window.ssthresh = 50;
    hand.send(20);
    assert_eq!(hand.cwnd(), 100);
    hand.pass(300);
    hand.ack(20, 100);
    hand.send(20);
    // W_used is 20.
    assert_eq!((hand.cwnd(), hand.ssthresh()), (60, 75));
    hand.pass(299);
    hand.send(0);
    assert_eq!(hand.cwnd(), 60);
    hand.pass(1);
    hand.ack(20, 100);
    hand.send(5);
    assert_eq!(hand.cwnd(), 40);
}

#[test]
fn while_something_is_lost_the_window_does_not_decay() {
    let mut hand = Hand::new(CongestionControl::Reno);
    hand.congestion.window.cwnd = 100;
    hand.congestion.window.ssthresh = 50;
    hand.state = CaState::Disorder;
    hand.pass(1000);
    hand.send(5);
    assert_eq!(hand.cwnd(), 100);
}
