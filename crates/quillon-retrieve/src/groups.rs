//! Items by key, where keys are small numbers: most of them packed in one array, and what came later beside it.

use rustc_hash::FxHashMap;

/// Items by key.
#[derive(Clone)]
pub(crate) struct Groups<T> {
    /// Where the items of each key start in `packed`, and where the last ones end.
    starts: Vec<u32>,
    packed: Vec<T>,
    later: FxHashMap<u32, Vec<T>>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self { starts: Vec::new(), packed: Vec::new(), later: FxHashMap::default() }
    }
}

impl<T: Copy + Default> Groups<T> {
    /// Packs items; those of one key stay in their order. `items` is asked twice and says the same both times.
    pub(crate) fn packed<I: Iterator<Item = (u32, T)>>(keys: usize, items: impl Fn() -> I) -> Self {
        let mut starts = vec![0_u32; keys + 1];
        for (key, _) in items().filter(|(key, _)| (*key as usize) < keys) {
            starts[key as usize + 1] += 1;
        }
        for key in 0..keys {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        let mut packed = vec![T::default(); starts[keys] as usize];
        for (key, item) in items().filter(|(key, _)| (*key as usize) < keys) {
            let place = &mut next[key as usize];
            packed[*place as usize] = item;
            *place += 1;
        }
        Self { starts, packed, later: FxHashMap::default() }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Adds one item.
    pub(crate) fn push(&mut self, key: u32, item: T) {
        self.later.entry(key).or_default().push(item);
    }

    /// The items of a key, in the order in which they came.
    pub(crate) fn of(&self, key: u32) -> impl Iterator<Item = T> + '_ {
        let at = key as usize;
        let packed = match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.packed[start as usize..end as usize],
            _ => &[],
        };
        let later = self.later.get(&key).map_or(&[][..], Vec::as_slice);
        packed.iter().chain(later).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_key_whenever_they_came() {
        let items = [(1, 'a'), (0, 'b'), (1, 'c'), (9, 'x')];
        let mut groups = Groups::packed(3, || items.into_iter());
        groups.push(1, 'd');
        groups.push(7, 'e');
        let check = |key: u32, expected: &str| {
            assert_eq!(groups.of(key).collect::<String>(), expected);
        };
        check(0, "b");
        check(1, "acd");
        check(2, "");
        check(7, "e");
        check(9, "");
        assert_eq!(Groups::<u8>::default().of(0).count(), 0);
    }
}
