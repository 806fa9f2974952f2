//! The sections of documents: Markdown and reStructuredText headings, and what stands below each.

use crate::lines::Lines;
use crate::outline::Section;
use crate::syntax::Kind;

/// The deepest heading there is.
const LEVELS_MAX: usize = 6;

/// The headings of a document. Other formats, such as JSON, have none.
pub(crate) fn headings(fence: Option<&str>, lines: &Lines<'_>) -> Vec<Section> {
    let found = match fence {
        Some("markdown" | "text") => markdown(lines),
        Some("rst") => underlined(lines),
        _ => Vec::new(),
    };
    nest(found, lines.count())
}

struct Heading {
    line: usize,
    level: usize,
    title: String,
}

/// Every heading goes to the next one of its level or above.
fn nest(found: Vec<Heading>, count: usize) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::with_capacity(found.len());
    let mut open: Vec<(usize, usize)> = Vec::new();
    for heading in found {
        while open.last().is_some_and(|(_, level)| *level >= heading.level) {
            if let Some((section, _)) = open.pop() {
                sections[section].lines.end = heading.line;
            }
        }
        let parent = open.last().map(|(section, _)| *section);
        open.push((sections.len(), heading.level));
        sections.push(Section {
            lines: heading.line..count,
            line: heading.line,
            name: heading.title,
            kind: Kind::Heading,
            parent,
        });
    }
    sections
}

/// `# Title`, `Title` over `===`, and, for AsciiDoc, `== Title`; none within a fenced block.
fn markdown(lines: &Lines<'_>) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    for number in 0..lines.count() {
        let line = lines.get(number).trim_end();
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if fence.is_some() || mark.is_some() {
            continue;
        }
        let heading = marked(line).or_else(|| ruled(line, lines.get(number + 1)));
        if let Some((level, title)) = heading {
            found.push(Heading { line: number, level, title: title.to_owned() });
        }
    }
    found
}

fn marked(line: &str) -> Option<(usize, &str)> {
    let mark = if line.starts_with('#') { '#' } else { '=' };
    let title = line.trim_start_matches(mark);
    let level = line.len() - title.len();
    let is_heading = (1..=LEVELS_MAX).contains(&level) && title.starts_with(' ');
    let title = title.trim().trim_end_matches(mark).trim_end();
    (is_heading && !title.is_empty()).then_some((level, title))
}

/// A line of text over a line of `=` or `-`.
fn ruled<'a>(line: &'a str, below: &str) -> Option<(usize, &'a str)> {
    let below = below.trim_end();
    let level = match below.bytes().next()? {
        b'=' => 1,
        b'-' => 2,
        _ => return None,
    };
    let is_rule = below.len() >= 3 && below.bytes().all(|byte| byte == below.as_bytes()[0]);
    let title = line.trim();
    let is_title =
        !title.is_empty() && !title.starts_with(['-', '=', '>', '|', '#']) && !line.starts_with("    ");
    (is_rule && is_title).then_some((level, title))
}

/// Titles over a line of punctuation at least as long; each new mark is one level deeper.
fn underlined(lines: &Lines<'_>) -> Vec<Heading> {
    let mut marks: Vec<u8> = Vec::new();
    let mut found = Vec::new();
    for number in 1..lines.count() {
        let (title, rule) = (lines.get(number - 1), lines.get(number).trim_end());
        let Some(&mark) = rule.as_bytes().first() else {
            continue;
        };
        let is_rule = mark.is_ascii_punctuation() && rule.bytes().all(|byte| byte == mark);
        let is_title = title.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '`' | '*' | ':'));
        if !is_rule || !is_title || rule.chars().count() < title.trim_end().chars().count() {
            continue;
        }
        let level = marks.iter().position(|known| *known == mark).unwrap_or_else(|| {
            marks.push(mark);
            marks.len() - 1
        });
        found.push(Heading { line: number - 1, level: level + 1, title: title.trim().to_owned() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fence: &str, text: &str, expected: &[&str]) {
        let sections = headings(Some(fence), &Lines::new(text));
        let show = |section: &Section| {
            let parent = section.parent.map_or("", |parent| sections[parent].name.as_str());
            format!("{parent}>{} {}-{}", section.name, section.lines.start + 1, section.lines.end)
        };
        let found: Vec<String> = sections.iter().map(show).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn finds_markdown_headings() {
        check("markdown", "# A\n\n## B ##\ntext\n```\n# not\n```\n# C\n", &[">A 1-7", "A>B 3-7", ">C 8-8"]);
        check("markdown", "Title\n=====\ntext\n\nPart\n---\nx\n", &[">Title 1-7", "Title>Part 5-7"]);
        check("markdown", "#no\n- item\n---\n#\n", &[]);
    }

    #[test]
    fn finds_underlined_headings() {
        check(
            "rst",
            "Guide\n=====\n\nFirst\n-----\nx\n\nSecond\n------\n",
            &[">Guide 1-9", "Guide>First 4-7", "Guide>Second 8-9"],
        );
        check("rst", "====\n----\n", &[]);
        check("json", "# x\n", &[]);
    }
}
