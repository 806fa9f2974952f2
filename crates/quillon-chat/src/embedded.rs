//! The embedded engine's answer: the passages that fit best, each with its place, and what it could not find.

use quillon_base::Fault;
use quillon_contract::Event;
use quillon_contract::event::{Notice, Table};
use quillon_retrieve::{Query, Wanted};
use quillon_road::Passage;
use quillon_workspace::{Does, ProjectCommand};

use crate::answer::{Answer, reference};
use crate::context::Context;
use crate::workspace::Workspace;

/// The setting that says how many passages an answer shows.
const PASSAGES: &str = "quillon.chat.passages";

/// The most commands that an answer shows.
const COMMANDS_SHOWN_MAX: usize = 16;

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
    if matches!(query.wanted, Wanted::Instructions | Wanted::Overview) && !workspace.commands.is_empty() {
        answer.aside(commands(&workspace.commands)).await?;
    }
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

/// How the project is built, tested and run, each command with the file that stands for it.
fn commands(commands: &[ProjectCommand]) -> Event {
    let columns = ["what", "command", "in", "says"].map(str::to_owned).to_vec();
    let row = |said: &ProjectCommand| {
        let what = match said.does {
            Does::Install => "install",
            Does::Build => "build",
            Does::Test => "test",
            Does::Run => "run",
            Does::Lint => "check style",
        };
        let folder = if said.folder.is_empty() { "." } else { &said.folder };
        vec![what.into(), said.command.clone(), folder.into(), format!("{}:{}", said.path, said.line)]
    };
    let mut rows: Vec<&ProjectCommand> = commands.iter().take(COMMANDS_SHOWN_MAX).collect();
    rows.sort_by_key(|said| said.does);
    let title = "How it is built, tested and run".to_owned();
    Event::Table(Table { title, columns, rows: rows.into_iter().map(row).collect() })
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
