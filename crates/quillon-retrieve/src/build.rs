//! Reading many documents at once, with word of how far it is and a way to stop.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::document::Document;
use crate::read::{Draft, Reader};

/// More threads than this read no faster: what they read is merged by one.
const THREADS_MAX: usize = 8;
/// How many drafts wait to be merged.
const DRAFTS_WAITING_MAX: usize = 64;
/// Fewer documents are read by one thread.
const DOCUMENTS_PER_THREAD_MIN: usize = 8;

/// Who watches work that takes a while.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Asked often, also within one document; `true` stops the work.
    pub is_stopped: &'a (dyn Fn() -> bool + Sync),
    /// Told how many documents are read, of how many.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl Watch<'static> {
    /// Nobody watches.
    #[must_use]
    pub fn nobody() -> Self {
        Self { is_stopped: &|| false, progress: &|_, _| {} }
    }
}

/// The work was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// What was read, in the order of the documents, each with the number of its reader.
pub(crate) struct Drafts {
    pub(crate) drafts: Vec<(usize, Draft)>,
    pub(crate) readers: usize,
}

/// Reads documents. Each reader's drafts stand in the order in which it made them, so that words get the same ids
/// whichever thread was faster.
pub(crate) fn read_all(documents: &[Document], watch: &Watch<'_>) -> Result<Drafts, Stopped> {
    let most = (documents.len() / DOCUMENTS_PER_THREAD_MIN).clamp(1, THREADS_MAX);
    let readers = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(most);
    if readers == 1 {
        return read_alone(documents, watch);
    }
    let next = AtomicUsize::new(0);
    let drafts = thread::scope(|scope| {
        let (sender, receiver) = sync_channel(DRAFTS_WAITING_MAX);
        for reader in 0..readers {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || read_some(reader, documents, next, &sender, watch));
        }
        drop(sender);
        collect(&receiver, documents.len(), watch)
    });
    Ok(Drafts { drafts: drafts?, readers })
}

fn read_alone(documents: &[Document], watch: &Watch<'_>) -> Result<Drafts, Stopped> {
    let mut reader = Reader::default();
    let mut drafts = Vec::with_capacity(documents.len());
    for (done, document) in documents.iter().enumerate() {
        (watch.progress)(done, documents.len());
        drafts.push((0, reader.read(document, watch.is_stopped)));
        if (watch.is_stopped)() {
            return Err(Stopped);
        }
    }
    Ok(Drafts { drafts, readers: 1 })
}

type Sent = (usize, usize, Draft);

fn read_some(
    number: usize,
    documents: &[Document],
    next: &AtomicUsize,
    sender: &SyncSender<Sent>,
    watch: &Watch<'_>,
) {
    let mut reader = Reader::default();
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(document) = documents.get(at) else { return };
        let draft = reader.read(document, watch.is_stopped);
        // The one who collects has gone when the work was stopped.
        if (watch.is_stopped)() || sender.send((at, number, draft)).is_err() {
            return;
        }
    }
}

fn collect(
    receiver: &Receiver<Sent>,
    count: usize,
    watch: &Watch<'_>,
) -> Result<Vec<(usize, Draft)>, Stopped> {
    let mut early: BTreeMap<usize, (usize, Draft)> = BTreeMap::new();
    let mut drafts = Vec::with_capacity(count);
    for (at, reader, draft) in receiver {
        early.insert(at, (reader, draft));
        while let Some(next) = early.remove(&drafts.len()) {
            drafts.push(next);
        }
        (watch.progress)(drafts.len(), count);
    }
    if drafts.len() == count && !(watch.is_stopped)() { Ok(drafts) } else { Err(Stopped) }
}
