//! What the person handed over with the question: files, lines, folders, definitions, text. Nothing of it is ignored in
//! silence.

use quillon_base::{Fault, FaultCode, LineRange};
use quillon_contract::ask::ContextItem;
use quillon_contract::event::{Place, Reference};
use quillon_retrieve::Document;
use quillon_road::Passage;

use crate::answer::{place, shown};
use crate::answering::history::{self, History};
use crate::prompts;

/// The most that one item hands over, in bytes.
const ITEM_BYTES_MAX: usize = 256 * 1024;
/// The most that all items hand over together, in bytes.
const CONTEXT_BYTES_MAX: usize = 1024 * 1024;
/// How many lines of what was handed over are shown again.
const LINES_SHOWN_MAX: usize = 60;

/// What was handed over.
#[derive(Default)]
pub(crate) struct Context {
    /// Files and lines of files, in the order in which they came.
    pub(crate) files: Vec<Given>,
    /// Texts, such as standard input.
    pub(crate) texts: Vec<Given>,
    /// Saved prompts, which say what to do.
    pub(crate) prompts: Vec<Given>,
    /// Whether the repository's history was handed over.
    pub(crate) asks_for_history: bool,
    /// Folders to look in; everywhere without one.
    pub(crate) folders: Vec<String>,
    /// Names of definitions.
    pub(crate) symbols: Vec<String>,
}

/// Text that was handed over.
pub(crate) struct Given {
    /// What it is: a place, or the label that came with it.
    pub(crate) label: String,
    pub(crate) text: String,
    /// The path and lines, when it is of a file.
    file: Option<(String, LineRange)>,
    /// Whether it is a whole file.
    is_whole: bool,
}

impl Given {
    /// A text that is of no file.
    pub(crate) fn text(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self { label: label.into(), text: text.into(), file: None, is_whole: false }
    }

    /// The reference to it, when it is of a file: as many lines of it as are worth showing again.
    pub(crate) fn reference(&self) -> Option<Reference> {
        let (path, lines) = self.file.as_ref()?;
        let kept: Vec<&str> = self.text.lines().take(LINES_SHOWN_MAX).collect();
        let last = lines.first + u32::try_from(kept.len().saturating_sub(1)).unwrap_or(0);
        let language = quillon_workspace::language_of(path).map(|language| language.fence.to_owned());
        Some(Reference::Passage {
            place: Place { path: path.clone(), lines: LineRange { first: lines.first, last } },
            heading: None,
            text: shown(&kept.join("\n")),
            language,
        })
    }

    /// The path, when it is of a file.
    pub(crate) fn path(&self) -> Option<&str> {
        self.file.as_ref().map(|(path, _)| path.as_str())
    }

    /// Whether only some lines of a file were handed over: a selection.
    pub(crate) const fn is_selection(&self) -> bool {
        self.file.is_some() && !self.is_whole
    }

    /// The file as the index takes it, when all of it was handed over.
    pub(crate) fn document(&self) -> Option<Document> {
        let (path, _) = self.file.as_ref().filter(|_| self.is_whole)?;
        Some(Document::new(path.clone(), self.text.clone()))
    }
}

impl Context {
    /// Whether it says where to look. A model reads the files themselves, so that for it only folders do.
    pub(crate) fn narrows(&self, for_model: bool) -> bool {
        !self.folders.is_empty() || (!for_model && self.files.iter().any(|given| given.is_whole))
    }

    /// Whether all of a file was handed over.
    pub(crate) fn has_whole(&self, path: &str) -> bool {
        let is_it =
            |given: &Given| given.file.as_ref().is_some_and(|(known, _)| given.is_whole && known == path);
        self.files.iter().any(is_it)
    }

    /// How much was handed over.
    pub(crate) fn bytes(&self) -> usize {
        self.files.iter().chain(&self.texts).chain(&self.prompts).map(|given| given.text.len()).sum()
    }
}

