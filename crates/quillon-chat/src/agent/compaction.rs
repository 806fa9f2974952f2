//! Making room before the window overflows, without losing the task.
//!
//! What is pinned is never summed up but written anew: the question with what was handed over, the guidance of the
//! repository, the plan, and the files that were changed. The last steps stay word for word. What lies between becomes a
//! summary: the model's, or, when it cannot, one that is put together from what each step called and gave.

use quillon_base::{Fault, FaultCode};
use quillon_model::{Message, Part, Role};
use quillon_text::shorten;

use super::transcript::{bytes, clip, fit, says};
use crate::tool::Todo;

/// A request may fill so much of the window, in percent; the rest is for what the estimate got wrong.
pub(super) const FILL_PERCENT: u64 = 80;
/// So much of the window stays word for word, in percent.
const TAIL_PERCENT: u64 = 25;
/// The most of a summary, in bytes.
const SUMMARY_BYTES_MAX: usize = 12 * 1024;
/// What an extract keeps of each text, in bytes.
const EXTRACT_BYTES: usize = 240;

/// What a summary is made of, and what stays.
pub(super) struct Cut {
    pub(super) head: Vec<Message>,
    pub(super) tail: Vec<Message>,
}

/// Cuts before a step of the model, so that calls stay with their results. `None` when there is nothing to sum up.
pub(super) fn cut(history: Vec<Message>, window_bytes: u64) -> Option<Cut> {
    let room = window_bytes * TAIL_PERCENT / 100;
    let mut tail_bytes = 0;
    let mut at = history.len();
    for (place, message) in history.iter().enumerate().rev() {
        tail_bytes += bytes(std::slice::from_ref(message));
        if tail_bytes > room {
            break;
        }
        if message.role == Role::Assistant {
            at = place;
        }
    }
    // The last step stays even when it alone is too long; its results are shortened then.
    let last_step = history.iter().rposition(|message| message.role == Role::Assistant);
    let at = at.min(last_step?);
    if at < 2 {
        return None;
    }
    let mut head = history;
    let mut tail = head.split_off(at);
    if bytes(&tail) > room {
        fit(&mut tail, room);
    }
    Some(Cut { head, tail })
}

/// What is pinned, as the message that the summary follows.
pub(super) struct Pinned<'a> {
    pub(super) guidance: &'a str,
    pub(super) question: &'a str,
    pub(super) plan: &'a Todo,
    pub(super) changed: &'a [String],
}

impl Pinned<'_> {
    /// The first message of what goes on.
    pub(super) fn with(&self, summary: &str) -> Message {
        let mut text = self.guidance.to_owned();
        text.push_str(
            "The conversation before this was summed up to make room. What was asked, word for word:\n\n",
        );
        text.push_str(self.question);
        if !self.plan.tasks.is_empty() {
            text.push_str(&format!("\n\nThe plan:\n{}", self.plan.said()));
        }
        if !self.changed.is_empty() {
            text.push_str(&format!("\n\nFiles changed in this turn: {}", self.changed.join(", ")));
        }
        text.push_str(&super::guidance::fenced("summary", "of", "the work so far", summary));
        says(Role::User, text)
    }
}

/// What is to be summed up, as a text of at most `bytes_max` bytes: the oldest goes first.
pub(super) fn transcript_of(head: &[Message], bytes_max: usize) -> String {
    let mut head = head.to_vec();
    clip(&mut head);
    let lines: Vec<String> =
        head.iter().flat_map(|message| message.parts.iter().map(|part| line(message, part))).collect();
    let mut room = bytes_max;
    let fits = |line: &&String| {
        let fits = line.len() <= room;
        room = room.saturating_sub(line.len());
        fits
    };
    let mut kept: Vec<&str> = lines.iter().rev().take_while(fits).map(String::as_str).collect();
    kept.reverse();
    super::guidance::fenced("transcript", "of", "work under way", &kept.concat())
}

fn line(message: &Message, part: &Part) -> String {
    let who = if message.role == Role::User { "person" } else { "assistant" };
    match part {
        Part::Text { text } => format!("{who}: {text}\n"),
        Part::ToolCall { name, arguments, .. } => format!("call {name}: {}\n", shorten(arguments, 2_000)),
        Part::ToolResult { text, failed, .. } => {
            format!("{}: {text}\n", if *failed { "failed" } else { "result" })
        }
        Part::Image { .. } => "a picture\n".to_owned(),
        Part::Reasoning { .. } => String::new(),
    }
}

