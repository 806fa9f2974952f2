//! What the person handed over with the question: files, folders, text. Nothing of it is ignored in silence.

use quillon_base::{Fault, FaultCode, LineRange};
use quillon_contract::ask::ContextItem;
use quillon_contract::event::{Place, Reference};
use quillon_road::Passage;

/// The most that one item hands over, in bytes.
const ITEM_BYTES_MAX: usize = 256 * 1024;

/// What was handed over.
#[derive(Default)]
pub(crate) struct Context {
    /// Texts, each with what it is.
    pub(crate) pinned: Vec<Pinned>,
    /// Where to look; everywhere without it.
    pub(crate) below: Option<String>,
}

/// A text that was handed over.
pub(crate) struct Pinned {
    pub(crate) label: String,
    pub(crate) text: String,
    /// Where it stands, when it is of a file.
    pub(crate) place: Option<Place>,
    pub(crate) language: Option<&'static str>,
}

impl Pinned {
    /// The reference to it, when it is of a file.
    pub(crate) fn reference(&self) -> Option<Reference> {
        Some(Reference::Passage {
            place: self.place.clone()?,
            heading: None,
            text: self.text.clone(),
            language: self.language.map(str::to_owned),
        })
    }
}

/// Reads what was handed over.
///
/// # Errors
/// Those of a file that cannot be read, `input.invalid` for two folders, `capability.unavailable` for what this build
/// cannot hand over.
pub(crate) async fn gather(passage: &Passage, items: &[ContextItem]) -> Result<Context, Fault> {
    let mut context = Context::default();
    for item in items {
        match item {
            ContextItem::File { path, lines } => context.pinned.push(file(passage, path, *lines).await?),
            ContextItem::Folder { path } if context.below.is_none() => {
                context.below = Some(path.trim_end_matches('/').to_owned());
            }
            ContextItem::Folder { path } => {
                return Err(Fault::new(FaultCode::InputInvalid, format!("`{path}` is a second folder"))
                    .hint("name one folder to look in"));
            }
            ContextItem::Text { label, text } => context.pinned.push(handed_over(label, text)?),
            ContextItem::Symbol { .. } => {
                return Err(unavailable("definitions", "name it in the question instead"));
            }
            ContextItem::Prompt { .. } => return Err(unavailable("saved prompts", "paste its text")),
            ContextItem::Git => {
                return Err(unavailable(
                    "the repository's history",
                    "pipe it in: `git log | quillon chat …`",
                ));
            }
        }
    }
    Ok(context)
}

fn unavailable(what: &str, instead: &str) -> Fault {
    Fault::new(FaultCode::CapabilityUnavailable, format!("this build cannot hand over {what} yet"))
        .hint(instead)
}

fn handed_over(label: &str, text: &str) -> Result<Pinned, Fault> {
    if text.len() > ITEM_BYTES_MAX {
        let size = text.len();
        return Err(Fault::new(FaultCode::InputInvalid, format!("`{label}` has {size} bytes"))
            .hint(format!("hand over at most {ITEM_BYTES_MAX} bytes")));
    }
    Ok(Pinned { label: label.to_owned(), text: text.to_owned(), place: None, language: None })
}

async fn file(passage: &Passage, path: &str, lines: Option<LineRange>) -> Result<Pinned, Fault> {
    let file = passage.read_file(path).await?;
    let decoded = quillon_text::decode(&file.bytes).ok_or_else(|| {
        Fault::new(FaultCode::FileBinary, format!("`{path}` is not text")).hint("hand over text files")
    })?;
    let (text, lines) = cut(&decoded.text, lines);
    if text.len() > ITEM_BYTES_MAX {
        let size = text.len();
        return Err(Fault::new(FaultCode::FileTooLarge, format!("`{path}` has {size} bytes"))
            .hint(format!("name its lines, at most {ITEM_BYTES_MAX} bytes of them: `@{path}:1-200`")));
    }
    let label = format!("{path}:{}-{}", lines.first, lines.last);
    let language = quillon_workspace::language_of(path).map(|language| language.fence);
    Ok(Pinned { label, text, place: Some(Place { path: file.path, lines }), language })
}

/// The lines asked for, as far as the text has them.
fn cut(text: &str, lines: Option<LineRange>) -> (String, LineRange) {
    let count = u32::try_from(text.lines().count().max(1)).unwrap_or(u32::MAX);
    let wanted = lines.unwrap_or(LineRange { first: 1, last: count });
    let first = wanted.first.clamp(1, count);
    let last = wanted.last.clamp(first, count);
    let kept = text.lines().skip(first as usize - 1).take((last - first) as usize + 1);
    (kept.collect::<Vec<_>>().join("\n"), LineRange { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_as_far_as_the_text_has_them() {
        let check = |text: &str, lines: Option<(u32, u32)>, expected: &str, first: u32, last: u32| {
            let lines = lines.map(|(first, last)| LineRange { first, last });
            assert_eq!(cut(text, lines), (expected.to_owned(), LineRange { first, last }), "{text:?}");
        };
        check("a\nb\nc\n", None, "a\nb\nc", 1, 3);
        check("a\nb\nc\n", Some((2, 3)), "b\nc", 2, 3);
        check("a\nb", Some((2, 99)), "b", 2, 2);
        check("a\nb", Some((0, 0)), "a", 1, 1);
        check("a\nb", Some((9, 3)), "b", 2, 2);
        check("", None, "", 1, 1);
    }
}
