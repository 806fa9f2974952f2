//! The workspace as a turn sees it: read once, in bulk, and indexed. What was read of contents that are still the same
//! comes out of the cache; a cache that cannot be read or written costs time and nothing else.

use std::collections::BTreeMap;

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::event::Progress;
use quillon_host::SkipReason;
use quillon_retrieve::{ContentDigest, Document, Index, Kept, Refreshed, Watch};
use quillon_road::{Passage, Tree};
use quillon_workspace::{ProjectCommand, ProjectFile, project_commands};
use tokio::sync::mpsc::{Sender, channel};

use crate::context::{Context, Given};

/// How many files are indexed between two words about it.
const FILES_PER_PROGRESS: u64 = 100;
/// The setting that says whether an index is kept.
const KEEPS_INDEX: &str = "quillon.index";
/// A cache is replaced when one of so many files is not as it says, or more.
const FILES_PER_STALE_MAX: usize = 50;
/// And fewer than these are no reason.
const STALE_MIN: usize = 20;

/// What was read.
pub(crate) struct Workspace {
    pub(crate) index: Index,
    /// How the project is built, tested and run, as its files say it.
    pub(crate) commands: Vec<ProjectCommand>,
    /// What the cache should hold from now on, when that is another thing than it does.
    to_keep: Option<Vec<u8>>,
    /// What was left out, counted by why.
    left_out: BTreeMap<&'static str, usize>,
}

/// Reads and indexes the workspace, or what the context says to look in.
///
/// For the embedded engine a file that was handed over is a place to look in; a model reads the file itself.
///
/// # Errors
/// `workspace.missing`, `policy.refused`, `cancelled`, and those of files.
pub(crate) async fn read(passage: &Passage, context: &Context, for_model: bool) -> Result<Workspace, Fault> {
    let mut trees = Vec::new();
    let mut documents = Vec::new();
    let is_whole = !context.narrows(for_model);
    let keeps = is_whole && passage.settings().text(KEEPS_INDEX) == "on";
    let cached = if keeps { passage.read_index().await.ok().flatten() } else { None };
    if context.narrows(for_model) {
        documents.extend(context.files.iter().filter_map(Given::document));
        for folder in &context.folders {
            trees.push(passage.read_tree(Some(folder)).await?);
        }
    } else {
        trees.push(passage.read_tree(None).await?);
    }
    let files = trees.iter().map(|tree| tree.files.len() as u64).sum();
    let progress = |done: u64| Progress { label: "indexing files".into(), done, total: Some(files) };
    passage.say(Event::Progress(progress(0))).await?;
    // When this future is dropped because the ask was stopped, the channel closes, and the thread stops too.
    let (sender, mut receiver) = channel(1);
    let indexing = tokio::task::spawn_blocking(move || index(trees, documents, cached, keeps, &sender));
    while let Some(done) = receiver.recv().await {
        passage.say(Event::Progress(progress(done))).await?;
    }
    let workspace = indexing.await.map_err(|error| Fault::internal("indexing stopped").inner(error))?;
    passage.say(Event::Progress(progress(files))).await?;
    let mut workspace = workspace.ok_or_else(|| Fault::new(FaultCode::Cancelled, "the work was stopped"))?;
    if let Some(bytes) = workspace.to_keep.take() {
        // What cannot be kept is read again the next time; the record says that it was refused or failed.
        let _ = passage.write_index(Some(&bytes)).await;
    }
    Ok(workspace)
}

/// Indexes files; `None` when nobody waits for it any more.
fn index(
    trees: Vec<Tree>,
    given: Vec<Document>,
    cached: Option<Vec<u8>>,
    keeps: bool,
    progress: &Sender<u64>,
) -> Option<Workspace> {
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut documents: BTreeMap<String, Document> = BTreeMap::new();
    let mut binary = 0;
    let skipped = trees.iter().flat_map(|tree| &tree.skipped);
    for skipped in skipped {
        *left_out.entry(reason(skipped.reason)).or_default() += 1;
    }
    for file in trees.into_iter().flat_map(|tree| tree.files) {
        match quillon_text::decode(&file.bytes) {
            Some(decoded) => {
                let digest = ContentDigest::of(&file.bytes);
                documents.insert(file.path.clone(), Document::with_digest(file.path, decoded.text, digest));
            }
            None => binary += 1,
        }
        if progress.is_closed() {
            return None;
        }
    }
    documents.extend(given.into_iter().map(|document| (document.path.clone(), document)));
    let commands = {
        let said = documents.values();
        let files: Vec<_> =
            said.map(|document| ProjectFile { path: &document.path, text: &document.text }).collect();
        project_commands(&files)
    };
    // What people wrote comes first, for when there is more than an index takes.
    let mut documents: Vec<Document> = documents.into_values().collect();
    documents.sort_by(|left, right| (left.role, &left.path).cmp(&(right.role, &right.path)));
    let kept = cached.and_then(|bytes| Kept::from_bytes(&bytes));
    let had_cache = kept.is_some();
    let (index, refreshed) = opened(kept, documents, progress)?;
    let to_keep =
        (keeps && is_worth_keeping(&index, refreshed, had_cache)).then(|| index.to_bytes()).flatten();
    let counts = index.counts();
    for (why, count) in [("not text", binary), ("left out of the index", counts.left_out)] {
        if count > 0 {
            left_out.insert(why, count);
        }
    }
    (!progress.is_closed()).then_some(Workspace { index, commands, to_keep, left_out })
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

fn is_worth_keeping(index: &Index, refreshed: Refreshed, had_cache: bool) -> bool {
    let stale = refreshed.read + refreshed.removed;
    let documents = index.counts().documents;
    !had_cache && documents > 0 || stale >= STALE_MIN && stale * FILES_PER_STALE_MAX >= documents
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
