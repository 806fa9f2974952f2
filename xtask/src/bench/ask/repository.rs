//! Clones of public repositories: what a commit changed, and the tree of one, written out once below `target/`.

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{capture, run, shown, target};
use crate::failure::{Context, Failure};

/// Where a clone may have its git directory: a bare one, one with files, one in a folder of its own.
const GIT_FOLDERS: &[&str] = &["", ".git", "repo", "repo/.git"];

/// A folder of clones.
pub(super) struct Repositories {
    folder: PathBuf,
    /// Where trees are written out.
    trees: PathBuf,
}

/// A file that a commit changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: String,
    /// Whether the parent has it.
    pub(super) was_there: bool,
}

/// A commit, as far as a question is made of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) changes: Vec<Change>,
}

impl Repositories {
    pub(super) fn new(root: &Path, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), trees: target(root).join("bench").join("ask").join("trees") }
    }

    /// The commits that a revision reaches and that are no merges, the newest first.
    pub(super) fn history(
        &self,
        name: &str,
        revision: &str,
        most: Option<u32>,
    ) -> Result<Vec<Commit>, Failure> {
        let mut command = self.git(name)?;
        command.args(["log", "--no-merges", "--no-renames", "--name-status", "--format=%x01%H%x02%s"]);
        command.args(most.map(|most| format!("--max-count={most}"))).arg(revision).arg("--");
        let text = said(&mut command)?;
        Ok(text.split('\u{1}').skip(1).filter_map(read_commit).collect())
    }

    /// The id that a revision has.
    pub(super) fn id(&self, name: &str, revision: &str) -> Result<String, Failure> {
        let mut command = self.git(name)?;
        command.args(["rev-parse", "--verify", "--quiet"]).arg(format!("{revision}^{{commit}}"));
        Ok(said(&mut command)?.trim().to_owned())
    }

    /// The folder with the files of a commit.
    pub(super) fn tree(&self, name: &str, id: &str) -> Result<PathBuf, Failure> {
        let folder = self.trees.join(format!("{}@{id}", flat(name)));
        if folder.is_dir() {
            return Ok(folder);
        }
        // Under another name until it is whole, so that one that was cut off is never taken for a tree.
        let part = folder.with_extension("part");
        let archive = folder.with_extension("tar");
        let _ = fs::remove_dir_all(&part);
        fs::create_dir_all(&part).context(|| format!("cannot make `{}`", part.display()))?;
        let file = File::create(&archive).context(|| format!("cannot write `{}`", archive.display()))?;
        let without = self.absent(name, id)?.into_iter().map(|path| format!(":(exclude,literal){path}"));
        run(self.git(name)?.args(["archive", "--format=tar", id, "--", "."]).args(without).stdout(file))?;
        run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&part))?;
        fs::rename(&part, &folder).context(|| format!("cannot make `{}`", folder.display()))?;
        let _ = fs::remove_file(&archive);
        Ok(folder)
    }

    /// The files of a commit that the clone has no content of, as one that was made with `--filter` has not.
    fn absent(&self, name: &str, id: &str) -> Result<Vec<String>, Failure> {
        let listed = said(self.git(name)?.args(["ls-tree", "-r", "--full-tree", id]))?;
        let blobs: Vec<(&str, &str)> = listed.lines().filter_map(blob).collect();
        let mut asked = tempfile::tempfile().context(|| "cannot make a file".to_owned())?;
        let lines: String = blobs.iter().map(|(id, _)| format!("{id}\n")).collect();
        asked.write_all(lines.as_bytes()).context(|| "cannot write ids".to_owned())?;
        asked.rewind().context(|| "cannot write ids".to_owned())?;
        let answered = said(self.git(name)?.args(["cat-file", "--batch-check"]).stdin(asked))?;
        let is_absent = |answer: &str| answer.ends_with(" missing");
        let absent = blobs.iter().zip(answered.lines()).filter(|(_, answer)| is_absent(answer));
        Ok(absent.map(|((_, path), _)| (*path).to_owned()).collect())
    }

    fn git(&self, name: &str) -> Result<Command, Failure> {
        let clone = self.folder.join(flat(name));
        let is_git = |folder: &PathBuf| folder.join("HEAD").is_file() && folder.join("objects").is_dir();
        let found = GIT_FOLDERS.iter().map(|folder| clone.join(folder)).find(is_git);
        let found = found.ok_or_else(|| {
            let into = clone.display();
            Failure(format!(
                "`{name}` is not there; clone it: `git clone --bare https://github.com/{name} {into}`"
            ))
        })?;
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(found).args(["-c", "core.quotePath=false"]).stdin(Stdio::null());
        Ok(command)
    }
}

