//! Loss, duplication, reordering, corruption: as often as they were asked for.

mod world;

use base::{ChecksumState, Duration};
use fabric::{Channel, Corrupt, Delay, Direction, DropReason, Duplicate, Loss, Reorder};
use world::{arrivals, number, numbered, pair};

const FRAMES: u32 = 20_000;

/// The numbers that arrive, in their order, of `count` frames sent a microsecond apart.
fn send(seed: u64, channel: &Channel, count: u32) -> Vec<u32> {
    let (mut net, a, b, _) = pair(seed, channel);
    let mut got = Vec::new();
    for n in 0..count {
        net.put(a, numbered(n, 64));
        net.advance_to(base::Instant::from_micros(u64::from(n) + 1));
        got.extend(std::iter::from_fn(|| net.take(b)).map(|f| number(&f)));
    }
    got.extend(arrivals(&mut net, b).iter().map(|(_, f)| number(f)));
    got
}

#[test]
fn loss_is_as_frequent_as_asked_and_differs_by_seed() {
    let lossy = |probability| Channel {
        loss: Loss::Random(probability),
        ..Channel::PERFECT
    };
    for (probability, low, high) in [
        (0.2, 3_800, 4_200),
        (0.01, 150, 250),
        (0.0, 0, 0),
        (1.0, 20_000, 20_000),
    ] {
        let got = send(1, &lossy(probability), FRAMES);
        let lost = FRAMES - got.len() as u32;
        assert!((low..=high).contains(&lost), "{lost} lost at {probability}");
        assert!(got.is_sorted());
    }
    assert_ne!(send(1, &lossy(0.2), 100), send(2, &lossy(0.2), 100));
}

#[test]
fn what_is_lost_is_in_the_ledger_with_its_place() {
    let channel = Channel {
        loss: Loss::Frames(vec![1, 3]),
        ..Channel::PERFECT
    };
    let (mut net, a, b, link) = pair(1, &channel);
    (0..5).for_each(|n| net.put(a, numbered(n, 64)));
    net.put(b, numbered(9, 64));
    let got: Vec<_> = arrivals(&mut net, b)
        .iter()
        .map(|(_, f)| number(f))
        .collect();
    assert_eq!(got, [0, 2, 4]);
    let [there, back] = net.ends(link);
    assert_eq!(net.ledger().at(there, DropReason::Lost), 2);
    assert_eq!(net.ledger().at(back, DropReason::Lost), 0);
    let all: Vec<_> = net.ledger().iter().collect();
    assert_eq!(all, [(there, DropReason::Lost, 2)]);
    assert_eq!(
        (net.ledger().total(), net.ledger().of(DropReason::Lost)),
        (2, 2)
    );
    assert_eq!(net.port_name(there), "a:0");
    assert_eq!(net.traffic(link, Direction::There).frames, 5);
}

#[test]
fn duplicates_come_twice() {
    let channel = Channel {
        duplicate: Duplicate(0.1),
        ..Channel::PERFECT
    };
    let got = send(1, &channel, FRAMES);
    let twice = got.len() as u32 - FRAMES;
    assert!((1_850..2_150).contains(&twice), "{twice}");
    let mut once = got.clone();
    once.dedup();
    assert_eq!(
        once.len() as u32,
        FRAMES,
        "none is missing, none comes three times"
    );
    assert_eq!(
        send(
            1,
            &Channel {
                duplicate: Duplicate(1.0),
                ..Channel::PERFECT
            },
            10
        )
        .len(),
        20
    );
}

#[test]
fn what_is_reordered_overtakes() {
    let channel = Channel {
        delay: Delay::constant(Duration::from_micros(10)),
        reorder: Reorder::random(0.25),
        ..Channel::PERFECT
    };
    let got = send(1, &channel, FRAMES);
    assert_eq!(got.len() as u32, FRAMES);
    // A frame that overtook stands before one with a smaller number.
    let overtook = got.windows(2).filter(|w| w[0] > w[1]).count();
    assert!((3_000..5_500).contains(&overtook), "{overtook}");
}

#[test]
fn every_fifth_overtakes() {
    let channel = Channel {
        delay: Delay::constant(Duration::from_nanos(2_500)),
        reorder: Reorder {
            probability: 1.0,
            gap: 5,
        },
        ..Channel::PERFECT
    };
    // Frame 4 arrives at 4 us; frames 2 and 3, sent at 2 and 3 us, at 4.5 and 5.5 us.
    let got = send(1, &channel, 10);
    assert_eq!(got, [0, 1, 4, 2, 3, 5, 6, 9, 7, 8]);
}

#[test]
fn a_corrupted_frame_has_one_bit_flipped_and_nobody_vouches_for_it() {
    let channel = Channel {
        corrupt: Corrupt(0.1),
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(1, &channel);
    let mut hit = vec![0u32; 64];
    let mut broken = 0;
    for _ in 0..FRAMES {
        let mut sent = numbered(7, 64);
        sent.checksum = ChecksumState::Verified;
        let before = sent.to_vec();
        net.put(a, sent);
        net.run_until_idle();
        let got = net.take(b).unwrap();
        let flips: Vec<_> = before
            .iter()
            .zip(got.to_vec())
            .enumerate()
            .filter(|(_, (a, b))| **a != *b)
            .map(|(at, (a, b))| (at, (a ^ b).count_ones()))
            .collect();
        match flips[..] {
            [] => {
                assert_eq!(got.checksum, ChecksumState::Verified);
                assert!(!got.damaged);
            }
            [(at, 1)] => {
                assert_eq!(got.checksum, ChecksumState::Unverified);
                assert!(got.damaged, "whoever looks on can tell");
                hit[at] += 1;
                broken += 1;
            }
            _ => panic!("{flips:?}"),
        }
    }
    assert!((1_850..2_150).contains(&broken), "{broken}");
    assert!(hit.iter().all(|n| *n > 5), "each byte is hit: {hit:?}");
}

#[test]
fn one_impairment_does_not_disturb_another() {
    let lossy = Channel {
        loss: Loss::Random(0.2),
        ..Channel::PERFECT
    };
    let mut also_late = lossy.clone();
    also_late.delay = Delay {
        time: Duration::from_micros(2),
        jitter: Duration::from_micros(2),
        ..Delay::NONE
    };
    let mut late = send(5, &also_late, 1000);
    late.sort_unstable();
    assert_eq!(send(5, &lossy, 1000), late, "the same frames are lost");
}

#[test]
fn nonsense_probabilities_are_never_or_always() {
    for (probability, arrive) in [(-1.0, 100), (f64::NAN, 100), (7.0, 0)] {
        let channel = Channel {
            loss: Loss::Random(probability),
            ..Channel::PERFECT
        };
        assert_eq!(send(1, &channel, 100).len(), arrive);
    }
}
