//! A host in memory that is stricter than any real one.
//!
//! Every call is noted as one line ([`StrictHost::touched`]), and the same line makes the call fail on purpose
//! ([`StrictHost::fail`]). What no caller may do at all is a panic here, where a real host would muddle through or
//! answer with a fault: a limit of zero, a command that means two things, a folder outside every workspace, a command
//! that nobody scripted. A scripted command that never ran is a panic when the host goes.
//!
//! It knows no ignore rules and only the links that [`StrictHost::link`] makes; [`StrictHost::ignore`] and
//! [`StrictHost::skip`] say what the others would do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode, Timestamp};

use crate::{
    Before, CACHE_BYTES_MAX, Cancelled, Command, CommandOutput, FileBytes, FileStat, Host,
    ORIGINAL_BYTES_MAX, OUTPUT_BYTES_MAX, PRIVATE_BYTES_MAX, SkipReason, Skipped, WalkOptions, Walked,
    WorkspaceFiles, WorkspacePath, check_original_path, check_private_name,
};

/// A machine in memory. Clones share it, so that a test keeps a hand in what the road holds.
#[derive(Clone, Default)]
pub struct StrictHost {
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    workspaces: BTreeMap<PathBuf, Workspace>,
    environment: BTreeMap<String, String>,
    private: BTreeMap<String, Vec<u8>>,
    cache: BTreeMap<String, Vec<u8>>,
    originals: BTreeMap<String, Vec<u8>>,
    replies: BTreeMap<Vec<String>, VecDeque<Result<CommandOutput, Fault>>>,
    faults: BTreeMap<String, Fault>,
    touched: Vec<String>,
    changes: i64,
}

#[derive(Default)]
struct Workspace {
    files: BTreeMap<String, FileBytes>,
    ignored: BTreeSet<String>,
    skipped: BTreeMap<String, SkipReason>,
    links: BTreeMap<String, String>,
}