/// Reads what was handed over.
///
/// # Errors
/// Those of a file that cannot be read, `input.invalid` when it is too much, `capability.unavailable` for what this
/// build cannot read with a question.
pub(crate) async fn gather(passage: &Passage, items: &[ContextItem]) -> Result<Context, Fault> {
    let mut context = Context::default();
    for item in items {
        match item {
            ContextItem::File { path, lines } => context.files.push(file(passage, path, *lines).await?),
            ContextItem::Folder { path } => {
                let folder = path.trim_end_matches('/');
                // The whole workspace, as `@./` names it, narrows nothing.
                if !matches!(folder, "" | ".") {
                    context.folders.push(folder.to_owned());
                }
            }
            ContextItem::Symbol { name } => context.symbols.push(name.clone()),
            ContextItem::Text { label, text } => context.texts.push(handed_over(label, text)?),
            ContextItem::Prompt { name } => {
                let text = prompts::read(passage, name).await?;
                context.prompts.push(handed_over(&format!("@{name}"), &text)?);
            }
            ContextItem::Git => {
                context.texts.push(handed_over("recent commits", &git(passage).await?)?);
                context.asks_for_history = true;
            }
        }
        let bytes = context.bytes();
        if bytes > CONTEXT_BYTES_MAX {
            let message = format!("{bytes} bytes were handed over with the question");
            return Err(Fault::new(FaultCode::InputInvalid, message).hint(format!(
                "hand over at most {CONTEXT_BYTES_MAX} bytes; name lines or a folder instead"
            )));
        }
    }
    Ok(context)
}

/// The newest commits, as text.
async fn git(passage: &Passage) -> Result<String, Fault> {
    match history::recent(passage, &[], history::COMMITS_MAX).await? {
        History::Of(commits) => Ok(commits.iter().map(history::told).collect()),
        History::None(why) => {
            Err(Fault::new(FaultCode::FileMissing, format!("there is no history to hand over: {why}"))
                .hint("leave out `@git`, or pipe it in: `git log | quillon chat …`"))
        }
    }
}

fn handed_over(label: &str, text: &str) -> Result<Given, Fault> {
    if text.len() > ITEM_BYTES_MAX {
        let size = text.len();
        return Err(Fault::new(FaultCode::InputInvalid, format!("`{label}` has {size} bytes"))
            .hint(format!("hand over at most {ITEM_BYTES_MAX} bytes")));
    }
    Ok(Given::text(label, text))
}

async fn file(passage: &Passage, path: &str, lines: Option<LineRange>) -> Result<Given, Fault> {
    let file = passage.read_file(path).await?;
    let decoded = quillon_text::decode(&file.bytes).ok_or_else(|| {
        Fault::new(FaultCode::FileBinary, format!("`{path}` is not text")).hint("hand over text files")
    })?;
    // All of it, before a part is cut out: the middle of a key does not look like one.
    passage.learn_secrets(&decoded.text);
    let is_whole = lines.is_none();
    let (text, lines) = cut(&decoded.text, lines);
    if text.len() > ITEM_BYTES_MAX {
        let size = text.len();
        return Err(Fault::new(FaultCode::FileTooLarge, format!("`{path}` has {size} bytes"))
            .hint(format!("name its lines, at most {ITEM_BYTES_MAX} bytes of them: `@{path}:1-200`")));
    }
    let label = place(&file.path, lines);
    Ok(Given { label, text, file: Some((file.path, lines)), is_whole })
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

    #[test]
    fn what_is_shown_again_is_bounded_and_its_lines_are_true() {
        let lines = LineRange { first: 11, last: 210 };
        let text = "x\n".repeat(200);
        let given = Given { label: "a".into(), text, file: Some(("a.rs".into(), lines)), is_whole: false };
        let Some(Reference::Passage { place, text, .. }) = given.reference() else {
            panic!("no reference");
        };
        assert_eq!((place.lines.first, place.lines.last), (11, 70));
        assert_eq!(text.lines().count(), LINES_SHOWN_MAX);
    }
}
