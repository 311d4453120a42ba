//! Runs every target over its corpus and over seeded mutations of it.
//!
//! A failure names its seed; `LANDLINE_SEED=<seed> cargo test -p fuzz` runs that one again, and
//! `LANDLINE_SEEDS=<count>` runs more of them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use fuzz::{TARGETS, Target, mutate};

/// Mutated inputs for each target, when not told otherwise.
const SEEDS: u64 = 5_000;
/// The same for a target whose runs are long: two stacks and two hours of their time.
const SEEDS_OF_PAIRS: u64 = 300;

/// Says what was being checked when a target panicked.
struct Blame<'a> {
    target: &'a Target,
    input: &'a [u8],
    from: String,
}

impl Drop for Blame<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let hex: String = self
                .input
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            eprintln!(
                "target {} failed on {}\ninput: {hex}",
                self.target.name, self.from
            );
        }
    }
}

fn check(target: &Target, input: &[u8], from: String) {
    let blame = Blame {
        target,
        input,
        from,
    };
    (blame.target.check)(blame.input);
}

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target.name)
}

/// The target's corpus, in the order of its names.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let cannot = format!("cannot read the corpus of {}", target.name);
    let entries = fs::read_dir(folder(target)).expect(&cannot);
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect(&cannot).path();
            let name = path
                .file_name()
                .expect(&cannot)
                .to_string_lossy()
                .into_owned();
            (name, fs::read(path).expect(&cannot))
        })
        .collect();
    files.sort();
    files
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|error| panic!("{variable}={text}: {error}")),
    )
}

#[test]
fn corpora_hold() {
    for target in TARGETS {
        let files = corpus(target);
        assert!(!files.is_empty(), "{} has an empty corpus", target.name);
        for (name, bytes) in files {
            check(target, &bytes, format!("corpus/{}/{name}", target.name));
        }
    }
}

#[test]
fn mutations_hold() {
    let seeds = |most| match number("LANDLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LANDLINE_SEEDS").unwrap_or(most),
    };
    for target in TARGETS {
        let pairs = target.name == "pair_calls";
        let seeds = seeds(if pairs { SEEDS_OF_PAIRS } else { SEEDS });
        let known: Vec<_> = corpus(target).into_iter().map(|(_, bytes)| bytes).collect();
        for seed in seeds {
            let input = mutate::input(seed, &known);
            let replay = format!("seed {seed}; again: LANDLINE_SEED={seed} cargo test -p fuzz");
            check(target, &input, replay);
        }
    }
}

#[test]
fn every_target_has_its_shell() {
    let shells = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = fs::read_to_string(shells.join("Cargo.toml")).unwrap();
    for Target { name, .. } in TARGETS {
        let body = name.replacen('_', "::", 1);
        let shell = format!(
            "#![no_main]\n\nlibfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::{body}(bytes));\n"
        );
        let path = format!("fuzz_targets/{name}.rs");
        let found = fs::read_to_string(shells.join(&path)).unwrap_or_default();
        assert_eq!(found, shell, "fuzz/{path}");
        let row = format!("name = \"{name}\"\npath = \"{path}\"");
        assert!(
            manifest.contains(&row),
            "fuzz/Cargo.toml has no [[bin]] with\n{row}"
        );
    }
}
