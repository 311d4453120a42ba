//! Timestamps (RFC 7323 §3 to §5). The peer's clock stands at 4294967290 in most of it: it wraps.

mod world;

use base::{Duration, Instant};
use tcp::{DropReason, Events, State};
use world::hand::Hand;

/// Our clock at the start of each script: 100 s, in milliseconds.
const OURS: u32 = 100_000;

/// Connected with timestamps; the peer's clock was 4294967290 in its SYN-ACK.
fn established(mut h: Hand) -> Hand {
    h.show_options = true;
    h.connect();
    assert_eq!(
        h.sent(),
        ["S 1000 mss 1460 sackOK ts 100000/0 ws 10"],
        "the SYN"
    );
    let arrival = h.get("SA 5000 ack 1001 mss 1460 ts 4294967290 ecr 100000");
    assert!(arrival.events.contains(Events::CONNECTED));
    assert_eq!(h.sent(), ["A 1001 ack 5001 ts 100000/4294967290"]);
    h
}

#[test]
fn every_segment_carries_them() {
    Hand::everywhere(|h| {
        let mut h = established(h);
        // RFC 7323 §3.2, and 12 bytes less data (RFC 6691).
        assert_eq!(h.tcp().segment_size(), 1448);
        h.now += Duration::from_millis(7);
        h.write(2000);
        assert_eq!(
            h.sent(),
            [
                "A 1001+1448 ack 5001 ts 100007/4294967290",
                "PA 2449+552 ack 5001 ts 100007/4294967290",
            ]
        );
        h.take("A 5001 ack 3001 ts 4294967295 ecr 100007");
        h.write(1);
        assert_eq!(h.sent(), ["PA 3001+1 ack 5001 ts 100007/4294967295"]);
        h.tcp().abort();
        assert_eq!(h.sent(), ["RA 3002 ack 5001 ts 100007/4294967295"]);
    });
}

#[test]
fn the_clock_may_be_ahead_and_wraps() {
    Hand::everywhere(|mut h| {
        h.show_options = true;
        h.timestamp_offset = 0u32.wrapping_sub(OURS + 1);
        h.connect();
        assert_eq!(h.sent(), ["S 1000 mss 1460 sackOK ts 4294967295/0 ws 10"]);
        h.now += Duration::from_millis(2);
        // The echo lies before the wrap, the clock behind it.
        let arrival = h.get("SA 5000 ack 1001 mss 1460 ts 1 ecr 4294967295");
        assert!(arrival.events.contains(Events::CONNECTED));
        assert_eq!(h.sent(), ["A 1001 ack 5001 ts 1/1"]);
    });
}

#[test]
fn only_what_both_ends_offer_is_used() {
    Hand::everywhere(|mut h| {
        h.show_options = true;
        h.connect();
        h.sent();
        let _ = h.get("SA 5000 ack 1001 mss 1460");
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
        assert_eq!(h.tcp().segment_size(), 1460);
    });
    Hand::everywhere(|mut h| {
        h.show_options = true;
        h.settings.timestamps = 0;
        h.connect();
        assert_eq!(h.sent(), ["S 1000 mss 1460 sackOK ws 10"]);
        let _ = h.get("SA 5000 ack 1001 mss 1460 ts 9 ecr 0");
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
    });
    Hand::everywhere(|mut h| {
        h.show_options = true;
        h.settings.sack = false;
        h.settings.window_scaling = false;
        h.connect();
        assert_eq!(h.sent(), ["S 1000 mss 1460 ts 100000/0"]);
    });
}

#[test]
fn a_listener_answers_what_was_offered() {
    Hand::everywhere(|mut h| {
        for (syn, syn_ack) in [
            (
                "S 5000 mss 1460 sack ok ts 77 ecr 0 ws 8",
                "SA 1000 ack 5001 mss 1460 sackOK ts 100000/77 ws 10",
            ),
            (
                "S 5000 mss 1460 sack ok",
                "SA 1000 ack 5001 mss 1460 sackOK",
            ),
            ("S 5000 mss 1460 ws 8", "SA 1000 ack 5001 mss 1460 ws 10"),
            (
                "S 5000 mss 1460 ts 77 ecr 0",
                "SA 1000 ack 5001 mss 1460 ts 100000/77",
            ),
            ("S 5000 mss 1460", "SA 1000 ack 5001 mss 1460"),
        ] {
            h.show_options = true;
            let mut half = h.half_open(syn);
            let control = half.poll_transmit(h.now, &h.settings).expect("a SYN-ACK");
            assert_eq!(h.show(&control, 0), syn_ack);
        }
        let mut half = h.half_open("S 5000 mss 1460 ts 4294967290 ecr 0");
        let _ = half.poll_transmit(h.now, &h.settings);
        // RFC 7323 §5.3 in SYN-RECEIVED too: from before the SYN.
        let (control, payload) = h.parse("A 5001 ack 1001 ts 4294967280 ecr 100000");
        let outcome = half.on_segment(h.now, &h.settings, &h.options, &control, payload);
        assert!(format!("{outcome:?}").contains("Paws"), "{outcome:?}");
        let (control, payload) = h.parse("PA 5001+10 ack 1001 ts 5 ecr 100000");
        let outcome = half.on_segment(h.now, &h.settings, &h.options, &control, payload);
        let _ = h.adopt(outcome);
        assert_eq!(h.tcp().segment_size(), 1448);
        h.write(1);
        assert_eq!(h.sent(), ["PA 1001+1 ack 5011 ts 100000/5"]);
    });
}

