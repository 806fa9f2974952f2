//! The tree as tiles of 256 hashes (<https://c2sp.org/tlog-tiles>): built leaf by leaf, asked for subtrees.
//!
//! A tile of level L holds the roots of 256 neighbouring complete subtrees of 256^L leaves. Only the last tile of a
//! level may be partial. What a tile says is believed only as far as a proof made of it fits a signed checkpoint.

use std::cell::RefCell;
use std::collections::HashMap;

use quillon_base::Fault;

use crate::merkle::{Hash, leaf_hash, node_hash};
use crate::proof::Subtrees;

/// Hashes in a full tile, and entries in a full bundle.
pub(crate) const TILE_HASHES: u64 = 256;
const TILE_LEVELS: u32 = 8;

/// Where finished tiles go.
pub(crate) trait TileSink {
    /// Takes tile `number` of a level: full, or the last one.
    fn tile(&mut self, level: u32, number: u64, hashes: &[Hash]) -> Result<(), Fault>;

    /// Takes the entries under a tile of level 0, each behind its length.
    fn bundle(&mut self, number: u64, width: u64, entries: &[u8]) -> Result<(), Fault>;
}

/// How many hashes tile `number` of `level` has in a tree of `size` leaves.
pub(crate) fn width(level: u32, number: u64, size: u64) -> u64 {
    let hashes = size.checked_shr(TILE_LEVELS * level).unwrap_or(0);
    hashes.saturating_sub(number.saturating_mul(TILE_HASHES)).min(TILE_HASHES)
}

/// Makes tiles of leaves that come in order.
#[derive(Debug, Default)]
pub(crate) struct TileBuilder {
    /// For each level, how many tiles are full and what the next one holds so far.
    levels: Vec<(u64, Vec<Hash>)>,
    entries: Vec<u8>,
    /// Whether an entry of the bundle under way was removed: then there is no bundle.
    lacks_entries: bool,
}

impl TileBuilder {
    /// Goes on where `size` leaves are in full tiles; `above` are the hashes of the partial tiles of level 1 and up.
    pub(crate) fn resume(size: u64, above: Vec<Vec<Hash>>) -> Self {
        let of_level = |(level, hashes)| (size >> (TILE_LEVELS * (level as u32 + 2)), hashes);
        let first = (size / TILE_HASHES, Vec::new());
        let levels = std::iter::once(first).chain(above.into_iter().enumerate().map(of_level)).collect();
        Self { levels, entries: Vec::new(), lacks_entries: false }
    }

    pub(crate) fn push(&mut self, leaf: &[u8], sink: &mut dyn TileSink) -> Result<(), Fault> {
        // A leaf of a whole frame is at most LEAF_BYTES_MAX long, which 16 bits can say.
        let length = u16::try_from(leaf.len()).unwrap_or(u16::MAX);
        self.entries.extend_from_slice(&length.to_be_bytes());
        self.entries.extend_from_slice(leaf);
        self.push_hash(leaf_hash(leaf), sink)
    }

    /// Adds a leaf of which only the hash is left.
    pub(crate) fn push_pruned(&mut self, leaf: Hash, sink: &mut dyn TileSink) -> Result<(), Fault> {
        self.lacks_entries = true;
        self.push_hash(leaf, sink)
    }

    fn push_hash(&mut self, leaf: Hash, sink: &mut dyn TileSink) -> Result<(), Fault> {
        let (mut level, mut hash) = (0, leaf);
        loop {
            if self.levels.len() == level {
                self.levels.push((0, Vec::new()));
            }
            let (number, hashes) = &mut self.levels[level];
            hashes.push(hash);
            if hashes.len() as u64 != TILE_HASHES {
                return Ok(());
            }
            sink.tile(level as u32, *number, hashes)?;
            if level == 0 {
                if !self.lacks_entries {
                    sink.bundle(*number, TILE_HASHES, &self.entries)?;
                }
                self.lacks_entries = false;
                self.entries.clear();
            }
            hash = fold(hashes);
            *number += 1;
            hashes.clear();
            level += 1;
        }
    }

