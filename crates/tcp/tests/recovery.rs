//! What is sent again, and when: RFC 6298, RFC 5681 §3.2, RFC 6582, and when patience ends.

mod world;

use base::Duration;
use tcp::{CaState, Error, Events, Icmp, Settings, State};
use wire::tcp::SeqNumber;
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Writes one byte, which the peer acknowledges after `rtt` milliseconds; `number` is the byte's.
fn measure(h: &mut Hand, number: u32, rtt: u64) {
    h.write(1);
    assert_eq!(h.sent().len(), 1);
    h.now += millis(rtt);
    h.quiet(&format!("A 5001 ack {}", number + 1));
}

#[test]
fn round_trip_times_are_smoothed() {
    // RFC 6298 §2.2 and §2.3, worked out by hand; Linux's least variance of 200 ms is off.
    let mut h = Hand::at(0, 0);
    h.settings.rto_min = millis(1);
    h.connect();
    h.sent();
    h.now += millis(100);
    h.take("SA 5000 ack 1001 mss 1460");
    h.sent();
    let seen = |h: &mut Hand| {
        let info = h.tcp().info();
        (
            info.srtt.as_micros(),
            info.rttvar.as_micros(),
            info.rto.as_micros(),
        )
    };
    assert_eq!(seen(&mut h), (100_000, 50_000, 300_000));
    measure(&mut h, 1001, 200);
    assert_eq!(seen(&mut h), (112_500, 62_500, 362_500));
    measure(&mut h, 1002, 100);
    assert_eq!(seen(&mut h), (110_937, 50_000, 348_437));
}

#[test]
fn the_time_out_leaves_200_ms_to_spare() {
    let mut h = Hand::at(0, 0);
    h.connect();
    h.sent();
    h.now += millis(10);
    h.take("SA 5000 ack 1001 mss 1460");
    assert_eq!(h.tcp().info().rto, millis(210));
}

#[test]
fn one_second_at_first_then_doubled() {
    // RFC 6298 §2.1 and §5.5; no measurement, since the SYN was answered by another copy of it.
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        h.quiet("S 5000 mss 1460");
        h.sent();
        h.take("A 5001 ack 1001");
        h.write(10);
        assert_eq!(h.sent(), ["PA 1001+10 ack 5001"]);
        let expected =
            [1, 3, 7, 15, 31, 63, 127, 247, 367].map(|s| format!("{s}000 ms: PA 1001+10 ack 5001"));
        // RFC 6298 §2.5: not beyond 120 s.
        assert_eq!(h.wait(400_000), expected);
    });
}

#[test]
fn copies_measure_nothing() {
    // Karn's algorithm (RFC 6298 §3), and the back-off stays until the next measurement.
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        h.now += millis(100);
        h.take("SA 5000 ack 1001 mss 1460");
        h.sent();
        h.write(10);
        h.sent();
        assert_eq!(h.wait(300), ["300 ms: PA 1001+10 ack 5001"]);
        assert_eq!(h.tcp().info().rto, millis(600));
        h.now += millis(50);
        h.quiet("A 5001 ack 1011");
        let info = h.tcp().info();
        assert_eq!((info.srtt, info.rto), (millis(100), millis(600)));
        // New data measures again.
        measure(&mut h, 1011, 100);
        let info = h.tcp().info();
        assert_eq!(info.srtt, millis(100));
        assert!(info.rto < millis(310), "{info:?}");
    });
}

#[test]
fn the_timer_follows_the_oldest_segment() {
    // RFC 6298 §5.1 to §5.3.
    let mut h = Hand::at(0, 0);
    h.options.nodelay = true;
    h.establish();
    h.write(10);
    h.sent();
    let start = h.now;
    let rto = h.tcp().info().rto;
    assert_eq!(h.tcp().deadline(), Some(start + rto));
    h.now += millis(50);
    h.write(10);
    h.sent();
    assert_eq!(h.tcp().deadline(), Some(start + rto));
    h.now += millis(50);
    h.quiet("A 5001 ack 1011");
    let now = h.now;
    let rto = h.tcp().info().rto;
    assert_eq!(h.tcp().deadline(), Some(now + rto));
    h.quiet("A 5001 ack 1021");
    assert_eq!(h.tcp().deadline(), None);
}

