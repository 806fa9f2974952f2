//! The text of a PDF, page by page, with hard bounds on everything that a hostile one could make large.
//!
//! The crate `lopdf` reads the structure: it has no unsafe code, bounds nesting and chains of filters, and takes a limit
//! for what a stream may unpack to. That limit holds for each stream alone, so it is set here from how many streams the
//! file can have: all of them together stay below [`UNPACKED_BYTES_MAX`]. What remains is bounded in pages, operations and
//! characters. A page that cannot be read is left out and named. Start at [`read`].

use std::collections::BTreeMap;

use lopdf::content::Content;
use lopdf::{Document, Encoding, LoadOptions, Object};

/// The most that all streams of a file may unpack to, in bytes.
const UNPACKED_BYTES_MAX: usize = 256 * 1024 * 1024;
/// A stream may unpack to at least this, in bytes, or no page could be read.
const STREAM_BYTES_MIN: usize = 64 * 1024;
/// The most streams of a file.
const STREAMS_MAX: usize = 4_096;
/// The most objects of a file.
const OBJECTS_MAX: usize = 200_000;
/// The most pages that are read.
const PAGES_MAX: usize = 2_000;
/// The most that one page's drawing may unpack to, in bytes.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most drawing operations of a file, over all its pages.
const OPERATIONS_MAX: usize = 5_000_000;
/// The most fonts of a page.
const FONTS_MAX: usize = 64;
/// The most that the pages unpack to together, fonts and all, in bytes.
const PAGES_BYTES_MAX: usize = 512 * 1024 * 1024;
/// The most text that is taken, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A gap wider than this, in thousandths of the font's size, stands between words.
const WORD_GAP: f32 = 180.0;

/// The text of a PDF.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    /// The pages that hold text, by number.
    pub(crate) pages: Vec<(u32, String)>,
    /// What could not be read, in words.
    pub(crate) skipped: Vec<String>,
}

/// Reads a PDF.
///
/// # Errors
/// In words, why there is nothing to read.
pub(crate) fn read(bytes: &[u8]) -> Result<Pages, String> {
    let streams = memchr::memmem::find_iter(bytes, b"stream").count() / 2;
    if streams > STREAMS_MAX {
        return Err(format!("it has more than {STREAMS_MAX} streams"));
    }
    let each = (UNPACKED_BYTES_MAX / streams.max(1)).max(STREAM_BYTES_MIN);
    let options = LoadOptions { max_decompressed_size: Some(each), ..LoadOptions::default() };
    let document =
        Document::load_mem_with_options(bytes, options).map_err(|_| "it is not a PDF that can be read")?;
    if document.is_encrypted() {
        return Err("it is protected by a password".into());
    }
    if document.objects.len() > OBJECTS_MAX {
        return Err(format!("it has more than {OBJECTS_MAX} objects"));
    }
    Reading { document: &document, operations: 0, unpacked: 0, bytes: 0 }.pages()
}

struct Reading<'a> {
    document: &'a Document,
    operations: usize,
    unpacked: usize,
    bytes: usize,
}

impl Reading<'_> {
    fn pages(mut self) -> Result<Pages, String> {
        let mut read = Pages::default();
        let mut count = 0_u32;
        for id in self.document.page_iter().take(PAGES_MAX + 1) {
            count += 1;
            if count as usize > PAGES_MAX {
                read.skipped.push(format!("pages after {PAGES_MAX}"));
                break;
            }
            if self.is_spent() {
                read.skipped.push(format!("pages from {count}: they are beyond the limits"));
                break;
            }
            match self.page(id) {
                Some(text) if text.trim().is_empty() => {}
                Some(text) => read.pages.push((count, text)),
                None => read.skipped.push(format!("page {count}")),
            }
        }
        if read.pages.is_empty() {
            let why = if count == 0 { "it has no pages" } else { "its pages hold no text, only images" };
            return Err(why.into());
        }
        Ok(read)
    }

    const fn is_spent(&self) -> bool {
        self.operations > OPERATIONS_MAX || self.bytes > TEXT_BYTES_MAX || self.unpacked > PAGES_BYTES_MAX
    }

    fn page(&mut self, id: (u32, u16)) -> Option<String> {
        let content = self.document.get_page_content_with_limit(id, PAGE_BYTES_MAX).ok()?;
        self.unpacked += content.len();
        let content = Content::decode(&content).ok()?;
        self.operations += content.operations.len();
        let fonts = self.document.get_page_fonts(id).unwrap_or_default();
        // Each font may unpack a map of characters; a file that names thousands pays for them out of the same limit.
        self.unpacked += fonts.len().min(FONTS_MAX) * STREAM_BYTES_MIN;
        let encodings: BTreeMap<Vec<u8>, Encoding<'_>> = fonts
            .into_iter()
            .take(FONTS_MAX)
            .filter_map(|(name, font)| {
                let encoding = font.get_font_encoding_with_limit(self.document, PAGE_BYTES_MAX / 8);
                Some((name, encoding.ok()?))
            })
            .collect();
        let mut page = Page { encodings: &encodings, font: None, at: None, text: String::new() };
        for operation in &content.operations {
            page.take(&operation.operator, &operation.operands);
            if self.bytes + page.text.len() > TEXT_BYTES_MAX {
                break;
            }
        }
        let text = tidy(&page.text);
        self.bytes += text.len();
        Some(text)
    }
}

