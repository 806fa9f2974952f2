//! A `Cargo.toml` as values with line numbers, so that every finding can name its place.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::failure::{Context, Failure};

/// One manifest.
pub(crate) struct Manifest {
    /// Relative to the workspace root.
    pub(crate) path: String,
    table: Table,
}

type Table = BTreeMap<String, Node>;

/// A value and the line of its key.
struct Node {
    line: usize,
    value: Value,
}

/// The shapes of TOML that a manifest check asks about.
enum Value {
    Text(String),
    Flag(bool),
    Table(Table),
    Other,
}

/// Which table a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Normal,
    Build,
    Dev,
}

/// One dependency of a manifest.
pub(crate) struct Dependency<'m> {
    /// The key in the table: what the code calls it.
    pub(crate) key: &'m str,
    /// The package's name, which a `package = "…"` may set apart from the key.
    pub(crate) package: &'m str,
    pub(crate) used_for: Use,
    pub(crate) line: usize,
    value: &'m Value,
}

impl Dependency<'_> {
    /// Whether the row says `workspace = true`.
    pub(crate) fn is_inherited(&self) -> bool {
        matches!(self.value.get("workspace"), Some(Node { value: Value::Flag(true), .. }))
    }

    /// The string behind `field`, for example `git` or `version`. A bare string is the version.
    pub(crate) fn field(&self, field: &str) -> Option<&str> {
        match self.value {
            Value::Text(version) => (field == "version").then_some(version),
            other => other.get(field)?.value.text(),
        }
    }
}

impl Manifest {
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Failure> {
        let table = DeTable::parse(text).context(|| format!("cannot read {path}"))?;
        Ok(Self { path: path.to_owned(), table: table_of(table.get_ref(), text) })
    }

    fn node(&self, keys: &[&str]) -> Option<&Node> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |node, key| node.value.get(key))
    }

    pub(crate) fn text(&self, keys: &[&str]) -> Option<&str> {
        self.node(keys)?.value.text()
    }

    pub(crate) fn is_true(&self, keys: &[&str]) -> bool {
        matches!(self.node(keys), Some(Node { value: Value::Flag(true), .. }))
    }

    /// The line of the deepest of `keys` that is there, else the first.
    pub(crate) fn line(&self, keys: &[&str]) -> usize {
        (1..=keys.len()).rev().find_map(|depth| self.node(&keys[..depth])).map_or(1, |node| node.line)
    }

    /// The package's name; a workspace root has none.
    pub(crate) fn name(&self) -> Option<&str> {
        self.text(&["package", "name"])
    }

    /// Every dependency, of all targets, in the order of the file.
    pub(crate) fn dependencies(&self) -> Vec<Dependency<'_>> {
        let targets = self.node(&["target"]).and_then(|node| node.value.table());
        let of_targets = targets.into_iter().flat_map(Table::values).filter_map(|node| node.value.table());
        let mut found: Vec<_> = std::iter::once(&self.table).chain(of_targets).flat_map(used_by).collect();
        found.sort_by_key(|dependency| dependency.line);
        found
    }

    /// The rows of `[workspace.dependencies]`, in the order of the file.
    pub(crate) fn workspace_dependencies(&self) -> Vec<Dependency<'_>> {
        self.rows(&["workspace", "dependencies"])
    }

    /// The rows of all `[patch.…]` tables.
    pub(crate) fn patches(&self) -> Vec<Dependency<'_>> {
        let sources = self.node(&["patch"]).and_then(|node| node.value.table());
        sources.into_iter().flat_map(Table::keys).flat_map(|source| self.rows(&["patch", source])).collect()
    }

    fn rows(&self, keys: &[&str]) -> Vec<Dependency<'_>> {
        let table = self.node(keys).and_then(|node| node.value.table());
        let mut found: Vec<_> = table.into_iter().flat_map(|table| rows(table, Use::Normal)).collect();
        found.sort_by_key(|dependency| dependency.line);
        found
    }
}

impl Value {
    fn get(&self, key: &str) -> Option<&Node> {
        self.table()?.get(key)
    }

    fn table(&self) -> Option<&Table> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

fn table_of(table: &DeTable<'_>, source: &str) -> Table {
    let line_of = |offset| 1 + source.bytes().take(offset).filter(|&byte| byte == b'\n').count();
    let node = |value: &DeValue<'_>, offset| Node {
        line: line_of(offset),
        value: match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Table(table) => Value::Table(table_of(table, source)),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) => {
                Value::Other
            }
        },
    };
    table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), node(value.get_ref(), key.span().start)))
        .collect()
}

fn used_by(table: &Table) -> Vec<Dependency<'_>> {
    let tables =
        [("dependencies", Use::Normal), ("build-dependencies", Use::Build), ("dev-dependencies", Use::Dev)];
    let in_table = |(key, used_for)| Some((table.get(key)?.value.table()?, used_for));
    tables.into_iter().filter_map(in_table).flat_map(|(table, used_for)| rows(table, used_for)).collect()
}

fn rows(table: &Table, used_for: Use) -> impl Iterator<Item = Dependency<'_>> {
    table.iter().map(move |(key, node)| {
        let renamed = node.value.get("package").and_then(|name| name.value.text());
        Dependency { key, package: renamed.unwrap_or(key), used_for, line: node.line, value: &node.value }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[package]
name = "quillon-x"
edition.workspace = true

[dependencies]
serde.workspace = true
other = { package = "real", version = "1" }

[target.'cfg(unix)'.build-dependencies]
cc = "1"

[dev-dependencies.insta]
git = "https://example.org/insta"
"#;

    #[test]
    fn reads_every_table_of_dependencies_with_lines() {
        let manifest = Manifest::parse("Cargo.toml", TEXT).unwrap();
        let rows: Vec<_> = manifest
            .dependencies()
            .iter()
            .map(|row| {
                format!("{} {} {} {:?} {}", row.line, row.key, row.package, row.used_for, row.is_inherited())
            })
            .collect();
        let expected = [
            "7 serde serde Normal true",
            "8 other real Normal false",
            "11 cc cc Build false",
            "13 insta insta Dev false",
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn reads_fields_and_falls_back_to_the_nearest_line() {
        let manifest = Manifest::parse("Cargo.toml", TEXT).unwrap();
        assert_eq!(manifest.name(), Some("quillon-x"));
        assert!(manifest.is_true(&["package", "edition", "workspace"]));
        assert_eq!(manifest.line(&["package", "name"]), 3);
        assert_eq!(manifest.line(&["package", "metadata", "quillon", "layer"]), 2);
        let dependencies = manifest.dependencies();
        assert_eq!(dependencies[2].field("version"), Some("1"));
        assert_eq!(dependencies[3].field("git"), Some("https://example.org/insta"));
        assert_eq!(dependencies[0].field("version"), None);
    }

    #[test]
    fn says_which_manifest_is_broken() {
        let Err(Failure(message)) = Manifest::parse("crates/x/Cargo.toml", "[package") else {
            panic!("a broken manifest was read");
        };
        assert!(message.starts_with("cannot read crates/x/Cargo.toml: "), "{message}");
    }
}
