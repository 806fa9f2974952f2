//! What is found by its absolute path: the folder that becomes a workspace, and the rules of the repository around it.
//!
//! Everything else about a workspace goes through the folder that is opened here.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the host adapter: a workspace has to be found on the disk once, to be held from then on"
)]

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::fs::Dir;
use quillon_base::{Fault, FaultCode};
use rustix::fs::OFlags;

use crate::fault;
use crate::reading::read_up_to;
use crate::rules::{Kind, RULES_BYTES_MAX, Rules};

/// The largest file in which git says where a repository's own folder is.
const GIT_POINTER_BYTES_MAX: u64 = 4096;

/// Opens a folder, and tells its absolute path without links.
pub(crate) fn open_folder(folder: &Path) -> Result<(PathBuf, Dir), Fault> {
    let found = folder.canonicalize().and_then(|real| {
        let dir = Dir::open_ambient_dir(&real, cap_std::ambient_authority())?;
        // Holding a folder needs no permission to look into it; working in it does.
        dir.entries()?;
        Ok((real, dir))
    });
    found.map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Fault::new(FaultCode::WorkspaceMissing, format!("there is no folder `{}`", folder.display()))
                .hint("name a folder that exists")
                .inner(error)
        }
        _ => fault::reading(&error, &folder.display().to_string()),
    })
}

/// The rules around a workspace.
pub(crate) struct Around {
    /// Those of the folders above it, up to the root of the repository that it is in.
    pub(crate) rules: Arc<Rules>,
    /// The workspace's path from that root; empty when it is the root, or in no repository.
    pub(crate) prefix: String,
    /// The rules of its own repository when they are kept elsewhere, as for a linked worktree.
    pub(crate) exclude: Option<Vec<u8>>,
}

/// Reads the rules around the workspace at `root`.
///
/// A repository that ignores the workspace's folder does not count it as part of itself, so its git rules have no say
/// in there; someone whose home is a repository that ignores everything still sees their projects.
pub(crate) fn rules_around(root: &Path) -> Result<Around, Fault> {
    let repository = root.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
    let Some(repository) = repository else {
        return Ok(Around { rules: Arc::default(), prefix: String::new(), exclude: None });
    };
    let prefix = root.strip_prefix(repository).unwrap_or(Path::new("")).to_string_lossy().into_owned();
    if prefix.is_empty() {
        return Ok(Around { rules: Arc::default(), prefix, exclude: linked_exclude(root) });
    }
    let mut rules = Arc::<Rules>::default();
    let mut is_outside = false;
    let mut folder = repository.to_owned();
    let mut path = String::new();
    for name in prefix.split('/') {
        rules = Rules::below(&rules, &path, folder == repository, |kind| match kind {
            Kind::GitExclude if folder == repository => Ok(exclude(&folder)),
            Kind::GitExclude => Ok(None),
            _ => read(&folder.join(kind.file()), RULES_BYTES_MAX),
        })?;
        folder.push(name);
        path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        if rules.verdict(Kind::Amazonq, &path, true) == Some(true) {
            return Err(excluded(&root.display().to_string()));
        }
        is_outside |= rules.excludes(&path, true);
    }
    let rules = if is_outside { rules.only_amazonq() } else { rules };
    Ok(Around { rules, prefix, exclude: None })
}

/// A folder that `.amazonqignore` excludes.
pub(crate) fn excluded(folder: &str) -> Fault {
    Fault::new(FaultCode::FileOutside, format!("`{folder}` is excluded by an `.amazonqignore`"))
        .hint("remove the line from that file if the folder may be looked at")
}

fn exclude(repository: &Path) -> Option<Vec<u8>> {
    let own = read(&repository.join(Kind::GitExclude.file()), RULES_BYTES_MAX).ok().flatten();
    own.or_else(|| linked_exclude(repository))
}

/// The `info/exclude` of a worktree or submodule, whose `.git` is a file that points elsewhere.
fn linked_exclude(repository: &Path) -> Option<Vec<u8>> {
    let pointer = read(&repository.join(".git"), GIT_POINTER_BYTES_MAX).ok().flatten()?;
    let pointed = std::str::from_utf8(&pointer).ok()?.strip_prefix("gitdir:")?.trim();
    let git = repository.join(pointed);
    let common = read(&git.join("commondir"), GIT_POINTER_BYTES_MAX).ok().flatten();
    let common = common.and_then(|common| String::from_utf8(common).ok());
    let git = common.map_or_else(|| git.clone(), |common| git.join(common.trim()));
    read(&git.join("info/exclude"), RULES_BYTES_MAX).ok().flatten()
}

fn read(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, Fault> {
    let shown = path.display().to_string();
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let opened = opened.and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = match opened {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened.map_err(|error| fault::reading(&error, &shown))?,
    };
    if !metadata.is_file() {
        return Err(fault::not_a_file(&shown));
    }
    let bytes =
        read_up_to(file, metadata.len(), bytes_max).map_err(|error| fault::reading(&error, &shown))?;
    bytes.map(Some).ok_or_else(|| fault::too_large(&shown, bytes_max))
}
