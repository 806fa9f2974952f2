//! What is said once for the workspace is inherited: lints, edition, licence, version. A crate that sets its own
//! would slip out of a lock without anyone seeing it.

use super::Finding;
use super::tree::{Member, Tree};

/// What every manifest inherits.
const INHERITED: &[&[&str]] = &[
    &["package", "version"],
    &["package", "edition"],
    &["package", "rust-version"],
    &["package", "license"],
    &["package", "publish"],
    &["lints"],
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.members.iter().flat_map(check_member).collect()
}

fn check_member(member: &Member) -> Vec<Finding> {
    let manifest = &member.manifest;
    let own = INHERITED.iter().filter(|keys| !manifest.is_true(&[keys, &["workspace"][..]].concat()));
    own.map(|keys| {
        let key = keys.join(".");
        let what = format!("`{key}` is not inherited from the workspace");
        let remedy = format!("write `{key}.workspace = true`");
        Finding::new(&manifest.path, manifest.line(keys), what, remedy)
            .about(format!("{} {key}", member.name()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    const GOOD: &str = "[package]
name = \"quillon-x\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true
[lints]
workspace = true
";

    #[test]
    fn finds_what_a_crate_sets_for_itself() {
        let path = "crates/quillon-x/Cargo.toml";
        expect(check, &[(path, GOOD)], &[]);
        let own_edition = GOOD.replace("edition.workspace = true", "edition = \"2021\"");
        let expected = "crates/quillon-x/Cargo.toml:4: `package.edition` is not inherited from the workspace";
        expect(check, &[(path, &own_edition)], &[expected]);
        let own_lints = GOOD
            .replace("workspace = true\n[lints]\nworkspace", "workspace = true\n[lints.rust]\nunsafe_code");
        let expected = "crates/quillon-x/Cargo.toml:8: `lints` is not inherited from the workspace";
        expect(check, &[(path, &own_lints)], &[expected]);
        let none = GOOD.replace("license.workspace = true\n", "");
        let expected = "crates/quillon-x/Cargo.toml:1: `package.license` is not inherited from the workspace";
        expect(check, &[(path, &none)], &[expected]);
    }
}
