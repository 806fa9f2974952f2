//! What the model is told at the beginning of a turn, and how much of it fits.

use quillon_base::{Fault, FaultCode};
use quillon_contract::event::Reference;
use quillon_model::{Message, ModelCard, Part, Role};
use quillon_retrieve::Hit;
use quillon_road::Passage;

use super::guidance::fenced;
use super::transcript::says;
use super::{SYSTEM, output_tokens_max};
use crate::answer::place;
use crate::context::Context;
use crate::explain::BYTES_PER_TOKEN;
use crate::knowledge;

/// How much of the workspace goes with a question, in bytes.
const PASSAGES_BYTES_MAX: usize = 24 * 1024;
/// The most that is said again of a question and what was handed over with it, in bytes.
const PINNED_BYTES_MAX: usize = 32 * 1024;

/// How many bytes are left in the model's window beside the question and what was handed over.
pub(super) struct Room(usize);

impl Room {
    /// # Errors
    /// `input.invalid` when the question and what was handed over do not fit.
    pub(super) fn of(card: &ModelCard, question: &str, context: &Context) -> Result<Self, Fault> {
        let output = u64::from(output_tokens_max(card));
        let window = card.window_tokens.saturating_sub(output) * BYTES_PER_TOKEN;
        let window = usize::try_from(window).unwrap_or(usize::MAX);
        let needed = question.len() + context.bytes() + SYSTEM.len();
        let too_much = || {
            let model = &card.id;
            let message = format!("the question has {needed} bytes, more than model `{model}` reads at once");
            Fault::new(FaultCode::InputInvalid, message)
                .hint(format!("hand over less than {window} bytes; name lines instead of whole files"))
        };
        window.checked_sub(needed).map(Self).ok_or_else(too_much)
    }

    /// The bytes.
    pub(super) const fn bytes(&self) -> usize {
        self.0
    }

    /// How many tokens of passages fit.
    pub(super) fn passages_tokens(&self) -> usize {
        PASSAGES_BYTES_MAX.min(self.0 / 2) / usize::try_from(BYTES_PER_TOKEN).unwrap_or(1)
    }
}

/// Where and when this is.
pub(super) fn environment(passage: &Passage) -> String {
    let folder = passage.workspace_name().unwrap_or_else(|| "none".into());
    let date = passage.now().to_string();
    let date = date.split('T').next().unwrap_or_default().to_owned();
    fenced("environment", "system", std::env::consts::OS, &format!("workspace: {folder}\ndate: {date}\n"))
}

/// What was handed over.
pub(super) fn given(context: &Context) -> String {
    let given = context.files.iter().chain(&context.texts);
    given.map(|given| fenced("given", "name", &given.label, &given.text)).collect()
}

/// The question with what was handed over, as it is said again once the beginning is summed up. The question itself comes
/// first: what is too long for the room is named instead.
pub(super) fn pinned(question: &str, context: &Context) -> String {
    let mut text = quillon_text::shorten(question, PINNED_BYTES_MAX).into_owned();
    for given in context.files.iter().chain(&context.texts) {
        let whole = fenced("given", "name", &given.label, &given.text);
        text.push_str("\n\n");
        if text.len() + whole.len() <= PINNED_BYTES_MAX {
            text.push_str(&whole);
        } else {
            text.push_str(&format!(
                "[`{}` was handed over too, and is too long to stand here again]",
                given.label
            ));
        }
    }
    text
}

/// What knowledge bases say to a question.
pub(super) fn known(references: &[Reference]) -> String {
    let said = references.iter().filter_map(knowledge::said_by);
    said.map(|(place, quote)| fenced("knowledge", "place", &place, quote)).collect()
}

/// The question, below what it is asked with.
pub(super) fn told(question: &str, context: &Context, hits: &[Hit<'_>], known: &str) -> String {
    let passages = hits.iter().map(|hit| fenced("passage", "place", &place(hit.path, hit.lines), hit.text));
    let mut text = given(context) + &passages.collect::<String>() + known;
    text.push_str(question);
    text
}

/// Puts a text before everything else that the model is told.
pub(super) fn put_first(history: &mut Vec<Message>, text: &str) {
    let part = Part::Text { text: text.to_owned() };
    match history.first_mut() {
        Some(first) if first.role == Role::User => first.parts.insert(0, part),
        _ => history.insert(0, says(Role::User, text)),
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::Region;
    use quillon_model::ModelId;

    use super::*;
    use crate::context::Given;

    fn card(window_tokens: u64) -> ModelCard {
        let id = ModelId::new("m").unwrap();
        ModelCard::new(id, "p", Region::device(), window_tokens)
    }

    #[test]
    fn what_does_not_fit_into_the_window_is_refused() {
        let question = "x".repeat(5_000);
        let room = |tokens| Room::of(&card(tokens), &question, &Context::default());
        assert!(room(100_000).is_ok());
        let fault = room(2_000).err().unwrap();
        assert_eq!(fault.code, FaultCode::InputInvalid);
        assert!(fault.hint.unwrap().contains("4500 bytes"));
    }

    #[test]
    fn the_question_is_pinned_before_what_was_handed_over() {
        let given = |label: &str, bytes| Given::text(label, "x".repeat(bytes));
        let texts = vec![given("short", 10), given("long", PINNED_BYTES_MAX), given("last", 10)];
        let said = pinned("mend it", &Context { texts, ..Context::default() });
        assert!(said.starts_with("mend it\n\n<given name=\"short\">\nxxxxxxxxxx\n</given>\n"), "{said}");
        assert!(said.contains("[`long` was handed over too") && said.contains("name=\"last\""), "{said}");
        assert!(said.len() < 400);
    }
}
