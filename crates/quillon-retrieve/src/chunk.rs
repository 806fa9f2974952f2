//! Cutting a file into chunks: 20 to 60 lines each where the file allows it, cut where it has a border of its own.
//!
//! Invariants: the chunks of a text hold each of its lines exactly once and in order; a definition of at most
//! [`CHUNK_LINES_MAX`] lines is in one chunk, unless its bytes are more than [`CHUNK_BYTES_MAX`].

use std::ops::Range;

use quillon_base::LineRange;
use quillon_text::shorten;

use crate::lines::Lines;
use crate::outline::{Section, chain};
use crate::read::small;
use crate::syntax::Kind;

/// A chunk is cut no shorter than this while there is more text that belongs to it.
const CHUNK_LINES_MIN: usize = 20;
/// A chunk has no more lines than this.
const CHUNK_LINES_MAX: usize = 60;
/// A chunk has no more bytes than this, unless a single line has.
const CHUNK_BYTES_MAX: usize = 16 * 1024;
/// What a chunk has when all borders are alike.
const CHUNK_LINES_WANTED: usize = 40;
/// A heading is cut to this.
const HEADING_BYTES_MAX: usize = 160;
/// Between the parts of a heading.
const HEADING_JOINT: &str = " › ";

/// Lines from 0 up to an end as lines from 1 to a last one.
pub(crate) fn line_range(range: &Range<usize>) -> LineRange {
    LineRange { first: small(range.start + 1), last: small(range.end) }
}

/// The section that a range begins in, or else the first that begins within it.
pub(crate) fn section_of(sections: &[Section], range: &Range<usize>) -> Option<usize> {
    let after = sections.partition_point(|section| section.lines.start <= range.start);
    let around = (0..after).rev().find(|at| sections[*at].lines.contains(&range.start));
    let within =
        || sections[after..].first().filter(|section| section.lines.start < range.end).map(|_| after);
    around.or_else(within)
}

/// The definition lines or headings that lead to a section.
pub(crate) fn heading(sections: &[Section], section: usize, lines: &Lines<'_>) -> String {
    let part = |at: usize| {
        let section = &sections[at];
        match section.kind {
            Kind::Heading => section.name.clone(),
            _ => signature(lines.get(section.line)),
        }
    };
    let parts: Vec<String> = chain(sections, section).into_iter().map(part).collect();
    shorten(&parts.join(HEADING_JOINT), HEADING_BYTES_MAX).into_owned()
}

