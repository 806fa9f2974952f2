//! How much one text may cost. The tree parser is code in C that runs on its own, so what bounds it is asked now and
//! then while it works: a budget of steps, and the caller's wish to stop.

use std::cell::Cell;
use std::ops::ControlFlow;

use crate::Cut;

/// The bytes of one file that are read by default.
pub const BYTES_MAX: usize = 10 * 1024 * 1024;

/// The steps that one text may take by default; ordinary code takes about two for each byte.
pub const STEPS_MAX: u64 = 200_000_000;

/// The facts of each sort that are kept by default.
pub const FACTS_MAX: usize = 500_000;

/// Steps for each byte of a text that are the most: some 4,000 files of ordinary code stay below, so a text that takes more is made to hurt,
/// and cost stays in proportion to length.
const STEPS_PER_BYTE_MAX: u64 = 20;

/// Steps that a text of any length may take.
const STEPS_FLOOR: u64 = 200_000;

/// How many steps the tree parser takes between two questions.
const STEPS_PER_QUESTION: u64 = 100;

/// What reading one text may cost.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// The bytes of the text; a longer one gives no facts.
    pub bytes_max: usize,
    /// The steps of the parser, and again of the search for facts.
    pub steps_max: u64,
    /// The facts of each sort; the rest is left out.
    pub facts_max: usize,
    /// Whether uses of names that are neither calls, types nor imports are kept. They are most of all references.
    pub keeps_plain_references: bool,
    /// Asked now and then; work stops soon after it says yes.
    pub is_cancelled: &'a dyn Fn() -> bool,
}

impl Default for Limits<'_> {
    fn default() -> Self {
        Self {
            bytes_max: BYTES_MAX,
            steps_max: STEPS_MAX,
            facts_max: FACTS_MAX,
            keeps_plain_references: true,
            is_cancelled: &|| false,
        }
    }
}

/// Counts the steps of one piece of work.
pub(crate) struct Budget<'a> {
    limits: &'a Limits<'a>,
    steps_left: Cell<u64>,
    cut: Cell<Option<Cut>>,
}

impl<'a> Budget<'a> {
    pub(crate) fn new(limits: &'a Limits<'a>, text: &str) -> Self {
        let in_proportion = STEPS_FLOOR + STEPS_PER_BYTE_MAX * text.len() as u64;
        Self { limits, steps_left: Cell::new(limits.steps_max.min(in_proportion)), cut: Cell::new(None) }
    }

    /// Answers the parser's question whether to go on.
    pub(crate) fn ask(&self) -> ControlFlow<()> {
        self.spend(STEPS_PER_QUESTION)
    }

    /// Takes steps off, and says whether to go on.
    pub(crate) fn spend(&self, steps: u64) -> ControlFlow<()> {
        self.steps_left.set(self.steps_left.get().saturating_sub(steps));
        let cut = if (self.limits.is_cancelled)() {
            Some(Cut::Cancelled)
        } else {
            (self.steps_left.get() == 0).then_some(Cut::TooManySteps)
        };
        self.cut.set(self.cut.get().or(cut));
        if self.cut.get().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Why the work stopped, where it did.
    pub(crate) fn cut(&self) -> Option<Cut> {
        self.cut.get()
    }
}
