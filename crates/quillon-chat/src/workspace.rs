//! The workspace as a turn sees it: read in bulk, and indexed. The first question of a process takes what was read of
//! contents that are still the same out of the cache; the next ones read only what changed since ([`crate::library`]). A
//! cache that cannot be read or written costs time and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::event::Progress;
use quillon_host::{SkipReason, Skipped};
use quillon_retrieve::{ContentDigest, Document, Index, Kept, LeftOut, Refreshed, Watch};
use quillon_road::{Passage, Seen, Tree};
use quillon_workspace::{ProjectCommand, ProjectFile, project_commands};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::spawn_blocking;

use crate::context::{Context, Given};
use crate::library::{Held, Key, Library};

/// How many files are indexed between two words about it.
const FILES_PER_PROGRESS: u64 = 100;
/// The setting that says whether an index is kept.
const KEEPS_INDEX: &str = "quillon.index";
/// A cache is replaced when one of so many files is not as it says, or more.
const FILES_PER_STALE_MAX: usize = 50;
/// And fewer than these are no reason.
const STALE_MIN: usize = 20;
/// More changed files at once are read as a whole workspace is, by several threads.
const CHANGES_MAX: usize = 256;

/// What a workspace is read for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// For the embedded engine a file that was handed over is a place to look in; a model reads the file itself.
    pub(crate) for_model: bool,
    /// Whether the cache may be written.
    pub(crate) may_keep: bool,
}

/// What was read.
pub(crate) struct Workspace {
    pub(crate) index: Arc<Index>,
    /// How the project is built, tested and run, as its files say it.
    pub(crate) commands: Vec<ProjectCommand>,
    /// What was read, as far as it need not be read again.
    pub(crate) seen: Arc<Seen>,
    /// What was left out, counted by why.
    left_out: BTreeMap<&'static str, usize>,
}

/// What was read, while it may still change.
struct Found {
    index: Index,
    commands: Vec<ProjectCommand>,
    seen: Seen,
    /// Files that are no text.
    binary: BTreeSet<String>,
    /// What the walk left out.
    skipped: Vec<Skipped>,
    /// How many files changed since the cache was written.
    stale: usize,
    /// What the cache should hold from now on, when that is another thing than it does.
    to_keep: Option<Vec<u8>>,
}

/// Reads and indexes the workspace, or what the context says to look in.
///
/// # Errors
/// `workspace.missing`, `policy.refused`, `cancelled`, and those of files.
pub(crate) async fn read(
    passage: &Passage,
    library: &Library,
    context: &Context,
    terms: Terms,
) -> Result<Workspace, Fault> {
    if context.narrows(terms.for_model) {
        let mut trees = Vec::new();
        for folder in &context.folders {
            trees.push(passage.read_tree(Some(folder)).await?);
        }
        let documents = context.files.iter().filter_map(Given::document).collect();
        return indexed(passage, trees, documents, None, false).await.map(Found::settled);
    }
    let key = (passage.principal().id.to_string(), passage.workspace_group().to_owned());
    if passage.settings().text(KEEPS_INDEX) != "on" {
        // One that was kept before it was switched off goes; where there is none, nothing happens.
        if library.is_first_clearing(&key) {
            let _ = passage.write_index(None).await;
        }
        let tree = passage.read_tree(None).await?;
        return indexed(passage, vec![tree], Vec::new(), None, false).await.map(Found::settled);
    }
    let found = match library.take(&key) {
        Some(held) => followed(passage, held, terms.may_keep).await?,
        None => None,
    };
    let found = match found {
        Some(found) => found,
        None => {
            let cached = passage.read_index().await.ok().flatten();
            let tree = passage.read_tree(None).await?;
            indexed(passage, vec![tree], Vec::new(), cached, terms.may_keep).await?
        }
    };
    keep(passage, library, key, found).await
}

/// Keeps what was found for the next question, and for the next process.
async fn keep(passage: &Passage, library: &Library, key: Key, mut found: Found) -> Result<Workspace, Fault> {
    if let Some(bytes) = found.to_keep.take() {
        // What cannot be kept is read again the next time; the record says that it was refused or failed.
        let _ = passage.write_index(Some(&bytes)).await;
    }
    // Of what found no room one cannot tell whether it would now.
    let is_whole = !found.index.left_out().any(|(_, why)| why == LeftOut::NoRoom)
        && found.index.counts().left_out == found.index.left_out().count();
    let (binary, stale) = (found.binary.clone(), found.stale);
    let workspace = found.settled();
    if is_whole {
        let (index, seen) = (Arc::clone(&workspace.index), Arc::clone(&workspace.seen));
        library.put(key, Held { index, seen, binary, commands: workspace.commands.clone(), stale });
    }
    Ok(workspace)
}

