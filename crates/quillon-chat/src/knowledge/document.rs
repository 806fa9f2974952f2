//! From files to documents: Markdown, text and code as they are, PDF page by page. What cannot be read is named.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use quillon_base::{Fault, FaultCode};
use quillon_road::ReadFile;

use super::kept::Text;
use super::pdf;

/// The most documents of one base.
const DOCUMENTS_MAX: usize = 10_000;
/// The most text of one base, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most text of one document, in bytes: with what JSON adds to it, it must fit into a record.
const DOCUMENT_BYTES_MAX: usize = 7 * 1024 * 1024;
/// The most patterns of one base.
const PATTERNS_MAX: usize = 64;
/// The longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 256;

/// A document that was left out, or of which a part was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) path: String,
    pub(crate) why: String,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) texts: Vec<Text>,
    pub(crate) skipped: Vec<Skipped>,
}

/// Which files are taken.
pub(crate) struct Patterns {
    include: GlobSet,
    exclude: GlobSet,
}

impl Patterns {
    /// # Errors
    /// `input.invalid` for a pattern that is none.
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Self, Fault> {
        Ok(Self { include: globs(include)?, exclude: globs(exclude)? })
    }

    /// Whether a file is taken: by its path in the workspace, or in the folder that was added.
    pub(crate) fn take(&self, folder: &str, path: &str) -> bool {
        let within = path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'));
        let fits = |globs: &GlobSet| globs.is_match(path) || globs.is_match(within);
        (self.include.is_empty() || fits(&self.include)) && !fits(&self.exclude)
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, Fault> {
    let invalid = |pattern: &str, why: String| {
        Fault::new(FaultCode::InputInvalid, format!("`{pattern}` is not a pattern: {why}"))
            .hint("`**/*.md` fits Markdown in every folder, `old/**` everything below `old`")
    };
    if patterns.len() > PATTERNS_MAX {
        return Err(invalid(&patterns[PATTERNS_MAX], format!("there may be {PATTERNS_MAX} at most")));
    }
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(invalid("…", format!("it has more than {PATTERN_BYTES_MAX} bytes")));
        }
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        builder.add(glob.map_err(|error| invalid(pattern, error.kind().to_string()))?);
    }
    builder.build().map_err(|error| invalid("…", error.to_string()))
}

/// Reads files, in their order, until a limit is reached or nobody waits any more.
pub(crate) fn read(files: Vec<ReadFile>, goes_on: &mut dyn FnMut(u64) -> bool) -> Read {
    let mut read = Read::default();
    let mut bytes = 0;
    for (number, file) in (0..).zip(files) {
        if !goes_on(number) {
            break;
        }
        let skip = |why: &str| Skipped { path: file.path.clone(), why: why.to_owned() };
        if read.texts.len() >= DOCUMENTS_MAX || bytes >= TEXT_BYTES_MAX {
            read.skipped.push(skip("the base is full"));
            continue;
        }
        match document(&file).and_then(small_enough) {
            Ok((text, parts)) => {
                bytes += text.text.len();
                read.texts.push(text);
                read.skipped.extend(parts.iter().map(|part| skip(part)));
            }
            Err(why) => read.skipped.push(skip(&why)),
        }
    }
    read
}

/// A document that fits into a record.
fn small_enough((text, parts): (Text, Vec<String>)) -> Result<(Text, Vec<String>), String> {
    if text.text.len() <= DOCUMENT_BYTES_MAX {
        return Ok((text, parts));
    }
    Err(format!("it holds more than {} MB of text", DOCUMENT_BYTES_MAX / 1024 / 1024))
}

/// A document, and what of it could not be read; or why it could not.
fn document(file: &ReadFile) -> Result<(Text, Vec<String>), String> {
    if file.bytes.starts_with(b"%PDF-") || file.path.to_ascii_lowercase().ends_with(".pdf") {
        // The crate that reads it is somebody else's: its panic would be one document's, not the whole work's.
        let read = std::panic::catch_unwind(|| pdf::read(&file.bytes));
        let read = read.unwrap_or_else(|_| Err("it is not a PDF that can be read".into()))?;
        return Ok((paged(&file.path, &read.pages), read.skipped));
    }
    let decoded = quillon_text::decode(&file.bytes).ok_or("it is not text")?;
    if decoded.text.trim().is_empty() {
        return Err("it is empty".into());
    }
    let text = Text { path: file.path.clone(), text: decoded.text, pages: Vec::new() };
    Ok((text, Vec::new()))
}

