//! The core forbids `unsafe` and, but for `fabric`, does without `std`; only `host` may write
//! `unsafe`.

use super::Finding;
use super::core_is_pure::CORE;
use super::source::Source;
use super::tree::Tree;

/// Of the core, what also runs without an operating system.
const NO_STD: [&str; 4] = ["base", "wire", "tcp", "stack"];

/// The one crate with system calls.
const MAY_BE_UNSAFE: &str = "host";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        check_attributes(source, &mut findings);
        if source.crate_name() == Some(MAY_BE_UNSAFE) {
            continue;
        }
        for offset in source.code_words("unsafe") {
            let what =
                "`unsafe` outside `host`; write it safely, or give `host` a safe function for it";
            findings.push(Finding::new(&source.path, source.line(offset), what));
        }
    }
    findings
}

fn check_attributes(source: &Source, findings: &mut Vec<Finding>) {
    let Some(name) = source.crate_name() else {
        return;
    };
    if source.path != format!("crates/{name}/src/lib.rs") {
        return;
    }
    let mut demand = |needed: bool, attribute: &str| {
        if needed && !source.code.contains(attribute) {
            let what = format!("`{name}` is of the core; begin it with `{attribute}`");
            findings.push(Finding::new(&source.path, 1, what));
        }
    };
    demand(CORE.contains(&name), "#![forbid(unsafe_code)]");
    demand(NO_STD.contains(&name), "#![no_std]");
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    fn findings(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn the_core_declares_itself() {
        let both = "#![no_std]\n#![forbid(unsafe_code)]";
        assert_eq!(findings("crates/tcp/src/lib.rs", both), 0);
        assert_eq!(findings("crates/tcp/src/lib.rs", "// #![no_std]"), 2);
        assert_eq!(
            findings("crates/fabric/src/lib.rs", "#![forbid(unsafe_code)]"),
            0
        );
        assert_eq!(findings("crates/services/src/lib.rs", ""), 0);
        assert_eq!(findings("crates/tcp/src/state.rs", ""), 0);
    }

    #[test]
    fn unsafe_lives_in_host() {
        let text = "fn f() { unsafe { g() } }";
        assert_eq!(findings("crates/host/src/tap.rs", text), 0);
        assert_eq!(findings("crates/services/src/a.rs", text), 1);
        assert_eq!(findings("xtask/src/a.rs", text), 1);
        assert_eq!(
            findings("xtask/src/a.rs", "#![deny(unsafe_code)] // unsafe"),
            0
        );
    }
}
