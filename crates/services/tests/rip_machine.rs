//! RFC 2453, rule by rule, with its own numbers: what is told when, and what is kept how long.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod rip_router;

use rip_router::*;

use base::{Duration, Rng};
use services::rip::{By, Change, Link, Machine, Protocol, Refused, Secret, Timers, Transmit, Why};
use wire::rip::v2::{self, Proof};

#[test]
fn it_begins_with_a_question_and_its_own_networks() {
    let mut machine = Machine::new(
        Protocol::V2,
        Timers::default(),
        Secret::None,
        Rng::seeded(1),
    );
    machine.set_links(at(1), vec![link(0, "10.0.1.1/24")]);
    let networks = [
        own("10.0.1.0/24", By::Card(card(0))),
        own("10.0.9.0/24", By::CardToo),
    ];
    machine.set_own(at(1), networks.to_vec());
    let first = machine.poll_transmit(at(1)).unwrap();
    assert_eq!((first.iface, first.to), (card(0), None));
    assert!(v2::parse(&first.bytes).unwrap().0.asks_for_all());
    // Who is on the card's first network knows it.
    let second = machine.poll_transmit(at(1)).unwrap();
    assert_eq!(told(&[second], 0), [("10.0.9.0/24".into(), 1)]);
    assert_eq!(machine.poll_transmit(at(1)), None);
}

#[test]
fn all_is_told_every_thirty_seconds_give_or_take_five() {
    let mut router = Router::new();
    let sent = router.pass(SECOND * 6000);
    let at_one: Vec<_> = sent.iter().filter(|(_, it)| it.iface == card(0)).collect();
    let gaps: Vec<_> = at_one
        .windows(2)
        .map(|two| two[1].0.since(two[0].0))
        .collect();
    assert!((180..=230).contains(&at_one.len()), "{}", at_one.len());
    // RFC 2453 §3.8.
    assert!(
        gaps.iter()
            .all(|gap| (SECOND * 25..=SECOND * 35).contains(gap))
    );
    let early = gaps.iter().filter(|gap| **gap < SECOND * 28).count();
    let late = gaps.iter().filter(|gap| **gap > SECOND * 32).count();
    assert!(early > 20 && late > 20, "they are spread: {early}, {late}");
    for (_, transmit) in &sent {
        assert_eq!(transmit.to, None);
        assert_eq!(
            told(std::slice::from_ref(transmit), 0).len()
                + told(std::slice::from_ref(transmit), 1).len(),
            1
        );
    }
}

#[test]
fn what_is_learnt_is_told_at_once_but_not_back() {
    let mut router = Router::new();
    router.pass(SECOND * 6);
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 3)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((4, Some(addr("10.0.1.9"))))
    );
    let met = Change::Met {
        iface: card(0),
        router: addr("10.0.1.9"),
    };
    assert_eq!(
        router.changes(),
        [met, learnt("192.0.2.0/24", 4, "10.0.1.9")]
    );
    let sent = router.sent();
    assert_eq!(told(&sent, 1), [("192.0.2.0/24".into(), 4)]);
    // RFC 2453 §3.4.3: to where it came from it is poison.
    assert_eq!(told(&sent, 0), [("192.0.2.0/24".into(), 16)]);
}

#[test]
fn triggered_updates_keep_one_to_five_seconds_apart() {
    let mut holds = Vec::new();
    for seed in 0..50 {
        let mut router = Router::new();
        router.machine = Machine::new(
            Protocol::V2,
            Timers::default(),
            Secret::None,
            Rng::seeded(seed),
        );
        router.machine.set_links(
            router.now,
            vec![link(0, "10.0.1.1/24"), link(1, "10.0.2.1/24")],
        );
        router.sent();
        router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
        assert!(!router.sent().is_empty(), "the first is told at once");
        let began = router.now;
        router.pass(Duration::from_millis(10));
        router.hear("10.0.1.9", &[entry("198.51.100.0/24", 1)]);
        assert!(router.sent().is_empty(), "the second waits");
        router.pass(Duration::from_millis(10));
        router.hear("10.0.1.9", &[entry("203.0.113.0/24", 1)]);
        let sent = router.pass(SECOND * 6);
        let (first, _) = sent[0];
        let both: Vec<_> = sent.into_iter().map(|(_, transmit)| transmit).collect();
        // RFC 2453 §3.10.1: both together, and nothing else.
        let second = [("198.51.100.0/24".into(), 2), ("203.0.113.0/24".into(), 2)];
        assert_eq!(told(&both, 1), second);
        holds.push(first.since(began));
    }
    assert!(
        holds
            .iter()
            .all(|hold| (SECOND..=SECOND * 5).contains(hold)),
        "{holds:?}"
    );
    assert!(holds.iter().max().unwrap().since_at_least(&holds));
}

