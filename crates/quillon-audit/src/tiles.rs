//! Tiles and entry bundles as files under `tile/`, for readers that know C2SP tlog-tiles and for proofs.
//!
//! They are a cache over the segments: made when a proof or a copy is asked for, never by the flusher, and made again
//! from the first record when what they say does not fit the signed checkpoint. Nothing here is synced.

use std::path::PathBuf;

use quillon_base::Fault;

use crate::checkpoint::Checkpoint;
use crate::layer::FileLayer;
use crate::merkle::Hash;
use crate::proof::root;
use crate::reader::LedgerReader;
use crate::state::{Paths, corrupt, file_fault};
use crate::tree::{MemoryTiles, TILE_HASHES, TileBuilder, TileSink, TileSource, TiledTree, width};
use crate::writer::acquire;

const LEVELS_MAX: u32 = 8;

/// `x001/x234/067` for 1234067, as the specification has it.
pub(crate) fn number_path(number: u64) -> String {
    let mut path = format!("{:03}", number % 1_000);
    let mut rest = number / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    path
}

fn tile_path(kind: &str, number: u64, width: u64) -> PathBuf {
    let number = number_path(number);
    let partial = if width < TILE_HASHES { format!(".p/{width}") } else { String::new() };
    PathBuf::from(format!("tile/{kind}/{number}{partial}"))
}

/// The tiles of one ledger on its layer.
pub(crate) struct FileTiles<'r> {
    layer: &'r dyn FileLayer,
    paths: &'r Paths,
}

impl FileTiles<'_> {
    fn write(&self, path: &std::path::Path, bytes: &[u8]) -> Result<(), Fault> {
        let path = self.paths.folder.join(path);
        if let Some(folder) = path.parent() {
            self.layer.create_folder(folder).map_err(|error| file_fault(&error, "make", folder))?;
        }
        self.layer.replace(&path, bytes, false).map_err(|error| file_fault(&error, "write", &path))
    }

    /// The size of the tree that the tiles were last made for.
    fn built(&self) -> u64 {
        let bytes = self.layer.read_from(&self.paths.tiles(), 0).ok().flatten().unwrap_or_default();
        String::from_utf8_lossy(&bytes).trim().parse().unwrap_or(0)
    }

    /// A builder that goes on after the full tiles of `built` leaves; from the first leaf if some of it is missing.
    fn resume(&self, built: u64) -> (u64, TileBuilder) {
        let whole = built - built % TILE_HASHES;
        let mut above = Vec::new();
        for level in 1..LEVELS_MAX {
            let hashes = whole >> (8 * level);
            if hashes == 0 {
                break;
            }
            let partial = hashes % TILE_HASHES;
            if partial == 0 {
                above.push(Vec::new());
                continue;
            }
            match self.read(level, hashes / TILE_HASHES, partial) {
                Ok(hashes) => above.push(hashes),
                Err(_) => return (0, TileBuilder::default()),
            }
        }
        (whole, TileBuilder::resume(whole, above))
    }

    /// Removes the partial tiles of an older size, which fuller ones stand for now.
    fn remove_partial(&self, old: u64, new: u64) {
        for level in 0..LEVELS_MAX {
            let number = old.checked_shr(8 * (level + 1)).unwrap_or(0);
            let (was, is) = (width(level, number, old), width(level, number, new));
            if was == 0 || was == TILE_HASHES || was == is {
                continue;
            }
            let mut kinds = vec![level.to_string()];
            if level == 0 {
                kinds.push("entries".into());
            }
            for kind in kinds {
                // A tile that stays does no harm.
                let _ = self.layer.remove(&self.paths.folder.join(tile_path(&kind, number, was)));
            }
        }
    }
}

impl TileSink for FileTiles<'_> {
    fn tile(&mut self, level: u32, number: u64, hashes: &[Hash]) -> Result<(), Fault> {
        self.write(&tile_path(&level.to_string(), number, hashes.len() as u64), hashes.as_flattened())
    }

    fn bundle(&mut self, number: u64, width: u64, entries: &[u8]) -> Result<(), Fault> {
        self.write(&tile_path("entries", number, width), entries)
    }
}

impl TileSource for FileTiles<'_> {
    fn read(&self, level: u32, number: u64, width: u64) -> Result<Vec<Hash>, Fault> {
        // The partial tile may have been replaced by the full one, which begins with the same hashes.
        for width_tried in [width, TILE_HASHES] {
            let path = self.paths.folder.join(tile_path(&level.to_string(), number, width_tried));
            let bytes = self.layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
            let (hashes, rest) = bytes.as_deref().unwrap_or_default().as_chunks::<32>();
            if hashes.len() as u64 == width_tried && rest.is_empty() {
                return Ok(hashes[..width as usize].to_vec());
            }
        }
        Err(corrupt("a tile of the ledger is missing or damaged", format!("level {level} number {number}")))
    }
}

