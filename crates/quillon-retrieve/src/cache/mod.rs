//! An index as bytes, without the texts: what was read of each content, for the next start.
//!
//! The bytes have a version and a checksum and are taken apart with distrust: whatever they are, the answer is an index
//! that fits its documents, or nothing, and then everything is read anew. Numbers are LEB128 and lists are differences,
//! so that a million lines take some 40 MB. Reading that in one go costs what copying it costs, a tenth of taking it
//! apart; a mapping would save that tenth, and costs the only `unsafe` code of the house. So it is read.
//!
//! Start at [`Index::to_bytes`] and [`Kept::from_bytes`].

mod bytes;
mod entry;
mod said;

use quillon_workspace::Role;

use crate::build::{Stopped, Watch};
use crate::cache::bytes::{Put, Take};
use crate::document::{ContentDigest, DIGEST_BYTES, Document};
use crate::index::{Index, Refreshed};
use crate::read::{Entry, read_part};
use crate::strings::Strings;
use crate::vocabulary::{KeptVocabulary, Vocabulary};

/// The largest cache that is written or read, in bytes.
pub const CACHE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What every cache begins with.
const MARK: &[u8; 4] = b"QIDX";
/// Counts up whenever these bytes, or what a file is read for, change.
const VERSION: u32 = 2;
const HEAD_BYTES: usize = 12;

const ROLES: &[Role] = &[
    Role::Source,
    Role::Test,
    Role::Documentation,
    Role::Configuration,
    Role::Generated,
    Role::Minified,
    Role::Vendored,
    Role::Data,
];

impl Index {
    /// What a cache keeps; nothing where that is more than [`CACHE_BYTES_MAX`].
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut put = Put::default();
        put.0.extend_from_slice(MARK);
        put.0.extend_from_slice(&VERSION.to_le_bytes());
        put.0.extend_from_slice(&[0; 4]);
        put_vocabulary(&mut put, &self.vocabulary);
        put.count(self.counts().documents);
        for (_, document) in self.living() {
            put.string(&document.path);
            put.one_of(ROLES, document.role);
            put.0.extend_from_slice(&document.digest.0);
            entry::put(&mut put, &document.entry);
            if put.0.len() > CACHE_BYTES_MAX {
                return None;
            }
        }
        let mut bytes = put.0;
        let sum = crc32c::crc32c(&bytes[HEAD_BYTES..]);
        bytes[HEAD_BYTES - 4..HEAD_BYTES].copy_from_slice(&sum.to_le_bytes());
        (bytes.len() <= CACHE_BYTES_MAX).then_some(bytes)
    }
}

/// An index out of a cache, which has no texts yet. [`Kept::open`] gives it those.
pub struct Kept {
    vocabulary: Vocabulary,
    documents: Vec<KeptDocument>,
}

struct KeptDocument {
    path: String,
    role: Role,
    digest: ContentDigest,
    entry: Entry,
}

impl Kept {
    /// Takes a cache apart; nothing where it is of another version, or damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, body) = bytes.split_at_checked(HEAD_BYTES)?;
        let is_ours = head.starts_with(MARK) && head[4..8] == VERSION.to_le_bytes();
        if !is_ours || head[8..12] != crc32c::crc32c(body).to_le_bytes() {
            return None;
        }
        let mut take = Take(body);
        let vocabulary = take_vocabulary(&mut take)?;
        let count = take.count()?;
        let mut documents = Vec::with_capacity(count);
        for _ in 0..count {
            let path = take.string()?.to_owned();
            let role = take.one_of(ROLES)?;
            let mut digest = [0; DIGEST_BYTES];
            digest.copy_from_slice(take.bytes(DIGEST_BYTES)?);
            let entry = entry::take(&mut take, vocabulary.count())?;
            documents.push(KeptDocument { path, role, digest: ContentDigest(digest), entry });
        }
        take.0.is_empty().then_some(Self { vocabulary, documents })
    }

    /// The index of these documents: what is kept of a content that they have is used, the rest is read.
    ///
    /// # Errors
    /// When it was stopped.
    pub fn open(self, documents: Vec<Document>, watch: &Watch<'_>) -> Result<(Index, Refreshed), Stopped> {
        let mut index = Index::default();
        index.vocabulary = self.vocabulary;
        let mut given: rustc_hash::FxHashMap<&str, &Document> =
            documents.iter().map(|document| (document.path.as_str(), document)).collect();
        for kept in self.documents {
            // Of two with one path in a cache, which no index writes, the first counts.
            let Some(document) = given.remove(kept.path.as_str()) else { continue };
            let is_it = document.digest == kept.digest && document.role == kept.role;
            if is_it && kept.entry.fits(read_part(document)) {
                let Document { path, role, digest, .. } = document;
                let text = String::new();
                index.put(Document { path: path.clone(), text, role: *role, digest: *digest }, kept.entry);
            }
        }
        let refreshed = index.refresh(documents, watch)?;
        Ok((index, refreshed))
    }
}

fn put_vocabulary(put: &mut Put, vocabulary: &Vocabulary) {
    let KeptVocabulary { words, stems, parts, stem_ends, stem_ids } = vocabulary.kept();
    for strings in [words, stems] {
        put.string(strings.text());
        put.rising(strings.ends());
    }
    put.0.extend_from_slice(parts);
    put.rising(stem_ends);
    put.count(stem_ids.len());
    stem_ids.iter().for_each(|stem| put.number(*stem));
}

fn take_vocabulary(take: &mut Take<'_>) -> Option<Vocabulary> {
    let words = Strings::from_parts(take.string()?.to_owned(), take.rising()?)?;
    let stems = Strings::from_parts(take.string()?.to_owned(), take.rising()?)?;
    let parts = take.bytes(words.count())?.to_vec();
    let stem_ends = take.rising()?;
    let stem_ids = (0..take.count()?).map(|_| take.number()).collect::<Option<Vec<u32>>>()?;
    Vocabulary::from_kept(words, stems, parts, stem_ends, stem_ids)
}
