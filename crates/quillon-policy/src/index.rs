//! Which statements can speak about an action, found without looking at the others.
//!
//! Every action pattern has a literal start. Sorted by that start, the patterns whose start begins the asked action are
//! a handful of ranges, one for each length of start that occurs. Policies of ordinary size are simply read from top to
//! bottom, which is faster still.

use crate::statement::{Scope, Statement};

/// Policies with more statements than this have an index.
const READ_THROUGH_MAX: usize = 32;

/// Statements by the literal start of their actions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Index {
    /// Sorted; empty when the policy is read through.
    starts: Box<[(Box<str>, u32)]>,
    /// The lengths of start that occur, ascending.
    lengths: Box<[usize]>,
    /// Statements that a start says nothing about.
    others: Box<[u32]>,
}

impl Index {
    pub(crate) fn of(statements: &[Statement]) -> Self {
        if statements.len() <= READ_THROUGH_MAX {
            return Self::default();
        }
        let (mut starts, mut others) = (Vec::new(), Vec::new());
        for (place, statement) in (0_u32..).zip(statements) {
            match &statement.actions {
                Scope::These(patterns) => {
                    starts.extend(patterns.iter().map(|pattern| (pattern.prefix().into_boxed_str(), place)));
                }
                Scope::AllBut(_) => others.push(place),
            }
        }
        starts.sort_unstable();
        starts.dedup();
        let mut lengths: Vec<usize> = starts.iter().map(|(start, _)| start.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Self { starts: starts.into(), lengths: lengths.into(), others: others.into() }
    }

    /// The places of the statements that may speak about an action, in no order and perhaps more than once; `None` when
    /// every statement has to be read.
    pub(crate) fn candidates<'a>(&'a self, action: &'a str) -> Option<impl Iterator<Item = usize> + 'a> {
        if self.starts.is_empty() && self.others.is_empty() {
            return None;
        }
        let fitting = self.lengths.iter().filter_map(|&length| action.get(..length));
        let by_start = fitting.flat_map(|start| {
            let from = self.starts.partition_point(|(known, _)| **known < *start);
            self.starts[from..]
                .iter()
                .take_while(move |(known, _)| **known == *start)
                .map(|&(_, place)| place)
        });
        Some(by_start.chain(self.others.iter().copied()).map(|place| place as usize))
    }
}
