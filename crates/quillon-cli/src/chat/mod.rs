//! Chat: one answer for a script, or a conversation at the terminal.

mod complete;
mod mention;
mod slash;
mod talk;

use quillon_base::{Fault, FaultCode};
use quillon_contract::ask::{ChatAsk, ContextItem, Resume};
use quillon_contract::{Ask, Event};

use crate::Offer;
use crate::arguments::{Chat, Global, OutputMode, Planned};
use crate::exit::Exit;
use crate::inputs::{Inputs, limited};
use crate::output::{Gone, Output};
use crate::session::{Answered, Desk, Session, gone_for_good};
use crate::terminal::Terminal;

pub(crate) use slash::is_slash;
#[cfg(test)]
pub(crate) use slash::split_words;
use slash::{NotPlanned, Slash};
pub(crate) use talk::Talk;

/// How a chat goes on: what each prompt is asked with.
#[derive(Debug)]
pub(crate) struct Conversation {
    resume: Resume,
    agent: Option<String>,
    model: Option<String>,
    trusted_tools: Vec<String>,
    context: Vec<ContextItem>,
    unattended: bool,
    ephemeral: bool,
    explain_context: bool,
}

impl Conversation {
    pub(crate) fn new(chat: &Chat, global: &Global, unattended: bool) -> Self {
        Self {
            resume: chat.resume.unwrap_or_default(),
            agent: chat.agent.clone(),
            model: global.model.clone(),
            trusted_tools: chat.trusted_tools(),
            context: Vec::new(),
            unattended,
            ephemeral: global.ephemeral,
            explain_context: chat.explain_context,
        }
    }

    fn ask(&self, prompt: String, context: Vec<ContextItem>) -> Ask {
        ChatAsk {
            prompt,
            context: self.context.iter().cloned().chain(context).collect(),
            resume: self.resume,
            agent: self.agent.clone(),
            model: self.model.clone(),
            trusted_tools: self.trusted_tools.clone(),
            unattended: self.unattended,
            ephemeral: self.ephemeral,
            explain_context: self.explain_context,
        }
        .into()
    }

    /// The next prompt goes on where this one ended.
    fn went_on(&mut self, answered: &Answered) {
        if let Some(id) = answered.end.as_ref().and_then(|end| end.conversation) {
            self.resume = Resume::Conversation(id);
        }
    }
}

/// What a chat starts with.
#[derive(Debug)]
pub(crate) enum Opening {
    /// One prompt, answered once, with what came on standard input.
    Once { prompt: String, piped: Option<String> },
    /// A conversation, perhaps with a first prompt.
    Conversation { first: Option<String> },
}

/// Whether a chat is a conversation at the terminal.
pub(crate) const fn is_conversation(chat: &Chat, global: &Global, terminal: &Terminal) -> bool {
    !chat.no_interactive
        && matches!(global.output, OutputMode::Text)
        && terminal.input_is_terminal
        && terminal.output_is_terminal
}

/// What a chat starts with, from the command line and standard input.
pub(crate) fn opening(chat: &Chat, conversation: bool, inputs: &mut Inputs<'_>) -> Result<Opening, Fault> {
    let words = limited(chat.prompt.join(" "))?;
    let words = (!words.trim().is_empty()).then_some(words);
    if conversation {
        return Ok(Opening::Conversation { first: words });
    }
    let piped = inputs.piped()?.filter(|text| !text.trim().is_empty());
    match (words, piped) {
        (Some(prompt), piped) => Ok(Opening::Once { prompt, piped }),
        (None, Some(prompt)) => Ok(Opening::Once { prompt, piped: None }),
        (None, None) => {
            let hint = "give a prompt as an argument or on standard input; see `quillon chat --help`";
            Err(Fault::new(FaultCode::InputInvalid, "there is no prompt").hint(hint))
        }
    }
}

/// The ask of a prompt that is a command, such as `/knowledge add handbook docs`.
pub(crate) fn plan_once(prompt: &str, offer: &Offer, inputs: &mut Inputs<'_>) -> Result<Planned, Fault> {
    let words = match Slash::parse(prompt, offer)? {
        Slash::Command(words) => words,
        Slash::Usage => vec!["usage".to_owned()],
        _ => {
            let message = format!("`{prompt}` steers a conversation, and this is none");
            return Err(Fault::new(FaultCode::InputInvalid, message).hint("start one with `quillon chat`"));
        }
    };
    slash::plan(&words, offer, inputs).map_err(|not_planned| match not_planned {
        NotPlanned::Fault(fault) => fault,
        NotPlanned::Text(text) => {
            let first = text.lines().next().unwrap_or_default();
            let message = first.strip_prefix("error: ").unwrap_or(first);
            {
                let command = words.first().map_or("", String::as_str);
                Fault::new(FaultCode::InputInvalid, message).hint(format!("see `quillon {command} --help`"))
            }
        }
    })
}

/// Answers one prompt.
pub(crate) async fn once(
    session: &Session,
    conversation: &Conversation,
    (prompt, piped): (String, Option<String>),
    output: &mut Output,
    desk: &mut Desk,
) -> Answered {
    let Some(resolved) = desk.unless_interrupted(mention::resolve(session, &prompt)).await else {
        return Answered { exit: Exit::CANCELLED, end: None, gone: false };
    };
    let mut context = match write_notices(resolved, output) {
        Ok(context) => context,
        Err(gone) => return gone_for_good(gone, output),
    };
    context.extend(piped.map(|text| ContextItem::Text { label: "standard input".to_owned(), text }));
    session.answer(conversation.ask(prompt, context), output, desk).await
}

/// Shows what is worth knowing about the files that a prompt names.
fn write_notices(
    (context, notices): (Vec<ContextItem>, Vec<Event>),
    output: &mut Output,
) -> Result<Vec<ContextItem>, Gone> {
    notices.iter().try_for_each(|notice| output.event(notice)).map(|()| context)
}
