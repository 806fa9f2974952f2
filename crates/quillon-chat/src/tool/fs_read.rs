//! `fs_read`: lines of a file, a folder's content, lines that hold a text, pictures.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quillon_base::{Fault, FaultCode};
use quillon_contract::EffectKind;
use quillon_model::{IMAGE_BYTES_MAX, Message, ModelRequest, Part, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use super::list::{self, Listing};
use super::search::{self, Grep};
use super::{Act, Given, Hands, Image, Output, Outputs, Prepared, Tool};
use crate::agent::locked;
use crate::answer::counted;

/// The most operations of one call.
const OPERATIONS_MAX: usize = 64;
/// The most pictures of one call.
const IMAGES_MAX: usize = 10;
/// Lines around what was found, when nothing else is said.
const CONTEXT_LINES: usize = 2;

/// Reads.
pub(super) struct FsRead;

#[derive(Deserialize)]
struct Arguments {
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
#[serde(tag = "mode")]
enum Operation {
    #[serde(alias = "line")]
    Line {
        path: String,
        #[serde(default)]
        start_line: Option<i64>,
        #[serde(default)]
        end_line: Option<i64>,
    },
    #[serde(alias = "directory")]
    Directory {
        path: String,
        #[serde(default)]
        depth: Option<usize>,
        #[serde(default)]
        exclude_patterns: Option<Vec<String>>,
        #[serde(default)]
        max_entries: Option<usize>,
        #[serde(default)]
        offset: Option<usize>,
    },
    #[serde(alias = "search")]
    Search {
        path: String,
        pattern: String,
        #[serde(default)]
        context_lines: Option<usize>,
    },
    #[serde(alias = "image")]
    Image { image_paths: Vec<String> },
}

#[async_trait]
impl Tool for FsRead {
    fn name(&self) -> &'static str {
        "fs_read"
    }

    fn description(&self) -> &'static str {
        "Read files, folders and pictures of the workspace. Mode Line gives lines of a text file, Directory the content \
         of a folder, Search the lines of a file that hold a text, Image pictures to look at. Give several operations at \
         once rather than one after the other."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "operations": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": OPERATIONS_MAX,
                    "items": {
                        "type": "object",
                        "properties": {
                            "mode": { "type": "string", "enum": ["Line", "Directory", "Search", "Image"] },
                            "path": { "type": "string", "description": "file or folder, relative to the workspace; not for Image" },
                            "image_paths": { "type": "array", "items": { "type": "string" }, "description": "Image: the pictures" },
                            "start_line": { "type": "integer", "description": "Line: first line, from 1; a negative one counts from the end", "default": 1 },
                            "end_line": { "type": "integer", "description": "Line: last line; a negative one counts from the end", "default": -1 },
                            "pattern": { "type": "string", "description": "Search: the text, in either case" },
                            "context_lines": { "type": "integer", "description": "Search: lines around each", "default": CONTEXT_LINES },
                            "depth": { "type": "integer", "description": "Directory: how far below the folder", "default": 0 },
                            "exclude_patterns": { "type": "array", "items": { "type": "string" }, "description": "Directory: globs to leave out" },
                            "max_entries": { "type": "integer", "description": "Directory: the most entries", "default": list::ENTRIES_MAX },
                            "offset": { "type": "integer", "description": "Directory: entries to pass over", "default": 0 }
                        },
                        "required": ["mode"]
                    }
                },
                "summary": { "type": "string", "description": "what it is for, in a line" }
            },
            "required": ["operations"]
        })
    }

    fn effects(&self) -> &'static [EffectKind] {
        &[EffectKind::ReadWorkspace]
    }

    #[cfg(test)]
    fn examples(&self) -> &'static [&'static str] {
        &[
            r#"{"operations":[{"mode":"Line","path":"a.rs","start_line":1,"end_line":-1}],"summary":"look"}"#,
            r#"{"operations":[{"mode":"Search","path":"a.rs","pattern":"fn"},{"mode":"Image","image_paths":["a.png"]}]}"#,
        ]
    }

    async fn prepare(&self, _hands: &Hands<'_>, given: &Given) -> Result<Prepared, Fault> {
        let Arguments { operations } = given.inside(self.name())?;
        let count = operations.len();
        if count == 0 || count > OPERATIONS_MAX {
            return Err(Fault::new(FaultCode::InputInvalid, format!("a call with {count} operations"))
                .hint(format!("give 1 to {OPERATIONS_MAX} operations")));
        }
        let mut said: Vec<_> = operations.iter().take(3).map(Operation::said).collect();
        if count > said.len() {
            said.push(format!("and {} more", count - said.len()));
        }
        Ok(Prepared::new(said.join(", "), Read { operations }))
    }
}

