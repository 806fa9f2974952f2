//! Proofs of RFC 6962 §2.1: that a leaf is in a tree, and that one tree extends another.
//!
//! Making a proof asks for roots of complete subtrees and for nothing else, so it costs a few tiles however long the
//! ledger is. Checking one is pure, and follows RFC 9162 §2.1.3.2 and §2.1.4.2 step by step.

use quillon_base::Fault;

use crate::merkle::{Hash, node_hash};

/// The most hashes in a proof: one for each level of a tree of 2^64 leaves, less one.
pub const PROOF_HASHES_MAX: usize = 63;

/// Roots of complete subtrees of one tree.
pub(crate) trait Subtrees {
    /// The root over the leaves from `index << level` up to `(index + 1) << level`.
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Fault>;
}

/// The largest power of two below `count`, which is at least two.
const fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// The root over the leaves from `start` up to `end`. RFC 6962 only asks for ranges that start at a multiple of the
/// power of two that covers them.
pub(crate) fn root(tree: &dyn Subtrees, start: u64, end: u64) -> Result<Hash, Fault> {
    let count = end - start;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return tree.subtree(level, start >> level);
    }
    let middle = start + split(count);
    Ok(node_hash(&root(tree, start, middle)?, &root(tree, middle, end)?))
}

/// `PATH(index, D[size])`: the siblings from the leaf up to the root. `index` must be below `size`.
pub(crate) fn inclusion(tree: &dyn Subtrees, index: u64, size: u64) -> Result<Vec<Hash>, Fault> {
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(root(tree, middle, end)?);
            end = middle;
        } else {
            path.push(root(tree, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// `PROOF(old, D[new])`: what shows that the tree of `new` leaves extends that of `old`. `old` must not be above `new`.
pub(crate) fn consistency(tree: &dyn Subtrees, old: u64, new: u64) -> Result<Vec<Hash>, Fault> {
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    if old == 0 {
        return Ok(path);
    }
    // The old root itself is known to whoever checks, as long as the old tree is the left edge of what is looked at.
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(root(tree, middle, end)?);
            end = middle;
        } else {
            path.push(root(tree, start, middle)?);
            start = middle;
        }
    }
    if start != 0 {
        path.push(root(tree, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows that the leaf of this hash stands at `index` of the tree of `size` leaves with `root`.
#[must_use]
pub fn includes(index: u64, leaf: &Hash, proof: &[Hash], size: u64, root: &Hash) -> bool {
    if index >= size || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `new` leaves with `new_root` extends that of `old` leaves with `old_root`.
#[must_use]
pub fn extends(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty();
    }
    let known = old.is_power_of_two().then_some(old_root);
    let mut path = known.into_iter().chain(proof);
    let Some(first) = path.next() else {
        return false;
    };
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut of_old, mut of_new) = (*first, *first);
    for hash in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            of_old = node_hash(hash, &of_old);
            of_new = node_hash(hash, &of_new);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, hash);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == *old_root && of_new == *new_root
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::merkle::{Frontier, leaf_hash};

    /// A tree that keeps its leaves, and hashes them at each question that is new.
    struct Naive(Vec<Hash>, RefCell<HashMap<(u32, u64), Hash>>);

    impl Naive {
        fn of(size: u64) -> Self {
            Self((0..size).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect(), RefCell::default())
        }

        fn root_of(&self, size: u64) -> Hash {
            let mut frontier = Frontier::default();
            self.0[..size as usize].iter().for_each(|leaf| frontier.push(*leaf));
            frontier.root()
        }
    }

    impl Subtrees for Naive {
        fn subtree(&self, level: u32, index: u64) -> Result<Hash, Fault> {
            let (start, end) = ((index << level) as usize, ((index + 1) << level) as usize);
            let mut frontier = Frontier::default();
            Ok(*self.1.borrow_mut().entry((level, index)).or_insert_with(|| {
                self.0[start..end].iter().for_each(|leaf| frontier.push(*leaf));
                frontier.root()
            }))
        }
    }

    const SIZE_MAX: u64 = 300;

    #[test]
    fn every_leaf_of_every_size_up_to_300_is_proved() {
        let tree = Naive::of(SIZE_MAX);
        for size in 1..=SIZE_MAX {
            let whole = tree.root_of(size);
            assert_eq!(root(&tree, 0, size).unwrap(), whole);
            for index in 0..size {
                let proof = inclusion(&tree, index, size).unwrap();
                let leaf = &tree.0[index as usize];
                assert!(includes(index, leaf, &proof, size, &whole), "{index} of {size}");
                assert!(!includes(index + 1, leaf, &proof, size, &whole), "{index} of {size}");
                assert!(!includes(index, &[0; 32], &proof, size, &whole), "{index} of {size}");
                assert!(!includes(index, leaf, &proof, size, &[0; 32]), "{index} of {size}");
            }
        }
    }

    #[test]
    fn every_pair_of_sizes_up_to_300_is_proved() {
        let tree = Naive::of(SIZE_MAX);
        let roots: Vec<Hash> = (0..=SIZE_MAX).map(|size| tree.root_of(size)).collect();
        for new in 0..=SIZE_MAX {
            for old in 0..=new {
                let proof = consistency(&tree, old, new).unwrap();
                let (old_root, new_root) = (&roots[old as usize], &roots[new as usize]);
                assert!(extends(old, old_root, new, new_root, &proof), "{old} to {new}");
                if old > 0 {
                    assert!(!extends(old, &[0; 32], new, new_root, &proof), "{old} to {new}");
                    assert!(!extends(old, old_root, new, &[0; 32], &proof), "{old} to {new}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_proof_that_was_changed_proves_nothing(
            size in 2u64..600, index in any::<u64>(), place in any::<usize>(), bit in 0usize..256,
        ) {
            let tree = Naive::of(size);
            let whole = tree.root_of(size);
            let index = index % size;
            let leaf = tree.0[index as usize];
            let mut proof = inclusion(&tree, index, size).unwrap();
            let place = place % proof.len();
            proof[place][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!includes(index, &leaf, &proof, size, &whole));
            proof[place][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(includes(index, &leaf, &proof, size, &whole));
            let dropped = proof.pop();
            prop_assert!(!includes(index, &leaf, &proof, size, &whole));
            proof.extend(dropped);
            proof.push([1; 32]);
            prop_assert!(!includes(index, &leaf, &proof, size, &whole));
        }

        #[test]
        fn a_tree_with_another_past_is_not_an_extension(
            new in 2u64..400, old in any::<u64>(), changed in any::<u64>(),
        ) {
            let tree = Naive::of(new);
            let old = 1 + old % (new - 1);
            let old_root = tree.root_of(old);
            let mut forked = Naive::of(new);
            forked.0[(changed % old) as usize] = [7; 32];
            let proof = consistency(&forked, old, new).unwrap();
            prop_assert!(!extends(old, &old_root, new, &forked.root_of(new), &proof));
        }

        #[test]
        fn hostile_proofs_are_refused_without_a_panic(
            old in any::<u64>(), new in any::<u64>(), proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
        ) {
            prop_assert!(!includes(old, &[3; 32], &proof, new, &[4; 32]));
            prop_assert!(old == 0 && proof.is_empty() || !extends(old, &[5; 32], new, &[6; 32], &proof));
        }
    }
}
