//! Turns as they are kept: one sealed record each, so that a long conversation never has to be written anew.
//!
//! While a model works, what it said and what its tools gave is kept step by step ([`Step`]), so that a turn that was
//! killed half way is there to go on from; its turn, once kept, takes the place of its steps.
//!
//! A record is JSON with a version. Later versions add fields and never change the meaning of one; what an older build
//! does not know it passes over, and a turn that it cannot read at all hides no other.

use std::collections::BTreeMap;

use quillon_base::{ConversationId, Fault, FaultCode, RecordId, Timestamp};
use quillon_contract::event::{Answerer, Reference};
use quillon_model::Message;
use quillon_road::{Kept, Passage};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::agent::transcript;
use crate::explain::Chosen;
use crate::tool::Todo;

/// The version of a turn that this build writes.
const VERSION: u32 = 1;
/// The most turns that a conversation has.
pub(crate) const TURNS_MAX: u32 = 1_000;
/// The most records of one conversation: its turns, and the steps of those that were cut off.
const RECORDS_MAX: u32 = 4_000;
/// The most records that are looked through for a list of conversations.
const LISTED_RECORDS_MAX: u32 = 4_000;
/// A title is cut to this.
const TITLE_BYTES_MAX: usize = 72;

/// What a turn spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spent {
    /// Model calls.
    pub(crate) steps: u64,
    /// Tokens, read and written.
    pub(crate) tokens: u64,
    /// Millionths of a dollar, where a price is known.
    pub(crate) cost_microdollars: u64,
}

impl Spent {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) version: u32,
    pub(crate) conversation: ConversationId,
    /// From 0.
    pub(crate) number: u32,
    /// What the conversation is called, the same in all its turns.
    #[serde(default)]
    pub(crate) title: String,
    /// The keyed digest of the workspace's folder.
    pub(crate) workspace: String,
    pub(crate) question: String,
    pub(crate) answer: String,
    #[serde(default)]
    pub(crate) references: Vec<Reference>,
    /// The name of what the answer is mainly about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    #[serde(default)]
    pub(crate) answerer: Option<Answerer>,
    /// What was read for the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) context: Vec<Chosen>,
    /// What ended the answer before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<FaultCode>,
    /// The turn as the model saw it, question first, where tools were used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) transcript: Vec<Message>,
    /// What the model meant to do, as it stood at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Todo>,
    /// What was spent on it, and on turns before it that were cut off and that it went on with.
    #[serde(default, skip_serializing_if = "Spent::is_nothing")]
    pub(crate) spent: Spent,
    /// With this and what was said, the record's commitment can be checked.
    pub(crate) salt: String,
}

impl Turn {
    /// A turn of which nothing is said yet.
    pub(crate) fn new(conversation: ConversationId, number: u32) -> Self {
        Self {
            version: VERSION,
            conversation,
            number,
            title: String::new(),
            workspace: String::new(),
            question: String::new(),
            answer: String::new(),
            references: Vec::new(),
            subject: None,
            answerer: None,
            context: Vec::new(),
            fault: None,
            transcript: Vec::new(),
            plan: None,
            spent: Spent::default(),
            salt: String::new(),
        }
    }
}

/// A part of a turn under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) version: u32,
    pub(crate) conversation: ConversationId,
    /// The number of its turn.
    pub(crate) number: u32,
    /// Its place in the turn, from 0.
    pub(crate) step: u32,
    pub(crate) title: String,
    pub(crate) workspace: String,
    pub(crate) question: String,
    /// What was said since the step before.
    pub(crate) messages: Vec<Message>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Todo>,
    /// What was spent by then.
    #[serde(default, skip_serializing_if = "Spent::is_nothing")]
    pub(crate) spent: Spent,
}

impl Step {
    /// A step of which nothing is said yet.
    pub(crate) const fn new(conversation: ConversationId, number: u32) -> Self {
        Self {
            version: VERSION,
            conversation,
            number,
            step: 0,
            title: String::new(),
            workspace: String::new(),
            question: String::new(),
            messages: Vec::new(),
            plan: None,
            spent: Spent { steps: 0, tokens: 0, cost_microdollars: 0 },
        }
    }
}

/// What a conversation is called that begins with this question: the question, on one line.
pub(crate) fn title(question: &str) -> String {
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    quillon_text::shorten(&line, TITLE_BYTES_MAX).into_owned()
}

/// A record as it is read: a turn, or something of a newer version.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Turn(Box<Turn>),
    Step(Box<Step>),
    Unreadable(IgnoredAny),
}

/// A conversation with its turns, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: ConversationId,
    pub(crate) turns: Vec<Kept<Turn>>,
}

impl Conversation {
    fn new(id: ConversationId, records: Vec<Kept<Stored>>) -> Self {
        let (mut turns, mut cut_off) = (Vec::new(), BTreeMap::<u32, Vec<Kept<Step>>>::new());
        for Kept { id, created, value } in records {
            match value {
                Stored::Turn(turn) => turns.push(Kept { id, created, value: *turn }),
                Stored::Step(step) => {
                    cut_off.entry(step.number).or_default().push(Kept { id, created, value: *step });
                }
                Stored::Unreadable(_) => {}
            }
        }
        // The steps of a turn that is kept are on their way out.
        cut_off.retain(|number, _| turns.iter().all(|turn| turn.value.number != *number));
        turns.extend(cut_off.into_values().filter_map(interrupted));
        turns.sort_by_key(|turn| (turn.value.number, turn.created));
        Self { id, turns }
    }

