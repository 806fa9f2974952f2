//! What the holes of a pattern stand for.

use std::ops::Range;

use super::equal::same;
use crate::tree::{Id, Tree};

/// What one hole stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// A node.
    Node(Id),
    /// Several that follow one another: arguments or statements.
    Nodes(Vec<Id>),
    /// A word within a node: the name of a field, what a string says, a group of an expression.
    Word(String, Range<usize>),
}

impl Bound {
    /// Where it is written.
    pub(crate) fn span(&self, tree: &Tree) -> Option<Range<usize>> {
        match self {
            Self::Node(id) => Some(tree.span(*id)),
            Self::Nodes(ids) => Some(tree.span(*ids.first()?).start..tree.span(*ids.last()?).end),
            Self::Word(_, span) => Some(span.clone()),
        }
    }

    fn agrees(&self, other: &Self, tree: &Tree) -> bool {
        match (self, other) {
            (Self::Node(left), Self::Node(right)) => same(tree, *left, *right),
            (Self::Nodes(left), Self::Nodes(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| same(tree, *left, *right))
            }
            (Self::Word(left, _), Self::Word(right, _)) => left == right,
            (Self::Word(word, _), Self::Node(id)) | (Self::Node(id), Self::Word(word, _)) => {
                tree.word(*id) == word
            }
            _ => false,
        }
    }
}

/// What the holes of a pattern stand for, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bindings(Vec<(String, Bound)>);

impl Bindings {
    pub(crate) fn get(&self, name: &str) -> Option<&Bound> {
        self.0.iter().find(|(bound, _)| bound == name).map(|(_, bound)| bound)
    }

    /// Binds a hole, or asks whether it stands for the same again.
    pub(crate) fn bind(&mut self, tree: &Tree, name: &str, bound: Bound) -> bool {
        if name == "$_" || name == "$..._" || name.is_empty() {
            return true;
        }
        match self.get(name) {
            Some(before) => before.agrees(&bound, tree),
            None => {
                self.0.push((name.to_owned(), bound));
                true
            }
        }
    }

    /// Both together, where they agree.
    pub(crate) fn joined(&self, other: &Self, tree: &Tree) -> Option<Self> {
        let mut all = self.clone();
        other.0.iter().all(|(name, bound)| all.bind(tree, name, bound.clone())).then_some(all)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets what was bound after there were so many.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }
}
