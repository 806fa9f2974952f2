//! The embedded engine's answer: the passages that fit best, each with its place, and what it could not find.

use quillon_base::Fault;
use quillon_contract::event::Notice;
use quillon_retrieve::Query;
use quillon_road::Passage;

use crate::answer::{Answer, reference};
use crate::context::Context;
use crate::workspace::Workspace;

/// The setting that says how many passages an answer shows.
const PASSAGES: &str = "quillon.chat.passages";

/// Who answered, said in the answer itself, so that a copy of it says it too.
const WHO: &str = "The embedded engine answered with passages of your files; no model was asked.\n";

/// Answers from the index.
pub(crate) async fn answer(
    passage: &Passage,
    answer: &mut Answer<'_>,
    question: &str,
    context: &Context,
    workspace: &Workspace,
) -> Result<(), Fault> {
    passage.answered_by_embedded();
    for pinned in &context.pinned {
        if let Some(reference) = pinned.reference() {
            answer.reference(reference).await?;
        }
    }
    // What was handed over belongs to the question: a pasted error names the places that matter.
    let handed_over = context.pinned.iter().filter(|pinned| pinned.place.is_none());
    let whole = handed_over.fold(question.to_owned(), |whole, pinned| whole + "\n" + &pinned.text);
    let query = Query::parse(&whole);
    let limit = usize::try_from(passage.settings().number(PASSAGES)).unwrap_or(1);
    let hits = workspace.index.search(&query, limit);
    if hits.is_empty() {
        say_nothing_found(answer, &query, workspace).await?;
    } else {
        let mut files: Vec<_> = hits.iter().map(|hit| hit.path).collect();
        files.sort_unstable();
        files.dedup();
        let counts = workspace.index.counts();
        let found = counted(hits.len(), "passage");
        let (among, lines) = (counted(files.len(), "file"), counts.lines);
        answer
            .text(format!(
                "Found {found} in {among}, of {} and {lines} lines:\n",
                counted(counts.documents, "file")
            ))
            .await?;
        for hit in &hits {
            answer.reference(reference(hit)).await?;
        }
    }
    answer.text(format!("\n{WHO}")).await?;
    if let Some(left_out) = workspace.said_left_out() {
        answer.aside(Notice::info(left_out)).await?;
    }
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

async fn say_nothing_found(
    answer: &mut Answer<'_>,
    query: &Query,
    workspace: &Workspace,
) -> Result<(), Fault> {
    let counts = workspace.index.counts();
    if counts.documents == 0 {
        return answer.text("Not found: there is no text to look in here.\n").await;
    }
    let files = counted(counts.documents, "file");
    answer.text(format!("Not found: nothing in {files} fits the question.\n")).await?;
    for unknown in workspace.index.unknown(query) {
        let word = &unknown.word;
        let line = match &unknown.nearest {
            Some(near) => format!("- `{word}` stands nowhere here; `{near}` does.\n"),
            None => format!("- `{word}` stands nowhere here.\n"),
        };
        answer.text(line).await?;
    }
    answer.text("Ask with a name or a word that the code or its documentation uses.\n").await
}
