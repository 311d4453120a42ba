//! IGMP and MLD, against the drawings of their RFCs.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use core::net::IpAddr;

use base::Duration;
use wire::membership::{Message, Query, RecordKind, Sources, Version, igmp, mld};
use wire::{Layer, Malformed};

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn igmp_query(bytes: &[u8]) -> Query<'_> {
    let (message, len) = igmp::parse(bytes).unwrap();
    assert_eq!(len, bytes.len());
    let mut out = vec![0xee; len];
    message.emit_igmp(&mut out);
    assert_eq!(out, bytes);
    match message {
        Message::Query(query) => query,
        other => panic!("{other:?}"),
    }
}

#[test]
fn queries_of_each_version_of_igmp() {
    // RFC 3376 §7.1: 8 bytes with a code of 0, 8 bytes with another, 12 bytes or more.
    let first = hex("11 00 0000 00000000");
    assert_eq!(igmp_query(&first).version, Version::First);
    assert_eq!(igmp_query(&first).group, None);
    let second = hex("11 64 0000 ef010203");
    let query = igmp_query(&second);
    assert_eq!(query.version, Version::Second);
    assert_eq!(query.max_response_time, Duration::from_secs(10));
    assert_eq!(query.group, Some(addr("239.1.2.3")));
    let third = hex("11 64 0000 ef010203 0a 7d 0002 0a000001 0a000002");
    let query = igmp_query(&third);
    assert_eq!(query.version, Version::Third);
    assert!(query.suppress);
    assert_eq!((query.robustness, query.interval), (2, 125));
    let sources: Vec<_> = query.sources.iter().collect();
    assert_eq!(sources, [addr("10.0.0.1"), addr("10.0.0.2")]);
}

#[test]
fn codes_that_count_in_powers() {
    // RFC 3376 §4.1.1: 1|exp|mant is (mant | 0x10) << (exp + 3).
    for (code, tenths) in [
        ("7f", 127),
        ("80", 128),
        ("8f", 248),
        ("90", 256),
        ("ff", 31_744),
    ] {
        let bytes = hex(&format!("11 {code} 0000 00000000 02 {code} 0000"));
        let query = igmp_query(&bytes);
        assert_eq!(
            query.max_response_time,
            Duration::from_millis(100) * tenths,
            "{code}"
        );
        assert_eq!(u64::from(query.interval), tenths);
    }
    // RFC 3810 §5.1.3: 1|exp|mant is (mant | 0x1000) << (exp + 3).
    for (code, millis) in [("7fff", 32_767), ("8000", 32_768), ("ffff", 8_387_584)] {
        let zeros = "00".repeat(16);
        let bytes = hex(&format!("82 00 0000 {code} 0000 {zeros} 02 7d 0000"));
        let Ok((message @ Message::Query(query), _)) = mld::parse(&bytes) else {
            panic!("no query");
        };
        assert_eq!(
            query.max_response_time,
            Duration::from_millis(millis),
            "{code}"
        );
        let mut out = vec![0; bytes.len()];
        message.emit_mld(&mut out);
        assert_eq!(out, bytes);
    }
}

#[test]
fn reports_of_the_older_versions() {
    for (kind, version) in [("12", Version::First), ("16", Version::Second)] {
        let bytes = hex(&format!("{kind} 00 0000 ef010203"));
        let group = addr("239.1.2.3");
        assert_eq!(
            igmp::parse(&bytes),
            Ok((Message::Report { version, group }, 8))
        );
    }
    let bytes = hex("17 00 0000 ef010203");
    let group = addr("239.1.2.3");
    assert_eq!(igmp::parse(&bytes), Ok((Message::Leave { group }, 8)));
    let group = addr("ff02::fb");
    let octets = "ff0200000000000000000000000000fb";
    let version = Version::Second;
    for (kind, message) in [
        ("83", Message::Report { version, group }),
        ("84", Message::Leave { group }),
    ] {
        let bytes = hex(&format!("{kind} 00 0000 0000 0000 {octets}"));
        assert_eq!(mld::parse(&bytes), Ok((message, 24)));
        let mut out = vec![0; 24];
        message.emit_mld(&mut out);
        assert_eq!(out, bytes);
    }
}

#[test]
fn a_report_of_several_records() {
    // RFC 3376 §4.2: a join, an allowed source, and a kind with auxiliary data.
    let bytes = hex("22 00 0000 0000 0003 \
         04 00 0000 ef010203 \
         05 00 0001 ef010204 0a000001 \
         63 01 0000 ef010205 00000000");
    let Ok((message @ Message::Records(records), len)) = igmp::parse(&bytes) else {
        panic!("no report");
    };
    assert_eq!(len, bytes.len());
    let seen: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record.kind,
                record.group,
                record.sources.iter().collect::<Vec<_>>(),
            )
        })
        .collect();
    let expected = [
        (RecordKind::ToExclude, addr("239.1.2.3"), vec![]),
        (RecordKind::Allow, addr("239.1.2.4"), vec![addr("10.0.0.1")]),
        (RecordKind::Other(0x63), addr("239.1.2.5"), vec![]),
    ];
    assert_eq!(seen, expected);
    let mut out = vec![0; len];
    message.emit_igmp(&mut out);
    assert_eq!(out, bytes);
    let mut built = igmp::report_front(3).to_vec();
    for (kind, group, sources) in expected {
        kind.append(&mut built, group, sources.into_iter());
    }
    assert_eq!(built[..28], bytes[..28]);
}

#[test]
fn a_report_of_mld() {
    let bytes = hex("8f 00 0000 0000 0001 04 00 0000 ff0200000000000000000001ff000001");
    let Ok((Message::Records(records), len)) = mld::parse(&bytes) else {
        panic!("no report");
    };
    assert_eq!((records.count(), len), (1, 28));
    let mut built = mld::report_front(1).to_vec();
    let none = core::iter::empty::<IpAddr>();
    RecordKind::ToExclude.append(
        &mut built,
        addr("ff02::1:ff00:1"),
        none.collect::<Vec<_>>().into_iter(),
    );
    assert_eq!(built, bytes);
}

#[test]
fn refusals() {
    let layer = Layer::Igmp;
    assert_eq!(
        igmp::parse(&hex("1164")),
        Err(Malformed::Truncated {
            layer,
            need: 8,
            have: 2
        })
    );
    // RFC 3376 §7.1: of 9 to 11 bytes it is a query of no version.
    let ten = hex("11 64 0000 00000000 0000");
    assert_eq!(
        igmp::parse(&ten),
        Err(Malformed::Truncated {
            layer,
            need: 12,
            have: 10
        })
    );
    let missing = hex("11 64 0000 00000000 02 7d 0002 0a000001");
    assert_eq!(
        igmp::parse(&missing),
        Err(Malformed::Length {
            layer,
            found: 20,
            have: 16
        })
    );
    let missing = hex("22 00 0000 0000 0002 04 00 0000 ef010203");
    assert_eq!(
        igmp::parse(&missing),
        Err(Malformed::Length {
            layer,
            found: 2,
            have: 8
        })
    );
    let layer = Layer::Mld;
    let short = hex("82 00 0000 0000 0000 00");
    assert_eq!(
        mld::parse(&short),
        Err(Malformed::Truncated {
            layer,
            need: 24,
            have: 9
        })
    );
    let none = Sources::none(true);
    assert_eq!((none.is_empty(), none.len()), (true, 0));
}
