//! Documentation out of comments: which comments stand above a definition, and their text without marks.

use crate::gather::Bytes;

/// Characters of documentation that are kept for one definition.
const DOC_CHARS_MAX: usize = 2_000;

/// Comments and attributes in order, with a way to look back from a place.
pub(crate) struct Leading<'a> {
    text: &'a str,
    /// Comments and attributes by their end; whether each is an attribute.
    pieces: Vec<(Bytes, bool)>,
}

/// What stands above a definition.
pub(crate) struct Above {
    /// Where the first piece starts, or the definition where there is none.
    pub(crate) start: u32,
    pub(crate) comments: Vec<Bytes>,
    pub(crate) attributes: Vec<Bytes>,
}

impl<'a> Leading<'a> {
    pub(crate) fn new(text: &'a str, comments: &[Bytes], attributes: &[Bytes]) -> Self {
        let comments = comments.iter().map(|bytes| (bytes.clone(), false));
        let attributes = attributes.iter().map(|bytes| (bytes.clone(), true));
        let mut pieces: Vec<_> = comments.chain(attributes).collect();
        pieces.sort_unstable_by_key(|(bytes, _)| (bytes.end, bytes.start));
        Self { text, pieces }
    }

    /// The documenting comments and attributes directly above `start`, with no blank line between.
    pub(crate) fn above(&self, start: u32, is_doc: fn(&str) -> bool) -> Above {
        let mut above = Above { start, comments: Vec::new(), attributes: Vec::new() };
        let last = self.pieces.partition_point(|(bytes, _)| bytes.end <= start);
        for (bytes, is_attribute) in self.pieces[..last].iter().rev() {
            let piece = slice(self.text, bytes);
            let fits = self.touches(bytes, above.start)
                && (*is_attribute || (is_doc(piece) && self.starts_line(bytes.start)));
            if !fits {
                break;
            }
            above.start = bytes.start;
            let list = if *is_attribute { &mut above.attributes } else { &mut above.comments };
            list.push(bytes.clone());
        }
        above.comments.reverse();
        above
    }

    /// The comments within `bytes`.
    pub(crate) fn comments_in(&self, bytes: Bytes) -> impl Iterator<Item = &Bytes> {
        self.pieces_in(bytes).filter(|(_, is_attribute)| !*is_attribute).map(|(piece, _)| piece)
    }

    /// The attributes within `bytes`.
    pub(crate) fn attributes_in(&self, bytes: Bytes) -> impl Iterator<Item = &Bytes> {
        self.pieces_in(bytes).filter(|(_, is_attribute)| *is_attribute).map(|(piece, _)| piece)
    }

    fn pieces_in(&self, bytes: Bytes) -> impl Iterator<Item = &(Bytes, bool)> {
        let first = self.pieces.partition_point(|(piece, _)| piece.end <= bytes.start);
        let within = self.pieces[first..].iter().take_while(move |(piece, _)| piece.end <= bytes.end);
        within.filter(move |(piece, _)| piece.start >= bytes.start)
    }

    /// Whether only white space, and no blank line, stands between the end of a piece and `start`.
    fn touches(&self, bytes: &Bytes, start: u32) -> bool {
        let between = slice(self.text, &(bytes.end..start));
        // A line comment may hold its own line break.
        let breaks = between.matches('\n').count() + usize::from(slice(self.text, bytes).ends_with('\n'));
        breaks <= 1 && between.chars().all(|c| c.is_whitespace() || c == '\u{feff}')
    }

    fn starts_line(&self, start: u32) -> bool {
        let before = slice(self.text, &(0..start));
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.chars().rev().take(MARGIN_MAX).all(|c| c.is_whitespace() || c == '\u{feff}')
    }
}

/// How much of a line before a comment is looked at.
const MARGIN_MAX: usize = 400;

/// The text of the bytes; nothing where they are none.
pub(crate) fn slice<'a>(text: &'a str, bytes: &Bytes) -> &'a str {
    text.get(bytes.start as usize..bytes.end as usize).unwrap_or_default()
}

/// The text of comments without their marks.
pub(crate) fn plain(comments: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut doc = String::new();
    for comment in comments {
        for line in comment.as_ref().lines() {
            let line = unmarked(line);
            if doc.len() >= DOC_CHARS_MAX {
                break;
            }
            if !(doc.is_empty() && line.is_empty()) {
                doc.push_str(line);
                doc.push('\n');
            }
        }
    }
    shortened(&without_tags(doc.trim_end()))
}

/// Documentation, cut at its limit.
pub(crate) fn shortened(doc: &str) -> String {
    match doc.char_indices().nth(DOC_CHARS_MAX) {
        Some((end, _)) => doc[..end].to_owned(),
        None => doc.to_owned(),
    }
}

/// A line of a comment without its marks.
fn unmarked(line: &str) -> &str {
    const MARKS: &[&str] =
        &["///", "//!", "//", "/**", "/*!", "/*", "*/", "*", "\"\"\"", "'''", "r\"\"\"", "#", "--", "<!--"];
    let line = line.trim();
    let mark = MARKS.iter().find(|mark| line.starts_with(**mark)).copied().unwrap_or_default();
    let line = line[mark.len()..].trim_start_matches(mark.chars().next().unwrap_or(' '));
    let line =
        ["**/", "*/", "\"\"\"", "'''", "-->"].iter().find_map(|end| line.strip_suffix(end)).unwrap_or(line);
    line.strip_prefix(' ').unwrap_or(line).trim_end()
}

/// C# wraps its documentation in tags, which only get in the way of a reader.
fn without_tags(doc: &str) -> String {
    if !doc.contains("<summary>") {
        return doc.to_owned();
    }
    const TAGS: &[&str] = &["<summary>", "</summary>", "<remarks>", "</remarks>", "</param>", "</returns>"];
    let bare = TAGS.iter().fold(doc.to_owned(), |doc, tag| doc.replace(tag, ""));
    let lines: Vec<_> = bare.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_text_stays() {
        let check =
            |comment: &str, expected: &str| assert_eq!(plain([comment].iter()), expected, "{comment}");
        check("/// Adds.\n///\n///  More.", "Adds.\n\n More.");
        check("/**\n * Adds.\n * @param a one\n */", "Adds.\n@param a one");
        check("/** Adds. */", "Adds.");
        check("## Adds.", "Adds.");
        check("-- Adds.", "Adds.");
        check("\"\"\"Adds.\n\n    More.\n    \"\"\"", "Adds.\n\nMore.");
        check("/// <summary>\n/// Adds.\n/// </summary>", "Adds.");
        check("/****/", "");
        check("", "");
    }
}
