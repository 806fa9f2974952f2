//! Third-party code comes from one place, in versions that are written once, and only as long as someone uses it.

use std::collections::BTreeSet;

use super::Finding;
use super::manifest::{Dependency, Manifest};
use super::tree::{Member, Tree};

/// The only source a lock file may name.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Fields that would bring code from elsewhere, or pin it in a second place.
const ELSEWHERE: &[&str] = &["branch", "git", "registry", "registry-index", "rev", "tag"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let members = tree.members.iter().flat_map(check_member);
    members.chain(check_root(tree)).chain(check_lock_file(tree)).collect()
}

fn find(manifest: &Manifest, row: &Dependency<'_>, what: String, remedy: &str) -> Finding {
    Finding::new(&manifest.path, row.line, what, remedy).about(row.key)
}

fn check_member(member: &Member) -> Vec<Finding> {
    let manifest = &member.manifest;
    let is_own = |row: &Dependency<'_>| !row.is_inherited() || row.field("version").is_some();
    let own = |row: &Dependency<'_>| {
        let what = format!("`{}` is not taken from the workspace", row.key);
        find(
            manifest,
            row,
            what,
            "name it in the root's `[workspace.dependencies]` and write `workspace = true` here",
        )
    };
    manifest.dependencies().iter().filter(|row| is_own(row)).map(own).collect()
}

fn check_root(tree: &Tree) -> Vec<Finding> {
    let used: BTreeSet<_> = tree
        .members
        .iter()
        .flat_map(|member| member.manifest.dependencies())
        .map(|row| row.key.to_owned())
        .collect();
    let rows = tree.root.workspace_dependencies();
    let mut found: Vec<_> = rows.iter().filter_map(|row| check_row(tree, &used, row)).collect();
    for row in tree.root.patches() {
        let what = format!("`{}` is patched", row.key);
        found.push(find(
            &tree.root,
            &row,
            what,
            "use a published version, so that a build needs the registry only",
        ));
    }
    found
}

fn check_row(tree: &Tree, used: &BTreeSet<String>, row: &Dependency<'_>) -> Option<Finding> {
    if let Some(field) = ELSEWHERE.iter().find(|field| row.field(field).is_some()) {
        let what = format!("`{}` comes from elsewhere (`{field}`)", row.key);
        return Some(find(&tree.root, row, what, "use a version from crates.io"));
    }
    if let Some(path) = row.field("path") {
        let is_member =
            tree.members.iter().any(|member| member.folder == path && member.name() == row.package);
        let what = format!("`{}` is not at `{path}`", row.key);
        return (!is_member).then(|| find(&tree.root, row, what, "remove the row, or add the crate"));
    }
    if row.field("version").is_none_or(|version| version.contains('*')) {
        let what = format!("`{}` has no version", row.key);
        return Some(find(&tree.root, row, what, "write the lowest version that works"));
    }
    let what = format!("`{}` is not used by any crate", row.key);
    (!used.contains(row.key)).then(|| find(&tree.root, row, what, "remove the row"))
}

/// The lock file is what is built, whatever the manifests say.
fn check_lock_file(tree: &Tree) -> Vec<Finding> {
    let lock_file = tree.text("Cargo.lock").unwrap_or_default();
    let sources = lock_file
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index, line.strip_prefix("source = ")?)));
    let elsewhere = sources.filter(|(_, source)| source.trim_matches('"') != REGISTRY);
    elsewhere
        .map(|(index, source)| {
            let what = format!("a locked crate comes from {source}");
            Finding::new(
                "Cargo.lock",
                index + 1,
                what,
                "lock it from crates.io, without a mirror in the settings",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    const ROOT: &str = "[workspace.dependencies]
quillon-base = { path = \"crates/quillon-base\" }
serde = { version = \"1\", features = [\"derive\"] }
";

    fn check_files(root: &str, member: &str, expected: &[&str]) {
        let base = "[package]\nname = \"quillon-base\"\n[dependencies]\nserde.workspace = true\n";
        let member = format!("[package]\nname = \"quillon-x\"\n{member}");
        let files = [
            ("Cargo.toml", root),
            ("crates/quillon-base/Cargo.toml", base),
            ("crates/quillon-x/Cargo.toml", &member),
        ];
        expect(check, &files, expected);
    }

    #[test]
    fn a_member_takes_every_dependency_from_the_workspace() {
        check_files(ROOT, "[dependencies]\nserde.workspace = true\nquillon-base.workspace = true\n", &[]);
        let own = "crates/quillon-x/Cargo.toml:4: `serde` is not taken from the workspace";
        check_files(ROOT, "[dependencies]\nserde = \"1\"\n", &[own]);
        check_files(ROOT, "[dev-dependencies]\nserde = { git = \"https://example.org\" }\n", &[own]);
        check_files(ROOT, "[target.'cfg(unix)'.dependencies]\nserde = { path = \"../serde\" }\n", &[own]);
    }

    #[test]
    fn the_workspace_names_published_versions_that_are_used() {
        let with = |row: &str| format!("{ROOT}{row}\n");
        check_files(&with("left = \"1\""), "", &["Cargo.toml:4: `left` is not used by any crate"]);
        check_files(&with("left = \"*\""), "", &["Cargo.toml:4: `left` has no version"]);
        check_files(
            &with("left = { git = \"https://example.org\" }"),
            "",
            &["Cargo.toml:4: `left` comes from elsewhere (`git`)"],
        );
        check_files(
            &with("quillon-gone = { path = \"crates/quillon-gone\" }"),
            "",
            &["Cargo.toml:4: `quillon-gone` is not at `crates/quillon-gone`"],
        );
        check_files(
            &with("[patch.crates-io]\nserde = { path = \"serde\" }"),
            "",
            &["Cargo.toml:5: `serde` is patched"],
        );
    }

    #[test]
    fn the_lock_file_names_one_source() {
        let lock_file = format!("[[package]]\nname = \"a\"\nsource = \"{REGISTRY}\"\n");
        expect(check, &[("Cargo.lock", &lock_file)], &[]);
        let lock_file = lock_file.replace("registry+https://github.com", "sparse+https://mirror.example.org");
        let source = REGISTRY.replace("registry+https://github.com", "sparse+https://mirror.example.org");
        expect(
            check,
            &[("Cargo.lock", &lock_file)],
            &[&format!("Cargo.lock:3: a locked crate comes from \"{source}\"")],
        );
    }
}
