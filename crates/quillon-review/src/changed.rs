//! The lines that changed, as git says them.
//!
//! What a repository says of its own files takes none of them out of a review: one that it calls binary counts as changed
//! on every line, and so does one that git does not know yet.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use quillon_base::FaultCode;
use quillon_contract::Fault;

use crate::git::Git;

/// A difference, whatever the configuration says.
const DIFFERENCE: &[&str] = &[
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--ignore-submodules=all",
    "--relative",
];

/// The lines alone, without what stands around them.
const LINES: &[&str] = &["--unified=0", "--inter-hunk-context=0", "--src-prefix=a/", "--dst-prefix=b/"];

/// The lines that changed, by file.
pub(crate) type Changed = BTreeMap<String, Vec<RangeInclusive<u32>>>;

/// What a change is counted from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Since<'a> {
    /// A revision, to what is in the working tree now.
    Revision(&'a str),
    /// The last commit, to what is staged.
    Staged,
}

/// What changed, and whether that is known by line.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) changed: Changed,
    /// Too much changed to say it by line, so that whole files count.
    pub(crate) is_coarse: bool,
}

/// Asks git what changed in some files and folders or everywhere, files with it that git does not know yet.
///
/// # Errors
/// `input.invalid` for a revision that is an option, a range or unknown, and those of paths and of running a command.
pub(crate) async fn since(git: &Git<'_>, since: Since<'_>, paths: &[String]) -> Result<Difference, Fault> {
    let from = match since {
        Since::Revision(revision) => {
            // A range ends in another text than the working tree, whose lines are the ones that are reviewed.
            let is_range = revision.contains("..");
            let is_option = revision.starts_with('-');
            if revision.is_empty() || is_option || is_range || revision.contains(char::is_whitespace) {
                return Err(invalid(since, ""));
            }
            revision
        }
        Since::Staged => "--cached",
    };
    let arguments = [DIFFERENCE, LINES, &[from]].concat();
    let output = git.on_paths(&arguments, paths).await?;
    if output.exit_code != Some(0) {
        return Err(invalid(since, &String::from_utf8_lossy(&output.stderr)));
    }
    let is_coarse = output.dropped_bytes > 0;
    let mut changed = if is_coarse {
        whole(git, from, paths).await?
    } else {
        parse(&String::from_utf8_lossy(&output.stdout))
    };
    if matches!(since, Since::Revision(_)) {
        let unknown = ["ls-files", "--others", "--exclude-standard", "-z"];
        let output = git.on_paths(&unknown, paths).await?;
        if output.exit_code != Some(0) || output.dropped_bytes > 0 {
            return Err(too_much());
        }
        changed.extend(names(&output.stdout).map(|name| (name, vec![1..=u32::MAX])));
    }
    Ok(Difference { changed, is_coarse })
}

/// The files that changed, each as a whole.
async fn whole(git: &Git<'_>, from: &str, paths: &[String]) -> Result<Changed, Fault> {
    let arguments = [DIFFERENCE, &["--name-only", "--diff-filter=d", "-z", from]].concat();
    let output = git.on_paths(&arguments, paths).await?;
    if output.exit_code != Some(0) || output.dropped_bytes > 0 {
        return Err(too_much());
    }
    Ok(names(&output.stdout).map(|name| (name, vec![1..=u32::MAX])).collect())
}

/// Names that end with NUL; one that is no text is none that the workspace has.
fn names(bytes: &[u8]) -> impl Iterator<Item = String> {
    let names = bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.filter_map(|name| String::from_utf8(name.to_vec()).ok())
}

pub(crate) fn too_much() -> Fault {
    Fault::new(FaultCode::InputInvalid, "too much changed to review only that")
        .hint("name the files and folders to review")
}

