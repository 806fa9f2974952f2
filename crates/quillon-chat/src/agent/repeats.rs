//! Notices a model that goes in circles: the same call with the same result, and nothing written in between; or the same
//! change again and again, which something between undoes.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use quillon_base::{Fault, FaultCode};

use crate::tool::{Call, Done};

/// From so many times on, the model is told.
const TOLD_AT: u32 = 3;
/// After so many times, the turn stops.
const STOPPED_AT: u32 = 5;

/// What was called with which result since something was last written.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    seen: HashMap<u64, u32>,
    /// What was written since the turn began.
    written: HashMap<u64, u32>,
    hasher: RandomState,
}

impl Repeats {
    /// Notes a step; a result that came too often says so.
    ///
    /// # Errors
    /// `model.failed` when the model goes on all the same.
    pub(super) fn note(&mut self, calls: &[Call], results: &mut [Done]) -> Result<(), Fault> {
        // The same call twice in one answer is clumsy, not a circle.
        let mut of_this_step = HashSet::new();
        for (call, done) in calls.iter().zip(results) {
            let wrote = done.changed && !done.failed;
            if wrote {
                self.seen.clear();
            }
            let mark = self.hasher.hash_one((&call.name, &call.arguments, &done.text));
            let counted = if wrote { &mut self.written } else { &mut self.seen };
            let times = counted.entry(mark).or_default();
            *times += u32::from(of_this_step.insert(mark));
            if *times >= STOPPED_AT {
                let (name, times) = (&call.name, *times);
                let message = format!(
                    "the model goes in circles: the same call of `{name}` gave the same {times} times"
                );
                return Err(Fault::new(FaultCode::ModelFailed, message)
                    .hint("say what to do differently and go on with `--resume`"));
            }
            if *times >= TOLD_AT {
                let meanwhile = if wrote { "something undoes it" } else { "nothing was written in between" };
                let note = format!(
                    "\n[this call gave the same result {times} times, and {meanwhile}; do something else, or say what is \
                     in the way]"
                );
                done.text.push_str(&note);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, text: &str, changed: bool) -> (Call, Done) {
        let call = Call { id: "1".into(), name: name.into(), arguments: "{}".into(), written: "{}".into() };
        let (images, paths) = (Vec::new(), Vec::new());
        let done = Done { id: "1".into(), text: text.into(), failed: false, images, changed, paths };
        (call, done)
    }

    #[test]
    fn circles_are_told_then_stopped_and_a_write_begins_anew() {
        let mut repeats = Repeats::default();
        let mut note = |(call, done): (Call, Done)| {
            let mut done = [done];
            repeats.note(&[call], &mut done).map(|()| done[0].text.contains("do something else"))
        };
        assert_eq!(note(step("a", "x", false)), Ok(false));
        assert_eq!(note(step("b", "x", false)), Ok(false));
        assert_eq!(note(step("a", "x", false)), Ok(false));
        assert_eq!(note(step("a", "y", false)), Ok(false));
        assert_eq!(note(step("a", "x", false)), Ok(true));
        assert_eq!(note(step("w", "", true)), Ok(false));
        for expected in [false, false, true, true] {
            assert_eq!(note(step("a", "x", false)), Ok(expected));
        }
        assert_eq!(note(step("a", "x", false)).unwrap_err().code, FaultCode::ModelFailed);
        // To and fro is a circle as well.
        let mut repeats = Repeats::default();
        let mut note = |text: &str| {
            let (call, mut done) = step("fs_write", text, true);
            repeats.note(&[call], std::slice::from_mut(&mut done)).map(|()| done.text.contains("undoes it"))
        };
        for expected in [false, false, true, true] {
            assert_eq!((note("to"), note("fro")), (Ok(expected), Ok(expected)));
        }
        assert_eq!(note("to").unwrap_err().code, FaultCode::ModelFailed);
    }
}