/// Setting the world up, and looking at it, without a trace in the log.
impl StrictHost {
    /// A machine with nothing on it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workspace with these files.
    ///
    /// # Panics
    /// For a folder that is not absolute and normal, and for a path that is not a normal [`WorkspacePath`].
    #[must_use]
    pub fn with_workspace<P: AsRef<str>, C: Into<Vec<u8>>>(
        self,
        folder: impl AsRef<Path>,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Self {
        let folder = folder.as_ref();
        assert!(is_normal(folder), "the workspace `{}` is not absolute and normal", folder.display());
        self.world().workspaces.insert(folder.to_owned(), Workspace::default());
        for (path, content) in files {
            self.put(folder, path.as_ref(), content);
        }
        self
    }

    /// Adds a variable to the person's environment; without one it is empty.
    #[must_use]
    pub fn with_variable(self, name: &str, value: &str) -> Self {
        self.world().environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds one of Quillon's own small files.
    #[must_use]
    pub fn with_private(self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.world().private.insert(name.to_owned(), content.into());
        self
    }

    /// Adds a file of the original product, by its path below `~/.aws/amazonq`.
    #[must_use]
    pub fn with_original(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.world().originals.insert(path.to_owned(), content.into());
        self
    }

    /// Scripts one run of a command. Several of the same command answer in the order in which they were added.
    #[must_use]
    pub fn with_command(
        self,
        program: &str,
        arguments: &[&str],
        reply: Result<CommandOutput, Fault>,
    ) -> Self {
        let line = [&[program], arguments].concat().into_iter().map(str::to_owned).collect();
        self.world().replies.entry(line).or_default().push_back(reply);
        self
    }

    /// Makes or changes a file of a workspace, as an editor beside Quillon would.
    ///
    /// # Panics
    /// When there is no such workspace or the path is not a normal [`WorkspacePath`].
    pub fn put(&self, folder: impl AsRef<Path>, path: &str, content: impl Into<Vec<u8>>) {
        let normal = WorkspacePath::new(path).is_ok_and(|normal| normal.as_str() == path);
        assert!(normal, "`{path}` is not a normal path in a workspace");
        self.world().put(folder.as_ref(), path, content.into());
    }

    /// Removes a file of a workspace, as an editor beside Quillon would, and says whether it was there.
    pub fn delete(&self, folder: impl AsRef<Path>, path: &str) -> bool {
        self.world().workspace(folder.as_ref()).files.remove(path).is_some()
    }

    /// Leaves a file or folder out of walks, as an ignore rule would.
    pub fn ignore(&self, folder: impl AsRef<Path>, path: &str) {
        self.world().workspace(folder.as_ref()).ignored.insert(path.to_owned());
    }

    /// Makes a link that stays inside, to a file or folder by its path from the workspace's root.
    pub fn link(&self, folder: impl AsRef<Path>, path: &str, to: &str) {
        self.world().workspace(folder.as_ref()).links.insert(path.to_owned(), to.to_owned());
    }

    /// Has walks skip a path for `reason`; reading it fails accordingly.
    ///
    /// # Panics
    /// For a reason that comes from the walk's own limits, and for a name that is not UTF-8.
    pub fn skip(&self, folder: impl AsRef<Path>, path: &str, reason: SkipReason) {
        let possible =
            [SkipReason::Unreadable, SkipReason::LinkOutside, SkipReason::NotAFile].contains(&reason);
        assert!(possible, "{reason:?} cannot be chosen for a path");
        self.world().workspace(folder.as_ref()).skipped.insert(path.to_owned(), reason);
    }

    /// Makes a call fail, from now on, by the line that [`StrictHost::touched`] has for it.
    pub fn fail(&self, line: &str, fault: Fault) {
        self.world().faults.insert(line.to_owned(), fault);
    }

    /// Lets a call succeed again.
    pub fn mend(&self, line: &str) {
        self.world().faults.remove(line);
    }

    /// What a file of a workspace holds.
    #[must_use]
    pub fn file(&self, folder: impl AsRef<Path>, path: &str) -> Option<Vec<u8>> {
        self.world().workspace(folder.as_ref()).files.get(path).map(|file| file.bytes.clone())
    }

    /// What one of Quillon's own small files holds.
    #[must_use]
    pub fn private(&self, name: &str) -> Option<Vec<u8>> {
        self.world().private.get(name).cloned()
    }

    /// Everything that was done through the port, in order: `open /w`, `walk /w`, `walk /w/src`, `read /w/a`,
    /// `write /w/a`, `remove /w/a`, `run cargo test`, `read private settings.json`, `write private settings.json`,
    /// `read cache a`, `write cache a`, `read original mcp.json`.
    #[must_use]
    pub fn touched(&self) -> Vec<String> {
        self.world().touched.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic of this fake must not hide behind the panics that a poisoned lock would cause.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call, and fails it when a test asked for that.
    fn act(&self, line: String) -> Result<MutexGuard<'_, World>, Fault> {
        let mut world = self.world();
        let fault = world.faults.get(&line).cloned();
        world.touched.push(line);
        fault.map_or(Ok(world), Err)
    }
}

#[async_trait]
impl Host for StrictHost {
    fn open_workspace(&self, folder: &Path) -> Result<Arc<dyn WorkspaceFiles>, Fault> {
        let world = self.act(format!("open {}", folder.display()))?;
        if !world.workspaces.contains_key(folder) {
            let missing = format!("there is no folder `{}`", folder.display());
            return Err(Fault::new(FaultCode::WorkspaceMissing, missing));
        }
        Ok(Arc::new(StrictFiles { host: self.clone(), folder: folder.to_owned() }))
    }

    async fn run_command(&self, command: Command) -> Result<CommandOutput, Fault> {
        let line: Vec<_> = [&command.program].into_iter().chain(&command.arguments).cloned().collect();
        let mut world = self.act(format!("run {}", line.join(" ")))?;
        if let Err(fault) = command.check() {
            panic!("a command that cannot be run: {fault}");
        }
        assert!(command.timeout_ms > 0, "{line:?} has no time to run");
        let inside = |root: &PathBuf| is_normal(&command.folder) && command.folder.starts_with(root);
        let folder = command.folder.display();
        assert!(
            world.workspaces.keys().any(inside),
            "{line:?} would run in `{folder}`, outside every workspace"
        );
        let reply = world.replies.get_mut(&line).and_then(VecDeque::pop_front);
        let reply = reply.unwrap_or_else(|| panic!("the command {line:?} was not expected"))?;
        assert!(reply.stdout.len().max(reply.stderr.len()) <= OUTPUT_BYTES_MAX, "{line:?} says too much");
        Ok(reply)
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.world().environment.clone().into_iter().collect()
    }

    fn read_cache(&self, path: &str) -> Result<Option<Vec<u8>>, Fault> {
        let path = WorkspacePath::new(path)?;
        let world = self.act(format!("read cache {path}"))?;
        within(world.cache.get(path.as_str()), path.as_str(), CACHE_BYTES_MAX)
    }

    fn write_cache(&self, path: &str, content: Option<&[u8]>) -> Result<(), Fault> {
        let path = WorkspacePath::new(path)?;
        let mut world = self.act(format!("write cache {path}"))?;
        match within(content.map(<[u8]>::to_vec).as_ref(), path.as_str(), CACHE_BYTES_MAX)? {
            Some(content) => drop(world.cache.insert(path.as_str().to_owned(), content)),
            None => drop(world.cache.remove(path.as_str())),
        }
        Ok(())
    }

    fn read_private(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        check_private_name(name)?;
        let world = self.act(format!("read private {name}"))?;
        within(world.private.get(name), name, PRIVATE_BYTES_MAX)
    }

    fn write_private(&self, name: &str, content: &[u8]) -> Result<(), Fault> {
        check_private_name(name)?;
        let mut world = self.act(format!("write private {name}"))?;
        let content = within(Some(&content.to_vec()), name, PRIVATE_BYTES_MAX)?;
        world.private.insert(name.to_owned(), content.unwrap_or_default());
        Ok(())
    }

    fn read_original(&self, path: &str) -> Result<Option<Vec<u8>>, Fault> {
        let path = check_original_path(path)?;
        let world = self.act(format!("read original {path}"))?;
        within(world.originals.get(path.as_str()), path.as_str(), ORIGINAL_BYTES_MAX)
    }
}

struct StrictFiles {
    host: StrictHost,
    folder: PathBuf,
}

impl StrictFiles {
    fn act(&self, verb: &str, path: &WorkspacePath) -> Result<MutexGuard<'_, World>, Fault> {
        self.host.act(format!("{verb} {}", self.folder.join(path.as_str()).display()))
    }
}

impl WorkspaceFiles for StrictFiles {
    fn root(&self) -> &Path {
        &self.folder
    }

