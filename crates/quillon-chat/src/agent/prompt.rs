//! What the model is told at the beginning of a turn, and how much of it fits.

use quillon_base::{Fault, FaultCode};
use quillon_model::{Message, ModelCard, Part, Role};
use quillon_retrieve::Hit;
use quillon_road::Passage;

use super::SYSTEM;
use super::guidance::fenced;
use super::transcript::says;
use crate::answer::place;
use crate::context::Context;
use crate::explain::BYTES_PER_TOKEN;

/// How much of the workspace goes with a question, in bytes.
const PASSAGES_BYTES_MAX: usize = 24 * 1024;

/// How many bytes are left in the model's window beside the question and what was handed over.
pub(super) struct Room(usize);

impl Room {
    /// # Errors
    /// `input.invalid` when the question and what was handed over do not fit.
    pub(super) fn of(
        card: &ModelCard,
        output_tokens_max: u32,
        question: &str,
        context: &Context,
    ) -> Result<Self, Fault> {
        // Of a small window a quarter is for the answer.
        let output = u64::from(output_tokens_max).min(card.window_tokens / 4);
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

/// The question, below what it is asked with.
pub(super) fn told(question: &str, context: &Context, hits: &[Hit<'_>]) -> String {
    let passages = hits.iter().map(|hit| fenced("passage", "place", &place(hit.path, hit.lines), hit.text));
    let mut text = given(context) + &passages.collect::<String>();
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

    fn card(window_tokens: u64) -> ModelCard {
        let id = ModelId::new("m").unwrap();
        ModelCard::new(id, "p", Region::device(), window_tokens)
    }

    #[test]
    fn what_does_not_fit_into_the_window_is_refused() {
        let question = "x".repeat(5_000);
        let room = |tokens| Room::of(&card(tokens), 4_096, &question, &Context::default());
        assert!(room(100_000).is_ok());
        let fault = room(2_000).err().unwrap();
        assert_eq!(fault.code, FaultCode::InputInvalid);
        assert!(fault.hint.unwrap().contains("4500 bytes"));
    }
}