/// A summary without a model: what each step said, called and got, a line each, the newest that fit.
pub(super) fn extract(head: &[Message]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for part in head.iter().flat_map(|message| &message.parts) {
        match part {
            Part::Text { text } => {
                let first = text.trim().split("\n\n").next().unwrap_or_default().replace('\n', " ");
                if !first.is_empty() {
                    lines.push(format!("- {}", shorten(&first, EXTRACT_BYTES)));
                }
            }
            Part::ToolCall { name, arguments, .. } => {
                lines.push(format!("- {name} {}", shorten(arguments, EXTRACT_BYTES)));
            }
            Part::ToolResult { text, failed, .. } => {
                let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
                let how = if *failed { "failed: " } else { "" };
                lines.push(format!("  {how}{}", shorten(first, EXTRACT_BYTES)));
            }
            Part::Image { .. } | Part::Reasoning { .. } => {}
        }
    }
    let mut room = SUMMARY_BYTES_MAX;
    let fits = |line: &&String| {
        let fits = line.len() < room;
        room = room.saturating_sub(line.len() + 1);
        fits
    };
    let mut kept: Vec<&str> = lines.iter().rev().take_while(fits).map(String::as_str).collect();
    kept.reverse();
    kept.join("\n")
}

/// Whether a summary by the model can be done without: it failed as models fail.
pub(super) const fn is_dispensable(fault: &Fault) -> bool {
    matches!(fault.code, FaultCode::ModelFailed | FaultCode::TimedOut | FaultCode::BudgetExceeded)
}

/// A summary as it is used.
pub(super) fn bounded(summary: &str) -> String {
    shorten(summary.trim(), SUMMARY_BYTES_MAX).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: usize, result_bytes: usize) -> [Message; 2] {
        let id = number.to_string();
        let arguments = format!("{{\"n\":{number}}}");
        let call = Part::ToolCall { id: id.clone(), name: "fs_read".into(), arguments };
        let result = Part::ToolResult {
            id,
            text: format!("r{number}\n{}", "x".repeat(result_bytes)),
            failed: number == 2,
        };
        [
            Message {
                role: Role::Assistant,
                parts: vec![Part::Text { text: format!("step {number}") }, call],
            },
            Message { role: Role::User, parts: vec![result] },
        ]
    }

    fn history(steps: usize, result_bytes: usize) -> Vec<Message> {
        let steps = (1..=steps).flat_map(|number| step(number, result_bytes));
        std::iter::once(says(Role::User, "the task")).chain(steps).collect()
    }

    #[test]
    fn calls_stay_with_their_results() {
        let Cut { head, tail } = cut(history(10, 100), 2_000).unwrap();
        assert_eq!(head.len() + tail.len(), 21);
        assert_eq!(tail[0].role, Role::Assistant);
        assert!(bytes(&tail) <= 500 && tail.len() >= 4, "{}", tail.len());
        assert!(cut(history(1, 100), 2_000).is_none());
        // One step that is too long by itself is shortened.
        let Cut { tail, .. } = cut(history(3, 50_000), 10_000).unwrap();
        assert!(tail.len() == 2 && bytes(&tail) < 2_700, "{}", bytes(&tail));
    }

    #[test]
    fn an_extract_says_what_each_step_did() {
        let said = extract(&history(2, 5));
        assert_eq!(
            said,
            "- the task\n- step 1\n- fs_read {\"n\":1}\n  r1\n- step 2\n- fs_read {\"n\":2}\n  failed: r2"
        );
        assert!(extract(&history(10_000, 5)).len() <= SUMMARY_BYTES_MAX);
    }

    #[test]
    fn what_is_pinned_is_there_word_for_word() {
        let plan: Todo =
            serde_json::from_str(r#"{"title":"t","tasks":[{"title":"mend it","done":false}]}"#).unwrap();
        let changed = ["a.rs".to_owned()];
        let pinned = Pinned { guidance: "<rules>\n", question: "mend a.rs", plan: &plan, changed: &changed };
        let Part::Text { text } = &pinned.with("read it").parts[0] else { panic!("no text") };
        for part in
            ["<rules>", "mend a.rs", "0. [ ] mend it", "changed in this turn: a.rs", "read it\n</summary>"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_transcript_for_the_model_is_bounded_from_the_old_end() {
        let text = transcript_of(&history(100, 500), 5_000);
        assert!(text.len() < 5_200 && text.contains("\"n\":100") && !text.contains("\"n\":1}"), "{text}");
    }
}