impl LedgerReader {
    /// Brings the tiles and entry bundles beside the log up to its last checkpoint; returns that checkpoint's size.
    ///
    /// # Errors
    /// `ledger.corrupt` when the records do not fit the checkpoint, `home.unusable`, `disk.full`, `audit.unavailable`.
    pub fn write_tiles(&self) -> Result<u64, Fault> {
        let Some((_, checkpoint)) = self.head()? else {
            return Ok(0);
        };
        self.file_tiles(&checkpoint)?;
        Ok(checkpoint.size)
    }

    /// Makes something of the tree of a checkpoint that `is_good`. The tiles are a cache: when what they give is not
    /// good, they are made again from the records, once.
    pub(crate) fn of_tree<T>(
        &self,
        checkpoint: &Checkpoint,
        make: impl Fn(&TiledTree<'_>) -> Result<T, Fault>,
        is_good: impl Fn(&T) -> bool,
    ) -> Result<T, Fault> {
        let size = checkpoint.size;
        let try_with =
            |source: &dyn TileSource| make(&TiledTree::new(source, size)).ok().filter(|made| is_good(made));
        let kept = self.file_tiles(checkpoint);
        if let Some(made) = kept.as_ref().ok().and_then(|files| try_with(files)) {
            return Ok(made);
        }
        let mut tiles = MemoryTiles::default();
        self.build(TileBuilder::default(), 0, size, &mut tiles)?;
        check_root(&tiles, checkpoint)?;
        if kept.is_ok() {
            // Some tile is damaged; the next reader begins anew.
            let _ = self.layer().remove(&self.paths().tiles());
        }
        try_with(&tiles).ok_or_else(|| corrupt("the ledger's records give no proof", format!("size {size}")))
    }

    fn file_tiles(&self, checkpoint: &Checkpoint) -> Result<FileTiles<'_>, Fault> {
        let mut files = FileTiles { layer: self.layer(), paths: self.paths() };
        let lock_path = self.paths().tiles_lock();
        let lock =
            self.layer().open_lock(&lock_path).map_err(|error| file_fault(&error, "open", &lock_path))?;
        acquire(&*lock, self.layer(), self.paths())?;
        let built = files.built();
        let (from, builder) = if built > checkpoint.size { files.resume(0) } else { files.resume(built) };
        if built != checkpoint.size || check_root(&files, checkpoint).is_err() {
            self.build(builder, from, checkpoint.size, &mut files)?;
            if check_root(&files, checkpoint).is_err() {
                self.build(TileBuilder::default(), 0, checkpoint.size, &mut files)?;
                check_root(&files, checkpoint)?;
            }
            files.remove_partial(built, checkpoint.size);
            let path = self.paths().tiles();
            let text = format!("{}\n", checkpoint.size);
            self.layer()
                .replace(&path, text.as_bytes(), false)
                .map_err(|error| file_fault(&error, "write", &path))?;
        }
        lock.release().map_err(|error| file_fault(&error, "unlock", &lock_path))?;
        Ok(files)
    }

    fn build(
        &self,
        mut builder: TileBuilder,
        from: u64,
        size: u64,
        sink: &mut dyn TileSink,
    ) -> Result<(), Fault> {
        for (index, hash) in self.pruned_hashes(from)? {
            if index < size {
                builder.push_pruned(hash, sink)?;
            }
        }
        let mut pushed = Ok(());
        self.walk_bytes(from, |index, leaf| {
            if index >= size {
                return std::ops::ControlFlow::Break(());
            }
            pushed = builder.push(leaf, sink);
            if pushed.is_ok() {
                std::ops::ControlFlow::Continue(())
            } else {
                std::ops::ControlFlow::Break(())
            }
        })?;
        pushed?;
        builder.finish(sink)
    }
}

/// Removes the bundles that hold an entry below `until`, whose records were removed from the log.
pub(crate) fn remove_bundles(layer: &dyn FileLayer, paths: &Paths, until: u64) -> Result<(), Fault> {
    for number in 0..until.div_ceil(TILE_HASHES) {
        let whole = paths.folder.join(tile_path("entries", number, TILE_HASHES));
        layer.remove(&whole).map_err(|error| file_fault(&error, "remove", &whole))?;
        let partial = whole.with_extension("p");
        for width in layer.list(&partial).map_err(|error| file_fault(&error, "list", &partial))? {
            let path = partial.join(width);
            layer.remove(&path).map_err(|error| file_fault(&error, "remove", &path))?;
        }
    }
    Ok(())
}

fn check_root(source: &dyn TileSource, checkpoint: &Checkpoint) -> Result<(), Fault> {
    let size = checkpoint.size;
    if size > 0 && root(&TiledTree::new(source, size), 0, size)? != checkpoint.root {
        return Err(corrupt("the ledger's records do not match its checkpoint", format!("size {size}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_paths_of_three_digits() {
        let paths = [0, 67, 1_234, 1_234_067].map(number_path);
        assert_eq!(paths, ["000", "067", "x001/234", "x001/x234/067"]);
        assert_eq!(tile_path("entries", 5, 256), PathBuf::from("tile/entries/005"));
        assert_eq!(tile_path("1", 1_005, 7), PathBuf::from("tile/1/x001/005.p/7"));
    }
}