trait Spread {
    fn since_at_least(&self, all: &[Duration]) -> bool;
}

impl Spread for Duration {
    /// Whether it lies well above the least.
    fn since_at_least(&self, all: &[Duration]) -> bool {
        all.iter()
            .min()
            .is_some_and(|least| *self > *least + SECOND * 2)
    }
}

#[test]
fn a_way_lasts_180_seconds_and_its_loss_is_told_for_120() {
    let mut router = Router::new();
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router.pass(SECOND * 100);
    // The same again: 180 seconds from here.
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router.changes();
    router.pass(SECOND * 180 - Duration::from_millis(1));
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((2, Some(addr("10.0.1.9"))))
    );
    let sent = router.pass(Duration::from_millis(1));
    let lost = Change::Lost {
        network: "192.0.2.0/24".parse().unwrap(),
        gateway: addr("10.0.1.9"),
        why: Why::TimedOut,
    };
    let missed = Change::Missed {
        iface: card(0),
        router: addr("10.0.1.9"),
    };
    assert_eq!(router.changes(), [lost, missed]);
    let sent: Vec<_> = sent.into_iter().map(|(_, transmit)| transmit).collect();
    assert_eq!(told(&sent, 1), [("192.0.2.0/24".into(), 16)]);
    let later = router.pass(SECOND * 120 - Duration::from_millis(1));
    let later: Vec<_> = later.into_iter().map(|(_, transmit)| transmit).collect();
    let poison = ("192.0.2.0/24".to_owned(), 16);
    assert!(told(&later, 1).iter().filter(|it| **it == poison).count() >= 3);
    assert_eq!(router.knows("192.0.2.0/24").map(|known| known.0), Some(16));
    router.pass(Duration::from_millis(1));
    assert_eq!(router.knows("192.0.2.0/24"), None);
}

#[test]
fn nothing_is_sixteen_away() {
    let mut router = Router::new();
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 15)]);
    assert_eq!(router.knows("192.0.2.0/24"), None);
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 14)]);
    assert_eq!(router.knows("192.0.2.0/24").map(|known| known.0), Some(15));
    // The same router's word counts, whatever it is; another's if it is better.
    router.hear("10.0.1.8", &[entry("192.0.2.0/24", 14)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((15, Some(addr("10.0.1.9"))))
    );
    router.hear("10.0.1.8", &[entry("192.0.2.0/24", 5)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((6, Some(addr("10.0.1.8"))))
    );
    router.hear("10.0.1.8", &[entry("192.0.2.0/24", 9)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((10, Some(addr("10.0.1.8"))))
    );
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 16)]);
    assert_eq!(router.knows("192.0.2.0/24").map(|known| known.0), Some(10));
    router.hear("10.0.1.8", &[entry("192.0.2.0/24", 16)]);
    assert_eq!(router.knows("192.0.2.0/24").map(|known| known.0), Some(16));
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 3)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((4, Some(addr("10.0.1.9"))))
    );
}

#[test]
fn a_way_as_good_is_taken_when_half_the_time_has_passed() {
    let mut router = Router::new();
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router.pass(SECOND * 89);
    router.hear("10.0.1.8", &[entry("192.0.2.0/24", 1)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((2, Some(addr("10.0.1.9"))))
    );
    router.pass(SECOND);
    router.hear("10.0.1.8", &[entry("192.0.2.0/24", 1)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((2, Some(addr("10.0.1.8"))))
    );
}

#[test]
fn a_lost_way_is_asked_for_at_once() {
    let mut router = Router::new();
    router.pass(SECOND * 6);
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router.sent();
    router.pass(SECOND * 6);
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 16)]);
    let sent = router.sent();
    let asks = |it: &&Transmit| v2::parse(&it.bytes).unwrap().0.asks_for_all();
    let asked: Vec<_> = sent
        .iter()
        .filter(asks)
        .map(|it| (it.iface, it.to))
        .collect();
    assert_eq!(asked, [(card(0), None), (card(1), None)]);
}

