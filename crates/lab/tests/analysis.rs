//! Captures: read, followed and drawn, beside what tshark says of the same files.
//!
//! `captures/` holds captures of small labs, cut to 96 bytes a packet, and beside two of them what
//! `tshark -Y tcp -T fields -E separator=, -e frame.number -e tcp.stream -e tcp.seq -e tcp.ack
//! -e tcp.len -e tcp.window_size -e tcp.analysis.retransmission -e tcp.analysis.lost_segment
//! -e tcp.analysis.duplicate_ack_num` prints.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lab::analysis::{
    End, Filter, Follow, Ladder, Mark, Packet, Reader, Record, Seen, Sight, Streams, Way,
};
use proptest::prelude::*;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/captures")
        .join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap()
}

/// Every packet, and what is wrong at the end.
fn all(bytes: &[u8]) -> (Vec<(Record, Packet)>, Option<String>) {
    let mut packets = Vec::new();
    let mut reader = match Reader::new(bytes) {
        Ok(reader) => reader,
        Err(damage) => return (packets, Some(damage.to_string())),
    };
    loop {
        match reader.next() {
            Ok(Some(record)) => {
                let packet = reader.peel(&record);
                packets.push((record, packet));
            }
            Ok(None) => return (packets, None),
            Err(damage) => return (packets, Some(damage.to_string())),
        }
    }
}

/// Our numbers and marks are tshark's. Of duplicate ACKs, tshark also counts those that answer a
/// second SYN, while nothing is outstanding: `besides`.
fn agrees_with_tshark(name: &str, besides: &[u64]) {
    let (packets, damage) = all(&bytes(&format!("{name}.pcapng")));
    assert_eq!(damage, None);
    let mut streams = Streams::new();
    let expected = std::fs::read_to_string(file(&format!("{name}.csv"))).unwrap();
    let mut expected = expected.lines();
    let mut marked = 0;
    for (record, packet) in &packets {
        let Some(told) = streams.note(packet, record.interface, record.at) else {
            continue;
        };
        let line: Vec<&str> = expected.next().unwrap().split(',').collect();
        let acks = told.ack.map_or("0".into(), |ack| ack.to_string());
        let numbers = [
            record.number.to_string(),
            told.stream.to_string(),
            told.seq.to_string(),
            acks,
            told.length.to_string(),
            told.window.to_string(),
        ];
        assert_eq!(line[..6], numbers, "{name}");
        let has = |key| told.marks.iter().any(|mark| mark.key() == key);
        let place = format!("{name}, packet {}: {:?}", record.number, told.marks);
        assert_eq!(has("retransmission"), !line[6].is_empty(), "{place}");
        assert_eq!(has("gap"), !line[7].is_empty(), "{place}");
        let duplicate = told.marks.iter().find_map(|mark| match mark {
            Mark::DuplicateAck(count) => Some(count.to_string()),
            _ => None,
        });
        if !besides.contains(&record.number) {
            assert_eq!(duplicate.unwrap_or_default(), line[8], "{place}");
        }
        marked += told.marks.len();
    }
    assert_eq!(expected.next(), None);
    assert!(marked > 8, "{name} shows something");
}

#[test]
fn a_sender_is_followed_as_tshark_does() {
    agrees_with_tshark("sender", &[11]);
}

#[test]
fn a_receiver_is_followed_as_tshark_does() {
    agrees_with_tshark("receiver", &[13]);
}

#[test]
fn ours_name_their_interfaces_and_say_why_a_frame_died() {
    let lossy = bytes("lossy.pcapng");
    let mut reader = Reader::new(lossy.as_slice()).unwrap();
    let (mut dropped, mut ways) = (Vec::new(), BTreeSet::new());
    while let Some(record) = reader.next().unwrap() {
        dropped.extend(record.dropped().map(str::to_owned));
        ways.insert(record.way.map(|way| way == Way::In));
    }
    assert_eq!(dropped, ["lost on the link", "lost on the link"]);
    assert_eq!(ways.len(), 3);
    let names: Vec<_> = reader
        .interfaces()
        .iter()
        .map(|it| it.name.as_deref())
        .collect();
    assert_eq!(names, [Some("alice:eth0"), Some("bob:eth0")]);
}

