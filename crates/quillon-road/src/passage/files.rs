//! The files of the workspace, with unsaved buffers before the disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256, digest};
use quillon_audit::{AuditDurable, EffectClosed};
use quillon_base::{Fault, FaultCode, Timestamp, hex};
use quillon_contract::{EffectKind, ResourceForm};
use quillon_host::{Before, FileStat, SkipReason, Skipped, WalkOptions, WorkspacePath};
use tokio_util::sync::CancellationToken;

use crate::facts;
use crate::gate::FilesGate;
use crate::passage::Passage;
use crate::passage::effect::{About, done};
use crate::passage::seen::{Seen, YOUNG_MILLIS};
use crate::session::locked;

/// The largest file that a bulk read takes, in bytes.
pub const TREE_FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// The most files that a bulk read takes.
pub const TREE_FILES_MAX: usize = 200_000;
/// The most bytes that a bulk read takes together.
const TREE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// The largest file that a single read takes, in bytes.
pub const READ_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// Where it is.
    pub path: String,
    /// What it holds: the open buffer, or else the disk.
    pub bytes: Vec<u8>,
    /// The SHA-256 of that, which nobody needs to compute again.
    pub sha256: [u8; 32],
}

impl ReadFile {
    /// A file that holds this.
    #[must_use]
    pub fn of(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &bytes).as_ref());
        Self { path: path.into(), bytes, sha256 }
    }
}

/// The workspace as one bulk read found it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The files that were read, by path.
    pub files: Vec<ReadFile>,
    /// The files that are as they were when they were read before, by path.
    pub unchanged: Vec<String>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// SHA-256 over the paths and contents, as the record has it, in hex.
    pub digest: String,
    /// What was read, for the next time.
    pub seen: Seen,
}

impl Passage {
    pub(crate) fn files(&self) -> Result<&FilesGate, Fault> {
        self.session.files.as_ref().ok_or_else(Self::workspace_missing)
    }

    /// A path as the workspace names it, from one that a person or a model wrote: relative, or absolute and below the
    /// workspace's folder. `None` stands for the folder itself.
    ///
    /// # Errors
    /// `workspace.missing`, `file.outside_workspace`, `input.invalid`.
    pub fn path_within(&self, given: &str) -> Result<Option<String>, Fault> {
        let root = self.files()?.root().to_string_lossy().into_owned();
        let below = given.strip_prefix(root.trim_end_matches('/'));
        let relative = match below {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.trim_start_matches('/'),
            _ => given,
        };
        let names_nothing =
            !relative.starts_with('/') && relative.split('/').all(|name| matches!(name, "" | "."));
        if names_nothing {
            return Ok(None);
        }
        WorkspacePath::new(relative).map(|path| Some(path.as_str().to_owned()))
    }

    fn workspace_resource(&self) -> String {
        facts::resource(&self.session, ResourceForm::Workspace, None)
    }

    /// Reads the whole workspace, or what lies below a folder: one effect, with a digest of everything that was read. A
    /// file that policy refuses by its path is skipped as one that cannot be read.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `cancelled`, `file.unreadable`.
    pub async fn read_tree(&self, below: Option<&str>) -> Result<Tree, Fault> {
        self.read_tree_of(below, |_| true).await
    }

    /// The same, but what is as it was when it was `seen` is not read again. It stands in the digest all the same: the
    /// record says what the caller has, not what the disk was asked for.
    ///
    /// # Errors
    /// As [`Passage::read_tree`].
    pub async fn read_tree_since(&self, below: Option<&str>, seen: Arc<Seen>) -> Result<Tree, Fault> {
        self.read_walked(below, |_| true, seen).await
    }

    /// As [`Passage::read_tree`], of the files only whose paths are wanted; the digest is of those.
    ///
    /// # Errors
    /// As [`Passage::read_tree`].
    pub async fn read_tree_of(
        &self,
        below: Option<&str>,
        is_wanted: fn(&str) -> bool,
    ) -> Result<Tree, Fault> {
        self.read_walked(below, is_wanted, Arc::default()).await
    }

