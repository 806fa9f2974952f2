//! The lines that changed since a revision, as git says them.
//!
//! A repository is somebody's text, its configuration too, and git runs programs that a configuration names. A difference
//! to the working tree runs its filters, so these are asked for first and switched off by name. What a repository says of
//! its own files takes none of them out of a review: one that it calls binary counts as changed on every line.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use quillon_base::FaultCode;
use quillon_contract::Fault;
use quillon_host::{Command, CommandOutput};
use quillon_road::Passage;

/// How long git may take, in milliseconds.
const GIT_TIMEOUT_MS: u64 = 60_000;

/// What a repository's own configuration could have a difference run, or say otherwise.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "diff.external=",
    "protocol.allow=never",
    "trace2.eventTarget=0",
];

/// A difference without context, whatever the configuration says.
const DIFFERENCE: &[&str] = &[
    "diff",
    "--unified=0",
    "--inter-hunk-context=0",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--ignore-submodules=all",
    "--relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
];

/// The lines that changed, by file.
pub(crate) type Changed = BTreeMap<String, Vec<RangeInclusive<u32>>>;

/// Asks git what changed since a revision, in some files and folders or everywhere. Nothing that a repository configures
/// is run.
///
/// # Errors
/// `input.invalid` for a revision that is an option or unknown, and those of paths and of running a command.
pub(crate) async fn since(passage: &Passage, revision: &str, paths: &[String]) -> Result<Changed, Fault> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(char::is_whitespace) {
        return Err(invalid(revision, ""));
    }
    let filters = filters(passage, revision).await?;
    let mut arguments = vec!["--literal-pathspecs"];
    arguments.extend(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
    arguments.extend(DIFFERENCE);
    arguments.extend([revision, "--"]);
    let within: Result<Vec<_>, Fault> = paths.iter().map(|path| passage.path_within(path)).collect();
    let within = within?;
    arguments.extend(within.iter().map(|path| path.as_deref().unwrap_or(".")));
    let output = git(passage, &arguments, off(&filters)).await?;
    if output.exit_code != Some(0) {
        return Err(invalid(revision, &String::from_utf8_lossy(&output.stderr)));
    }
    if output.dropped_bytes > 0 {
        return Err(Fault::new(
            FaultCode::InputInvalid,
            format!("too much changed since `{revision}` to review only that"),
        )
        .hint("name the files and folders to review"));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

async fn git(
    passage: &Passage,
    arguments: &[&str],
    more: Vec<(String, String)>,
) -> Result<CommandOutput, Fault> {
    let folder = passage
        .workspace_folder()
        .ok_or_else(|| Fault::new(FaultCode::WorkspaceMissing, "there is no folder to work in"))?;
    let mut environment: Vec<(String, String)> =
        ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    environment.extend(more);
    passage
        .run_command(Command {
            program: "git".to_owned(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            folder,
            environment,
            input: Vec::new(),
            timeout_ms: GIT_TIMEOUT_MS,
        })
        .await
}

/// The settings of filters that the repository configures.
async fn filters(passage: &Passage, revision: &str) -> Result<Vec<String>, Fault> {
    let arguments = ["config", "--null", "--name-only", "--get-regexp", r"^filter\."];
    let output = git(passage, &arguments, Vec::new()).await?;
    // 1 is what git says when there is none.
    let is_known = matches!(output.exit_code, Some(0 | 1)) && output.dropped_bytes == 0;
    let names = is_known.then(|| String::from_utf8(output.stdout).ok()).flatten();
    let names =
        names.ok_or_else(|| invalid(revision, "the configuration of the repository cannot be read"))?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// What switches filters off: settings in the environment count before those of a repository.
fn off(filters: &[String]) -> Vec<(String, String)> {
    let mut settings = vec![("GIT_CONFIG_COUNT".to_owned(), filters.len().to_string())];
    for (nth, name) in filters.iter().enumerate() {
        // An empty program is none; one that is required may be absent.
        let value = if name.ends_with(".required") { "false" } else { "" };
        settings.push((format!("GIT_CONFIG_KEY_{nth}"), name.clone()));
        settings.push((format!("GIT_CONFIG_VALUE_{nth}"), value.to_owned()));
    }
    settings
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

    #[test]
    fn filters_are_switched_off_by_name() {
        let settings = off(&["filter.a b.clean".to_owned(), "filter.a b.required".to_owned()]);
        let shown: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown,
            [
                "GIT_CONFIG_COUNT=2",
                "GIT_CONFIG_KEY_0=filter.a b.clean",
                "GIT_CONFIG_VALUE_0=",
                "GIT_CONFIG_KEY_1=filter.a b.required",
                "GIT_CONFIG_VALUE_1=false",
            ]
        );
    }
}