#[test]
fn a_time_out_goes_back_and_starts_slowly() {
    // RFC 5681 §3.1: ssthresh is half the flight, the window one segment.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
        h.write(8000);
        assert_eq!(h.sent().len(), 8);
        assert_eq!(h.wait(300), ["200 ms: A 1001+1000 ack 5001"]);
        let info = h.tcp().info();
        // CUBIC: 0.7 of the window (RFC 9438 §4.6).
        assert_eq!((info.cwnd, info.ssthresh), (1, 7));
        // A second time-out says nothing new of the path.
        assert_eq!(h.wait(400), ["300 ms: A 1001+1000 ack 5001"]);
        assert_eq!(h.tcp().info().ssthresh, 7);
        h.quiet("A 5001 ack 2001");
        assert_eq!(h.sent(), ["A 2001+1000 ack 5001", "A 3001+1000 ack 5001"]);
        // What has arrived before is passed over.
        h.quiet("A 5001 ack 5001");
        assert_eq!(
            h.sent(),
            [
                "A 5001+1000 ack 5001",
                "A 6001+1000 ack 5001",
                "A 7001+1000 ack 5001",
                "PA 8001+1000 ack 5001"
            ]
        );
        h.write(1000);
        h.quiet("A 5001 ack 6001");
        assert_eq!(h.sent(), ["PA 9001+1000 ack 5001"]);
    });
}

#[test]
fn the_third_duplicate_acknowledgment_is_enough() {
    // RFC 5681 §3.2, with a peer that has no SACK.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
        h.write(20_000);
        assert_eq!(h.sent().len(), 10);
        // Limited transmit (RFC 3042).
        h.quiet("A 5001 ack 1001");
        assert_eq!(h.sent(), ["A 11001+1000 ack 5001"]);
        h.quiet("A 5001 ack 1001");
        assert_eq!(h.sent(), ["A 12001+1000 ack 5001"]);
        assert_eq!(h.tcp().info().ca_state, CaState::Disorder);
        h.now += millis(150);
        h.quiet("A 5001 ack 1001");
        assert_eq!(h.sent(), ["A 1001+1000 ack 5001"]);
        let info = h.tcp().info();
        assert_eq!(info.ca_state, CaState::Recovery);
        assert_eq!(
            (info.unacked, info.sacked, info.lost, info.retrans),
            (12, 3, 1, 1)
        );
        // CUBIC: 0.7 of the window (RFC 9438 §4.6).
        assert_eq!(info.ssthresh, 7);
        // It has as much time as anything that is sent now.
        assert_eq!(info.deadline, Some(h.now + info.rto));
        // All that was in flight then is here. The state holds until something above it is
        // acknowledged (RFC 6582 §4).
        h.quiet("A 5001 ack 13001");
        assert_eq!(h.tcp().info().ca_state, CaState::Recovery);
        assert_eq!(h.tcp().info().cwnd, 7);
        assert_eq!(h.sent().len(), 7);
        h.quiet("A 5001 ack 14001");
        assert_eq!(h.tcp().info().ca_state, CaState::Open);
    });
}

#[test]
fn a_partial_acknowledgment_shows_the_next_loss() {
    // RFC 6582 §3.2, step 3: 1001 and 4001 of ten were lost.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
        h.write(20_000);
        h.sent();
        for _ in 0..8 {
            h.quiet("A 5001 ack 1001");
            h.sent();
        }
        h.quiet("A 5001 ack 4001");
        assert_eq!(h.sent()[0], "A 4001+1000 ack 5001");
        assert_eq!(h.tcp().info().ca_state, CaState::Recovery);
        h.quiet("A 5001 ack 11001");
        assert_eq!(h.tcp().info().total_retrans, 2);
    });
}

#[test]
fn every_partial_acknowledgment_restarts_the_timer() {
    // RFC 6298 §5.3, as Linux, and not RFC 6582 §4's impatient variant.
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
    h.write(10_000);
    h.sent();
    for _ in 0..3 {
        h.quiet("A 5001 ack 1001");
    }
    h.sent();
    for ack in [2001, 3001] {
        h.now += millis(50);
        h.quiet(&format!("A 5001 ack {ack}"));
        h.sent();
        let info = h.tcp().info();
        assert_eq!(info.deadline, Some(h.now + info.rto));
    }
}

