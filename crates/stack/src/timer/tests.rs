//! The wheel against a sorted map.

extern crate std;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use base::{Instant, Rng};
use proptest::prelude::*;

use super::wheel::{TimerId, Wheel};

/// What a wheel must do, plainly.
#[derive(Default)]
struct Model {
    armed: BTreeMap<(Instant, u64), u32>,
    serial: u64,
}

/// A wheel and a model that are told the same.
struct Pair {
    wheel: Wheel<u32>,
    model: Model,
    ids: Vec<(TimerId, (Instant, u64))>,
    now: Instant,
}

impl Pair {
    fn new() -> Self {
        Self {
            wheel: Wheel::new(),
            model: Model::default(),
            ids: Vec::new(),
            now: Instant::ZERO,
        }
    }

    fn arm(&mut self, at: Instant) {
        let key = self.ids.len() as u32;
        let name = (at, self.model.serial);
        self.model.serial += 1;
        self.model.armed.insert(name, key);
        self.ids.push((self.wheel.arm(at, key), name));
    }

    fn disarm(&mut self, which: usize) {
        if let Some((id, name)) = self.ids.get(which) {
            let armed = self.model.armed.remove(name).is_some();
            assert_eq!(self.wheel.deadline(*id), armed.then_some(name.0));
            self.wheel.disarm(*id);
            assert_eq!(self.wheel.deadline(*id), None);
        }
    }

    /// Never later than the earliest, and always there when something is armed.
    fn check_next(&self) {
        let earliest = self.model.armed.first_key_value().map(|((at, _), _)| *at);
        let next = self.wheel.next();
        assert_eq!(next.is_some(), earliest.is_some());
        assert!(next <= earliest, "{next:?} is later than {earliest:?}");
    }

    /// Lets time pass in one step; what expires, and in which order, must be the model's.
    fn pass(&mut self, to: Instant) {
        self.now = to;
        while let Some(key) = self.wheel.expire(to) {
            let first = self.model.armed.pop_first();
            let ((at, _), expected) = first.expect("nothing is armed");
            assert!(at <= to, "{at} expired early at {to}");
            assert_eq!(key, expected);
        }
        if let Some(((at, _), _)) = self.model.armed.first_key_value() {
            assert!(*at > to, "{at} should have expired at {to}");
        }
        self.check_next();
        // No spinning: what is left is later.
        assert!(self.wheel.next().is_none_or(|next| next > to));
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// So many nanoseconds from now.
    Arm(u64),
    Disarm(usize),
    Pass(u64),
    /// As a driver does: to what `next` says.
    PassToNext,
}

fn span() -> impl Strategy<Value = u64> {
    // Every magnitude alike, so that every level is met.
    (0u32..64, any::<u64>()).prop_map(|(bits, n)| n >> bits)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => span().prop_map(Step::Arm),
        2 => (0usize..64).prop_map(Step::Disarm),
        1 => (20u32..64, any::<u64>()).prop_map(|(bits, n)| Step::Pass(n >> bits)),
        2 => Just(Step::PassToNext),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn it_does_what_a_sorted_map_does(steps in prop::collection::vec(step(), 1..200)) {
        let mut pair = Pair::new();
        for step in steps {
            let later = |span| pair.now + base::Duration::from_nanos(span);
            match step {
                Step::Arm(span) => pair.arm(later(span)),
                Step::Disarm(which) => pair.disarm(which),
                Step::Pass(span) => pair.pass(later(span)),
                Step::PassToNext => {
                    if let Some(next) = pair.wheel.next() {
                        pair.pass(next.max(pair.now));
                    }
                }
            }
            pair.check_next();
        }
    }
}

#[test]
fn a_driver_that_follows_next_meets_every_deadline_to_the_nanosecond() {
    let mut rng = Rng::seeded(7);
    let mut wheel = Wheel::new();
    let mut deadlines = Vec::new();
    for key in 0..1000u32 {
        let at = Instant::from_nanos(rng.u64() >> (rng.below(40) + 8));
        deadlines.push(at);
        wheel.arm(at, key);
    }
    let mut left = 1000;
    let mut wakes = 0;
    while let Some(now) = wheel.next() {
        wakes += 1;
        while let Some(key) = wheel.expire(now) {
            assert_eq!(deadlines[key as usize], now);
            left -= 1;
        }
    }
    assert_eq!(left, 0);
    assert!(wakes <= 1000, "nothing was disarmed, so no wake is in vain");
}

#[test]
fn a_deadline_disarmed_costs_at_most_one_wake_a_level() {
    let mut wheel = Wheel::new();
    let early = wheel.arm(Instant::from_secs(3600), 1);
    let late = Instant::from_secs(3600) + base::Duration::from_millis(3);
    wheel.arm(late, 2);
    wheel.disarm(early);
    let mut wakes = 0;
    while let Some(now) = wheel.next() {
        wakes += 1;
        if let Some(key) = wheel.expire(now) {
            assert_eq!((key, now), (2, late));
        }
    }
    assert!(wakes <= 8, "{wakes} wakes for one deadline");
}

#[test]
fn the_end_of_time_can_be_armed() {
    let mut wheel = Wheel::new();
    wheel.arm(Instant::FAR_FUTURE, 1);
    assert_eq!(wheel.next(), Some(Instant::FAR_FUTURE));
    assert_eq!(wheel.expire(Instant::from_secs(1 << 30)), None);
    assert_eq!(wheel.expire(Instant::FAR_FUTURE), Some(1));
    assert_eq!(wheel.next(), None);
}

#[test]
fn a_place_is_used_again_and_an_old_name_is_dead() {
    let mut wheel = Wheel::new();
    let old = wheel.arm(Instant::from_secs(1), 1);
    wheel.disarm(old);
    let new = wheel.arm(Instant::from_secs(2), 2);
    wheel.disarm(old);
    assert_eq!(wheel.deadline(new), Some(Instant::from_secs(2)));
    assert_eq!(wheel.next(), Some(Instant::from_secs(2)));
}

#[test]
fn moving_one_deadline_a_million_times_leaves_nothing_behind() {
    let mut wheel = Wheel::new();
    let mut id = wheel.arm(Instant::ZERO, 0);
    for n in 0..1_000_000u64 {
        wheel.disarm(id);
        // Within the present tick, and far ahead, in turn.
        id = wheel.arm(Instant::from_nanos(n % 2 * (n << 24) + n), 0);
    }
    wheel.disarm(id);
    assert_eq!(wheel.next(), None);
    assert!(core::mem::size_of_val(&wheel) < 256);
}

#[test]
fn a_million_deadlines_expire_in_order() {
    let mut rng = Rng::seeded(11);
    let mut wheel = Wheel::new();
    let mut at = Vec::new();
    for key in 0..1_000_000u32 {
        let deadline = Instant::from_nanos(rng.below(7_200_000_000_000));
        at.push(deadline);
        wheel.arm(deadline, key);
    }
    let (mut last, mut count) = (Instant::ZERO, 0);
    for second in (0..=7200).step_by(10) {
        while let Some(key) = wheel.expire(Instant::from_secs(second)) {
            assert!(last <= at[key as usize]);
            last = at[key as usize];
            count += 1;
        }
    }
    assert_eq!(count, 1_000_000);
}