    pub(crate) fn title(&self) -> &str {
        self.turns.first().map_or("", |turn| turn.value.title.as_str())
    }

    pub(crate) fn last_at(&self) -> Option<Timestamp> {
        self.turns.last().map(|turn| turn.created)
    }

    /// The number that the next turn has, which is also how many there were.
    pub(crate) fn next_number(&self) -> u32 {
        self.turns.last().map_or(0, |turn| turn.value.number.saturating_add(1))
    }
}

/// The turn that steps were of, when nothing else is left of it: it ends where they do, with a result for every call.
fn interrupted(mut steps: Vec<Kept<Step>>) -> Option<Kept<Turn>> {
    steps.sort_by_key(|step| step.value.step);
    let last = steps.last()?;
    let (id, created) = (last.id, last.created);
    let Step { conversation, number, title, workspace, question, plan, spent, .. } = last.value.clone();
    let messages = steps.into_iter().flat_map(|step| step.value.messages).collect();
    let transcript = transcript::closed(messages);
    let value = Turn {
        title,
        workspace,
        question,
        answer: transcript::said(&transcript),
        transcript,
        plan,
        spent,
        fault: Some(FaultCode::Cancelled),
        ..Turn::new(conversation, number)
    };
    Some(Kept { id, created, value })
}

/// The conversation of this id.
///
/// # Errors
/// `store.missing` when nothing of it is kept for the asker, and those of the store.
pub(crate) async fn conversation(passage: &Passage, id: ConversationId) -> Result<Conversation, Fault> {
    let records = passage.kept(Some(&id.to_string()), RECORDS_MAX).await?;
    let conversation = Conversation::new(id, records);
    if conversation.turns.is_empty() {
        return Err(Fault::new(FaultCode::StoreMissing, format!("there is no conversation `{id}`"))
            .hint("`quillon chat --list` lists those that are kept for you"));
    }
    Ok(conversation)
}

/// Conversations, the one with the newest turn first; only those of this workspace when `here`.
///
/// # Errors
/// Those of the store.
pub(crate) async fn conversations(passage: &Passage, here: bool) -> Result<Vec<Conversation>, Fault> {
    let mut order = Vec::new();
    let mut by_id: BTreeMap<ConversationId, Vec<Kept<Stored>>> = BTreeMap::new();
    let records: Vec<Kept<Stored>> = passage.kept(None, LISTED_RECORDS_MAX).await?;
    for record in records {
        let (id, workspace) = match &record.value {
            Stored::Turn(turn) => (turn.conversation, &turn.workspace),
            Stored::Step(step) => (step.conversation, &step.workspace),
            Stored::Unreadable(_) => continue,
        };
        if here && workspace != passage.workspace_group() {
            continue;
        }
        let records = by_id.entry(id).or_default();
        if records.is_empty() {
            order.push(id);
        }
        records.push(record);
    }
    let gathered = order.into_iter().filter_map(|id| Some(Conversation::new(id, by_id.remove(&id)?)));
    Ok(gathered.filter(|conversation| !conversation.turns.is_empty()).collect())
}

/// Every record of a conversation, also those that this build cannot read; and how many turns they are.
///
/// # Errors
/// Those of the store.
pub(crate) async fn records(passage: &Passage, id: ConversationId) -> Result<(Vec<RecordId>, usize), Fault> {
    let stored: Vec<Kept<Stored>> = passage.kept(Some(&id.to_string()), RECORDS_MAX).await?;
    let records = stored.iter().map(|kept| kept.id).collect();
    Ok((records, Conversation::new(id, stored).turns.len()))
}

/// Keeps a turn.
///
/// # Errors
/// Those of the store.
pub(crate) async fn keep(passage: &Passage, turn: &Turn) -> Result<RecordId, Fault> {
    passage.keep(&turn.conversation.to_string(), turn).await
}

/// Keeps a step.
///
/// # Errors
/// Those of the store.
pub(crate) async fn keep_step(passage: &Passage, step: &Step) -> Result<RecordId, Fault> {
    passage.keep(&step.conversation.to_string(), step).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"version":1,"conversation":"cnv_00000000000000000000000000","number":0,
        "workspace":"w","question":"q","answer":"a","salt":"00"}"#;

    fn read(text: &str) -> Option<Turn> {
        match serde_json::from_str(text).unwrap() {
            Stored::Turn(turn) => Some(*turn),
            Stored::Step(_) | Stored::Unreadable(_) => None,
        }
    }

    #[test]
    fn the_first_form_of_a_turn_can_always_be_read() {
        let turn = read(FIRST).unwrap();
        assert_eq!((turn.question.as_str(), turn.references.len()), ("q", 0));
        let with_more = FIRST.replace("\"salt\"", "\"mood\":{\"new\":1},\"salt\"");
        assert!(read(&with_more).is_some(), "a newer version adds fields");
    }

    #[test]
    fn a_turn_that_cannot_be_read_is_passed_over() {
        let reference = r#""references":[{"kind":"hologram"}],"salt""#;
        assert_eq!(read(&FIRST.replace("\"salt\"", reference)), None);
        assert_eq!(read("[1]"), None);
    }

    #[test]
    fn titles_are_one_line() {
        assert_eq!(title(" where\n is  it? "), "where is it?");
        assert_eq!(title(&"é".repeat(80)).len(), TITLE_BYTES_MAX - 1);
    }
}
