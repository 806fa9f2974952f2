//! Reading through a held folder: never beyond it, never more than a limit, never from anything that could block.

use std::io::{self, Read};
use std::path::PathBuf;

use aws_lc_rs::digest::{Context, SHA256};
use cap_std::fs::{Dir, File, Metadata, MetadataExt, OpenOptions, OpenOptionsExt};
use quillon_base::{Fault, Timestamp};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::fault;

/// How much is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Opens a regular file below `folder`, following links as far as they stay there.
pub(crate) fn open(folder: &Dir, path: &str) -> Result<(File, Metadata), Fault> {
    open_with(folder, path, OFlags::empty())
}

/// Opens a regular file in `folder` that must not be a link.
pub(crate) fn open_itself(folder: &Dir, name: &str) -> Result<(File, Metadata), Fault> {
    open_with(folder, name, OFlags::NOFOLLOW)
}

fn open_with(folder: &Dir, path: &str, flags: OFlags) -> Result<(File, Metadata), Fault> {
    // A pipe without a writer would block here, and a terminal would become ours.
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    let opened = folder.open_with(path, &options).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| fault::reading(&error, path))?;
    if metadata.is_dir() {
        return Err(fault::reading(&io::ErrorKind::IsADirectory.into(), path));
    }
    if !metadata.is_file() {
        return Err(fault::not_a_file(path));
    }
    Ok((file, metadata))
}

/// The path of a file or folder below `folder` without links in it.
///
/// Where the kernel has no call for that, the sandbox opens the file, which would wait at a pipe; so it is looked at
/// first.
pub(crate) fn real_path(folder: &Dir, path: &str) -> io::Result<PathBuf> {
    let found = folder.metadata(path)?;
    if !found.is_file() && !found.is_dir() {
        return Err(Errno::NXIO.into());
    }
    folder.canonicalize(path)
}

/// Everything in `file`, or `None` when that is more than `bytes_max`.
pub(crate) fn read_up_to(
    file: impl Read,
    bytes_expected: u64,
    bytes_max: u64,
) -> io::Result<Option<Vec<u8>>> {
    if bytes_expected > bytes_max {
        return Ok(None);
    }
    // One byte of room more, so that the end is found without growing.
    let room = usize::try_from(bytes_expected).unwrap_or_default().saturating_add(1);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(room)?;
    // The file may have grown, or may not have known its own size.
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= bytes_max))
}

/// The SHA-256 of everything in `file`.
pub(crate) fn sha256(mut file: impl Read) -> io::Result<[u8; 32]> {
    let mut context = Context::new(&SHA256);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(bytes) => context.update(&chunk[..bytes]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut sum = [0; 32];
    sum.copy_from_slice(context.finish().as_ref());
    Ok(sum)
}

/// When the file was last changed.
pub(crate) fn modified(metadata: &Metadata) -> Timestamp {
    timestamp(metadata.mtime(), metadata.mtime_nsec())
}

/// An instant as the system tells it.
pub(crate) const fn timestamp(seconds: i64, nanoseconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1_000_000).saturating_add(nanoseconds / 1_000))
}
