//! A text that has been read, kept so that an edit costs only what it touches. Start at [`parse`], or at [`facts`] for
//! a file that is read once.

use std::ops::ControlFlow;

use tree_sitter::{InputEdit, ParseOptions, Parser, Point, Range, Tree};

use crate::assemble::assemble;
use crate::gather::Gathered;
use crate::grammar::{Grammar, Reader, TreeReader, grammar_of};
use crate::limits::Budget;
use crate::query::{count_errors, search};
use crate::{Cut, Facts, Limits};

/// Bytes of text that the parser is handed at a time.
const PIECE_BYTES: usize = 8 * 1024;

/// How deep code may stand in loose words within loose words and still be read.
const LOOSE_DEPTH_MAX: usize = 4;

/// What reading one piece costs.
const STEPS_PER_PIECE: u64 = 200;

/// One replacement in a text: the bytes `start..end` of the text as it was become `inserted` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The first byte that goes.
    pub start: usize,
    /// The byte after the last that goes.
    pub end: usize,
    /// How many bytes come.
    pub inserted: usize,
}

/// A text that has been read.
#[derive(Clone, Debug)]
pub struct Syntax {
    /// The language that was asked for, which an edit may turn back to.
    asked: &'static Grammar,
    /// The language that it was read as.
    grammar: &'static Grammar,
    text: String,
    tree: Option<Tree>,
    cut: Option<Cut>,
}

/// Everything that a text says, in one go.
#[must_use]
pub fn facts(grammar: &'static Grammar, text: &str, limits: &Limits<'_>) -> Facts {
    let (grammar, tree, cut) = read(grammar, text, None, limits);
    find(grammar, text, tree.as_ref(), cut, limits)
}

/// Reads a text that will be edited.
#[must_use]
pub fn parse(grammar: &'static Grammar, text: &str, limits: &Limits<'_>) -> Syntax {
    let (read_as, tree, cut) = read(grammar, text, None, limits);
    Syntax { asked: grammar, grammar: read_as, text: text.to_owned(), tree, cut }
}

impl Syntax {
    /// The language that it was read as.
    #[must_use]
    pub const fn grammar(&self) -> &'static Grammar {
        self.grammar
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tree of the text, where the language has a grammar and no limit cut the reading short.
    #[must_use]
    pub const fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref()
    }

    /// Why the text was not read, where it was not.
    #[must_use]
    pub const fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// Everything that the text says.
    #[must_use]
    pub fn facts(&self, limits: &Limits<'_>) -> Facts {
        find(self.grammar, &self.text, self.tree.as_ref(), self.cut, limits)
    }

    /// Takes the new text. Each edit speaks of the text after the edits before it, as an editor sends them. Edits that
    /// do not lead from the old text to the new cost a full reading and nothing else.
    pub fn edit(&mut self, text: &str, edits: &[Edit], limits: &Limits<'_>) {
        let old = self.tree.take().and_then(|tree| edited(tree, &self.text, text, edits));
        let old = old.filter(|_| self.cut.is_none()).map(|tree| (self.grammar, tree));
        let (grammar, tree, cut) = read(self.asked, text, old, limits);
        self.grammar = grammar;
        self.tree = tree;
        self.cut = cut;
        text.clone_into(&mut self.text);
    }

    /// Takes the new text, and finds out what changed by itself.
    pub fn replace(&mut self, text: &str, limits: &Limits<'_>) {
        let edit = difference(&self.text, text);
        self.edit(text, &[edit], limits);
    }
}

/// The one edit that leads from a text to another.
fn difference(old: &str, new: &str) -> Edit {
    let alike = |(a, b): &(u8, u8)| a == b;
    let before = old.bytes().zip(new.bytes()).take_while(alike).count();
    let left = before.min(old.len()).min(new.len());
    let after = old[..].bytes().rev().zip(new.bytes().rev()).take_while(alike).count();
    let after = after.min(old.len() - left).min(new.len() - left);
    Edit { start: left, end: old.len() - after, inserted: new.len() - after - left }
}

/// The tree with the edits marked in it; nothing where they do not lead from the old text to the new.
fn edited(mut tree: Tree, old: &str, new: &str, edits: &[Edit]) -> Option<Tree> {
    let [edit] = edits else {
        // Several edits are one larger edit: the places in between need texts that no one has.
        return edited(tree, old, new, &[difference(old, new)]);
    };
    let Edit { start, end, inserted } = *edit;
    let new_end = start.checked_add(inserted)?;
    let fits =
        start <= end && new.get(..start)? == old.get(..start)? && new.get(new_end..)? == old.get(end..)?;
    if !fits {
        return edited_anew(tree, old, new, *edit);
    }
    tree.edit(&InputEdit {
        start_byte: start,
        old_end_byte: end,
        new_end_byte: new_end,
        start_position: point(old, start),
        old_end_position: point(old, end),
        new_end_position: point(new, new_end),
    });
    Some(tree)
}

fn edited_anew(tree: Tree, old: &str, new: &str, tried: Edit) -> Option<Tree> {
    let found = difference(old, new);
    if found == tried { None } else { edited(tree, old, new, &[found]) }
}