    async fn read_walked(
        &self,
        below: Option<&str>,
        is_wanted: fn(&str) -> bool,
        seen: Arc<Seen>,
    ) -> Result<Tree, Fault> {
        let below = below.map(WorkspacePath::new).transpose()?;
        let files = self.files()?.clone();
        let arguments = below.as_ref().map_or("all files", WorkspacePath::as_str);
        let about = About {
            kind: EffectKind::ReadWorkspace,
            resource: self.workspace_resource(),
            arguments,
            keys: &[],
        };
        let effect = self.begin(about).await?;
        let options = WalkOptions { below, file_bytes_max: TREE_FILE_BYTES_MAX, files_max: TREE_FILES_MAX };
        let overlays = locked(&self.session.overlays).snapshot();
        let cancel = self.cancel.clone();
        let young = self.now().plus_millis(-YOUNG_MILLIS);
        let mut each = self.each_file();
        let read = move |proof: &AuditDurable| {
            let mut walked = files.walk(proof, &options, &|| cancel.is_cancelled())?;
            walked.files.retain(|FileStat { path, .. }| {
                if !is_wanted(path.as_str()) {
                    return false;
                }
                // A walk lists files under their own names, so where a path leads is where it says.
                let may = each.may_read(path);
                if !may {
                    walked.skipped.push(left_out(path));
                }
                may
            });
            let paths = walked.files.into_iter().map(|stat| (stat.path.clone(), Some(stat)));
            let known = Known { seen: &seen, overlays: &overlays, young };
            let tree = read_all(&files, proof, paths, walked.skipped, &known, &cancel)?;
            Ok((tree, each.into_refused()))
        };
        let (tree, refused) = effect.off_thread(read, |(tree, _)| closing(tree)).await?;
        self.record_left_out(refused).await?;
        Ok(tree)
    }

    /// Reads some files in bulk: one effect, with a digest of everything that was read. A file that cannot be read is
    /// skipped, and so is a link to one that may not be. Each is decided by its path before.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused` when one of them may not be read, `cancelled`.
    pub async fn read_files(&self, paths: &[String]) -> Result<Tree, Fault> {
        let files = self.files()?.clone();
        let resource = self.workspace_resource();
        let paths: Vec<WorkspacePath> =
            paths.iter().map(|path| WorkspacePath::new(path)).collect::<Result<_, _>>()?;
        for path in &paths {
            let keys = [("quillon:Path", path.as_str())];
            let resource = resource.clone();
            let about =
                About { kind: EffectKind::ReadWorkspace, resource, arguments: path.as_str(), keys: &keys };
            if let (decided, Some(fault)) = self.permitted(&about) {
                self.record_refused(&about, decided).await?;
                return Err(fault);
            }
        }
        let arguments = format!("{} named files", paths.len());
        let about = About { kind: EffectKind::ReadWorkspace, resource, arguments: &arguments, keys: &[] };
        let effect = self.begin(about).await?;
        let overlays = locked(&self.session.overlays).snapshot();
        let cancel = self.cancel.clone();
        let mut each = self.each_file();
        let read = move |proof: &AuditDurable| {
            let (paths, refused): (Vec<_>, Vec<_>) =
                paths.into_iter().partition(|path| each.may_follow(&files, proof, path));
            let paths = paths.into_iter().map(|path| (path, None));
            let skipped = refused.iter().map(left_out).collect();
            let known = Known { seen: &Seen::default(), overlays: &overlays, young: Timestamp::default() };
            let tree = read_all(&files, proof, paths, skipped, &known, &cancel)?;
            Ok((tree, each.into_refused()))
        };
        let (tree, refused) = effect.off_thread(read, |(tree, _)| closing(tree)).await?;
        self.record_left_out(refused).await?;
        Ok(tree)
    }

