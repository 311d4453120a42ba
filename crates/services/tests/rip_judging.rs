//! Which messages are believed, and how they are written: RFC 2453 §3.9 and §4, RFC 4822, RFC 2080.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod rip_router;

use rip_router::*;

use base::Rng;
use services::rip::{By, Heard, Machine, Protocol, Refused, Secret, Timers};
use wire::IpNet;
use wire::rip::v2::{self, Proof};
use wire::rip::{Command, Entry, ng};

#[test]
fn requests_are_answered_to_who_asks() {
    let mut router = Router::new();
    router.hear("10.0.1.9", &[entry("192.0.2.0/24", 1)]);
    router.sent();
    let mut ask = |port, bytes: &[u8]| {
        let heard = Heard {
            iface: card(0),
            from: addr("10.0.1.7"),
            port,
            hops: None,
            bytes,
        };
        router.machine.receive(router.now, heard).unwrap();
        let sent = router.sent();
        assert!(
            sent.iter()
                .all(|it| it.to == Some((addr("10.0.1.7"), port)))
        );
        told(&sent, 0)
    };
    // RFC 2453 §3.9.1: the whole table, with split horizon.
    let all = [("10.0.2.0/24".into(), 1), ("192.0.2.0/24".into(), 16)];
    assert_eq!(ask(520, &v2::ask_for_all(Proof::None)), all);
    // A program that looks at tables has a port of its own, and wants to see them as they are.
    let asked = [entry("192.0.2.0/24", 16), entry("203.0.113.0/24", 16)];
    let asked = v2::emit(Command::Request, Proof::None, &asked);
    let known = [("192.0.2.0/24".into(), 2), ("203.0.113.0/24".into(), 16)];
    assert_eq!(ask(40_000, &asked), known);
    assert_eq!(ask(520, &v2::emit(Command::Request, Proof::None, &[])), []);
}

#[test]
fn messages_that_are_not_believed() {
    let mut router = Router::new();
    let response = v2::emit(Command::Response, Proof::None, &[entry("192.0.2.0/24", 1)]);
    let good = Heard {
        iface: card(0),
        from: addr("10.0.1.9"),
        port: 520,
        hops: None,
        bytes: &response,
    };
    let mut hear = |heard| router.machine.receive(router.now, heard);
    let stranger = Heard {
        from: addr("10.0.3.9"),
        ..good
    };
    assert_eq!(hear(stranger), Err(Refused::Stranger));
    let own = Heard {
        from: addr("10.0.1.1"),
        ..good
    };
    assert_eq!(hear(own), Err(Refused::Own));
    assert_eq!(hear(Heard { port: 521, ..good }), Err(Refused::Port));
    let elsewhere = Heard {
        iface: card(7),
        ..good
    };
    assert_eq!(hear(elsewhere), Err(Refused::NotSpoken));
    let cut = Heard {
        bytes: &response[..20],
        ..good
    };
    assert!(matches!(hear(cut), Err(Refused::Message(_))));
    let password = Proof::Password(*b"sesame\0\0\0\0\0\0\0\0\0\0");
    let password = v2::emit(Command::Response, password, &[]);
    let shown = Heard {
        bytes: &password,
        ..good
    };
    assert_eq!(hear(shown), Err(Refused::Unproved));
    assert_eq!(hear(good), Ok(()));
    let counted = [
        ("malformed", 1),
        ("not-spoken", 1),
        ("own", 1),
        ("port", 1),
        ("stranger", 1),
        ("unproved", 1),
    ];
    assert_eq!(router.refusals(), counted);
}

#[test]
fn entries_that_are_not_believed() {
    let mut router = Router::new();
    let networks = [
        "127.0.0.0/8",
        "224.0.0.0/8",
        "0.0.0.0/8",
        "240.0.0.0/8",
        "255.255.255.255/32",
        "169.254.1.0/24",
    ];
    router.hear("10.0.1.9", &networks.map(|network| entry(network, 1)));
    assert_eq!(router.refusals(), [("not-a-network", 6)]);
    let through_us = Entry {
        next_hop: Some(addr("10.0.1.1")),
        ..entry("192.0.2.0/24", 1)
    };
    router.hear("10.0.1.9", &[through_us]);
    assert_eq!(router.knows("192.0.2.0/24"), None);
    let mut bytes = v2::emit(
        Command::Response,
        Proof::None,
        &[entry("192.0.2.0/24", 1), entry("0.0.0.0/0", 1)],
    );
    bytes[23] = 17;
    router.hear_bytes("10.0.1.9", &bytes).unwrap();
    // The other one of the message holds: everywhere is a network.
    assert_eq!(router.knows("0.0.0.0/0"), Some((2, Some(addr("10.0.1.9")))));
    let counted = [
        ("malformed-entry", 1),
        ("not-a-network", 6),
        ("through-us", 1),
    ];
    assert_eq!(router.refusals(), counted);
}

