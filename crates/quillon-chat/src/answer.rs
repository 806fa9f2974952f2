//! What was said in this turn, as it is said: the text and references that are kept with it.

use quillon_base::{Fault, LineRange};
use quillon_contract::Event;
use quillon_contract::event::{Place, Reference};
use quillon_model::{Message, Part, Role};
use quillon_retrieve::Hit;
use quillon_road::Passage;
use quillon_text::shorten;

use crate::explain::{CHOSEN_MAX, Chosen};
use crate::kept::Spent;
use crate::tool::Todo;

/// A line of a passage is shown up to this, in bytes: nobody reads a minified one.
const LINE_BYTES_MAX: usize = 400;
/// The setting that says how many passages an answer shows.
const PASSAGES: &str = "quillon.chat.passages";

/// An answer under way.
pub(crate) struct Answer<'a> {
    passage: &'a Passage,
    pub(crate) text: String,
    pub(crate) references: Vec<Reference>,
    /// The name of what the answer is mainly about, for the question that comes next.
    pub(crate) subject: Option<String>,
    /// The turn as a model saw it, where tools were used.
    pub(crate) transcript: Vec<Message>,
    /// How much of the text the transcript has, in bytes.
    pub(crate) transcribed: usize,
    /// What the model means to do.
    pub(crate) plan: Option<Todo>,
    /// What was spent on it.
    pub(crate) spent: Spent,
    /// What was read for it.
    pub(crate) chosen: Vec<Chosen>,
}

impl<'a> Answer<'a> {
    pub(crate) const fn new(passage: &'a Passage) -> Self {
        Self {
            passage,
            text: String::new(),
            references: Vec::new(),
            subject: None,
            chosen: Vec::new(),
            transcript: Vec::new(),
            transcribed: 0,
            plan: None,
            spent: Spent { steps: 0, tokens: 0, cost_microdollars: 0 },
        }
    }

    /// Says text.
    pub(crate) async fn text(&mut self, text: impl Into<String>) -> Result<(), Fault> {
        let text = text.into();
        self.text.push_str(&text);
        self.passage.text(text).await
    }

    /// Adds a message to the transcript, which has all of the text by then.
    pub(crate) fn transcribe(&mut self, message: Message) {
        self.transcript.push(message);
        self.transcribed = self.text.len();
    }

    /// What was said last and broke off is in the transcript as well.
    pub(crate) fn end_transcript(&mut self) {
        let rest = self.text.get(self.transcribed..).unwrap_or_default().trim();
        if !rest.is_empty() && !self.transcript.is_empty() {
            let part = Part::Text { text: rest.to_owned() };
            self.transcribe(Message { role: Role::Assistant, parts: vec![part] });
        }
    }

    /// Says where a statement comes from.
    pub(crate) async fn reference(&mut self, reference: Reference) -> Result<(), Fault> {
        self.references.push(reference.clone());
        self.passage.say(Event::Reference(reference)).await
    }

    /// Says something that is not part of the answer.
    pub(crate) async fn aside(&self, event: Event) -> Result<(), Fault> {
        self.passage.say(event).await
    }

    /// Notes what was read for it, and why.
    pub(crate) fn chose(&mut self, chosen: Chosen) {
        if self.chosen.len() < CHOSEN_MAX && !self.chosen.contains(&chosen) {
            self.chosen.push(chosen);
        }
    }

    /// Notes what the best passage is about.
    pub(crate) fn is_about(&mut self, hits: &[Hit<'_>]) {
        self.subject = hits.first().and_then(|hit| hit.symbol).map(str::to_owned);
    }
}

/// The reference to what was found.
pub(crate) fn reference(hit: &Hit<'_>) -> Reference {
    Reference::Passage {
        place: Place { path: hit.path.to_owned(), lines: hit.lines },
        heading: hit.heading.clone(),
        text: shown(hit.text),
        language: hit.language.map(str::to_owned),
    }
}

/// Lines as they are shown: whole, unless a line is very long.
pub(crate) fn shown(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| shorten(line, LINE_BYTES_MAX)).collect();
    lines.join("\n")
}

/// A place as people write it.
pub(crate) fn place(path: &str, lines: LineRange) -> String {
    let LineRange { first, last } = lines;
    if first == last { format!("{path}:{first}") } else { format!("{path}:{first}-{last}") }
}

/// A place of one line as people write it.
pub(crate) fn spot(path: &str, line: u32) -> String {
    place(path, LineRange { first: line, last: line })
}

/// How many passages an answer shows.
pub(crate) fn passages_max(passage: &Passage) -> usize {
    usize::try_from(passage.settings().number(PASSAGES)).unwrap_or(1)
}

/// Text as code in Markdown, whatever backticks it holds.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace('\n', " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A number of things, in words.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_code() {
        let check = |text, expected: &str| assert_eq!(code(text), expected);
        check("a b", "`a b`");
        check("a`b", "``a`b``");
        check("``a", "``` ``a ```");
        check("a\nb", "`a b`");
    }

    #[test]
    fn places_and_counts_read_well() {
        assert_eq!(place("a.rs", LineRange { first: 3, last: 3 }), "a.rs:3");
        assert_eq!(place("a.rs", LineRange { first: 3, last: 9 }), "a.rs:3-9");
        assert_eq!((counted(1, "file"), counted(2, "file")), ("1 file".into(), "2 files".into()));
        assert_eq!(shown(&"x".repeat(1_000)).len(), LINE_BYTES_MAX);
    }
}
