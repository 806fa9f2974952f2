//! What to show someone who asks what the project is: what it says of itself, outermost first.

use quillon_workspace::Role;

use crate::excerpt::PASSAGE_LINES_MAX;
use crate::index::{Index, Stored};
use crate::lines::Lines;
use crate::refine::Looked;
use crate::search::PINNED_SCORE_MIN;

/// How many documents introduce a project.
const DOCUMENTS_SHOWN_MAX: usize = 5;

/// How documents are called that introduce a project, the best first.
const INTRODUCTIONS: &[&str] = &[
    "readme",
    "architecture",
    "overview",
    "introduction",
    "getting-started",
    "getting_started",
    "design",
    "about",
    "index",
];
/// Files that say what a project is made of or where it begins, the best first.
const BEGINNINGS: &[&str] = &[
    "cargo.toml",
    "package.json",
    "pyproject.toml",
    "go.mod",
    "pom.xml",
    "setup.py",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "gemfile",
    "main.rs",
    "main.go",
    "main.py",
    "main.c",
    "lib.rs",
    "__init__.py",
    "index.ts",
    "index.js",
];
/// A folder further in counts as much as so many names in the lists.
const NAMES_PER_FOLDER: usize = 4;

pub(crate) fn overview(index: &Index) -> Vec<Looked> {
    let documents =
        index.living().map(|(_, document)| document).filter(|document| !document.chunks.is_empty());
    let mut ranked: Vec<(usize, &Stored)> =
        documents.filter_map(|document| Some((rank(document)?, document))).collect();
    ranked.sort_by_key(|(rank, document)| (*rank, &document.path));
    let shown = ranked.into_iter().take(DOCUMENTS_SHOWN_MAX).enumerate();
    shown
        .map(|(place, (_, document))| introduction(document, 2.0 * PINNED_SCORE_MIN - place as f32))
        .collect()
}

/// The place of a document among those that introduce a project; `None` when it does not.
fn rank(document: &Stored) -> Option<usize> {
    let name = document.path.rsplit('/').next()?.to_ascii_lowercase();
    let place = match document.role {
        Role::Documentation => INTRODUCTIONS.iter().position(|start| name.starts_with(start))?,
        Role::Source | Role::Configuration => {
            INTRODUCTIONS.len() + BEGINNINGS.iter().position(|known| name == *known)?
        }
        _ => return None,
    };
    Some(document.path.matches('/').count() * NAMES_PER_FOLDER + place)
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