#[test]
fn a_flood_of_networks_fills_no_memory() {
    let mut router = Router::new();
    for high in 0..400u32 {
        let entries = (0..25u32).map(|low| {
            let network = std::net::Ipv4Addr::from_bits(0x1000_0000 + high * 64 + low);
            entry(&format!("{network}/32"), 1)
        });
        router.hear("10.0.1.9", &entries.collect::<Vec<_>>());
        router.sent();
        router.changes();
    }
    assert_eq!(router.machine.networks().count(), 8192);
    assert_eq!(router.refusals(), [("table-full", 400 * 25 + 2 - 8192)]);
}

#[test]
fn next_hops_and_tags() {
    let mut router = Router::new();
    let near = Entry {
        next_hop: Some(addr("10.0.1.7")),
        tag: 77,
        ..entry("192.0.2.0/24", 1)
    };
    let far = Entry {
        next_hop: Some(addr("10.0.3.7")),
        ..entry("198.51.100.0/24", 1)
    };
    router.hear("10.0.1.9", &[near, far]);
    assert_eq!(
        router.knows("192.0.2.0/24"),
        Some((2, Some(addr("10.0.1.7"))))
    );
    // RFC 2453 §4.4: one that is not on the link stands for the sender.
    assert_eq!(
        router.knows("198.51.100.0/24"),
        Some((2, Some(addr("10.0.1.9"))))
    );
    let sent = router.pass(SECOND * 40);
    let tags: Vec<_> = sent
        .iter()
        .filter(|(_, it)| it.iface == card(1))
        .flat_map(|(_, it)| {
            v2::parse(&it.bytes)
                .unwrap()
                .0
                .entries()
                .collect::<Vec<_>>()
        })
        .map(Result::unwrap)
        .filter(|told| told.network == near.network)
        .map(|told| told.tag)
        .collect();
    assert!(
        !tags.is_empty() && tags.iter().all(|tag| *tag == 77),
        "{tags:?}"
    );
}

#[test]
fn twenty_five_entries_a_message() {
    for (secret, most) in [
        (Secret::None, 25),
        (Secret::password("sesame").unwrap(), 24),
        (Secret::md5(1, "sesame").unwrap(), 24),
    ] {
        let mut router = Router::with(secret);
        let networks: Vec<_> = (0..60)
            .map(|n| own(&format!("172.16.{n}.0/24"), By::CardToo))
            .collect();
        router.pass(SECOND * 6);
        router.machine.set_own(router.now, networks);
        let sent = router.sent();
        let counts: Vec<_> = sent
            .iter()
            .filter(|it| it.iface == card(0))
            .map(|it| v2::parse(&it.bytes).unwrap().0.entries().count())
            .collect();
        // 60 new ones, and the two lost ones of the cards.
        assert_eq!(counts.iter().sum::<usize>(), 62 + 1, "and the question");
        assert_eq!(counts.iter().max(), Some(&most));
    }
}

#[test]
fn passwords_and_keys_have_to_be_the_same() {
    let secrets = [
        Secret::None,
        Secret::password("sesame").unwrap(),
        Secret::password("barley").unwrap(),
        Secret::md5(1, "sesame").unwrap(),
        Secret::md5(2, "sesame").unwrap(),
        Secret::md5(1, "barley").unwrap(),
    ];
    for (one, secret) in secrets.iter().enumerate() {
        for (other, theirs) in secrets.iter().enumerate() {
            let mut speaker = Router::with(theirs.clone());
            let sent = speaker.pass(SECOND * 40);
            let message = sent.iter().find(|(_, it)| it.iface == card(1)).unwrap();
            let mut router = Router::with(secret.clone());
            router.now = speaker.now;
            let heard = router.hear_bytes("10.0.1.9", &message.1.bytes);
            let wanted = if one == other {
                Ok(())
            } else {
                Err(Refused::Unproved)
            };
            assert_eq!(heard, wanted, "{one} hears {other}");
        }
    }
    assert!(Secret::password("").is_err());
    assert!(Secret::password("0123456789abcdef").is_ok());
    assert!(Secret::password("0123456789abcdef0").is_err());
    assert_eq!(
        format!("{:?}", Secret::password("sesame").unwrap()),
        "Password"
    );
}

