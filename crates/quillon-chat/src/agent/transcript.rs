//! The messages of a turn: valid at every moment, whatever ended it.
//!
//! Invariant: every tool call in a transcript has its result in the message after it, and the roles take turns. Providers
//! refuse anything else, so a conversation that was cut off could otherwise never go on.

use std::collections::BTreeSet;

use quillon_model::{Message, Part, Role};
use quillon_road::Passage;
use quillon_text::shorten;

use super::spend::part_bytes;
use crate::kept::Turn;
use crate::tool::{Call, Done, Image, Todo};

/// What a call got that was under way when the turn ended.
const CUT_OFF: &str = "the turn was stopped before this ended; it may have been done, partly done or not at all. Look before \
                       you do it again";
/// What stands where the model did not get to say anything.
const ENDED: &str = "[the turn ended here before it was done]";
/// What stands for a picture that is not kept.
const PICTURE: &str = "[a picture that was looked at]";
/// What stands for a picture beyond what one request takes.
const PICTURE_TOO_MUCH: &str = "[a picture that was too much for one request; look at fewer at once]";
/// The most pictures of one step, in bytes of base 64.
const PICTURES_BYTES_MAX: usize = 7 * 1024 * 1024;
/// The most of a transcript that is kept, in bytes.
const KEPT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// What is left of a result that is too old to matter in full, in bytes.
const CLIPPED_BYTES: usize = 1_000;

/// A message of one text.
pub(super) fn says(role: Role, text: impl Into<String>) -> Message {
    Message { role, parts: vec![Part::Text { text: text.into() }] }
}

/// The messages of a question and its answer.
pub(crate) fn of_words(question: &str, answer: &str) -> Vec<Message> {
    vec![says(Role::User, question), says(Role::Assistant, answer)]
}

/// What the model thought, said and called.
pub(super) fn called(thought: &[Part], text: &str, calls: &[Call]) -> Message {
    let said = (!text.trim().is_empty()).then(|| Part::Text { text: text.to_owned() });
    let calls = calls.iter().map(|call| Part::ToolCall {
        id: call.id.clone(),
        name: call.name.clone(),
        arguments: call.arguments.clone(),
    });
    let parts: Vec<Part> = said.into_iter().chain(calls).collect();
    // Thoughts alone are no answer, and no provider takes them for one.
    let thought = if parts.is_empty() { &[] } else { thought };
    Message { role: Role::Assistant, parts: thought.iter().cloned().chain(parts).collect() }
}

/// What the tools gave: every result, then the pictures as far as a request takes them.
pub(super) fn gave(results: &[Done]) -> Message {
    let texts = results.iter().map(|done| Part::ToolResult {
        id: done.id.clone(),
        text: done.text.clone(),
        failed: done.failed,
    });
    let mut room = PICTURES_BYTES_MAX;
    let picture = |image: &Image| match room.checked_sub(image.base64.len()) {
        Some(left) => {
            room = left;
            Part::Image { media_type: image.media_type.to_owned(), base64: image.base64.clone() }
        }
        None => Part::Text { text: PICTURE_TOO_MUCH.to_owned() },
    };
    let images = results.iter().flat_map(|done| &done.images).map(picture);
    Message { role: Role::User, parts: texts.chain(images).collect() }
}

/// The messages, with a result for every call and an answer at the end.
pub(crate) fn closed(messages: Vec<Message>) -> Vec<Message> {
    let mut closed: Vec<Message> = Vec::with_capacity(messages.len() + 2);
    for message in messages.into_iter().filter(|message| !message.parts.is_empty()) {
        let open = closed.last().map(open_calls).unwrap_or_default();
        let given: BTreeSet<String> = message.parts.iter().filter_map(result_of).collect();
        match message.role {
            Role::User => {
                let missing = open.into_iter().filter(|id| !given.contains(id)).map(cut_off);
                let mut parts: Vec<Part> = missing.collect();
                parts.extend(message.parts);
                push(&mut closed, Message { role: Role::User, parts });
            }
            Role::Assistant => {
                if !open.is_empty() {
                    let parts = open.into_iter().map(cut_off).collect();
                    closed.push(Message { role: Role::User, parts });
                }
                push(&mut closed, message);
            }
        }
    }
    let open = closed.last().map(open_calls).unwrap_or_default();
    if !open.is_empty() {
        closed.push(Message { role: Role::User, parts: open.into_iter().map(cut_off).collect() });
    }
    if closed.last().is_some_and(|last| last.role == Role::User) {
        closed.push(says(Role::Assistant, ENDED));
    }
    closed
}

