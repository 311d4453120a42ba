//! The project's own chores, run as `cargo xtask CHORE`.
//!
//! A new chore is a file beside this one with an `Args` and a `run`, one row in [`Chore`] and one
//! arm in [`main`].
//!
//! Exit codes: 0 all is well; 1 a check failed; 2 the chore could not be done (a wrong flag, a
//! missing tool).

#[macro_use]
mod say;

mod conformance;
mod fuzz;
mod lint;
mod repo;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run everything that must hold before a change lands
    Test(test::Args),
    /// Check the house rules
    Lint(lint::Args),
    /// Run the public packet scripts, and write docs/conformance.md
    Conformance(conformance::Args),
    /// Search for input that breaks a parser or the stack, with libFuzzer
    Fuzz(fuzz::Args),
}

/// How a chore that could be done ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    /// All is well: exit code 0.
    Held,
    /// A check failed, and the chore has said which: exit code 1.
    Failed,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Lint(args) => lint::run(&args),
        Chore::Conformance(args) => conformance::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
    };
    match outcome {
        Ok(Outcome::Held) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}
