//! `cargo xtask test`: everything that must hold before a change lands, step by step.
//!
//! A new step is one row in [`STEPS`].

mod licences;
mod spdx;
mod tally;
mod tools;

use std::env;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use self::tally::Tally;
use crate::{Outcome, lint, repo};

/// Tells the tests that none may be skipped: one that finds no TAP device or no namespace fails.
const REQUIRE_ALL: &str = "LANDLINE_REQUIRE_ALL";

/// Where proptest starts, when the caller does not say: the same tests on every run.
const PROPTEST_SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "1");

/// One thing that must hold.
struct Step {
    name: &'static str,
    says: &'static str,
    run: fn(&mut Tally) -> anyhow::Result<Outcome>,
}

/// In this order: what others need, then what fails fastest.
const STEPS: &[Step] = &[
    Step {
        name: "tools",
        says: "what the tests need is installed",
        run: |_| tools::ensure(),
    },
    Step {
        name: "format",
        says: "cargo fmt changes nothing",
        run: |_| cargo(&["fmt", "--all", "--check"]),
    },
    Step {
        name: "lint",
        says: "the house rules hold",
        run: |_| lint::run(&lint::Args::default()),
    },
    Step {
        name: "licences",
        says: "every dependency's licence is accepted by deny.toml",
        run: |_| licences::check(),
    },
    Step {
        name: "clippy",
        says: "clippy has nothing to say",
        run: |_| {
            cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])
        },
    },
    Step {
        name: "tests",
        says: "every test passes",
        run: tests,
    },
    Step {
        name: "doctests",
        says: "every example in the documentation runs",
        run: |tally| counted(&["test", "--workspace", "--doc"], tally),
    },
    Step {
        name: "docs",
        says: "the documentation builds without a warning",
        run: |_| docs(),
    },
];

/// `cargo xtask test`
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask test\n  cargo xtask test --only clippy --only tests\n\n\
    With CI=true nothing may be skipped: ignored tests run too, and LANDLINE_REQUIRE_ALL=1 makes\n\
    a test fail that finds no TAP device or no network namespace."
)]
pub(crate) struct Args {
    /// Run only this step (may be repeated)
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// List the steps and stop
    #[arg(long)]
    list: bool,
}

/// Runs the steps that `args` ask for and stops at the first that fails.
///
/// # Errors
/// An unknown step; a missing tool; a command that cannot be started.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.list {
        for step in STEPS {
            say!("{:<8}  {}", step.name, step.says);
        }
        return Ok(Outcome::Held);
    }
    let steps = chosen(&args.only)?;
    let start = Instant::now();
    let mut tally = Tally::default();
    for (done, step) in steps.iter().enumerate() {
        say!(
            "\n== {} ({} of {}): {}",
            step.name,
            done + 1,
            steps.len(),
            step.says
        );
        let started = Instant::now();
        let outcome = (step.run)(&mut tally).with_context(|| {
            format!(
                "step `{}` could not be done; then again: {}",
                step.name,
                again(step)
            )
        })?;
        say!(
            "== {}: {} after {}",
            step.name,
            word(outcome),
            seconds(started.elapsed())
        );
        if outcome == Outcome::Failed {
            say!(
                "\ntest: FAILED at step `{}`; mend it, then: {}",
                step.name,
                again(step)
            );
            return Ok(Outcome::Failed);
        }
    }
    say!(
        "\ntest: {0} of {0} steps held after {1}",
        steps.len(),
        seconds(start.elapsed())
    );
    if tally.any() {
        say!("{tally}");
    }
    Ok(Outcome::Held)
}

fn chosen(only: &[String]) -> anyhow::Result<Vec<&'static Step>> {
    if let Some(unknown) = only
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.name == **name))
    {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!(
            "there is no step {unknown:?}; the steps are {}",
            names.join(", ")
        );
    }
    // In the table's order, whatever the order they were asked for in.
    Ok(STEPS
        .iter()
        .filter(|step| only.is_empty() || only.iter().any(|o| o == step.name))
        .collect())
}

fn again(step: &Step) -> String {
    format!("cargo xtask test --only {}", step.name)
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Held => "held",
        Outcome::Failed => "FAILED",
    }
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

fn tests(tally: &mut Tally) -> anyhow::Result<Outcome> {
    let mut args = vec![
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--examples",
    ];
    if repo::in_ci() {
        args.extend(["--", "--include-ignored"]);
    }
    counted(&args, tally)
}

fn docs() -> anyhow::Result<Outcome> {
    let mut command = repo::cargo(&["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    outcome_of(&mut command)
}

fn cargo(args: &[&str]) -> anyhow::Result<Outcome> {
    outcome_of(&mut repo::cargo(args))
}

/// Runs cargo's tests; what they print passes through while its closing lines are counted.
fn counted(args: &[&str], tally: &mut Tally) -> anyhow::Result<Outcome> {
    let mut command = repo::cargo(args);
    if repo::in_ci() {
        command.env(REQUIRE_ALL, "1");
    }
    let (seed, fixed) = PROPTEST_SEED;
    if env::var_os(seed).is_none() {
        command.env(seed, fixed);
    }
    announce(&command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    if let Some(stdout) = child.stdout.take() {
        tally.pass_through(stdout)?;
    }
    let status = child.wait().context("cannot wait for cargo")?;
    Ok(if status.success() {
        Outcome::Held
    } else {
        Outcome::Failed
    })
}

/// Runs `command` with its output where ours goes.
fn outcome_of(command: &mut Command) -> anyhow::Result<Outcome> {
    announce(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    Ok(if status.success() {
        Outcome::Held
    } else {
        Outcome::Failed
    })
}

/// Shows the command, to be repeated by hand.
fn announce(command: &Command) {
    let args: Vec<_> = command
        .get_args()
        .map(|arg| arg.to_string_lossy())
        .collect();
    say!("$ cargo {}", args.join(" "));
}
