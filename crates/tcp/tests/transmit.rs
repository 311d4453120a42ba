//! What goes out, and what waits: windows, Nagle, silly windows, several segments in one.

mod world;

use tcp::{Error, Events};
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

#[test]
fn small_writes_wait_for_acknowledgment() {
    // Nagle, RFC 9293 §3.7.4.
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(1);
        assert_eq!(h.sent(), ["PA 1001+1 ack 5001"]);
        h.write(1);
        h.write(1);
        assert_eq!(h.sent(), NOTHING);
        // Together they go with the ACK.
        h.quiet("A 5001 ack 1002");
        assert_eq!(h.sent(), ["PA 1002+2 ack 5001"]);
        // Or as soon as there is a full segment.
        h.write(1459);
        assert_eq!(h.sent(), NOTHING);
        h.write(2);
        assert_eq!(h.sent(), ["A 1004+1460 ack 5001"]);
        h.quiet("A 5001 ack 1004");
        assert_eq!(h.sent(), ["PA 2464+1 ack 5001"]);
    });
}

#[test]
fn full_segments_in_flight_do_not_hold_back_the_rest() {
    // Minshall's refinement, as on Linux.
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(1500);
        assert_eq!(h.sent(), ["A 1001+1460 ack 5001", "PA 2461+40 ack 5001"]);
        h.write(10);
        assert_eq!(h.sent(), NOTHING);
    });
}

#[test]
fn nodelay_does_not_wait() {
    let mut h = Hand::at(0, 0);
    h.options.nodelay = true;
    h.establish();
    for number in [1001, 1002, 1003] {
        h.write(1);
        assert_eq!(h.sent(), [format!("PA {number}+1 ack 5001")]);
    }
}

#[test]
fn a_fin_takes_the_rest_with_it() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(1);
    h.sent();
    h.write(1);
    assert_eq!(h.sent(), NOTHING);
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
    assert_eq!(h.sent(), ["FPA 1002+1 ack 5001"]);
}

#[test]
fn several_segments_in_one() {
    Hand::everywhere(|mut h| {
        h.max_payload = 65_000;
        h.establish();
        h.write(4000);
        assert_eq!(h.sent(), ["PA 1001+4000 ack 5001 in 1460"]);
        // The end waits as it would alone: another small one is in flight.
        h.write(3000);
        assert_eq!(h.sent(), ["PA 5001+2920 ack 5001 in 1460"]);
        h.quiet("A 5001 ack 7921");
        assert_eq!(h.tcp().shutdown_write(), Ok(()));
        assert_eq!(h.sent(), ["FPA 7921+80 ack 5001"]);
    });
    // As many as fit, whole ones.
    let mut h = Hand::at(0, 0);
    h.max_payload = 5000;
    h.establish();
    h.write(7000);
    assert_eq!(
        h.sent(),
        [
            "PA 1001+4380 ack 5001 in 1460",
            "PA 5381+2620 ack 5001 in 1460"
        ]
    );
    // One alone is one.
    let mut h = Hand::at(0, 0);
    h.max_payload = 5000;
    h.establish();
    h.write(1460);
    assert_eq!(h.sent(), ["PA 1001+1460 ack 5001"]);
}

#[test]
fn a_caller_with_less_room_gets_smaller_segments() {
    let mut h = Hand::at(0, 0);
    h.max_payload = 600;
    h.establish();
    h.write(1460);
    let sent = [
        "A 1001+600 ack 5001",
        "A 1601+600 ack 5001",
        "PA 2201+260 ack 5001",
    ];
    assert_eq!(h.sent(), sent);
}

