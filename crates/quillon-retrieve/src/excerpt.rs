//! Which lines of a chunk to show: those that matter, with the definition that they are in.

use std::ops::Range;

use crate::outline::Section;
use crate::refine::Mark;

/// A passage has no more lines than this.
pub const PASSAGE_LINES_MAX: usize = 30;
/// Unless its definition is a little further up.
pub const PASSAGE_LINES_STRETCHED: usize = 45;
/// How much of a definition follows a long comment.
const DEFINITION_LINES: usize = 8;
/// A shorter passage is given some of what is around it.
const PASSAGE_LINES_MIN: usize = 4;

/// The lines of a chunk with what each holds.
pub(crate) struct Marked<'a> {
    /// The lines, of the document, from 0.
    pub(crate) range: Range<usize>,
    pub(crate) marks: &'a [Mark],
    /// What needles are worth.
    pub(crate) worth: &'a dyn Fn(u64) -> f32,
}

/// The lines to show. They hold the definition line of `section` unless that is too far from everything that matters.
pub(crate) fn excerpt(marked: &Marked<'_>, section: Option<&Section>, whole: bool) -> Range<usize> {
    let chunk = &marked.range;
    let range = match section {
        Some(section) if !whole => section.lines.start.max(chunk.start)..section.lines.end.min(chunk.end),
        _ => chunk.clone(),
    };
    let range = widened(range, chunk);
    if range.len() <= PASSAGE_LINES_MAX {
        return range;
    }
    let best = best_window(marked, &range);
    let Some(line) = section.map(|section| section.line).filter(|line| !whole && range.contains(line)) else {
        return best;
    };
    // As much of a long comment as fits, and how the definition begins.
    let begun = (line + DEFINITION_LINES).min(range.end);
    if best.contains(&line) && best.end >= begun {
        return best;
    }
    let heart = heart(marked, &best);
    if heart <= line {
        return begun.saturating_sub(PASSAGE_LINES_MAX).max(range.start)..begun;
    }
    let stretched = line..(heart + 2).max(line + PASSAGE_LINES_MAX).min(range.end);
    if stretched.len() <= PASSAGE_LINES_STRETCHED { stretched } else { best }
}

fn widened(range: Range<usize>, chunk: &Range<usize>) -> Range<usize> {
    let end = range.end.max(range.start + PASSAGE_LINES_MIN).min(chunk.end);
    range.start..end
}

impl Marked<'_> {
    fn mark(&self, line: usize) -> Mark {
        self.marks.get(line - self.range.start).copied().unwrap_or_default()
    }

    fn value(&self, lines: Range<usize>) -> f32 {
        let bits = lines.clone().fold(0, |bits, line| bits | self.mark(line).bits);
        let quoted = lines.clone().filter(|line| self.mark(*line).quoted).count().min(1) as f32;
        let each: f32 = lines.map(|line| (self.worth)(self.mark(line).bits)).sum();
        (self.worth)(bits) + 0.2 * each + 2.0 * quoted
    }
}

/// The lines, as many as may be shown, that hold the most; the first of those that hold as much.
fn best_window(marked: &Marked<'_>, range: &Range<usize>) -> Range<usize> {
    let mut best = range.start..range.start + PASSAGE_LINES_MAX;
    let mut best_value = marked.value(best.clone());
    for start in range.start + 1..=range.end - PASSAGE_LINES_MAX {
        let window = start..start + PASSAGE_LINES_MAX;
        let value = marked.value(window.clone());
        if value > best_value + f32::EPSILON {
            (best, best_value) = (window, value);
        }
    }
    best
}

/// The line of a window that holds the most; a comment only before code that holds as much.
fn heart(marked: &Marked<'_>, window: &Range<usize>) -> usize {
    let value = |line: usize| {
        let mark = marked.mark(line);
        (marked.worth)(mark.bits) + if mark.quoted { 2.0 } else { 0.0 } + if mark.lead { 0.0 } else { 0.001 }
    };
    window
        .clone()
        .max_by(|left, right| value(*left).total_cmp(&value(*right)).then(right.cmp(left)))
        .unwrap_or(window.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Lines;
    use crate::outline::outline;

    /// Shows, from 1, the lines of a text that hold `*` most, of the section on the line given.
    fn check(text: &str, section: Option<usize>, whole: bool, expected: (usize, usize)) {
        let lines = Lines::new(text);
        let bits = |line: usize| u64::from(lines.get(line).contains('*'));
        let marks: Vec<Mark> =
            (0..lines.count()).map(|line| Mark { bits: bits(line), ..Mark::default() }).collect();
        let worth = |bits: u64| bits.count_ones() as f32;
        let marked = Marked { range: 0..lines.count(), marks: &marks, worth: &worth };
        let sections = outline(Some("rust"), &lines);
        let section = section.map(|line| sections.iter().find(|section| section.line + 1 == line).unwrap());
        let found = excerpt(&marked, section, whole);
        assert_eq!((found.start + 1, found.end), expected, "{text}");
    }

    fn body(lines: usize, star: usize) -> String {
        (0..lines).map(|line| if line == star { "    x * y;\n" } else { "    z;\n" }).collect()
    }

    #[test]
    fn shows_a_short_section_whole() {
        let text = format!("use a;\n\n/// Says.\nfn a() {{\n{}}}\nfn b() {{\n}}\n", body(9, 3));
        check(&text, Some(4), false, (3, 14));
        check(&text, None, true, (1, 16));
        check("const A: u8 = 1;\nconst B: u8 = 2;\nconst C: u8 = 3;\nx\ny\n", Some(1), false, (1, 4));
    }

    #[test]
    fn shows_the_definition_line_with_what_matters() {
        let long = |star| format!("fn a() {{\n{}}}\n", body(57, star));
        check(&long(5), Some(1), false, (1, 30));
        check(&long(35), Some(1), false, (1, 38));
        // Too far from its definition, which the heading names.
        check(&long(55), Some(1), false, (28, 57));
    }

    #[test]
    fn shows_how_a_definition_begins_below_a_long_comment() {
        let text = format!("{}fn a() {{\n{}}}\n", "/// Says *.\n".repeat(40), body(18, 99));
        check(&text, Some(41), false, (19, 48));
    }
}
