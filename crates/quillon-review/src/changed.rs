//! The lines that changed since a revision, as git says them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use quillon_base::FaultCode;
use quillon_contract::Fault;
use quillon_host::Command;
use quillon_road::Passage;

/// How long git may take, in milliseconds.
const GIT_TIMEOUT_MS: u64 = 60_000;

/// The lines that changed, by file.
pub(crate) type Changed = BTreeMap<String, Vec<RangeInclusive<u32>>>;

/// Asks git what changed since a revision. Nothing that a repository configures is run.
///
/// # Errors
/// `input.invalid` for a revision that is an option or unknown, and those of running a command.
pub(crate) async fn since(passage: &Passage, revision: &str) -> Result<Changed, Fault> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(char::is_whitespace) {
        return Err(invalid(revision, ""));
    }
    let folder = passage
        .workspace_folder()
        .ok_or_else(|| Fault::new(FaultCode::WorkspaceMissing, "there is no folder to work in"))?;
    let arguments = [
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.quotePath=false",
        "diff",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--relative",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        revision,
        "--",
    ];
    let output = passage
        .run_command(Command {
            program: "git".to_owned(),
            arguments: arguments.map(str::to_owned).to_vec(),
            folder,
            environment: vec![("GIT_OPTIONAL_LOCKS".to_owned(), "0".to_owned())],
            input: Vec::new(),
            timeout_ms: GIT_TIMEOUT_MS,
        })
        .await?;
    if output.exit_code != Some(0) {
        return Err(invalid(revision, &String::from_utf8_lossy(&output.stderr)));
    }
    if output.dropped_bytes > 0 {
        return Err(Fault::new(
            FaultCode::InputInvalid,
            format!("too much changed since `{revision}` to review only that"),
        )
        .hint("name the files and folders to review instead"));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

fn invalid(revision: &str, detail: &str) -> Fault {
    Fault::new(FaultCode::InputInvalid, format!("git cannot tell what changed since `{revision}`"))
        .hint("name a branch, tag or commit of this repository, such as `main` or `HEAD~1`")
        .inner(detail.to_owned())
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
            file = path.trim_end_matches('\t').strip_prefix("b/").map(str::to_owned);
        } else if let Some((from, to)) = hunk(line) {
            (removed, added) = (from.1, to.1);
            if let (Some(file), true) = (&file, to.1 > 0) {
                changed.entry(file.clone()).or_default().push(to.0..=to.0.saturating_add(to.1 - 1));
            }
        }
    }
    changed
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
}
