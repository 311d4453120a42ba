//! Scripts that somebody damaged: whatever they say, they run to an end and break nothing.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::path::Path;

use base::Rng;
use drill::{Settings, run_source, suite};

/// Pieces of the language, to be put where they do not belong.
const PIECES: &[&str] = &[
    "+0",
    "...",
    "<",
    ">",
    "<...>",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "|",
    "=",
    "-1",
    "4294967295",
    "*",
    "0x",
    "::",
    "udp (65535)",
    "S.",
    ".7",
    "icmp unreachable frag_needed mtu 0",
    "[frag 0:8+]",
    "%{ assert 1 ** 999999 }%",
    "`sysctl -q a=b`",
    "\"",
    "close(3) = 0",
    "win 0",
    "ack 1",
    "~",
    "sack 1:0 0:1",
    "TS val 4294967295 ecr 0",
    "read(4, NULL, 268435456) = 0",
    "99999999",
];

/// The seeds to try: `LANDLINE_SEED` alone, or `LANDLINE_SEEDS` of them, or `most`.
fn seeds(most: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    match number("LANDLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LANDLINE_SEEDS").unwrap_or(most),
    }
}

fn damage(source: &str, rng: &mut Rng) -> String {
    let mut bytes = source.as_bytes().to_vec();
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        let len = rng.below(20).min((bytes.len() - at) as u64) as usize;
        match rng.below(4) {
            0 => drop(bytes.drain(at..at + len)),
            1 => {
                let piece = PIECES[rng.below(PIECES.len() as u64) as usize];
                bytes.splice(at..at, format!(" {piece} ").into_bytes());
            }
            2 if at < bytes.len() => bytes[at] = rng.u32() as u8,
            _ => {
                let copy = bytes[at..at + len].to_vec();
                let to = rng.below(bytes.len() as u64 + 1) as usize;
                bytes.splice(to..to, copy);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn nothing_breaks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let paths = suite::find(&[folder]).unwrap();
    let sources: Vec<_> = paths
        .iter()
        .map(|p| std::fs::read_to_string(p).unwrap())
        .collect();
    for seed in seeds(2000) {
        let mut rng = Rng::seeded(seed);
        let source = damage(&sources[rng.below(sources.len() as u64) as usize], &mut rng);
        let result = std::panic::catch_unwind(|| run_source(&source, &Settings::default()));
        assert!(
            result.is_ok(),
            "seed {seed} panics; again: LANDLINE_SEED={seed} cargo test -p drill\n{source}"
        );
    }
}
