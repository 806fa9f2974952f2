//! A conversation at the terminal: lines are typed, answers stream, commands steer.
//!
//! Start at [`Talk::talk`].

use std::sync::Arc;

use quillon_base::Fault;
use quillon_contract::ask::{ConversationShowAsk, Resume};
use quillon_contract::event::{Notice, Outcome};
use quillon_contract::{Ask, Query};

use super::complete::ChatCompleter;
use super::slash::{self, ContextAct, NotPlanned, Slash, ToolsAct};
use super::{Conversation, is_slash, mention, write_notices};
use crate::Offer;
use crate::arguments::{Global, OutputMode, Wrap};
use crate::editor::{Typed, Wanted, WantedKind};
use crate::exit::Exit;
use crate::inputs::{Inputs, limited};
use crate::output::Output;
use crate::session::{Answered, Desk, Session};
use crate::terminal::Terminal;

/// The most files and folders that a conversation carries along.
const CONTEXT_ITEMS_MAX: usize = 64;

/// A conversation at the terminal.
pub(crate) struct Talk<'t> {
    pub(crate) session: Session,
    pub(crate) conversation: Conversation,
    pub(crate) offer: Offer,
    pub(crate) global: Global,
    pub(crate) wrap: Wrap,
    /// For what commands of the conversation read: files, the width.
    pub(crate) terminal: &'t mut Terminal,
    pub(crate) output: Output,
    pub(crate) desk: Desk,
}

/// Whether a conversation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Onward {
    Yes,
    No,
}

