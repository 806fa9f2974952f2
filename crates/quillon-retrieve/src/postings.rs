//! How often one word stands in one chunk, by where in it.

/// Which count a word adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Body,
    Comment,
    Name,
    Around,
    Signature,
}

/// How often one word stands in one chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Posting {
    /// The chunk, by its place in the document.
    pub(crate) chunk: u32,
    /// In code, or in the text of a document.
    pub(crate) body: u8,
    /// In comments of code.
    pub(crate) comment: u8,
    /// In the names that are defined here, and, in the upper half, in the lines that define them.
    pub(crate) names: u8,
    /// In the names of what lies around the chunk.
    pub(crate) around: u8,
}

const HALF: u8 = 15;

impl Posting {
    pub(crate) fn add(&mut self, field: Field) {
        match field {
            Field::Body => self.body = self.body.saturating_add(1),
            Field::Comment => self.comment = self.comment.saturating_add(1),
            Field::Around => self.around = self.around.saturating_add(1),
            Field::Name => self.names += u8::from(self.name() < HALF),
            Field::Signature => self.names += if self.signature() < HALF { HALF + 1 } else { 0 },
        }
    }

    /// In the names that are defined here.
    pub(crate) const fn name(self) -> u8 {
        self.names & HALF
    }

    /// In the lines that define something.
    pub(crate) const fn signature(self) -> u8 {
        self.names >> 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stop_at_what_they_can_hold() {
        let mut posting = Posting::default();
        for field in [Field::Body, Field::Comment, Field::Name, Field::Around, Field::Signature] {
            posting.add(field);
        }
        assert_eq!((posting.body, posting.comment, posting.around), (1, 1, 1));
        assert_eq!((posting.name(), posting.signature()), (1, 1));
        for _ in 0..300 {
            posting.add(Field::Body);
            posting.add(Field::Name);
            posting.add(Field::Signature);
        }
        assert_eq!((posting.body, posting.name(), posting.signature(), posting.comment), (255, 15, 15, 1));
    }
}