/// A page whose drawing is followed, as far as it places text.
struct Page<'a> {
    encodings: &'a BTreeMap<Vec<u8>, Encoding<'a>>,
    font: Option<&'a Encoding<'a>>,
    /// How high the line is that is written on.
    at: Option<f32>,
    text: String,
}

impl Page<'_> {
    fn take(&mut self, operator: &str, operands: &[Object]) {
        match operator {
            "Tf" => {
                let name = operands.first().and_then(|name| name.as_name().ok());
                self.font = name.and_then(|name| self.encodings.get(name));
            }
            "Tj" | "TJ" => self.show(operands),
            "'" | "\"" => {
                self.break_line();
                self.show(operands.last().map(std::slice::from_ref).unwrap_or_default());
            }
            "T*" | "ET" => self.break_line(),
            "Td" | "TD" => match operands.get(1).and_then(|height| height.as_float().ok()) {
                Some(down) if down.abs() > f32::EPSILON => self.break_line(),
                _ => self.space(),
            },
            "Tm" => {
                let height = operands.get(5).and_then(|height| height.as_float().ok());
                let same = matches!((self.at, height), (Some(at), Some(height)) if (at - height).abs() < 0.5);
                if same {
                    self.space()
                } else {
                    self.break_line()
                }
                self.at = height;
            }
            _ => {}
        }
    }

    fn show(&mut self, operands: &[Object]) {
        for operand in operands {
            match operand {
                Object::String(bytes, _) => {
                    // A font without a map of its own is read as plain letters.
                    let decoded = self.font.and_then(|font| Document::decode_text(font, bytes).ok());
                    match decoded {
                        Some(text) => self.text.push_str(&text),
                        None => {
                            self.text.extend(bytes.iter().filter(|b| b.is_ascii()).map(|b| char::from(*b)))
                        }
                    }
                }
                // Arrays do not nest here; one that does is not followed.
                Object::Array(parts) => {
                    for part in parts {
                        match part {
                            Object::String(..) => self.show(std::slice::from_ref(part)),
                            part if part.as_float().is_ok_and(|gap| gap < -WORD_GAP) => self.space(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    fn break_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

/// Text without what no reader sees.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let seen: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        seen.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use lopdf::content::Operation;
    use lopdf::{Dictionary, Stream, dictionary};

    use super::*;

    /// A PDF with a line on each page.
    pub(crate) fn pdf(pages: &[&str], compress: bool) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let tree = document.new_object_id();
        let font = document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier",
        });
        let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
        let kids: Vec<Object> = pages
            .iter()
            .map(|text| {
                let mut operations =
                    vec![Operation::new("BT", vec![]), Operation::new("Tf", vec!["F1".into(), 12.into()])];
                for line in text.lines() {
                    operations.push(Operation::new("Td", vec![0.into(), (-14).into()]));
                    operations.push(Operation::new("Tj", vec![Object::string_literal(line)]));
                }
                operations.push(Operation::new("ET", vec![]));
                let content = Content { operations }.encode().unwrap();
                let content = document.add_object(Stream::new(Dictionary::new(), content));
                let page = dictionary! {
                    "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
                };
                document.add_object(page).into()
            })
            .collect();
        let count = i64::try_from(kids.len()).unwrap();
        document.objects.insert(
            tree,
            Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }),
        );
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        document.trailer.set("Root", catalog);
        if compress {
            document.compress();
        }
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn pages_are_read_with_their_lines() {
        let read = read(&pdf(&["On call\nCall Ada first.", "Then Bob."], true)).unwrap();
        assert_eq!(read.pages, [(1, "On call\nCall Ada first.".to_owned()), (2, "Then Bob.".to_owned())]);
        assert!(read.skipped.is_empty());
    }

    #[test]
    fn what_is_no_pdf_or_holds_no_text_says_so() {
        let check = |bytes: &[u8], why: &str| assert_eq!(read(bytes).unwrap_err(), why);
        check(b"", "it is not a PDF that can be read");
        check(b"%PDF-1.7\n%%EOF", "it is not a PDF that can be read");
        check(&pdf(&[""], false), "its pages hold no text, only images");
        check(&pdf(&[], false), "it has no pages");
        let streams = b"stream endstream ".repeat(STREAMS_MAX + 1);
        check(&streams, &format!("it has more than {STREAMS_MAX} streams"));
    }

    #[test]
    fn a_page_that_unpacks_to_too_much_is_left_out() {
        let bomb = " \n".repeat(PAGE_BYTES_MAX);
        let mut document = Document::load_mem(&pdf(&["fine", "x"], false)).unwrap();
        let second = document.page_iter().nth(1).unwrap();
        document.change_page_content(second, bomb.into_bytes()).unwrap();
        document.compress();
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        assert!(bytes.len() < 200_000, "{}", bytes.len());
        let read = read(&bytes).unwrap();
        assert_eq!((read.pages.len(), read.skipped.as_slice()), (1, ["page 2".to_owned()].as_slice()));
    }

    #[test]
    fn any_cut_or_changed_file_is_read_or_refused() {
        let whole = pdf(&["On call", "Then Bob."], true);
        for end in (0..whole.len()).step_by(7) {
            let _ = read(&whole[..end]);
        }
        for place in (0..whole.len()).step_by(3) {
            let mut changed = whole.clone();
            changed[place] = changed[place].wrapping_add(13);
            let _ = read(&changed);
        }
        let nested = format!("%PDF-1.5\n1 0 obj {} endobj", "[".repeat(500_000));
        assert!(read(nested.as_bytes()).is_err());
    }
}
