//! The repository as the rules see it: sources, manifests and pages, read once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context;

use super::manifest::Manifest;
use super::source::Source;

/// Folders that are never ours to judge: what tools wrote, and version control.
const SKIPPED: &[&str] = &[".git", "target", "fuzz/artifacts", "fuzz/corpus"];

/// Every file that a rule may look at, with paths relative to the repository's top.
#[derive(Default)]
pub(super) struct Tree {
    /// `*.rs`
    pub(super) sources: Vec<Source>,
    /// `Cargo.toml`
    pub(super) manifests: Vec<Manifest>,
    /// `*.md`
    pub(super) pages: Vec<Page>,
    /// Every file and folder there is, for links to be checked against.
    pub(super) paths: BTreeSet<String>,
}

/// A page of Markdown.
pub(super) struct Page {
    pub(super) path: String,
    pub(super) text: String,
}

impl Tree {
    /// Reads the repository that lies at `top`.
    ///
    /// # Errors
    /// A file or folder that cannot be read, or is not UTF-8; a manifest that is not TOML.
    pub(super) fn read(top: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(top, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> anyhow::Result<()> {
        let cannot = || format!("cannot read {}", folder.display());
        let mut entries: Vec<_> = fs::read_dir(folder)
            .with_context(cannot)?
            .collect::<Result<_, _>>()
            .with_context(cannot)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            // No file of ours has a name that is not UTF-8; a stranger's needs no judging.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("{prefix}{name}");
            if SKIPPED.contains(&path.as_str()) || SKIPPED.contains(&name.as_str()) {
                continue;
            }
            let kind = entry.file_type().with_context(cannot)?;
            if kind.is_dir() {
                self.read_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() && is_read(&path) {
                let text = fs::read_to_string(entry.path())
                    .with_context(|| format!("cannot read {path}"))?;
                self.add(&path, text)?;
            }
            self.paths.insert(path);
        }
        Ok(())
    }

    /// Adds one file; what it is follows from its name.
    fn add(&mut self, path: &str, text: String) -> anyhow::Result<()> {
        if path.ends_with(".rs") {
            self.sources.push(Source::new(path, text));
        } else if path.ends_with("Cargo.toml") {
            self.manifests.push(Manifest::parse(path, &text)?);
        } else if path.ends_with(".md") {
            self.pages.push(Page {
                path: path.to_owned(),
                text,
            });
        }
        Ok(())
    }

    /// A tree of these `(path, text)` files, for the rules' tests.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, (*text).to_owned()).unwrap();
            for (slash, _) in path.match_indices('/') {
                tree.paths.insert(path[..slash].to_owned());
            }
            tree.paths.insert((*path).to_owned());
        }
        tree
    }

    /// How many files the rules look at.
    pub(super) fn len(&self) -> usize {
        self.sources.len() + self.manifests.len() + self.pages.len()
    }
}

fn is_read(path: &str) -> bool {
    path.ends_with(".rs") || path.ends_with(".md") || path.rsplit('/').next() == Some("Cargo.toml")
}
