//! Text: decoding, lines, words, and what is safe to show. Pure; broken input gives what there is, never an error.

mod decode;
mod lines;
mod nearest;
mod show;
mod words;

pub use decode::{Decoded, decode};
pub use lines::LineIndex;
pub use nearest::nearest;
pub use show::{shorten, terminal_safe};
pub use words::{is_stop_word, stem, subwords};
