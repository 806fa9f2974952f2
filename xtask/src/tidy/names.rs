//! A crate is found by its name: the folder is the crate, the crate is `quillon-<what it is>`, and nothing is called
//! after the fact that others use it.

use super::Finding;
use super::tree::{Member, Tree};

/// Names that say nothing, and so collect everything.
const EMPTY_NAMES: &[&str] = &["common", "core", "helpers", "misc", "shared", "types", "util", "utils"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.members.iter().filter(|member| member.folder != "xtask").flat_map(check_member).collect()
}

fn check_member(member: &Member) -> Vec<Finding> {
    let manifest = &member.manifest;
    let line = manifest.line(&["package", "name"]);
    let find =
        |what: String, remedy: &str| Finding::new(&manifest.path, line, what, remedy).about(member.name());
    let mut found = Vec::new();
    if manifest.name() != Some(member.folder_name()) {
        let what =
            format!("folder `{}` holds crate `{}`", member.folder, manifest.name().unwrap_or("(unnamed)"));
        found.push(find(what, "give folder and crate the same name"));
    }
    let Some(own) = member.name().strip_prefix("quillon-") else {
        if member.name() != "quillon" {
            let what = format!("crate `{}` is not called `quillon-…`", member.name());
            found.push(find(what, "call it `quillon-<what it is>`"));
        }
        return found;
    };
    if own.split('-').any(|part| EMPTY_NAMES.contains(&part)) || own.is_empty() {
        let what = format!("the name `{}` does not say what the crate is", member.name());
        found.push(find(what, "name it after the one subject it has"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    #[test]
    fn folder_is_crate_and_the_name_says_what_it_is() {
        expect(
            check,
            &[
                ("crates/quillon/Cargo.toml", "[package]\nname = \"quillon\"\n"),
                ("crates/quillon-base/Cargo.toml", "[package]\nname = \"quillon-base\"\n"),
                ("crates/quillon-core/Cargo.toml", "[package]\nname = \"quillon-core\"\n"),
                ("crates/quillon-host/Cargo.toml", "[package]\nname = \"quillon-hosts\"\n"),
                ("crates/quillon-text-utils/Cargo.toml", "[package]\nname = \"quillon-text-utils\"\n"),
                ("crates/model/Cargo.toml", "[package]\nname = \"model\"\n"),
                ("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n"),
            ],
            &[
                "crates/model/Cargo.toml:2: crate `model` is not called `quillon-…`",
                "crates/quillon-core/Cargo.toml:2: the name `quillon-core` does not say what the crate is",
                "crates/quillon-host/Cargo.toml:2: folder `crates/quillon-host` holds crate `quillon-hosts`",
                "crates/quillon-text-utils/Cargo.toml:2: the name `quillon-text-utils` does not say what the crate is",
            ],
        );
    }
}
