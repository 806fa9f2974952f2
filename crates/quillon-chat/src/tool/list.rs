//! `list`: the files of the workspace or of a folder, as ignore rules leave them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use globset::{GlobBuilder, GlobMatcher};
use quillon_base::{Fault, FaultCode};
use quillon_contract::EffectKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Act, Given, Hands, Output, Prepared, Tool};
use crate::workspace::within;

/// The most entries that are listed, when nothing else is said and at most.
pub(super) const ENTRIES_MAX: usize = 1_000;
/// How deep a listing goes when nothing else is said.
const DEPTH: usize = 2;

/// Lists.
pub(super) struct List;

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    pattern: Option<String>,
    #[serde(default)]
    depth: Option<usize>,
    #[serde(default)]
    offset: Option<usize>,
}

/// What is listed.
pub(super) struct Listing {
    pub(super) path: String,
    pub(super) depth: usize,
    pub(super) exclude: Option<Vec<String>>,
    pub(super) max_entries: Option<usize>,
    pub(super) offset: Option<usize>,
    pub(super) pattern: Option<String>,
}

#[async_trait]
impl Tool for List {
    fn name(&self) -> &'static str {
        "list"
    }

    fn description(&self) -> &'static str {
        "List files of the workspace, without what git or `.amazonqignore` ignores. With a pattern it finds files by their \
         path, at any depth."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "the folder; the whole workspace without it" },
                "pattern": { "type": "string", "description": "a glob over paths, such as `src/**/*.rs` or `**/test_*`" },
                "depth": { "type": "integer", "description": "how far below the folder, without a pattern", "default": DEPTH },
                "offset": { "type": "integer", "description": "entries to pass over", "default": 0 }
            },
            "required": []
        })
    }

    fn effects(&self) -> &'static [EffectKind] {
        &[EffectKind::ReadWorkspace]
    }

    #[cfg(test)]
    fn examples(&self) -> &'static [&'static str] {
        &["{}", r#"{"path":"src","depth":1,"offset":0}"#, r#"{"pattern":"**/*.rs"}"#]
    }

    async fn prepare(&self, _hands: &Hands<'_>, given: &Given) -> Result<Prepared, Fault> {
        let Arguments { path, pattern, depth, offset } = given.inside(self.name())?;
        let path = path.unwrap_or_else(|| ".".to_owned());
        let said = match &pattern {
            Some(pattern) => format!("list {path} for {pattern}"),
            None => format!("list {path}"),
        };
        let depth = depth.unwrap_or(DEPTH);
        Ok(Prepared::new(said, Listing { path, depth, exclude: None, max_entries: None, offset, pattern }))
    }
}

#[async_trait]
impl Act for Listing {
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault> {
        list(hands, &self).await.map(Output::text)
    }
}

/// Lists, with a word on what there is more.
pub(super) async fn list(hands: &Hands<'_>, listing: &Listing) -> Result<String, Fault> {
    let folder = hands.passage.path_within(&listing.path)?;
    let files = hands.passage.list_files().await?;
    let entries = entries(&files, folder.as_deref(), listing)?;
    let shown = folder.as_deref().unwrap_or(".");
    if entries.is_empty() {
        if let Some(folder) = &folder
            && listing.pattern.is_none()
        {
            let is_file = files.iter().any(|file| file == folder);
            let what = if is_file {
                "is a file, not a folder"
            } else {
                "does not exist, or holds nothing that is not ignored"
            };
            return Err(Fault::new(FaultCode::FileMissing, format!("`{folder}` {what}"))
                .hint("list the folder above it to see what there is"));
        }
        return Ok(format!("{shown}: nothing\n"));
    }
    let offset = listing.offset.unwrap_or(0).min(entries.len());
    let limit = listing.max_entries.unwrap_or(ENTRIES_MAX).clamp(1, ENTRIES_MAX);
    let page: Vec<_> = entries.iter().skip(offset).take(limit).map(String::as_str).collect();
    let mut text = format!("{shown}: {}\n{}\n", entries_said(entries.len()), page.join("\n"));
    let next = offset + page.len();
    if next < entries.len() {
        text.push_str(&format!("[{} more; go on with offset {next}]\n", entries.len() - next));
    }
    Ok(text)
}

fn entries_said(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// Files and, ending with `/`, folders below a folder.
fn entries(files: &[String], folder: Option<&str>, listing: &Listing) -> Result<BTreeSet<String>, Fault> {
    let pattern = listing.pattern.as_deref().map(glob).transpose()?;
    let exclude: Vec<_> =
        listing.exclude.iter().flatten().map(|pattern| glob(pattern)).collect::<Result<_, _>>()?;
    let mut entries = BTreeSet::new();
    for file in files {
        let Some(below) = within(file, folder.unwrap_or_default()) else {
            continue;
        };
        if exclude.iter().any(|glob| glob.is_match(file) || file.split('/').any(|name| glob.is_match(name))) {
            continue;
        }
        match &pattern {
            Some(pattern) if pattern.is_match(file) || pattern.is_match(below) => {
                entries.insert(file.clone());
            }
            Some(_) => {}
            None => {
                let names: Vec<_> = below.split('/').collect();
                let is_shown = names.len() <= listing.depth + 1;
                let shown = if is_shown { below.to_owned() } else { names[..=listing.depth].join("/") + "/" };
                entries.insert(shown);
            }
        }
    }
    Ok(entries)
}

/// A glob in which `*` stays within a name.
pub(super) fn glob(pattern: &str) -> Result<GlobMatcher, Fault> {
    let built = GlobBuilder::new(pattern).literal_separator(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| {
        Fault::new(FaultCode::InputInvalid, format!("`{pattern}` is not a glob: {error}"))
            .hint("`*` stands for a part of a name, `**/` for folders")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folder: Option<&str>, depth: usize, pattern: Option<&str>, exclude: &[&str], expected: &[&str]) {
        let files = ["README.md", "src/a.rs", "src/b/c.rs", "src/b/d/e.rs", "srcs/x.rs"].map(str::to_owned);
        let exclude = exclude.iter().map(|pattern| (*pattern).to_owned()).collect();
        let listing = Listing {
            path: String::new(),
            depth,
            exclude: Some(exclude),
            max_entries: None,
            offset: None,
            pattern: pattern.map(str::to_owned),
        };
        let found = entries(&files, folder, &listing).unwrap();
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn folders_are_shown_as_far_as_was_asked() {
        check(None, 0, None, &[], &["README.md", "src/", "srcs/"]);
        check(Some("src"), 0, None, &[], &["a.rs", "b/"]);
        check(Some("src"), 1, None, &[], &["a.rs", "b/c.rs", "b/d/"]);
        check(Some("nowhere"), 1, None, &[], &[]);
        check(None, 0, None, &["src", "*.md"], &["srcs/"]);
    }

    #[test]
    fn a_pattern_finds_paths_at_any_depth() {
        check(None, 0, Some("**/*.rs"), &[], &["src/a.rs", "src/b/c.rs", "src/b/d/e.rs", "srcs/x.rs"]);
        check(Some("src"), 0, Some("*.rs"), &[], &["src/a.rs"]);
        assert!(glob("a[").is_err());
    }
}
