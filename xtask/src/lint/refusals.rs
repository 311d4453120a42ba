//! Every reason for which a packet may die is asserted by a test that names it.

use super::Finding;
use super::source::{close_of, words};
use super::tree::Tree;

/// Where reasons stand, and the enumeration of them.
const REASONS: [(&str, &str); 3] = [
    ("crates/wire/src/malformed.rs", "Malformed"),
    ("crates/stack/src/verdict.rs", "DropReason"),
    ("crates/tcp/src/verdict.rs", "DropReason"),
];

/// Reasons that no test comes to, and why none can.
const NEVER_MET: &[(&str, &str)] = &[
    (
        "LoopbackFull",
        "the spine takes what lies on the loopback before it makes more: a second lock",
    ),
    (
        "NoSourceAddress",
        "programs hear of it as EADDRNOTAVAIL; a packet of the stack's own answers one that came to \
         an address, which is there",
    ),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, name) in REASONS {
        let Some(source) = tree.sources.iter().find(|source| source.path == path) else {
            continue;
        };
        for (offset, variant) in variants(&source.code, name) {
            let excused = NEVER_MET.iter().any(|(met, _)| *met == variant);
            let tested = tree.sources.iter().any(|test| {
                let mut places = words(&test.code, variant);
                places.any(|at| test.is_test(at) && test.code[..at].ends_with("::"))
            });
            let what = match (excused, tested) {
                (false, false) => {
                    format!("no test names {name}::{variant}: write one that counts it")
                }
                (true, true) => {
                    format!("a test names {name}::{variant}: it needs no excuse any more")
                }
                _ => continue,
            };
            findings.push(Finding::new(path, source.line(offset), what));
        }
    }
    findings
}

/// The variants of the enumeration `name` in `code`, and where each stands.
fn variants<'a>(code: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    let head = format!("enum {name} {{");
    let Some(start) = code.find(&head) else {
        return Vec::new();
    };
    let open = start + head.len() - 1;
    let end = close_of(code, open) - 1;
    let mut at = open + 1;
    let mut found = Vec::new();
    while at < end {
        let rest = &code[at..end];
        match rest.as_bytes()[0] {
            // An attribute, or what a variant carries.
            b'(' | b'{' | b'[' => at = close_of(code, at),
            first if first.is_ascii_uppercase() => {
                let len = rest.find(|c: char| !c.is_ascii_alphanumeric());
                let len = len.unwrap_or(rest.len());
                found.push((at, &rest[..len]));
                at += len;
            }
            _ => at += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{check, variants};
    use crate::lint::tree::Tree;

    const REASONS: &str = "pub enum DropReason {\n /// One.\n First(Layer),\n #[error(\"Third\")]\n Second { a: Third },\n}";

    #[test]
    fn variants_are_found_without_what_they_carry() {
        let code = crate::lint::source::Source::new("a.rs", REASONS.to_owned()).code;
        let found: Vec<_> = variants(&code, "DropReason")
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(found, ["First", "Second"]);
    }

    #[test]
    fn a_reason_that_no_test_names_is_found() {
        let path = "crates/stack/src/verdict.rs";
        let test = |text| Tree::of(&[(path, REASONS), ("crates/stack/tests/a.rs", text)]);
        let one = test("fn f() { died(DropReason::First(a)); }");
        let found = check(&one);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().contains("DropReason::Second"));
        let both = test("fn f() { died(DropReason::First(a)); Some(Stop::Second); }");
        assert!(check(&both).is_empty());
        let talk = test("// DropReason::First, DropReason::Second");
        assert_eq!(check(&talk).len(), 2);
    }
}
