//! What is staged, as the index has it: a commit takes that, not what the working tree has become since.
//!
//! Blobs are read raw, so that no filter runs, and as many at a time as one answer of a command holds.

use std::collections::BTreeMap;

use quillon_contract::Fault;
use quillon_contract::event::Skipped;

use crate::changed::{Changed, too_much};
use crate::git::Git;

/// The bytes of contents that are asked for at a time; a command's answer holds a little more.
const BATCH_BYTES: u64 = 256 * 1024;
/// The bytes of one file, from which on it is left out.
const FILE_BYTES_MAX: u64 = 350 * 1024;
/// How many names of files are handed to one command.
const NAMES_PER_COMMAND: usize = 500;

/// The contents of changed files as they are staged, and the files that could not be read.
///
/// # Errors
/// Those of running a command, and `input.invalid` where git gives something else than it should.
pub(crate) async fn contents(
    git: &Git<'_>,
    changed: &Changed,
) -> Result<(BTreeMap<String, Vec<u8>>, Vec<Skipped>), Fault> {
    let paths: Vec<String> = changed.keys().cloned().collect();
    let mut blobs = Vec::new();
    for paths in paths.chunks(NAMES_PER_COMMAND) {
        let output = git.on_paths(&["ls-files", "--stage", "-z"], paths).await?;
        if output.exit_code != Some(0) || output.dropped_bytes > 0 {
            return Err(too_much());
        }
        blobs.extend(staged(&output.stdout));
    }
    let sizes = sizes(git, &blobs).await?;
    let mut contents = BTreeMap::new();
    let mut skipped = Vec::new();
    let mut batch: Vec<&(String, String)> = Vec::new();
    let mut batch_bytes = 0;
    for (blob, size) in blobs.iter().zip(sizes) {
        match size {
            Some(size) if size <= FILE_BYTES_MAX => {
                if batch_bytes + size > BATCH_BYTES && !batch.is_empty() {
                    read(git, &std::mem::take(&mut batch), &mut contents).await?;
                    batch_bytes = 0;
                }
                batch_bytes += size;
                batch.push(blob);
            }
            size => {
                let reason = match size {
                    Some(_) => "it is too large to be read from the index",
                    None => "it cannot be read from the index",
                };
                skipped.push(Skipped { path: blob.0.clone(), reason: reason.to_owned(), partial: false });
            }
        }
    }
    read(git, &batch, &mut contents).await?;
    Ok((contents, skipped))
}

/// Files and their blobs, of `mode blob stage TAB path NUL`. Links and folders of other repositories are none.
fn staged(bytes: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let row = |row: &str| {
        let (facts, path) = row.split_once('\t')?;
        let mut facts = facts.split(' ');
        let (mode, blob, stage) = (facts.next()?, facts.next()?, facts.next()?);
        (mode.starts_with("100") && stage == "0").then(|| (path.to_owned(), blob.to_owned()))
    };
    text.split('\0').filter_map(row).collect()
}

/// How large each blob is, where it is there.
async fn sizes(git: &Git<'_>, blobs: &[(String, String)]) -> Result<Vec<Option<u64>>, Fault> {
    let mut sizes = Vec::new();
    for blobs in blobs.chunks(NAMES_PER_COMMAND) {
        let output = git.with_input(&["cat-file", "--batch-check"], asked(blobs.iter())).await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let found: Vec<Option<u64>> =
            text.lines().map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
        if found.len() != blobs.len() {
            return Err(too_much());
        }
        sizes.extend(found);
    }
    Ok(sizes)
}

fn asked<'b>(blobs: impl Iterator<Item = &'b (String, String)>) -> Vec<u8> {
    blobs.map(|(_, blob)| format!("{blob}\n")).collect::<String>().into_bytes()
}

/// Reads some blobs: each comes as `blob type size`, a line end, its bytes and a line end.
async fn read(
    git: &Git<'_>,
    batch: &[&(String, String)],
    contents: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), Fault> {
    if batch.is_empty() {
        return Ok(());
    }
    let output = git.with_input(&["cat-file", "--batch"], asked(batch.iter().copied())).await?;
    let mut rest = output.stdout.as_slice();
    for (path, _) in batch {
        let (bytes, after) = blob(rest).ok_or_else(too_much)?;
        contents.insert(path.clone(), bytes.to_vec());
        rest = after;
    }
    Ok(())
}

fn blob(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let size: usize = head.rsplit(' ').next()?.parse().ok()?;
    let content = bytes.get(end + 1..end + 1 + size)?;
    Some((content, bytes.get(end + 2 + size..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_read_row_by_row_and_links_are_no_files() {
        let rows =
            b"100644 aa 0\ta b.py\x00120000 bb 0\tlink\x00160000 cc 0\tother\x00100755 dd 2\tconflict\0";
        assert_eq!(staged(rows), [("a b.py".to_owned(), "aa".to_owned())]);
    }

    #[test]
    fn blobs_are_cut_by_their_size() {
        let answer = b"aa blob 3\na\nb\nbb blob 0\n\n";
        let (first, rest) = blob(answer).unwrap();
        assert_eq!(first, b"a\nb");
        assert_eq!(blob(rest).unwrap().0, b"");
        assert!(blob(b"aa missing\n").is_none());
    }
}
