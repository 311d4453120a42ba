//! The command that measures a flood runs, and who means it gets in where there are cookies.

use std::process::Command;

#[test]
fn a_small_flood() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["syn-flood", "--syns", "2000", "--json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let rows: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let column = |name: &str| {
        rows.iter()
            .map(|row| row[name].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(column("tcp_syncookies"), [0, 1, 2]);
    // The listener, and as many half-open connections as a backlog of 128 allows.
    assert_eq!(column("rows"), [130, 130, 1]);
    assert_eq!(column("served")[1..], [100, 100]);
    assert!(
        rows.iter()
            .all(|row| row["ns_per_syn"].as_f64().unwrap() > 0.0)
    );
}
