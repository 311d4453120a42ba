//! Rate and delay, to the nanosecond, against hand calculations.

mod world;

use base::Duration;
use fabric::{Channel, Delay, Direction, Rate};
use world::{arrivals, frame, number, numbered, pair};

fn delayed(rate: Option<Rate>, time: Duration) -> Channel {
    Channel {
        rate,
        delay: Delay::constant(time),
        ..Channel::PERFECT
    }
}

#[test]
fn a_frame_takes_its_bits_and_the_delay() {
    // 1514 bytes are 12,112 bits: 1211.2 us at 10 Mbit/s. And 20 ms.
    let channel = delayed(Some(Rate::mbit(10)), Duration::from_millis(20));
    let (mut net, a, b, _) = pair(1, &channel);
    net.put(a, frame(1, 2, 1514));
    let arrived = arrivals(&mut net, b);
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].0.as_nanos(), 21_211_200);
}

#[test]
fn frames_leave_one_after_the_other_and_fly_together() {
    // 125 bytes at 1 Mbit/s: 1 ms each. The first is there after 1 + 20 ms, the others 1 ms apart.
    let channel = delayed(Some(Rate::mbit(1)), Duration::from_millis(20));
    let (mut net, a, b, link) = pair(1, &channel);
    for n in 0..5 {
        net.put(a, numbered(n, 125));
    }
    assert_eq!(net.backlog(link, Direction::There), (4, 500));
    let seen: Vec<_> = arrivals(&mut net, b)
        .iter()
        .map(|(at, frame)| (at.as_nanos(), number(frame)))
        .collect();
    let expected: Vec<_> = (0..5)
        .map(|n| (21_000_000 + u64::from(n) * 1_000_000, n))
        .collect();
    assert_eq!(seen, expected);
    let traffic = net.traffic(link, Direction::There);
    assert_eq!((traffic.frames, traffic.bytes), (5, 625));
    assert_eq!(traffic.busy, Duration::from_millis(5));
    assert_eq!(net.traffic(link, Direction::Back).frames, 0);
}

#[test]
fn a_pause_is_not_saved_up() {
    let (mut net, a, b, _) = pair(1, &delayed(Some(Rate::mbit(1)), Duration::ZERO));
    net.put(a, frame(1, 2, 125));
    net.advance_to(base::Instant::from_micros(1_500));
    net.put(a, frame(1, 2, 125));
    net.run_until_idle();
    assert_eq!(net.now().as_micros(), 2_500);
    assert!(net.take(b).is_some() && net.take(b).is_some());
}

#[test]
fn a_part_of_a_nanosecond_counts_whole() {
    // 64 bytes at 3 bit/s are 170.666... s.
    let nanos = |rate: Rate, len| rate.time_for(len).as_nanos();
    assert_eq!(nanos(Rate::bit(3), 64), 170_666_666_667);
    assert_eq!(nanos(Rate::gbit(1), 1514), 12_112);
    assert_eq!(nanos(Rate::gbit(100), 64), 6); // 5.12
    assert_eq!(nanos(Rate::kbit(56), 1500), 214_285_715); // 214,285,714.28
    assert_eq!(nanos(Rate::bit(0), 1), 8_000_000_000);
    assert_eq!(nanos(Rate::bit(1), usize::MAX), u64::MAX);
    assert_eq!(Rate::mbit(10).to_string(), "10Mbit");
    assert_eq!(Rate::bit(9600).to_string(), "9600bit");
}

#[test]
fn without_rate_and_delay_it_is_there_at_once() {
    let (mut net, a, b, _) = pair(1, &Channel::PERFECT);
    for n in 0..3 {
        net.put(a, numbered(n, 100));
    }
    net.run_until_idle();
    assert_eq!(net.now().as_nanos(), 0);
    let order: Vec<_> = std::iter::from_fn(|| net.take(b))
        .map(|f| number(&f))
        .collect();
    assert_eq!(order, [0, 1, 2]);
}

#[test]
fn jitter_stays_within_its_bounds_and_uses_them() {
    let (time, jitter) = (Duration::from_millis(10), Duration::from_millis(4));
    let channel = Channel {
        delay: Delay {
            time,
            jitter,
            ..Delay::NONE
        },
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(3, &channel);
    for n in 0..1000 {
        net.put(a, numbered(n, 64));
    }
    let arrived = arrivals(&mut net, b);
    assert_eq!(arrived.len(), 1000);
    let (first, last) = (arrived[0].0.as_micros(), arrived[999].0.as_micros());
    // Both ends of 6..=14 ms are nearly reached, and the middle is the mean.
    assert!((6_000..6_100).contains(&first), "{first}");
    assert!((13_900..=14_000).contains(&last), "{last}");
    let sum: u64 = arrived.iter().map(|(at, _)| at.as_micros()).sum();
    assert!((9_800..10_200).contains(&(sum / 1000)), "{}", sum / 1000);
    assert!(!arrived.is_sorted_by_key(|(_, frame)| number(frame)));
}

#[test]
fn jitter_larger_than_the_delay_does_not_reach_into_the_past() {
    let channel = Channel {
        delay: Delay {
            time: Duration::from_millis(1),
            jitter: Duration::from_millis(5),
            ..Delay::NONE
        },
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(3, &channel);
    (0..100).for_each(|n| net.put(a, numbered(n, 64)));
    let arrived = arrivals(&mut net, b);
    assert_eq!(arrived.len(), 100);
    assert!(arrived.iter().filter(|(at, _)| at.as_nanos() == 0).count() > 20);
}

#[test]
fn a_rate_can_be_changed_and_lifted_while_frames_wait() {
    let slow = delayed(Some(Rate::mbit(1)), Duration::ZERO);
    let (mut net, a, b, link) = pair(1, &slow);
    (0..4).for_each(|n| net.put(a, numbered(n, 125)));
    // The one that is leaving keeps its rate; the next goes twice as fast.
    let faster = delayed(Some(Rate::mbit(2)), Duration::ZERO);
    net.set_channel(link, Direction::There, faster);
    net.advance_to(base::Instant::from_micros(1_600));
    assert_eq!(std::iter::from_fn(|| net.take(b)).count(), 2);
    net.set_channel(link, Direction::There, Channel::PERFECT);
    net.run_until_idle();
    assert_eq!(net.now().as_micros(), 2_000);
    let rest: Vec<_> = std::iter::from_fn(|| net.take(b))
        .map(|f| number(&f))
        .collect();
    assert_eq!(rest, [2, 3]);
    assert_eq!(net.channel(link, Direction::Back), &slow);
}

#[test]
fn an_hour_of_nothing_is_one_step() {
    let (mut net, ..) = pair(1, &Channel::PERFECT);
    assert_eq!(net.next_event(), None);
    net.advance_to(base::Instant::from_secs(3600));
    assert_eq!(net.now().as_millis(), 3_600_000);
    assert!(!net.step());
}