impl Found {
    fn settled(self) -> Workspace {
        let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
        for skipped in &self.skipped {
            *left_out.entry(reason(skipped.reason)).or_default() += 1;
        }
        let counts = self.index.counts();
        for (why, count) in [("not text", self.binary.len()), ("left out of the index", counts.left_out)] {
            if count > 0 {
                left_out.insert(why, count);
            }
        }
        let Self { index, commands, seen, .. } = self;
        Workspace { index: Arc::new(index), commands, seen: Arc::new(seen), left_out }
    }
}

/// The index of the question before with what changed since; nothing where reading all of it is the better way.
async fn followed(passage: &Passage, held: Held, may_keep: bool) -> Result<Option<Found>, Fault> {
    let Held { index, seen, binary, commands, stale } = held;
    // Another question may still be looking at it.
    let Ok(index) = Arc::try_unwrap(index) else { return Ok(None) };
    let tree = passage.read_tree_since(None, seen).await?;
    let known: BTreeSet<&str> = index.left_out().map(|(path, _)| path).collect();
    let changed = tree.files.iter().filter(|file| !known.contains(file.path.as_str())).count();
    drop(known);
    if changed > CHANGES_MAX {
        return Ok(None);
    }
    let found =
        Found { index, commands, seen: Seen::default(), binary, skipped: Vec::new(), stale, to_keep: None };
    let following = spawn_blocking(move || found.follow(tree, may_keep));
    following.await.map(Some).map_err(|error| Fault::internal("indexing stopped").inner(error))
}

impl Found {
    /// Takes in what a reading found.
    fn follow(mut self, tree: Tree, may_keep: bool) -> Self {
        let changed = self.take_in(&tree);
        if changed > 0 {
            self.commands = commands(&self.index);
        }
        self.stale += changed;
        if may_keep && is_stale(self.stale, &self.index) {
            self.index.settle();
            self.to_keep = self.index.to_bytes();
            self.stale = 0;
        }
        self.skipped = tree.skipped;
        self.seen = known(tree.seen, &self.index, &self.binary);
        self
    }

    /// Brings the index to what is there now, and says how many files changed.
    fn take_in(&mut self, tree: &Tree) -> usize {
        let read = tree.files.iter().map(|file| file.path.as_str());
        let there: BTreeSet<&str> = read.chain(tree.unchanged.iter().map(String::as_str)).collect();
        let named = self.index.left_out().map(|(path, _)| path);
        let gone: Vec<String> =
            self.index.paths().chain(named).filter(|path| !there.contains(path)).map(str::to_owned).collect();
        let mut changed = gone.len();
        for path in &gone {
            self.index.remove(path);
        }
        self.binary.retain(|path| there.contains(path.as_str()));
        for file in &tree.files {
            match quillon_text::decode(&file.bytes) {
                Some(decoded) => {
                    self.binary.remove(&file.path);
                    if self.index.text(&file.path) == Some(decoded.text.as_str()) {
                        continue;
                    }
                    let digest = ContentDigest::from_sha256(&file.sha256);
                    self.index.update(Document::with_digest(file.path.clone(), decoded.text, digest));
                    changed += usize::from(self.index.text(&file.path).is_some());
                }
                None => {
                    self.binary.insert(file.path.clone());
                    changed += usize::from(self.index.remove(&file.path));
                }
            }
        }
        changed
    }
}

/// Indexes what was read; says how far it is.
async fn indexed(
    passage: &Passage,
    trees: Vec<Tree>,
    given: Vec<Document>,
    cached: Option<Vec<u8>>,
    may_keep: bool,
) -> Result<Found, Fault> {
    let files = trees.iter().map(|tree| tree.files.len() as u64).sum();
    let progress = |done: u64| Progress { label: "indexing files".into(), done, total: Some(files) };
    passage.say(Event::Progress(progress(0))).await?;
    // When this future is dropped because the ask was stopped, the channel closes, and the thread stops too.
    let (sender, mut receiver) = channel(1);
    let indexing = spawn_blocking(move || index(trees, given, cached, may_keep, &sender));
    while let Some(done) = receiver.recv().await {
        passage.say(Event::Progress(progress(done))).await?;
    }
    let found = indexing.await.map_err(|error| Fault::internal("indexing stopped").inner(error))?;
    passage.say(Event::Progress(progress(files))).await?;
    found.ok_or_else(|| Fault::new(FaultCode::Cancelled, "the work was stopped"))
}

