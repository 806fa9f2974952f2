//! One turn: from the question to the kept answer.

use std::collections::BTreeSet;

use quillon_base::{ConversationId, Fault, FaultCode, hex};
use quillon_contract::ask::{ChatAsk, Resume};
use quillon_contract::event::{Answerer, Notice, Reference};
use quillon_road::{Finished, Passage};

use crate::agent::steps::Steps;
use crate::agent::{Asked, transcript};
use crate::answer::Answer;
use crate::context::{self, Context, Given};
use crate::kept::{self, TURNS_MAX, Turn};
use crate::library::Library;
use crate::workspace::Workspace;
use crate::{agent, answering, explain, knowledge, tool, workspace};

/// The largest question, in bytes.
const PROMPT_BYTES_MAX: usize = 256 * 1024;
/// The name of no model.
const EMBEDDED: &str = "embedded";
/// The name of the first model that may be asked.
const AUTO: &str = "auto";

/// Whether going on makes no sense: nobody waits, nothing can be recorded, or we are wrong ourselves.
pub(crate) const fn stops(fault: &Fault) -> bool {
    matches!(
        fault.code,
        FaultCode::Cancelled
            | FaultCode::AuditUnavailable
            | FaultCode::LedgerCorrupt
            | FaultCode::Internal
            | FaultCode::WorkspaceMissing
    )
}

/// Takes a turn.
pub(crate) async fn take(passage: &Passage, library: &Library, mut ask: ChatAsk) -> Result<Finished, Fault> {
    check(passage, &ask)?;
    knowledge::check_agent(passage, ask.agent.as_deref()).await?;
    let (conversation, before) = continued(passage, ask.resume).await?;
    say_what_cannot_be_trusted(passage, &ask.trusted_tools).await?;
    let context = context::gather(passage, &ask.context).await?;
    let mut answer = Answer::new(passage);
    let said = std::mem::take(&mut ask.prompt);
    ask.prompt = question(&said, &context);
    let title = title(&before, &said);
    let mut steps = Steps::new(conversation, number(&before), ask.ephemeral).headed(
        title,
        passage.workspace_group(),
        &said,
    );
    let asked = Asked { ask: &ask, context: &context, before: &before };
    let mut answered = tokio::select! {
        biased;
        // What is under way is dropped: the model hears no more, and a command ends with all that it started.
        () = passage.stopped() => Err(Fault::new(FaultCode::Cancelled, "the work was stopped")),
        answered = respond(passage, library, &mut answer, &mut steps, &asked) => answered,
    };
    answer.end_transcript();
    if answered.is_ok() && ask.explain_context {
        answered = answer.aside(explain::table(&answer.chosen)).await;
    }
    // A model that was asked has cost something and may have said something: that is kept, whatever became of it.
    let asked_a_model = passage.answerer().is_some_and(|answerer| answerer != Answerer::Embedded);
    let is_worth_keeping = answered.is_ok() || asked_a_model;
    if is_worth_keeping {
        let conversation = (!ask.ephemeral).then_some(conversation);
        let logged = passage.log_prompt(&said, &answer.text, conversation).await;
        answered = answered.and_then(|done| logged.map(|()| done));
    }
    if !ask.ephemeral && is_worth_keeping {
        let fault = answered.as_ref().err().map(|fault| fault.code);
        let turn = Turn { fault, ..turn(passage, conversation, &before, said, answer) };
        let kept = match kept::keep(passage, &turn).await {
            Ok(_) => steps.forget(passage).await,
            Err(fault) => Err(fault),
        };
        // What stopped the answer matters more than that it could not be kept either.
        answered.and(kept)?;
    } else {
        answered?;
    }
    Ok(Finished { findings: false, conversation: (!ask.ephemeral).then_some(conversation) })
}

fn check(passage: &Passage, ask: &ChatAsk) -> Result<(), Fault> {
    let size = ask.prompt.len();
    if ask.prompt.trim().is_empty() {
        return Err(Fault::new(FaultCode::InputInvalid, "there is no question")
            .hint("ask something: `quillon chat \"where is …?\"`"));
    }
    if size > PROMPT_BYTES_MAX {
        return Err(Fault::new(FaultCode::InputInvalid, format!("a question of {size} bytes is too large"))
            .hint(format!("it may have up to {PROMPT_BYTES_MAX} bytes; hand over files with `@path`")));
    }
    match &ask.model {
        Some(model) if model != EMBEDDED && !answers_to(passage, model) => {
            Err(Fault::new(FaultCode::ModelUnknown, format!("model `{model}` does not answer here"))
                .hint("see `quillon model list`"))
        }
        _ => Ok(()),
    }
}

/// Whether the model that is there is the one of this name. A script is opened by its file and has a name of its own.
fn answers_to(passage: &Passage, name: &str) -> bool {
    if name == AUTO {
        return passage.chooses_model();
    }
    let is_it = |card: &quillon_model::ModelCard| {
        card.id.as_str() == name || (card.provider == "script" && name.starts_with("script:"))
    };
    passage.model_card().is_some_and(is_it)
}

