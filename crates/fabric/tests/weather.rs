//! What chance does on links, against the closed forms of its models. The seeds are fixed.

mod world;

use std::sync::{Arc, Mutex, PoisonError};

use base::{Duration, Instant};
use fabric::{
    Channel, Correlation, Corrupt, Delay, Distribution, Duplicate, FourState, GilbertElliott, Loss,
    Reorder, Sighting, What,
};
use world::{number, numbered, pair};

const FRAMES: u32 = 40_000;

/// What became of each of [`FRAMES`] frames sent 10 us apart: when it arrived first, how often it
/// did, and whether it was corrupted.
#[derive(Clone, Copy, Default)]
struct Fate {
    late: Option<Duration>,
    times: u32,
    corrupted: bool,
}

fn fates(seed: u64, channel: &Channel) -> Vec<Fate> {
    let (mut net, a, b, _) = pair(seed, channel);
    let fates = Arc::new(Mutex::new(vec![Fate::default(); FRAMES as usize]));
    let seen = Arc::clone(&fates);
    let mut order = 0;
    net.set_observer(move |sighting: &Sighting<'_>| {
        let mut fates = seen.lock().unwrap_or_else(PoisonError::into_inner);
        match sighting.what {
            What::Received { corrupted: true } => {
                // Its number may be what was hit: without delay they arrive in their order.
                fates[order].corrupted = true;
                order += 1;
            }
            What::Received { corrupted: false } => {
                let n = number(sighting.frame) as usize;
                let sent = Instant::from_micros(n as u64 * 10);
                fates[n].late.get_or_insert(sighting.at - sent);
                fates[n].times += 1;
                order += 1;
            }
            _ => {}
        }
    });
    for n in 0..FRAMES {
        net.advance_to(Instant::from_micros(u64::from(n) * 10));
        net.put(a, numbered(n, 64));
        while net.take(b).is_some() {}
    }
    net.run_until_idle();
    std::mem::take(&mut *fates.lock().unwrap_or_else(PoisonError::into_inner))
}

