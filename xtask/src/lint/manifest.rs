//! One `Cargo.toml`, as the rules look at it.

use anyhow::Context;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One `Cargo.toml`: who it is, and what it depends on.
pub(super) struct Manifest {
    /// Relative to the repository's top.
    pub(super) path: String,
    /// `package.name`, or nothing for the workspace's own manifest.
    pub(super) name: Option<String>,
    /// Whether `[lints] workspace = true` stands in it.
    pub(super) inherits_lints: bool,
    /// In the file's order within each table.
    pub(super) dependencies: Vec<Dependency>,
}

/// One row of a dependency table.
pub(super) struct Dependency {
    /// The package's name, also where the row renames it.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether the row says `workspace = true`.
    pub(super) inherits: bool,
    /// Counted from 1.
    pub(super) line: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `[dependencies]` and `[build-dependencies]`: what is in the crate when others use it.
    Normal,
    /// `[dev-dependencies]`: what its own tests and examples use.
    Dev,
}

const TABLES: [(&str, Kind); 3] = [
    ("dependencies", Kind::Normal),
    ("build-dependencies", Kind::Normal),
    ("dev-dependencies", Kind::Dev),
];

impl Manifest {
    /// Reads the manifest's `text`.
    ///
    /// # Errors
    /// The text is not TOML.
    pub(super) fn parse(path: &str, text: &str) -> anyhow::Result<Self> {
        let root = DeTable::parse(text).with_context(|| format!("{path} is not TOML"))?;
        let root = root.get_ref();
        let value = |table: &str, key: &str| Some(table_in(root, table)?.get(key)?.get_ref());

        let mut dependencies = Vec::new();
        let mut read_tables = |owner: &DeTable<'_>| {
            for (table, kind) in TABLES {
                for (key, row) in table_in(owner, table).into_iter().flatten() {
                    dependencies.push(dependency(text, key.get_ref(), row, kind));
                }
            }
        };
        read_tables(root);
        for (_, target) in table_in(root, "target").into_iter().flatten() {
            target
                .get_ref()
                .as_table()
                .into_iter()
                .for_each(&mut read_tables);
        }

        Ok(Self {
            path: path.to_owned(),
            name: value("package", "name")
                .and_then(DeValue::as_str)
                .map(str::to_owned),
            inherits_lints: value("lints", "workspace").and_then(DeValue::as_bool) == Some(true),
            dependencies,
        })
    }

    /// The rows of one kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Dependency> {
        self.dependencies
            .iter()
            .filter(move |dependency| dependency.kind == kind)
    }
}

fn table_in<'a, 'i>(owner: &'a DeTable<'i>, name: &str) -> Option<&'a DeTable<'i>> {
    owner.get(name)?.get_ref().as_table()
}

fn dependency(text: &str, key: &str, row: &Spanned<DeValue<'_>>, kind: Kind) -> Dependency {
    let field = |name: &str| row.get_ref().as_table().and_then(|table| table.get(name));
    let line = 1 + text[..row.span().start].matches('\n').count();
    Dependency {
        name: field("package")
            .and_then(|name| name.get_ref().as_str())
            .unwrap_or(key)
            .to_owned(),
        kind,
        inherits: field("workspace").and_then(|flag| flag.get_ref().as_bool()) == Some(true),
        line,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Manifest};

    #[test]
    fn every_table_is_read() {
        let text = "[package]\nname = \"x\"\n[lints]\nworkspace = true\n\
            [dependencies]\na.workspace = true\nb = \"1\"\nc = { package = \"d\", path = \"d\" }\n\
            [dev-dependencies.e]\nworkspace = true\n\
            [target.'cfg(unix)'.dependencies]\nf = { workspace = true, features = [\"g\"] }\n";
        let manifest = Manifest::parse("x/Cargo.toml", text).unwrap();
        assert_eq!(manifest.name.as_deref(), Some("x"));
        assert!(manifest.inherits_lints);
        let rows: Vec<_> = manifest
            .dependencies
            .iter()
            .map(|row| (row.name.as_str(), row.kind, row.inherits, row.line))
            .collect();
        let expected = [
            ("a", Kind::Normal, true, 6),
            ("b", Kind::Normal, false, 7),
            ("d", Kind::Normal, false, 8),
            ("e", Kind::Dev, true, 9),
            ("f", Kind::Normal, true, 12),
        ];
        assert_eq!(rows, expected);
    }
}