#[test]
fn a_digest_that_came_before_is_not_taken_again() {
    let secret = Secret::md5(1, "sesame").unwrap();
    let mut speaker = Router::with(secret.clone());
    let sent = speaker.pass(SECOND * 100);
    let at_one: Vec<_> = sent.iter().filter(|(_, it)| it.iface == card(1)).collect();
    let mut router = Router::with(secret);
    assert_eq!(router.hear_bytes("10.0.1.9", &at_one[1].1.bytes), Ok(()));
    let older = router.hear_bytes("10.0.1.9", &at_one[0].1.bytes);
    assert_eq!(older, Err(Refused::Replayed));
    let mut changed = at_one[1].1.bytes.clone();
    changed[43] = 1;
    changed[42] = 9;
    assert_eq!(
        router.hear_bytes("10.0.1.9", &changed),
        Err(Refused::Unproved)
    );
}

/// RIPng at fe80::1 of one card.
fn ripng() -> Machine {
    let mut machine = Machine::new(
        Protocol::Ng,
        Timers::default(),
        Secret::password("of no meaning here").unwrap_or(Secret::None),
        Rng::seeded(1),
    );
    machine.set_links(at(1), vec![link(0, "fe80::1/64")]);
    machine
}

#[test]
fn ripng_believes_neighbours_of_the_link_alone() {
    let mut machine = ripng();
    while machine.poll_transmit(at(1)).is_some() {}
    let response = ng::emit(Command::Response, &[entry("2001:db8::/32", 1)]);
    let good = Heard {
        iface: card(0),
        from: addr("fe80::9"),
        port: 521,
        hops: Some(255),
        bytes: &response,
    };
    let mut hear = |heard| machine.receive(at(2), heard);
    // RFC 2080 §2.4.2.
    for hops in [Some(254), Some(1), None] {
        assert_eq!(hear(Heard { hops, ..good }), Err(Refused::Far));
    }
    assert_eq!(hear(Heard { port: 520, ..good }), Err(Refused::Port));
    let global = Heard {
        from: addr("2001:db8::9"),
        ..good
    };
    assert_eq!(hear(global), Err(Refused::Stranger));
    let own = Heard {
        from: addr("fe80::1"),
        ..good
    };
    assert_eq!(hear(own), Err(Refused::Own));
    assert_eq!(hear(good), Ok(()));
    let refused = ["ff00::/8", "fe80::/64", "::1/128"].map(|network| entry(network, 1));
    let refused = ng::emit(Command::Response, &refused);
    let refused = Heard {
        bytes: &refused,
        ..good
    };
    assert_eq!(hear(refused), Ok(()));
    let known: Vec<_> = machine.networks().collect();
    let network: IpNet = "2001:db8::/32".parse().unwrap();
    assert_eq!(known, [(network, 2, Some(addr("fe80::9")))]);
}

#[test]
fn ripng_fills_packets() {
    let mut machine = ripng();
    while machine.poll_transmit(at(1)).is_some() {}
    let networks: Vec<_> = (0..200)
        .map(|n| own(&format!("2001:db8:{n:x}::/48"), By::CardToo))
        .collect();
    machine.set_own(at(20), networks);
    let sent: Vec<_> = std::iter::from_fn(|| machine.poll_transmit(at(20))).collect();
    let lens: Vec<_> = sent.iter().map(|it| it.bytes.len() + 48).collect();
    // RFC 2080 §2.1: (1500 − 40 − 8 − 4) / 20 = 72.
    assert_eq!(lens, [72 * 20 + 52, 72 * 20 + 52, 56 * 20 + 52]);
    assert!(lens.iter().all(|len| *len <= 1500));
}
