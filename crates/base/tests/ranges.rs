//! `RangeSet` against the plainest set there is.

use std::collections::BTreeSet;

use base::RangeSet;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Insert(u64, u64),
    Remove(u64, u64),
}

fn step() -> impl Strategy<Value = Step> {
    (0u64..64, 0u64..20, any::<bool>()).prop_map(|(start, len, insert)| {
        if insert {
            Step::Insert(start, start + len)
        } else {
            Step::Remove(start, start + len)
        }
    })
}

proptest! {
    #[test]
    fn behaves_like_a_set_of_numbers(steps in prop::collection::vec(step(), 0..40)) {
        let (mut ranges, mut numbers) = (RangeSet::new(), BTreeSet::new());
        for step in steps {
            match step {
                Step::Insert(a, b) => {
                    let new = (a..b).filter(|n| numbers.insert(*n)).count() as u64;
                    prop_assert_eq!(ranges.insert(a..b), new);
                }
                Step::Remove(a, b) => {
                    ranges.remove(a..b);
                    numbers.retain(|n| !(a..b).contains(n));
                }
            }
            prop_assert_eq!(ranges.iter().flatten().collect::<BTreeSet<_>>(), numbers.clone());
            prop_assert_eq!(ranges.count(), numbers.len() as u64);
            let sorted: Vec<_> = ranges.iter().collect();
            prop_assert!(sorted.windows(2).all(|w| w[0].end < w[1].start), "{:?}", sorted);
            for a in 0..70 {
                let range = a..a + 5;
                prop_assert_eq!(ranges.contains(&range), range.clone().all(|n| numbers.contains(&n)));
                prop_assert_eq!(ranges.overlaps(&range), range.clone().any(|n| numbers.contains(&n)));
            }
        }
    }
}