#[test]
fn an_echo_of_no_syn_of_ours_is_of_another_connection() {
    Hand::everywhere(|mut h| {
        h.show_options = true;
        h.connect();
        h.sent();
        h.now += Duration::from_millis(20);
        for echo in [OURS - 1, OURS + 21] {
            let text = format!("SA 5000 ack 1001 mss 1460 ts 9 ecr {echo}");
            h.answered(&text, DropReason::EchoNotOfSyn, "R 1001");
        }
        assert_eq!(h.state(), State::SynSent);
        let arrival = h.get("SA 5000 ack 1001 mss 1460 ts 9 ecr 100000");
        assert!(arrival.events.contains(Events::CONNECTED));
    });
}

#[test]
fn what_is_older_than_what_is_here_is_dropped() {
    Hand::everywhere(|h| {
        let mut h = established(h);
        h.take("PA 5001+10 ack 1001 ts 4294967295 ecr 100000");
        h.sent();
        let _ = h.wait(200);
        // Behind the wrap, and back again: R1 of RFC 7323 §5.3.
        h.take("PA 5011+10 ack 1001 ts 3 ecr 100000");
        h.sent();
        let _ = h.wait(200);
        h.dropped(
            "PA 5021+10 ack 1001 ts 4294967295 ecr 100000",
            DropReason::Paws,
        );
        assert_eq!(h.sent(), ["A 1001 ack 5021 ts 100400/3"]);
        // A bare one is answered at most every 500 ms (tcp_invalid_ratelimit).
        h.dropped(
            "A 5021 ack 1001 ts 4294967290 ecr 100000 win 9",
            DropReason::Paws,
        );
        assert_eq!(h.sent().len(), 1);
        h.dropped(
            "A 5021 ack 1001 ts 4294967290 ecr 100000 win 9",
            DropReason::RateLimited,
        );
        assert_eq!(h.sent(), [""; 0]);
        // Linux allows for what is reordered within a tick.
        h.take("PA 5021+10 ack 1001 ts 2 ecr 100000");
        // Without any it passes, as in Linux.
        h.take("PA 5031+10 ack 1001");
        // A RST needs none (RFC 7323 §3.2).
        let arrival = h.get("R 5041 ts 4294967290 ecr 0");
        assert!(arrival.events.contains(Events::CLOSED));
    });
}

#[test]
fn after_long_silence_the_clock_judges_nothing() {
    Hand::everywhere(|h| {
        let mut h = established(h);
        // Linux: 2^31 µs.
        h.now += Duration::from_secs(2146);
        h.dropped(
            "PA 5001+10 ack 1001 ts 4294967000 ecr 100000 win 9",
            DropReason::Paws,
        );
    });
    Hand::everywhere(|h| {
        let mut h = established(h);
        h.now += Duration::from_secs(2147);
        h.take("PA 5001+10 ack 1001 ts 2147483640 ecr 100000");
        h.sent();
        let _ = h.wait(200);
        h.write(1);
        let sent = h.sent();
        assert!(sent[0].ends_with("/2147483640"), "{sent:?}");
    });
}

#[test]
fn the_first_of_several_is_echoed() {
    Hand::everywhere(|h| {
        let mut h = established(h);
        // RFC 7323 §4.3: the ACK of both echoes the earlier.
        h.take("PA 5001+10 ack 1001 ts 4294967295 ecr 100000");
        h.sent();
        h.take("PA 5011+10 ack 1001 ts 8 ecr 100000");
        h.write(1);
        let sent = h.sent();
        assert!(
            sent.last()
                .is_some_and(|s| s.ends_with("/8") || s.ends_with("/4294967295"))
        );
        // What fills no hole is not echoed: it came ahead of what is missing.
        h.take("PA 5031+10 ack 1001 ts 20 ecr 100000");
        assert_eq!(
            h.sent(),
            [format!(
                "A 1002 ack 5021 ts 100000/{}",
                sent[0].rsplit('/').next().expect("an echo")
            )]
        );
    });
}

#[test]
fn time_wait_goes_on_telling_the_time() {
    Hand::everywhere(|h| {
        let mut h = established(h);
        h.tcp().shutdown_write().expect("connected");
        assert_eq!(h.sent(), ["FA 1001 ack 5001 ts 100000/4294967290"]);
        h.take("FA 5001 ack 1002 ts 4294967291 ecr 100000");
        assert_eq!(h.sent(), ["A 1002 ack 5002 ts 100000/4294967291"]);
        let (now, settings) = (h.now, h.settings.clone());
        h.tcp().close(now, &settings);
        let mut wait = h.tcp().take_time_wait().expect("in TIME-WAIT");
        let (control, _) = h.parse("FA 5001 ack 1002 ts 4294967292 ecr 100000");
        let later = h.now + Duration::from_secs(1);
        let outcome = wait.on_segment(later, &h.settings, &control, 0);
        let tcp::TimeWaitOutcome::Restarted(ack) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(h.show(&ack, 0), "A 1002 ack 5002 ts 101000/4294967291");
    });
}

#[test]
fn the_offset_is_a_secret_of_the_two_hosts() {
    let isn = tcp::IsnGenerator::new(&mut base::Rng::seeded(1));
    let other = tcp::IsnGenerator::new(&mut base::Rng::seeded(2));
    let hosts = ([10u8, 0, 0, 1], [10u8, 0, 0, 2]);
    assert_eq!(isn.timestamp_offset(&hosts), isn.timestamp_offset(&hosts));
    assert_ne!(isn.timestamp_offset(&hosts), other.timestamp_offset(&hosts));
    let far = ([10u8, 0, 0, 1], [10u8, 0, 0, 3]);
    assert_ne!(isn.timestamp_offset(&hosts), isn.timestamp_offset(&far));
    // What everybody sees of the ISN tells nothing of it.
    assert_ne!(
        isn.timestamp_offset(&hosts),
        isn.isn(&hosts, Instant::ZERO).0
    );
}
