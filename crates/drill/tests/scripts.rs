//! Our own packet scripts: every one passes here, and on Linux too, or says how Linux differs.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::path::{Path, PathBuf};
use std::process::Command;

use drill::suite::{self, Ran};
use drill::{Lang, Settings, Verdict, report};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts")
}

fn scripts() -> Vec<PathBuf> {
    suite::find(&[folder()]).unwrap()
}

fn run(settings: &Settings) -> Vec<Ran> {
    let mut all = Vec::new();
    suite::run(&scripts(), settings, |ran| all.push(ran)).unwrap();
    all
}

/// How a script says that Linux differs, and why.
fn linux_differs(source: &str) -> Option<&str> {
    let mut lines = source.lines();
    lines
        .find_map(|line| line.strip_prefix("// linux: differs:"))
        .map(str::trim)
}

#[test]
fn every_script_passes() {
    let all = run(&Settings::default());
    assert!(all.len() >= 100, "only {} scripts", all.len());
    let bad: Vec<_> = all
        .iter()
        .filter(|ran| ran.outcome.verdict != Verdict::Passed)
        .collect();
    let shown: String = bad
        .iter()
        .map(|ran| report::text(ran, Lang::English))
        .collect();
    assert!(bad.is_empty(), "\n{shown}");
}

/// But for those that say that they are about IPv4.
#[test]
fn every_script_passes_over_ipv6() {
    let ipv6 = Settings {
        ipv6: true,
        ..Settings::default()
    };
    for ran in run(&ipv6) {
        let text = report::text(&ran, Lang::English);
        let four = ran.source.contains("\n--ip_version=ipv4\n");
        let as_it_should = match ran.outcome.verdict {
            Verdict::Passed => !four,
            Verdict::Skipped(_) => four,
            Verdict::Failed(_) => false,
        };
        assert!(as_it_should, "\n{text}");
    }
}

/// Sockets of `AF_INET6` to whom IPv4 is addresses of a kind (RFC 3493 §3.7).
#[test]
fn every_script_passes_on_sockets_with_mapped_addresses() {
    let mapped = drill::script_option("ip_version=ipv4-mapped-ipv6").unwrap();
    let settings = Settings {
        options: vec![mapped],
        ..Settings::default()
    };
    for ran in run(&settings) {
        // Those that say `--ip_version=ipv4` have the say.
        let text = report::text(&ran, Lang::English);
        assert_eq!(ran.outcome.verdict, Verdict::Passed, "\n{text}");
    }
}

#[test]
fn every_script_passes_whatever_the_stack_draws() {
    for seed in 1..20 {
        for ran in run(&Settings {
            seed,
            ..Settings::default()
        }) {
            let text = report::text(&ran, Lang::English);
            assert_eq!(ran.outcome.verdict, Verdict::Passed, "seed {seed}\n{text}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_packets() {
    let settings = Settings {
        capture: true,
        ..Settings::default()
    };
    for (one, two) in run(&settings).iter().zip(run(&settings)) {
        assert_eq!(
            one.outcome.capture,
            two.outcome.capture,
            "{}",
            one.path.display()
        );
    }
}

#[test]
fn each_begins_by_saying_what_it_shows() {
    for path in scripts() {
        let source = std::fs::read_to_string(&path).unwrap();
        assert!(
            source.starts_with("// "),
            "{} has no first line that says it",
            path.display()
        );
        let reason = linux_differs(&source);
        assert_ne!(reason, Some(""), "{} gives no reason", path.display());
    }
}

/// With `PACKETDRILL` set to the tool's path: each script against this machine's Linux, in a
/// network of its own.
#[test]
fn linux_passes_them_too() {
    let Some(tool) = std::env::var_os("PACKETDRILL") else {
        eprintln!("skipped: PACKETDRILL does not name the tool");
        return;
    };
    for path in scripts() {
        let source = std::fs::read_to_string(&path).unwrap();
        let output = Command::new("sh")
            // Its threads lock their stacks in memory.
            .args(["-c", "ulimit -s 512; exec unshare -Urn \"$@\"", "sh"])
            .arg(&tool)
            .args(["--ip_version=ipv4", "--local_ip=192.168.0.1", "--gateway_ip=192.168.0.1"])
            .args(["--netmask_ip=255.255.0.0", "--remote_ip=192.0.2.1", "--tolerance_usecs=20000"])
            .arg(&path)
            .output()
            .unwrap();
        let differs = linux_differs(&source);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.success(),
            differs.is_none(),
            "{}: expected to pass unless it differs ({differs:?})\n{said}",
            path.display()
        );
    }
}
