//! Saved prompts: `.amazonq/prompts/NAME.md` of the workspace, else of the person; the workspace's counts first.

use quillon_base::{Fault, FaultCode};
use quillon_contract::{Item, Listing, QUERY_ITEMS_MAX};
use quillon_road::Passage;

/// Where a workspace keeps its prompts.
const FOLDER: &str = ".amazonq/prompts";
/// The longest name of a prompt, in bytes.
const NAME_BYTES_MAX: usize = 100;
/// The longest prompt, in bytes.
const PROMPT_BYTES_MAX: usize = 64 * 1024;

/// The text of a saved prompt.
///
/// # Errors
/// `file.missing` when there is none of this name, `file.too_large`, `file.binary`, and those of reading.
pub(crate) async fn read(passage: &Passage, name: &str) -> Result<String, Fault> {
    let missing = || {
        Fault::new(FaultCode::FileMissing, format!("there is no saved prompt `{name}`"))
            .hint(format!("keep it as `{FOLDER}/{name}.md`, or in `~/.aws/amazonq/prompts`"))
    };
    if !is_name(name) {
        return Err(missing());
    }
    let bytes = match of_workspace(passage, name).await? {
        Some(bytes) => bytes,
        None => passage.read_original(&format!("prompts/{name}.md")).await?.ok_or_else(missing)?,
    };
    if bytes.len() > PROMPT_BYTES_MAX {
        let message = format!("the saved prompt `{name}` has {} bytes", bytes.len());
        return Err(Fault::new(FaultCode::FileTooLarge, message)
            .hint(format!("a prompt may have up to {PROMPT_BYTES_MAX} bytes")));
    }
    let text = quillon_text::decode(&bytes).map(|decoded| decoded.text);
    text.ok_or_else(|| Fault::new(FaultCode::FileBinary, format!("the saved prompt `{name}` is not text")))
}

async fn of_workspace(passage: &Passage, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    if !passage.has_workspace() {
        return Ok(None);
    }
    match passage.read_file(&format!("{FOLDER}/{name}.md")).await {
        Ok(file) => Ok(Some(file.bytes)),
        Err(fault) if fault.code == FaultCode::FileMissing => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// A prompt's name is one part of a path.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name.starts_with('.')
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control)
}

/// The prompts whose name begins so. Those of the person cannot be listed, but are found by their whole name.
pub(crate) async fn listing(passage: &Passage, prefix: &str) -> Result<Listing, Fault> {
    let mut names: Vec<String> = Vec::new();
    if passage.has_workspace() {
        let files = passage.list_files().await?;
        let of = |path: &String| {
            Some(path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(".md")?.to_owned())
        };
        names.extend(files.iter().filter_map(of).filter(|name| name.starts_with(prefix) && is_name(name)));
    }
    let mut items: Vec<Item> = names.into_iter().map(|name| item(name, FOLDER)).collect();
    if is_name(prefix) && !items.iter().any(|item| item.id == prefix) {
        let own = passage.read_original(&format!("prompts/{prefix}.md")).await;
        if own.is_ok_and(|bytes| bytes.is_some()) {
            items.push(item(prefix.to_owned(), "~/.aws/amazonq/prompts"));
        }
    }
    let more = items.len() > QUERY_ITEMS_MAX;
    items.truncate(QUERY_ITEMS_MAX);
    Ok(Listing { items, more })
}

fn item(name: String, folder: &str) -> Item {
    Item { id: name.clone(), label: name, detail: Some(folder.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["review", "on call", "étude"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".x", "../x", "a/b", "a\\b", "a\nb", &"x".repeat(101)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
