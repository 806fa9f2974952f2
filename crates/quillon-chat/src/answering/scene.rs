//! What every part of an answer looks at: the question, the workspace, and what was handed over.

use quillon_base::{Fault, LineRange};
use quillon_contract::event::{Place, Reference};
use quillon_retrieve::{Definition, DefinitionKind, Index, Query, Visibility};
use quillon_road::Passage;
use quillon_workspace::Role;

use crate::answer::{Answer, code, place, shown, spot};
use crate::context::Context;
use crate::explain::Chosen;
use crate::workspace::Workspace;

/// The most lines of a definition that are shown.
const DEFINITION_LINES_MAX: u32 = 30;
/// How far above its name a definition is shown from, at most: a long comment is told, not shown.
const LEAD_LINES_MAX: u32 = 12;

/// What every part of an answer looks at.
pub(crate) struct Scene<'a> {
    pub(crate) passage: &'a Passage,
    pub(crate) question: &'a str,
    pub(crate) query: Query,
    pub(crate) context: &'a Context,
    pub(crate) workspace: &'a Workspace,
    /// The most passages that are shown.
    pub(crate) limit: usize,
}

impl<'a> Scene<'a> {
    pub(crate) fn index(&self) -> &'a Index {
        &self.workspace.index
    }

    /// The definitions that the question names, the likeliest first, and the names that nothing here defines.
    pub(crate) fn named(&self) -> (Vec<Definition<'a>>, Vec<String>) {
        let (mut found, mut missing): (Vec<Definition<'a>>, Vec<String>) = (Vec::new(), Vec::new());
        for name in &self.query.names {
            let whole = name.within.as_ref().map(|within| format!("{within}.{}", name.name));
            let by = |name: &str| self.definitions(name);
            let mut of_name = whole.as_deref().map(by).unwrap_or_default();
            if of_name.is_empty() {
                of_name = by(&name.name);
            }
            if of_name.is_empty() {
                missing.push(whole.unwrap_or_else(|| name.name.clone()));
            }
            found.extend(of_name);
        }
        (found, missing)
    }

    /// The definitions that a plain word of the question names exactly: `who calls render`.
    pub(crate) fn named_plainly(&self) -> Vec<Definition<'a>> {
        let words = self.question.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let asked = words.filter(|word| word.len() > 2 && !quillon_text::is_stop_word(&word.to_lowercase()));
        // The last word is what a question ends up with: `what calls render`.
        let mut asked: Vec<&str> = asked.collect();
        asked.reverse();
        let exact = |word: &str| {
            let mut found = self.definitions(word);
            found.retain(|found| found.name == word && found.kind != DefinitionKind::Field);
            found
        };
        asked.into_iter().map(exact).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// What code defines under a name: what everybody may use and is documented before what is not, and the type itself
    /// before what is added to it.
    pub(crate) fn definitions(&self, name: &str) -> Vec<Definition<'a>> {
        let mut found = self.index().definitions(name);
        found.retain(|found| !matches!(found.kind, DefinitionKind::Section | DefinitionKind::Key));
        let is_addition = |found: &Definition<'_>| found.kind == DefinitionKind::Extension;
        if found.iter().any(|found| !is_addition(found)) {
            found.retain(|found| !is_addition(found));
        }
        let is_hidden =
            |found: &Definition<'_>| !matches!(found.visibility, Visibility::Public | Visibility::Unstated);
        found.sort_by_key(|found| (found.role != Role::Source, is_hidden(found), found.doc.is_empty()));
        found
    }

    /// A line of a file, without the space around it.
    pub(crate) fn line(&self, path: &str, line: u32) -> &'a str {
        let text = self.index().text(path).unwrap_or_default();
        text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default().trim()
    }

    /// The reference to lines of a file; nothing when it has none of them.
    pub(crate) fn lines(&self, path: &str, lines: LineRange, heading: Option<String>) -> Option<Reference> {
        let text = self.index().text(path)?;
        let first = lines.first.max(1);
        let count = (lines.last + 1).saturating_sub(first) as usize;
        let taken: Vec<&str> = text.lines().skip(first as usize - 1).take(count).collect();
        let last = first + u32::try_from(taken.len().checked_sub(1)?).ok()?;
        Some(Reference::Passage {
            place: Place { path: path.to_owned(), lines: LineRange { first, last } },
            heading,
            text: shown(&taken.join("\n")),
            language: quillon_workspace::language_of(path).map(|language| language.fence.to_owned()),
        })
    }

    /// Shows lines of a file, and notes why.
    pub(crate) async fn show(
        &self,
        answer: &mut Answer<'_>,
        (path, lines): (&str, LineRange),
        heading: Option<String>,
        why: &str,
    ) -> Result<(), Fault> {
        let Some(reference) = self.lines(path, lines, heading) else {
            return Ok(());
        };
        if let Reference::Passage { place: at, text, .. } = &reference {
            answer.chose(Chosen::new("passage", place(&at.path, at.lines), why, text.len()));
        }
        if answer.references.contains(&reference) {
            return Ok(());
        }
        answer.reference(reference).await
    }

    /// Shows a definition.
    pub(crate) async fn show_definition(
        &self,
        answer: &mut Answer<'_>,
        found: &Definition<'_>,
    ) -> Result<(), Fault> {
        let why = format!("it defines `{}`", found.name);
        self.show(answer, (found.path, shown_lines(found)), heading(found), &why).await
    }
}

