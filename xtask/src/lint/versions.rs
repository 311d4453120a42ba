//! Versions stand in the workspace's table and nowhere else, and every crate takes the
//! workspace's lints.

use super::Finding;
use super::tree::Tree;

/// Not a member of the workspace: libFuzzer's flags must not reach the other crates.
const ITS_OWN_WORKSPACE: &str = "fuzz/Cargo.toml";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in &tree.manifests {
        if manifest.name.is_none() || manifest.path == ITS_OWN_WORKSPACE {
            continue;
        }
        for dependency in manifest
            .dependencies
            .iter()
            .filter(|dependency| !dependency.inherits)
        {
            let name = &dependency.name;
            let what = format!(
                "write `{name}.workspace = true`; its version stands in the root Cargo.toml",
            );
            findings.push(Finding::new(&manifest.path, dependency.line, what));
        }
        if !manifest.inherits_lints {
            let what = "add `[lints]` with `workspace = true`";
            findings.push(Finding::new(&manifest.path, 1, what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    fn findings(path: &str, rows: &str) -> usize {
        check(&Tree::of(&[(
            path,
            &format!("[package]\nname = \"x\"\n{rows}"),
        )]))
        .len()
    }

    #[test]
    fn inherited_is_right() {
        let rows = "[dependencies]\na.workspace = true\nb = { workspace = true, features = [] }\n\
            [lints]\nworkspace = true";
        assert_eq!(findings("crates/x/Cargo.toml", rows), 0);
        let root = "[workspace.dependencies]\na = \"1\"";
        assert_eq!(check(&Tree::of(&[("Cargo.toml", root)])), []);
    }

    #[test]
    fn a_version_a_path_or_own_lints_are_wrong() {
        let lints = "\n[lints]\nworkspace = true";
        let with = |row: &str| findings("crates/x/Cargo.toml", &format!("{row}{lints}"));
        assert_eq!(with("[dependencies]\na = \"1\""), 1);
        assert_eq!(with("[dev-dependencies]\na = { path = \"../a\" }"), 1);
        assert_eq!(findings("crates/x/Cargo.toml", ""), 1);
        assert_eq!(findings("fuzz/Cargo.toml", "[dependencies]\na = \"1\""), 0);
    }
}
