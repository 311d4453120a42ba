//! `cargo xtask fuzz TARGET`: libFuzzer on one target of `crates/fuzz`, with the toolchain there is.
//!
//! The targets call no unsafe code of ours, so that memory errors are not what is looked for: without
//! the address sanitizer a second brings several times as many runs. `--sanitizer` adds it all the
//! same, for what the crates below us do. A stable compiler has it too and hides it;
//! `RUSTC_BOOTSTRAP` uncovers it. `cargo fuzz` does the same where it and a nightly toolchain are
//! installed.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::{Outcome, repo};

/// How libFuzzer learns which way an input took.
const RUSTFLAGS: &str = "--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Memory errors stop the run.
const SANITIZER: &str = " -Zsanitizer=address";

/// `cargo xtask fuzz`
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask fuzz\n  cargo xtask fuzz wire_tcp --seconds 600\n  \
    cargo xtask fuzz pair_calls --jobs 2 --seconds 3600\n\n\
    What it finds worth keeping stays in fuzz/corpus/, which is not checked in; input that makes\n\
    the target panic is in fuzz/artifacts/, and belongs into crates/fuzz/corpus/ with the mending."
)]
pub(crate) struct Args {
    /// The target; without one, all are listed
    target: Option<String>,
    /// How long to search
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many processes search, each on a core, and share what they find
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: u32,
    /// Watch for memory errors too (AddressSanitizer), which makes it several times slower
    #[arg(long)]
    sanitizer: bool,
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
    let status = command(args, name, &found, &artifacts)?
        .status()
        .context("cannot start cargo")?;
    if status.success() {
        return Ok(Outcome::Held);
    }
    say!("fuzz: FAILED; if libFuzzer wrote an input to {artifacts}, give it a name that says what");
    say!("      is wrong, put it into crates/fuzz/corpus/{name}/, and mend the code");
    Ok(Outcome::Failed)
}

/// The run: what it finds worth keeping goes to `found`, what breaks the target to `artifacts`.
fn command(args: &Args, name: &str, found: &str, artifacts: &str) -> anyhow::Result<Command> {
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
    let mut command = repo::cargo(&cargo);
    command
        .args(["--bin", name, "--", found])
        .arg(format!("crates/fuzz/corpus/{name}"))
        .arg(format!("-artifact_prefix={artifacts}"))
        .arg(format!("-max_total_time={}", args.seconds));
    if args.jobs > 1 {
        command.arg(format!("-fork={}", args.jobs));
    }
    let mut flags = String::from(RUSTFLAGS);
    if args.sanitizer {
        flags.push_str(SANITIZER);
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    command.env("RUSTFLAGS", flags).stdin(Stdio::null());
    Ok(command)
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
