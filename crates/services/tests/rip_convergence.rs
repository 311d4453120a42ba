//! Routers that find the shortest ways, over links that lose messages, and lose them again.
//!
//! A failure names its seed; `LANDLINE_SEED=<seed> cargo test -p services --test rip_convergence` runs
//! that one again, and `LANDLINE_SEEDS=<count>` runs more of them.

mod rip_world;

use base::{Duration, Rng};
use rip_world::World;
use services::rip::Protocol;

/// The seeds to try: `LANDLINE_SEED` alone, or `LANDLINE_SEEDS` of them, or `most`.
fn seeds(most: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    match number("LANDLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LANDLINE_SEEDS").unwrap_or(most),
    }
}

fn again(seed: u64) -> String {
    format!("again: LANDLINE_SEED={seed} cargo test -p services --test rip_convergence")
}

const SECOND: Duration = Duration::from_secs(1);

/// Routers in a row, and cables across.
fn drawn(rng: &mut Rng) -> (usize, Vec<[usize; 2]>) {
    let routers = 2 + rng.below(7) as usize;
    let mut cables: Vec<_> = (1..routers)
        .map(|router| [rng.below(router as u64) as usize, router])
        .collect();
    for _ in 0..rng.below(routers as u64 + 1) {
        let (a, b) = (
            rng.below(routers as u64) as usize,
            rng.below(routers as u64) as usize,
        );
        if a != b {
            cables.push([a, b]);
        }
    }
    (routers, cables)
}

#[test]
fn every_router_finds_the_shortest_ways_over_links_that_lose() {
    for seed in seeds(150) {
        let mut rng = Rng::seeded(seed);
        let protocol = if rng.chance(0.5) {
            Protocol::V2
        } else {
            Protocol::Ng
        };
        let (routers, cables) = drawn(&mut rng);
        let mut world = World::new(protocol, seed, routers, &cables);
        world.loss = 0.1;
        // At most eight hops, each at worst a few updates of thirty seconds.
        world.pass(SECOND * 240);
        assert_eq!(world.wrong(), None, "seed {seed} at first; {}", again(seed));
        // A cable dies. Its cards notice, or what it carried is missed after 180 seconds; then the
        // lost ways are counted up to infinity at worst, five seconds a step.
        let cable = rng.below(cables.len() as u64) as usize;
        let noticed = rng.chance(0.5);
        world.set_up(cable, false, noticed);
        world.pass(SECOND * 480);
        let when = format!("without {:?}, noticed: {noticed}", cables[cable]);
        assert_eq!(world.wrong(), None, "seed {seed} {when}; {}", again(seed));
        world.set_up(cable, true, true);
        world.pass(SECOND * 240);
        assert_eq!(
            world.wrong(),
            None,
            "seed {seed} whole again; {}",
            again(seed)
        );
    }
}

const TRIANGLE: [[usize; 2]; 3] = [[0, 1], [1, 2], [2, 0]];

#[test]
fn the_way_round_a_cable_whose_end_is_noticed_is_found_in_a_round_trip() {
    for seed in seeds(20) {
        let mut world = World::new(Protocol::V2, seed, 3, &TRIANGLE);
        world.pass(SECOND * 60);
        assert_eq!(world.wrong(), None, "seed {seed}; {}", again(seed));
        world.set_up(0, false, true);
        // A question and its answer, of at most 4.5 ms each.
        let end = world.now + Duration::from_millis(9);
        let found = world.pass_until(end, |world| world.wrong().is_none());
        assert!(found, "seed {seed}: {:?}; {}", world.wrong(), again(seed));
    }
}

#[test]
fn the_way_round_a_dead_cable_behind_a_switch_is_found_after_its_time_out() {
    for seed in seeds(20) {
        let mut world = World::new(Protocol::V2, seed, 3, &TRIANGLE);
        world.pass(SECOND * 60);
        world.set_up(0, false, false);
        // Nobody can know before 180 seconds after the last update, which was at most 35 before.
        world.pass(SECOND * 144);
        assert!(world.wrong().is_some(), "seed {seed}; {}", again(seed));
        let end = world.now + SECOND * 37;
        let found = world.pass_until(end, |world| world.wrong().is_none());
        assert!(found, "seed {seed}: {:?}; {}", world.wrong(), again(seed));
    }
}

#[test]
fn what_cannot_be_reached_any_more_is_lost_at_once_where_no_message_is() {
    for seed in seeds(20) {
        let mut world = World::new(Protocol::V2, seed, 3, &TRIANGLE);
        world.pass(SECOND * 60);
        world.cut_off.insert(2);
        world.look(2);
        // Poison reaches both others; who heard nothing yet and tells of it is corrected when the
        // five seconds between two triggered updates are over.
        let end = world.now + SECOND * 6;
        let lost = world.pass_until(end, |world| world.wrong().is_none());
        assert!(lost, "seed {seed}: {:?}; {}", world.wrong(), again(seed));
    }
}

#[test]
fn counting_to_infinity_ends() {
    let mut longest = Duration::ZERO;
    for seed in seeds(60) {
        let mut world = World::new(Protocol::V2, seed, 3, &TRIANGLE);
        world.pass(SECOND * 60);
        // Poison misses one of the two, which tells the other what it knows: the ring counts.
        world.loss = 0.5;
        world.cut_off.insert(2);
        world.look(2);
        let began = world.now;
        world.pass(SECOND / 10);
        world.loss = 0.0;
        // Fourteen steps from 2 to 16, of at most five seconds; where poison missed both, they begin
        // with the next regular update.
        let end = began + SECOND * (35 + 14 * 5);
        let lost = world.pass_until(end, |world| world.wrong().is_none());
        assert!(lost, "seed {seed}: {:?}; {}", world.wrong(), again(seed));
        longest = longest.max(world.now.since(began));
    }
    // It was one, and not poison alone.
    assert!(longest > SECOND * 10, "the longest took {longest}");
}

#[test]
fn split_horizon_keeps_a_row_of_routers_from_counting() {
    // 0 — 1 — 2, and what is behind 2 goes. Without split horizon 1 would believe 0, which has it by 1.
    for seed in seeds(20) {
        let mut world = World::new(Protocol::V2, seed, 3, &[[0, 1], [1, 2]]);
        world.pass(SECOND * 60);
        let network = world.network(2);
        world.cut_off.insert(2);
        world.look(2);
        let end = world.now + SECOND * 120;
        let rose = world.pass_until(end, |world| {
            let metric = |router: usize| {
                let mut known = world.machines[router].networks();
                known
                    .find(|(net, ..)| *net == network)
                    .map(|(_, metric, _)| metric)
            };
            // From 3 and 2 straight to 16.
            !matches!(metric(0), None | Some(3 | 16)) || !matches!(metric(1), None | Some(2 | 16))
        });
        assert!(!rose, "seed {seed}: it counted; {}", again(seed));
        assert_eq!(world.wrong(), None, "seed {seed}; {}", again(seed));
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = |seed| {
        let mut world = World::new(Protocol::Ng, seed, 3, &TRIANGLE);
        world.loss = 0.2;
        world.pass(SECOND * 600);
        (world.sent, world.routes)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).0, run(8).0);
}
