//! What is read: the workspace, or the files and folders that were named; and what of it is reviewed.
//!
//! What somebody else wrote or a program made is set apart, and tests are, unless they were named.

use std::collections::BTreeMap;

use quillon_contract::Fault;
use quillon_host::SkipReason;
use quillon_road::Passage;
use quillon_workspace::{Role, role_of};

/// The files of one review.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// Texts by path.
    pub(crate) texts: BTreeMap<String, String>,
    /// What was left out, by path, and why.
    pub(crate) skipped: Vec<(String, String)>,
    /// How many files of a kind were set apart.
    pub(crate) apart: BTreeMap<&'static str, usize>,
}

/// Reads what is in scope.
///
/// # Errors
/// `workspace.missing`, `policy.refused`, `cancelled`, and those of files that were named.
pub(crate) async fn read(passage: &Passage, paths: &[String]) -> Result<Scope, Fault> {
    let mut scope = Scope::default();
    if paths.is_empty() {
        scope.tree(passage, None, false).await?;
    }
    for given in paths {
        let path = passage.path_within(given)?;
        match path.as_deref() {
            None => scope.tree(passage, None, false).await?,
            Some(path) if quillon_detect::Language::of_path(path).is_some() => {
                let file = passage.read_file(path).await?;
                scope.file(file.path, &file.bytes, true);
            }
            Some(folder) => scope.tree(passage, Some(folder), true).await?,
        }
    }
    Ok(scope)
}

impl Scope {
    async fn tree(&mut self, passage: &Passage, below: Option<&str>, is_named: bool) -> Result<(), Fault> {
        let tree = passage.read_tree(below).await?;
        for skipped in tree.skipped {
            let is_code = quillon_detect::Language::of_path(&skipped.path).is_some();
            if is_code || matches!(skipped.reason, SkipReason::TooMany | SkipReason::LinkOutside) {
                self.skipped.push((skipped.path, reason(skipped.reason).to_owned()));
            }
        }
        for file in tree.files {
            self.file(file.path, &file.bytes, is_named);
        }
        Ok(())
    }

    fn file(&mut self, path: String, bytes: &[u8], is_named: bool) {
        if quillon_detect::Language::of_path(&path).is_none() {
            return;
        }
        let Some(decoded) = quillon_text::decode(bytes) else {
            self.skipped.push((path, "it is not text".to_owned()));
            return;
        };
        let apart = match role_of(&path, &decoded.text) {
            Role::Vendored => Some("written by others"),
            Role::Generated => Some("made by a program"),
            Role::Minified => Some("squeezed by a program"),
            Role::Test if !is_named => Some("tests"),
            _ => None,
        };
        match apart {
            Some(kind) => *self.apart.entry(kind).or_default() += 1,
            None => {
                self.texts.insert(path, decoded.text);
            }
        }
    }
}

const fn reason(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::TooLarge => "it is larger than 10 MB",
        SkipReason::Unreadable => "it cannot be read",
        SkipReason::LinkOutside => "it is a link that leads nowhere, outside or in a circle",
        SkipReason::NameNotUtf8 => "its name is not UTF-8",
        SkipReason::NotAFile => "it is no regular file",
        SkipReason::TooMany => "it lies beyond the limit of files",
    }
}
