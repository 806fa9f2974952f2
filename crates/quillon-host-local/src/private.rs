//! Quillon's own files, for their owner only: settings and the cache; and those that the original product left.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the host adapter: settings are found in folders that the composition root names"
)]

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use quillon_base::{Fault, FaultCode};
use quillon_host::{
    CACHE_BYTES_MAX, ORIGINAL_BYTES_MAX, PRIVATE_BYTES_MAX, WorkspacePath, check_original_path,
    check_private_name,
};
use rustix::fs::OFlags;

use crate::LocalPaths;
use crate::fault::{self, home, home_unusable};
use crate::fresh::Fresh;
use crate::reading::{open, read_up_to};

/// Where the original product keeps its files, from the user's home.
const ORIGINAL: &str = ".aws/amazonq";

/// Reads one of Quillon's own files. A link is followed wherever it leads: the folder is the user's own, and many keep
/// their settings in a repository elsewhere.
pub(crate) fn read(paths: &LocalPaths, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    check_private_name(name)?;
    let path = paths.config.join(name);
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(&path);
    let (metadata, file) = match opened.and_then(|file| Ok((file.metadata()?, file))) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|error| home(&error, &path))?,
    };
    if !metadata.is_file() {
        return Err(home_unusable(&format!("`{name}` in quillon's own folder is not a file")));
    }
    let bytes = read_up_to(file, metadata.len(), PRIVATE_BYTES_MAX).map_err(|error| home(&error, &path))?;
    bytes.map(Some).ok_or_else(|| fault::too_large(name, PRIVATE_BYTES_MAX))
}

/// Replaces one of Quillon's own files as a whole. Through a link, what it leads to is replaced.
pub(crate) fn write(paths: &LocalPaths, name: &str, content: &[u8]) -> Result<(), Fault> {
    check_private_name(name)?;
    if content.len() as u64 > PRIVATE_BYTES_MAX {
        return Err(fault::too_large(name, PRIVATE_BYTES_MAX));
    }
    let fail = |error: std::io::Error| home(&error, &paths.config.join(name));
    DirBuilder::new().recursive(true).mode(0o700).create(&paths.config).map_err(fail)?;
    let path = place(&paths.config, name)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(home_unusable("quillon's own folder has no name"));
    };
    let folder = Dir::open_ambient_dir(folder, cap_std::ambient_authority()).map_err(fail)?;
    let fresh = Fresh::create(&folder, 0o600, content).and_then(Fresh::sync).map_err(fail)?;
    fresh.replace(name).map_err(fail)?;
    folder.open(".").and_then(|folder| folder.sync_all()).map_err(fail)
}

/// Where the file of this name really is.
fn place(config: &Path, name: &str) -> Result<PathBuf, Fault> {
    let path = config.join(name);
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => path.canonicalize().map_err(|error| home(&error, &path)),
        _ => Ok(path),
    }
}

/// Reads a file of the cache. A link in its place is not followed: nobody keeps a cache elsewhere file by file.
pub(crate) fn read_cache(paths: &LocalPaths, path: &str) -> Result<Option<Vec<u8>>, Fault> {
    let path = paths.cache.join(WorkspacePath::new(path)?.as_str());
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(&path);
    let (metadata, file) = match opened.and_then(|file| Ok((file.metadata()?, file))) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened.map_err(|error| home(&error, &path))?,
    };
    if !metadata.is_file() {
        return Err(home_unusable(&format!("`{}` in quillon's cache is not a file", path.display())));
    }
    let bytes = read_up_to(file, metadata.len(), CACHE_BYTES_MAX).map_err(|error| home(&error, &path))?;
    bytes.map(Some).ok_or_else(|| fault::too_large(&path.display().to_string(), CACHE_BYTES_MAX))
}

/// Replaces a file of the cache as a whole, or removes it. The folder is not synced: a cache that a loss of power takes
/// back to the one before is still a cache.
pub(crate) fn write_cache(paths: &LocalPaths, path: &str, content: Option<&[u8]>) -> Result<(), Fault> {
    let path = paths.cache.join(WorkspacePath::new(path)?.as_str());
    let fail = |error: std::io::Error| home(&error, &path);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(home_unusable("quillon's cache has no name"));
    };
    let Some(content) = content else {
        return match std::fs::remove_file(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
            removed => removed.map_err(fail),
        };
    };
    if content.len() as u64 > CACHE_BYTES_MAX {
        return Err(fault::too_large(&path.display().to_string(), CACHE_BYTES_MAX));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    let folder = Dir::open_ambient_dir(folder, cap_std::ambient_authority()).map_err(fail)?;
    let fresh = Fresh::create(&folder, 0o600, content).and_then(Fresh::sync).map_err(fail)?;
    fresh.replace(name).map_err(fail)
}

/// Reads a file of the original product. Links are followed as far as they stay in its folder.
pub(crate) fn read_original(paths: &LocalPaths, path: &str) -> Result<Option<Vec<u8>>, Fault> {
    let path = check_original_path(path)?;
    let shown = format!("~/{ORIGINAL}/{path}");
    let Some(folder) = paths.home.as_ref().map(|home| home.join(ORIGINAL)) else { return Ok(None) };
    let folder = match Dir::open_ambient_dir(folder, cap_std::ambient_authority()) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened.map_err(|error| fault::reading(&error, &shown))?,
    };
    let (file, metadata) = match open(&folder, path.as_str()) {
        Err(fault) if fault.code == FaultCode::FileMissing => return Ok(None),
        Err(fault) if fault.code == FaultCode::FileOutside => {
            return Err(Fault::new(fault.code, format!("`{shown}` leads out of its folder through a link"))
                .hint("put a copy of the file in its place"));
        }
        opened => opened?,
    };
    let bytes = read_up_to(file, metadata.len(), ORIGINAL_BYTES_MAX);
    let bytes = bytes.map_err(|error| fault::reading(&error, &shown))?;
    bytes.map(Some).ok_or_else(|| fault::too_large(&shown, ORIGINAL_BYTES_MAX))
}