impl Operation {
    fn said(&self) -> String {
        match self {
            Self::Line { path, start_line: None, end_line: None } => format!("read {path}"),
            Self::Line { path, start_line, end_line } => {
                format!("read {path}:{}-{}", start_line.unwrap_or(1), end_line.unwrap_or(-1))
            }
            Self::Directory { path, .. } => format!("list {path}"),
            Self::Search { path, pattern, .. } => format!("search {path} for {pattern}"),
            Self::Image { image_paths } => format!("look at {}", image_paths.join(", ")),
        }
    }
}

struct Read {
    operations: Vec<Operation>,
}

#[async_trait]
impl Act for Read {
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault> {
        let mut output = Output::default();
        let (count, mut failures) = (self.operations.len(), 0);
        for operation in self.operations {
            let said = operation.said();
            let result = match operation {
                Operation::Line { path, start_line, end_line } => {
                    lines(hands, &path, (start_line.unwrap_or(1), end_line.unwrap_or(-1)), &mut output.paths)
                        .await
                }
                Operation::Directory { path, depth, exclude_patterns, max_entries, offset } => {
                    let listing = Listing {
                        path,
                        depth: depth.unwrap_or(0),
                        exclude: exclude_patterns,
                        max_entries,
                        offset,
                        pattern: None,
                    };
                    list::list(hands, &listing).await
                }
                Operation::Search { path, pattern, context_lines } => {
                    let context = context_lines.unwrap_or(CONTEXT_LINES);
                    found(hands, &path, &pattern, context, &mut output.paths).await
                }
                Operation::Image { image_paths } => images(hands, &image_paths, &mut output.images).await,
            };
            match result {
                Ok(text) => output.text.push_str(&text),
                // Alone it is the call's own failure; among others it must not hide what they gave.
                Err(fault) if count == 1 => return Err(fault),
                Err(fault) => {
                    failures += 1;
                    output.text.push_str(&format!("{said}: {} [{}]\n", fault.message, fault.code));
                }
            }
        }
        output.failed = failures == count;
        Ok(output)
    }
}

/// The text of a file, or of kept output.
async fn text_of(hands: &Hands<'_>, given: &str, paths: &mut Vec<String>) -> Result<(String, String), Fault> {
    if Outputs::is_name(given) {
        let kept = locked(hands.outputs).get(given).map(str::to_owned);
        let gone = || {
            Fault::new(FaultCode::FileMissing, format!("`{given}` is not kept any more"))
                .hint("run what made it again, with less output")
        };
        return Ok((given.to_owned(), kept.ok_or_else(gone)?));
    }
    let path = file_path(hands, given)?;
    let file = hands.passage.read_file(&path).await?;
    let decoded = quillon_text::decode(&file.bytes).ok_or_else(|| {
        Fault::new(FaultCode::FileBinary, format!("`{path}` is not text"))
            .hint("look at pictures with mode Image, and at other files with a program that reads them")
    })?;
    // All of it, before a part is cut out: the middle of a key does not look like one.
    hands.passage.learn_secrets(&decoded.text);
    paths.push(path.clone());
    Ok((path, decoded.text))
}

/// A path that must name something in the workspace.
pub(super) fn file_path(hands: &Hands<'_>, given: &str) -> Result<String, Fault> {
    hands.passage.path_within(given)?.ok_or_else(|| {
        Fault::new(FaultCode::InputInvalid, format!("`{given}` is the workspace's folder, not a file"))
            .hint("name a file below it, or list it with mode Directory")
    })
}

async fn lines(
    hands: &Hands<'_>,
    given: &str,
    wanted: (i64, i64),
    paths: &mut Vec<String>,
) -> Result<String, Fault> {
    let (path, text) = text_of(hands, given, paths).await?;
    let count = text.lines().count();
    let (first, last) = range(wanted, count).ok_or_else(|| {
        let (first, last) = wanted;
        Fault::new(
            FaultCode::InputInvalid,
            format!("`{path}` has {count} lines, none of them in {first} to {last}"),
        )
        .hint("lines are counted from 1; negative ones from the end")
    })?;
    if count == 0 {
        return Ok(format!("{path} is empty\n"));
    }
    let mut said = if (first, last) == (1, count) {
        format!("{path}, all of it, {}:\n", counted(count, "line"))
    } else {
        format!("{path}, lines {first} to {last} of {count}:\n")
    };
    for line in text.lines().skip(first - 1).take(last + 1 - first) {
        said.push_str(line);
        said.push('\n');
    }
    Ok(said)
}