/// Indexes files; `None` when nobody waits for it any more.
fn index(
    trees: Vec<Tree>,
    given: Vec<Document>,
    cached: Option<Vec<u8>>,
    may_keep: bool,
    progress: &Sender<u64>,
) -> Option<Found> {
    let mut documents: BTreeMap<String, Document> = BTreeMap::new();
    let (mut binary, mut skipped, mut seen) = (BTreeSet::new(), Vec::new(), Seen::default());
    let is_one_tree = trees.len() == 1;
    for mut tree in trees {
        skipped.append(&mut tree.skipped);
        if is_one_tree {
            seen = tree.seen;
        }
        for file in tree.files {
            match quillon_text::decode(&file.bytes) {
                Some(decoded) => {
                    let digest = ContentDigest::from_sha256(&file.sha256);
                    let document = Document::with_digest(file.path.clone(), decoded.text, digest);
                    documents.insert(file.path, document);
                }
                None => drop(binary.insert(file.path)),
            }
            if progress.is_closed() {
                return None;
            }
        }
    }
    documents.extend(given.into_iter().map(|document| (document.path.clone(), document)));
    // What people wrote comes first, for when there is more than an index takes.
    let mut documents: Vec<Document> = documents.into_values().collect();
    documents.sort_by(|left, right| (left.role, &left.path).cmp(&(right.role, &right.path)));
    let kept = cached.and_then(|bytes| Kept::from_bytes(&bytes));
    let had_cache = kept.is_some();
    let (index, refreshed) = opened(kept, documents, progress)?;
    let stale = refreshed.read + refreshed.removed;
    let is_worth_keeping = if had_cache { is_stale(stale, &index) } else { index.counts().documents > 0 };
    let to_keep = (may_keep && is_worth_keeping).then(|| index.to_bytes()).flatten();
    let stale = if to_keep.is_some() || !had_cache { 0 } else { stale };
    let (commands, seen) = (commands(&index), known(seen, &index, &binary));
    (!progress.is_closed()).then_some(Found { index, commands, seen, binary, skipped, stale, to_keep })
}

/// What need not be read again: what the index has the text of, and what is no text.
fn known(mut seen: Seen, index: &Index, binary: &BTreeSet<String>) -> Seen {
    seen.keep(|path| index.text(path).is_some() || binary.contains(path));
    seen
}

fn commands(index: &Index) -> Vec<ProjectCommand> {
    let mut files: Vec<_> =
        index.paths().filter_map(|path| Some(ProjectFile { path, text: index.text(path)? })).collect();
    files.sort_by_key(|file| file.path);
    project_commands(&files)
}

/// The index of these documents, as long as somebody waits for it; says now and then how far it is.
fn opened(
    kept: Option<Kept>,
    documents: Vec<Document>,
    progress: &Sender<u64>,
) -> Option<(Index, Refreshed)> {
    let told = |done: usize, _: usize| {
        let done = done as u64;
        if done > 0 && done.is_multiple_of(FILES_PER_PROGRESS) {
            // One who is still saying the last number gets a later one.
            let _ = progress.try_send(done);
        }
    };
    let watch = Watch { is_stopped: &|| progress.is_closed(), progress: &told };
    match kept {
        Some(kept) => kept.open(documents, &watch).ok(),
        None => {
            let mut index = Index::default();
            let refreshed = index.refresh(documents, &watch).ok()?;
            Some((index, refreshed))
        }
    }
}

/// Whether so many files are not as the cache says that it is worth writing anew.
fn is_stale(stale: usize, index: &Index) -> bool {
    stale >= STALE_MIN && stale * FILES_PER_STALE_MAX >= index.counts().documents
}

/// The rest of a path below a folder; nothing when it lies elsewhere. All lies below the empty folder, the workspace's own.
pub(crate) fn within<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

const fn reason(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::TooLarge => "larger than 10 MB",
        SkipReason::Unreadable => "unreadable",
        SkipReason::LinkOutside => "links that lead nowhere or outside",
        SkipReason::NameNotUtf8 => "with a name that is not UTF-8",
        SkipReason::NotAFile => "no regular files",
        SkipReason::TooMany => "beyond the limit of files",
    }
}

impl Workspace {
    /// What was left out, in a sentence; nothing when all was read.
    pub(crate) fn said_left_out(&self) -> Option<String> {
        let mut parts: Vec<_> = self.left_out.iter().map(|(why, count)| format!("{count} {why}")).collect();
        let cut_short = self.index.counts().cut_short;
        if cut_short > 0 {
            parts.push(format!("{cut_short} of which only the beginning was read"));
        }
        (!parts.is_empty()).then(|| format!("files that were left out: {}", parts.join(", ")))
    }
}