/// Adds a message; two of one role in a row become one.
fn push(messages: &mut Vec<Message>, message: Message) {
    match messages.last_mut() {
        Some(last) if last.role == message.role => last.parts.extend(message.parts),
        _ => messages.push(message),
    }
}

fn open_calls(message: &Message) -> Vec<String> {
    let id = |part: &Part| match part {
        Part::ToolCall { id, .. } => Some(id.clone()),
        _ => None,
    };
    message.parts.iter().filter_map(id).collect()
}

fn result_of(part: &Part) -> Option<String> {
    match part {
        Part::ToolResult { id, .. } => Some(id.clone()),
        _ => None,
    }
}

fn cut_off(id: String) -> Part {
    Part::ToolResult { id, text: CUT_OFF.to_owned(), failed: true }
}

/// What the model said in a transcript, without what stands in for it.
pub(crate) fn said(transcript: &[Message]) -> String {
    let of_model = transcript.iter().filter(|message| message.role == Role::Assistant);
    let text = |part: &Part| match part {
        Part::Text { text } if text != ENDED => Some(text.trim().to_owned()),
        _ => None,
    };
    of_model.flat_map(|message| message.parts.iter().filter_map(text)).collect::<Vec<_>>().join("\n\n")
}

/// The transcript as it is kept: closed, bounded, and as [`for_later`].
pub(crate) fn for_keeping(passage: &Passage, transcript: Vec<Message>) -> Vec<Message> {
    let mut kept = closed(for_later(passage, transcript));
    if bytes(&kept) > KEPT_BYTES_MAX {
        clip(&mut kept);
    }
    // What is still too much loses its middle: a turn begins with its question and ends with what came last.
    while bytes(&kept) > KEPT_BYTES_MAX && kept.len() > 3 {
        kept.drain(1..3);
    }
    closed(kept)
}

/// The messages as a later turn may send them: without pictures, which are large, without thoughts, which only the
/// provider of the turn understands, and without parts of secrets, which the later turn could not tell from other text.
pub(super) fn for_later(passage: &Passage, mut messages: Vec<Message>) -> Vec<Message> {
    forget_pictures(&mut messages);
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        if let Part::Text { text } | Part::ToolResult { text, .. } | Part::ToolCall { arguments: text, .. } =
            part
        {
            *text = passage.without_parts_of_secrets(text);
        }
    }
    messages
        .iter_mut()
        .for_each(|message| message.parts.retain(|part| !matches!(part, Part::Reasoning { .. })));
    messages
}

/// The plan as a later turn may send it.
pub(crate) fn plan_for_later(passage: &Passage, plan: &Todo) -> Option<Todo> {
    let plan = plan.clone().with_each_text(|text| passage.without_parts_of_secrets(text));
    (!plan.tasks.is_empty()).then_some(plan)
}

/// Leaves a word in the place of each picture.
pub(super) fn forget_pictures(messages: &mut [Message]) {
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        if matches!(part, Part::Image { .. }) {
            *part = Part::Text { text: PICTURE.to_owned() };
        }
    }
}

/// Shortens the longest results until all that there is fits into `room` bytes, or no result is long any more: what is
/// short is worth more whole than what is long.
pub(super) fn fit(messages: &mut [Message], room: u64) {
    let mut results_bytes: Vec<u64> =
        messages.iter().flat_map(|message| &message.parts).filter_map(result_bytes).collect();
    let beside = bytes(messages).saturating_sub(results_bytes.iter().sum());
    let mut left = room.saturating_sub(beside);
    results_bytes.sort_unstable();
    let mut share = u64::MAX;
    for (place, bytes) in results_bytes.iter().enumerate() {
        let each = left / (results_bytes.len() - place) as u64;
        if *bytes > each {
            share = each;
            break;
        }
        left -= bytes;
    }
    let share = usize::try_from(share).unwrap_or(usize::MAX).max(CLIPPED_BYTES);
    clip_to(messages, share);
}

fn result_bytes(part: &Part) -> Option<u64> {
    match part {
        Part::ToolResult { text, .. } => Some(text.len() as u64),
        _ => None,
    }
}

/// Shortens every result.
pub(super) fn clip(messages: &mut [Message]) {
    clip_to(messages, CLIPPED_BYTES);
}

fn clip_to(messages: &mut [Message], bytes_max: usize) {
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        if let Part::ToolResult { text, .. } = part
            && text.len() > bytes_max
        {
            let left_out = text.len() - bytes_max;
            *text = format!(
                "{}\n[{left_out} bytes left out; call it again for less at once if it matters]",
                shorten(text, bytes_max)
            );
        }
    }
}

