//! What files bring in, and which files of the workspace that may be.
//!
//! A module is found by its segments from the last: `crate::store::row` is a file whose path ends in `store/row`, or in
//! `store` where `row` is a name within it. Files that stand for their folder (`mod.rs`, `__init__.py`, `index.ts`)
//! count as the folder.

use quillon_lang::Import;
use rustc_hash::FxHashSet;

use super::Imported;
use crate::index::{Index, Stored};
use crate::vocabulary::WordId;
use crate::word::words;

/// An import that may mean more files than this says nothing.
const FILES_MAX: usize = 8;
/// The most files that are tried for one import.
const TRIED_MAX: usize = 2_000;
/// The most imports of one file that are followed.
const FOLLOWED_MAX: usize = 500;

/// Names of files that stand for the folder that they are in.
const FOLDER_FILES: &[&str] = &["mod", "lib", "main", "index", "__init__"];

/// Segments that say where to begin and name nothing.
const STARTS: &[&str] = &["crate", "self", "super", "", "~", "@"];

impl Index {
    /// What a file brings in.
    #[must_use]
    pub fn imports(&self, path: &str) -> Vec<Imported<'_>> {
        let Some((place, _)) = self.stored(path) else { return Vec::new() };
        self.imports_of(place)
    }

    fn imports_of(&self, place: u32) -> Vec<Imported<'_>> {
        let document = self.document(place);
        let imported = |import: &'_ Import| {
            let files = self.files_of(place, import);
            files.into_iter().map(|file| self.document(file).path.as_str()).collect()
        };
        let imports = document.said().imports.iter();
        imports
            .map(|import| Imported {
                path: &document.path,
                line: import.span.lines.first,
                module: &import.module,
                names: import.names.iter().map(|name| name.name.as_str()).collect(),
                files: imported(import),
            })
            .collect()
    }

    /// The imports that may mean a file, by path.
    #[must_use]
    pub fn importers(&self, path: &str, limit: usize) -> Vec<Imported<'_>> {
        let Some((wanted, document)) = self.stored(path) else { return Vec::new() };
        let Some(last) = module_of(&document.path).pop() else { return Vec::new() };
        // Only files that hold the last name of the module can bring it in.
        let holders = self.vocabulary.id(last).into_iter().flat_map(|word| self.holders(word));
        let mut found: Vec<Imported<'_>> = Vec::new();
        for (place, holder, _) in holders.filter(|(place, ..)| *place != wanted) {
            if holder.said().imports.is_empty() {
                continue;
            }
            found.extend(self.imports_of(place).into_iter().filter(|import| import.files.contains(&path)));
        }
        found.sort_by_key(|import| (import.path, import.line));
        found.truncate(limit);
        found
    }

    /// The documents that a document brings in.
    pub(crate) fn imported_documents(&self, place: u32) -> FxHashSet<u32> {
        let imports = self.document(place).said().imports.iter().take(FOLLOWED_MAX);
        imports.flat_map(|import| self.files_of(place, import)).collect()
    }

    /// The documents that an import may mean.
    fn files_of(&self, place: u32, import: &Import) -> Vec<u32> {
        let segments = segments_of(&import.module);
        let Some(last) = segments.last() else { return Vec::new() };
        // What is named by its path may be any file; a name is one of the same language.
        let is_path = import.module.contains('/');
        let is_kin = |file: u32| is_path || kin(self.document(place)) == kin(self.document(file));
        let mut best: Vec<u32> = Vec::new();
        let mut best_score = 0;
        let names = import.names.iter().take(FILES_MAX).map(|name| name.name.as_str());
        let before_last = segments.len().checked_sub(2).map(|at| segments[at]);
        let with = |name| segments.iter().copied().chain([name]).collect::<Vec<_>>();
        // The module itself, the name within it, and a name that is a module.
        let modules = [Some(*last), before_last].into_iter().flatten().map(|tried| (tried, segments.clone()));
        for (tried, segments) in modules.chain(names.map(|name| (name, with(name)))) {
            let Some(word) = words(tried).next().and_then(|(_, word)| self.vocabulary.id(word)) else {
                continue;
            };
            let files = self.named_so(word).take(TRIED_MAX);
            for file in files.filter(|file| *file != place && is_kin(*file)) {
                let score = self.agreement(place, file, &segments, tried);
                if score > best_score {
                    best.clear();
                    best_score = score;
                }
                if score == best_score && score > 0 && !best.contains(&file) {
                    best.push(file);
                }
            }
        }
        if best.len() > FILES_MAX {
            return Vec::new();
        }
        best.sort_by_key(|file| &self.document(*file).path);
        best
    }

    fn named_so(&self, word: WordId) -> impl Iterator<Item = u32> {
        self.on_path(word).map(|(file, _)| file)
    }

    /// How well a file fits the segments of a module; nothing where its name is not the tried one.
    fn agreement(&self, from: u32, file: u32, segments: &[&str], tried: &str) -> usize {
        let module = module_of(&self.document(file).path);
        let is_named = module.last() == Some(&tried);
        let ends_so = |segments: &[&str]| {
            segments.iter().rev().zip(module.iter().rev()).take_while(|(left, right)| left == right).count()
        };
        let whole = ends_so(segments);
        let without_last = segments.split_last().map_or(0, |(_, before)| ends_so(before));
        let matched = whole.max(without_last);
        let is_near = family_folder(&self.document(from).path) == family_folder(&self.document(file).path);
        if is_named {
            4 * matched.max(1) + usize::from(whole >= without_last) + 2 * usize::from(is_near)
        } else {
            0
        }
    }
}

