//! The indexes of workspaces that this process asked about, so that the next question costs what changed since.
//!
//! An index is handed out by [`Library::take`] and comes back by [`Library::put`], so nobody changes one that another
//! reads. It is no way around a decision: what an index may be used for is decided when the workspace is read, which every
//! question does, and what is no longer there for the asker is taken out before it is asked. Each asker has their own.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quillon_retrieve::Index;
use quillon_road::Seen;
use quillon_workspace::ProjectCommand;

/// The most workspaces that stay in memory; the one that was asked about longest ago goes first.
const WORKSPACES_MAX: usize = 3;
/// The most workspaces of which it is remembered that their cache was removed; removing one again does no harm.
const CLEARED_MAX: usize = 1_024;

/// What is known of a workspace from the question before.
pub(crate) struct Held {
    pub(crate) index: Arc<Index>,
    /// What was read, as far as the index has its text.
    pub(crate) seen: Arc<Seen>,
    /// Files that are no text.
    pub(crate) binary: BTreeSet<String>,
    pub(crate) commands: Vec<ProjectCommand>,
    /// How many files changed since the cache was written.
    pub(crate) stale: usize,
}

/// Whose index of which workspace.
pub(crate) type Key = (String, String);

/// The indexes that stay in memory.
#[derive(Default)]
pub(crate) struct Library {
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// The latest last.
    held: Vec<(Key, Held)>,
    /// The workspaces of which a cache that is not wanted was removed.
    cleared: BTreeSet<Key>,
}

impl Library {
    /// Takes the index of a workspace out.
    pub(crate) fn take(&self, key: &Key) -> Option<Held> {
        let mut shelf = self.shelf();
        let place = shelf.held.iter().position(|(known, _)| known == key)?;
        Some(shelf.held.remove(place).1)
    }

    /// Puts the index of a workspace in, instead of the one that is there.
    pub(crate) fn put(&self, key: Key, held: Held) {
        let mut shelf = self.shelf();
        shelf.held.retain(|(known, _)| *known != key);
        shelf.held.push((key, held));
        if shelf.held.len() > WORKSPACES_MAX {
            shelf.held.remove(0);
        }
    }

    /// Whether this is the first time that a workspace is asked about with no index to be kept.
    pub(crate) fn is_first_clearing(&self, key: &Key) -> bool {
        let cleared = &mut self.shelf().cleared;
        if cleared.len() >= CLEARED_MAX {
            cleared.clear();
        }
        cleared.insert(key.clone())
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Library").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_of_longest_ago_goes_first() {
        let library = Library::default();
        let key = |number: usize| ("ana".to_owned(), number.to_string());
        let held = || Held {
            index: Arc::default(),
            seen: Arc::default(),
            binary: BTreeSet::new(),
            commands: Vec::new(),
            stale: 0,
        };
        (0..WORKSPACES_MAX).for_each(|number| library.put(key(number), held()));
        let first = library.take(&key(0)).unwrap();
        library.put(key(0), first);
        library.put(key(9), held());
        assert!(library.take(&key(1)).is_none() && library.take(&key(0)).is_some());
        assert!(library.take(&key(0)).is_none(), "it is handed out once");
        assert!(library.take(&("bo".to_owned(), "9".to_owned())).is_none(), "each asker has their own");
        assert!(library.is_first_clearing(&key(0)) && !library.is_first_clearing(&key(0)));
    }
}
