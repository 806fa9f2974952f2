//! Answers with no model: what a question wants ([`kind`]) is composed from what the files of the workspace say.
//!
//! Each part of an answer is a file here, says one thing, and carries its places: a statement without one is not made.
//! What was looked for and not found is said. The parts stand in the order in which one wants to read them, the best
//! first, and an answer fits on a screen. Start at [`answer`].

mod changes;
mod definition;
mod error;
pub(crate) mod history;
mod kind;
mod passages;
mod project;
mod reads;
mod running;
mod scene;
mod structure;
mod trace;
mod uses;

use quillon_base::Fault;
use quillon_contract::event::{Notice, Reference};
use quillon_retrieve::{Definition, Query};
use quillon_road::Passage;

use crate::agent::Asked;
use crate::answer::{Answer, passages_max};
use crate::context::Given;
use crate::workspace::Workspace;
use crate::{asked, knowledge, selection};
use kind::Kind;
use reads::Told;
use scene::Scene;
use trace::Trace;

/// The most passages that are shown beside a table that answers already.
const BESIDE_MAX: usize = 2;
/// Who answered, said in the answer itself, so that a copy of it says it too.
const WHO: &str = "The embedded engine answered with passages of your files; no model was asked.\n";

/// Answers from the index.
///
/// # Errors
/// Those of saying it, and `cancelled`.
pub(crate) async fn answer(
    passage: &Passage,
    answer: &mut Answer<'_>,
    asked: &Asked<'_>,
    workspace: &Workspace,
) -> Result<(), Fault> {
    passage.answered_by_embedded();
    let Asked { ask, context, before } = *asked;
    let question = ask.prompt.as_str();
    let query = asked::query(question, context, before);
    let limit = passages_max(passage);
    let scene = Scene { passage, question, query, context, workspace, limit };
    selection::of_context(context).into_iter().for_each(|chosen| answer.chose(chosen));
    // A selection is what the question is about; a whole file only says where to look.
    let selections = context.files.iter().filter(|given| given.is_selection());
    let selections: Vec<Reference> = selections.filter_map(Given::reference).collect();
    for reference in selections {
        answer.reference(reference).await?;
    }
    let found = compose(&scene, answer).await?;
    let known = say_knowledge(&scene, answer, ask.agent.as_deref()).await?;
    if !found && !known {
        passages::say_nothing_found(&scene, answer).await?;
    }
    answer.text(format!("\n{WHO}")).await?;
    if let Some(left_out) = workspace.said_left_out() {
        answer.aside(Notice::info(left_out)).await?;
    }
    Ok(())
}

