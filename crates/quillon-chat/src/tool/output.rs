//! Output that is too long to give as a whole: its two ends, and a name under which the rest can be read.

use std::collections::VecDeque;

/// The name under which kept output can be read begins so.
const PREFIX: &str = "@output/";
/// The most output that is kept of one call, in bytes.
const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// The most that is kept of a turn, in bytes; the oldest goes first.
const ALL_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Names that a turn may use up.
const NAMES_PER_TURN: u32 = 10_000;
/// A line is never cut in the middle when it is shorter than this, in bytes.
const LINE_BYTES_MAX: usize = 2_000;

/// What was too long in this turn.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    kept: VecDeque<(u32, String)>,
    count: u32,
}

impl Outputs {
    /// Those of a turn. Its names are not those of an earlier turn, which the model still sees.
    pub(crate) fn of_turn(number: u32) -> Self {
        Self { kept: VecDeque::new(), count: number.saturating_mul(NAMES_PER_TURN) }
    }

    /// A text of at most `bytes_max` bytes or so: the whole, or its ends with a word on how to read the rest. The end of
    /// output matters more than its beginning, which says what was run.
    pub(super) fn bounded(&mut self, text: String, bytes_max: usize) -> String {
        if text.len() <= bytes_max {
            return text;
        }
        let head = head(&text, bytes_max * 2 / 5);
        let tail = tail(&text, bytes_max * 3 / 5);
        let left_out = text.len() - head.len() - tail.len();
        let first = head.lines().count() + 1;
        let lines = text[head.len()..text.len() - tail.len()].lines().count();
        let (head, tail) = (head.to_owned(), tail.to_owned());
        let name = self.keep(text);
        format!(
            "{head}\n[{left_out} bytes, {lines} lines, are left out here; read them with fs_read, mode Line or Search, \
             path `{name}`, from line {first}]\n{tail}"
        )
    }

    fn keep(&mut self, mut text: String) -> String {
        let kept = text.floor_char_boundary(KEPT_BYTES_MAX);
        if kept < text.len() {
            let more = text.len() - kept;
            text.truncate(kept);
            text.push_str(&format!("\n[{more} more bytes are not kept; write them to a file to see them]\n"));
        }
        self.count += 1;
        self.kept.push_back((self.count, text));
        while self.kept.iter().map(|(_, text)| text.len()).sum::<usize>() > ALL_BYTES_MAX {
            self.kept.pop_front();
        }
        format!("{PREFIX}{}", self.count)
    }

    /// Whether a path is the name of kept output.
    pub(super) fn is_name(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    /// Kept output by its name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let number: u32 = name.strip_prefix(PREFIX)?.parse().ok()?;
        self.kept.iter().find(|(kept, _)| *kept == number).map(|(_, text)| text.as_str())
    }
}

/// The beginning, in whole lines where they are not enormous.
fn head(text: &str, bytes_max: usize) -> &str {
    let cut = &text[..text.floor_char_boundary(bytes_max)];
    match cut.rfind('\n') {
        Some(place) if cut.len() - place <= LINE_BYTES_MAX => &text[..=place],
        _ => cut,
    }
}

/// The end, in whole lines where they are not enormous.
fn tail(text: &str, bytes_max: usize) -> &str {
    let cut = &text[text.ceil_char_boundary(text.len() - bytes_max.min(text.len()))..];
    match cut.find('\n') {
        Some(place) if place <= LINE_BYTES_MAX => &cut[place + 1..],
        _ => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_output_shows_its_ends_and_is_kept() {
        let mut outputs = Outputs::default();
        assert_eq!(outputs.bounded("short".into(), 10), "short");
        let text: String = (1..=100).map(|line| format!("line {line}\n")).collect();
        let shown = outputs.bounded(text.clone(), 100);
        assert!(shown.starts_with("line 1\n") && shown.ends_with("line 100\n"), "{shown}");
        assert!(shown.contains("path `@output/1`, from line 6]"), "{shown}");
        assert_eq!(outputs.get("@output/1"), Some(text.as_str()));
        assert_eq!((outputs.get("@output/2"), outputs.get("@output/x")), (None, None));
    }

    #[test]
    fn what_is_not_kept_of_enormous_output_is_said() {
        let mut outputs = Outputs::default();
        outputs.bounded("é".repeat(KEPT_BYTES_MAX), 100);
        let kept = outputs.get("@output/1").unwrap();
        assert!(kept.len() < KEPT_BYTES_MAX + 100 && kept.contains("[1048576 more bytes are not kept"));
    }

    #[test]
    fn a_name_of_an_earlier_turn_is_nothing_now() {
        let mut outputs = Outputs::of_turn(2);
        let shown = outputs.bounded("x".repeat(50), 10);
        assert!(shown.contains("`@output/20001`"), "{shown}");
        assert_eq!(outputs.get("@output/1"), None);
    }

    #[test]
    fn one_enormous_line_is_cut_between_characters() {
        let shown = Outputs::default().bounded("é".repeat(10_000), 1_001);
        assert!(shown.len() < 1_300 && shown.contains("19000 bytes"), "{shown}");
    }
}
