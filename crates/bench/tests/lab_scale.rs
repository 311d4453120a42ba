//! The command that measures labs runs, and the small ones of them come out right.

use std::process::Command;

#[test]
fn small_labs() {
    let of = |name: &str| -> serde_json::Value {
        let output = Command::new(env!("CARGO_BIN_EXE_bench"))
            .args(["lab-scale", "--most", "10", "--only", name, "--json"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    // Two announcements of ten hosts, each once up and nine times down.
    assert_eq!(of("idle")["frames"], 200);
    assert!(of("mesh")["frames"].as_u64().unwrap() > 10_000);
    for hour in ["hour-v4", "hour-v6"] {
        let row = of(hour);
        assert_eq!(row["simulated"], 3600.0);
        assert!(row["frames"].as_u64().unwrap() < 100, "{hour}");
    }
}