#[test]
fn what_is_no_duplicate_is_not_counted() {
    // RFC 5681 §2.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 60000 mss 1000");
        h.write(5000);
        h.sent();
        h.quiet("A 5001 ack 1001 win 60000");
        h.quiet("A 5001 ack 1001 win 60000");
        // Data; another window.
        h.take("A 5001+10 ack 1001 win 60000");
        h.quiet("A 5011 ack 1001 win 61000");
        assert!(!h.tcp().info().in_recovery);
        // A new acknowledgment starts the count anew.
        h.quiet("A 5011 ack 2001 win 61000");
        h.quiet("A 5011 ack 2001 win 61000");
        h.quiet("A 5011 ack 2001 win 61000");
        assert!(!h.tcp().info().in_recovery);
        h.quiet("A 5011 ack 2001 win 61000");
        assert!(h.tcp().info().in_recovery);
        // Nothing in flight: nothing to be a duplicate of.
        h.quiet("A 5011 ack 6001 win 61000");
        for _ in 0..5 {
            h.quiet("A 5011 ack 6001 win 61000");
        }
        assert_eq!(h.tcp().info().sacked, 0);
    });
}

#[test]
fn duplicates_of_what_was_sent_before_a_time_out_show_no_loss() {
    // RFC 6582 §3.2, step 2 and 4.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
        h.write(5000);
        h.sent();
        h.wait(300);
        h.quiet("A 5001 ack 3001");
        h.sent();
        for _ in 0..4 {
            h.quiet("A 5001 ack 3001");
        }
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.tcp().info().cwnd, 3);
    });
}

#[test]
fn two_segments_are_the_least() {
    // RFC 5681 §3.1, equation 4: at least 2 * SMSS.
    let mut h = Hand::at(0, 0);
    h.settings.initial_window = 2;
    h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
    h.write(1000);
    h.sent();
    h.wait(300);
    assert_eq!(h.tcp().info().ssthresh, 2);
}

#[test]
fn slow_start_after_a_time_out_ends_at_the_threshold() {
    // RFC 5681 §3.1.
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
    h.write(10_000);
    h.sent();
    h.wait(300);
    for (ack, cwnd) in [(2001, 2), (3001, 3), (4001, 4), (11_001, 7)] {
        h.quiet(&format!("A 5001 ack {ack}"));
        h.sent();
        assert_eq!(h.tcp().info().cwnd, cwnd);
    }
}

#[test]
fn patience_ends_after_924_seconds() {
    // tcp_retries2 = 15: 0.2 + 0.4 … + 102.4, then 6 times 120 s.
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(10);
        h.sent();
        assert_eq!(h.wait(924_599).len(), 15);
        assert_eq!(h.state(), State::Established);
        // A round trip of no time counts as a microsecond, doubled along.
        assert_eq!(h.wait(3), NOTHING);
        assert_eq!(h.state(), State::Closed);
        assert_eq!(h.read(10), Err(Error::TimedOut));
        assert_eq!(h.read(10), Ok(0));
        assert_eq!(h.tcp().deadline(), None);
        assert_eq!((h.tcp().unsent(), h.tcp().unacknowledged()), (0, 0));
    });
}

#[test]
fn the_user_may_have_less_patience() {
    // TCP_USER_TIMEOUT.
    let mut h = Hand::at(0, 0);
    h.options.user_timeout = 1000;
    h.establish();
    h.write(10);
    h.sent();
    assert_eq!(h.wait(999).len(), 2);
    assert_eq!(h.state(), State::Established);
    assert_eq!(h.wait(1), NOTHING);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));
}

#[test]
fn the_user_may_have_more() {
    let mut h = Hand::at(0, 0);
    h.options.user_timeout = 2_000_000;
    h.establish();
    h.write(10);
    h.sent();
    h.wait(1_999_999);
    assert_eq!(h.state(), State::Established);
    h.wait(1);
    assert_eq!(h.state(), State::Closed);
}