/// The conversation that is gone on with, and its turns.
async fn continued(passage: &Passage, resume: Resume) -> Result<(ConversationId, Vec<Turn>), Fault> {
    let found = match resume {
        Resume::No => return Ok((passage.new_conversation(), Vec::new())),
        Resume::Conversation(id) => kept::conversation(passage, id).await?,
        Resume::Last => {
            let here = kept::conversations(passage, true).await?;
            here.into_iter().next().ok_or_else(|| {
                Fault::new(FaultCode::StoreMissing, "no conversation of this folder is kept for you")
                    .hint("start one without `--resume`")
            })?
        }
    };
    if found.next_number() >= TURNS_MAX {
        return Err(Fault::new(
            FaultCode::InputInvalid,
            format!("a conversation has up to {TURNS_MAX} turns"),
        )
        .hint("start a new one without `--resume`"));
    }
    Ok((found.id, found.turns.into_iter().map(|turn| turn.value).collect()))
}

async fn respond(
    passage: &Passage,
    library: &Library,
    answer: &mut Answer<'_>,
    steps: &mut Steps,
    asked: &Asked<'_>,
) -> Result<(), Fault> {
    let Asked { ask, context, .. } = asked;
    let for_model = passage.model_card().is_some() && ask.model.as_deref() != Some(EMBEDDED);
    let terms = workspace::Terms { for_model, may_keep: !ask.ephemeral };
    let workspace = workspace::read(passage, library, context, terms).await?;
    for name in &context.symbols {
        if workspace.index.symbols(name, 1).first().is_none_or(|found| found.name != name) {
            answer.aside(Notice::warning(format!("nothing here defines `{name}`"))).await?;
        }
    }
    if for_model {
        agent::answer(passage, answer, steps, asked, &workspace).await
    } else {
        let answered = answering::answer(passage, answer, asked, &workspace).await;
        learn_what_was_quoted(passage, &answer.references, &workspace);
        answered
    }
}

/// What is quoted of a file may be the middle of a key, which a later turn would send. All of the file tells.
fn learn_what_was_quoted(passage: &Passage, references: &[Reference], workspace: &Workspace) {
    let path = |reference: &Reference| match reference {
        Reference::Passage { place, .. } => Some(place.path.clone()),
        _ => None,
    };
    let paths: BTreeSet<String> = references.iter().filter_map(path).collect();
    paths.iter().filter_map(|path| workspace.index.text(path)).for_each(|text| passage.learn_secrets(text));
}

/// What is asked: what the person said, with the text of a saved prompt in the place of its name, once. One that is not
/// named there comes first, so that none is handed over for nothing.
fn question(prompt: &str, context: &Context) -> String {
    let mut waiting: Vec<&Given> = context.prompts.iter().collect();
    let mut question = String::with_capacity(prompt.len());
    for piece in prompt.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        match waiting.iter().position(|given| given.label == word) {
            Some(place) => question.push_str(&piece.replacen(word, waiting.remove(place).text.trim(), 1)),
            None => question.push_str(piece),
        }
    }
    let before: String = waiting.iter().map(|given| format!("{}\n\n", given.text.trim())).collect();
    before + &question
}

/// A tool that does not exist cannot be trusted; saying so beats a refusal later on.
async fn say_what_cannot_be_trusted(passage: &Passage, trusted: &[String]) -> Result<(), Fault> {
    let is_unknown = |tool: &&String| tool.as_str() != "*" && tool::names().all(|name| name != tool.as_str());
    for unknown in trusted.iter().filter(is_unknown) {
        let near = quillon_text::nearest(unknown, tool::names());
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        passage.say(Notice::warning(format!("there is no tool `{unknown}` to trust{near}"))).await?;
    }
    Ok(())
}

fn number(before: &[Turn]) -> u32 {
    before.last().map_or(0, |last| last.number.saturating_add(1))
}

fn title(before: &[Turn], question: &str) -> String {
    before.first().map_or_else(|| kept::title(question), |first| first.title.clone())
}

fn turn(
    passage: &Passage,
    conversation: ConversationId,
    before: &[Turn],
    question: String,
    answer: Answer<'_>,
) -> Turn {
    let said = [question.as_str(), answer.text.as_str()];
    let holds_parts = said.iter().any(|text| passage.without_parts_of_secrets(text) != **text);
    let transcript = match answer.transcript {
        // A turn without tools is its question and its answer, unless they hold what no later turn may read.
        transcript if !transcript::call_ids(&transcript).is_empty() => {
            transcript::for_keeping(passage, transcript)
        }
        _ if holds_parts => transcript::for_keeping(passage, transcript::of_words(&question, &answer.text)),
        _ => Vec::new(),
    };
    Turn {
        title: title(before, &question),
        workspace: passage.workspace_group().to_owned(),
        question,
        answer: answer.text,
        references: answer.references,
        subject: answer.subject,
        context: answer.chosen,
        answerer: passage.answerer(),
        salt: hex(&passage.answer_salt()),
        transcript,
        plan: answer.plan,
        spent: answer.spent,
        ..Turn::new(conversation, number(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_prompts_stand_where_they_are_named_and_are_never_lost() {
        let check = |prompt: &str, expected: &str| {
            let prompts = vec![Given::text("@a", "first @b\n"), Given::text("@b", "second")];
            assert_eq!(question(prompt, &Context { prompts, ..Context::default() }), expected);
        };
        check("@a then @b", "first @b then second");
        check("see @ab and @b\n@a", "see @ab and second\nfirst @b");
        check("@b @b", "first @b\n\nsecond @b");
        check("go on", "first @b\n\nsecond\n\ngo on");
    }
}
