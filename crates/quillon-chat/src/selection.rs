//! What of the workspace a model is given with a question, under a budget of tokens, and why each piece was chosen.
//!
//! What the person handed over goes first and whole; what fits the question best follows as far as there is room. What
//! found none is named too, so that nobody has to guess what the model did not see. Start at [`select`].

use quillon_model::{Message, Part, Role};
use quillon_retrieve::{Hit, Query};

use crate::agent::transcript;
use crate::answer::{counted, place};
use crate::context::{Context, Given};
use crate::explain::{BYTES_PER_TOKEN, Chosen};
use crate::workspace::Workspace;

/// The most passages that go with a question.
const PASSAGES_MAX: usize = 12;
/// The most words that a reason names.
const WORDS_NAMED_MAX: usize = 5;

/// Passages for a model.
pub(crate) struct Selection<'a> {
    /// Those that go along, best first.
    pub(crate) hits: Vec<Hit<'a>>,
    /// Those and what was left out, with why.
    pub(crate) chosen: Vec<Chosen>,
}

/// The passages that fit a question best and into `tokens_max`. Of a file that was handed over as a whole there need be
/// none.
pub(crate) fn select<'a>(
    workspace: &'a Workspace,
    query: &Query,
    context: &Context,
    tokens_max: usize,
) -> Selection<'a> {
    let mut bytes_left = tokens_max.saturating_mul(usize::try_from(BYTES_PER_TOKEN).unwrap_or(1));
    let (mut hits, mut chosen) = (Vec::new(), Vec::new());
    let found = workspace.index.search(query, PASSAGES_MAX);
    for hit in found.into_iter().filter(|hit| !context.has_whole(hit.path)) {
        let row = of_hit(&hit, query);
        // A shorter one that comes later may still fit.
        let Some(left) = bytes_left.checked_sub(hit.text.len()) else {
            chosen.push(Chosen { left_out: true, ..row });
            continue;
        };
        bytes_left = left;
        chosen.push(row);
        hits.push(hit);
    }
    Selection { hits, chosen }
}

/// A passage, and why it was chosen.
pub(crate) fn of_hit(hit: &Hit<'_>, query: &Query) -> Chosen {
    Chosen::new("passage", place(hit.path, hit.lines), why(hit, query), hit.text.len())
}

/// What was handed over.
pub(crate) fn of_context(context: &Context) -> Vec<Chosen> {
    let given = |what: &'static str| {
        move |given: &Given| Chosen::new(what, given.label.clone(), "it was handed over", given.text.len())
    };
    let files = context.files.iter().map(given("file")).chain(context.texts.iter().map(given("text")));
    files.chain(context.prompts.iter().map(given("prompt"))).collect()
}

/// What was said and done before in the conversation; nothing at its beginning.
pub(crate) fn of_turns(messages: &[Message]) -> Option<Chosen> {
    let bytes = usize::try_from(transcript::bytes(messages)).unwrap_or(usize::MAX);
    // What tools gave goes to the model in the person's name, and begins no turn.
    let gives = |message: &Message| message.parts.iter().any(|part| matches!(part, Part::ToolResult { .. }));
    let questions = messages.iter().filter(|message| message.role == Role::User && !gives(message));
    let place = format!("{} earlier", counted(questions.count(), "turn"));
    (!messages.is_empty()).then(|| Chosen::new("conversation", place, "the question goes on from it", bytes))
}

/// The standing guidance of the workspace; nothing where there is none.
pub(crate) fn of_guidance(text: &str) -> Option<Chosen> {
    let why = "it goes with every question";
    (!text.trim().is_empty()).then(|| Chosen::new("guidance", "rules of the workspace", why, text.len()))
}

fn why(hit: &Hit<'_>, query: &Query) -> String {
    if let Some(name) = &hit.defines {
        return format!("it defines `{name}`");
    }
    if query.files.iter().any(|file| hit.path.ends_with(file.path.as_str())) {
        return "the question names the file".to_owned();
    }
    let text = format!("{} {}", hit.path, hit.text).to_lowercase();
    let holds = |term: &&quillon_retrieve::Term| text.contains(&term.stem) || text.contains(&term.word);
    let words: Vec<String> = query
        .terms
        .iter()
        .filter(holds)
        .take(WORDS_NAMED_MAX)
        .map(|term| format!("`{}`", term.word))
        .collect();
    if words.is_empty() {
        "it says what the project is".to_owned()
    } else {
        format!("it holds {}", words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_gave_counts_and_is_no_turn() {
        let says = |role, part| Message { role, parts: vec![part] };
        let text = |text: &str| Part::Text { text: text.into() };
        let call = Part::ToolCall { id: "1".into(), name: "list".into(), arguments: "{}".into() };
        let result = Part::ToolResult { id: "1".into(), text: "x".repeat(90), failed: false };
        let messages = [
            says(Role::User, text("q")),
            says(Role::Assistant, call),
            says(Role::User, result),
            says(Role::Assistant, text("a")),
        ];
        let chosen = of_turns(&messages).unwrap();
        assert_eq!((chosen.place.as_str(), chosen.bytes), ("1 turn earlier", 98));
        assert_eq!(of_turns(&[]), None);
    }
}
