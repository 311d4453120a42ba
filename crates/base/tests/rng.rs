//! The generator repeats, and its forks stand alone.

use base::Rng;

#[test]
fn same_seed_same_numbers() {
    let draw = |seed| {
        let mut rng = Rng::seeded(seed);
        let mut fork = rng.fork(7);
        (rng.u64(), rng.u32(), fork.u64(), rng.below(1000))
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn a_fork_is_not_disturbed_by_its_parent() {
    let (mut a, mut b) = (Rng::seeded(3), Rng::seeded(3));
    let (mut fork_a, mut fork_b) = (a.fork(1), b.fork(1));
    a.u64();
    assert_eq!(fork_a.u64(), fork_b.u64());
    assert_ne!(a.fork(1).u64(), b.fork(2).u64());
}

#[test]
fn chance_keeps_its_promise() {
    let mut rng = Rng::seeded(5);
    assert!((0..1000).all(|_| rng.chance(1.0) && !rng.chance(0.0)));
    let hits = (0..100_000).filter(|_| rng.chance(0.2)).count();
    assert!(
        (19_000..21_000).contains(&hits),
        "{hits} of 100,000 at 20 %"
    );
    assert!((0..1000).all(|_| rng.below(7) < 7));
    assert_eq!(rng.below(0), 0);
}
