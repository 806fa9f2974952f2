//! Scans off the runtime, and says how far it is.

use std::num::NonZeroUsize;

use quillon_base::FaultCode;
use quillon_contract::event::Progress;
use quillon_contract::{Event, Fault};
use quillon_detect::{Language, Rule, Scan, Scanner, Text, Watch};
use quillon_road::Passage;
use tokio::sync::mpsc::{Sender, channel};

use crate::scope::Scope;

/// How many files are scanned between two words about it.
const FILES_PER_PROGRESS: usize = 200;
/// The most texts that are read at the same time.
const THREADS_MAX: usize = 8;

/// What a scan gave, with what it looked at and what it looked with.
pub(crate) struct Scanned {
    pub(crate) scan: Scan,
    pub(crate) scope: Scope,
    pub(crate) scanner: Scanner,
}

/// Scans what is in scope.
///
/// # Errors
/// `cancelled`.
pub(crate) async fn scanned(passage: &Passage, scope: Scope, own: Vec<Rule>) -> Result<Scanned, Fault> {
    let files = scope.files.len() as u64;
    let progress =
        |done: u64| Event::Progress(Progress { label: "reviewing files".into(), done, total: Some(files) });
    passage.say(progress(0)).await?;
    // When this future is dropped because the ask was stopped, the channel closes, and the scan stops too.
    let (sender, mut receiver) = channel(4);
    let scanning = tokio::task::spawn_blocking(move || {
        let (scan, scanner) = scan(&scope, own, &sender);
        Scanned { scan, scope, scanner }
    });
    while let Some(done) = receiver.recv().await {
        passage.say(progress(done)).await?;
    }
    let done = scanning.await.map_err(|error| Fault::internal("reviewing stopped").inner(error))?;
    if passage.is_cancelled() {
        return Err(Fault::new(FaultCode::Cancelled, "the work was stopped"));
    }
    passage.say(progress(files)).await?;
    Ok(done)
}

fn scan(scope: &Scope, own: Vec<Rule>, progress: &Sender<u64>) -> (Scan, Scanner) {
    let texts: Vec<Text<'_>> =
        scope.files.iter().map(|(path, file)| Text { path, text: &file.text }).collect();
    let mut scanner = Scanner::new(own, true);
    for language in texts.iter().filter_map(|text| Language::of_path(text.path)) {
        scanner.prepare(language);
    }
    let count = std::sync::atomic::AtomicUsize::new(0);
    let done = || {
        let done = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        if done.is_multiple_of(FILES_PER_PROGRESS) {
            // One who is still saying the last number gets a later one.
            let _ = progress.try_send(done as u64);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
    let watch = Watch { threads, done: &done, is_cancelled: &|| progress.is_closed() };
    let scan = scanner.scan_prepared(&texts, &watch);
    (scan, scanner)
}
