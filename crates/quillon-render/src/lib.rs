//! Turns events into text: a terminal's, JSON, JSON lines, SARIF, a page. Pure: events and a [`Look`] in, text out.
//!
//! Invariants: nothing from outside can command a terminal (every text passes [`quillon_text::terminal_safe`], and JSON
//! escapes the same characters); colour never says anything that the text does not; code is never wrapped. Start at
//! [`TextRenderer`] for people, at [`Document`] and [`json_line`] for scripts.

mod blocks;
mod chart;
mod codescan;
mod fault;
mod html;
mod inline;
mod json;
mod look;
mod markdown;
mod notes;
mod patch;
mod reference;
mod sarif;
mod table;
mod text;
mod width;

pub use fault::fault_text;
pub use html::Html;
pub use json::{Document, json_line};
pub use look::Look;
pub use markdown::Markdown;
pub use notes::question_text;
pub use sarif::Sarif;
pub use text::{Piece, TextRenderer};
pub use width::{columns, one_line, wrap};
