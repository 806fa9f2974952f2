//! What changed in the repository, asked of `git log`.
//!
//! A repository is somebody's text, its configuration too, and git runs programs that a configuration names. `log` is run
//! so that none is: the configuration of the machine and the person is not read at all (aliases, `include`s, pagers);
//! what a repository's own configuration could name for a log is answered on the command line, which counts before it
//! (file-system monitor, hooks, signature programs, external differences, text conversion, mail maps); and an incomplete
//! clone may not fetch what is missing, since a remote names programs as well. Paths go after `--`, and never as patterns.
//!
//! A library that reads the objects itself would run nothing by construction, but brings about a hundred crates for two
//! numbers and a headline. Start at [`recent`].

use quillon_base::Fault;
use quillon_host::CommandOutput;
use quillon_road::Passage;

use crate::turn::stops;

/// The most commits that are shown.
pub(crate) const COMMITS_MAX: usize = 10;
/// A history that takes longer is left out, in milliseconds.
const TIMEOUT_MS: u64 = 10_000;
/// The most paths that are asked about at once.
const PATHS_MAX: usize = 8;

/// What a repository's own configuration could have a log run or write, answered here.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.quotePath=false",
    "diff.external=",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "log.mailmap=false",
    "log.showSignature=false",
    "pager.log=false",
    "protocol.allow=never",
    "trace2.eventTarget=0",
    "uploadpack.packObjectsHook=",
];
/// The most files of a commit that are told.
const FILES_TOLD_MAX: usize = 20;
const FIELD: char = '\u{1f}';
const COMMIT: char = '\u{1e}';

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) id: String,
    /// The day, as its author's clock had it.
    pub(crate) day: String,
    pub(crate) author: String,
    pub(crate) subject: String,
    /// The files that it touched, below the workspace.
    pub(crate) files: Vec<String>,
}

/// What history there is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// Commits, newest first.
    Of(Vec<Commit>),
    /// There is none, and why.
    None(String),
}

/// Whether the workspace is the root of a repository. What is asked for beside an answer is asked only then.
///
/// # Errors
/// Those that stop the turn.
pub(crate) async fn is_here(passage: &Passage) -> Result<bool, Fault> {
    for path in [".git/HEAD", ".git"] {
        match passage.read_file(path).await {
            Ok(_) => return Ok(true),
            Err(fault) if stops(&fault) => return Err(fault),
            Err(_) => {}
        }
    }
    Ok(false)
}

/// The newest commits that touched these paths, or anything in the workspace without one.
///
/// # Errors
/// Those that stop the turn. That there is no history, or that it may not be read, is not an error.
pub(crate) async fn recent(passage: &Passage, paths: &[String], count: usize) -> Result<History, Fault> {
    if !passage.has_workspace() {
        return Ok(History::None("there is no folder to work in".into()));
    }
    match passage.run_git(arguments(paths, count), Vec::new(), Vec::new(), TIMEOUT_MS).await {
        Ok(output) => Ok(read(&output, count)),
        Err(fault) if stops(&fault) => Err(fault),
        Err(fault) => Ok(History::None(fault.message)),
    }
}

/// A commit as text.
pub(crate) fn told(commit: &Commit) -> String {
    let Commit { id, day, author, subject, files } = commit;
    let files: Vec<&str> = files.iter().take(FILES_TOLD_MAX).map(String::as_str).collect();
    format!("{id} {day} {author}: {subject}\n    {}\n", files.join(", "))
}

/// The arguments of a log that cannot be turned against its reader.
fn arguments(paths: &[String], count: usize) -> Vec<String> {
    let mut arguments: Vec<String> = vec!["--no-pager".into(), "--no-optional-locks".into()];
    arguments.extend(["--literal-pathspecs", "--no-replace-objects"].map(str::to_owned));
    arguments.extend(SETTINGS.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
    arguments.push("log".into());
    arguments.push(format!("--max-count={}", count.min(COMMITS_MAX)));
    arguments.push(format!("--format={COMMIT}%h{FIELD}%as{FIELD}%an{FIELD}%s"));
    arguments.extend(
        [
            "--name-only",
            "--relative",
            "--no-color",
            "--no-decorate",
            "--no-ext-diff",
            "--no-mailmap",
            "--no-notes",
            "--no-renames",
            "--no-show-signature",
            "--no-textconv",
            "--encoding=UTF-8",
            "--",
        ]
        .map(str::to_owned),
    );
    match paths {
        [] => arguments.push(".".into()),
        paths => arguments.extend(paths.iter().take(PATHS_MAX).cloned()),
    }
    arguments
}

fn read(output: &CommandOutput, count: usize) -> History {
    if output.exit_code != Some(0) {
        let said = String::from_utf8_lossy(&output.stderr);
        let fatal = said.lines().find_map(|line| line.strip_prefix("fatal: "));
        let why = fatal.or_else(|| said.lines().next()).unwrap_or("git ended without a word");
        return History::None(quillon_text::shorten(why, 160).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let commits: Vec<Commit> = text.split(COMMIT).filter_map(commit).take(count).collect();
    if commits.is_empty() { History::None("no commit touched it".into()) } else { History::Of(commits) }
}

fn commit(text: &str) -> Option<Commit> {
    let (head, files) = text.split_once('\n').unwrap_or((text, ""));
    let mut fields = head.splitn(4, FIELD);
    let mut field = || Some(quillon_text::shorten(fields.next()?, 200).into_owned());
    let (id, day, author, subject) = (field()?, field()?, field()?, field()?);
    let files = files.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Some(Commit { id, day, author, subject, files })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(exit_code: i32, stdout: &str, stderr: &str) -> CommandOutput {
        CommandOutput {
            exit_code: Some(exit_code),
            stdout: stdout.into(),
            stderr: stderr.into(),
            dropped_bytes: 0,
        }
    }

    #[test]
    fn commits_are_read_from_a_log() {
        let log = "\u{1e}a1\u{1f}2026-01-02\u{1f}Ada\u{1f}retry: three tries\n\nsrc/retry.rs\nREADME.md\n\u{1e}b2\u{1f}2026-01-01\u{1f}Bob\u{1f}begin\n";
        let History::Of(commits) = read(&output(0, log, ""), 10) else { panic!("no commits") };
        assert_eq!((commits.len(), commits[0].files.len(), commits[1].subject.as_str()), (2, 2, "begin"));
        assert_eq!(read(&output(0, "", ""), 10), History::None("no commit touched it".into()));
        let none = read(&output(128, "", "fatal: not a git repository (or any parent)\n"), 10);
        assert_eq!(none, History::None("not a git repository (or any parent)".into()));
        assert_eq!(
            read(&output(0, "\u{1e}half\u{1f}a", ""), 1),
            History::None("no commit touched it".into())
        );
    }

    #[test]
    fn a_path_is_never_an_option_or_a_pattern() {
        let arguments = arguments(&["--output=x".into(), ":(top)*".into()], 3);
        let end = arguments.iter().position(|argument| argument == "--").unwrap();
        assert_eq!(arguments[end + 1..], ["--output=x", ":(top)*"]);
        assert!(arguments[..end].iter().any(|argument| argument == "--literal-pathspecs"));
    }
}
