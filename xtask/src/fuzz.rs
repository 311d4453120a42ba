//! `cargo xtask fuzz TARGET`: libFuzzer on one target of `crates/fuzz`, with the toolchain there is.
//!
//! `cargo fuzz` does the same where it and a nightly toolchain are installed. What it needs of
//! nightly is the address sanitizer alone, which a stable compiler also has and hides;
//! `RUSTC_BOOTSTRAP` uncovers it.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::{Outcome, repo};

/// How libFuzzer learns which way an input took, and memory errors stop the run.
const RUSTFLAGS: &str = "--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Zsanitizer=address";

/// `cargo xtask fuzz`
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask fuzz\n  cargo xtask fuzz wire_tcp --seconds 600\n\n\
    What it finds worth keeping stays in fuzz/corpus/, which is not checked in; input that makes\n\
    the target panic is in fuzz/artifacts/, and belongs into crates/fuzz/corpus/ with the mending."
)]
pub(crate) struct Args {
    /// The target; without one, all are listed
    target: Option<String>,
    /// How long to search
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Fuzzes the target that `args` name.
///
/// # Errors
/// An unknown target; a command that cannot be started.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let targets = targets()?;
    let Some(name) = &args.target else {
        targets.iter().for_each(|target| say!("{target}"));
        return Ok(Outcome::Held);
    };
    if !targets.contains(name) {
        bail!(
            "there is no target {name:?}; the targets are {}",
            targets.join(", ")
        );
    }
    let found = format!("fuzz/corpus/{name}");
    let artifacts = format!("fuzz/artifacts/{name}/");
    for folder in [&found, &artifacts] {
        let folder = repo::top().join(folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    // With a target triple the flags stay away from build scripts.
    let host = host_triple()?;
    let cargo = [
        "run",
        "--release",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target",
        &host,
    ];
    let status = repo::cargo(&cargo)
        .args(["--bin", name, "--", &found])
        .arg(format!("crates/fuzz/corpus/{name}"))
        .arg(format!("-artifact_prefix={artifacts}"))
        .arg(format!("-max_total_time={}", args.seconds))
        .env("RUSTFLAGS", RUSTFLAGS)
        .env("RUSTC_BOOTSTRAP", "1")
        .stdin(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    if status.success() {
        return Ok(Outcome::Held);
    }
    say!("fuzz: FAILED; if libFuzzer wrote an input to {artifacts}, give it a name that says what");
    say!("      is wrong, put it into crates/fuzz/corpus/{name}/, and mend the code");
    Ok(Outcome::Failed)
}

/// The targets, by their shells.
fn targets() -> anyhow::Result<Vec<String>> {
    let folder = repo::top().join("fuzz/fuzz_targets");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|file| file.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

fn host_triple() -> anyhow::Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("cannot start rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}