fn near(found: f64, right: f64, tolerance: f64, what: &str) {
    assert!(
        (found - right).abs() <= tolerance,
        "{what}: {found}, by the model {right} ± {tolerance}"
    );
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn deviation(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    let squares: Vec<f64> = numbers.iter().map(|n| (n - mean).powi(2)).collect();
    self::mean(&squares).sqrt()
}

/// How far numbers that are `apart` are like each other, from 0 to 1.
fn correlation(numbers: &[f64], apart: usize) -> f64 {
    let mean = mean(numbers);
    let pairs = numbers.iter().zip(&numbers[apart..]);
    let products: Vec<f64> = pairs.map(|(a, b)| (a - mean) * (b - mean)).collect();
    self::mean(&products) / deviation(numbers).powi(2)
}

/// The mean length of runs of 1.
fn burst(hits: &[f64]) -> f64 {
    let before = [0.0].iter().chain(hits);
    let begins = before.zip(hits).filter(|(a, b)| **a == 0.0 && **b == 1.0);
    hits.iter().sum::<f64>() / begins.count() as f64
}

fn lost(seed: u64, loss: Loss, like: f64) -> Vec<f64> {
    let channel = Channel {
        loss,
        correlation: Correlation {
            loss: like,
            ..Correlation::NONE
        },
        ..Channel::PERFECT
    };
    let fates = fates(seed, &channel);
    fates.iter().map(|f| f64::from(f.times == 0)).collect()
}

#[test]
fn correlated_loss_keeps_its_share_and_comes_in_bursts() {
    for (p, c) in [(0.1, 0.25), (0.1, 0.6), (0.5, 0.5)] {
        let hits = lost(1, Loss::Random(p), c);
        near(mean(&hits), p, 0.01, "share");
        near(burst(&hits), 1.0 / ((1.0 - p) * (1.0 - c)), 0.1, "burst");
        near(correlation(&hits, 1), c, 0.02, "neighbours");
        near(correlation(&hits, 2), c * c, 0.02, "the next but one");
    }
    let alone = lost(1, Loss::Random(0.1), 0.0);
    near(correlation(&alone, 1), 0.0, 0.02, "without correlation");
}

/// Gilbert 1960, Elliott 1963; the shares as tc-netem's manual has the letters.
#[test]
fn gilbert_elliott_loses_its_share_in_its_bursts() {
    for (p, r) in [(0.01, 0.2), (0.05, 0.5), (0.002, 0.05)] {
        let model = GilbertElliott {
            p,
            r,
            lost_in_bad: 1.0,
            lost_in_good: 0.0,
        };
        let hits = lost(2, Loss::GilbertElliott(model), 0.0);
        let share = p / (p + r);
        near(mean(&hits), share, share * 0.15, "share");
        near(burst(&hits), 1.0 / r, 0.1 / r, "burst");
        near(correlation(&hits, 1), 1.0 - p - r, 0.03, "neighbours");
    }
    let (p, r, h, k) = (0.02, 0.1, 0.7, 0.004);
    let model = GilbertElliott {
        p,
        r,
        lost_in_bad: h,
        lost_in_good: k,
    };
    let hits = lost(3, Loss::GilbertElliott(model), 0.0);
    near(mean(&hits), (r * k + p * h) / (p + r), 0.008, "share");
}

#[test]
fn four_states_lose_what_their_chain_does() {
    let model = FourState {
        p13: 0.02,
        p31: 0.1,
        p32: 0.3,
        p23: 0.4,
        p14: 0.01,
    };
    let hits = lost(4, Loss::FourState(model), 0.0);
    // The balance of the chain: what leaves a state comes back to it.
    let (three, four) = (0.02 / 0.1, 0.01);
    let two = three * 0.3 / 0.4;
    let share = (three + four) / (1.0 + two + three + four);
    near(mean(&hits), share, 0.01, "share");
    // A loss follows a loss only when state 3 stays: 1 - p31 - p32.
    let stays = three * 0.6 / (three + four);
    near(burst(&hits), 1.0 / (1.0 - stays), 0.05, "burst");
}

#[test]
fn every_so_many_th_is_lost() {
    let hits = lost(5, Loss::Every(10), 0.0);
    let right = |n: usize| f64::from(n % 10 == 9);
    assert!(hits.iter().enumerate().all(|(n, hit)| *hit == right(n)));
    assert!(lost(5, Loss::Every(0), 0.0).iter().all(|hit| *hit == 0.0));
}

/// How often the jitter each frame is off, in order.
fn deviates(seed: u64, distribution: Distribution, like: f64) -> Vec<f64> {
    let (time, jitter) = (Duration::from_millis(100), Duration::from_millis(1));
    let channel = Channel {
        delay: Delay {
            time,
            jitter,
            distribution,
            in_order: false,
        },
        correlation: Correlation {
            delay: like,
            ..Correlation::NONE
        },
        ..Channel::PERFECT
    };
    let fates = fates(seed, &channel);
    let late = fates.iter().filter_map(|fate| fate.late);
    late.map(|late| (late.as_nanos() as f64 - 1e8) / 1e6)
        .collect()
}

fn share(numbers: &[f64], of: impl Fn(f64) -> bool) -> f64 {
    numbers.iter().filter(|n| of(**n)).count() as f64 / numbers.len() as f64
}

#[test]
fn jitter_has_the_mean_and_deviation_of_its_distribution() {
    use Distribution::{Normal, Pareto, ParetoNormal, Uniform};
    for (distribution, sigma) in [
        (Uniform, 1.0 / 3.0_f64.sqrt()),
        (Normal, 1.0),
        (Pareto, 1.0),
        (ParetoNormal, 1.0),
    ] {
        let drawn = deviates(6, distribution, 0.0);
        assert_eq!(drawn.len(), FRAMES as usize);
        near(mean(&drawn), 0.0, 0.015, &format!("{distribution:?}, mean"));
        // Pareto's fourth moment is without end: its deviation is seen least exactly.
        let tolerance = if matches!(distribution, Pareto | ParetoNormal) {
            0.1
        } else {
            0.03
        };
        near(
            deviation(&drawn),
            sigma,
            tolerance,
            &format!("{distribution:?}, deviation"),
        );
        near(correlation(&drawn, 1), 0.0, 0.02, "without correlation");
    }
}

/// The shares of the normal distribution's table, and of Pareto's x^-3.
#[test]
fn jitter_has_the_shape_of_its_distribution() {
    let uniform = deviates(7, Distribution::Uniform, 0.0);
    assert!(uniform.iter().all(|n| n.abs() <= 1.0));
    near(share(&uniform, |n| n > 0.5), 0.25, 0.01, "above 1/2");
    let normal = deviates(7, Distribution::Normal, 0.0);
    near(share(&normal, |n| n.abs() > 1.0), 0.3173, 0.01, "beyond 1");
    near(share(&normal, |n| n.abs() > 2.0), 0.0455, 0.003, "beyond 2");
    let pareto = deviates(7, Distribution::Pareto, 0.0);
    assert!(pareto.iter().all(|n| *n > -0.5774));
    let above = |sigmas: f64| (1.5 + sigmas * 0.75_f64.sqrt()).powi(-3);
    for sigmas in [0.0, 1.0, 2.0, 6.0] {
        let right = above(sigmas);
        near(share(&pareto, |n| n > sigmas), right, right * 0.1, "Pareto");
    }
}

#[test]
fn correlated_jitter_keeps_its_shape() {
    for distribution in [Distribution::Uniform, Distribution::Normal] {
        let drawn = deviates(8, distribution, 0.4);
        let alone = deviates(9, distribution, 0.0);
        near(mean(&drawn), 0.0, 0.02, "mean");
        near(deviation(&drawn), deviation(&alone), 0.02, "deviation");
        near(correlation(&drawn, 1), 0.4, 0.02, "neighbours");
        near(correlation(&drawn, 3), 0.064, 0.02, "three apart");
    }
}

#[test]
fn in_order_no_frame_overtakes_another() {
    let channel = |in_order| Channel {
        delay: Delay {
            time: Duration::from_millis(5),
            jitter: Duration::from_millis(1),
            distribution: Distribution::Normal,
            in_order,
        },
        ..Channel::PERFECT
    };
    let overtaken = |fates: Vec<Fate>| {
        let at = |n: usize| fates[n].late.unwrap() + Duration::from_micros(n as u64 * 10);
        (1..fates.len()).filter(|n| at(*n) < at(n - 1)).count()
    };
    assert_eq!(overtaken(fates(10, &channel(true))), 0);
    assert!(overtaken(fates(10, &channel(false))) > 4_000);
}

#[test]
fn duplicates_corruption_and_reordering_come_in_runs_too() {
    let channel = Channel {
        duplicate: Duplicate(0.2),
        correlation: Correlation {
            duplicate: 0.5,
            ..Correlation::NONE
        },
        ..Channel::PERFECT
    };
    let twice: Vec<f64> = fates(11, &channel)
        .iter()
        .map(|fate| f64::from(fate.times == 2))
        .collect();
    near(mean(&twice), 0.2, 0.01, "share of duplicates");
    near(correlation(&twice, 1), 0.5, 0.02, "duplicates");

    let channel = Channel {
        corrupt: Corrupt(0.2),
        correlation: Correlation {
            corrupt: 0.5,
            ..Correlation::NONE
        },
        ..Channel::PERFECT
    };
    let broken: Vec<f64> = fates(12, &channel)
        .iter()
        .map(|fate| f64::from(fate.corrupted))
        .collect();
    near(mean(&broken), 0.2, 0.01, "share of the corrupted");
    near(correlation(&broken, 1), 0.5, 0.02, "the corrupted");

    let channel = Channel {
        delay: Delay::constant(Duration::from_millis(1)),
        reorder: Reorder::random(0.2),
        correlation: Correlation {
            reorder: 0.5,
            ..Correlation::NONE
        },
        ..Channel::PERFECT
    };
    let early: Vec<f64> = fates(13, &channel)
        .iter()
        .map(|fate| f64::from(fate.late == Some(Duration::ZERO)))
        .collect();
    near(mean(&early), 0.2, 0.01, "share of those that overtake");
    near(correlation(&early, 1), 0.5, 0.02, "those that overtake");
}
