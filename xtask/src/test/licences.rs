//! Every dependency's licence is one that `deny.toml` accepts.
//!
//! `cargo deny` reads the same table and checks more; it runs too where it is installed.

use std::fs;

use anyhow::Context;
use cargo_metadata::MetadataCommand;
use toml::de::DeTable;

use super::{outcome_of, spdx};
use crate::{Outcome, repo};

/// Checks the licences.
///
/// # Errors
/// `deny.toml` or cargo's metadata cannot be read.
pub(super) fn check() -> anyhow::Result<Outcome> {
    let accepted = accepted()?;
    let metadata = MetadataCommand::new()
        .current_dir(repo::top())
        .exec()
        .context("cannot read the workspace's metadata")?;
    let mut refused = 0;
    for package in &metadata.packages {
        let licence = package.license.as_deref().unwrap_or_default();
        if !spdx::is_met(licence, &accepted) {
            refused += 1;
            say!(
                "{} {}: licence {licence:?} is not accepted; do without the crate, or add it to \
                 [licenses] in deny.toml with a reason",
                package.name,
                package.version,
            );
        }
    }
    say!("{} packages, {refused} refused", metadata.packages.len());
    if refused > 0 {
        return Ok(Outcome::Failed);
    }
    if repo::find_tool("cargo-deny").is_none() {
        say!("cargo-deny is not installed, and adds: bans and sources");
        return Ok(Outcome::Held);
    }
    outcome_of(&mut repo::cargo(&[
        "deny",
        "--offline",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))
}

/// `licenses.allow` of `deny.toml`.
fn accepted() -> anyhow::Result<Vec<String>> {
    let path = repo::top().join("deny.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let root = DeTable::parse(&text).context("deny.toml is not TOML")?;
    let allow = root
        .get_ref()
        .get("licenses")
        .and_then(|licenses| licenses.get_ref().get("allow"))
        .and_then(|allow| allow.get_ref().as_array())
        .context("deny.toml has no list `licenses.allow`")?;
    Ok(allow
        .iter()
        .filter_map(|name| name.get_ref().as_str())
        .map(str::to_owned)
        .collect())
}
