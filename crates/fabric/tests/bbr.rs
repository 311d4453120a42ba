//! BBR version 1 on a path of 10 Mbit/s and 40 ms, by what TCP_INFO tells of it.

mod world;

use base::Duration;
use fabric::{Channel, Delay, Limit, Rate};
use tcp::CongestionControl::Bbr;
use world::bulk::Bulk;

/// Bytes a second of data on the path, with timestamps.
const PATH: u64 = 1_250_000 * 1448 / 1514;

fn bulk() -> Bulk {
    let channel = Channel {
        rate: Some(Rate::mbit(10)),
        delay: Delay::constant(Duration::from_millis(20)),
        queue: Limit::Bytes(200_000),
        ..Channel::PERFECT
    };
    let mut bulk = Bulk::new(3, &channel, &channel);
    bulk.add(Bbr);
    bulk
}

/// What it paces at in each of so many milliseconds, in percent of the path.
fn gains(bulk: &mut Bulk, millis: u64) -> Vec<u64> {
    let look = |_| {
        bulk.run(Duration::from_millis(1));
        let rate = bulk.info(0).pacing_rate.unwrap_or(0);
        rate * 100 / PATH
    };
    (0..millis).map(look).collect()
}

#[test]
fn it_probes_with_a_quarter_more_and_drains_with_a_quarter_less() {
    let mut bulk = bulk();
    bulk.run(Duration::from_secs(3));
    let gains = gains(&mut bulk, 1000);
    // 125, 75 and 100 %, each less 1 %.
    let near = |wanted: u64| {
        let count = gains.iter().filter(|gain| gain.abs_diff(wanted) <= 3);
        count.count()
    };
    let [more, less, same] = [124, 74, 99].map(near);
    assert_eq!(more + less + same, 1000, "{gains:?}");
    // A round trip for each eighth of the cycle: the probe takes until its queue has come back,
    // and what drains it no longer than that takes.
    assert!((80..=250).contains(&more), "{more} ms");
    assert!((40..=200).contains(&less), "{less} ms");
    assert!(same >= 550, "{same} ms");
}

#[test]
fn every_ten_seconds_it_lets_the_path_run_empty() {
    let mut bulk = bulk();
    let mut small = 0;
    for _ in 0..120 {
        bulk.run(Duration::from_millis(100));
        if bulk.info(0).cwnd == 4 {
            small += 1;
        }
    }
    // For 200 ms and the round trip in which that shows.
    assert!((2..=3).contains(&small), "{small}");
}
