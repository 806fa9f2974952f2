//! A gate that lets one chunk through each time it is opened.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A test that never opens its gate ends here rather than never.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Holds the chunks of an answer.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    open: usize,
    is_removed: bool,
}

impl Gate {
    /// Lets one more chunk through.
    pub fn open(&self) {
        self.change(|state| state.open += 1);
    }

    /// Lets everything through from now on.
    pub fn remove(&self) {
        self.change(|state| state.is_removed = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    /// Waits until one more chunk may pass; `false` when that took too long.
    pub(crate) fn pass(&self) -> bool {
        let state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_shut = |state: &mut State| state.open == 0 && !state.is_removed;
        let waited = self.0.1.wait_timeout_while(state, WAIT_MAX, is_shut);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        state.open = state.open.saturating_sub(1);
        !waited.timed_out()
    }
}
