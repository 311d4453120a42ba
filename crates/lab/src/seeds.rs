//! Tests over many seeds, each of which can be run again by itself.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A test as `cargo test` calls it. [`lab::test`](macro@crate::test) fills it in.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    /// The package that it is in.
    pub package: &'static str,
    /// Its path, from the crate on.
    pub path: &'static str,
}

impl Test {
    /// The command that runs it with this seed alone.
    pub fn again(&self, seed: u64) -> String {
        // The crate is the test's file, which cargo does not count among the names.
        let name = self
            .path
            .split_once("::")
            .map_or(self.path, |(_, name)| name);
        let package = self.package;
        format!("LANDLINE_SEED={seed} cargo test -p {package} {name} -- --exact")
    }
}

/// What a test may return.
pub trait Outcome {
    /// What went wrong, if anything did.
    fn failure(self) -> Option<String>;
}

impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<T, E: Debug> Outcome for Result<T, E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}

/// Runs a test with the seeds 0 to `count` - 1; with `LANDLINE_SEEDS` of them, or with
/// `LANDLINE_SEED` alone, if the environment says so.
///
/// # Panics
/// When the test does, or returns an error; the seed, and the command that runs it again, are printed.
/// When the environment says what is no number.
pub fn run<O: Outcome>(count: u64, test: Test, body: impl Fn(u64) -> O) {
    let seeds = match (number("LANDLINE_SEED"), number("LANDLINE_SEEDS")) {
        (Some(seed), _) => seed..seed.saturating_add(1),
        (None, more) => 0..more.unwrap_or(count),
    };
    for seed in seeds {
        let again = || eprintln!("seed {seed} fails; again: {}", test.again(seed));
        match catch_unwind(AssertUnwindSafe(|| body(seed).failure())) {
            Ok(None) => {}
            Ok(Some(failure)) => {
                again();
                panic!("seed {seed}: {failure}");
            }
            Err(panic) => {
                again();
                resume_unwind(panic);
            }
        }
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!("{name} is to be a whole number, and is {text:?}"),
    }
}
