//! Text: decoding and encoding, lines, words, edits, and what is safe to show. Pure; broken input gives what there is, never an error.

mod decode;
mod encode;
mod lines;
mod nearest;
mod replace;
mod show;
mod words;

pub use decode::{Decoded, decode};
pub use encode::{LineEnd, encode_like};
pub use lines::LineIndex;
pub use nearest::nearest;
pub use replace::{Closest, NotFound, Replacement, Strategy, replace_once};
pub use show::{shorten, terminal_safe};
pub use words::{is_stop_word, stem, subwords};