/// A definition line without what opens its body.
fn signature(line: &str) -> String {
    let line = line.trim().trim_end_matches(['{', ':', '(', ' ']);
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How good it is to cut before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Border {
    /// Within a definition that stays whole.
    Never,
    /// Between two lines.
    Any,
    /// After a blank line.
    Blank,
    /// Before a definition within another.
    Inner,
    /// Before a definition of the file itself.
    Outer,
}

/// The ranges of lines, from 0, that a text is cut into.
pub(crate) fn cut(lines: &Lines<'_>, sections: &[Section]) -> Vec<Range<usize>> {
    let borders = borders(lines, sections);
    let mut cuts = Vec::new();
    let mut start = 0;
    while start < lines.count() {
        let end = end_from(start, &borders, lines);
        cuts.push(start..end);
        start = end;
    }
    cuts
}

fn borders(lines: &Lines<'_>, sections: &[Section]) -> Vec<Border> {
    let mut borders = vec![Border::Any; lines.count()];
    for (above, border) in borders.iter_mut().skip(1).enumerate() {
        if lines.get(above).trim().is_empty() {
            *border = Border::Blank;
        }
    }
    for section in sections {
        let border = if section.parent.is_none() { Border::Outer } else { Border::Inner };
        borders[section.lines.start] = borders[section.lines.start].max(border);
    }
    for section in sections.iter().filter(|section| section.lines.end - section.line <= CHUNK_LINES_MAX) {
        // A long comment above may be cut; the definition keeps as much of it as fits.
        let start = section.lines.start.max(section.lines.end.saturating_sub(CHUNK_LINES_MAX));
        borders[start + 1..section.lines.end].fill(Border::Never);
    }
    borders
}

/// Where the chunk that begins at `start` ends.
fn end_from(start: usize, borders: &[Border], lines: &Lines<'_>) -> usize {
    let last = furthest(start, borders.len(), lines);
    if last == borders.len() {
        return last;
    }
    let best = |from: usize, least: Border| {
        let wanted = start + CHUNK_LINES_WANTED;
        (from..=last)
            .filter(|end| borders[*end] >= least)
            .max_by_key(|end| (borders[*end], std::cmp::Reverse(end.abs_diff(wanted))))
    };
    let long_enough = (start + CHUNK_LINES_MIN).min(last);
    best(long_enough, Border::Blank)
        .or_else(|| best(start + 1, Border::Inner))
        .or_else(|| best(long_enough, Border::Any))
        .or_else(|| best(start + 1, Border::Any))
        .unwrap_or(last)
}

/// The last line before which a chunk from `start` may end: at least one line, at most what the limits allow.
fn furthest(start: usize, count: usize, lines: &Lines<'_>) -> usize {
    let fits = |end: &usize| lines.bytes(start..*end).len() <= CHUNK_BYTES_MAX;
    let most = (start + CHUNK_LINES_MAX).min(count);
    (start + 1..=most).rev().find(fits).unwrap_or(start + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quillon_workspace::language_of;

    use super::*;
    use crate::outline::outline;

    struct Chunk {
        lines: LineRange,
        heading: Option<String>,
    }

    /// Cuts a file at the borders that its lines show.
    fn chunk(path: &str, text: &str) -> Vec<Chunk> {
        let lines = Lines::new(text);
        let sections = outline(language_of(path).map(|language| language.fence), &lines);
        let with_heading = |range: Range<usize>| {
            let section = section_of(&sections, &range);
            Chunk { lines: line_range(&range), heading: section.map(|at| heading(&sections, at, &lines)) }
        };
        cut(&lines, &sections).into_iter().map(with_heading).collect()
    }

    fn check(path: &str, text: &str, expected: &[&str]) {
        let show = |chunk: Chunk| {
            let heading = chunk.heading.map(|heading| format!(" {heading}")).unwrap_or_default();
            format!("{}-{}{heading}", chunk.lines.first, chunk.lines.last)
        };
        let found: Vec<String> = chunk(path, text).into_iter().map(show).collect();
        assert_eq!(found, expected, "{text}");
    }

    fn function(name: &str, lines: usize) -> String {
        format!("fn {name}() {{\n{}}}\n", "    x();\n".repeat(lines - 2))
    }

    #[test]
    fn cuts_between_definitions() {
        let text = [function("a", 30), function("b", 30), function("c", 30)].concat();
        check("a.rs", &text, &["1-30 fn a()", "31-90 fn b()"]);
        let text = (0..20).map(|number| function(&format!("f{number}"), 4)).collect::<String>();
        check("a.rs", &text, &["1-40 fn f0()", "41-80 fn f10()"]);
    }

    #[test]
    fn keeps_a_short_definition_whole() {
        let text = ["use a;\n".repeat(30), function("a", 60), function("b", 3)].concat();
        check("a.rs", &text, &["1-30", "31-90 fn a()", "91-93 fn b()"]);
    }

    #[test]
    fn cuts_a_long_comment_before_its_definition() {
        let text = ["use a;\n\n".to_owned(), "/// Says.\n".repeat(60), function("a", 20)].concat();
        check("a.rs", &text, &["1-2", "3-22 fn a()", "23-82 fn a()"]);
    }

    #[test]
    fn cuts_a_long_definition_between_its_parts() {
        let method = "    fn m(&self) {\n        x\n    }\n\n";
        let text = format!("impl A {{\n{}}}\n", method.repeat(30));
        check("a.rs", &text, &["1-41 impl A", "42-81 impl A › fn m(&self)", "82-122 impl A › fn m(&self)"]);
    }

    #[test]
    fn follows_markdown_headings() {
        let part = |title: &str| format!("{title}\n{}", "text\n".repeat(24));
        let text = [part("# A"), part("## B"), part("## C")].concat();
        check("a.md", &text, &["1-50 A", "51-75 A › C"]);
    }

    #[test]
    fn bounds_giant_lines_and_flat_texts() {
        let giant = "x".repeat(CHUNK_BYTES_MAX + 1);
        check("a.txt", &format!("a\n{giant}\nb\n"), &["1-1", "2-2", "3-3"]);
        check("a.txt", &"line\n".repeat(130), &["1-40", "41-80", "81-130"]);
        check("a.txt", "", &[]);
    }

    proptest! {
        #[test]
        fn every_line_is_in_one_chunk(
            text in "((fn|class|def|#|##|}|  |    |\\{|//|x|é|=====)( [a-c]\\(?)?\\n{1,3}){0,150}",
            ending in "rs|py|md|c|yaml|rst|ts|txt|json",
        ) {
            let path = format!("a.{ending}");
            let mut next = 1;
            for chunk in chunk(&path, &text) {
                prop_assert_eq!(chunk.lines.first, next);
                prop_assert!(chunk.lines.last >= chunk.lines.first);
                prop_assert!((chunk.lines.last - chunk.lines.first) < CHUNK_LINES_MAX as u32);
                next = chunk.lines.last + 1;
            }
            prop_assert_eq!(next as usize, text.lines().count() + 1);
        }

        #[test]
        fn any_text_can_be_cut(text in "\\PC{0,200}|[\\x00-\\x7f]{0,300}") {
            let lines: u32 = chunk("a.rs", &text).iter().map(|chunk| chunk.lines.last + 1 - chunk.lines.first).sum();
            prop_assert_eq!(lines as usize, text.split_inclusive('\n').count());
        }

        #[test]
        fn a_short_definition_stays_whole(sizes in proptest::collection::vec(2usize..CHUNK_LINES_MAX, 1..12)) {
            let text: String = sizes.iter().enumerate().map(|(at, size)| function(&format!("f{at}"), *size)).collect();
            let chunks = chunk("a.rs", &text);
            let mut first = 1;
            for size in sizes {
                let last = first + size as u32 - 1;
                prop_assert!(chunks.iter().any(|c| c.lines.first <= first && last <= c.lines.last), "{first}-{last}");
                first = last + 1;
            }
        }
    }
}
