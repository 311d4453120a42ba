//! `cargo xtask lint`: the house rules as code.
//!
//! A rule is a small file in `lint/` with a `check` that reads the [`Tree`] and answers with its
//! [`Finding`]s. A new rule is such a file and one row in [`RULES`].

mod core_is_pure;
mod core_is_safe;
mod file_length;
mod floors;
mod layers;
mod ledger;
mod lexer;
mod links;
mod manifest;
mod reasons;
mod refusals;
mod sleeps;
mod source;
mod tree;
mod unfinished;
mod versions;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::bail;

use self::tree::Tree;
use crate::{Outcome, repo};

/// One house rule.
struct Rule {
    name: &'static str,
    says: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule {
        name: "floors",
        says: "a crate imports only crates on lower floors",
        check: floors::check,
    },
    Rule {
        name: "layers",
        says: "inside `stack`, a layer never names another layer",
        check: layers::check,
    },
    Rule {
        name: "file-length",
        says: "a Rust file has at most 600 lines",
        check: file_length::check,
    },
    Rule {
        name: "core-is-pure",
        says: "no clock, thread, global, hidden randomness or system call in the core",
        check: core_is_pure::check,
    },
    Rule {
        name: "core-is-safe",
        says: "the core forbids `unsafe` and is `no_std`; only `host` may write `unsafe`",
        check: core_is_safe::check,
    },
    Rule {
        name: "reasons",
        says: "every `allow` and `expect` attribute gives its reason",
        check: reasons::check,
    },
    Rule {
        name: "versions",
        says: "versions stand in the workspace's table, lints are the workspace's",
        check: versions::check,
    },
    Rule {
        name: "links",
        says: "every relative link in a page leads somewhere",
        check: links::check,
    },
    Rule {
        name: "ledger",
        says: "each MUST and SHOULD has a test that shows it, or a reason why not",
        check: ledger::check,
    },
    Rule {
        name: "refusals",
        says: "each reason for which a packet may die is named by a test",
        check: refusals::check,
    },
    Rule {
        name: "unfinished",
        says: "nothing is left to be done later without a word",
        check: unfinished::check,
    },
    Rule {
        name: "sleeps",
        says: "no test sleeps",
        check: sleeps::check,
    },
];

/// A place that breaks a rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Finding {
    /// Relative to the repository's top.
    path: String,
    /// Counted from 1.
    line: usize,
    /// What is wrong, and what to do.
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// `cargo xtask lint`
#[derive(clap::Args, Default)]
#[command(after_help = "Example:\n  cargo xtask lint --only floors --only layers")]
pub(crate) struct Args {
    /// Check only this rule (may be repeated)
    #[arg(long, value_name = "RULE")]
    only: Vec<String>,
    /// List the rules and stop
    #[arg(long)]
    list: bool,
}

/// Checks the rules that `args` ask for and prints every finding.
///
/// # Errors
/// An unknown rule; a file that cannot be read.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.list {
        for rule in RULES {
            say!("{:<12}  {}", rule.name, rule.says);
        }
        return Ok(Outcome::Held);
    }
    let rules = chosen(&args.only)?;
    let tree = Tree::read(&repo::top())?;

    let mut count = 0;
    for rule in &rules {
        // A set: sorted, and two patterns that hit one place for one cause are one finding.
        let findings: BTreeSet<_> = (rule.check)(&tree).into_iter().collect();
        for finding in &findings {
            say!("{finding} [{}]", rule.name);
        }
        count += findings.len();
    }
    let files = tree.len();
    if count == 0 {
        say!("lint: {} rules hold in {files} files", rules.len());
        return Ok(Outcome::Held);
    }
    say!(
        "lint: {count} findings ({} rules, {files} files)",
        rules.len()
    );
    Ok(Outcome::Failed)
}

fn chosen(only: &[String]) -> anyhow::Result<Vec<&'static Rule>> {
    if only.is_empty() {
        return Ok(RULES.iter().collect());
    }
    let mut rules = Vec::new();
    for name in only {
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            let names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
            bail!(
                "there is no rule {name:?}; the rules are {}",
                names.join(", ")
            );
        };
        rules.push(rule);
    }
    Ok(rules)
}