#[test]
fn the_peers_window_is_obeyed() {
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 3000 mss 1000");
        h.write(5000);
        let sent = [
            "A 1001+1000 ack 5001",
            "A 2001+1000 ack 5001",
            "A 3001+1000 ack 5001",
        ];
        assert_eq!(h.sent(), sent);
        // The window does not move: nothing.
        h.quiet("A 5001 ack 2001 win 2000");
        assert_eq!(h.sent(), NOTHING);
        // It moves by less than a segment: not worth it (RFC 9293 §3.8.6.2.1).
        h.quiet("A 5001 ack 2001 win 2900");
        assert_eq!(h.sent(), NOTHING);
        h.quiet("A 5001 ack 2001 win 3000");
        assert_eq!(h.sent(), ["A 4001+1000 ack 5001"]);
        // It shrinks (RFC 9293 §3.8.6, MUST-34): nothing breaks, nothing goes.
        h.quiet("A 5001 ack 3001 win 500");
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.tcp().info().in_flight, 2000);
        h.quiet("A 5001 ack 5001 win 3000");
        assert_eq!(h.sent(), ["PA 5001+1000 ack 5001"]);
    });
}

#[test]
fn half_of_a_small_window_is_worth_a_segment() {
    // RFC 9293 §3.8.6.2.1, (3): from half of the largest window on.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 800 mss 1460");
        h.write(2000);
        assert_eq!(h.sent(), ["A 1001+800 ack 5001"]);
        h.quiet("A 5001 ack 1801 win 399");
        assert_eq!(h.sent(), NOTHING);
        h.quiet("A 5001 ack 1801 win 400");
        assert_eq!(h.sent(), ["A 1801+400 ack 5001"]);
    });
}

#[test]
fn a_window_too_small_is_used_after_a_while() {
    // RFC 9293 §3.8.6.2.1, (4), the override time-out.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 10000 mss 1460");
        h.write(10_000);
        h.sent();
        h.quiet("A 5001 ack 11001 win 100");
        h.write(500);
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.wait(300), ["200 ms: A 11001+100 ack 5001"]);
    });
}

#[test]
fn a_closed_window_is_probed() {
    // RFC 9293 §3.8.6.1: first after a time-out, then less and less often.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 1000 mss 1000");
        h.write(1500);
        assert_eq!(h.sent(), ["A 1001+1000 ack 5001"]);
        h.quiet("A 5001 ack 2001 win 0");
        assert_eq!(h.sent(), NOTHING);
        // A number that the peer has: it must answer. 200 ms, doubled each time.
        let probe = "A 2000 ack 5001";
        let expected = [200, 600, 1400, 3000].map(|ms| format!("{ms} ms: {probe}"));
        assert_eq!(h.wait(6000), expected);
        assert_eq!(h.tcp().info().probes, 4);
        // An answer with the window still closed keeps it alive (MUST-37).
        h.quiet("A 5001 ack 2001 win 0");
        assert_eq!(h.tcp().info().probes, 0);
        assert_eq!(h.wait(1000), [format!("200 ms: {probe}")]);
        // It opens.
        h.quiet("A 5001 ack 2001 win 1000");
        assert_eq!(h.sent(), ["PA 2001+500 ack 5001"]);
        h.quiet("A 5001 ack 2501 win 1000");
        assert_eq!(h.tcp().deadline(), None);
    });
}

#[test]
fn a_closed_window_may_stay_closed_for_days() {
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1000");
    h.write(1500);
    h.sent();
    h.quiet("A 5001 ack 2001 win 0");
    h.sent();
    for _ in 0..2000 {
        assert!(!h.wait(120_000).is_empty());
        h.quiet("A 5001 ack 2001 win 0");
    }
    h.quiet("A 5001 ack 2001 win 1000");
    assert_eq!(h.sent(), ["PA 2001+500 ack 5001"]);
}

#[test]
fn unanswered_probes_end_it() {
    // tcp_retries2 = 15 probes; 0.2 … 102.4 s, then 120 s each.
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1000");
    h.write(1500);
    h.sent();
    h.quiet("A 5001 ack 2001 win 0");
    h.sent();
    assert_eq!(h.wait(10_000_000).len(), 15);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));
}