/// The bytes of messages, pictures as what they count for.
pub(crate) fn bytes(messages: &[Message]) -> u64 {
    messages.iter().flat_map(|message| &message.parts).map(part_bytes).sum()
}

/// Earlier turns as far as they fit into `room` bytes, oldest first: as the model saw them, or else shortened, or else
/// question and answer. One that ended without a word is none.
pub(super) fn earlier(turns: &[Turn], room: u64) -> Vec<Message> {
    let mut left = room;
    let mut kept = Vec::new();
    for turn in turns.iter().rev() {
        let forms = [forms_of(turn, false), forms_of(turn, true), question_and_answer(turn)];
        if forms.iter().all(Vec::is_empty) {
            continue;
        }
        let Some(form) = forms.into_iter().find(|form| !form.is_empty() && bytes(form) <= left) else {
            break;
        };
        left -= bytes(&form);
        kept.push(form);
    }
    kept.into_iter().rev().flatten().collect()
}

fn forms_of(turn: &Turn, clipped: bool) -> Vec<Message> {
    let mut transcript = turn.transcript.clone();
    if clipped {
        clip(&mut transcript);
    }
    transcript
}

/// The question and the answer. Where there is a transcript they are taken from there: it holds no parts of secrets, which
/// the person's own words may.
fn question_and_answer(turn: &Turn) -> Vec<Message> {
    let asked = turn.transcript.first().and_then(|message| message.parts.first());
    let (question, answer) = match asked {
        Some(Part::Text { text }) => (text.clone(), said(&turn.transcript)),
        _ => (turn.question.clone(), turn.answer.clone()),
    };
    if answer.trim().is_empty() {
        return Vec::new();
    }
    vec![says(Role::User, question), says(Role::Assistant, answer)]
}

/// The ids of all calls. Providers want each to be one of its own in the whole conversation.
pub(crate) fn call_ids(messages: &[Message]) -> BTreeSet<String> {
    messages.iter().flat_map(open_calls).collect()
}

/// The files that calls of `fs_write` changed, as far as the transcript still has them.
pub(super) fn changed_files(messages: &[Message]) -> Vec<String> {
    let parts = || messages.iter().flat_map(|message| &message.parts);
    let failed: BTreeSet<&str> = parts().filter_map(failed_call).collect();
    let mut changed: Vec<String> = Vec::new();
    for part in parts() {
        if let Part::ToolCall { id, name, arguments } = part
            && name == "fs_write"
            && !failed.contains(id.as_str())
            && let Ok(arguments) = serde_json::from_str::<serde_json::Value>(arguments)
            && let Some(path) = arguments["path"].as_str()
            && !changed.iter().any(|known| known == path)
        {
            changed.push(path.to_owned());
        }
    }
    changed
}