    /// Hands out the partial tiles.
    pub(crate) fn finish(&self, sink: &mut dyn TileSink) -> Result<(), Fault> {
        for (level, (number, hashes)) in self.levels.iter().enumerate() {
            if !hashes.is_empty() {
                sink.tile(level as u32, *number, hashes)?;
            }
        }
        match self.levels.first() {
            Some((number, hashes)) if !hashes.is_empty() && !self.lacks_entries => {
                sink.bundle(*number, hashes.len() as u64, &self.entries)
            }
            _ => Ok(()),
        }
    }
}

/// The root over a power of two of hashes.
fn fold(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| node_hash(&pair[0], pair.last().unwrap_or(&pair[0]))).collect();
    }
    row.pop().unwrap_or_default()
}

/// Tiles in memory, for a ledger beside which nothing can be written.
#[derive(Debug, Default)]
pub(crate) struct MemoryTiles(HashMap<(u32, u64), Vec<Hash>>);

impl TileSink for MemoryTiles {
    fn tile(&mut self, level: u32, number: u64, hashes: &[Hash]) -> Result<(), Fault> {
        self.0.insert((level, number), hashes.to_vec());
        Ok(())
    }

    fn bundle(&mut self, _: u64, _: u64, _: &[u8]) -> Result<(), Fault> {
        Ok(())
    }
}

/// Where tiles come from.
pub(crate) trait TileSource {
    /// The first `width` hashes of a tile.
    fn read(&self, level: u32, number: u64, width: u64) -> Result<Vec<Hash>, Fault>;
}

impl TileSource for MemoryTiles {
    fn read(&self, level: u32, number: u64, width: u64) -> Result<Vec<Hash>, Fault> {
        let tile = self.0.get(&(level, number)).and_then(|hashes| hashes.get(..width as usize));
        tile.map(<[Hash]>::to_vec).ok_or_else(|| Fault::internal("a tile is missing"))
    }
}

/// A tree of some size over tiles, which it reads once each.
pub(crate) struct TiledTree<'s> {
    source: &'s dyn TileSource,
    size: u64,
    read: RefCell<HashMap<(u32, u64), Vec<Hash>>>,
}

impl<'s> TiledTree<'s> {
    pub(crate) fn new(source: &'s dyn TileSource, size: u64) -> Self {
        Self { source, size, read: RefCell::default() }
    }
}

impl Subtrees for TiledTree<'_> {
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Fault> {
        let (tile_level, height) = (level / TILE_LEVELS, level % TILE_LEVELS);
        let first = index << height;
        let number = first / TILE_HASHES;
        let mut read = self.read.borrow_mut();
        let hashes = match read.entry((tile_level, number)) {
            std::collections::hash_map::Entry::Occupied(kept) => kept.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => {
                let width = width(tile_level, number, self.size);
                free.insert(self.source.read(tile_level, number, width)?)
            }
        };
        let start = (first % TILE_HASHES) as usize;
        let range = hashes.get(start..start + (1 << height));
        range.map(fold).ok_or_else(|| Fault::internal("a subtree lies outside its tree"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::Frontier;
    use crate::proof::root;

    #[test]
    fn tiles_give_the_root_of_every_size_around_their_borders() {
        let sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000];
        let (mut tiles, mut builder, mut frontier) =
            (MemoryTiles::default(), TileBuilder::default(), Frontier::default());
        for leaf in 0u64..=70_000 {
            if sizes.contains(&leaf) {
                builder.finish(&mut tiles).unwrap();
                assert_eq!(root(&TiledTree::new(&tiles, leaf), 0, leaf).unwrap(), frontier.root(), "{leaf}");
            }
            builder.push(&leaf.to_be_bytes(), &mut tiles).unwrap();
            frontier.push(leaf_hash(&leaf.to_be_bytes()));
        }
    }

    #[test]
    fn widths_are_those_of_the_specification() {
        assert_eq!((width(0, 0, 70_000), width(0, 273, 70_000), width(0, 274, 70_000)), (256, 112, 0));
        assert_eq!((width(1, 0, 70_000), width(1, 1, 70_000), width(2, 0, 70_000)), (256, 17, 1));
        assert_eq!((width(0, 0, 256), width(1, 0, 256), width(8, 0, u64::MAX)), (256, 1, 0));
    }
}
