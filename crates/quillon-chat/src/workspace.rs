//! The workspace as a turn sees it: read once, in bulk, and indexed.

use std::collections::BTreeMap;
use std::sync::Arc;

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::event::Progress;
use quillon_host::SkipReason;
use quillon_retrieve::{Document, Index};
use quillon_road::{Passage, Tree};
use quillon_workspace::{ProjectCommand, ProjectFile, project_commands};

/// What was read.
pub(crate) struct Workspace {
    pub(crate) index: Arc<Index>,
    /// How the project is built, tested and run, as its files say it.
    pub(crate) commands: Vec<ProjectCommand>,
    /// What was left out, counted by why.
    pub(crate) left_out: BTreeMap<&'static str, usize>,
}

/// Reads and indexes the workspace, or what lies below a folder.
///
/// # Errors
/// `workspace.missing`, `policy.refused`, `cancelled`, and those of files.
pub(crate) async fn read(passage: &Passage, below: Option<&str>) -> Result<Workspace, Fault> {
    let progress = |label: &str, done: u64, total: Option<u64>| {
        Event::Progress(Progress { label: label.to_owned(), done, total })
    };
    let tree = passage.read_tree(below).await?;
    let files = tree.files.len() as u64;
    passage.say(progress("indexing files", 0, Some(files))).await?;
    let indexing = tokio::task::spawn_blocking(move || index(tree));
    let workspace = indexing.await.map_err(|error| Fault::internal("indexing stopped").inner(error))?;
    passage.say(progress("indexing files", files, Some(files))).await?;
    if passage.is_cancelled() {
        return Err(Fault::new(FaultCode::Cancelled, "the work was stopped"));
    }
    Ok(workspace)
}

fn index(tree: Tree) -> Workspace {
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    for skipped in &tree.skipped {
        *left_out.entry(reason(skipped.reason)).or_default() += 1;
    }
    let mut binary = 0;
    let decoded = tree.files.into_iter().filter_map(|file| match quillon_text::decode(&file.bytes) {
        Some(decoded) => Some(Document::new(file.path, decoded.text)),
        None => {
            binary += 1;
            None
        }
    });
    let documents: Vec<Document> = decoded.collect();
    let files: Vec<_> =
        documents.iter().map(|document| ProjectFile { path: &document.path, text: &document.text }).collect();
    let commands = project_commands(&files);
    let index = Index::build(documents);
    if binary > 0 {
        left_out.insert("not text", binary);
    }
    let counts = index.counts();
    if counts.left_out > 0 {
        left_out.insert("beyond the limit of the index", counts.left_out);
    }
    Workspace { index: Arc::new(index), commands, left_out }
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
        if self.left_out.is_empty() {
            return None;
        }
        let parts: Vec<_> = self.left_out.iter().map(|(why, count)| format!("{count} {why}")).collect();
        Some(format!("files that were left out: {}", parts.join(", ")))
    }
}