fn failed_call(part: &Part) -> Option<&str> {
    match part {
        Part::ToolResult { id, failed: true, .. } => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call(id: &str) -> Part {
        Part::ToolCall { id: id.into(), name: "fs_read".into(), arguments: "{}".into() }
    }

    fn result(id: &str) -> Part {
        Part::ToolResult { id: id.into(), text: "x".into(), failed: false }
    }

    /// Whether a provider would take it.
    fn is_valid(messages: &[Message]) -> bool {
        let turns = messages.iter().enumerate().all(|(place, message)| {
            message.role == if place % 2 == 0 { Role::User } else { Role::Assistant }
                && !message.parts.is_empty()
        });
        let answered = messages.iter().enumerate().all(|(place, message)| {
            let given: Vec<_> = messages
                .get(place + 1)
                .iter()
                .flat_map(|next| next.parts.iter().filter_map(result_of))
                .collect();
            open_calls(message).iter().all(|id| given.iter().filter(|given| *given == id).count() == 1)
        });
        turns && answered && messages.last().is_none_or(|last| last.role == Role::Assistant)
    }

    #[test]
    fn what_was_cut_off_gets_its_result() {
        let question = says(Role::User, "q");
        let both = Message { role: Role::Assistant, parts: vec![call("1"), call("2")] };
        let one = Message { role: Role::User, parts: vec![result("2")] };
        let found = closed(vec![question.clone(), both.clone(), one]);
        assert!(is_valid(&found), "{found:?}");
        assert_eq!(found[2].parts, [cut_off("1".into()), result("2")]);
        let found = closed(vec![question, both]);
        assert!(is_valid(&found) && found.len() == 4, "{found:?}");
        assert_eq!(said(&found), "");
        assert_eq!(closed(Vec::new()), []);
    }

    #[test]
    fn what_is_long_makes_room_for_what_is_short() {
        let of = |bytes: &[usize]| {
            let result =
                |bytes: &usize| Part::ToolResult { id: "1".into(), text: "x".repeat(*bytes), failed: false };
            vec![Message { role: Role::User, parts: bytes.iter().map(result).collect() }]
        };
        let fitted = |sizes: &[usize], room| {
            let mut messages = of(sizes);
            fit(&mut messages, room);
            messages[0].parts.iter().filter_map(result_bytes).collect::<Vec<_>>()
        };
        assert_eq!(fitted(&[2_000, 90_000], 92_000), [2_000, 90_000]);
        let cut = fitted(&[2_000, 90_000, 50_000], 62_000);
        assert!(cut[0] == 2_000 && cut[1] < 30_200 && cut[2] < 30_200 && cut[1] > 29_900, "{cut:?}");
        assert!(fitted(&[5_000; 10], 100).iter().all(|bytes| *bytes < 1_200));
    }

    #[test]
    fn changed_files_are_read_off_a_transcript() {
        let write = |id: &str, path: &str| Part::ToolCall {
            id: id.into(),
            name: "fs_write".into(),
            arguments: format!(r#"{{"command":"create","path":"{path}"}}"#),
        };
        let calls = vec![write("1", "a.rs"), write("2", "b.rs"), write("3", "a.rs"), call("4")];
        let failed = Part::ToolResult { id: "2".into(), text: "no".into(), failed: true };
        let messages = [
            Message { role: Role::Assistant, parts: calls },
            Message { role: Role::User, parts: vec![result("1"), failed, result("3"), result("4")] },
        ];
        assert_eq!(changed_files(&messages), ["a.rs"]);
        assert_eq!(call_ids(&messages).len(), 4);
    }

    #[test]
    fn earlier_turns_come_in_the_form_that_fits() {
        let id = "cnv_00000000000000000000000000".parse().unwrap();
        let long = Part::ToolResult { id: "1".into(), text: "r".repeat(5_000), failed: false };
        let transcript = vec![
            says(Role::User, "q0"),
            Message { role: Role::Assistant, parts: vec![call("1")] },
            Message { role: Role::User, parts: vec![long] },
            says(Role::Assistant, "a0"),
        ];
        let with_tools = Turn { question: "q0".into(), answer: "a0".into(), transcript, ..Turn::new(id, 0) };
        let empty = Turn { question: "q1".into(), answer: " ".into(), ..Turn::new(id, 1) };
        let plain = Turn { question: "q2".into(), answer: "a2".into(), ..Turn::new(id, 2) };
        let turns = [with_tools, empty, plain];
        let sizes = |room| earlier(&turns, room).len();
        assert_eq!((sizes(10_000), sizes(2_000), sizes(10), sizes(5), sizes(2)), (6, 6, 4, 2, 0));
        assert!(bytes(&earlier(&turns, 2_000)) < 2_000);
    }

    fn messages() -> impl Strategy<Value = Vec<Message>> {
        let part = prop_oneof!["[a-c]".prop_map(|id| call(&id)), Just(Part::Text { text: "t".into() }),];
        let message = (any::<bool>(), prop::collection::vec(part, 0..4));
        prop::collection::vec(message, 0..8).prop_map(|made| {
            let mut messages = vec![says(Role::User, "q")];
            for (is_user, parts) in made {
                let mut ids = BTreeSet::new();
                let role = if is_user { Role::User } else { Role::Assistant };
                let fits = |part: &Part| match part {
                    Part::ToolCall { id, .. } => !is_user && ids.insert(id.clone()),
                    _ => true,
                };
                messages.push(Message { role, parts: parts.into_iter().filter(fits).collect() });
            }
            messages
        })
    }

    proptest! {
        #[test]
        fn every_end_of_a_turn_is_valid(messages in messages(), cut in 0usize..10) {
            let cut = cut.min(messages.len()).max(1);
            let unique = |messages: &[Message]| messages.iter().all(|message| {
                let ids = open_calls(message);
                ids.iter().collect::<BTreeSet<_>>().len() == ids.len()
            });
            let found = closed(messages[..cut].to_vec());
            prop_assume!(unique(&found));
            prop_assert!(is_valid(&found), "{:?}", found);
            prop_assert_eq!(closed(found.clone()), found);
        }
    }
}