/// The segments of a path as a module: without its ending, and without a file that stands for its folder.
fn module_of(path: &str) -> Vec<&str> {
    let mut segments: Vec<&str> = path.split('/').collect();
    if let Some(name) = segments.pop() {
        let stem = name.split('.').next().unwrap_or(name);
        if !FOLDER_FILES.contains(&stem) || segments.is_empty() {
            segments.push(stem);
        }
    }
    segments
}

/// The names of a module as it is written.
fn segments_of(module: &str) -> Vec<&str> {
    let module = module.trim_matches(['"', '\'', '<', '>', ' ']);
    // An ending of a file is no segment: `./row.js`, `store/row.h`.
    let is_file = module.contains('/') || module.ends_with(".h") || module.ends_with(".hpp");
    let module = match module.rsplit_once('.') {
        Some((before, ending)) if is_file && ending.len() <= 4 && !ending.contains('/') => before,
        _ => module,
    };
    let joints: &[char] = if is_file { &['/'] } else { &['/', ':', '.', '\\'] };
    module
        .split(joints)
        .filter(|segment| !STARTS.contains(segment) && *segment != "." && *segment != "..")
        .collect()
}

/// What languages call each other's files by name.
fn kin(document: &Stored) -> &'static str {
    match document.language.map_or("", |language| language.fence) {
        "java" | "kotlin" | "scala" | "groovy" => "jvm",
        "c" | "cpp" => "c",
        "javascript" | "typescript" | "tsx" | "jsx" | "vue" | "svelte" => "javascript",
        fence => fence,
    }
}

fn family_folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Document;

    #[test]
    fn modules_are_taken_apart() {
        let check = |module: &str, expected: &[&str]| assert_eq!(segments_of(module), expected, "{module}");
        check("crate::store::row", &["store", "row"]);
        check("./store/row.js", &["store", "row"]);
        check("../row", &["row"]);
        check("\"store/row.h\"", &["store", "row"]);
        check("com.example.store.Row", &["com", "example", "store", "Row"]);
        check("App\\Store\\Row", &["App", "Store", "Row"]);
        check("", &[]);
    }

    #[test]
    fn a_name_is_no_file_of_another_language() {
        let index = Index::build([
            Document::new("proto/annotations.proto", "message A {}\n"),
            Document::new(
                "a/com/example/annotations/Since.java",
                "package com.example.annotations;\npublic @interface Since {}\n",
            ),
            Document::new(
                "a/com/example/Use.java",
                "package com.example;\nimport com.example.annotations.Since;\nimport java.util.List;\nclass Use {}\n",
            ),
        ]);
        let found = index.imports("a/com/example/Use.java");
        let files: Vec<_> = found.iter().map(|import| import.files.clone()).collect();
        assert_eq!(files, [vec!["a/com/example/annotations/Since.java"], vec![]]);
    }

    #[test]
    fn imports_lead_to_files_of_the_workspace() {
        let index = Index::build([
            Document::new("src/store/row.rs", "pub struct Row;\n"),
            Document::new("src/store/mod.rs", "pub mod row;\n"),
            Document::new("src/main.rs", "use crate::store::row::Row;\nuse std::fs;\nfn main() {}\n"),
            Document::new("web/depot.py", "class Depot: pass\n"),
            Document::new("web/main.py", "from .depot import Depot\nimport os\n"),
            Document::new("js/a.ts", "export const a = 1;\n"),
            Document::new("js/b.ts", "import { a } from './a';\n"),
        ]);
        let check = |path: &str, expected: &[(&str, &[&str])]| {
            let found = index.imports(path);
            let found: Vec<_> = found.iter().map(|import| (import.module, &import.files[..])).collect();
            assert_eq!(found, expected, "{path}");
        };
        check("src/main.rs", &[("crate::store::row", &["src/store/row.rs"]), ("std", &[])]);
        check("web/main.py", &[(".depot", &["web/depot.py"]), ("os", &[])]);
        check("js/b.ts", &[("./a", &["js/a.ts"])]);
        let importers: Vec<&str> = index.importers("js/a.ts", 9).iter().map(|import| import.path).collect();
        assert_eq!(importers, ["js/b.ts"]);
    }
}
