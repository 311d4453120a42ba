//! The wheel against an ordered map.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use base::Instant;
use proptest::prelude::*;

use super::{TimerId, Wheel};

#[derive(Clone, Debug)]
enum Step {
    /// Arm a deadline so many nanoseconds from now.
    Arm(u64),
    /// Disarm the n-th of those armed so far, live or not.
    Disarm(usize),
    /// Let so many nanoseconds pass and take everything that has come.
    Wait(u64),
    /// Go to what `next` says and take everything that has come.
    WaitForNext,
}

/// Short and long times alike: each level gets its share.
fn nanos() -> impl Strategy<Value = u64> {
    (0u32..45, any::<u64>()).prop_map(|(bits, random)| random & ((1 << bits) - 1))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => nanos().prop_map(Step::Arm),
        2 => (0usize..200).prop_map(Step::Disarm),
        1 => nanos().prop_map(Step::Wait),
        2 => Just(Step::WaitForNext),
    ]
}

/// Takes everything that has come from both, and holds one against the other.
fn expire(
    wheel: &mut Wheel<u64>,
    model: &mut BTreeMap<(Instant, u64), u64>,
    now: Instant,
) -> Result<(), TestCaseError> {
    loop {
        let due = model
            .first_entry()
            .filter(|e| e.key().0 <= now)
            .map(|e| e.remove());
        prop_assert_eq!(wheel.expire(now), due);
        if due.is_none() {
            return Ok(());
        }
    }
}

proptest! {
    #[test]
    fn behaves_like_an_ordered_map(steps in prop::collection::vec(step(), 1..200)) {
        let (mut wheel, mut model) = (Wheel::new(), BTreeMap::new());
        let mut armed: Vec<(TimerId, (Instant, u64))> = Vec::new();
        let mut now = Instant::from_nanos(1);
        for step in steps {
            match step {
                Step::Arm(after) => {
                    let at = now + base::Duration::from_nanos(after);
                    let key = armed.len() as u64;
                    armed.push((wheel.arm(at, key), (at, key)));
                    model.insert((at, key), key);
                }
                Step::Disarm(n) => if let Some((id, place)) = armed.get(n) {
                    wheel.disarm(*id);
                    model.remove(place);
                },
                Step::Wait(nanos) => {
                    now += base::Duration::from_nanos(nanos);
                    expire(&mut wheel, &mut model, now)?;
                }
                Step::WaitForNext => {
                    expire(&mut wheel, &mut model, now)?;
                    if let Some(next) = wheel.next() {
                        prop_assert!(next > now, "no progress at {now:?}");
                        now = next;
                        expire(&mut wheel, &mut model, now)?;
                    }
                }
            }
            prop_assert_eq!(wheel.len(), model.len());
            let earliest = model.first_key_value().map(|((at, _), _)| *at);
            match (wheel.next(), earliest) {
                (Some(bound), Some(at)) => prop_assert!(bound <= at, "{bound:?} is after {at:?}"),
                (bound, earliest) => prop_assert_eq!(bound, earliest),
            }
        }
    }
}

#[test]
fn a_far_deadline_takes_few_looks() {
    let mut wheel = Wheel::new();
    for n in 0..100 {
        wheel.arm(Instant::from_secs(7200), n);
    }
    let (mut now, mut looks) = (Instant::ZERO, 0);
    while wheel.expire(now).is_none() {
        now = wheel.next().expect("something is armed");
        looks += 1;
    }
    assert_eq!(now, Instant::from_secs(7200));
    assert!(
        looks <= 9,
        "{looks} looks, at most one a level and one for the exact instant"
    );
}

#[test]
fn arming_and_disarming_for_ever_takes_no_more_memory() {
    let mut wheel = Wheel::new();
    for n in 0..100_000u64 {
        let near = wheel.arm(Instant::from_nanos(5), n);
        let far = wheel.arm(Instant::from_secs(5), n);
        wheel.disarm(near);
        wheel.disarm(far);
        wheel.disarm(far);
    }
    assert_eq!(wheel.len(), 0);
    assert!(
        wheel.entries.len() <= 2 && wheel.heap.len() <= 200,
        "{}",
        wheel.heap.len()
    );
    assert_eq!(wheel.next(), None);
}

#[test]
fn the_end_of_time_is_a_deadline_like_any_other() {
    let mut wheel = Wheel::new();
    wheel.arm(Instant::FAR_FUTURE, 'z');
    assert_eq!(wheel.next(), Some(Instant::FAR_FUTURE));
    assert_eq!(wheel.expire(Instant::from_secs(1_000_000)), None);
    assert_eq!(wheel.expire(Instant::FAR_FUTURE), Some('z'));
}
