//! `landline dissect` and `landline lab ladder`, of captures that the lab made.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::path::{Path, PathBuf};

use common::{failure, finish, landline, printed};
use serde_json::Value;

fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../lab/tests/captures")
        .join(name)
}

fn run(command: &[&str], name: &str, arguments: &[&str]) -> String {
    let file = capture(name);
    let file = file.to_str().unwrap();
    printed(finish(
        landline(&[command, &[file], arguments].concat()),
        "",
    ))
}

fn dissect(name: &str, arguments: &[&str]) -> String {
    run(&["dissect"], name, arguments)
}

#[test]
fn a_line_a_packet_in_both_languages() {
    insta::assert_snapshot!(dissect(
        "two-lans.pcapng",
        &["--filter", "host alice:eth0 not arp"]
    ));
    let chinese = ["--lang", "zh", "--filter", "marked or dropped"];
    insta::assert_snapshot!(dissect("lossy.pcapng", &chinese));
    insta::assert_snapshot!(dissect("lossy.pcapng", &["--filter", "marked or dropped"]));
}

#[test]
fn layer_by_layer() {
    let filter = ["--full", "--filter", "host gate:eth1 udp"];
    insta::assert_snapshot!(dissect("two-lans.pcapng", &filter));
}

#[test]
fn a_connection_is_followed() {
    let told = dissect("two-lans.pcapng", &["--follow", "0"]);
    let lines: Vec<&str> = told.lines().collect();
    let (ask, answer) = ("172.16.10.10:40732", "172.16.10.11:9000");
    let expected = [
        &format!("── {ask} → {answer}"),
        "hello, neighbour",
        &format!("── {answer} → {ask}"),
        "HELLO, NEIGHBOUR",
    ];
    assert_eq!(lines, expected);
    let json = dissect("two-lans.pcapng", &["--follow", "0", "--json"]);
    let said: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(said["text"], "hello, neighbour");
}

#[test]
fn an_object_a_packet() {
    let objects: Vec<Value> = dissect("lossy.pcapng", &["--json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        objects
            .iter()
            .all(|it| it["event"] == "packet" && it["layers"].is_array())
    );
    let dropped: Vec<_> = objects
        .iter()
        .filter(|it| it["dropped"].is_string())
        .collect();
    assert_eq!(dropped.len(), 2);
    assert_eq!(dropped[0]["interface"], "alice:eth0");
    let again = |it: &&Value| it["tcp"]["marks"][0]["mark"] == "retransmission";
    assert_eq!(objects.iter().filter(again).count(), 7);
}

#[test]
fn ladders() {
    let ladder = ["lab", "ladder"];
    insta::assert_snapshot!(run(&ladder, "two-lans.pcapng", &[]));
    insta::assert_snapshot!(run(
        &ladder,
        "lossy.pcapng",
        &["--first", "12", "--lang", "zh"]
    ));
    let marked = run(&ladder, "lossy.pcapng", &["--filter", "dropped"]);
    assert!(marked.contains("died: lost on the link"), "{marked}");
    let json = run(&ladder, "lossy.pcapng", &["--json", "--first", "1000"]);
    assert_eq!(json.lines().count(), 52 + 41);
}

#[test]
fn a_damaged_file_is_shown_up_to_its_damage() {
    let whole = std::fs::read(capture("two-lans.pcapng")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.pcapng");
    std::fs::write(&file, &whole[..whole.len() - 30]).unwrap();
    let file = file.to_str().unwrap();
    for (lang, part) in [("en", "damaged at byte"), ("zh", "字节处损坏")] {
        let output = finish(landline(&["dissect", file, "--lang", lang]), "");
        assert!(output.stdout.iter().filter(|byte| **byte == b'\n').count() > 60);
        let (line, code) = failure(output);
        assert!(line.contains(part) && code == 1, "{line}");
    }
    let output = finish(landline(&["dissect", file, "--json"]), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(text.lines().next_back().unwrap()).unwrap();
    assert_eq!(last["event"], "damaged");
    let (line, code) = failure(finish(landline(&["dissect", "/nonexistent"]), ""));
    assert!(line.contains("/nonexistent") && code == 1, "{line}");
    let (line, code) = failure(finish(landline(&["dissect", "-"]), "no capture at all"));
    assert!(
        line.contains("neither a pcap nor a pcapng file") && code == 1,
        "{line}"
    );
    let (line, code) = failure(finish(landline(&["dissect", "-", "--filter", "tpc"]), ""));
    assert!(line.contains("tpc") && code == 2, "{line}");
}