fn invalid(since: Since<'_>, detail: &str) -> Fault {
    let (what, hint) = match since {
        Since::Revision(revision) => (
            format!("git cannot tell what changed since `{revision}`"),
            "name a branch, tag or commit of this repository, such as `main` or `HEAD~1`",
        ),
        Since::Staged => ("git cannot tell what is staged".to_owned(), "`git status` says why"),
    };
    Fault::new(FaultCode::InputInvalid, what).hint(hint).inner(detail.to_owned())
}

/// Reads a unified difference without context.
fn parse(text: &str) -> Changed {
    let mut changed = Changed::new();
    let mut file: Option<String> = None;
    let mut removed = 0;
    let mut added = 0;
    for line in text.lines() {
        if removed > 0 && line.starts_with('-') {
            removed -= 1;
        } else if added > 0 && line.starts_with('+') {
            added -= 1;
        } else if let Some(path) = line.strip_prefix("+++ ") {
            file = named(path.trim_end_matches('\t'));
        } else if let Some(path) = binary(line) {
            changed.insert(path, vec![1..=u32::MAX]);
        } else if let Some((from, to)) = hunk(line) {
            (removed, added) = (from.1, to.1);
            if let (Some(file), true) = (&file, to.1 > 0) {
                changed.entry(file.clone()).or_default().push(to.0..=to.0.saturating_add(to.1 - 1));
            }
        }
    }
    changed
}

/// The file of `Binary files a/x and b/x differ`, which has no lines to tell.
fn binary(line: &str) -> Option<String> {
    let both = line.strip_prefix("Binary files ")?.strip_suffix(" differ")?;
    let after = match both.strip_prefix("/dev/null and ") {
        Some(after) => after,
        // Both names are the same but for a letter, so that the middle is known whatever they say.
        None => both.get(both.len().saturating_sub(5) / 2..)?.strip_prefix(" and ")?,
    };
    named(after)
}

/// The name of a file as it is now; git writes one with unusual letters in quotes.
fn named(written: &str) -> Option<String> {
    let quoted = written.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    let name = quoted.map_or_else(|| Some(written.to_owned()), unquoted)?;
    name.strip_prefix("b/").map(str::to_owned)
}

/// Reads the escapes of C.
fn unquoted(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match rest.next()? {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            first @ b'0'..=b'3' => {
                let digits = [first, rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 8).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

/// `@@ -1,2 +3,4 @@`: the line and the count, before and after.
fn hunk(line: &str) -> Option<((u32, u32), (u32, u32))> {
    let mut words = line.strip_prefix("@@ ")?.split(' ');
    let from = numbers(words.next()?.strip_prefix('-')?)?;
    let to = numbers(words.next()?.strip_prefix('+')?)?;
    Some((from, to))
}

fn numbers(range: &str) -> Option<(u32, u32)> {
    match range.split_once(',') {
        Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
        None => Some((range.parse().ok()?, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_came_are_read_and_lines_that_look_like_marks_are_not() {
        let text = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,0 +2,2 @@ def\n+++ not a file\n+two\n@@ -9 +11 @@\n--- gone\n+new\n--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let changed = parse(text);
        assert_eq!(changed, Changed::from([("x.py".to_owned(), vec![2..=3, 11..=11])]));
        assert!(parse("nonsense\n@@ broken\n").is_empty());
    }

    #[test]
    fn a_file_without_lines_changed_whole_and_unusual_names_are_read() {
        let text = "diff --git a/x and b/y.py b/x and b/y.py\nBinary files a/x and b/y.py and b/x and b/y.py differ\nBinary files /dev/null and \"b/a\\\"\\303\\244.py\" differ\nBinary files a/gone.py and /dev/null differ\n--- /dev/null\n+++ \"b/t\\t.py\"\n@@ -0,0 +1 @@\n+x\n";
        let changed = parse(text);
        let whole = || vec![1..=u32::MAX];
        assert_eq!(
            changed,
            Changed::from([
                ("x and b/y.py".to_owned(), whole()),
                ("a\"ä.py".to_owned(), whole()),
                ("t\t.py".to_owned(), vec![1..=1]),
            ])
        );
    }
}