impl Talk<'_> {
    /// Talks until the person leaves.
    pub(crate) async fn talk(mut self, first: Option<String>) -> Exit {
        let complete: Arc<ChatCompleter> = Arc::new(ChatCompleter::new(&self.session, &self.offer));
        self.greet();
        let mut next = first;
        let mut interrupted = false;
        loop {
            let text = match next.take() {
                Some(text) => text,
                None => match self.read(Arc::clone(&complete)).await {
                    Ok(Typed::Text(text)) => text,
                    Ok(Typed::Interrupt) if interrupted => break,
                    Ok(Typed::Interrupt) => {
                        interrupted = true;
                        self.output.beside("note: Ctrl-C again, or Ctrl-D, leaves\n");
                        continue;
                    }
                    Ok(Typed::End) => break,
                    Err(fault) => {
                        let _ = self.output.fault(&fault);
                        self.session.close();
                        return Exit::of_fault(&fault);
                    }
                },
            };
            interrupted = false;
            if self.say(text).await == Onward::No {
                break;
            }
        }
        self.session.close();
        self.desk.interrupts.exit().unwrap_or(Exit::DONE)
    }

    fn greet(&mut self) {
        if self.global.quiet {
            return;
        }
        let folder = quillon_render::one_line(&self.terminal.folder.to_string_lossy());
        let version = env!("CARGO_PKG_VERSION");
        self.output.beside(&format!("quillon {version} in {folder}; /help lists commands, Ctrl-D leaves\n"));
    }

    async fn read(&self, complete: Arc<ChatCompleter>) -> Result<Typed, Fault> {
        let agent =
            self.conversation.agent.as_ref().map(|agent| format!("[{}] ", quillon_render::one_line(agent)));
        let prompt = format!("{}> ", agent.unwrap_or_default());
        let kind = WantedKind::Prompt { keep: !self.conversation.ephemeral };
        self.desk.read(Wanted { prompt, kind }, Some(complete)).await
    }

    /// Deals with what was typed.
    async fn say(&mut self, typed: String) -> Onward {
        let text = typed.replace("\\\n", "\n");
        let text = text.trim();
        if text.is_empty() {
            return Onward::Yes;
        }
        if is_slash(text) {
            return match Slash::parse(text, &self.offer) {
                Ok(slash) => self.slash(slash).await,
                Err(fault) => self.fault(&fault),
            };
        }
        match limited(text.to_owned()) {
            Ok(prompt) => self.prompt(prompt).await,
            Err(fault) => self.fault(&fault),
        }
    }

    async fn prompt(&mut self, prompt: String) -> Onward {
        self.begin(OutputMode::Text, None, false);
        let looked_up = mention::resolve(&self.session, &prompt);
        let Some(resolved) = self.desk.unless_interrupted(looked_up).await else {
            return Onward::Yes;
        };
        let Ok(context) = write_notices(resolved, &mut self.output) else {
            return Onward::No;
        };
        let ask = self.conversation.ask(prompt, context);
        let answered = self.session.answer(ask, &mut self.output, &mut self.desk).await;
        self.conversation.went_on(&answered);
        self.onward(&answered)
    }

    async fn slash(&mut self, slash: Slash) -> Onward {
        match slash {
            Slash::Quit => return Onward::No,
            Slash::Help => {
                let help = slash::help(&self.offer);
                return if self.output.raw(help.as_bytes()).is_ok() { Onward::Yes } else { Onward::No };
            }
            Slash::Clear => {
                self.conversation.resume = Resume::No;
                self.note("the next prompt starts a new conversation")
            }
            Slash::Resume(resume) => {
                self.conversation.resume = resume;
                self.note("the next prompt goes on there")
            }
            Slash::Agent(agent) => {
                let text = format!("the agent is now `{agent}`");
                self.conversation.agent = Some(agent);
                self.note(&text)
            }
            Slash::Tools(act) => self.tools(act),
            Slash::Context(act) => return self.context(act).await,
            Slash::Prompts(prefix) => return self.prompts(prefix).await,
            Slash::Usage => {
                if self.command(vec!["usage".to_owned()]).await == Onward::No {
                    return Onward::No;
                }
                return self.explain_last().await;
            }
            Slash::Command(words) => return self.command(words).await,
        }
        Onward::Yes
    }

    fn tools(&mut self, act: ToolsAct) {
        let trusted = &mut self.conversation.trusted_tools;
        match act {
            ToolsAct::Show => {}
            ToolsAct::Trust(tools) => {
                trusted.retain(|known| !tools.contains(known));
                trusted.extend(tools);
            }
            ToolsAct::Untrust(tools) => trusted.retain(|known| !tools.contains(known)),
            ToolsAct::TrustAll => *trusted = vec!["*".to_owned()],
            ToolsAct::Reset => trusted.clear(),
        }
        let names: Vec<String> = trusted.iter().map(|tool| format!("`{tool}`")).collect();
        let text = if names.is_empty() {
            "every tool that policy does not allow asks first".to_owned()
        } else {
            format!("without approval: {}", names.join(", "))
        };
        self.note(&text);
    }

    async fn context(&mut self, act: ContextAct) -> Onward {
        let show = act == ContextAct::Show;
        match act {
            ContextAct::Show => {}
            ContextAct::Clear => self.conversation.context.clear(),
            ContextAct::Add(paths) => {
                let prompt: Vec<String> = paths.iter().map(|path| format!("@{path}")).collect();
                let prompt = prompt.join(" ");
                let looked_up = mention::resolve(&self.session, &prompt);
                let Some(resolved) = self.desk.unless_interrupted(looked_up).await else {
                    return Onward::Yes;
                };
                let Ok(found) = write_notices(resolved, &mut self.output) else {
                    return Onward::No;
                };
                let known = &mut self.conversation.context;
                known.extend(found);
                known.truncate(CONTEXT_ITEMS_MAX);
            }
            ContextAct::Remove(paths) => {
                self.conversation.context.retain(|item| !paths.contains(&mention::name(item)));
            }
        }
        let names: Vec<String> =
            self.conversation.context.iter().map(|item| format!("`{}`", mention::name(item))).collect();
        let text = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        self.note(&format!("handed over with every prompt: {text}"));
        if show { self.explain_last().await } else { Onward::Yes }
    }

    /// What was read for the last answer of this conversation, and why.
    async fn explain_last(&mut self) -> Onward {
        let Resume::Conversation(conversation) = self.conversation.resume else {
            return Onward::Yes;
        };
        self.begin(OutputMode::Text, None, false);
        let ask = ConversationShowAsk { conversation, explain_context: true };
        let answered = self.session.answer(ask.into(), &mut self.output, &mut self.desk).await;
        self.onward(&answered)
    }

    async fn prompts(&mut self, prefix: String) -> Onward {
        let query = self.session.gateway.query(self.session.id, Query::Prompts { prefix });
        let Some(found) = self.desk.unless_interrupted(query).await else {
            return Onward::Yes;
        };
        match found {
            Ok(listing) if listing.items.is_empty() => self.note("there are no saved prompts"),
            Ok(listing) => {
                for item in &listing.items {
                    self.note(&format!("`@{}` {}", item.id, item.label));
                }
            }
            Err(fault) => return self.fault(&fault),
        }
        Onward::Yes
    }

    /// A command of the command line, asked in this session.
    async fn command(&mut self, words: Vec<String>) -> Onward {
        let mut inputs = Inputs::new(self.terminal, true);
        let planned = match slash::plan(&words, &self.offer, &mut inputs) {
            Ok(planned) => planned,
            Err(NotPlanned::Fault(fault)) => return self.fault(&fault),
            Err(NotPlanned::Text(text)) => {
                self.output.beside(&text);
                return Onward::Yes;
            }
        };
        let chooses_model = matches!(planned.ask, Ask::ModelUse(_));
        self.begin(planned.output.unwrap_or_default(), planned.only_row, planned.by_file);
        let answered = self.session.answer(planned.ask, &mut self.output, &mut self.desk).await;
        let done = answered.end.as_ref().is_some_and(|end| end.outcome == Outcome::Done);
        // The model that was chosen for all is not to be outdone by the one that this run began with.
        if chooses_model && done {
            self.conversation.model = None;
        }
        self.onward(&answered)
    }

    fn begin(&mut self, mode: OutputMode, only_row: Option<String>, by_file: bool) {
        let look = self.terminal.look(self.global.color, self.global.quiet, self.wrap);
        self.output.begin(mode, quillon_render::Look { by_file, ..look }, only_row);
    }

    fn note(&mut self, text: &str) {
        let coloured = self.terminal.colours(self.global.color, self.terminal.errors_is_terminal);
        let look = quillon_render::Look { err_colour: coloured, ..quillon_render::Look::default() };
        for piece in quillon_render::TextRenderer::new(look).event(&Notice::info(text)) {
            if let quillon_render::Piece::Err(text) = piece {
                self.output.beside(&text);
            }
        }
    }

    fn fault(&mut self, fault: &Fault) -> Onward {
        let coloured = self.terminal.colours(self.global.color, self.terminal.errors_is_terminal);
        self.output.beside(&quillon_render::fault_text(fault, coloured));
        Onward::Yes
    }

    const fn onward(&self, answered: &Answered) -> Onward {
        if answered.gone { Onward::No } else { Onward::Yes }
    }
}
