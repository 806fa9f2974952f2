//! What a walk leaves out because someone wrote so.

use quillon_base::FaultCode;

use super::{Ground, MakeGround, assert_fault, everything, listed, open, path, run, walk};
use crate::WalkOptions;

/// Holds the walks of a real host to the ignore files.
pub fn ignoring(make: MakeGround<'_>) {
    run(
        make,
        &[
            every_kind_counts_without_a_repository,
            the_stricter_kind_counts_first,
            deeper_rules_count_before_higher_ones,
            a_nested_repository_starts_afresh,
            a_folder_that_is_named_is_walked,
            rules_that_cannot_be_understood_hide_their_folder,
        ],
    );
}

fn check(ground: &dyn Ground, files: &[(&str, &str)], expected: &[&str]) {
    for (path, content) in files {
        ground.put(path, content.as_bytes());
    }
    let files = open(ground);
    // Rules are files like others, and listed; they only make the expectations longer.
    let is_rule = |path: &String| path.rsplit('/').next().is_some_and(|name| name.ends_with("ignore"));
    let found: Vec<_> = listed(&*files, &everything()).into_iter().filter(|path| !is_rule(path)).collect();
    assert_eq!(found, expected);
}

fn every_kind_counts_without_a_repository(ground: &dyn Ground) {
    check(
        ground,
        &[
            (".gitignore", "\u{feff}git.txt\n# a comment\n\n/build/\n*.log\n!keep.log\n"),
            (".ignore", "ignore.txt\n"),
            (".amazonqignore", "amazonq.txt\n"),
            (".git/info/exclude", "exclude.txt\n"),
            ("git.txt", ""),
            ("ignore.txt", ""),
            ("amazonq.txt", ""),
            ("exclude.txt", ""),
            ("a.log", ""),
            ("keep.log", ""),
            ("build/a", ""),
            ("src/build/b", ""),
            ("src/git.txt", ""),
            ("src/exclude.txt", ""),
            ("src/c.rs", ""),
        ],
        &["keep.log", "src/build/b", "src/c.rs"],
    );
}

fn the_stricter_kind_counts_first(ground: &dyn Ground) {
    check(
        ground,
        &[
            (".gitignore", "!secret.env\n!both.txt\nlisted-again.txt\n"),
            (".ignore", "both.txt\n!listed-again.txt\n"),
            (".amazonqignore", "secret.env\n"),
            ("src/.gitignore", "!secret.env\n"),
            ("src/.ignore", "!secret.env\n"),
            ("secret.env", ""),
            ("src/secret.env", ""),
            ("both.txt", ""),
            ("listed-again.txt", ""),
        ],
        &["listed-again.txt"],
    );
}

fn deeper_rules_count_before_higher_ones(ground: &dyn Ground) {
    check(
        ground,
        &[
            (".gitignore", "*.tmp\nout/\n"),
            ("a/.gitignore", "!*.tmp\n/only-here\n"),
            ("a/b/.gitignore", "x.tmp\n"),
            ("1.tmp", ""),
            ("a/2.tmp", ""),
            ("a/b/x.tmp", ""),
            ("a/b/y.tmp", ""),
            ("a/only-here", ""),
            ("a/b/only-here", ""),
            ("out/.gitignore", "!*\n"),
            ("out/z", ""),
        ],
        &["a/2.tmp", "a/b/only-here", "a/b/y.tmp"],
    );
}

fn a_nested_repository_starts_afresh(ground: &dyn Ground) {
    check(
        ground,
        &[
            (".gitignore", "generated\n"),
            (".amazonqignore", "secret\n"),
            (".git/HEAD", "ref: refs/heads/main\n"),
            ("generated", ""),
            ("module/.git/HEAD", "ref: refs/heads/main\n"),
            ("module/.git/info/exclude", "mine\n"),
            ("module/generated", ""),
            ("module/secret", ""),
            ("module/mine", ""),
            ("mine", ""),
        ],
        &["mine", "module/generated"],
    );
}

fn a_folder_that_is_named_is_walked(ground: &dyn Ground) {
    for (path, content) in [
        (".gitignore", "target/\n*.o\n"),
        (".amazonqignore", "secrets/\n"),
        ("target/a.rs", ""),
        ("target/b.o", ""),
        ("secrets/deep/key", ""),
        (".git/config", ""),
    ] {
        ground.put(path, content.as_bytes());
    }
    let files = open(ground);
    let below = |folder: &str| WalkOptions { below: Some(path(folder)), ..everything() };
    assert_eq!(listed(&*files, &below("target")), ["target/a.rs"]);
    assert_fault(walk(&*files, &below("secrets")), FaultCode::FileOutside);
    assert_fault(walk(&*files, &below("secrets/deep")), FaultCode::FileOutside);
    assert_fault(walk(&*files, &below(".git")), FaultCode::FileOutside);
}

fn rules_that_cannot_be_understood_hide_their_folder(ground: &dyn Ground) {
    // A range that runs backwards. The same line in a `.gitignore` is passed over, as git does.
    let broken = "[z-a]\n";
    check(
        ground,
        &[
            (".gitignore", "[z-a]\n*.log\n"),
            ("a.log", ""),
            ("b.txt", ""),
            ("vendor/.amazonqignore", broken),
            ("vendor/key", ""),
        ],
        &["b.txt"],
    );
    let files = open(ground);
    let walked = walk(&*files, &everything()).expect("the rest is walked");
    let skipped: Vec<_> = walked.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
    assert_eq!(skipped, ["vendor/.amazonqignore"]);
    ground.put(".amazonqignore", broken.as_bytes());
    assert_fault(walk(&*files, &everything()), FaultCode::FileUnreadable);
}
