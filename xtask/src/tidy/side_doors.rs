//! The doors that `clippy.toml` closes stay closed for every crate: one list, each row with a reason, held by lints
//! that fail the build.

use serde::Deserialize;

use super::Finding;
use super::tree::Tree;

/// The list.
const PATH: &str = "clippy.toml";

/// One row of each kind of side door. A list that lost one of these lost a kind.
const KINDS: &[&str] = &[
    "reqwest::get",
    "std::env::var",
    "std::fs::File::open",
    "std::fs::read",
    "std::fs::write",
    "std::net::TcpStream::connect",
    "std::process::Command::new",
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "tokio::process::Command::new",
];

/// The lints that hold the doors, and the level that the workspace gives them.
const LEVELS: &[([&str; 2], &str)] = &[
    (["clippy", "disallowed_methods"], "deny"),
    (["clippy", "disallowed_types"], "deny"),
    (["rust", "unsafe_code"], "forbid"),
];

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct List {
    #[serde(default)]
    disallowed_methods: Vec<toml::Spanned<Row>>,
    #[serde(default)]
    disallowed_types: Vec<toml::Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Bare(String),
    Reasoned { path: String, reason: Option<String> },
}

impl Row {
    fn path(&self) -> &str {
        let (Self::Bare(path) | Self::Reasoned { path, .. }) = self;
        path
    }

    fn has_reason(&self) -> bool {
        matches!(self, Self::Reasoned { reason: Some(reason), .. } if reason.split_whitespace().count() >= 3)
    }
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = check_list(tree.text(PATH).unwrap_or_default());
    // Clippy reads the nearest file only, so a second one would replace the list for the crates below it.
    let is_second = |path: &str| path.ends_with("/clippy.toml") || path.ends_with(".clippy.toml");
    for text in tree.texts.iter().filter(|text| is_second(&text.path)) {
        found.push(Finding::new(
            &text.path,
            1,
            "this replaces the root's list of side doors",
            "extend the root's",
        ));
    }
    for (lint, level) in LEVELS {
        let keys = [&["workspace", "lints"], &lint[..]].concat();
        if tree.root.text(&keys) != Some(level) {
            let what = format!("`{}` is not set to `{level}`", lint.join("::"));
            found.push(Finding::new(
                "Cargo.toml",
                tree.root.line(&keys),
                what,
                "restore it in `[workspace.lints]`",
            ));
        }
    }
    found
}

fn check_list(text: &str) -> Vec<Finding> {
    let list: List = match toml::from_str(text) {
        Ok(list) => list,
        Err(error) => {
            return vec![Finding::new(PATH, 1, format!("the list cannot be read: {error}"), "mend it")];
        }
    };
    let rows: Vec<_> = list.disallowed_methods.iter().chain(&list.disallowed_types).collect();
    let line = |offset| 1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count();
    let unreasoned = rows.iter().filter(|row| !row.get_ref().has_reason()).map(|row| {
        let what = format!("`{}` is closed without a reason", row.get_ref().path());
        Finding::new(PATH, line(row.span().start), what, "say in `reason` which passage to use instead")
    });
    let lost =
        KINDS.iter().filter(|kind| !rows.iter().any(|row| row.get_ref().path() == **kind)).map(|kind| {
            let remedy =
                "restore the row and its like; a crate that needs the door opts out where it uses it";
            Finding::new(PATH, 1, format!("`{kind}` is not closed"), remedy)
        });
    unreasoned.chain(lost).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    const ROOT: &str = "[workspace.lints.rust]
unsafe_code = \"forbid\"
[workspace.lints.clippy]
disallowed_methods = \"deny\"
disallowed_types = \"deny\"
";

    fn list(kinds: &[&str], more: &str) -> String {
        let row = |path: &&str| format!("    {{ path = \"{path}\", reason = \"go through a port\" }},\n");
        format!("disallowed-methods = [\n{}{more}]\n", kinds.iter().map(row).collect::<String>())
    }

    #[test]
    fn a_whole_list_held_by_the_lints_is_fine() {
        expect(check, &[("Cargo.toml", ROOT), (PATH, &list(KINDS, ""))], &[]);
    }

    #[test]
    fn finds_a_lost_row_and_a_row_without_a_reason() {
        let files = [("Cargo.toml", ROOT), (PATH, &list(&KINDS[1..], ""))];
        expect(check, &files, &["clippy.toml:1: `reqwest::get` is not closed"]);
        let more =
            "    \"std::a\",\n    { path = \"std::b\" },\n    { path = \"std::c\", reason = \"no\" },\n";
        let expected = [
            "clippy.toml:12: `std::a` is closed without a reason",
            "clippy.toml:13: `std::b` is closed without a reason",
            "clippy.toml:14: `std::c` is closed without a reason",
        ];
        expect(check, &[("Cargo.toml", ROOT), (PATH, &list(KINDS, more))], &expected);
    }

    #[test]
    fn finds_a_second_list_and_a_softened_lint() {
        let list = list(KINDS, "");
        let second = ("crates/quillon-x/clippy.toml", "disallowed-methods = []\n");
        let expected = "crates/quillon-x/clippy.toml:1: this replaces the root's list of side doors";
        expect(check, &[("Cargo.toml", ROOT), (PATH, &list), second], &[expected]);
        let soft = ROOT.replace("disallowed_types = \"deny\"", "disallowed_types = \"warn\"");
        let expected = "Cargo.toml:5: `clippy::disallowed_types` is not set to `deny`";
        expect(check, &[("Cargo.toml", &soft), (PATH, &list)], &[expected]);
    }
}
