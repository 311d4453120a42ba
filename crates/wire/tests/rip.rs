//! RIP and RIPng: RFC 2453 §4's and RFC 2080 §2.1's layouts, byte for byte.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

use wire::rip::v2::Proof;
use wire::rip::{Authentication, Command, Entry, ng, v2};
use wire::{Layer, Malformed};

fn entry(network: &str, metric: u8) -> Entry {
    Entry {
        network: network.parse().unwrap(),
        next_hop: None,
        tag: 0,
        metric,
    }
}

/// A response that tells two networks, the second by another router.
#[rustfmt::skip]
const RESPONSE: &[u8] = &[
    2, 2, 0, 0,
    0, 2, 0, 0,  10, 0, 1, 0,  255, 255, 255, 0,  0, 0, 0, 0,     0, 0, 0, 1,
    0, 2, 0, 7,  0, 0, 0, 0,   0, 0, 0, 0,        10, 0, 0, 9,    0, 0, 0, 16,
];

#[test]
fn a_response_of_version_two() {
    let (message, len) = v2::parse(RESPONSE).unwrap();
    assert_eq!(len, 44);
    assert_eq!(message.command, Command::Response);
    assert_eq!(message.authentication, None);
    assert!(!message.asks_for_all());
    let entries: Vec<_> = message.entries().collect::<Result<_, _>>().unwrap();
    let second = Entry {
        next_hop: Some("10.0.0.9".parse().unwrap()),
        tag: 7,
        ..entry("0.0.0.0/0", 16)
    };
    assert_eq!(entries, [entry("10.0.1.0/24", 1), second]);
    assert_eq!(v2::emit(Command::Response, Proof::None, &entries), RESPONSE);
}

#[test]
fn a_request_for_all_and_one_for_a_network() {
    let mut all = vec![1, 2, 0, 0];
    all.extend([0; 19]);
    all.push(16);
    assert_eq!(v2::ask_for_all(Proof::None), all);
    assert!(v2::parse(&all).unwrap().0.asks_for_all());
    // RFC 2453 §3.9.1: just one entry, of no family, at infinity.
    for (at, byte) in [(5, 2), (23, 1), (0, 2)] {
        let mut other = all.clone();
        other[at] = byte;
        assert!(!v2::parse(&other).unwrap().0.asks_for_all(), "{at}");
    }
    let one = v2::emit(Command::Request, Proof::None, &[entry("10.0.1.0/24", 3)]);
    let (message, _) = v2::parse(&one).unwrap();
    assert!(!message.asks_for_all());
    // What metric a request has means nothing.
    let asked: Vec<_> = message.entries().collect();
    assert_eq!(asked, [Ok(entry("10.0.1.0/24", 16))]);

    let mut all = vec![1, 1, 0, 0];
    all.extend([0; 19]);
    all.push(16);
    assert_eq!(ng::ask_for_all(), all);
    assert!(ng::parse(&all).unwrap().0.asks_for_all());
}

#[test]
fn whose_it_is() {
    let password = *b"secret\0\0\0\0\0\0\0\0\0\0";
    let entries = [entry("10.0.1.0/24", 1)];
    let told = v2::emit(Command::Response, Proof::Password(password), &entries);
    // RFC 2453 §4.1: in the place of the first entry, family 0xffff, type 2.
    assert_eq!(told[4..8], [0xff, 0xff, 0, 2]);
    assert_eq!(told[8..24], password);
    assert_eq!(told.len(), 4 + 20 + 20);
    let (message, _) = v2::parse(&told).unwrap();
    let proof = Authentication::Password(password);
    assert_eq!(message.authentication, Some(proof));
    assert!(message.entries().eq([Ok(entries[0])]));

    let mut other = told;
    other[7] = 9;
    let (message, _) = v2::parse(&other).unwrap();
    assert_eq!(message.authentication, Some(Authentication::Other(9)));
    assert_eq!(message.entries().count(), 1);
}

