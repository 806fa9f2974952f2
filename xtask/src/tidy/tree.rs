//! The workspace as data: every text file that would be committed, and what was parsed out of it.

use std::fs;
use std::path::Path;

use ignore::WalkBuilder;

use super::manifest::Manifest;
use super::source::Source;
use crate::failure::{Context, Failure};

/// A file larger than this is data, not text to read line by line.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// Everything the locks look at.
pub(crate) struct Tree {
    /// The workspace's own manifest.
    pub(crate) root: Manifest,
    /// The members, sorted by path.
    pub(crate) members: Vec<Member>,
    /// Every text file, sorted by path.
    pub(crate) texts: Vec<Text>,
    /// The Rust files among them that parse.
    pub(crate) sources: Vec<Source>,
}

/// One crate of the workspace.
pub(crate) struct Member {
    /// Its folder, relative to the root: `crates/quillon-base`.
    pub(crate) folder: String,
    pub(crate) manifest: Manifest,
}

impl Member {
    /// The package's name, or the folder's where the manifest forgot it.
    pub(crate) fn name(&self) -> &str {
        self.manifest.name().unwrap_or_else(|| self.folder_name())
    }

    pub(crate) fn folder_name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or(&self.folder)
    }
}

/// One text file.
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) content: String,
}

impl Text {
    /// Whether this is a sample that some test reads, whose form is its point.
    pub(crate) fn is_fixture(&self) -> bool {
        self.path
            .split('/')
            .any(|part| matches!(part, "fixtures" | "snapshots" | "compile-fail" | "compile_fail"))
    }
}

impl Tree {
    /// Reads what git would keep below `root`: everything that no ignore file excludes.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .parents(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walk {
            let entry = entry.context(|| "cannot walk the workspace".to_owned())?;
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            // A file may vanish between the walk and the read, when an editor saves; it is not there then.
            let Some(metadata) = entry.metadata().ok().filter(|_| is_file) else { continue };
            if metadata.len() > TEXT_BYTES_MAX {
                continue;
            }
            let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let bytes = fs::read(entry.path()).context(|| format!("cannot read {}", path.display()))?;
            let is_binary = bytes.contains(&0);
            if let Some(content) = String::from_utf8(bytes).ok().filter(|_| !is_binary) {
                files.push((path.to_string_lossy().replace('\\', "/"), content));
            }
        }
        Self::of(files)
    }

    /// The tree that consists of `files`, given as path and content.
    pub(crate) fn of(mut files: Vec<(String, String)>) -> Result<Self, Failure> {
        files.sort();
        let texts: Vec<_> = files.into_iter().map(|(path, content)| Text { path, content }).collect();
        let root = texts.iter().find(|text| text.path == "Cargo.toml");
        let root = Manifest::parse("Cargo.toml", root.map_or("", |text| &text.content))?;
        let mut members = Vec::new();
        for text in &texts {
            if let Some(folder) = member_folder(&text.path) {
                let manifest = Manifest::parse(&text.path, &text.content)?;
                members.push(Member { folder: folder.to_owned(), manifest });
            }
        }
        let sources = texts.iter().filter_map(|text| Source::parse(text)?.ok()).collect();
        Ok(Self { root, members, texts, sources })
    }

    /// The content of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|text| text.path == path).map(|text| text.content.as_str())
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name() == name)
    }

    /// What was read, for the closing line.
    pub(crate) fn summary(&self) -> String {
        format!("{} crates, {} sources, {} files", self.members.len(), self.sources.len(), self.texts.len())
    }
}

/// The folder of the member whose manifest is at `path`: `crates/<name>` or `xtask`.
fn member_folder(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let name = folder.strip_prefix("crates/").unwrap_or(folder);
    let is_member = !name.contains('/') && (folder != name || name == "xtask");
    is_member.then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_the_flat_crates_and_xtask() {
        assert_eq!(member_folder("crates/quillon-base/Cargo.toml"), Some("crates/quillon-base"));
        assert_eq!(member_folder("xtask/Cargo.toml"), Some("xtask"));
        assert_eq!(member_folder("crates/quillon-base/fuzz/Cargo.toml"), None);
        assert_eq!(member_folder("editors/zed/Cargo.toml"), None);
        assert_eq!(member_folder("Cargo.toml"), None);
    }

    #[test]
    fn reads_what_git_would_keep() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        write("Cargo.toml", b"[workspace]\n");
        write(".gitignore", b"/target\n");
        write(".ci/run", b"cargo xtask test\n");
        write(".git/config", b"[core]\n");
        write("target/debug/notes.txt", b"built\n");
        write("logo.png", b"\x89PNG\0\0");
        write("latin1.txt", b"caf\xe9\n");
        let tree = Tree::read(folder.path()).unwrap();
        let paths: Vec<_> = tree.texts.iter().map(|text| text.path.as_str()).collect();
        assert_eq!(paths, [".ci/run", ".gitignore", "Cargo.toml"]);
    }
}
