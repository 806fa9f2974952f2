//! What is read: what changed, what is staged, the whole workspace, or the files and folders that were named; and what of
//! it is reviewed.
//!
//! What somebody else wrote or a program made is set apart unless it is asked for, and tests are, unless they were named.
//! Each way reads in one bulk effect, only files in languages that have rules. Start at [`take`].

use std::collections::{BTreeMap, BTreeSet};

use quillon_base::FaultCode;
use quillon_contract::Fault;
use quillon_contract::ask::{ReviewAsk, SetApart};
use quillon_contract::event::{Notice, Skipped};
use quillon_detect::Language;
use quillon_host::{Before, SkipReason};
use quillon_road::{Passage, Tree};
use quillon_workspace::{Role, role_of};

use crate::changed::{self, Changed, Since};
use crate::git::{Git, Repository};
use crate::staged;

/// A file that is reviewed.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) text: String,
    /// What a change of it has to find.
    pub(crate) before: Before,
    pub(crate) apart: Option<SetApart>,
}

/// How a file came into a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    /// With everything.
    No,
    /// Its folder was named: then its tests are meant too.
    Folder,
    /// It was named itself: then it is meant, whatever it is.
    File,
}

/// The files of one review.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// Files by path.
    pub(crate) files: BTreeMap<String, File>,
    /// What was left out, and why.
    pub(crate) skipped: Vec<Skipped>,
    /// How many files of a kind were set apart.
    pub(crate) apart: BTreeMap<SetApart, usize>,
    /// The lines that count, where not all do.
    pub(crate) changed: Option<Changed>,
    include: BTreeSet<SetApart>,
    /// What there is nothing to review in, as a sentence.
    pub(crate) nothing: Option<&'static str>,
}

/// Reads what an ask is about.
///
/// # Errors
/// `workspace.missing`, `policy.refused`, `cancelled`, `input.invalid`, and those of files that were named.
pub(crate) async fn take(passage: &Passage, ask: &ReviewAsk) -> Result<Scope, Fault> {
    let mut scope = Scope { include: ask.include.iter().copied().collect(), ..Scope::default() };
    let wants_all = ask.all || (!ask.paths.is_empty() && ask.diff.is_none() && !ask.staged);
    if wants_all {
        scope.whole(passage, &ask.paths).await?;
        return Ok(scope);
    }
    let mut git = Git::new(passage);
    let repository = git.look().await?;
    match (repository, &ask.diff, ask.staged) {
        (Repository::None | Repository::NoGit, None, false) => {
            let why = if repository == Repository::None {
                "this folder is not in a git repository"
            } else {
                "git is not installed"
            };
            passage.say(Notice::info(format!("{why}, so everything in it is reviewed"))).await?;
            scope.whole(passage, &[]).await?;
        }
        (Repository::None, ..) => return Err(no_repository("this folder is not in a git repository")),
        (Repository::NoGit, ..) => return Err(no_repository("git is not installed")),
        (Repository::Fresh, None, false) => {
            passage.say(Notice::info("nothing is committed yet, so everything is reviewed")).await?;
            scope.whole(passage, &[]).await?;
        }
        (_, _, true) => scope.staged(passage, &git, &ask.paths).await?,
        (_, revision, false) => {
            let since = Since::Revision(revision.as_deref().unwrap_or("HEAD"));
            scope.changed(passage, &git, since, &ask.paths).await?;
        }
    }
    Ok(scope)
}

fn no_repository(why: &str) -> Fault {
    Fault::new(FaultCode::InputInvalid, why.to_owned())
        .hint("`quillon review --all` reviews everything in this folder")
}

impl Scope {
    /// Everything in some files and folders, or in the workspace.
    async fn whole(&mut self, passage: &Passage, paths: &[String]) -> Result<(), Fault> {
        if paths.is_empty() {
            let tree = passage.read_tree_of(None, is_code).await?;
            self.tree(tree, Named::No);
        }
        for given in paths {
            match passage.path_within(given)?.as_deref() {
                None => {
                    let tree = passage.read_tree_of(None, is_code).await?;
                    self.tree(tree, Named::No);
                }
                Some(path) if is_code(path) => {
                    let file = passage.read_file(path).await?;
                    self.file(file.path, &file.bytes, Named::File);
                }
                Some(folder) => {
                    let tree = passage.read_tree_of(Some(folder), is_code).await?;
                    self.tree(tree, Named::Folder);
                }
            }
        }
        Ok(())
    }