#[test]
fn a_digest_behind_the_entries() {
    let proof = Proof::Digest {
        key: 5,
        sequence: 0x0102_0304,
    };
    let entries = [entry("10.0.1.0/24", 1)];
    let told = v2::emit(Command::Response, proof, &entries);
    // RFC 4822 §2.2: where the trailer begins, the key, the digest's length, the sequence number.
    let front = [
        0xff, 0xff, 0, 3, 0, 44, 5, 16, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    assert_eq!(told[4..24], front);
    assert_eq!(told[44..48], [0xff, 0xff, 0, 1]);
    assert_eq!(told.len(), 48 + 16);
    let (message, _) = v2::parse(&told).unwrap();
    let digest = Authentication::Digest {
        key: 5,
        sequence: 0x0102_0304,
        covered: &told[..48],
        digest: &[0; 16],
    };
    assert_eq!(message.authentication, Some(digest));
    assert!(message.entries().eq([Ok(entries[0])]));

    // Some count the trailer's front, ff ff 00 01, as a part of the digest.
    let mut counted = told.clone();
    counted[11] = 20;
    let (message, _) = v2::parse(&counted).unwrap();
    assert!(matches!(
        message.authentication,
        Some(Authentication::Digest { digest, .. }) if digest == [0; 16]
    ));
    let cut = v2::parse(&told[..58]);
    let length = Malformed::Length {
        layer: Layer::Rip,
        found: 64,
        have: 58,
    };
    assert_eq!(cut, Err(length));
}

#[test]
fn an_entry_that_makes_no_sense_is_refused_alone() {
    let field = |field| {
        Err(Malformed::Field {
            layer: Layer::Rip,
            field,
        })
    };
    for (at, byte, why) in [
        (5, 10, "Address Family Identifier"),
        // 255.0.255.0
        (13, 0, "Subnet Mask"),
        (11, 1, "IP Address"),
        (23, 0, "Metric"),
        (23, 17, "Metric"),
        (20, 1, "Metric"),
    ] {
        let mut bytes = RESPONSE.to_vec();
        bytes[at] = byte;
        let (message, _) = v2::parse(&bytes).unwrap();
        let entries: Vec<_> = message.entries().collect();
        assert_eq!(entries[0], field(why), "{at}");
        assert!(entries[1].is_ok(), "{at}");
    }
}

#[test]
fn messages_that_are_refused() {
    let parse = |bytes: &[u8]| v2::parse(bytes).map(|(_, len)| len);
    let truncated = |need, have| {
        Err(Malformed::Truncated {
            layer: Layer::Rip,
            need,
            have,
        })
    };
    assert_eq!(parse(&[2, 2, 0]), truncated(4, 3));
    assert_eq!(parse(&RESPONSE[..30]), truncated(44, 30));
    assert_eq!(parse(&RESPONSE[..4]), Ok(4));
    let with = |at: usize, byte| {
        let mut bytes = RESPONSE.to_vec();
        bytes[at] = byte;
        parse(&bytes)
    };
    for found in [0, 1] {
        let layer = Layer::Rip;
        let version = Malformed::Version { layer, found };
        assert_eq!(with(1, found as u8), Err(version));
    }
    // RFC 2453 §4.6: a later version is read as far as this one goes.
    assert_eq!(with(1, 3), Ok(44));
    for command in [0, 3, 5] {
        let field = Malformed::Field {
            layer: Layer::Rip,
            field: "Command",
        };
        assert_eq!(with(0, command), Err(field));
    }
    let layer = Layer::Ripng;
    let version = Malformed::Version { layer, found: 2 };
    assert_eq!(ng::parse(&[2, 2, 0, 0]), Err(version));
}

#[test]
fn next_hops_of_ripng_hold_until_the_next() {
    let hop = |text: &str| Some(text.parse().unwrap());
    let entries = [
        entry("2001:db8:1::/48", 1),
        Entry {
            next_hop: hop("fe80::9"),
            tag: 7,
            ..entry("2001:db8:2::/48", 2)
        },
        Entry {
            next_hop: hop("fe80::9"),
            ..entry("::/0", 15)
        },
        entry("2001:db8:3::1/128", 16),
    ];
    let told = ng::emit(Command::Response, &entries);
    // RFC 2080 §2.1.1: metric 0xff names a next hop, and `::` the sender again.
    let metrics: Vec<_> = told[4..].chunks(20).map(|entry| entry[19]).collect();
    assert_eq!(metrics, [1, 0xff, 2, 15, 0xff, 16]);
    assert_eq!(told[..4], [2, 1, 0, 0]);
    assert_eq!(
        told[24..40],
        "fe80::9".parse::<std::net::Ipv6Addr>().unwrap().octets()
    );
    let (message, len) = ng::parse(&told).unwrap();
    assert_eq!(len, told.len());
    let read: Vec<_> = message.entries().collect::<Result<_, _>>().unwrap();
    assert_eq!(read, entries);
    // One that is no address of the link stands for the sender.
    let mut other = told;
    other[24] = 0x20;
    let (message, _) = ng::parse(&other).unwrap();
    assert!(
        message
            .entries()
            .all(|entry| entry.unwrap().next_hop.is_none())
    );
}

#[test]
fn entries_of_ripng_that_make_no_sense() {
    let good = ng::emit(Command::Response, &[entry("2001:db8::/32", 1)]);
    for (at, byte, field) in [
        (22, 129, "Prefix Length"),
        (19, 1, "IPv6 Prefix"),
        (23, 0, "Metric"),
        (23, 17, "Metric"),
    ] {
        let mut bytes = good.clone();
        bytes[at] = byte;
        let (message, _) = ng::parse(&bytes).unwrap();
        let layer = Layer::Ripng;
        let refused = Err(Malformed::Field { layer, field });
        assert!(message.entries().eq([refused]), "{field}");
    }
}
