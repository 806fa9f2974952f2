//! Rules as pages: one Markdown text says what a rule finds, why, and shows it on code that is its own test.
//!
//! A page is a title, a fenced `yaml` block with the rule, prose, and fenced code. Each line of code where something must
//! be found ends with the comment `finds`; everywhere else nothing may be. `misses` marks what the rule is known not to
//! see yet. The folders are walked when the program is built.

use std::sync::OnceLock;

use super::Rule;
use super::read::rule;
use crate::Language;
use crate::yaml::{self, Wrong};

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// A page and its rule.
#[derive(Debug)]
pub struct Page {
    /// Where it stands, below the folder of rules.
    pub path: &'static str,
    /// The rule.
    pub rule: Rule,
    /// The code that shows it.
    pub samples: Vec<Sample>,
}

/// Code of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The language of the code.
    pub language: Language,
    /// The line of the page on which it starts.
    pub line: usize,
    /// The code.
    pub code: &'static str,
}

/// Every page of a language that stands in the folder of its name. Read once.
///
/// # Panics
///
/// Never in a program that was tested: a page that cannot be read fails the test that reads all.
#[must_use]
pub fn pages(language: Language) -> &'static [Page] {
    static READ: [OnceLock<Vec<Page>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    READ[language as usize].get_or_init(|| {
        let folder = format!("{}/", language.name());
        let texts = PAGES.iter().filter(|(path, _)| path.starts_with(&folder));
        texts
            .map(|(path, text)| {
                read(path, text).unwrap_or_else(|wrong| panic!("{path}:{}: {}", wrong.line, wrong.what))
            })
            .collect()
    })
}

fn read(path: &'static str, text: &'static str) -> Result<Page, Wrong> {
    let folder = path.split('/').next().and_then(Language::named);
    let title = text.lines().next().and_then(|line| line.strip_prefix("# "));
    let title = title.ok_or_else(|| Wrong::new(1, "a page starts with `# ` and its title"))?;
    let blocks = blocks(text);
    let head = blocks.first().filter(|block| block.fence == "yaml");
    let head = head.ok_or_else(|| Wrong::new(1, "a page has its rule in a `yaml` block first"))?;
    let value = yaml::read(head.body).map_err(|wrong| Wrong::new(head.line + wrong.line, wrong.what))?;
    let languages: Vec<Language> = match folder {
        Some(Language::JavaScript) => vec![Language::JavaScript, Language::TypeScript],
        folder => folder.into_iter().collect(),
    };
    let mut rule = rule(&value, head.line, &languages)?;
    let prose = text[head.end..].trim();
    title.clone_into(&mut rule.title);
    prose.clone_into(&mut rule.help);
    if rule.message.is_empty() {
        rule.message = first_paragraph(prose);
    }
    let samples = blocks[1..].iter().filter_map(|block| {
        Some(Sample { language: Language::named(block.fence)?, line: block.line, code: block.body })
    });
    Ok(Page { path, rule, samples: samples.collect() })
}

impl Sample {
    /// The lines on which something must be found, and those on which it is known not to be, both from 1.
    #[must_use]
    pub fn marked_lines(&self) -> (Vec<u32>, Vec<u32>) {
        let marked = |mark: &str| {
            let lines = self.code.lines().zip(1..).filter(|(line, _)| ends_with(line, mark));
            lines.map(|(_, number)| number).collect()
        };
        (marked("finds"), marked("misses"))
    }
}

/// Whether a line ends with a comment that says just this.
fn ends_with(line: &str, mark: &str) -> bool {
    let line = line.trim_end().trim_end_matches('}').trim_end_matches("*/");
    let comment = ["//", "#", "/*"].iter().filter_map(|start| Some(line.rsplit_once(start)?.1));
    comment.into_iter().any(|comment| comment.trim() == mark)
}

struct Block {
    fence: &'static str,
    body: &'static str,
    /// The line of the fence, from 1.
    line: usize,
    /// The byte after the block.
    end: usize,
}

fn blocks(text: &'static str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(&'static str, usize, usize)> = None;
    let mut at = 0;
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let end = at + line.len();
        if let Some(fence) = line.trim_end().strip_prefix("```") {
            open = match open {
                None => Some((fence, number, end)),
                Some((fence, line, start)) => {
                    blocks.push(Block { fence, body: &text[start..at], line, end });
                    None
                }
            };
        }
        at = end;
    }
    blocks
}

fn first_paragraph(prose: &str) -> String {
    let lines = prose.lines().take_while(|line| !line.trim().is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::read::checked;

    #[test]
    fn every_pattern_of_every_page_is_code_of_its_language() {
        let texts = PAGES
            .iter()
            .map(|(path, text)| (path, read(path, text).unwrap_or_else(|wrong| panic!("{path}: {wrong:?}"))));
        let wrong = texts
            .filter_map(|(path, page)| checked(page.rule).err().map(|wrong| format!("{path}: {wrong:?}")));
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
    }
}
