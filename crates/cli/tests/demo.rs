//! `landline demo`: the story in both languages, as JSON and as a capture.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use common::{finish, landline, printed};
use pcap_file::pcapng::{Block, PcapNgReader};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;
use wire::LinkType;
use wire::dissect::{LayerKind, Verdict, dissect};

fn demo(arguments: &[&str]) -> String {
    printed(finish(landline(&[&["demo"], arguments].concat()), ""))
}

/// Compares with `tests/demo/NAME`, which `UPDATE_EXPECTED=1` writes anew.
fn expect(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/demo")
        .join(name);
    if std::env::var("UPDATE_EXPECTED").is_ok_and(|it| it == "1") {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    for (number, (line, expected)) in (1..).zip(text.lines().zip(expected.lines())) {
        assert_eq!(
            line, expected,
            "line {number}; UPDATE_EXPECTED=1 takes it over"
        );
    }
    assert_eq!(text.len(), expected.len());
}

#[test]
fn the_story_is_the_same_in_every_run() {
    expect("english.txt", &demo(&[]));
    expect("chinese.txt", &demo(&["--lang", "zh"]));
    expect("english_ipv6.txt", &demo(&["-6"]));
    expect("chinese_ipv6.txt", &demo(&["--ipv6", "--lang", "zh"]));
    assert_eq!(demo(&["--seed", "1"]), demo(&[]));
    assert_ne!(demo(&["--seed", "2"]), demo(&[]));
}

#[test]
fn it_fits_on_three_screens_for_any_seed() {
    for (seed, lang) in [
        ("1", "en"),
        ("1", "zh"),
        ("18446744073709551615", "en"),
        ("77", "zh"),
    ] {
        let text = demo(&["--seed", seed, "--lang", lang]);
        assert!(text.lines().count() <= 110, "{text}");
        assert!(!text.contains('\x1b'), "colour is for terminals");
        for line in text.lines() {
            assert!(
                line.width() <= 100 && line == line.trim_end(),
                "seed {seed}: {line}"
            );
        }
    }
}

#[test]
fn of_ipv6_it_fits_and_every_step_is_told() {
    for arguments in [
        &["-6"][..],
        &["-6", "--seed", "18446744073709551615"],
        &["-6", "--lang", "zh"],
        &["-6", "--lang", "zh", "--seed", "77"],
    ] {
        let text = demo(arguments);
        assert!(text.lines().count() <= 120, "{text}");
        for line in text.lines() {
            let fits = line.width() <= 100 && line == line.trim_end();
            assert!(fits, "{arguments:?}: {line}");
        }
    }
    let text = demo(&["-6", "--seed", "5"]);
    let mut rest = text.as_str();
    for part in [
        "does anybody have fd00:10::10?",
        "ff02::1:ff00:11 (33:33:ff:00:00:11)",
        "alice → a group    ICMPv6 who has fd00:10::11? tell fd00:10::10",
        "fd00:10::11 is at 02:00:00:00:10:0b",
        "handshake 1/3",
        "\"HELLO\"",
        "close 4/4",
        "Hop Limit 255",
        "ask for the gateway's MAC",
        "who has fd00:10::1?",
        "who has fd00:20::11?",
        "hops 63",
        "IPv6        Hop Limit     64                            63",
        "No ND this time",
        "2026-01-01 08:00:04",
        "Are you there?",
        "every checksum right",
    ] {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("no {part:?} in its place:\n{text}"));
        rest = &rest[at..];
    }
    // What is told of the beginning: a question and a report for each of two addresses of five cards.
    let frames: Vec<Value> = demo(&["-6", "--json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let announced = |what: &str| {
        let is = |it: &&Value| {
            it["chapter"] == "announcements" && it["summary"].as_str().unwrap().contains(what)
        };
        frames
            .iter()
            .filter(|it| it["event"] == "frame")
            .filter(is)
            .count()
    };
    let all = announced("");
    assert_eq!(announced("does anybody have"), 10);
    assert_eq!(
        announced("does anybody have") + announced("listens to"),
        all
    );
    assert!(text.contains(&format!("{all} frames, and nobody objects")));
}

#[test]
fn every_step_of_the_call_is_told() {
    let text = demo(&["--seed", "5"]);
    let mut rest = text.as_str();
    for part in [
        "who has 172.16.10.11?",
        "172.16.10.11 is at 02:00:00:00:10:0b",
        "handshake 1/3",
        "handshake 2/3",
        "handshake 3/3",
        "\"hello\"",
        "\"HELLO\"",
        "close 1/4",
        "close 2/4, 3/4",
        "close 4/4",
        "ask for the gateway's MAC",
        "who has 172.16.10.1?",
        "who has 101.100.200.11?",
        "TTL 63",
        "changed",
        "2026-01-01 08:00:00",
        "Are you there?",
        "every checksum right",
    ] {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("no {part:?} in its place:\n{text}"));
        rest = &rest[at..];
    }
}