/// The name of a repository as one of a folder.
fn flat(name: &str) -> String {
    name.replace('/', "+")
}

fn said(command: &mut Command) -> Result<String, Failure> {
    let (succeeded, text) = capture(command)?;
    if succeeded { Ok(text) } else { Err(Failure(format!("`{}` failed: {}", shown(command), text.trim()))) }
}

/// The id and the path of a file in a listing of a tree.
fn blob(line: &str) -> Option<(&str, &str)> {
    let (what, path) = line.split_once('\t')?;
    let mut words = what.split(' ').skip(1);
    (words.next() == Some("blob")).then(|| words.next()).flatten().map(|id| (id, path))
}

fn read_commit(text: &str) -> Option<Commit> {
    let (head, files) = text.split_once('\n').unwrap_or((text, ""));
    let (id, subject) = head.split_once('\u{2}')?;
    let changes = files.lines().filter_map(|line| {
        let (status, path) = line.split_once('\t')?;
        Some(Change { path: path.to_owned(), was_there: !status.starts_with('A') })
    });
    Some(Commit { id: id.to_owned(), subject: subject.to_owned(), changes: changes.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_read_from_what_git_says_of_it() {
        let commit =
            read_commit("abc\u{2}open the depot\n\nM\tsrc/depot.rs\nA\ttests/é.rs\nD\told.rs\n").unwrap();
        let there: Vec<_> =
            commit.changes.iter().map(|change| (change.path.as_str(), change.was_there)).collect();
        assert_eq!((commit.id.as_str(), commit.subject.as_str()), ("abc", "open the depot"));
        assert_eq!(there, [("src/depot.rs", true), ("tests/é.rs", false), ("old.rs", true)]);
        assert_eq!(read_commit("abc\u{2}nothing").unwrap().changes, []);
    }

    #[test]
    fn files_are_told_from_what_else_a_tree_holds() {
        assert_eq!(blob("100644 blob abc\tsrc/a b.rs"), Some(("abc", "src/a b.rs")));
        assert_eq!(blob("160000 commit abc\tmodule"), None);
    }

    #[test]
    fn a_clone_that_is_not_there_says_how_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(folder.path(), folder.path());
        let Err(Failure(message)) = repositories.id("a/b", "HEAD") else { panic!("there is no clone") };
        assert!(message.contains("git clone --bare https://github.com/a/b"), "{message}");
    }

    #[test]
    fn a_tree_is_written_out_once() {
        let folder = tempfile::tempdir().unwrap();
        let clone = folder.path().join("a+b");
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.arg("-C").arg(&clone).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
            assert!(capture(command.args(arguments)).unwrap().0, "{arguments:?}");
        };
        fs::create_dir(&clone).unwrap();
        git(&["init", "-q"]);
        fs::write(clone.join("one.txt"), "one\n").unwrap();
        git(&["add", "."]);
        git(&["commit", "-q", "-m", "first of all files"]);
        fs::write(clone.join("one.txt"), "two\n").unwrap();
        git(&["commit", "-q", "-a", "-m", "change the one file"]);
        let repositories = Repositories::new(folder.path(), folder.path());
        let history = repositories.history("a/b", "HEAD", None).unwrap();
        let subjects: Vec<_> = history.iter().map(|commit| commit.subject.as_str()).collect();
        assert_eq!(subjects, ["change the one file", "first of all files"]);
        assert!(history[0].changes[0].was_there && !history[1].changes[0].was_there);
        let parent = repositories.id("a/b", "HEAD^").unwrap();
        assert_eq!(parent, history[1].id);
        for _ in 0..2 {
            let tree = repositories.tree("a/b", &parent).unwrap();
            assert_eq!(fs::read_to_string(tree.join("one.txt")).unwrap(), "one\n");
        }
    }
}
