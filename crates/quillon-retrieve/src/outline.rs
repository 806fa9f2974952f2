//! What a file is made of: its definitions or headings, how far each goes, and what it lies in.
//!
//! The extent of a definition is read from indentation: it ends where a line stands no further in than the definition
//! itself, unless that line only closes it. Comments and attributes above belong to what comes below. Text that is
//! indented otherwise gets shorter sections; every line is still there. Where a parser read the text its definitions
//! are the sections ([`sections_of`]).

use std::ops::Range;

use quillon_lang::{DefinitionKind, Facts};

use crate::definition::{Definition, definition_of, is_lead};
use crate::lines::{Lines, indent_of};
use crate::prose::headings;
use crate::syntax::{Kind, Syntax, syntax_of};

/// A file with more sections is not read by hand; the rest of it has none.
const SECTIONS_MAX: usize = 20_000;
/// How many lines of comment above a definition are taken with it.
const LEAD_LINES_MAX: usize = 80;

/// One definition or heading with what belongs to it. Lines count from 0 here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The lines, with the comments and attributes above.
    pub(crate) lines: Range<usize>,
    /// The line that names it.
    pub(crate) line: usize,
    /// What is named.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The place, among the sections, of what it lies in.
    pub(crate) parent: Option<usize>,
}

/// The sections of a text in the order of their lines. A section's parent comes before it.
pub(crate) fn outline(fence: Option<&str>, lines: &Lines<'_>) -> Vec<Section> {
    match syntax_of(fence) {
        Some(syntax) => definitions(syntax, lines),
        None => headings(fence, lines),
    }
}

/// The sections that a parser found in a text of so many lines: what is worth a heading of its own.
pub(crate) fn sections_of(facts: &Facts, count: usize) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut places: Vec<Option<usize>> = Vec::with_capacity(facts.definitions.len());
    for definition in &facts.definitions {
        let container = definition.container.and_then(|at| places.get(at as usize).copied().flatten());
        let kind = kind_of(definition.kind, definition.container.is_none());
        let lines = definition.span.lines;
        let (first, end) = ((lines.first as usize).saturating_sub(1), (lines.last as usize).min(count));
        let section = kind.filter(|_| first < end && sections.len() < SECTIONS_MAX).map(|kind| Section {
            lines: first..end,
            line: (definition.name_span.lines.first as usize).saturating_sub(1).clamp(first, end - 1),
            name: definition.name.clone(),
            kind,
            parent: container,
        });
        // What is no section hands what it holds to its own container.
        places.push(section.is_some().then_some(sections.len()).or(container));
        sections.extend(section);
    }
    // A name that stands below what it names, as that of a `typedef`, would come after the names within.
    for at in (1..sections.len()).rev() {
        if sections[at].line < sections[at - 1].line {
            sections[at - 1].line = sections[at - 1].lines.start;
        }
    }
    sections
}

const fn kind_of(kind: DefinitionKind, is_outermost: bool) -> Option<Kind> {
    match kind {
        DefinitionKind::Function
        | DefinitionKind::Method
        | DefinitionKind::Macro
        | DefinitionKind::Test
        | DefinitionKind::Trigger => Some(Kind::Callable),
        DefinitionKind::Class
        | DefinitionKind::Enum
        | DefinitionKind::Interface
        | DefinitionKind::Struct
        | DefinitionKind::Table
        | DefinitionKind::View => Some(Kind::Type),
        DefinitionKind::Block | DefinitionKind::Constant | DefinitionKind::Index | DefinitionKind::Type => {
            Some(Kind::Value)
        }
        DefinitionKind::Variable if is_outermost => Some(Kind::Value),
        DefinitionKind::Module => Some(Kind::Module),
        DefinitionKind::Extension => Some(Kind::Extension),
        DefinitionKind::Section => Some(Kind::Heading),
        DefinitionKind::Variable | DefinitionKind::Field | DefinitionKind::Key | DefinitionKind::Variant => {
            None
        }
    }
}

/// Headings above `section`, outermost first, and itself.
pub(crate) fn chain(sections: &[Section], section: usize) -> Vec<usize> {
    let mut chain: Vec<usize> = std::iter::successors(Some(section), |at| sections[*at].parent).collect();
    chain.reverse();
    chain
}

struct Open {
    section: usize,
    indent: usize,
}

struct Reader<'a> {
    syntax: &'static Syntax,
    lines: &'a Lines<'a>,
    sections: Vec<Section>,
    open: Vec<Open>,
    /// The last line that is not blank.
    content: usize,
}

