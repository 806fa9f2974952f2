//! The rules around a workspace, and git's own opinion of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use quillon_base::FaultCode;

use crate::support::{Machine, everything, put, walked};

/// What a walk of `workspace/sub` lists, without the rules themselves.
fn listed(machine: &Machine, sub: &str) -> Vec<String> {
    let files = machine.open_at(&machine.inside(sub));
    let is_rule = |path: &String| path.ends_with("ignore");
    walked(&*files, &everything()).0.into_iter().filter(|path| !is_rule(path)).collect()
}

fn tree(machine: &Machine, files: &[(&str, &str)]) {
    for (path, content) in files {
        put(&machine.inside(path), content.as_bytes());
    }
}

#[test]
fn rules_above_count_up_to_the_root_of_the_repository() {
    let machine = Machine::new();
    tree(
        &machine,
        &[
            (".gitignore", "beyond\n"),
            ("repo/.git/HEAD", "ref: refs/heads/main\n"),
            ("repo/.git/info/exclude", "mine\n"),
            ("repo/.gitignore", "/packages/app/dist/\n*.log\n/dist\n"),
            ("repo/packages/.ignore", "*.snap\n"),
            ("repo/packages/.amazonqignore", "/app/keys\n"),
            ("repo/packages/app/.gitignore", "!keep.log\n"),
            ("repo/packages/app/a.rs", ""),
            ("repo/packages/app/a.log", ""),
            ("repo/packages/app/keep.log", ""),
            ("repo/packages/app/a.snap", ""),
            ("repo/packages/app/beyond", ""),
            ("repo/packages/app/mine", ""),
            ("repo/packages/app/dist/x", ""),
            ("repo/packages/app/sub/dist/x", ""),
            ("repo/packages/app/keys/k", ""),
            ("repo/packages/app/sub/keys/k", ""),
        ],
    );
    let expected = ["a.rs", "beyond", "keep.log", "sub/dist/x", "sub/keys/k"];
    assert_eq!(listed(&machine, "repo/packages/app"), expected);
    fs::remove_dir_all(machine.inside("repo/.git")).unwrap();
    let alone = [
        "a.log",
        "a.rs",
        "a.snap",
        "beyond",
        "dist/x",
        "keep.log",
        "keys/k",
        "mine",
        "sub/dist/x",
        "sub/keys/k",
    ];
    assert_eq!(
        listed(&machine, "repo/packages/app"),
        alone,
        "without a repository nothing leaks in from above"
    );
}

#[test]
fn a_repository_that_ignores_the_workspace_has_no_say_in_it() {
    let machine = Machine::new();
    tree(
        &machine,
        &[
            ("home/.git/HEAD", "ref: refs/heads/main\n"),
            ("home/.gitignore", "*\n"),
            ("home/.amazonqignore", "*.key\n"),
            ("home/work/project/a.rs", ""),
            ("home/work/project/a.key", ""),
        ],
    );
    assert_eq!(listed(&machine, "home/work/project"), ["a.rs"]);
    assert_eq!(listed(&machine, "home"), [""; 0]);
}

#[test]
fn a_workspace_inside_what_amazonqignore_excludes_stays_closed() {
    let machine = Machine::new();
    tree(
        &machine,
        &[
            (".git/HEAD", "ref: refs/heads/main\n"),
            (".amazonqignore", "secrets/\n"),
            ("secrets/deep/key", ""),
        ],
    );
    let walk = |sub: &str| {
        let files = machine.open_at(&machine.inside(sub));
        files.walk(&everything(), &|| false).map_err(|fault| fault.code).err()
    };
    assert_eq!(walk("secrets"), Some(FaultCode::FileOutside));
    assert_eq!(walk("secrets/deep"), Some(FaultCode::FileOutside));
    put(&machine.inside(".amazonqignore"), b"[z-a]\n");
    assert_eq!(walk("secrets"), Some(FaultCode::FileUnreadable), "rules above that mean nothing hide it too");
}

#[test]
fn a_linked_worktree_knows_its_repositorys_excludes() {
    let machine = Machine::new();
    tree(
        &machine,
        &[
            ("main/.git/info/exclude", "mine\n"),
            ("main/.git/worktrees/tree/commondir", "../..\n"),
            ("tree/mine", ""),
            ("tree/sub/mine", ""),
            ("tree/sub/a.rs", ""),
        ],
    );
    let pointer = format!("gitdir: {}\n", machine.inside("main/.git/worktrees/tree").display());
    put(&machine.inside("tree/.git"), pointer.as_bytes());
    assert_eq!(listed(&machine, "tree"), ["sub/a.rs"]);
    assert_eq!(listed(&machine, "tree/sub"), ["a.rs"]);
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// What git would take in, in the repository at `folder`; `None` where there is no git.
fn git(folder: &Path) -> Option<BTreeSet<String>> {
    let run = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        git.output().ok()
    };
    if !folder.join(".git").exists() {
        run(&["init", "-q"])?;
    }
    let output = run(&["ls-files", "-z", "--others", "--exclude-standard"])?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect())
}

#[test]
fn git_would_list_the_same() {
    let names = ["a", "b", "c.rs", "d.log", "dist"];
    let patterns = [
        "a", "/a", "a/", "b/*", "*.log", "!*.log", "!d.log", "/dist/", "**/dist", "a/**", "!a/b", "*", "!*/",
        "!c.rs", "[ab]", "[!a]", "?", "a/*/c.rs", "**/b/**", "c.*", "\\!x", "# note", "", "dist/ ", "/b/a",
        "!/a/",
    ];
    let mut random = Random(7);
    for round in 0..60 {
        let machine = Machine::new();
        let root = machine.inside("");
        for _ in 0..60 {
            let depth = random.below(4);
            let mut file: Vec<_> = (0..depth).map(|_| random.pick(&["a", "b", "dist", "x"])).collect();
            file.push(random.pick(&names));
            let file = root.join(file.join("/"));
            // A name is a file or a folder, whichever came first.
            if fs::create_dir_all(file.parent().unwrap()).is_ok() && !file.is_dir() {
                let _ = fs::write(file, "");
            }
        }
        let mut rules = String::new();
        for folder in ["", "a", "b", "a/b", "x", "dist"] {
            if random.below(2) == 0 && root.join(folder).is_dir() {
                let lines: Vec<_> = (0..=random.below(4)).map(|_| random.pick(&patterns)).collect();
                let text = lines.join("\n");
                put(&root.join(folder).join(".gitignore"), text.as_bytes());
                rules += &format!("{folder}/.gitignore: {lines:?}\n");
            }
        }
        let Some(expected) = git(&root) else { return };
        if random.below(2) == 0 {
            let line = random.pick(&patterns);
            put(&root.join(".git/info/exclude"), line.as_bytes());
            rules += &format!("exclude: {line:?}\n");
        }
        let expected = git(&root).unwrap_or(expected);
        let found: BTreeSet<_> = walked(&*machine.open(), &everything()).0.into_iter().collect();
        assert_eq!(found, expected, "round {round}\n{rules}");
    }
}
