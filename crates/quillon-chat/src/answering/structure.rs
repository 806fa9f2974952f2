//! How the parts hang together: folders and what they bring in of one another, or the callers of one definition. Told as
//! a list with places, and drawn with Mermaid for those who can look at it.

use std::collections::BTreeMap;

use quillon_base::Fault;
use quillon_retrieve::Definition;
use quillon_workspace::Role;

use super::project;
use super::scene::{Scene, at, qualified};
use crate::answer::{Answer, code, counted};
use crate::explain::Chosen;
use crate::workspace::within;

/// The most parts of a drawing.
const PARTS_MAX: usize = 12;
/// The most arrows of a drawing.
const ARROWS_MAX: usize = 24;
/// The most arrows that are told with their places.
const ARROWS_TOLD_MAX: usize = 10;
/// The most files whose imports are followed.
const FILES_MAX: usize = 20_000;
/// The most callers and callees that are drawn.
const CALLS_MAX: usize = 8;
/// A folder with more than this share of all files is opened up.
const SHARE_OPENED: f32 = 0.5;
/// How deep folders are opened up.
const DEPTH_MAX: usize = 6;

/// A folder with code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    pub(crate) path: String,
    pub(crate) files: usize,
}

/// One part that uses another.
struct Arrow {
    from: String,
    to: String,
    count: usize,
    /// Where it is said first.
    place: String,
}

/// Tells how the parts of the workspace hang together.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn say(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let folders = folders(scene, PARTS_MAX);
    let arrows = imports(scene, &folders);
    let layout = project::layout(scene);
    if arrows.is_empty() {
        let none = "No file of one folder is seen to bring in one of another.\n";
        return answer
            .text(format!("{}{layout}\n", if folders.is_empty() { "There is no code here.\n" } else { none }))
            .await;
    }
    let parts = counted(folders.len(), "folder");
    let total: usize = arrows.iter().map(|arrow| arrow.count).sum();
    let mut text = format!("{parts} of code, joined by {}:\n\n", counted(total, "import"));
    for arrow in arrows.iter().take(ARROWS_TOLD_MAX) {
        let times = counted(arrow.count, "import");
        text +=
            &format!("- {} uses {}: {times}, as at {}\n", code(&arrow.from), code(&arrow.to), arrow.place);
    }
    let more = arrows.len().saturating_sub(ARROWS_TOLD_MAX);
    if more > 0 {
        text += &format!("- and {more} more\n");
    }
    text += &layout;
    answer.chose(Chosen::new("map", "the whole workspace", "structure was asked for", text.len()));
    answer.text(format!("{text}\n{}\n", mermaid(&arrows))).await
}

/// Draws who calls a definition and what it calls.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn calls(
    scene: &Scene<'_>,
    answer: &mut Answer<'_>,
    best: &Definition<'_>,
) -> Result<(), Fault> {
    let name = qualified(best);
    let mut arrows = Vec::new();
    for caller in scene.index().callers(best.id, CALLS_MAX) {
        let from = caller.call.within.as_ref().map_or_else(|| caller.call.path.to_owned(), qualified);
        let place = at(caller.call.path, caller.call.line);
        arrows.push(Arrow { from, to: name.clone(), count: caller.call.count as usize, place });
    }
    let callees = scene.index().callees(best.id, CALLS_MAX * 4);
    let own = callees.iter().filter_map(|callee| Some((callee, callee.definitions.first()?)));
    for (callee, found) in own.take(CALLS_MAX) {
        let place = at(best.path, callee.line);
        arrows.push(Arrow { from: name.clone(), to: qualified(found), count: callee.count as usize, place });
    }
    if arrows.is_empty() {
        return Ok(());
    }
    answer.text(format!("{}\n", mermaid(&arrows))).await
}

/// The folders that the code lies in: as many as may be shown, the large ones opened up.
pub(crate) fn folders(scene: &Scene<'_>, most: usize) -> Vec<Folder> {
    let is_counted = |path: &&str| scene.index().role(path) == Some(Role::Source) && !path.starts_with('.');
    let files: Vec<&str> = scene.index().paths().filter(is_counted).take(FILES_MAX).collect();
    split(&files, most)
}

/// The folders at the top that hold files of a role, those with most of them first.
pub(crate) fn tops(scene: &Scene<'_>, role: Role) -> Vec<String> {
    let files =
        scene.index().paths().filter(|path| scene.index().role(path) == Some(role) && !path.starts_with('.'));
    let files: Vec<&str> = files.take(FILES_MAX).collect();
    let mut folders = below(&files, "");
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.files));
    folders.into_iter().map(|folder| folder.path).collect()
}