#[test]
fn a_fin_waits_for_the_window_too() {
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 1000 mss 1000");
        h.write(1000);
        assert_eq!(h.tcp().shutdown_write(), Ok(()));
        assert_eq!(h.sent(), ["PA 1001+1000 ack 5001"]);
        h.quiet("A 5001 ack 2001 win 0");
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.wait(300), ["200 ms: A 2000 ack 5001"]);
        h.quiet("A 5001 ack 2001 win 1");
        assert_eq!(h.sent(), ["FA 2001 ack 5001"]);
    });
}

#[test]
fn writing_beyond_the_buffer() {
    let mut h = Hand::at(0, 0);
    h.options.sndbuf = Some(6000);
    h.establish();
    assert_eq!(h.try_write(0), Ok(0));
    assert_eq!(h.try_write(5000), Ok(5000));
    assert_eq!(h.try_write(5000), Ok(1000));
    assert_eq!(h.try_write(5000), Err(Error::WouldBlock));
    h.sent();
    // Writing is worth it from a third of the buffer on.
    assert_eq!(h.get("A 5001 ack 2999").events, Events::empty());
    assert_eq!(h.get("A 5001 ack 3001").events, Events::WRITABLE);
    assert_eq!(h.get("A 5001 ack 4000").events, Events::empty());
    assert_eq!(h.try_write(5000), Ok(2999));
}

#[test]
fn a_program_that_fills_the_buffer_exactly_hears_of_room() {
    let mut h = Hand::at(0, 0);
    h.options.sndbuf = Some(6000);
    h.establish();
    h.write(6000);
    let settings = h.settings.clone();
    assert_eq!(h.tcp().readiness(&settings), Events::CONNECTED);
    h.sent();
    assert_eq!(h.get("A 5001 ack 7001").events, Events::WRITABLE);
}

#[test]
fn the_buffer_follows_the_congestion_window() {
    let mut h = Hand::at(0, 0);
    h.establish();
    // tcp_wmem[1] = 16384 is less than twice 14600.
    assert_eq!(h.try_write(1_000_000), Ok(29_200));
    h.settings.wmem = [4096, 50_000, 60_000];
    assert_eq!(h.try_write(1_000_000), Ok(20_800));
    h.settings.wmem = [4096, 16_384, 20_000];
    assert_eq!(h.try_write(1_000_000), Err(Error::WouldBlock));
    let mut h = Hand::at(0, 0);
    h.settings.wmem = [4096, 16_384, 20_000];
    h.establish();
    assert_eq!(h.try_write(1_000_000), Ok(20_000));
    assert_eq!(
        (h.tcp().unsent(), h.tcp().unacknowledged()),
        (20_000, 20_000)
    );
    h.sent();
    h.quiet("A 5001 ack 2001");
    assert_eq!(
        (h.tcp().unsent(), h.tcp().unacknowledged()),
        (5_400, 19_000)
    );
}

#[test]
fn large_slices_are_sent_as_they_are() {
    let mut h = Hand::at(0, 0);
    h.max_payload = 65_000;
    h.establish();
    let data = base::Bytes::from(world::bytes_at(1001, 14_600));
    let (now, settings) = (h.now, h.settings.clone());
    assert_eq!(h.tcp().write_bytes(&settings, data.clone()), Ok(14_600));
    let out = h.tcp().poll_transmit(now, &settings, 65_000).expect("data");
    assert_eq!(out.payload.slices().len(), 1);
    assert_eq!(out.payload.slices()[0].as_ptr(), data.as_ptr());
}

#[test]
fn the_congestion_window_grows_by_what_is_acknowledged() {
    // RFC 5681 §3.1.
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(29_200);
        assert_eq!(h.sent().len(), 10);
        // Slow start: by as much.
        h.quiet("A 5001 ack 3921");
        assert_eq!(h.tcp().info().cwnd, 12);
        assert_eq!(h.sent().len(), 4);
        // A program that does not use its window does not earn a larger one.
        h.quiet("A 5001 ack 21441");
        assert_eq!(h.sent().len(), 6);
        let cwnd = h.tcp().info().cwnd;
        h.quiet("A 5001 ack 24361");
        h.quiet("A 5001 ack 30201");
        assert_eq!(h.tcp().info().cwnd, cwnd);
    });
}

