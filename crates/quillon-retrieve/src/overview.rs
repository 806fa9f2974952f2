//! What to show someone who asks what the project is: what it says of itself, outermost first.

use quillon_workspace::Role;

use crate::excerpt::PASSAGE_LINES_MAX;
use crate::index::{Index, Stored};
use crate::lines::Lines;
use crate::refine::Looked;

/// How many documents introduce a project.
const DOCUMENTS_SHOWN_MAX: usize = 5;
/// Above any score of words.
const OVERVIEW_SCORE: f32 = 1e6;

/// Names of documents that introduce a project, the best first.
const INTRODUCTIONS: &[&str] = &[
    "readme",
    "architecture",
    "overview",
    "introduction",
    "getting-started",
    "getting_started",
    "design",
    "about",
    "index.md",
    "index.rst",
    "cargo.toml",
    "package.json",
    "pyproject.toml",
    "go.mod",
    "pom.xml",
    "setup.py",
    "build.gradle",
    "composer.json",
    "gemfile",
    "main.",
    "lib.rs",
    "mod.rs",
    "__init__.py",
    "index.ts",
    "index.js",
    "app.",
];

pub(crate) fn overview(index: &Index) -> Vec<Looked> {
    let mut ranked: Vec<(usize, usize, &Stored)> = index
        .documents
        .iter()
        .filter(|document| !document.chunks.is_empty())
        .filter_map(|document| {
            let name = document.path.rsplit('/').next()?.to_ascii_lowercase();
            let place = INTRODUCTIONS.iter().position(|introduction| name.starts_with(introduction))?;
            Some((document.path.matches('/').count() * 4 + place, place, document))
        })
        .collect();
    ranked.sort_by(|left, right| (left.0, left.1, &left.2.path).cmp(&(right.0, right.1, &right.2.path)));
    let shown = ranked.into_iter().take(DOCUMENTS_SHOWN_MAX).enumerate();
    shown.map(|(place, (.., document))| introduction(document, OVERVIEW_SCORE - place as f32)).collect()
}

/// From the first line that says something: badges and markup do not.
fn introduction(document: &Stored, score: f32) -> Looked {
    let lines = Lines::new(&document.text);
    let says = |line: &usize| {
        let text = lines.get(*line).trim();
        let markup = text.starts_with(['<', '!', '[', '|']);
        !text.is_empty() && !markup
    };
    let is_prose = document.role == Role::Documentation;
    let first = if is_prose { (0..lines.count()).find(says).unwrap_or(0) } else { 0 };
    Looked {
        chunk: document.chunks.start,
        score,
        lines: first..(first + PASSAGE_LINES_MAX).min(lines.count()),
        section: None,
        defines: None,
    }
}
