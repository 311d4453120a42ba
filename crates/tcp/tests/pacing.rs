//! SO_MAX_PACING_RATE, and the algorithms that pace.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod world;

use base::{Duration, Instant};
use tcp::{CongestionControl, SocketOptions};
use world::hand::Hand;
use world::net::{Link, World};

#[test]
fn after_ten_segments_data_leaves_at_the_rate_that_was_asked_for() {
    Hand::everywhere(|mut hand| {
        hand.options.max_pacing_rate = 1_000_000;
        hand.options.sndbuf = Some(1 << 20);
        hand.establish();
        hand.write(20 * 1460);
        assert_eq!(hand.sent().len(), 10);
        hand.now += Duration::from_millis(10);
        hand.take("A 5001 ack 15601 win 65535");
        for left in (0..10).rev() {
            assert_eq!(hand.sent().len(), 1);
            if left == 0 {
                break;
            }
            // 1460 bytes take as many microseconds, of which a pause earns a half.
            let due = hand.tcp().deadline().unwrap();
            let wait = due - hand.now;
            assert!((730..=1460).contains(&wait.as_micros()), "{wait}");
            hand.now = due;
            let settings = hand.settings.clone();
            let _ = hand.tcp().on_deadline(due, &settings);
        }
    });
}

/// How long a megabyte takes over 20 ms.
fn transfer(options: SocketOptions) -> Duration {
    let link = Link::clean(Duration::from_millis(10));
    let mut net = World::new(1, link, [1_000_000, 0]);
    net.ends[0].options = options;
    net.ends[1].options.rcvbuf = Some(1 << 20);
    net.open();
    let begin = net.now;
    while net.ends[1].program.read < 1_000_000 {
        assert!(
            net.now < Instant::from_secs(60),
            "{} read",
            net.ends[1].program.read
        );
        let next = net.now + Duration::from_millis(10);
        net.run_until(next);
        net.now = net.now.max(next);
    }
    net.now - begin
}

#[test]
fn every_algorithm_brings_all_there_paced_or_not() {
    for choice in CongestionControl::ALL {
        for max_pacing_rate in [0, 500_000] {
            let options = SocketOptions {
                congestion: Some(choice),
                max_pacing_rate,
                ..SocketOptions::default()
            };
            let took = transfer(options);
            println!("{choice} at {max_pacing_rate}: {took}");
            if max_pacing_rate > 0 {
                assert!(took > Duration::from_millis(1900), "{choice}: {took}");
            }
        }
    }
}
