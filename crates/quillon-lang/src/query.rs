//! Runs a language's query over a tree.

use std::ops::ControlFlow;

use tree_sitter::{Node, Point, QueryCursor, QueryCursorOptions, Range, StreamingIterator, Tree};

use crate::gather::Gathered;
use crate::grammar::{Grammar, Reader, TreeReader};
use crate::limits::Budget;
use crate::{Cut, Limits};

/// Matches in progress at one time; more means that the text nests beyond sense.
const MATCHES_AT_ONCE_MAX: u32 = 4_096;

/// Siblings without a name in a row that a search is let loose on.
const NAMELESS_RUN_MAX: u32 = 2_000;

/// Places where a search may start in one broken file.
const ROOTS_MAX: usize = 20_000;

/// How many nodes go by between two looks at the budget.
const VISITS_PER_QUESTION: u32 = 1_024;

/// Stretches of loose words of one file that are read once more.
const LOOSE_MAX: usize = 4_096;

/// Errors that are counted in one file.
const ERRORS_MAX: u32 = 10_000;

/// Nodes that are looked at to count errors.
const ERROR_VISITS_MAX: u32 = 1_000_000;

/// Runs the query, and says why it stopped early where it did. What holds code as loose words is added to `loose`.
pub(crate) fn search(
    grammar: &Grammar,
    tree: &Tree,
    text: &str,
    (budget, limits): (&Budget<'_>, &Limits<'_>),
    gathered: &mut Gathered,
    loose: &mut Vec<Range>,
) -> Option<Cut> {
    let Reader::Tree(reader) = &grammar.reader else { return None };
    let shape = Shape::of(tree, budget, grammar.rules.is_loose, loose);
    gathered.syntax_errors += shape.errors;
    for root in shape.roots {
        search_from(reader, root, text, budget, limits, gathered);
        if gathered.is_full(limits.facts_max) {
            return Some(Cut::TooManyFacts);
        }
    }
    budget.cut()
}

/// The range between the brackets of a node.
fn between_brackets(node: Node<'_>) -> Option<Range> {
    let (first, last) = (node.child(0)?, node.child(node.child_count().checked_sub(1)?)?);
    let (start_byte, end_byte) = (first.end_byte(), last.start_byte());
    let (start_point, end_point): (Point, Point) = (first.end_position(), last.start_position());
    (start_byte < end_byte).then_some(Range { start_byte, end_byte, start_point, end_point })
}

fn search_from(
    reader: &TreeReader,
    root: Node<'_>,
    text: &str,
    budget: &Budget<'_>,
    limits: &Limits<'_>,
    gathered: &mut Gathered,
) {
    let ready = reader.ready();
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MATCHES_AT_ONCE_MAX);
    let mut ask = |_: &tree_sitter::QueryCursorState| budget.ask();
    let options = QueryCursorOptions::new().progress_callback(&mut ask);
    let mut matches = cursor.matches_with_options(&ready.query, root, text.as_bytes(), options);
    while let Some(found) = matches.next() {
        gathered.take(found.captures().iter().map(|capture| {
            let bytes = capture.node.byte_range();
            // Texts beyond `u32` were refused before they were read.
            #[expect(clippy::cast_possible_truncation, reason = "the text is shorter than `u32::MAX`")]
            let bytes = bytes.start as u32..bytes.end as u32;
            (ready.roles[capture.index as usize], bytes)
        }));
        if gathered.is_full(limits.facts_max) || matches!(budget.spend(1), ControlFlow::Break(())) {
            return;
        }
    }
}

/// What a walk over the whole tree tells.
struct Shape<'tree> {
    errors: u32,
    /// Where to search: the root, or what stands below the nodes that a search would not get through.
    roots: Vec<Node<'tree>>,
}

impl<'tree> Shape<'tree> {
    /// A search looks, from every child, for the next sibling with a name. Thousands of children without one, as in
    /// `((((…`, would cost the square of their number; then only what stands between them is searched.
    fn of(
        tree: &'tree Tree,
        budget: &Budget<'_>,
        is_loose: Option<fn(Node<'_>) -> bool>,
        loose: &mut Vec<Range>,
    ) -> Self {
        let mut cursor = tree.walk();
        let mut shape = Self { errors: 0, roots: Vec::new() };
        let (mut nameless, mut visits) = (0_u32, 0_u32);
        loop {
            let node = cursor.node();
            shape.errors += u32::from(node.is_error() || node.is_missing());
            nameless = if node.is_named() { 0 } else { nameless + 1 };
            if is_loose.is_some_and(|is_loose| node.is_named() && is_loose(node)) && loose.len() < LOOSE_MAX {
                loose.extend(between_brackets(node));
            }
            visits += 1;
            let stops =
                visits.is_multiple_of(VISITS_PER_QUESTION) && matches!(budget.ask(), ControlFlow::Break(()));
            if nameless > NAMELESS_RUN_MAX || stops {
                shape.roots = roots_below(tree, budget);
                return shape;
            }
            if cursor.goto_first_child() {
                nameless = 0;
                continue;
            }
            while !cursor.goto_next_sibling() {
                nameless = 0;
                if !cursor.goto_parent() {
                    shape.roots.push(tree.root_node());
                    return shape;
                }
            }
        }
    }
}

/// The named nodes of moderate width, as high up as there are some.
fn roots_below<'tree>(tree: &'tree Tree, budget: &Budget<'_>) -> Vec<Node<'tree>> {
    let mut roots = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let is_narrow = node.is_named() && node.descendant_count() <= NAMELESS_RUN_MAX as usize;
        if is_narrow {
            roots.push(node);
        }
        if matches!(budget.spend(1), ControlFlow::Break(())) || roots.len() >= ROOTS_MAX {
            return roots;
        }
        if !is_narrow && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return roots;
            }
        }
    }
}

/// Counts the places that do not follow the grammar, by a walk into the broken parts only.
pub(crate) fn count_errors(tree: &Tree) -> u32 {
    let mut cursor = tree.walk();
    let (mut errors, mut visits) = (0, 0);
    loop {
        let node = cursor.node();
        visits += 1;
        let is_broken = node.is_error() || node.is_missing();
        errors += u32::from(is_broken);
        if errors >= ERRORS_MAX || visits >= ERROR_VISITS_MAX {
            return errors;
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return errors;
            }
        }
    }
}