/// One packet of four bytes at 1.5 s, in pcap of either order and unit.
#[test]
fn pcap_in_both_orders_and_units() {
    let words = |magic: u32, parts: u32, big: bool| -> Vec<u8> {
        let numbers = [magic, 0x0004_0002, 0, 0, 65535, 101, 1, parts, 4, 9];
        let mut file: Vec<u8> = numbers
            .iter()
            .flat_map(|n| {
                if big {
                    n.to_be_bytes()
                } else {
                    n.to_le_bytes()
                }
            })
            .collect();
        file.extend([0x45, 0, 0, 9]);
        file
    };
    for big in [false, true] {
        for (magic, parts) in [(0xa1b2_c3d4, 500_000), (0xa1b2_3c4d, 500_000_000)] {
            let (packets, damage) = all(&words(magic, parts, big));
            assert_eq!(damage, None);
            let (record, packet) = &packets[0];
            assert_eq!(record.at, Some(1_500_000_000));
            assert_eq!((record.length, record.missing()), (9, 5));
            assert_eq!(packet.layers()[0].kind, wire::dissect::LayerKind::Ipv4);
        }
    }
}

/// A pcapng block of this type and body.
fn block(kind: u32, body: &[u8], big: bool) -> Vec<u8> {
    let number = |n: u32| {
        if big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    };
    let length = number(body.len() as u32 + 12);
    [&number(kind)[..], &length, body, &length].concat()
}