/// The lines from 1 that are meant, as far as there are any. Beyond the end is the end; before the start is not.
fn range((first, last): (i64, i64), count: usize) -> Option<(usize, usize)> {
    let count = i64::try_from(count).ok()?;
    let from_end = |line: i64| if line < 0 { count + line + 1 } else { line };
    if count == 0 {
        return Some((1, 0));
    }
    let first = if first == 0 { 1 } else { from_end(first).max(1) };
    let last = from_end(last).min(count);
    (first <= last).then(|| (first.unsigned_abs() as usize, last.unsigned_abs() as usize))
}

async fn found(
    hands: &Hands<'_>,
    given: &str,
    pattern: &str,
    context_lines: usize,
    paths: &mut Vec<String>,
) -> Result<String, Fault> {
    let (path, text) = text_of(hands, given, paths).await?;
    let grep = Grep::literal(pattern, context_lines)?;
    let (lines, count) = grep.file(&text)?;
    let shown = if lines.is_empty() { String::new() } else { search::shown(&path, &lines) };
    Ok(format!("{count} lines of {path} hold `{pattern}`\n{shown}"))
}

async fn images(hands: &Hands<'_>, given: &[String], images: &mut Vec<Image>) -> Result<String, Fault> {
    if given.is_empty() || images.len() + given.len() > IMAGES_MAX {
        return Err(Fault::new(
            FaultCode::InputInvalid,
            format!("a call may look at 1 to {IMAGES_MAX} pictures"),
        ));
    }
    let mut said = String::new();
    for path in given {
        let path = file_path(hands, path)?;
        let bytes = hands.passage.read_file(&path).await?.bytes;
        let media_type = media_type(&bytes).ok_or_else(|| {
            Fault::new(FaultCode::InputInvalid, format!("`{path}` is no picture that a model can look at"))
                .hint("PNG, JPEG, GIF and WebP can be looked at")
        })?;
        if bytes.len() > IMAGE_BYTES_MAX {
            let message = format!("`{path}` has {} bytes, which is larger than a model takes", bytes.len());
            return Err(Fault::new(FaultCode::FileTooLarge, message).hint(format!(
                "a picture may have up to {IMAGE_BYTES_MAX} bytes; make a smaller one of it"
            )));
        }
        let picture = Image { media_type, base64: STANDARD.encode(&bytes) };
        check(hands, &path, &picture)?;
        said.push_str(&format!("{path}: a picture, {media_type}, {} bytes, shown below\n", bytes.len()));
        images.push(picture);
    }
    Ok(said)
}

/// A picture that the model's adapter would refuse must not end the turn: the model hears why.
fn check(hands: &Hands<'_>, path: &str, picture: &Image) -> Result<(), Fault> {
    let Some(card) = hands.passage.model_card() else {
        return Ok(());
    };
    let part = Part::Image { media_type: picture.media_type.to_owned(), base64: picture.base64.clone() };
    let message = Message { role: Role::User, parts: vec![part] };
    ModelRequest::new(card, "", vec![message], 1).check(card).map_err(|fault| {
        let message = format!("`{path}`: {}", fault.message);
        Fault::new(fault.code, message).hint(fault.hint.unwrap_or_default())
    })
}

/// The media type by what the file is, not by its name. One that is cut off right after its mark is none.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    const SMALLEST_BYTES: usize = 24;
    match bytes {
        _ if bytes.len() < SMALLEST_BYTES => None,
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_both_ends() {
        assert_eq!(range((1, -1), 10), Some((1, 10)));
        assert_eq!(range((-3, -1), 10), Some((8, 10)));
        assert_eq!(range((0, 99), 10), Some((1, 10)));
        assert_eq!(range((-99, 2), 10), Some((1, 2)));
        assert_eq!(range((11, 12), 10), None);
        assert_eq!(range((5, 4), 10), None);
        assert_eq!(range((1, -1), 0), Some((1, 0)));
        assert_eq!(range((1, i64::MIN), 10), None);
    }

    #[test]
    fn pictures_are_known_by_what_they_are() {
        let padded = |mark: &[u8]| [mark, &[0; 24]].concat();
        assert_eq!(media_type(&padded(b"\x89PNG\r\n\x1a\n")), Some("image/png"));
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(media_type(&padded(b"\xff\xd8\xff")), Some("image/jpeg"));
        assert_eq!(media_type(&padded(b"GIF89a")), Some("image/gif"));
        assert_eq!(media_type(&padded(b"RIFF\0\0\0\0WEBP")), Some("image/webp"));
        assert_eq!(media_type(&padded(b"<svg>")), None);
    }
}
