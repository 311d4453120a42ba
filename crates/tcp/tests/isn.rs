//! Initial sequence numbers (RFC 6528).

use base::{Instant, Rng};
use tcp::IsnGenerator;

#[test]
fn they_move_on_by_one_every_4_microseconds() {
    let isn = IsnGenerator::new(&mut Rng::seeded(1));
    let flow = ([10, 0, 0, 1], 1234, [10, 0, 0, 2], 80);
    let first = isn.isn(&flow, Instant::from_secs(1));
    assert_eq!(isn.isn(&flow, Instant::from_secs(1)), first);
    assert_eq!(isn.isn(&flow, Instant::from_nanos(1_000_003_999)), first);
    assert_eq!(
        isn.isn(&flow, Instant::from_nanos(1_000_004_000)),
        first + 1
    );
    // 250,000 a second: round the circle in 4.77 hours.
    assert_eq!(isn.isn(&flow, Instant::from_secs(2)), first + 250_000);
}

#[test]
fn flows_and_keys_differ() {
    let now = Instant::from_secs(1);
    let (mut seen, flows) = (std::collections::HashSet::new(), 1000);
    let one = IsnGenerator::new(&mut Rng::seeded(1));
    let other = IsnGenerator::new(&mut Rng::seeded(2));
    for port in 0..flows {
        seen.insert(one.isn(&(port, 80), now));
        seen.insert(other.isn(&(port, 80), now));
    }
    // Of 2000 numbers of 32 bits hardly two are the same.
    assert!(seen.len() >= 1999, "{}", seen.len());
}

#[test]
fn the_same_seed_gives_the_same() {
    let now = Instant::from_secs(1);
    let isn = |seed| IsnGenerator::new(&mut Rng::seeded(seed)).isn(&80u16, now);
    assert_eq!(isn(7), isn(7));
}