    fn walk(&self, options: &WalkOptions, cancelled: Cancelled<'_>) -> Result<Walked, Fault> {
        assert!(
            options.file_bytes_max > 0 && options.files_max > 0,
            "a walk that can find nothing: {options:?}"
        );
        let mut world = match &options.below {
            Some(below) => self.act("walk", below)?,
            None => self.host.act(format!("walk {}", self.folder.display()))?,
        };
        world.workspace(&self.folder).walk(options, cancelled)
    }

    /// Leaves no line of its own: it is a part of the call that it is made for.
    fn real_path(&self, path: &WorkspacePath) -> Result<WorkspacePath, Fault> {
        WorkspacePath::new(&self.host.world().workspace(&self.folder).resolved(path.as_str()))
    }

    fn read(&self, path: &WorkspacePath, bytes_max: u64) -> Result<FileBytes, Fault> {
        assert!(bytes_max > 0, "`{path}` is read with a limit of nothing");
        let mut world = self.act("read", path)?;
        let workspace = world.workspace(&self.folder);
        let found = workspace.find(&workspace.resolved(path.as_str()))?.clone();
        within(Some(&found.bytes), path.as_str(), bytes_max)?;
        Ok(found)
    }

    fn write(&self, path: &WorkspacePath, content: &[u8], before: Before) -> Result<(), Fault> {
        let mut world = self.act("write", path)?;
        let workspace = world.workspace(&self.folder);
        workspace.refuse_git(path)?;
        workspace.refuse_file_above(path)?;
        if workspace.resolved(path.as_str()) != path.as_str() {
            return Err(changed(path));
        }
        let found = match workspace.find(path.as_str()) {
            Err(fault) if fault.code == FaultCode::FileMissing => None,
            found => Some(found?.bytes.as_slice()),
        };
        if !before.matches(found) {
            return Err(changed(path));
        }
        world.put(&self.folder, path.as_str(), content.to_vec());
        Ok(())
    }

    fn remove(&self, path: &WorkspacePath, before: Before) -> Result<(), Fault> {
        let mut world = self.act("remove", path)?;
        let workspace = world.workspace(&self.folder);
        workspace.refuse_git(path)?;
        if !before.matches(Some(&workspace.find(path.as_str())?.bytes)) {
            return Err(changed(path));
        }
        workspace.files.remove(path.as_str());
        Ok(())
    }
}

impl World {
    fn workspace(&mut self, folder: &Path) -> &mut Workspace {
        self.workspaces
            .get_mut(folder)
            .unwrap_or_else(|| panic!("this machine has no workspace `{}`", folder.display()))
    }

    /// Every change gets a time of its own, so that a test can tell them apart.
    fn put(&mut self, folder: &Path, path: &str, bytes: Vec<u8>) {
        self.changes += 1;
        let modified = Timestamp::from_seconds(1_767_225_600 + self.changes);
        self.workspace(folder).files.insert(path.to_owned(), FileBytes { bytes, modified });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let never: Vec<_> =
            self.replies.iter().filter(|(_, left)| !left.is_empty()).map(|(line, _)| line).collect();
        assert!(
            never.is_empty() || std::thread::panicking(),
            "commands that were expected never ran: {never:?}"
        );
    }
}

impl Workspace {
    /// The path with each link replaced by what it leads to.
    fn resolved(&self, path: &str) -> String {
        let link = self.links.iter().find(|(link, _)| path == *link || is_below(path, link));
        link.map_or_else(
            || path.to_owned(),
            |(link, to)| self.resolved(&format!("{to}{}", &path[link.len()..])),
        )
    }

