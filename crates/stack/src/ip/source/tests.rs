//! The examples of RFC 6724 §10, by its own addresses.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use super::{Candidate, Destination, choose, mapped, order};

fn candidate(addr: &str) -> Candidate {
    let (addr, deprecated) = match addr.strip_suffix(" deprecated") {
        Some(addr) => (addr, true),
        None => (addr, false),
    };
    let (addr, outgoing) = match addr.strip_suffix(" elsewhere") {
        Some(addr) => (addr, false),
        None => (addr, true),
    };
    Candidate {
        addr: mapped(addr.parse().unwrap()),
        prefix_len: 64,
        outgoing,
        deprecated,
        temporary: false,
    }
}

/// The source that is chosen towards `dst` among `sources`.
fn source(dst: &str, sources: &[&str]) -> Ipv6Addr {
    let dst = dst.parse().unwrap();
    let candidates = sources.iter().map(|addr| candidate(addr));
    choose(dst, candidates).unwrap().addr
}

fn addr(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

#[test]
fn sources_by_section_10_1() {
    for (dst, sources, chosen) in [
        (
            "2001:db8:1::1",
            &["2001:db8:3::1", "fe80::1"][..],
            "2001:db8:3::1",
        ),
        ("ff05::1", &["2001:db8:3::1", "fe80::1"], "2001:db8:3::1"),
        (
            "2001:db8:1::1",
            &["2001:db8:1::1 deprecated", "2001:db8:2::1"],
            "2001:db8:1::1",
        ),
        (
            "fe80::1",
            &["fe80::2 deprecated", "2001:db8:1::1"],
            "fe80::2",
        ),
        (
            "2001:db8:1::1",
            &["2001:db8:1::2", "2001:db8:3::2"],
            "2001:db8:1::2",
        ),
        (
            "2002:c633:6401::1",
            &["2002:c633:6401::d5e3:7953:13eb:22e8", "2001:db8:1::2"],
            "2002:c633:6401::d5e3:7953:13eb:22e8",
        ),
        // Rule 5, rule 3.
        (
            "2001:db8:1::1",
            &["2001:db8:1::2 elsewhere", "2001:db8:3::2"],
            "2001:db8:3::2",
        ),
        (
            "2001:db8:1::1",
            &["2001:db8:1::2 deprecated", "2001:db8:3::2"],
            "2001:db8:3::2",
        ),
    ] {
        assert_eq!(source(dst, sources), addr(chosen), "{dst} from {sources:?}");
        let mut turned = sources.to_vec();
        turned.reverse();
        assert_eq!(source(dst, &turned), addr(chosen), "{dst} from {turned:?}");
    }
}

/// The destinations in the order in which they are tried, given the source of each.
fn ordered(pairs: &[(&str, Option<&str>)]) -> Vec<IpAddr> {
    let mut destinations: Vec<_> = pairs
        .iter()
        .map(|(to, from)| Destination {
            addr: to.parse().unwrap(),
            source: from.map(candidate),
        })
        .collect();
    order(&mut destinations);
    destinations.iter().map(|d| d.addr).collect()
}

#[test]
fn destinations_by_section_10_2() {
    // Each: the two with their sources, the better first.
    for (first, second) in [
        // Prefer matching scope.
        (
            ("2001:db8:1::1", Some("2001:db8:1::2")),
            ("198.51.100.121", Some("169.254.13.78")),
        ),
        (
            ("198.51.100.121", Some("198.51.100.117")),
            ("2001:db8:1::1", Some("fe80::1")),
        ),
        // Prefer higher precedence.
        (
            ("2001:db8:1::1", Some("2001:db8:1::2")),
            ("10.1.2.3", Some("10.1.2.4")),
        ),
        // Prefer smaller scope.
        (
            ("fe80::1", Some("fe80::2")),
            ("2001:db8:1::1", Some("2001:db8:1::2")),
        ),
        // Avoid deprecated sources.
        (
            ("2001:db8:1::1", Some("2001:db8:1::2")),
            ("fe80::1", Some("fe80::2 deprecated")),
        ),
        // Longest matching prefix.
        (
            ("2001:db8:1::1", Some("2001:db8:1::2")),
            ("2001:db8:3ffe::1", Some("2001:db8:3f44::2")),
        ),
        // Prefer matching label.
        (
            ("2002:c633:6401::1", Some("2002:c633:6401::2")),
            ("2001:db8:1::1", Some("2002:c633:6401::2")),
        ),
        (
            ("2001:db8:1::1", Some("2001:db8:1::2")),
            ("2002:c633:6401::1", Some("2002:c633:6401::2")),
        ),
        // Avoid what cannot be reached.
        (("10.1.2.3", Some("10.1.2.4")), ("2001:db8:1::1", None)),
    ] {
        let expected: Vec<IpAddr> = [first.0, second.0]
            .map(|addr| addr.parse().unwrap())
            .to_vec();
        assert_eq!(ordered(&[first, second]), expected);
        assert_eq!(ordered(&[second, first]), expected);
    }
}

#[test]
fn what_is_equal_stays_in_its_order() {
    let pairs = [
        ("2001:db8:1::9", Some("2001:db8:1::2")),
        ("2001:db8:1::5", Some("2001:db8:1::2")),
    ];
    let texts: Vec<IpAddr> = pairs.iter().map(|(to, _)| to.parse().unwrap()).collect();
    assert_eq!(ordered(&pairs), texts);
}
