//! Lists a workspace through the folder that is held, on several threads, in an order that does not depend on them.
//!
//! Folders wait in one stack, the first in the order of paths on top. Each worker takes one, lists it, and puts its
//! folders back. When more files were found than are wanted, everything behind the last wanted one is dropped, waiting
//! folders included ([`Found::cut`]); so the first `files_max` paths come out whatever the disk or the threads do.
//!
//! Links are never followed. A folder that becomes a link while the walk is under way is not entered, and nothing
//! beyond the held folder can be opened at all.

mod folder;

use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use cap_std::fs::Dir;
use quillon_base::{Fault, FaultCode};
use quillon_host::{Cancelled, FileStat, SkipReason, Skipped, WalkOptions, Walked};

use crate::ambient::{self, Around};
use crate::fault;
use crate::reading::real_path;
use crate::rules::Kind;
use folder::{Folder, List, rules_of};

/// More threads wait for the same disk.
const THREADS_MAX: usize = 8;
/// How many files beyond the wanted ones are gathered before they are sorted out.
const SURPLUS_MAX: usize = 16 * 1024;

/// Walks the workspace that is held as `root` and was found at `root_path`.
pub(crate) fn walk(
    root: &Dir,
    root_path: &Path,
    options: &WalkOptions,
    cancelled: Cancelled<'_>,
) -> Result<Walked, Fault> {
    let around = ambient::rules_around(root_path)?;
    let start = start(root, &around, options)?;
    let list = List { root, around: &around, file_bytes_max: options.file_bytes_max, cancelled };
    let walk = Walk {
        list,
        files_max: options.files_max,
        state: Mutex::new(State { waiting: vec![start], ..State::default() }),
        changed: Condvar::new(),
    };
    let threads = available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| walk.work());
        }
        walk.work();
    });
    walk.finish()
}

/// The folder to start from, with the rules above it. Its own are read here too, so that an unusable one is a fault.
fn start(root: &Dir, around: &Around, options: &WalkOptions) -> Result<Folder, Fault> {
    let mut rules = Arc::clone(&around.rules);
    let mut path = String::new();
    let Some(below) = &options.below else {
        rules_of(root, around, &path, &rules)?;
        return Ok(Folder { path, rules });
    };
    let shown = below.as_str();
    let real = real_path(root, shown).map_err(|error| fault::reading(&error, shown))?;
    let is_folder = root.metadata(&real).is_ok_and(|found| found.is_dir());
    if !is_folder {
        return Err(Fault::new(FaultCode::FileUnreadable, format!("`{shown}` is a file, not a folder"))
            .hint("read it as a file, or name the folder that it is in"));
    }
    for name in real.iter().filter(|&name| name != ".") {
        let name = name.to_str().ok_or_else(|| fault::not_a_file(shown))?;
        if name == ".git" {
            return Err(fault::belongs_to_git(shown));
        }
        rules = rules_of(root, around, &path, &rules)?;
        path = folder::join(&path, name);
        if rules.verdict(Kind::Amazonq, &folder::join(&around.prefix, &path), true) == Some(true) {
            return Err(ambient::excluded(shown));
        }
    }
    rules_of(root, around, &path, &rules)?;
    root.read_dir(if path.is_empty() { "." } else { &path })
        .map_err(|error| fault::reading(&error, shown))?;
    Ok(Folder { path, rules })
}

struct Walk<'w> {
    list: List<'w>,
    files_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Folder>,
    /// Workers that are listing a folder.
    busy: usize,
    is_stopped: bool,
    found: Found,
}

#[derive(Default)]
struct Found {
    files: Vec<FileStat>,
    skipped: Vec<Skipped>,
    /// From this path on nothing is wanted any more.
    cut: Option<String>,
}

impl Walk<'_> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        // A worker that panics must not leave the others waiting for it.
        let _stop = StopOnPanic(self);
        while let Some(folder) = self.next() {
            let mut listed = self.list.list(&folder);
            if let Some(listed) = &mut listed {
                listed.sort();
            }
            let mut state = self.state();
            state.busy -= 1;
            match listed {
                Some(mut listed) => {
                    state.waiting.append(&mut listed.folders);
                    state.found.files.append(&mut listed.files);
                    state.found.skipped.append(&mut listed.skipped);
                    if state.found.files.len() > self.files_max.saturating_add(SURPLUS_MAX) {
                        state.cut(self.files_max);
                    }
                }
                None => state.is_stopped = true,
            }
            drop(state);
            self.changed.notify_all();
        }
    }

    /// The next folder, or `None` when there will be none any more.
    fn next(&self) -> Option<Folder> {
        let mut state = self.state();
        loop {
            if state.is_stopped {
                return None;
            }
            if let Some(folder) = state.waiting.pop() {
                state.busy += 1;
                return Some(folder);
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(self) -> Result<Walked, Fault> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if state.is_stopped {
            return Err(Fault::new(FaultCode::Cancelled, "the work was stopped"));
        }
        state.cut(self.files_max);
        let Found { mut files, mut skipped, cut } = state.found;
        // Each folder's files are in order already, and this sort makes use of that.
        files.sort_by(|one, other| one.path.cmp(&other.path));
        if let Some(path) = cut {
            skipped.retain(|skipped| skipped.path < path);
            skipped.push(Skipped { path, reason: SkipReason::TooMany });
        }
        skipped.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(Walked { files, skipped })
    }
}

impl State {
    /// Drops what lies behind the first `files_max` files.
    fn cut(&mut self, files_max: usize) {
        let Found { files, skipped, cut } = &mut self.found;
        if let Some(cut) = cut {
            files.retain(|file| file.path.as_str() < cut.as_str());
        }
        if files.len() > files_max {
            let (_, first_unwanted, _) =
                files.select_nth_unstable_by(files_max, |one, other| one.path.cmp(&other.path));
            *cut = Some(first_unwanted.path.to_string());
            files.truncate(files_max);
        }
        if let Some(cut) = cut {
            skipped.retain(|skipped| skipped.path < *cut);
            // Everything in a folder comes behind its name and a `/`.
            self.waiting.retain(|folder| folder.path.is_empty() || format!("{}/", folder.path) < *cut);
        }
    }
}

struct StopOnPanic<'w>(&'w Walk<'w>);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.state().is_stopped = true;
            self.0.changed.notify_all();
        }
    }
}
