//! Whether a fix is worth offering: the changed text is read and scanned again, and the finding has to be gone, with
//! nothing new and nothing that cannot be read. Start at [`Scanner::mended`].

use rustc_hash::FxHashMap;

use crate::Language;
use crate::scan::{Edit, Finding, Scanner, TEXT_BYTES_MAX, Text, Watch};

/// Why a fix is not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The rule brings none that fits the place.
    None,
    /// It changes what another one changes too.
    Overlaps,
    /// The changed text is not code that can be read.
    Broken,
    /// What was found is found in the changed text too.
    StillThere,
    /// Something else is found in the changed text.
    New,
}

impl Unfit {
    /// As a part of a sentence.
    #[must_use]
    pub const fn said(self) -> &'static str {
        match self {
            Self::None => "its rule brings no fix for this place",
            Self::Overlaps => "it changes what another fix changes too",
            Self::Broken => "the changed file could not be read as code",
            Self::StillThere => "the finding would still be there",
            Self::New => "it would bring a new finding",
        }
    }
}

/// How often each rule finds something in each file, as one scan found it.
#[derive(Clone, Debug, Default)]
pub struct Counts(FxHashMap<String, FxHashMap<String, usize>>);

impl Counts {
    /// The counts of a scan, before anything was left out of it.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut counts = Self::default();
        for found in findings {
            let in_file = counts.0.entry(found.spot.path.clone()).or_default();
            *in_file.entry(found.rule.clone()).or_default() += 1;
        }
        counts
    }
}

impl Scanner {
    /// A text with some findings of it mended. `texts` are the others that it is looked at with, and itself; the
    /// languages of all have been made ready. What a scan counted saves looking at the text as it was, where no data
    /// came from elsewhere.
    ///
    /// # Errors
    /// Why the fixes are not worth offering together.
    pub fn mended(
        &self,
        texts: &[Text<'_>],
        path: &str,
        findings: &[&Finding],
        known: Option<&Counts>,
    ) -> Result<String, Unfit> {
        let text = texts.iter().find(|text| text.path == path).ok_or(Unfit::None)?;
        let edits = joined(findings)?;
        let changed = apply(text.text, &edits).ok_or(Unfit::Overlaps)?;
        let language = Language::of_path(path).ok_or(Unfit::None)?;
        if changed.len() > TEXT_BYTES_MAX {
            return Err(Unfit::Broken);
        }
        let after: Vec<Text<'_>> = texts
            .iter()
            .map(|text| if text.path == path { Text { path: text.path, text: &changed } } else { *text })
            .collect();
        let after = self.scan_prepared(&after, &Watch::default());
        // What can be read without a fault needs no comparison.
        let is_whole = after.skipped.iter().all(|skipped| skipped.path != path);
        if !is_whole && errors(language, &changed) > errors(language, text.text) {
            return Err(Unfit::Broken);
        }
        let after = counted(&after.findings);
        let is_local = texts.len() == 1 && findings.iter().all(|found| found.flow.len() < 2);
        let known = known.filter(|_| is_local).and_then(|known| known.0.get(path));
        let before = match known {
            Some(known) => known.clone(),
            None => counted(&self.scan_prepared(texts, &Watch::default()).findings),
        };
        let mut wanted = before;
        for found in findings {
            let count = wanted.get_mut(found.rule.as_str()).filter(|count| **count > 0);
            *count.ok_or(Unfit::StillThere)? -= 1;
        }
        if findings.iter().any(|found| after.get(&found.rule) > wanted.get(&found.rule)) {
            return Err(Unfit::StillThere);
        }
        if after.iter().any(|(rule, count)| *count > wanted.get(rule).copied().unwrap_or_default()) {
            return Err(Unfit::New);
        }
        Ok(changed)
    }
}

/// How often each rule finds something.
fn counted(findings: &[Finding]) -> FxHashMap<String, usize> {
    let mut counts = FxHashMap::default();
    for found in findings {
        *counts.entry(found.rule.clone()).or_default() += 1;
    }
    counts
}

/// The edits of some fixes together, in order. An import that several bring comes once.
fn joined(findings: &[&Finding]) -> Result<Vec<Edit>, Unfit> {
    if findings.is_empty() || findings.iter().any(|found| found.fix.is_empty()) {
        return Err(Unfit::None);
    }
    let mut edits: Vec<Edit> = findings.iter().flat_map(|found| found.fix.clone()).collect();
    edits.sort();
    edits.dedup();
    let overlaps = |pair: &[Edit]| {
        let both_insert = pair.iter().all(|edit| edit.start == edit.end);
        pair[1].start < pair[0].end
            || (pair[0].start == pair[1].start && !both_insert && pair[0].end > pair[0].start)
    };
    if edits.windows(2).any(overlaps) { Err(Unfit::Overlaps) } else { Ok(edits) }
}

/// A text after edits, which are in order and do not overlap; lines end as most lines of the text do.
fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let ends = quillon_text::LineEnd::of(text);
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for edit in edits {
        out.push_str(text.get(last..edit.start)?);
        out.push_str(&ends.apply(&edit.text));
        last = edit.end;
    }
    out.push_str(text.get(last..)?);
    Some(out)
}

/// How many places of a text its grammar cannot read.
fn errors(language: Language, text: &str) -> usize {
    let Some(grammar) = quillon_lang::grammar_of(language.name()) else { return usize::MAX };
    let syntax = quillon_lang::parse(grammar, text, &quillon_lang::Limits::default());
    let Some(tree) = syntax.tree() else { return usize::MAX };
    let mut count = 0;
    let mut cursor = tree.root_node().walk();
    loop {
        let node = cursor.node();
        count += usize::from(node.is_error() || node.is_missing());
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return count;
            }
        }
    }
}
