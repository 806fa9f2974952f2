//! What was read for an answer and why, as a table: it can be asked for with the answer, and is kept with the turn.

use quillon_contract::Event;
use quillon_contract::event::Table;
use serde::{Deserialize, Serialize};

/// How many bytes make a token, on the safe side for the tokenizers in use.
pub(crate) const BYTES_PER_TOKEN: u64 = 3;
/// The most rows that are kept of one turn.
pub(crate) const CHOSEN_MAX: usize = 200;

/// Something that was read for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    /// What it is, in a word or two: `passage`, `file`, `prompt`.
    pub(crate) what: String,
    /// Where it is from.
    pub(crate) place: String,
    /// Why it was read.
    pub(crate) why: String,
    /// How much it is, in bytes.
    pub(crate) bytes: u64,
    /// Whether it was left out for want of room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) left_out: bool,
}

impl Chosen {
    /// Something that was read.
    pub(crate) fn new(what: &str, place: impl Into<String>, why: impl Into<String>, bytes: usize) -> Self {
        let (what, bytes) = (what.to_owned(), bytes as u64);
        Self { what, place: place.into(), why: why.into(), bytes, left_out: false }
    }

    /// About how many tokens it is.
    const fn tokens(&self) -> u64 {
        self.bytes.div_ceil(BYTES_PER_TOKEN)
    }
}

/// What was read, as a table with a sum.
pub(crate) fn table(chosen: &[Chosen]) -> Event {
    let columns = ["what", "place", "why", "tokens"].map(str::to_owned).to_vec();
    let row = |chosen: &Chosen| {
        let tokens = if chosen.left_out { "left out".to_owned() } else { chosen.tokens().to_string() };
        vec![chosen.what.clone(), chosen.place.clone(), chosen.why.clone(), tokens]
    };
    let mut rows: Vec<Vec<String>> = chosen.iter().map(row).collect();
    let total: u64 = chosen.iter().filter(|chosen| !chosen.left_out).map(Chosen::tokens).sum();
    let sum = format!("at {BYTES_PER_TOKEN} bytes to a token");
    rows.push(vec!["all".into(), String::new(), sum, total.to_string()]);
    Event::Table(Table { title: "What was read for the answer".into(), columns, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_does_not_count() {
        let left = Chosen { left_out: true, ..Chosen::new("passage", "b.rs:1", "holds `retry`", 900) };
        let Event::Table(table) = table(&[Chosen::new("passage", "a.rs:1-3", "defines `retry`", 10), left])
        else {
            panic!("no table");
        };
        let rows: Vec<String> = table.rows.iter().map(|row| row.join(" | ")).collect();
        assert_eq!(
            rows,
            [
                "passage | a.rs:1-3 | defines `retry` | 4",
                "passage | b.rs:1 | holds `retry` | left out",
                "all |  | at 3 bytes to a token | 4"
            ]
        );
    }
}
