//! A crate imports only crates on lower floors.

use super::Finding;
use super::manifest::{Kind, Manifest};
use super::tree::Tree;

/// Where a crate of the workspace stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Imports lower floors; is imported by higher ones.
    Floor(u8),
    /// Imports any floor; no crate of the workspace imports it.
    Beside,
    /// Not of the workspace; imports anything.
    Outside,
}

use Place::{Beside, Floor, Outside};

/// The house. ARCHITECTURE.md says what is on each floor.
const HOUSE: &[(&str, Place)] = &[
    ("cli", Floor(8)),
    ("lab", Floor(7)),
    // How a test of `lab` is written down; it imports nothing.
    ("lab-macros", Floor(0)),
    ("services", Floor(6)),
    ("landline", Floor(5)),
    ("host", Floor(4)),
    ("fabric", Floor(4)),
    ("stack", Floor(3)),
    ("tcp", Floor(2)),
    ("wire", Floor(1)),
    ("base", Floor(0)),
    ("drill", Beside),
    ("bench", Beside),
    ("fuzz", Beside),
    ("xtask", Beside),
    // libFuzzer's shells around `fuzz`.
    ("fuzz-targets", Outside),
];

/// A development dependency that reaches up, or sideways, and why it must.
struct ReachesUp {
    krate: &'static str,
    to: &'static str,
    reason: &'static str,
}

const DEV_REACHES_UP: &[ReachesUp] = &[];

/// Where a finding about these tables points.
const HERE: &str = "xtask/src/lint/floors.rs";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    check_with(tree, DEV_REACHES_UP)
}

fn check_with(tree: &Tree, allowed: &[ReachesUp]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in &tree.manifests {
        let Some(name) = &manifest.name else { continue };
        match place(name) {
            Some(own) => check_crate(manifest, name, own, allowed, &mut findings),
            None => findings.push(Finding::new(
                &manifest.path,
                1,
                format!("crate `{name}` has no floor; give it one in {HERE}"),
            )),
        }
    }
    for row in allowed {
        if row.reason.is_empty() {
            let what = format!(
                "`{}` to `{}` has no reason; write it down",
                row.krate, row.to
            );
            findings.push(Finding::new(HERE, 1, what));
        }
        // A permission that nobody uses any more is a hole for tomorrow.
        let used = tree.manifests.iter().any(|manifest| {
            manifest.name.as_deref() == Some(row.krate)
                && manifest.of_kind(Kind::Dev).any(|dev| dev.name == row.to)
        });
        if !used {
            findings.push(Finding::new(
                HERE,
                1,
                format!(
                    "`{}` no longer tests with `{}`; strike the row",
                    row.krate, row.to
                ),
            ));
        }
    }
    findings
}

fn check_crate(
    manifest: &Manifest,
    name: &str,
    own: Place,
    allowed: &[ReachesUp],
    findings: &mut Vec<Finding>,
) {
    for dependency in &manifest.dependencies {
        let Some(theirs) = place(&dependency.name) else {
            continue;
        };
        if may_import(own, theirs) {
            continue;
        }
        let to = &dependency.name;
        let what = match dependency.kind {
            Kind::Normal => format!(
                "`{name}` ({own}) imports `{to}` ({theirs}), and arrows point to lower floors only; \
                 move what it needs down, or pass it in",
            ),
            Kind::Dev => {
                if allowed.iter().any(|row| row.krate == name && row.to == *to) {
                    continue;
                }
                format!(
                    "the tests of `{name}` ({own}) reach up to `{to}` ({theirs}); move them there, \
                     or give the reason in DEV_REACHES_UP of {HERE}",
                )
            }
        };
        findings.push(Finding::new(&manifest.path, dependency.line, what));
    }
}

fn place(name: &str) -> Option<Place> {
    HOUSE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|&(_, place)| place)
}

fn may_import(own: Place, theirs: Place) -> bool {
    match (own, theirs) {
        (Floor(own), Floor(theirs)) => theirs < own,
        (Beside, Floor(_)) | (Outside, _) => true,
        (_, Beside | Outside) => false,
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Floor(floor) => write!(f, "floor {floor}"),
            Beside => f.write_str("beside the house"),
            Outside => f.write_str("outside the workspace"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ReachesUp, check, check_with};
    use crate::lint::tree::Tree;

    fn tree(name: &str, rows: &str) -> Tree {
        let text = format!("[package]\nname = \"{name}\"\n{rows}");
        Tree::of(&[("crates/x/Cargo.toml", &text)])
    }

    #[test]
    fn down_is_right() {
        assert_eq!(
            check(&tree(
                "tcp",
                "[dependencies]\nwire.workspace = true\nserde = \"1\""
            )),
            []
        );
        assert_eq!(
            check(&tree("bench", "[dependencies]\nstack.workspace = true")),
            []
        );
    }

    #[test]
    fn up_sideways_and_beside_are_wrong() {
        for (name, rows) in [
            ("tcp", "[dependencies]\nstack.workspace = true"),
            ("host", "[dependencies]\nfabric.workspace = true"),
            ("cli", "[dependencies]\nbench.workspace = true"),
            ("drill", "[dependencies]\nfuzz.workspace = true"),
            ("tcp", "[build-dependencies]\nlab.workspace = true"),
            (
                "tcp",
                "[target.'cfg(unix)'.dependencies]\nhost.workspace = true",
            ),
            ("tcp", "[dev-dependencies]\nstack.workspace = true"),
        ] {
            let findings = check(&tree(name, rows));
            assert_eq!(findings.len(), 1, "{name}: {rows}");
            assert_eq!(findings[0].line, 4);
        }
    }

    #[test]
    fn a_crate_needs_a_floor() {
        assert_eq!(check(&tree("attic", "")).len(), 1);
    }

    #[test]
    fn tests_may_reach_up_for_a_reason_while_it_lasts() {
        let row = || {
            [ReachesUp {
                krate: "tcp",
                to: "stack",
                reason: "…",
            }]
        };
        let reaching = tree("tcp", "[dev-dependencies]\nstack.workspace = true");
        assert_eq!(check_with(&reaching, &row()), []);
        assert_eq!(check_with(&tree("tcp", ""), &row()).len(), 1);
    }
}
