//! The embedded engine's answer: the passages that fit best, each with its place, and what it could not find.

use quillon_base::Fault;
use quillon_contract::event::Notice;
use quillon_retrieve::{Hit, Query, Wanted};
use quillon_road::Passage;

use crate::answer::{Answer, code, counted, place, reference};
use crate::asked;
use crate::context::{Context, Given};
use crate::kept::Turn;
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
    before: &[Turn],
) -> Result<(), Fault> {
    passage.answered_by_embedded();
    let query = asked::query(question, context, before);
    let limit = usize::try_from(passage.settings().number(PASSAGES)).unwrap_or(1);
    let hits = workspace.index.search(&query, limit);
    answer.is_about(&hits);
    if matches!(query.wanted, Wanted::Instructions | Wanted::Overview) && !workspace.commands.is_empty() {
        answer.aside(crate::commands::table(&workspace.commands)).await?;
    }
    // A selection is what the question is about; a whole file only says where to look, unless nothing of it fits.
    let again = context.files.iter().filter(|given| given.is_selection() || hits.is_empty());
    for reference in again.filter_map(Given::reference) {
        answer.reference(reference).await?;
    }
    if hits.is_empty() {
        say_nothing_found(answer, &query, context, workspace).await?;
    } else {
        answer.text(opening(&query, &hits, workspace)).await?;
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

/// What was found, in a sentence, and where.
fn opening(query: &Query, hits: &[Hit<'_>], workspace: &Workspace) -> String {
    let mut text = format!("{}\n\n", sentence(query, hits, workspace));
    for (number, hit) in (1..).zip(hits) {
        let heading = hit.heading.as_deref().map(|heading| format!(" in {}", code(heading)));
        text += &format!("{number}. {}{}\n", code(&place(hit.path, hit.lines)), heading.unwrap_or_default());
    }
    let missing = missing(query, workspace);
    if !missing.is_empty() {
        text += &format!("\n{missing}");
    }
    text + "\n"
}

fn sentence(query: &Query, hits: &[Hit<'_>], workspace: &Workspace) -> String {
    let Some(best) = hits.first() else {
        return String::new();
    };
    let at = code(&place(best.path, best.lines));
    let names: Vec<String> = query.names.iter().map(|name| code(&name.name)).collect();
    match (&best.defines, query.wanted) {
        (_, Wanted::Overview) => format!("What the project says of itself begins at {at}."),
        (_, Wanted::Uses) if !names.is_empty() => format!("{} is used at {at}.", names.join(", ")),
        (Some(name), _) => format!("{} is defined at {at}.", code(name)),
        (None, _) => {
            let counts = workspace.index.counts();
            let among =
                format!("{} and {}", counted(counts.documents, "file"), counted(counts.lines, "line"));
            let found = counted(hits.len(), "passage");
            format!("Found {found} in {among}; {at} fits best.")
        }
    }
}

/// Words of the question that stand nowhere, a line each, with a word that is there and looks alike.
fn missing(query: &Query, workspace: &Workspace) -> String {
    let most = query.terms.iter().map(|term| term.weight).fold(0.0, f32::max);
    let counts = |word: &str| query.terms.iter().any(|term| term.word == word && term.weight >= most);
    let unknown = workspace.index.unknown(query).into_iter().filter(|unknown| counts(&unknown.word));
    let line = |unknown: quillon_retrieve::Unknown| match &unknown.nearest {
        Some(near) => format!("- {} stands nowhere here; {} does.\n", code(&unknown.word), code(near)),
        None => format!("- {} stands nowhere here.\n", code(&unknown.word)),
    };
    unknown.map(line).collect()
}

async fn say_nothing_found(
    answer: &mut Answer<'_>,
    query: &Query,
    context: &Context,
    workspace: &Workspace,
) -> Result<(), Fault> {
    let counts = workspace.index.counts();
    if counts.documents == 0 {
        return answer.text("Not found: there is no text to look in here.\n").await;
    }
    let files = counted(counts.documents, "file");
    let missing = missing(query, workspace);
    let next = if context.narrows(false) {
        "Ask without `@` to look in the whole folder, or with a name that the code uses."
    } else {
        "Ask with a name or a word that the code or its documentation uses."
    };
    answer.text(format!("Not found: nothing in {files} fits the question.\n{missing}{next}\n")).await
}
