//! What an ACK costs, in steps, and what a transfer through the whole sequence space would take too
//! long to show.

use base::Instant;
use wire::tcp::SeqNumber;

use super::queue::Queue;
use super::segment::{Fate, Record};

const SIZE: u16 = 1000;
const MANY: u32 = 100_000;

/// `MANY` segments in flight, sent in runs of `run`.
fn full(iss: SeqNumber, run: u32) -> Queue {
    let mut queue = Queue::default();
    for index in 0..MANY / run {
        let start = iss + index * run * u32::from(SIZE);
        let at = Instant::from_micros(u64::from(index));
        queue.push(Record::new(start, run * u32::from(SIZE), false, SIZE, at));
    }
    assert_eq!((queue.out, queue.in_flight()), (MANY, MANY));
    queue
}

fn sack(queue: &mut Queue, at: SeqNumber) {
    let index = queue.find(at);
    let record = queue.get(index).copied().expect("in flight");
    let mut index = index;
    if record.start.before(at) {
        queue.split(index, at);
        index += 1;
    }
    if queue
        .get(index)
        .is_some_and(|record| record.len > u32::from(SIZE))
    {
        queue.split(index, at + u32::from(SIZE));
    }
    queue.change(index, |record| record.fate |= Fate::SACKED);
    queue.join(index..index + 1);
}

#[test]
fn what_is_sacked_one_by_one_costs_the_same_however_much_is_in_flight() {
    for iss in [0, 1 << 31, u32::MAX - 7] {
        let iss = SeqNumber(iss);
        for run in [1, 40] {
            let mut queue = full(iss, run);
            queue.steps = 0;
            // The first is lost, and all others arrive.
            for index in 1..MANY {
                sack(&mut queue, iss + index * u32::from(SIZE));
            }
            assert_eq!((queue.sacked, queue.in_flight()), (MANY - 1, 1));
            // A hole and one block.
            assert_eq!(queue.len(), 2);
            let each = queue.steps / u64::from(MANY);
            assert!(each < 40, "{each} steps for each");
        }
    }
}

#[test]
fn what_is_acknowledged_costs_by_the_record() {
    let iss = SeqNumber(u32::MAX - 50_000);
    let mut queue = full(iss, 40);
    queue.steps = 0;
    let mut una = iss;
    for _ in 0..MANY / 2 {
        una += 2 * u32::from(SIZE);
        while queue.pop_acknowledged(una).is_some() {}
    }
    assert!(queue.is_empty());
    assert_eq!(queue.out, 0);
    assert!(queue.steps <= u64::from(MANY), "{}", queue.steps);
}

#[test]
fn what_is_owed_is_found_without_a_search() {
    let iss = SeqNumber(4_000_000_000);
    let mut queue = full(iss, 1);
    queue.change_all(|_| true, |record| record.fate |= Fate::LOST);
    queue.steps = 0;
    for index in 0..MANY {
        let (at, record) = queue.first_owed().expect("owed");
        assert_eq!(record.start, iss + index * u32::from(SIZE));
        let now = Instant::from_secs(1);
        queue.sent_again(at, now, true);
        queue.change(at, |record| record.fate |= Fate::RETRANS);
    }
    assert!(!queue.owes());
    assert_eq!(queue.retrans, MANY);
    assert!(queue.steps <= 3 * u64::from(MANY), "{}", queue.steps);
}

#[test]
fn counts_stay_true_through_splitting_and_joining() {
    let mut rng = base::Rng::seeded(7);
    let iss = SeqNumber(u32::MAX - 100_000);
    let mut queue = full(iss, 40);
    for _ in 0..5000 {
        let index = rng.below(u64::from(MANY)) as u32;
        sack(&mut queue, iss + index * u32::from(SIZE));
        let sacked = |r: &&Record| r.fate.contains(Fate::SACKED);
        let held: u32 = queue.records().filter(sacked).map(|r| r.count).sum();
        assert_eq!(queue.sacked, held);
    }
    let all: u32 = queue.records().map(|r| r.count).sum();
    assert_eq!(queue.out, all);
}