#[test]
fn the_path_is_doubted_before_the_peer() {
    // tcp_retries1 = 3.
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(10);
    h.sent();
    let mut doubts = Vec::new();
    for count in 1..6 {
        h.now = h.tcp().deadline().expect("armed");
        let (now, settings) = (h.now, h.settings.clone());
        let events = h.tcp().on_deadline(now, &settings).events;
        h.sent();
        if events.contains(Events::PATH_SUSPECT) {
            doubts.push(count);
        }
    }
    assert_eq!(doubts, [3]);
}

#[test]
fn icmp_errors_end_an_attempt() {
    for (icmp, error) in [
        (Icmp::NetUnreachable, Error::NetUnreachable),
        (Icmp::HostUnreachable, Error::HostUnreachable),
        (Icmp::Undeliverable, Error::HostUnreachable),
        (Icmp::PortUnreachable, Error::ConnectionRefused),
        (Icmp::ProtocolUnreachable, Error::ProtocolUnreachable),
    ] {
        Hand::everywhere(|mut h| {
            h.connect();
            h.sent();
            let (now, iss) = (h.now, h.iss());
            // Of nothing that is in flight: a guess (RFC 5927 §4.1).
            for seq in [iss - 1, iss + 1, SeqNumber(iss.0 ^ 0x8000_0000)] {
                let arrival = h.tcp().on_icmp(now, &Settings::default(), seq, icmp);
                assert_eq!(arrival.events, Events::empty());
                assert!(arrival.dropped.is_some());
            }
            let arrival = h.tcp().on_icmp(now, &Settings::default(), iss, icmp);
            assert!(arrival.events.contains(Events::ERROR));
            assert_eq!(h.tcp().take_error(), Some(error));
        });
    }
}

#[test]
fn icmp_errors_are_remembered_as_the_reason() {
    // RFC 9293 §3.9.2.2, MUST-56; RFC 5927 §5.2.
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(10);
    h.sent();
    let (now, iss) = (h.now, h.iss());
    let arrival = h
        .tcp()
        .on_icmp(now, &Settings::default(), iss + 1, Icmp::HostUnreachable);
    assert_eq!(arrival.events, Events::empty());
    assert_eq!(h.state(), State::Established);
    h.wait(1_000_000);
    assert_eq!(h.tcp().take_error(), Some(Error::HostUnreachable));
    // Unless it came right after all.
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(10);
    h.sent();
    let (now, iss) = (h.now, h.iss());
    let _ = h
        .tcp()
        .on_icmp(now, &Settings::default(), iss + 1, Icmp::HostUnreachable);
    h.quiet("A 5001 ack 1011");
    h.write(10);
    h.sent();
    h.wait(1_000_000);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));
}

#[test]
fn a_smaller_path_gets_smaller_segments() {
    // RFC 1191.
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(3000);
        assert_eq!(h.sent().len(), 3);
        let cwnd = h.tcp().info().cwnd;
        let (now, iss) = (h.now, h.iss());
        h.max_payload = 960;
        let icmp = Icmp::FragmentationNeeded { mss: 960 };
        let _ = h.tcp().on_icmp(now, &Settings::default(), iss + 1, icmp);
        let sent = [
            "A 1001+960 ack 5001",
            "A 1961+500 ack 5001",
            "A 2461+960 ack 5001",
            "A 3421+500 ack 5001",
        ];
        assert_eq!(h.sent(), sent);
        // That was not congestion.
        assert_eq!(h.tcp().info().cwnd, cwnd);
        // Not below reason (tcp_min_snd_mss; IP believes no less than min_pmtu), not up again.
        let _ = h.tcp().on_icmp(
            now,
            &Settings::default(),
            iss + 1,
            Icmp::FragmentationNeeded { mss: 1 },
        );
        assert_eq!(h.tcp().info().snd_mss, 48);
        let _ = h.tcp().on_icmp(
            now,
            &Settings::default(),
            iss + 1,
            Icmp::FragmentationNeeded { mss: 1460 },
        );
        assert_eq!(h.tcp().info().snd_mss, 48);
    });
}