    fn find(&self, path: &str) -> Result<&FileBytes, Fault> {
        match self.skipped.get(path) {
            Some(SkipReason::LinkOutside) => {
                let outside = format!("`{path}` leads out of the workspace");
                return Err(Fault::new(FaultCode::FileOutside, outside));
            }
            Some(_) => return Err(unreadable(path, "cannot be read")),
            None if self.is_folder(path) => return Err(unreadable(path, "is a folder")),
            None => {}
        }
        let missing = || Fault::new(FaultCode::FileMissing, format!("`{path}` does not exist"));
        self.files.get(path).ok_or_else(missing)
    }

    fn is_folder(&self, path: &str) -> bool {
        self.files.keys().any(|file| is_below(file, path))
    }

    fn refuse_git(&self, path: &WorkspacePath) -> Result<(), Fault> {
        if path.as_str().split('/').any(|name| name.eq_ignore_ascii_case(".git")) {
            let outside = format!("`{path}` belongs to git, not to the workspace");
            return Err(Fault::new(FaultCode::FileOutside, outside));
        }
        Ok(())
    }

    fn refuse_file_above(&self, path: &WorkspacePath) -> Result<(), Fault> {
        match self.files.keys().find(|file| is_below(path.as_str(), file)) {
            Some(file) => Err(unreadable(file, "is a file, not a folder")),
            None => Ok(()),
        }
    }

    fn walk(&self, options: &WalkOptions, cancelled: Cancelled<'_>) -> Result<Walked, Fault> {
        let below = options.below.as_ref().map(WorkspacePath::as_str);
        if let Some(folder) = below.filter(|folder| !self.is_folder(folder)) {
            self.find(folder)?;
            return Err(unreadable(folder, "is a file, not a folder"));
        }
        let wanted =
            |path: &&String| below.is_none_or(|folder| is_below(path, folder)) && !self.is_hidden(path);
        let paths: BTreeSet<&String> = self.files.keys().chain(self.skipped.keys()).filter(wanted).collect();
        let mut walked = Walked::default();
        for path in paths {
            if cancelled() {
                return Err(Fault::new(FaultCode::Cancelled, "the work was stopped"));
            }
            let too_large = |file: &FileBytes| file.bytes.len() as u64 > options.file_bytes_max;
            let reason = match (self.skipped.get(path), self.files.get(path)) {
                (Some(reason), _) => *reason,
                (None, Some(file)) if too_large(file) => SkipReason::TooLarge,
                (None, Some(file)) if walked.files.len() < options.files_max => {
                    let bytes = file.bytes.len() as u64;
                    walked.files.push(FileStat {
                        path: WorkspacePath::new(path)?,
                        bytes,
                        modified: file.modified,
                        changed: file.modified,
                        identity: 0,
                    });
                    continue;
                }
                (None, _) => SkipReason::TooMany,
            };
            walked.skipped.push(Skipped { path: path.clone(), reason });
            if reason == SkipReason::TooMany {
                break;
            }
        }
        Ok(walked)
    }

    fn is_hidden(&self, path: &str) -> bool {
        let ignored = |rule: &String| path == rule || is_below(path, rule);
        path.split('/').any(|name| name == ".git") || self.ignored.iter().any(ignored)
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn is_normal(folder: &Path) -> bool {
    let plain = |part| matches!(part, Component::RootDir | Component::Prefix(_) | Component::Normal(_));
    folder.is_absolute()
        && folder.components().all(plain)
        && folder.components().collect::<PathBuf>().as_os_str() == folder.as_os_str()
}

fn within(content: Option<&Vec<u8>>, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, Fault> {
    if content.is_some_and(|content| content.len() as u64 > bytes_max) {
        let large = format!("`{path}` is larger than {bytes_max} bytes");
        return Err(Fault::new(FaultCode::FileTooLarge, large));
    }
    Ok(content.cloned())
}

fn unreadable(path: &str, why: &str) -> Fault {
    Fault::new(FaultCode::FileUnreadable, format!("`{path}` {why}"))
}

fn changed(path: &WorkspacePath) -> Fault {
    Fault::new(FaultCode::FileChanged, format!("`{path}` is not what it was"))
}

#[cfg(test)]
mod tests;