    /// The paths of the workspace's files, without reading them: one effect.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `cancelled`, `file.unreadable`.
    pub async fn list_files(&self) -> Result<Vec<String>, Fault> {
        let files = self.files()?.clone();
        let about = About {
            kind: EffectKind::ReadWorkspace,
            resource: self.workspace_resource(),
            arguments: "names of files",
            keys: &[],
        };
        let effect = self.begin(about).await?;
        let options = WalkOptions { below: None, file_bytes_max: u64::MAX, files_max: TREE_FILES_MAX };
        let cancel = self.cancel.clone();
        let list = move |proof: &AuditDurable| {
            let walked = files.walk(proof, &options, &|| cancel.is_cancelled())?;
            Ok(walked.files.into_iter().map(|stat| stat.path.as_str().to_owned()).collect())
        };
        effect.off_thread(list, |paths: &Vec<String>| done(paths.len() as u64, 0)).await
    }

    /// Where a path leads: the same by a path without links in it, which is what a decision about it must see. What does
    /// not exist yet keeps its names below the deepest folder that does.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `file.outside_workspace`, `file.unreadable`.
    pub async fn real_path(&self, path: &str) -> Result<String, Fault> {
        let path = WorkspacePath::new(path)?;
        let files = self.files()?.clone();
        let keys = [("quillon:Path", path.as_str())];
        let arguments = format!("where {path} leads");
        let effect = self.begin(self.about_file(EffectKind::ReadWorkspace, &arguments, &keys)).await?;
        let real = files.real_path(effect.durable().await?, &path);
        effect.finish(real.map(|real| real.as_str().to_owned()), |_| done(1, 0))
    }

    /// Reads one file; its open buffer counts before the disk. Through a link, policy decides about where it leads as well.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, and those of the file.
    pub async fn read_file(&self, path: &str) -> Result<ReadFile, Fault> {
        let path = WorkspacePath::new(path)?;
        let files = self.files()?.clone();
        let keys = [("quillon:Path", path.as_str())];
        let effect = self.begin(self.about_file(EffectKind::ReadWorkspace, path.as_str(), &keys)).await?;
        let real = files.real_path(effect.durable().await?, &path);
        if let Ok(real) = &real
            && *real != path
        {
            let keys = [("quillon:Path", real.as_str())];
            let about = self.about_file(EffectKind::ReadWorkspace, real.as_str(), &keys);
            let (decided, refused) = self.permitted(&about);
            if let Some(fault) = refused {
                effect.close(EffectClosed::failed(fault.code))?;
                self.record_refused(&about, decided).await?;
                return Err(fault);
            }
        }
        let buffer = {
            let overlays = locked(&self.session.overlays);
            let of = |path: &WorkspacePath| overlays.get(path.as_str()).map(|text| text.as_bytes().to_vec());
            of(&path).or_else(|| of(real.as_ref().ok()?))
        };
        let read = move |proof: &AuditDurable| {
            let bytes =
                buffer.map_or_else(|| files.read(proof, &path, READ_BYTES_MAX).map(|file| file.bytes), Ok)?;
            Ok(ReadFile::of(path.as_str(), bytes))
        };
        // A slow disk holds up neither the reads beside it nor the one who wants to stop it.
        effect.off_thread(read, |file: &ReadFile| done(1, file.bytes.len() as u64)).await
    }

    /// Replaces or makes a file, if it still is what `before` says. No link is followed: [`Passage::real_path`] comes
    /// first, so that what is decided is what is written.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `file.changed`, and those of the file.
    pub async fn write_file(&self, path: &str, content: &[u8], before: Before) -> Result<(), Fault> {
        let path = WorkspacePath::new(path)?;
        let files = self.files()?;
        let keys = [("quillon:Path", path.as_str())];
        let effect = self.begin(self.about_file(EffectKind::WriteWorkspace, path.as_str(), &keys)).await?;
        let proof = effect.durable().await?;
        let written = files.write(proof, &path, content, before);
        let after = hex(digest(&SHA256, content).as_ref());
        effect.finish(written, |()| EffectClosed { digest: Some(after), ..done(1, content.len() as u64) })
    }

