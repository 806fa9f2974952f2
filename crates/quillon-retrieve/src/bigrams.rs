//! Which two words follow one another in a chunk, as a Bloom filter ("Space/Time Trade-offs in Hash Coding with Allowable
//! Errors", 1970): a kilobit for each chunk instead of a posting for each pair. It may say yes where the truth is no,
//! about one time in twenty; the second look reads the text itself.

const WORDS: usize = 16;
const BITS: u64 = WORDS as u64 * 64;

/// The pairs of one chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bigrams(pub(crate) [u64; WORDS]);

/// Two stems that follow one another, by their hashes.
pub(crate) const fn pair(first: u32, second: u32) -> u64 {
    let mixed = ((first as u64) << 32 | second as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

const fn bits_of(pair: u64) -> [u64; 2] {
    [pair % BITS, (pair >> 32) % BITS]
}

impl Bigrams {
    pub(crate) fn add(&mut self, pair: u64) {
        for bit in bits_of(pair) {
            self.0[bit as usize / 64] |= 1 << (bit % 64);
        }
    }

    pub(crate) fn may_hold(&self, pair: u64) -> bool {
        bits_of(pair).iter().all(|bit| self.0[*bit as usize / 64] >> (bit % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_little_else_is() {
        let mut bigrams = Bigrams::default();
        for first in 0..150 {
            bigrams.add(pair(first, first + 1));
        }
        assert!((0..150).all(|first| bigrams.may_hold(pair(first, first + 1))));
        let wrong = (0..1_000).filter(|first| bigrams.may_hold(pair(first + 1, *first))).count();
        assert!(wrong < 150, "{wrong}");
    }
}
