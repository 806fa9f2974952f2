//! What is said beside the answer: notices, tools at work, progress, questions, usage, and who answered.

use quillon_contract::MeterUnit;
use quillon_contract::event::{
    Answerer, End, Expected, Notice, NoticeLevel, Outcome, Progress, Question, Skipped, ToolActivity,
    ToolState, Usage,
};
use quillon_text::terminal_safe;

use crate::fault::fault_text;
use crate::look::{Look, Palette, paint};
use crate::width::{one_line, wrap};

/// The most lines of a tool's output that are shown.
const TOOL_LINES_MAX: usize = 12;

/// A notice, with the word that says how much it matters.
pub(crate) fn notice(notice: &Notice, palette: &Palette) -> String {
    let word = match notice.level {
        NoticeLevel::Info => paint(palette.strong, "note:"),
        NoticeLevel::Warning => paint(palette.warning, "warning:"),
    };
    format!("{word} {}\n", one_line(&notice.text))
}

/// Something that was not looked at.
pub(crate) fn skipped(skipped: &Skipped, palette: &Palette) -> String {
    notice(&Notice { level: NoticeLevel::Warning, text: skipped_words(skipped) }, palette)
}

/// The same, as a sentence.
pub(crate) fn skipped_words(skipped: &Skipped) -> String {
    let how = if skipped.partial { "was reviewed in part" } else { "was not reviewed" };
    format!("{} {how}: {}", skipped.path, skipped.reason)
}

/// Why a review came to no end, for documents that a reader may take for whole.
pub(crate) fn failure(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Done | Outcome::Findings => None,
        Outcome::Cancelled => Some("the review was stopped".to_owned()),
        Outcome::Refused { fault } | Outcome::Failed { fault } => Some(fault.to_string()),
    }
}

/// A tool at work, with the start of its output.
pub(crate) fn tool(activity: &ToolActivity, palette: &Palette) -> String {
    let state = match activity.state {
        ToolState::Started => "",
        ToolState::Finished => " finished",
        ToolState::Failed => " failed",
        ToolState::Refused => " was refused",
    };
    let style = if matches!(activity.state, ToolState::Failed | ToolState::Refused) {
        palette.warning
    } else {
        palette.strong
    };
    let word = paint(style, format!("tool `{}`{state}:", one_line(&activity.tool)));
    let mut text = format!("{word} {}\n", one_line(&activity.summary));
    let output = activity.output.as_deref().map(terminal_safe).unwrap_or_default();
    let lines: Vec<&str> = output.lines().collect();
    for line in lines.iter().take(TOOL_LINES_MAX) {
        text.push_str(&format!("{}\n", paint(palette.quiet, format!("  | {line}"))));
    }
    let more = lines.len().saturating_sub(TOOL_LINES_MAX);
    if more > 0 {
        text.push_str(&format!("{}\n", paint(palette.quiet, format!("  | … {more} more lines"))));
    }
    text
}

/// Progress on one line that fits the terminal.
pub(crate) fn progress(progress: &Progress, width: Option<usize>) -> String {
    let count = match progress.total {
        Some(total) if total > 0 => {
            // A share of more than all would only confuse.
            let share = u128::from(progress.done.min(total)) * 100 / u128::from(total);
            format!("{}/{total} ({share}%)", progress.done)
        }
        _ => progress.done.to_string(),
    };
    let line = format!("{}: {count}", one_line(&progress.label));
    // The last column stays free, so that the terminal does not go to the next line.
    let width = width.unwrap_or(80).saturating_sub(1).max(1);
    wrap(&line, width).into_iter().next().unwrap_or_default()
}

/// A question, as far as it is not the prompt for the answer: what is asked, and about what.
#[must_use]
pub fn question_text(question: &Question, coloured: bool) -> String {
    let palette = Palette::new(coloured);
    let mut text = format!("{} {}\n", paint(palette.strong, "question:"), one_line(&question.text));
    match &question.expected {
        Expected::Approval { action, resource, .. } => {
            text.push_str(&format!("  action    {}\n  resource  {}\n", one_line(action), one_line(resource)));
        }
        Expected::Choice { options } => {
            let lines = options
                .iter()
                .enumerate()
                .map(|(at, option)| format!("  {}. {}\n", at + 1, one_line(option)));
            text.extend(lines);
        }
        Expected::Value { .. } => {}
    }
    text
}

/// What was used, where it is more than a plain request.
fn usage(usage: &Usage) -> Option<String> {
    let is_plain = usage.unit == MeterUnit::Request || usage.amount == 0;
    if is_plain && usage.input_tokens + usage.output_tokens == 0 {
        return None;
    }
    let tokens = if usage.input_tokens + usage.output_tokens > 0 {
        format!(", {} tokens read and {} written", usage.input_tokens, usage.output_tokens)
    } else {
        String::new()
    };
    Some(format!("used {}: {}{tokens}", usage.unit.plural(), usage.amount))
}

/// The last lines: how it ended if not well, then who answered and where it is recorded.
pub(crate) fn end(end: &End, used: &[Usage], look: &Look, palette: &Palette) -> String {
    let mut text = match &end.outcome {
        Outcome::Refused { fault } | Outcome::Failed { fault } => fault_text(fault, look.err_colour),
        Outcome::Cancelled => format!("{} the work was stopped\n", paint(palette.strong, "note:")),
        Outcome::Done | Outcome::Findings => String::new(),
    };
    if look.quiet {
        return text;
    }
    let mut facts: Vec<String> = end.answerer.iter().map(answered_by).collect();
    facts.extend(used.iter().filter_map(usage));
    facts.extend(end.conversation.filter(|_| look.names_conversation).map(|id| format!("conversation {id}")));
    facts.extend(end.record.map(|record| format!("record {record}")));
    if !facts.is_empty() {
        text.push_str(&format!("{}\n", paint(palette.quiet, format!("[{}]", facts.join("; ")))));
    }
    text
}

fn answered_by(answerer: &Answerer) -> String {
    match answerer {
        Answerer::Embedded => "answered by the embedded engine; no model was asked".to_owned(),
        Answerer::Script { name } => format!("answered by script `{}`", one_line(name)),
        Answerer::Model { model, provider, region } => {
            format!("answered by model `{}` of {} in {region}", one_line(model), one_line(provider))
        }
    }
}