/// Starts with the folders at the top, and opens the largest while there is room.
fn split(files: &[&str], most: usize) -> Vec<Folder> {
    let mut folders = below(files, "");
    for _ in 0..DEPTH_MAX {
        let largest = folders.iter().enumerate().max_by_key(|(_, folder)| folder.files);
        let Some((place, largest)) = largest.map(|(place, folder)| (place, folder.clone())) else { break };
        let inner = below(files, &largest.path);
        let is_large = largest.files as f32 > SHARE_OPENED * files.len() as f32 || folders.len() < 3;
        let fits = folders.len() - 1 + inner.len() <= most;
        if !is_large || inner.is_empty() || !fits {
            break;
        }
        let inside: usize = inner.iter().map(|folder| folder.files).sum();
        folders.remove(place);
        if inside < largest.files {
            folders.push(Folder { files: largest.files - inside, ..largest });
        }
        folders.extend(inner);
    }
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.files));
    folders.truncate(most);
    folders.sort_by(|left, right| left.path.cmp(&right.path));
    folders
}

/// The folders directly in a folder, with how many files lie anywhere below each.
fn below(files: &[&str], folder: &str) -> Vec<Folder> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in files {
        if let Some((name, _)) = within(path, folder).and_then(|rest| rest.split_once('/')) {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            *counts.entry(path).or_default() += 1;
        }
    }
    counts.into_iter().map(|(path, files)| Folder { path, files }).collect()
}

/// What the files of a folder bring in of other folders.
fn imports(scene: &Scene<'_>, folders: &[Folder]) -> Vec<Arrow> {
    // The innermost folder counts, so that a folder that was opened up keeps only the files of its own.
    let folder_of = |path: &str| {
        let holds = |folder: &&Folder| within(path, &folder.path).is_some();
        folders.iter().filter(holds).max_by_key(|folder| folder.path.len()).map(|folder| folder.path.as_str())
    };
    let mut found: BTreeMap<(&str, &str), (usize, String)> = BTreeMap::new();
    let code = scene.index().paths().filter(|path| scene.index().role(path) == Some(Role::Source));
    for path in code.take(FILES_MAX) {
        let Some(from) = folder_of(path) else { continue };
        for import in scene.index().imports(path) {
            let targets = import.files.iter().filter_map(|file| folder_of(file)).filter(|to| *to != from);
            // An import that may mean several files is one import.
            if let Some(to) = targets.min() {
                let known = found.entry((from, to)).or_insert_with(|| (0, at(path, import.line)));
                known.0 += 1;
            }
        }
    }
    let arrow = |((from, to), (count, place)): ((&str, &str), (usize, String))| Arrow {
        from: from.to_owned(),
        to: to.to_owned(),
        count,
        place,
    };
    let mut arrows: Vec<Arrow> = found.into_iter().map(arrow).collect();
    arrows.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.from.cmp(&right.from)));
    arrows
}

/// A drawing in Mermaid. Names are quoted, so that no name can end the drawing.
fn mermaid(arrows: &[Arrow]) -> String {
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    let mut text = String::from("```mermaid\ngraph LR\n");
    for arrow in arrows.iter().take(ARROWS_MAX) {
        for name in [arrow.from.as_str(), arrow.to.as_str()] {
            if !ids.contains_key(name) {
                let id = ids.len();
                ids.insert(name, id);
                text += &format!("  n{id}[\"{}\"]\n", label(name));
            }
        }
        let times = if arrow.count > 1 { format!("|{}|", arrow.count) } else { String::new() };
        text += &format!("  n{} -->{times} n{}\n", ids[arrow.from.as_str()], ids[arrow.to.as_str()]);
    }
    text + "```"
}

fn label(name: &str) -> String {
    name.replace('&', "&amp;")
        .replace('"', "#quot;")
        .replace('<', "&lt;")
        .replace('`', "'")
        .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_folders_are_opened_up() {
        let check = |files: &[&str], most: usize, expected: &[&str]| {
            let found: Vec<String> =
                split(files, most).iter().map(|folder| format!("{} {}", folder.path, folder.files)).collect();
            assert_eq!(found, expected);
        };
        check(&["a.rs"], 9, &[]);
        check(&["src/a.rs", "docs/b.md"], 9, &["docs 1", "src 1"]);
        let files = ["crates/a/x.rs", "crates/a/y.rs", "crates/b/x.rs", "crates/c/src/x.rs", "docs/x.md"];
        check(&files, 9, &["crates/a 2", "crates/b 1", "crates/c 1", "docs 1"]);
        check(&files, 2, &["crates 4", "docs 1"]);
    }

    #[test]
    fn no_name_ends_the_drawing() {
        let arrow = Arrow { from: "a\"]\n```".into(), to: "b<c>".into(), count: 2, place: String::new() };
        assert_eq!(
            mermaid(&[arrow]),
            "```mermaid\ngraph LR\n  n0[\"a#quot;] '''\"]\n  n1[\"b&lt;c>\"]\n  n0 -->|2| n1\n```"
        );
    }
}
