//! Where each word stands: for every word, the chunks that hold it and how often, in one array.

use crate::vocabulary::WordId;

/// How often one word stands in one chunk, by where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) chunk: u32,
    /// In code, or in the text of a document.
    pub(crate) body: u8,
    /// In comments of code.
    pub(crate) comment: u8,
    /// In the names that are defined here.
    pub(crate) name: u8,
    /// In the names of what lies around the chunk.
    pub(crate) around: u8,
}

/// Which count a word adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Body,
    Comment,
    Name,
    Around,
}

/// Takes postings, chunk by chunk.
#[derive(Default)]
pub(crate) struct PostingsBuilder {
    log: Vec<(WordId, Posting)>,
    /// The last entry of each word in the log.
    last: Vec<u32>,
}

impl PostingsBuilder {
    /// Notes a word in a chunk. Chunks come in order.
    pub(crate) fn add(&mut self, word: WordId, chunk: u32, field: Field) {
        let slot = word as usize;
        if slot >= self.last.len() {
            self.last.resize(slot + 1, u32::MAX);
        }
        let known = self.log.get_mut(self.last[slot] as usize).filter(|(_, posting)| posting.chunk == chunk);
        let posting = match known {
            Some((_, posting)) => posting,
            None => {
                self.last[slot] = u32::try_from(self.log.len()).unwrap_or(u32::MAX);
                self.log.push((word, Posting { chunk, body: 0, comment: 0, name: 0, around: 0 }));
                match self.log.last_mut() {
                    Some((_, posting)) => posting,
                    None => return,
                }
            }
        };
        let count = match field {
            Field::Body => &mut posting.body,
            Field::Comment => &mut posting.comment,
            Field::Name => &mut posting.name,
            Field::Around => &mut posting.around,
        };
        *count = count.saturating_add(1);
    }

    /// Sorts by word; within a word the chunks stay in order.
    pub(crate) fn build(self, words: usize) -> Postings {
        let mut starts = vec![0_u32; words + 1];
        for (word, _) in &self.log {
            starts[*word as usize + 1] += 1;
        }
        for word in 0..words {
            starts[word + 1] += starts[word];
        }
        let mut next = starts.clone();
        let nothing = Posting { chunk: 0, body: 0, comment: 0, name: 0, around: 0 };
        let mut all = vec![nothing; self.log.len()];
        for (word, posting) in self.log {
            let place = &mut next[word as usize];
            all[*place as usize] = posting;
            *place += 1;
        }
        Postings { starts, all }
    }
}

/// Where each word stands.
#[derive(Default)]
pub(crate) struct Postings {
    starts: Vec<u32>,
    all: Vec<Posting>,
}

impl Postings {
    /// The chunks that hold a word, in order.
    pub(crate) fn of(&self, word: WordId) -> &[Posting] {
        let word = word as usize;
        match (self.starts.get(word), self.starts.get(word + 1)) {
            (Some(&start), Some(&end)) => &self.all[start as usize..end as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_word_and_chunk() {
        let mut builder = PostingsBuilder::default();
        for (word, chunk, field) in
            [(1, 0, Field::Body), (0, 0, Field::Name), (1, 0, Field::Body), (1, 2, Field::Comment)]
        {
            builder.add(word, chunk, field);
        }
        for _ in 0..300 {
            builder.add(2, 3, Field::Around);
        }
        let postings = builder.build(3);
        let posting = |chunk, body, comment, name, around| Posting { chunk, body, comment, name, around };
        assert_eq!(postings.of(0), [posting(0, 0, 0, 1, 0)]);
        assert_eq!(postings.of(1), [posting(0, 2, 0, 0, 0), posting(2, 0, 1, 0, 0)]);
        assert_eq!(postings.of(2), [posting(3, 0, 0, 0, 255)]);
        assert_eq!(postings.of(3), []);
    }
}