/// Says what the question wants; says whether there was anything.
async fn compose(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<bool, Fault> {
    if scene.index().counts().documents == 0 {
        return Ok(false);
    }
    if let Some(trace) = trace(scene) {
        return error::say(scene, answer, &trace).await.map(|()| true);
    }
    let kind = kind::kind(scene.question, &scene.query, scene.context.asks_for_history);
    match kind {
        Kind::Project => project::say(scene, answer).await?,
        Kind::Running(does) => running::say(scene, answer, does).await?,
        Kind::Changes => changes::say(scene, answer).await?,
        Kind::Structure => return structure_or_calls(scene, answer).await,
        Kind::Uses => return uses_or_passages(scene, answer).await,
        Kind::Routes if reads::routes(scene, answer).await? => {}
        Kind::Entries => reads::entries(scene, answer).await?,
        Kind::Settings if scene.query.names.is_empty() => {
            let told = reads::settings(scene, answer).await?;
            // Settings are said by documents and files too.
            if told == Told::Nothing {
                answer.text(format!("{}\n", reads::no_setting(scene))).await?;
            }
            if told != Told::All {
                let limit = if told == Told::Some { BESIDE_MAX.min(scene.limit) } else { scene.limit };
                return Ok(passages::say(scene, answer, limit).await? || told == Told::Some);
            }
        }
        Kind::Definition | Kind::Routes | Kind::Settings => {
            return definition_or_passages(scene, answer, kind).await;
        }
    }
    Ok(true)
}

/// The trace of the question, or of what was handed over with it.
fn trace(scene: &Scene<'_>) -> Option<Trace> {
    let texts = scene.context.texts.iter().map(|given| given.text.as_str());
    Trace::read(scene.question)
        .or_else(|| texts.filter(|_| !scene.context.asks_for_history).find_map(Trace::read))
}

async fn structure_or_calls(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<bool, Fault> {
    let (named, _) = scene.named();
    if let Some(best) = named.first() {
        uses::say(scene, answer, &named).await?;
        return structure::calls(scene, answer, best).await.map(|()| true);
    }
    structure::say(scene, answer).await.map(|()| true)
}

async fn uses_or_passages(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<bool, Fault> {
    let (mut named, missing) = scene.named();
    if named.is_empty() && scene.query.names.is_empty() {
        named = scene.named_plainly();
    }
    if named.is_empty() {
        let said = !missing.is_empty();
        if said {
            answer.text(passages::undefined(scene, &missing) + "\n").await?;
        }
        return Ok(passages::say(scene, answer, scene.limit).await? || said);
    }
    uses::say(scene, answer, &named).await.map(|()| true)
}

async fn definition_or_passages(
    scene: &Scene<'_>,
    answer: &mut Answer<'_>,
    kind: Kind,
) -> Result<bool, Fault> {
    let (mut named, missing) = scene.named();
    if named.is_empty() && missing.is_empty() && kind == Kind::Definition && asks_what_it_is(scene) {
        named = scene.named_plainly();
    }
    if !missing.is_empty() {
        answer.text(passages::undefined(scene, &missing) + "\n").await?;
    }
    if named.is_empty() {
        return Ok(passages::say(scene, answer, scene.limit).await? || !missing.is_empty());
    }
    definition::say(scene, answer, &named).await?;
    let rest = scene.limit.saturating_sub(1);
    if rest > 0 && asks_more_than(scene, &named) {
        passages::say(scene, answer, rest).await?;
    }
    Ok(true)
}

/// "What is a depot", "what does open do": of one plain word.
fn asks_what_it_is(scene: &Scene<'_>) -> bool {
    let words: Vec<String> = scene.question.split_whitespace().map(str::to_lowercase).collect();
    let starts = [["what", "is"], ["what", "does"], ["what", "are"], ["where", "is"]];
    let strong = scene.query.terms.iter().filter(|term| term.weight >= 1.0).count();
    strong <= 1 && starts.iter().any(|start| words.iter().take(2).eq(start.iter())) || words.len() == 1
}

/// Whether the question says more than the names that it asks about.
fn asks_more_than(scene: &Scene<'_>, named: &[Definition<'_>]) -> bool {
    let of_names: Vec<String> = named
        .iter()
        .flat_map(|found| Query::parse(&format!("`{}`", found.name)).terms)
        .map(|term| term.stem)
        .collect();
    let spoken: Vec<String> = scene
        .query
        .names
        .iter()
        .flat_map(|name| Query::parse(&format!("`{}`", name.within.clone().unwrap_or_default())).terms)
        .map(|term| term.stem)
        .collect();
    let says_more = |term: &&quillon_retrieve::Term| {
        term.weight >= 1.0 && !of_names.contains(&term.stem) && !spoken.contains(&term.stem)
    };
    scene.query.terms.iter().any(|term| says_more(&term))
}

/// Adds what the knowledge of the agent says; says whether there is anything.
async fn say_knowledge(
    scene: &Scene<'_>,
    answer: &mut Answer<'_>,
    agent: Option<&str>,
) -> Result<bool, Fault> {
    let known = knowledge::beside(scene.passage, answer, agent, &scene.query).await?;
    if known.is_empty() {
        return Ok(false);
    }
    answer.text("Your knowledge bases say:\n\n").await?;
    for reference in known {
        answer.reference(reference).await?;
    }
    Ok(true)
}
