//! The same seed and the same calls are the same run; another seed is another.

mod world;

use base::{Duration, Instant, Rng};
use fabric::{
    Channel, Corrupt, Delay, Duplicate, Fabric, Limit, Loss, Rate, Reorder, SwitchConfig,
};
use world::{frame, star, transcript};

fn bad_weather() -> Channel {
    Channel {
        rate: Some(Rate::mbit(10)),
        delay: Delay {
            time: Duration::from_millis(3),
            jitter: Duration::from_millis(2),
            ..Delay::NONE
        },
        loss: Loss::Random(0.1),
        corrupt: Corrupt(0.05),
        duplicate: Duplicate(0.05),
        reorder: Reorder::random(0.1),
        queue: Limit::Packets(20),
        ..Channel::PERFECT
    }
}

/// Two switches and a hub, random traffic and changes by `traffic`, and all that is seen.
fn run(seed: u64, traffic: u64) -> String {
    let mut net = Fabric::new(seed);
    let transcript = transcript(&mut net);
    let [one, two] = ["one", "two"].map(|name| net.add_switch(name, SwitchConfig::default()));
    let hub = net.add_hub("hub");
    let stars = [one, two, hub].map(|node| star(&mut net, node, 4, &bad_weather()));
    for (a, b) in [(one, two), (two, hub)] {
        let (a, b) = (net.add_port(a), net.add_port(b));
        assert!(net.connect(a, b, &bad_weather()).is_ok());
    }
    let mut rng = Rng::seeded(traffic);
    for n in 0..2000u64 {
        let star = &stars[rng.below(3) as usize];
        let tap = rng.below(4) as usize;
        let len = 18 + rng.below(1400) as usize;
        net.put(star.taps[tap], frame(1 + rng.below(12), rng.below(13), len));
        if rng.chance(0.01) {
            let link = star.links[rng.below(4) as usize];
            let up = net.is_up(link);
            net.set_up(link, !up);
        }
        net.advance_to(Instant::from_micros(n * 200));
    }
    net.run_until_idle();
    drop(net);
    let text = transcript.lock().map(|text| text.clone());
    text.unwrap_or_default()
}

#[test]
fn two_runs_are_one() {
    let first = run(7, 1);
    assert!(first.lines().count() > 5_000);
    assert_eq!(first, run(7, 1));
    assert_ne!(first, run(8, 1));
    assert_ne!(first, run(7, 2));
}

#[test]
fn looking_on_changes_nothing() {
    let arrive = |observed: bool| {
        let mut net = Fabric::new(3);
        if observed {
            transcript(&mut net);
        }
        let hub = net.add_hub("hub");
        let star = star(&mut net, hub, 3, &bad_weather());
        for n in 0..200 {
            net.put(star.taps[n % 3], frame(1, 2, 100 + n));
        }
        let got = star.got(&mut net);
        (got, net.now(), net.ledger().clone())
    };
    assert_eq!(arrive(false), arrive(true));
}

#[test]
fn how_time_is_cut_into_steps_changes_nothing() {
    let arrive = |step: Duration| {
        let mut net = Fabric::new(4);
        let hub = net.add_hub("hub");
        let star = star(&mut net, hub, 3, &bad_weather());
        for n in 0..200 {
            net.put(star.taps[n % 3], frame(1, 2, 100 + n));
        }
        while net.next_event().is_some() {
            let next = net.now() + step;
            net.advance_to(next);
        }
        (star.got(&mut net), net.ledger().clone())
    };
    let expected = arrive(Duration::from_secs(10));
    assert_eq!(arrive(Duration::from_nanos(7_919)), expected);
    assert_eq!(arrive(Duration::from_micros(100)), expected);
}
