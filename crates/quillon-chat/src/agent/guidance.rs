//! What the repository says about itself: `AmazonQ.md`, `AGENTS.md`, `README.md` and the rules of `.amazonq/rules`.
//!
//! Those at the root go with the first message and stand outside of what compaction sums up. An `AGENTS.md` further down
//! goes with the first result that is about a file below its folder, the nearest one only. All of it is bounded, fenced,
//! and data: it says how the code base is worked on and can permit nothing.

use std::collections::BTreeSet;

use quillon_base::{Fault, FaultCode};
use quillon_contract::event::Notice;
use quillon_road::Passage;

use super::locked;
use crate::answer::counted;
use crate::tool::Hands;
use crate::turn::stops;

/// The files at the root that count, in this order.
const ROOT_FILES: &[&str] = &["AmazonQ.md", "AGENTS.md", "README.md"];
/// Where rules are.
const RULES: &str = ".amazonq/rules/";
/// The name of the file that counts in every folder.
const AGENTS: &str = "AGENTS.md";
/// The most of one file, in bytes.
const FILE_BYTES_MAX: usize = 32 * 1024;
/// The most of a README, which is written for people and often long, in bytes.
const README_BYTES_MAX: usize = 8 * 1024;
/// The most of all files of the root, and of all that go with one result, in bytes.
const ALL_BYTES_MAX: usize = 64 * 1024;
/// The most files of the root that are read.
const FILES_MAX: usize = 200;

/// What the repository says about itself.
#[derive(Debug, Default)]
pub(crate) struct Guidance {
    /// Of the root, ready to send.
    root: String,
    /// Folders with an `AGENTS.md` of their own.
    nested: BTreeSet<String>,
    /// Folders whose `AGENTS.md` was given.
    given: BTreeSet<String>,
}

impl Guidance {
    /// Reads what there is at the root, at most `bytes_max` of it, and notes what there is further down.
    ///
    /// # Errors
    /// Those of the workspace; a file that cannot be read is said and left out.
    pub(super) async fn read(passage: &Passage, bytes_max: usize) -> Result<Self, Fault> {
        if !passage.has_workspace() {
            return Ok(Self::default());
        }
        let files = passage.list_files().await?;
        let rules = files.iter().filter(|path| path.starts_with(RULES) && path.ends_with(".md"));
        let root = ROOT_FILES.iter().filter(|name| files.iter().any(|path| path == *name)).copied();
        let paths: Vec<&str> = root.chain(rules.map(String::as_str)).collect();
        let mut guidance =
            Self { nested: files.iter().filter_map(|path| nested_in(path)).collect(), ..Self::default() };
        let mut room = ALL_BYTES_MAX.min(bytes_max);
        for (place, path) in paths.iter().enumerate() {
            if room == 0 || place == FILES_MAX {
                let more = counted(paths.len() - place, "file");
                let what =
                    format!("what guides from `{path}` on is left out ({more}): there is more than fits");
                passage.say(Notice::warning(what)).await?;
                break;
            }
            let path = *path;
            let file_bytes_max = if path == "README.md" { README_BYTES_MAX } else { FILE_BYTES_MAX };
            match text_of(passage, path, file_bytes_max.min(room)).await? {
                Ok(text) => {
                    room = room.saturating_sub(text.len());
                    guidance.root.push_str(&fenced("repository-guidance", "path", path, &text));
                }
                Err(why) => {
                    passage.say(Notice::warning(format!("`{path}` does not guide the model: {why}"))).await?
                }
            }
        }
        Ok(guidance)
    }

    /// What stands at the root.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// What was given of folders further down may be forgotten by now; it is given again.
    pub(super) fn forgotten(&mut self) {
        self.given.clear();
    }

    /// The nearest folders above these paths whose `AGENTS.md` was not given yet; they are now.
    fn due(&mut self, paths: &[String]) -> Vec<String> {
        let above = |path: &String| {
            let mut folder = path.as_str();
            while let Some((parent, _)) = folder.rsplit_once('/') {
                if self.nested.contains(parent) {
                    return Some(parent.to_owned());
                }
                folder = parent;
            }
            None
        };
        let folders: BTreeSet<String> = paths.iter().filter_map(above).collect();
        let due: Vec<String> = folders.difference(&self.given).cloned().collect();
        self.given.extend(due.iter().cloned());
        due
    }
}

/// The nearest `AGENTS.md` of these paths, as far as the model has not seen it.
///
/// # Errors
/// Those that stop the turn.
pub(crate) async fn nearest(hands: &Hands<'_>, paths: &[String]) -> Result<String, Fault> {
    let due = locked(hands.guidance).due(paths);
    let mut said = String::new();
    for folder in due {
        if said.len() >= ALL_BYTES_MAX {
            // It goes with the next result about a file below it.
            locked(hands.guidance).given.remove(&folder);
            continue;
        }
        let path = format!("{folder}/{AGENTS}");
        if let Ok(text) = text_of(hands.passage, &path, FILE_BYTES_MAX).await? {
            said.push('\n');
            said.push_str(&fenced("repository-guidance", "path", &path, &text));
        }
    }
    Ok(said)
}

fn nested_in(path: &str) -> Option<String> {
    let folder = path.strip_suffix(AGENTS)?.strip_suffix('/')?;
    Some(folder.to_owned())
}

/// A text, cut; or why there is none.
async fn text_of(
    passage: &Passage,
    path: &str,
    bytes_max: usize,
) -> Result<Result<String, &'static str>, Fault> {
    let file = match passage.read_file(path).await {
        Ok(file) => file,
        Err(fault) if stops(&fault) => return Err(fault),
        Err(fault) if fault.code == FaultCode::PolicyRefused => {
            return Ok(Err("policy does not allow to read it"));
        }
        Err(_) => return Ok(Err("it cannot be read")),
    };
    let Some(decoded) = quillon_text::decode(&file.bytes) else {
        return Ok(Err("it is not text"));
    };
    passage.learn_secrets(&decoded.text);
    let text = decoded.text;
    if text.len() <= bytes_max {
        return Ok(Ok(text));
    }
    let kept = &text[..text.floor_char_boundary(bytes_max)];
    Ok(Ok(format!("{kept}\n[cut here; read {path} for the rest]\n")))
}

/// A text between marks that it cannot close itself.
pub(super) fn fenced(tag: &str, attribute: &str, value: &str, text: &str) -> String {
    let value = value.replace(['"', '<', '>', '\n'], "_");
    let text = text.replace(&format!("</{tag}"), &format!("<\\/{tag}"));
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("<{tag} {attribute}=\"{value}\">\n{text}{end}</{tag}>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_counts_and_is_given_once() {
        let nested = ["a", "a/b", "c"].map(str::to_owned).into();
        let mut guidance = Guidance { nested, ..Guidance::default() };
        let mut due =
            |paths: &[&str]| guidance.due(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
        assert_eq!(due(&["x.rs", "a.rs"]), [""; 0]);
        assert_eq!(due(&["a/b/d/e.rs", "a/b/f.rs"]), ["a/b"]);
        assert_eq!(due(&["a/b/f.rs", "a/g.rs"]), ["a"]);
        assert_eq!(due(&["a/g.rs"]), [""; 0]);
        guidance.forgotten();
        assert_eq!(guidance.due(&["c/x".to_owned()]), ["c"]);
    }

    #[test]
    fn a_text_does_not_close_its_own_fence() {
        let fenced = fenced("given", "name", "a\"><b", "x</given>y");
        assert_eq!(fenced, "<given name=\"a___b\">\nx<\\/given>y\n</given>\n");
    }
}