    pub(super) fn about_file<'a>(
        &self,
        kind: EffectKind,
        arguments: &'a str,
        keys: &'a [(&'a str, &'a str)],
    ) -> About<'a> {
        About { kind, resource: self.workspace_resource(), arguments, keys }
    }

    /// Removes a file, if it still is what `before` says.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `file.changed`, and those of the file.
    pub async fn remove_file(&self, path: &str, before: Before) -> Result<(), Fault> {
        let path = WorkspacePath::new(path)?;
        let files = self.files()?;
        let keys = [("quillon:Path", path.as_str())];
        let arguments = format!("remove {path}");
        let effect = self.begin(self.about_file(EffectKind::WriteWorkspace, &arguments, &keys)).await?;
        let removed = files.remove(effect.durable().await?, &path, before);
        effect.finish(removed, |()| done(1, 0))
    }
}

fn closing(tree: &Tree) -> EffectClosed {
    let bytes = tree.files.iter().map(|file| file.bytes.len() as u64).sum();
    let count = tree.files.len() + tree.unchanged.len();
    EffectClosed { digest: Some(tree.digest.clone()), ..done(count as u64, bytes) }
}

/// A file that may not be read, for those who say what they did not look at.
fn left_out(path: &WorkspacePath) -> Skipped {
    Skipped { path: path.as_str().to_owned(), reason: SkipReason::Unreadable }
}

/// What needs no reading.
struct Known<'a> {
    seen: &'a Seen,
    overlays: &'a BTreeMap<String, Arc<str>>,
    /// What was changed later than this is not to be relied on.
    young: Timestamp,
}

/// Reads files that are not known, with what a walk says of them where there was one; an open buffer counts before the
/// disk.
fn read_all(
    files: &FilesGate,
    proof: &AuditDurable,
    paths: impl Iterator<Item = (WorkspacePath, Option<FileStat>)>,
    skipped: Vec<Skipped>,
    known: &Known<'_>,
    cancel: &CancellationToken,
) -> Result<Tree, Fault> {
    let mut tree = Tree { skipped, ..Tree::default() };
    let mut manifest = Context::new(&SHA256);
    let mut bytes_total = 0;
    for (path, stat) in paths {
        if cancel.is_cancelled() {
            return Err(Fault::new(FaultCode::Cancelled, "the work was stopped"));
        }
        let name = path.as_str().to_owned();
        let buffer = known.overlays.get(&name).map(|text| text.as_bytes().to_vec());
        // What is in a buffer is no news of the file below it.
        let stat = stat.filter(|_| buffer.is_none());
        let bytes = stat.as_ref().map_or(0, |stat| stat.bytes);
        if bytes_total + bytes > TREE_BYTES_MAX {
            tree.skipped.push(Skipped { path: name, reason: SkipReason::TooMany });
            continue;
        }
        if let Some((stat, sum)) = stat.as_ref().and_then(|stat| Some((stat, known.seen.sum_of(stat)?))) {
            bytes_total += bytes;
            enter(&mut manifest, &name, &sum);
            tree.seen.note(stat, sum);
            tree.unchanged.push(name);
            continue;
        }
        match buffer.map_or_else(|| files.read(proof, &path, TREE_FILE_BYTES_MAX).map(|file| file.bytes), Ok)
        {
            Ok(bytes) => {
                bytes_total += bytes.len() as u64;
                let file = ReadFile::of(name, bytes);
                enter(&mut manifest, &file.path, &file.sha256);
                // One that changes between the walk and the reading has another stamp by the next walk.
                if let Some(stat) = stat.filter(|stat| stat.changed < known.young) {
                    tree.seen.note(&stat, file.sha256);
                }
                tree.files.push(file);
            }
            Err(fault) => tree.skipped.push(Skipped { path: name, reason: reason_of(fault.code) }),
        }
    }
    tree.digest = hex(manifest.finish().as_ref());
    Ok(tree)
}

const fn reason_of(code: FaultCode) -> SkipReason {
    match code {
        FaultCode::FileTooLarge => SkipReason::TooLarge,
        FaultCode::FileOutside => SkipReason::LinkOutside,
        _ => SkipReason::Unreadable,
    }
}

/// The manifest is path, NUL and content's SHA-256 of each file in order.
fn enter(manifest: &mut Context, path: &str, sum: &[u8; 32]) {
    manifest.update(path.as_bytes());
    manifest.update(&[0]);
    manifest.update(sum);
}