#[test]
fn pcapng_in_both_orders_with_clocks_of_all_kinds() {
    for big in [false, true] {
        let half = |n: u16| {
            if big {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let number = |n: u32| {
            if big {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let long = |n: i64| {
            if big {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let section = [&number(0x1a2b_3c4d)[..], &half(1), &half(0), &[0xff; 8]].concat();
        let mut file = block(0x0a0d_0d0a, &section, big);
        // Microseconds by default; 2^-10 s, 100 s late; 10^-9 s.
        let plain = [&half(101)[..], &half(0), &number(0)].concat();
        let option = |code: u16, value: &[u8]| {
            let mut option = [&half(code)[..], &half(value.len() as u16), value].concat();
            option.resize(option.len().next_multiple_of(4), 0);
            option
        };
        let binary = [plain.clone(), option(9, &[0x8a]), option(14, &long(100))].concat();
        let nano = [plain.clone(), option(2, b"n"), option(9, &[9])].concat();
        for interface in [plain, binary, nano] {
            file.extend(block(1, &interface, big));
        }
        file.extend(block(5, &[0; 8], big)); // statistics: passed over
        for (interface, ticks) in [(0, 2_000_000), (1, 2048), (2, 2_000_000_000)] {
            let head = [interface, 0, ticks, 4, 4].map(number).concat();
            let packet = [&head[..], &[0x45, 0, 0, 4], &option(1, b"hm"), &number(0)].concat();
            file.extend(block(6, &packet, big));
        }
        file.extend(block(3, &[&number(9)[..], &[0x45, 0, 0, 9]].concat(), big));
        let (packets, damage) = all(&file);
        assert_eq!(damage, None);
        let times: Vec<_> = packets.iter().map(|(record, _)| record.at).collect();
        let two = Some(2_000_000_000);
        assert_eq!(times, [two, Some(102_000_000_000), two, None]);
        assert_eq!(packets[0].0.comments, ["hm"]);
        assert_eq!(packets[3].0.missing(), 5);
    }
}

#[test]
fn damage_is_told_with_its_place() {
    let whole = bytes("sender.pcapng");
    let (packets, _) = all(&whole);
    let (cut, damage) = all(&whole[..whole.len() - 7]);
    assert_eq!(cut.len(), packets.len() - 1, "the last one is not whole");
    assert!(damage.unwrap().contains("more bytes should follow"));
    let said = |bytes: &[u8]| all(bytes).1.unwrap();
    assert_eq!(
        said(b""),
        "damaged at byte 0: 4 more bytes should follow, 0 do"
    );
    assert_eq!(
        said(b"hello, world"),
        "damaged at byte 0: neither a pcap nor a pcapng file begins here"
    );
    assert!(said(&[0x1f, 0x8b, 8, 0]).contains("gzip"));
    let mut header = vec![0xd4, 0xc3, 0xb2, 0xa1];
    header.resize(24, 0);
    header.extend([0; 8]);
    header.extend([0xff; 8]);
    assert_eq!(
        said(&header),
        "damaged at byte 24: a length of 4294967295 bytes cannot be"
    );
}

/// Words of filters, and how many of a capture's packets they choose.
#[test]
fn filters_choose() {
    let (packets, _) = all(&bytes("two-lans.pcapng"));
    let chosen = |words: &str| {
        let filter: Filter = words.parse().unwrap();
        let mut streams = Streams::new();
        let passes = packets.iter().filter(|(record, packet)| {
            let told = streams.note(packet, record.interface, record.at);
            filter.passes(Sight {
                record,
                packet,
                told: told.as_ref(),
                names: &["alice:eth0"],
            })
        });
        passes.count()
    };
    let all = packets.len();
    assert_eq!(chosen(""), all);
    assert_eq!(chosen("tcp") + chosen("not tcp"), all);
    assert_eq!(chosen("tcp"), 20);
    assert_eq!(chosen("tcp or arp"), chosen("tcp") + chosen("arp"));
    assert_eq!(chosen("port 9000 udp"), chosen("udp"));
    assert_eq!(chosen("stream 0"), 20);
    assert_eq!(chosen("host 172.16.10.11 and tcp"), 20);
    assert_eq!(chosen("172.16.10.99"), 0);
    assert_eq!(chosen("host alice"), all);
    assert_eq!(chosen("host alice:eth0 dropped"), 0);
    for (words, wrong) in [
        ("tpc", "\"tpc\" is no word"),
        ("port", "follow \"port\""),
        ("port 70000", "\"70000\""),
        ("tcp or", "follow \"or\""),
        ("not", "follow \"not\""),
    ] {
        let error = words.parse::<Filter>().unwrap_err().to_string();
        assert!(error.contains(wrong), "{error}");
    }
}

#[test]
fn a_connection_is_followed_to_its_bytes() {
    let (packets, _) = all(&bytes("two-lans.pcapng"));
    let (mut streams, mut follow) = (Streams::new(), Follow::new(0));
    let mut said = Vec::new();
    for (record, packet) in &packets {
        if let Some(told) = streams.note(packet, record.interface, record.at) {
            said.extend(follow.note(packet, &told, record.interface));
        }
    }
    said.extend(follow.finish());
    let said: Vec<_> = said
        .iter()
        .map(|it| (it.from.port() == 9000, it.bytes.as_slice()))
        .collect();
    assert_eq!(
        said,
        [
            (false, &b"hello, neighbour"[..]),
            (true, b"HELLO, NEIGHBOUR")
        ]
    );
    // Of cut packets, it is said what is missing.
    let (packets, _) = all(&bytes("sender.pcapng"));
    let (mut streams, mut follow) = (Streams::new(), Follow::new(0));
    let mut pieces = Vec::new();
    for (record, packet) in &packets {
        if let Some(told) = streams.note(packet, record.interface, record.at) {
            pieces.extend(follow.note(packet, &told, record.interface));
        }
    }
    pieces.extend(follow.finish());
    let there: u64 = pieces
        .iter()
        .map(|it| it.missing + it.bytes.len() as u64)
        .sum();
    // The last of 60,000 bytes are cut off, and nothing behind them shows it.
    assert!((58_000..=60_000).contains(&there), "{there}");
}

fn ladder_of(name: &str, most: usize) -> Ladder {
    let bytes = bytes(name);
    let mut reader = Reader::new(bytes.as_slice()).unwrap();
    let mut ladder = Ladder::new(Filter::default(), most);
    while let Some(record) = reader.next().unwrap() {
        let packet = reader.peel(&record);
        let interface = reader.interfaces()[record.interface].name.as_deref();
        let seen = Seen {
            record: &record,
            packet: &packet,
            told: None,
            interface,
        };
        ladder.note(seen, || "frame".into());
    }
    ladder
}

#[test]
fn what_left_and_what_arrived_is_one_arrow() {
    let ladder = ladder_of("lossy.pcapng", 1000);
    assert_eq!(ladder.hosts(), ["alice", "bob"]);
    let count = |end: fn(&End) -> bool| ladder.arrows().iter().filter(|it| end(&it.end)).count();
    // As the lab's report said: two died at alice's card, three behind the switch.
    assert_eq!(count(|end| *end == End::Lost("lost on the link".into())), 2);
    assert_eq!(count(|end| *end == End::Unseen), 3);
    // 52 + 41 frames were sent.
    assert_eq!(ladder.arrows().len(), 52 + 41);
    let least = ladder.arrows().iter().filter_map(|arrow| arrow.took).min();
    // Two cables of 5 ms each, of which the second lets some frames overtake.
    assert!(least >= Some(5_000_000), "{least:?}");
    let short = ladder_of("lossy.pcapng", 10);
    assert_eq!(short.arrows().len(), 10);
    assert!(short.left_out() >= 83);
}

#[test]
fn strangers_are_drawn_by_their_addresses() {
    let mut bytes = bytes("two-lans.pcapng");
    // Without a colon, a name is no host's card of ours.
    let mut at = 0;
    while at + 4 < bytes.len().min(600) {
        if &bytes[at..at + 4] == b":eth" {
            bytes[at] = b'-';
        }
        at += 1;
    }
    let mut reader = Reader::new(bytes.as_slice()).unwrap();
    let mut ladder = Ladder::new("tcp".parse().unwrap(), 100);
    while let Some(record) = reader.next().unwrap() {
        let packet = reader.peel(&record);
        let interface = reader.interfaces()[record.interface].name.clone();
        let seen = Seen {
            record: &record,
            packet: &packet,
            told: None,
            interface: interface.as_deref(),
        };
        ladder.note(seen, String::new);
    }
    assert_eq!(ladder.hosts(), ["172.16.10.10", "172.16.10.11"]);
    assert_eq!(ladder.arrows().len(), 20);
}

/// A capture of ours with some bytes changed and perhaps an end missing.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let names = prop::sample::select(vec!["two-lans.pcapng", "sender.pcapng"]);
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (
        names,
        prop::collection::vec(change, 0..30),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(name, changes, end)| {
            let mut bytes = bytes(name);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(end.index(bytes.len() * 2));
            bytes
        })
}

/// Reads, follows and draws whatever it is.
fn digest(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else {
        return;
    };
    let (mut streams, mut follow) = (Streams::new(), Follow::new(0));
    let mut ladder = Ladder::new(Filter::default(), 50);
    while let Ok(Some(record)) = reader.next() {
        let packet = reader.peel(&record);
        let told = streams.note(&packet, record.interface, record.at);
        let _ = streams.look(&packet, record.interface);
        if let Some(told) = &told {
            follow.note(&packet, told, record.interface);
        }
        let interface = reader.interfaces().get(record.interface);
        ladder.note(
            Seen {
                record: &record,
                packet: &packet,
                told: told.as_ref(),
                interface: interface.and_then(|it| it.name.as_deref()),
            },
            String::new,
        );
    }
    follow.finish();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_capture_is_too_broken(bytes in mangled()) {
        digest(&bytes);
    }

    #[test]
    fn nor_are_bytes_that_are_none(
        front in prop::sample::select(vec![
            vec![0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a],
            vec![0xa1, 0xb2, 0xc3, 0xd4],
            vec![],
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        digest(&[front, rest].concat());
    }
}