/// The lines of a definition that are shown.
pub(crate) fn shown_lines(found: &Definition<'_>) -> LineRange {
    let first = found.lines.first.max(found.line.saturating_sub(LEAD_LINES_MAX));
    LineRange { first, last: found.lines.last.min(first + DEFINITION_LINES_MAX - 1) }
}

/// What stands above a definition when it is shown.
fn heading(found: &Definition<'_>) -> Option<String> {
    let signature = if found.signature.is_empty() { found.name } else { found.signature };
    Some(match found.scope {
        "" => signature.to_owned(),
        scope => format!("{scope} › {signature}"),
    })
}

/// A line of a file as people write it.
pub(crate) fn at(path: &str, line: u32) -> String {
    code(&spot(path, line))
}

/// The words ``in `name` ``, for what stands within a definition.
pub(crate) fn within(found: Option<&Definition<'_>>) -> String {
    found.map(|found| format!(" in {}", code(&qualified(found)))).unwrap_or_default()
}

/// The name of a definition with what it stands in.
pub(crate) fn qualified(found: &Definition<'_>) -> String {
    let joint = if matches!(found.language, "rust" | "cpp" | "php" | "ruby") { "::" } else { "." };
    match found.scope {
        "" => found.name.to_owned(),
        scope => format!("{scope}{joint}{}", found.name),
    }
}

/// The first sentence or two of documentation, on one line.
pub(crate) fn gist(doc: &str, bytes_max: usize) -> String {
    let paragraph = doc.split("\n\n").find(|part| !part.trim().is_empty()).unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= bytes_max {
        return line;
    }
    let cut = &line[..line.floor_char_boundary(bytes_max)];
    match cut.rfind(". ") {
        Some(end) if end > bytes_max / 3 => cut[..=end].to_owned(),
        _ => quillon_text::shorten(&line, bytes_max).into_owned(),
    }
}

/// Some of a list, and how many more there are.
pub(crate) fn some(mut items: Vec<String>, most: usize) -> String {
    let more = items.len().saturating_sub(most);
    items.truncate(most);
    let text = items.join(", ");
    if more > 0 { format!("{text} and {more} more") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_is_told_in_a_sentence_or_two() {
        let check = |doc: &str, most: usize, expected: &str| assert_eq!(gist(doc, most), expected);
        check("Opens\nthe depot.\n\nMore.", 80, "Opens the depot.");
        check("\n\nLate.", 80, "Late.");
        check("First sentence here. Second sentence that is long", 30, "First sentence here.");
        check("ééééé ééééé ééééé", 12, "éééé…");
        check("", 10, "");
        assert_eq!(some(vec!["a".into(), "b".into(), "c".into()], 2), "a, b and 1 more");
    }
}