    /// The files that changed, as the working tree has them.
    async fn changed(
        &mut self,
        passage: &Passage,
        git: &Git<'_>,
        since: Since<'_>,
        paths: &[String],
    ) -> Result<(), Fault> {
        let changed = self.difference(passage, git, since, paths).await?;
        // Flows between files are followed among those that changed.
        let names: Vec<String> = changed.keys().filter(|path| is_code(path)).cloned().collect();
        if names.is_empty() {
            self.nothing = Some("No code changed; `quillon review --all` reviews everything.\n");
        } else {
            let tree = passage.read_files(&names).await?;
            self.tree(tree, Named::below(paths));
        }
        self.changed = Some(changed);
        Ok(())
    }

    /// The files that are staged, as the index has them.
    async fn staged(&mut self, passage: &Passage, git: &Git<'_>, paths: &[String]) -> Result<(), Fault> {
        let mut changed = self.difference(passage, git, Since::Staged, paths).await?;
        changed.retain(|path, _| is_code(path));
        if changed.is_empty() {
            self.nothing = Some("No code is staged.\n");
        } else {
            let (contents, skipped) = staged::contents(git, &changed).await?;
            self.skipped.extend(skipped);
            for (path, bytes) in contents {
                self.file(path, &bytes, Named::below(paths));
            }
        }
        self.changed = Some(changed);
        Ok(())
    }

    async fn difference(
        &self,
        passage: &Passage,
        git: &Git<'_>,
        since: Since<'_>,
        paths: &[String],
    ) -> Result<Changed, Fault> {
        let difference = changed::since(git, since, paths).await?;
        if difference.is_coarse {
            let what = "so much changed that files which did are reviewed as a whole";
            passage.say(Notice::info(what)).await?;
        }
        Ok(difference.changed)
    }

    fn tree(&mut self, tree: Tree, named: Named) {
        for skipped in tree.skipped {
            if is_code(&skipped.path)
                || matches!(skipped.reason, SkipReason::TooMany | SkipReason::LinkOutside)
            {
                self.skip(skipped.path, reason(skipped.reason));
            }
        }
        for file in tree.files {
            self.file(file.path, &file.bytes, named);
        }
    }

    fn file(&mut self, path: String, bytes: &[u8], named: Named) {
        // Code looks names up in files of settings.
        if !is_code(&path) && !quillon_detect::is_settings(&path) {
            return;
        }
        let Some(decoded) = quillon_text::decode(bytes) else {
            self.skip(path, "it is not text");
            return;
        };
        let apart = match role_of(&path, &decoded.text) {
            Role::Vendored => Some(SetApart::Vendored),
            Role::Generated | Role::Minified => Some(SetApart::Generated),
            Role::Test => Some(SetApart::Tests),
            Role::Source | Role::Documentation | Role::Configuration | Role::Data => None,
        };
        let is_wanted = |apart| {
            self.include.contains(&apart)
                || named == Named::File
                || (named == Named::Folder && apart == SetApart::Tests)
        };
        match apart {
            Some(SetApart::Generated) if !is_wanted(SetApart::Generated) => {
                self.skip(path, "a program made it (`--include generated` reviews it)");
            }
            Some(apart) if !is_wanted(apart) => *self.apart.entry(apart).or_default() += 1,
            apart => {
                let file = File { before: Before::of(bytes), text: decoded.text, apart };
                self.files.insert(path, file);
            }
        }
    }

    fn skip(&mut self, path: String, reason: &str) {
        self.skipped.push(Skipped { path, reason: reason.to_owned(), partial: false });
    }
}

impl Named {
    const fn below(paths: &[String]) -> Self {
        if paths.is_empty() { Self::No } else { Self::Folder }
    }
}

fn is_code(path: &str) -> bool {
    Language::of_path(path).is_some()
}

pub(crate) const fn reason(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::TooLarge => "it is larger than 10 MB",
        SkipReason::Unreadable => "it cannot be read",
        SkipReason::LinkOutside => "it is a link that leads nowhere, outside or in a circle",
        SkipReason::NameNotUtf8 => "its name is not UTF-8",
        SkipReason::NotAFile => "it is no regular file",
        SkipReason::TooMany => "it lies beyond the limit of files",
    }
}