fn point(text: &str, byte: usize) -> Point {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let row = before.iter().filter(|byte| **byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    Point { row, column }
}

type Read = (&'static Grammar, Option<Tree>, Option<Cut>);

/// Reads the text as the language asked for, or as the wider one where that has fewer errors.
fn read(
    grammar: &'static Grammar,
    text: &str,
    old: Option<(&'static Grammar, Tree)>,
    limits: &Limits<'_>,
) -> Read {
    if text.len() > limits.bytes_max.min(u32::MAX as usize) {
        return (grammar, None, Some(Cut::TooLarge));
    }
    let of = |grammar: &Grammar| old.as_ref().filter(|(g, _)| g.fence == grammar.fence).map(|(_, tree)| tree);
    let Reader::Tree(reader) = &grammar.reader else { return (grammar, None, None) };
    let first = read_tree(reader, text, of(grammar), limits);
    let (Ok(tree), Some(otherwise)) = (&first, &grammar.otherwise) else { return settled(grammar, first) };
    let wider = grammar_of(otherwise.fence);
    let (Some(wider), true) = (wider, tree.root_node().has_error() && (otherwise.looks_like)(text)) else {
        return settled(grammar, first);
    };
    let Reader::Tree(wider_reader) = &wider.reader else { return settled(grammar, first) };
    match read_tree(wider_reader, text, of(wider), limits) {
        Ok(second) if count_errors(&second) < count_errors(tree) => settled(wider, Ok(second)),
        _ => settled(grammar, first),
    }
}

fn settled(grammar: &'static Grammar, tree: Result<Tree, Cut>) -> Read {
    match tree {
        Ok(tree) => (grammar, Some(tree), None),
        Err(cut) => (grammar, None, Some(cut)),
    }
}

fn read_tree(reader: &TreeReader, text: &str, old: Option<&Tree>, limits: &Limits<'_>) -> Result<Tree, Cut> {
    read_within(reader, text, old, &[], &Budget::new(limits, text))
}

/// Reads the ranges of a text; all of it where there are none.
fn read_within(
    reader: &TreeReader,
    text: &str,
    old: Option<&Tree>,
    ranges: &[Range],
    budget: &Budget<'_>,
) -> Result<Tree, Cut> {
    let mut parser = Parser::new();
    let mut ask = |_: &tree_sitter::ParseState| budget.ask();
    let is_set =
        parser.set_language(&reader.ready().language).is_ok() && parser.set_included_ranges(ranges).is_ok();
    let options = ParseOptions::new().progress_callback(&mut ask);
    let bytes = text.as_bytes();
    // Text is handed out in pieces that cost steps, so that reading ahead again and again has its price too.
    let mut from = |place: usize, _: Point| match budget.spend(STEPS_PER_PIECE) {
        ControlFlow::Continue(()) => {
            bytes.get(place..(place + PIECE_BYTES).min(bytes.len())).unwrap_or_default()
        }
        ControlFlow::Break(()) => &[],
    };
    let tree = is_set.then(|| parser.parse_with_options(&mut from, old, Some(options))).flatten();
    // A tree of a text that was cut off is no tree of this text.
    match (tree, budget.cut()) {
        (Some(tree), None) => Ok(tree),
        (_, cut) => Err(cut.unwrap_or(Cut::TooManySteps)),
    }
}

fn find(
    grammar: &'static Grammar,
    text: &str,
    tree: Option<&Tree>,
    cut: Option<Cut>,
    limits: &Limits<'_>,
) -> Facts {
    if let Some(cut) = cut {
        return Facts { cut: Some(cut), ..Facts::none(grammar.fence, grammar.separator) };
    }
    let budget = Budget::new(limits, text);
    let mut gathered = Gathered::default();
    let cut = match (&grammar.reader, tree) {
        (Reader::Tree(reader), Some(tree)) => {
            let mut loose = Vec::new();
            let cut = search(grammar, tree, text, (&budget, limits), &mut gathered, &mut loose);
            cut.or_else(|| find_loose(grammar, reader, text, (&budget, limits), &mut gathered, loose))
        }
        (Reader::Outline(outline), _) => {
            outline(text, &budget, &mut gathered);
            budget.cut()
        }
        (Reader::Tree(_), None) => None,
    };
    let facts = assemble(grammar, text, gathered, limits);
    Facts { cut: cut.or(facts.cut), ..facts }
}

/// Reads what the tree holds as loose words only, such as the items that a macro is handed. What is no code by itself is
/// in a language of the macro's own, and is left alone.
fn find_loose(
    grammar: &'static Grammar,
    reader: &TreeReader,
    text: &str,
    (budget, limits): (&Budget<'_>, &Limits<'_>),
    gathered: &mut Gathered,
    mut loose: Vec<Range>,
) -> Option<Cut> {
    for _ in 0..LOOSE_DEPTH_MAX {
        let mut deeper = Vec::new();
        for range in loose {
            let Ok(tree) = read_within(reader, text, None, &[range], budget) else { return budget.cut() };
            if tree.root_node().has_error() {
                continue;
            }
            let cut = search(grammar, &tree, text, (budget, limits), gathered, &mut deeper);
            if cut.is_some() {
                return cut;
            }
        }
        loose = deeper;
    }
    None
}