/// Pages one after the other, with where each begins.
fn paged(path: &str, pages: &[(u32, String)]) -> Text {
    let (mut text, mut starts, mut line) = (String::new(), Vec::new(), 0_u32);
    for (number, page) in pages {
        starts.push((line, *number));
        text.push_str(page);
        text.push_str("\n\n");
        line = line.saturating_add(u32::try_from(page.lines().count()).unwrap_or(u32::MAX)).saturating_add(1);
    }
    Text { path: path.to_owned(), text, pages: starts }
}

impl Text {
    /// The page that holds a line, from 1; nothing in a document without pages.
    pub(crate) fn page(&self, line: u32) -> Option<u32> {
        let after = self.pages.partition_point(|(start, _)| *start < line);
        self.pages.get(after.checked_sub(1)?).map(|(_, page)| *page)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pdf::tests::pdf;
    use super::*;

    fn file(path: &str, bytes: impl Into<Vec<u8>>) -> ReadFile {
        ReadFile::of(path, bytes.into())
    }

    #[test]
    fn documents_are_read_and_the_rest_is_named() {
        let files = vec![
            file("a.md", "# A\n"),
            file("b.pdf", pdf(&["one", "two\nlines", "three"], true)),
            file("c.bin", vec![0, 159, 146, 150]),
            file("d.pdf", "no"),
            file("e.txt", " \n"),
        ];
        let read = read(files, &mut |_| true);
        let names: Vec<&str> = read.texts.iter().map(|text| text.path.as_str()).collect();
        assert_eq!(names, ["a.md", "b.pdf"]);
        let skipped: Vec<String> =
            read.skipped.iter().map(|skipped| format!("{} {}", skipped.path, skipped.why)).collect();
        assert_eq!(
            skipped,
            ["c.bin it is not text", "d.pdf it is not a PDF that can be read", "e.txt it is empty"]
        );
        let pdf = &read.texts[1];
        assert_eq!(pdf.text, "one\n\ntwo\nlines\n\nthree\n\n");
        let pages: Vec<Option<u32>> = [1, 3, 4, 6].map(|line| pdf.page(line)).to_vec();
        assert_eq!(pages, [Some(1), Some(2), Some(2), Some(3)]);
        assert_eq!(read.texts[0].page(1), None);
    }

    #[test]
    fn a_document_that_no_record_holds_is_named() {
        let files = vec![file("a.txt", "x ".repeat(DOCUMENT_BYTES_MAX)), file("b.txt", "fine")];
        let read = read(files, &mut |_| true);
        assert_eq!((read.texts.len(), read.skipped[0].why.as_str()), (1, "it holds more than 7 MB of text"));
    }

    #[test]
    fn patterns_say_which_files_are_taken() {
        let check = |include: &[&str], exclude: &[&str], path: &str, expected: bool| {
            let owned = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
            let patterns = Patterns::new(&owned(include), &owned(exclude)).unwrap();
            assert_eq!(patterns.take("docs", path), expected, "{path}");
        };
        check(&[], &[], "docs/a.md", true);
        check(&["*.md"], &[], "docs/a.md", true);
        check(&["*.md"], &[], "docs/old/a.md", false);
        check(&["**/*.md"], &["old/**"], "docs/old/a.md", false);
        check(&["docs/**"], &[], "docs/old/a.md", true);
        let fault = Patterns::new(&["{".into()], &[]).err().unwrap();
        assert_eq!(fault.code, FaultCode::InputInvalid);
    }

    #[test]
    fn work_that_nobody_waits_for_stops() {
        let files = vec![file("a.md", "a"), file("b.md", "b")];
        assert_eq!(read(files, &mut |number| number < 1).texts.len(), 1);
    }
}
