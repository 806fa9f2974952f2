//! What is defined in a workspace, by name: also in languages without a grammar, of which [`crate::Definition`] knows
//! nothing.

use quillon_base::LineRange;

use crate::chunk::line_range;
use crate::index::Index;
use crate::syntax::Kind;

/// Something that is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The file.
    pub path: &'a str,
    /// Its lines, with the comments above it.
    pub lines: LineRange,
}

impl Index {
    /// Definitions whose name begins so, by name and place; headings of documents are none.
    #[must_use]
    pub fn symbols(&self, prefix: &str, limit: usize) -> Vec<Symbol<'_>> {
        let mut found: Vec<Symbol<'_>> = Vec::new();
        for (_, document) in self.living() {
            let sections = self.sections_of(document).iter();
            let fitting =
                sections.filter(|section| section.kind != Kind::Heading && section.name.starts_with(prefix));
            found.extend(fitting.map(|section| Symbol {
                name: &section.name,
                kind: section.kind,
                path: &document.path,
                lines: line_range(&section.lines),
            }));
        }
        found.sort_by_key(|symbol| (symbol.name, symbol.kind, symbol.path, symbol.lines));
        found.truncate(limit);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Document;

    #[test]
    fn definitions_are_found_by_the_start_of_their_name() {
        let index = Index::build([
            Document::new("b.py", "def open_depot(name):\n    pass\n"),
            Document::new(
                "a.rs",
                "/// Opens.\npub fn open() {}\n\nimpl Open {\n    fn opened(&self) {}\n}\n",
            ),
            Document::new("README.md", "# open\n"),
        ]);
        let show = |symbol: &Symbol<'_>| {
            let lines = symbol.lines;
            format!("{:?} {} {}:{}-{}", symbol.kind, symbol.name, symbol.path, lines.first, lines.last)
        };
        let found: Vec<String> = index.symbols("open", 9).iter().map(show).collect();
        let expected = ["Callable open a.rs:1-2", "Callable open_depot b.py:1-2", "Callable opened a.rs:5-5"];
        assert_eq!(found, expected);
        assert_eq!(index.symbols("open", 1).len(), 1);
        assert_eq!(index.symbols("x", 9), []);
    }
}