#[test]
fn as_json_every_frame_has_its_layers() {
    let text = demo(&["--json"]);
    assert_eq!(text, demo(&["--json"]));
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &str| {
        events
            .iter()
            .filter(|it| it["event"] == kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("network")[0]["cards"].as_array().unwrap().len(), 5);
    let chapters: Vec<_> = of("chapter")
        .iter()
        .map(|it| it["chapter"].clone())
        .collect();
    assert_eq!(chapters, ["upper-tcp", "upper-udp", "time", "chat"]);
    assert_eq!(of("printed")[0]["caller"][0], "HELLO");
    let asked: Vec<_> = of("chapter")
        .iter()
        .map(|it| it["decision"]["asks_for"].clone())
        .collect();
    assert_eq!(
        asked,
        ["172.16.10.11", "172.16.10.1", "172.16.10.1", "172.16.10.11"]
    );

    let frames = of("frame");
    let end = &of("end")[0];
    assert_eq!(
        (end["frames"].as_u64(), &end["sound"]),
        (Some(frames.len() as u64), &true.into())
    );
    let parts: Vec<_> = frames.iter().filter_map(|it| it["part"].as_str()).collect();
    assert_eq!(
        parts,
        [
            "handshake-1",
            "handshake-2",
            "handshake-3",
            "data",
            "acknowledgment",
            "data",
            "acknowledgment",
            "close-1",
            "close-2-and-3",
            "close-4",
        ]
    );
    for frame in frames {
        let layers = frame["layers"].as_array().unwrap();
        assert_eq!(layers[0]["layer"], "ethernet");
        // Each layer begins where the one around it ends, and the last ends with the frame.
        let mut at = 0;
        for layer in layers {
            assert_eq!(layer["from"], at);
            at = layer["to"].as_u64().unwrap();
            assert!(
                layer.get("checksum").is_none_or(|it| it == "good"),
                "{layer}"
            );
        }
        assert_eq!(frame["bytes"], at);
    }
}

#[test]
fn the_capture_has_every_interface_and_good_checksums() {
    let dir = tempfile::tempdir().unwrap();
    let paths = [dir.path().join("a.pcapng"), dir.path().join("b.pcapng")];
    for path in &paths {
        demo(&["--capture", path.to_str().unwrap()]);
    }
    let [first, second] = paths.each_ref().map(|path| std::fs::read(path).unwrap());
    assert!(first == second, "the same seed gives the same capture");

    let mut reader = PcapNgReader::new(File::open(&paths[0]).unwrap()).unwrap();
    let (mut interfaces, mut seen) = (Vec::new(), BTreeMap::new());
    while let Some(block) = reader.next_block() {
        match block.unwrap() {
            Block::InterfaceDescription(interface) => {
                interfaces.push(format!("{:?}", interface.options));
            }
            Block::EnhancedPacket(packet) => {
                for layer in dissect(LinkType::Ethernet, &packet.data) {
                    assert_eq!(layer.malformed, None, "{layer:?}");
                    assert!(
                        matches!(layer.checksum, None | Some(Verdict::Good)),
                        "{layer:?}"
                    );
                    *seen.entry(layer.kind).or_insert(0) += 1;
                }
            }
            _ => {}
        }
    }
    for name in [
        "alice:eth0",
        "bob:eth0",
        "gateway:eth0",
        "gateway:eth1",
        "server:eth0",
    ] {
        assert!(
            interfaces.iter().any(|it| it.contains(name)),
            "{interfaces:?}"
        );
    }
    // Each of the call's segments is seen where it leaves and where it arrives.
    assert_eq!(seen[&LayerKind::Tcp], 2 * 10);
}
