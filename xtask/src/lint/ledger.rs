//! The ledgers are complete: each MUST and SHOULD of an RFC has its row, and each row names a test
//! that there is, or says why the requirement does not hold.
//!
//! A ledger is a page in `docs/ledger/` whose rows are
//!
//! ```text
//! | id | what is asked | where it holds |
//! ```
//!
//! The last cell has links to tests, ``[`name`](../../crates/…/tests/file.rs)``, or to a row of
//! another ledger, `see [MUST-7](rfc9293.md)`, or begins with `not:` and the reason.

use std::collections::BTreeMap;

use super::Finding;
use super::tree::{Page, Tree};

/// A page, and what it must have a row for.
struct Ledger {
    page: &'static str,
    ids: fn() -> Vec<String>,
}

const LEDGERS: [Ledger; 2] = [
    Ledger {
        page: "docs/ledger/rfc9293.md",
        ids: rfc9293,
    },
    Ledger {
        page: "docs/ledger/rfc1122.md",
        ids: rfc1122,
    },
];

/// The names that the RFC itself gives (Appendix B).
fn rfc9293() -> Vec<String> {
    let numbered = |name: &'static str, last: u8| (1..=last).map(move |n| format!("{name}-{n}"));
    numbered("MUST", 69)
        .chain(numbered("SHLD", 31))
        .chain(numbered("REC", 1))
        .collect()
}

/// The rows of the summaries in §3.5 and §4.2.5 that are no MAY: section and number within it.
fn rfc1122() -> Vec<String> {
    const ROWS: &[(&str, u8)] = &[
        // The Internet layer.
        ("3.1", 8),
        ("3.2.1.1", 1),
        ("3.2.1.2", 1),
        ("3.2.1.3", 5),
        ("3.2.1.4", 1),
        ("3.2.1.6", 3),
        ("3.2.1.7", 4),
        ("3.2.1.8", 3),
        ("3.2.1.8b", 2),
        ("3.2.1.8c", 4),
        ("3.2.2", 9),
        ("3.2.2.1", 4),
        ("3.2.2.2", 4),
        ("3.2.2.3", 2),
        ("3.2.2.4", 1),
        ("3.2.2.5", 2),
        ("3.2.2.6", 8),
        ("3.2.2.7", 1),
        ("3.2.2.8", 5),
        ("3.2.2.9", 10),
        ("3.3.1.1", 2),
        ("3.3.1.2", 4),
        ("3.3.1.3", 1),
        ("3.3.1.4", 6),
        ("3.3.1.5", 1),
        ("3.3.1.6", 1),
        ("3.3.2", 6),
        ("3.3.3", 3),
        ("3.3.4.2", 2),
        ("3.3.5", 8),
        ("3.3.6", 6),
        ("3.3.7", 3),
        ("3.3.8", 1),
        ("3.4", 6),
        ("3.5", 1),
        // TCP.
        ("4.2.2.2", 4),
        ("4.2.2.3", 2),
        ("4.2.2.4", 4),
        ("4.2.2.5", 3),
        ("4.2.2.6", 4),
        ("4.2.2.7", 2),
        ("4.2.2.9", 1),
        ("4.2.2.10", 1),
        ("4.2.2.11", 1),
        ("4.2.2.12", 1),
        ("4.2.2.13", 3),
        ("4.2.2.15", 2),
        ("4.2.2.16", 2),
        ("4.2.2.17", 5),
        ("4.2.2.18", 2),
        ("4.2.2.19", 1),
        ("4.2.2.20", 2),
        ("4.2.3.1", 5),
        ("4.2.3.2", 3),
        ("4.2.3.3", 1),
        ("4.2.3.4", 3),
        ("4.2.3.5", 7),
        ("4.2.3.6", 6),
        ("4.2.3.7", 2),
        ("4.2.3.8", 5),
        ("4.2.3.9", 7),
        ("4.2.3.10", 3),
        ("4.2.3.14", 2),
        ("4.2.4.1", 2),
        ("4.2.4.2", 3),
        ("4.2.4.4", 1),
    ];
    ROWS.iter()
        .flat_map(|(section, count)| (1..=*count).map(move |n| format!("{section}/{n}")))
        .collect()
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ledger in &LEDGERS {
        let page = tree.pages.iter().find(|page| page.path == ledger.page);
        let Some(page) = page else {
            findings.push(Finding::new(ledger.page, 1, "the ledger is missing"));
            continue;
        };
        findings.extend(check_page(tree, page, &(ledger.ids)()));
    }
    findings
}

