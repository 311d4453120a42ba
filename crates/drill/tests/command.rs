//! The command: its lines, its exit codes, its languages.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::path::Path;
use std::process::{Command, Output};

const GOOD: &str = "0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1\n";
const BAD: &str = "0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 2\n";
const SKIP: &str = "`nstat | grep TcpExtPAWSEstab`\n0 < S 0:0(0) win 1000\n";

fn drill(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_drill"))
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .output()
        .unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("good.pkt", GOOD), ("bad.pkt", BAD), ("skip.pkt", SKIP)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_line_a_script_and_the_totals() {
    let folder = folder();
    let all = drill(folder.path(), &["."]);
    assert_eq!(all.status.code(), Some(1));
    let told = text(&all);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(
        lines[0],
        "FAIL ./bad.pkt:2:4: the packet that left is not the one expected"
    );
    assert_eq!(lines[1], "    2 | +0 > R. 0:0(0) ack 2");
    assert_eq!(lines[2], "      |    ^^^^^^^^^^^^^^^^^");
    assert_eq!(lines[3], "      ack: expected 2, came 1");
    assert!(told.contains("PASS ./good.pkt\n"), "{told}");
    assert!(
        told.contains("SKIP ./skip.pkt:1: TcpExtPAWSEstab is counted by the kernel\n"),
        "{told}"
    );
    assert_eq!(lines.last(), Some(&"1 passed, 1 failed, 1 skipped"));
}

#[test]
fn exit_codes() {
    let folder = folder();
    assert_eq!(
        drill(folder.path(), &["good.pkt", "skip.pkt"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(drill(folder.path(), &["bad.pkt"]).status.code(), Some(1));
    assert_eq!(drill(folder.path(), &["none.pkt"]).status.code(), Some(2));
    assert_eq!(drill(folder.path(), &["--nonsense"]).status.code(), Some(2));
    assert_eq!(
        drill(folder.path(), &["-D", "nonsense", "good.pkt"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(drill(folder.path(), &["--help"]).status.code(), Some(0));
}

#[test]
fn in_chinese() {
    let folder = folder();
    let told = text(&drill(folder.path(), &["--lang", "zh", "bad.pkt"]));
    assert!(told.contains("发出的包与预期不符"), "{told}");
    assert!(told.contains("ack: 预期 2, 实际 1"), "{told}");
    assert!(
        told.ends_with("\n0 passed, 1 failed, 0 skipped\n"),
        "{told}"
    );
}

#[test]
fn as_json() {
    let folder = folder();
    let told = text(&drill(folder.path(), &["--json", "bad.pkt", "good.pkt"]));
    let lines: Vec<serde_json::Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["result"], "failed");
    assert_eq!(lines[0]["line"], 2);
    assert_eq!(lines[0]["fields"][0]["field"], "ack");
    assert_eq!(lines[0]["fields"][0]["expected"], "2");
    assert_eq!(lines[1]["result"], "passed");
    assert_eq!(lines[2]["failed"], 1);
}

#[test]
fn captures() {
    let folder = folder();
    drill(folder.path(), &["--capture", "one.pcapng", "good.pkt"]);
    let one = std::fs::read(folder.path().join("one.pcapng")).unwrap();
    // A section header (draft-ietf-opsawg-pcapng §4.1), and two packets.
    assert_eq!(one[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
    drill(folder.path(), &["--capture", "many", "good.pkt", "bad.pkt"]);
    let good = std::fs::read(folder.path().join("many/good.pcapng")).unwrap();
    assert_eq!(good, one);
    assert!(folder.path().join("many/bad.pcapng").exists());
}