#[test]
fn after_a_pause_the_window_starts_anew() {
    // RFC 5681 §4.1.
    let grown = |restart: bool, pause: u64| {
        let mut h = Hand::at(0, 0);
        h.settings.slow_start_after_idle = restart;
        h.max_payload = 65_000;
        h.establish();
        h.write(29_200);
        h.sent();
        h.quiet("A 5001 ack 15601");
        h.sent();
        h.quiet("A 5001 ack 30201");
        assert_eq!(h.tcp().info().cwnd, 20);
        h.wait(pause);
        h.write(10);
        h.sent();
        h.tcp().info().cwnd
    };
    assert_eq!(grown(true, 199), 20);
    assert_eq!(grown(true, 1000), 10);
    assert_eq!(grown(false, 1000), 20);
}

#[test]
fn what_lies_within_a_shrunken_window_is_sent_again() {
    // RFC 9293 §3.8.6, SHLD-15 to SHLD-17.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 4000 mss 1000");
        h.write(5000);
        assert_eq!(h.sent().len(), 4);
        // Its right edge was 5001 and is 3001 now.
        h.quiet("A 5001 ack 2001 win 1000");
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.wait(300), ["200 ms: A 2001+1000 ack 5001"]);
        // As Linux: of what lies beyond, the first serves as a probe, and no more goes.
        h.quiet("A 5001 ack 3001 win 0");
        assert_eq!(h.sent(), ["A 3001+1000 ack 5001"]);
        // And it is no reason to give up as long as the peer answers.
        for _ in 0..200 {
            h.wait(120_000);
            h.quiet("A 5001 ack 3001 win 0");
        }
        assert_eq!(h.tcp().take_error(), None);
        h.quiet("A 5001 ack 5001 win 3000");
        assert_eq!(h.sent(), ["PA 5001+1000 ack 5001"]);
    });
}

#[test]
fn the_user_may_tire_of_a_closed_window() {
    // TCP_USER_TIMEOUT counts from the first probe on, however often the peer answers (Linux).
    let mut h = Hand::at(0, 0);
    h.options.user_timeout = 3000;
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1000");
    h.write(1500);
    h.sent();
    h.quiet("A 5001 ack 2001 win 0");
    h.sent();
    let mut waited = 0;
    while h.state() == tcp::State::Established && waited < 10_000 {
        h.wait(100);
        waited += 100;
        if h.state() == tcp::State::Established {
            h.quiet("A 5001 ack 2001 win 0");
            h.sent();
        }
    }
    assert_eq!(waited, 3000);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));
}

#[test]
fn a_closed_window_does_not_hold_an_orphan_for_ever() {
    // Linux: probes at 0.2 + 0.4 … + 102.4 s; the next would come after more than 120 s, and none
    // does (RFC 6429 §5).
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1000");
    h.write(1500);
    h.sent();
    h.quiet("A 5001 ack 2001 win 0");
    let (now, settings) = (h.now, h.settings.clone());
    h.tcp().close(now, &settings);
    h.sent();
    let mut probes = 0;
    let mut seconds = 0;
    while h.state() != tcp::State::Closed && seconds < 10_000 {
        probes += h.wait(1000).len();
        seconds += 1;
        if h.state() != tcp::State::Closed {
            h.quiet("A 5001 ack 2001 win 0");
            h.sent();
        }
    }
    assert_eq!(h.state(), tcp::State::Closed);
    assert!((200..400).contains(&seconds), "{seconds}");
    assert!(probes <= 12, "{probes}");
    assert_eq!(h.tcp().unacknowledged(), 0);
}