fn check_page(tree: &Tree, page: &Page, ids: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, text) in page.text.lines().enumerate() {
        let Some([id, asked, holds]) = cells(text) else {
            continue;
        };
        let line = index + 1;
        let mut found = |what: String| findings.push(Finding::new(&page.path, line, what));
        // The head of a table, and the rule under it.
        if id == "id" || id.starts_with('-') {
            continue;
        }
        if !ids.iter().any(|known| known == id) {
            found(format!("`{id}` is no requirement of this RFC"));
        } else if let Some(first) = rows.insert(id, line) {
            found(format!("`{id}` has a row already, in line {first}"));
        }
        if asked.is_empty() {
            found(format!("`{id}`: say what is asked"));
        }
        if let Some(what) = wrong(tree, holds) {
            found(format!("`{id}`: {what}"));
        }
    }
    for id in ids.iter().filter(|id| !rows.contains_key(id.as_str())) {
        findings.push(Finding::new(
            &page.path,
            1,
            format!("`{id}` has no row; name the test that shows it, or say why it does not hold"),
        ));
    }
    findings
}

/// The three cells of a row.
fn cells(line: &str) -> Option<[&str; 3]> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let mut cells = inner.splitn(3, '|').map(str::trim);
    Some([cells.next()?, cells.next()?, cells.next()?])
}

/// What is wrong with what a row says of where its requirement holds.
fn wrong(tree: &Tree, holds: &str) -> Option<String> {
    if let Some(reason) = holds.strip_prefix("not:") {
        // A word is no reason.
        return (reason.split_whitespace().count() < 4).then(|| "say why it does not hold".into());
    }
    if holds.starts_with("see [") {
        return None;
    }
    let tests: Vec<_> = tests(holds).collect();
    if tests.is_empty() {
        return Some("link the test that shows it, or say why it does not hold: `not: …`".into());
    }
    tests
        .into_iter()
        .find(|(name, path)| !is_test(tree, name, path))
        .map(|(name, path)| format!("there is no test `{name}` in `{path}`"))
}

/// The tests that a cell links: name and path.
fn tests(holds: &str) -> impl Iterator<Item = (&str, &str)> {
    holds.split("[`").skip(1).filter_map(|link| {
        let (name, rest) = link.split_once("`](")?;
        let (path, _) = rest.split_once(')')?;
        Some((name, path))
    })
}

/// Whether the file that `link` leads to from a ledger has such a test. A packet script is one by
/// its path alone.
fn is_test(tree: &Tree, name: &str, link: &str) -> bool {
    let Some(path) = link.strip_prefix("../../") else {
        return false;
    };
    if path.ends_with(".pkt") {
        return tree.paths.contains(path) && path.ends_with(name);
    }
    let head = format!("fn {name}(");
    let source = tree.sources.iter().find(|source| source.path == path);
    source.is_some_and(|source| source.text.contains(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "#[test]\nfn it_holds() {}\n";

    fn findings(rows: &str) -> Vec<String> {
        let tree = Tree::of(&[("crates/tcp/tests/a.rs", TEST), ("docs/ledger/x.md", rows)]);
        let ids = ["MUST-1".to_owned(), "MUST-2".to_owned()];
        let page = tree.pages.first().unwrap();
        check_page(&tree, page, &ids)
            .iter()
            .map(|finding| finding.what.clone())
            .collect()
    }

    #[test]
    fn a_test_or_a_reason() {
        let rows = "| id | a | b |\n|---|---|---|\n\
             | MUST-1 | it is so | [`it_holds`](../../crates/tcp/tests/a.rs) |\n\
             | MUST-2 | it is so | not: nobody has done so since 1989 |\n";
        assert_eq!(findings(rows), [""; 0]);
    }

    #[test]
    fn what_is_missing_or_does_not_exist_is_found() {
        let rows = "| MUST-1 | it is so | [`it_does_not`](../../crates/tcp/tests/a.rs) |\n\
             | MUST-1 |  | not: so |\n\
             | MUST-3 | it is so | see [MUST-1](x.md) |\n";
        let found = findings(rows);
        let has = |part: &str| assert!(found.iter().any(|f| f.contains(part)), "{part}: {found:?}");
        has("no test `it_does_not`");
        has("`MUST-1` has a row already, in line 1");
        has("`MUST-1`: say what is asked");
        has("`MUST-1`: say why");
        has("`MUST-3` is no requirement");
        has("`MUST-2` has no row");
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn as_many_as_the_rfcs_have() {
        assert_eq!(rfc9293().len(), 101);
        assert_eq!(rfc1122().len(), 219);
    }
}
