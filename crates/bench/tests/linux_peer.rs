//! The command that measures us against Linux runs, and every byte arrives.

use std::process::Command;

#[test]
fn both_ways_over_a_cable_that_loses() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["linux-peer", "--only", "loss-1", "--only", "cubic"])
        .args(["--runs", "1", "--seconds", "0.3", "--json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare") || said.contains("Operation not permitted") {
        return host::testing::skip("both_ways_over_a_cable_that_loses", &said);
    }
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let senders: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|cell: serde_json::Value| {
            assert_eq!(cell["intact"], true);
            assert!(cell["landline"].as_f64().unwrap() > 0.0);
            cell["sender"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(senders, ["we-send", "linux-sends"]);
}

#[test]
fn words_that_stand_for_nothing_are_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["linux-peer", "--only", "vegas"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("\"vegas\""), "{said}");
}