#[test]
fn a_card_without_a_carrier_takes_its_ways_and_routers_along() {
    let mut router = Router::new();
    router.pass(SECOND * 6);
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router.sent();
    router.changes();
    router.pass(SECOND * 6);
    router
        .machine
        .set_links(router.now, vec![link(1, "10.0.2.1/24")]);
    router
        .machine
        .set_own(router.now, vec![own("10.0.2.0/24", By::Card(card(1)))]);
    let lost = Change::Lost {
        network: "192.0.2.0/24".parse().unwrap(),
        gateway: addr("10.0.1.9"),
        why: Why::LinkDown,
    };
    let missed = Change::Missed {
        iface: card(0),
        router: addr("10.0.1.9"),
    };
    assert_eq!(router.changes(), [lost, missed]);
    let sent = router.sent();
    assert!(sent.iter().all(|it| it.iface == card(1)));
    let poison = [("10.0.1.0/24".into(), 16), ("192.0.2.0/24".into(), 16)];
    assert_eq!(told(&sent, 1), poison);
    let heard = router.hear_bytes("10.0.1.9", &v2::ask_for_all(Proof::None));
    assert_eq!(heard, Err(Refused::NotSpoken));
}

#[test]
fn given_ways_are_told_and_who_is_near_is_told_whom_to_ask() {
    let mut router = Router::new();
    router.pass(SECOND * 6);
    let given = [
        own("10.0.1.0/24", By::Card(card(0))),
        own("10.0.2.0/24", By::Card(card(1))),
        own("192.0.2.0/24", By::Gateway(card(0), addr("10.0.1.254"))),
    ];
    router.machine.set_own(router.now, given.to_vec());
    let sent = router.sent();
    let hop = |number| {
        let at: Vec<_> = sent.iter().filter(|it| it.iface == card(number)).collect();
        let [one] = at[..] else { panic!("{sent:?}") };
        let entries = v2::parse(&one.bytes).unwrap().0.entries();
        entries
            .map(|told| told.unwrap().next_hop)
            .collect::<Vec<_>>()
    };
    assert_eq!(hop(0), [Some(addr("10.0.1.254"))]);
    assert_eq!(hop(1), [None]);
    // Nobody knows our own networks better, until we lose them.
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    assert_eq!(router.knows("192.0.2.0/24"), Some((1, None)));
    router.machine.set_own(router.now, given[..2].to_vec());
    assert_eq!(router.knows("192.0.2.0/24"), Some((16, None)));
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((2, Some(addr("10.0.1.9"))))
    );
    router.changes();
    router.machine.set_own(router.now, given.to_vec());
    let ours = Change::Lost {
        network: "192.0.2.0/24".parse().unwrap(),
        gateway: addr("10.0.1.9"),
        why: Why::Ours,
    };
    assert_eq!(router.changes(), [ours]);
}

#[test]
fn a_passive_card_listens_and_says_nothing() {
    let mut router = Router::new();
    let passive = Link {
        passive: true,
        ..link(0, "10.0.1.1/24")
    };
    router
        .machine
        .set_links(router.now, vec![passive, link(1, "10.0.2.1/24")]);
    router.sent();
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router
        .hear_bytes("10.0.1.9", &v2::ask_for_all(Proof::None))
        .unwrap();
    let mut sent = router.sent();
    sent.extend(router.pass(SECOND * 100).into_iter().map(|(_, it)| it));
    assert!(sent.iter().all(|it| it.iface == card(1)));
    assert!(told(&sent, 1).contains(&("192.0.2.0/24".into(), 2)));
    assert!(told(&sent, 1).contains(&("10.0.1.0/24".into(), 1)));
}

#[test]
fn who_falls_silent_takes_back_what_he_told() {
    let mut router = Router::new();
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router.sent();
    router.machine.farewell(router.now);
    let sent = router.sent();
    assert_eq!(
        told(&sent, 0),
        [("10.0.2.0/24".into(), 16), ("192.0.2.0/24".into(), 16)]
    );
    assert_eq!(
        told(&sent, 1),
        [("10.0.1.0/24".into(), 16), ("192.0.2.0/24".into(), 16)]
    );
}