fn definitions(syntax: &'static Syntax, lines: &Lines<'_>) -> Vec<Section> {
    let mut reader = Reader { syntax, lines, sections: Vec::new(), open: Vec::new(), content: 0 };
    for number in 0..lines.count() {
        let line = lines.get(number);
        if !line.trim().is_empty() {
            reader.take(number, line);
            reader.content = number;
        }
    }
    reader.close_down_to(0);
    reader.sections
}

impl Reader<'_> {
    fn take(&mut self, number: usize, line: &str) {
        let trimmed = line.trim();
        let indent = indent_of(line);
        if is_neutral(trimmed, self.syntax) {
            return;
        }
        let keep = if closes(trimmed) { indent + 1 } else { indent };
        self.close_down_to(keep);
        if self.sections.len() < SECTIONS_MAX
            && let Some(definition) = definition_of(line, self.syntax)
        {
            self.open(number, indent, definition);
        }
    }

    /// Ends the sections that a line with this indentation is not in.
    fn close_down_to(&mut self, indent: usize) {
        while self.open.last().is_some_and(|open| open.indent >= indent) {
            if let Some(open) = self.open.pop() {
                self.sections[open.section].lines.end = self.content + 1;
            }
        }
    }

    fn open(&mut self, number: usize, indent: usize, definition: Definition<'_>) {
        let first = (number.saturating_sub(LEAD_LINES_MAX)..number)
            .rev()
            .take_while(|above| self.leads(*above))
            .last()
            .unwrap_or(number);
        self.open.push(Open { section: self.sections.len(), indent });
        let parent = self.open.iter().rev().nth(1).map(|open| open.section);
        self.sections.push(Section {
            lines: first..number + 1,
            line: number,
            name: definition.name.to_owned(),
            kind: definition.kind,
            parent,
        });
    }

    fn leads(&self, number: usize) -> bool {
        let line = self.lines.get(number).trim();
        is_lead(line, self.syntax) || is_return_type(self.lines.get(number), self.syntax)
    }
}

/// A line that says nothing about where a section ends: a directive or a label at the margin of C.
fn is_neutral(trimmed: &str, syntax: &Syntax) -> bool {
    let has_directives = syntax.fences.contains(&"c") || syntax.fences.contains(&"cpp");
    has_directives
        && ((trimmed.starts_with('#') && !trimmed.starts_with("#define"))
            || trimmed
                .strip_suffix(':')
                .is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')))
}

/// A type that stands alone above the name of a function, as GNU code has it.
fn is_return_type(line: &str, syntax: &Syntax) -> bool {
    let is_c = syntax.fences.contains(&"c") || syntax.fences.contains(&"cpp");
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '*' | ' ');
    is_c && line.starts_with(|c: char| c.is_alphabetic()) && line.len() < 60 && line.chars().all(word)
}

/// Whether a line goes on with, or closes, the section whose definition is indented alike.
fn closes(trimmed: &str) -> bool {
    const WORDS: &[&str] = &["where", "end", "begin", "is", "as", "else", "rescue", "ensure", "do", "then"];
    trimmed.starts_with(['}', ')', ']', '{'])
        || WORDS.iter().any(|word| {
            trimmed
                .strip_prefix(word)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows each section as `parent/name first-last`, lines from 1.
    fn check(fence: &str, text: &str, expected: &[&str]) {
        let lines = Lines::new(text);
        let sections = outline(Some(fence), &lines);
        let show = |place: usize| {
            let names: Vec<&str> =
                chain(&sections, place).iter().map(|at| sections[*at].name.as_str()).collect();
            let range = &sections[place].lines;
            format!("{} {}-{}", names.join("/"), range.start + 1, range.end)
        };
        let found: Vec<String> = (0..sections.len()).map(show).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn takes_comments_above_and_braces_below() {
        let text = "use a;\n\n/// Waits.\n#[must_use]\npub fn wait(\n    a: u32,\n) -> u32\nwhere\n    X: Y,\n{\n    a\n}\n\nconst A: u8 = 1;\n";
        check("rust", text, &["wait 3-12", "A 14-14"]);
    }

    #[test]
    fn nests_by_indentation() {
        let text = "class A:\n    @property\n    def b(self):\n        return 1\n\n    def c(self):\n        x\n# end\ndef d():\n    y\n";
        check("python", text, &["A 1-7", "A/b 2-4", "A/c 6-7", "d 8-10"]);
    }

    #[test]
    fn labels_and_directives_end_nothing() {
        let text = "static int\nopen_it(int a)\n{\n#ifdef X\n    a++;\n#endif\nout:\n    return a;\n}\nint next(void) {\n}\n";
        check("c", text, &["open_it 1-9", "next 10-11"]);
    }

    #[test]
    fn goes_on_without_indentation() {
        check("go", "func a() {\nb()\n}\nfunc c() {}", &["a 1-1", "c 4-4"]);
        check("go", "", &[]);
    }
}
