//! What a command line asks: join the road, ask, write the answer, leave.

use std::path::Path;
use std::sync::{Arc, Mutex};

use quillon_contract::Event;
use quillon_render::Look;

use crate::arguments::{Global, OtherSurface, Planned, Wrap};
use crate::chat::{self, Conversation, Opening, Talk};
use crate::editor::{LineEditor, Typed, Wanted};
use crate::exit::Exit;
use crate::interrupts::Interrupts;
use crate::output::{Gone, Output};
use crate::session::{Desk, ReceiptFile, Session};
use crate::terminal::Terminal;
use crate::{Connect, Fault, report};

/// Something to be asked.
#[derive(Debug)]
pub struct Job {
    global: Global,
    task: Task,
    /// What is worth knowing about what was read for it.
    notices: Vec<Event>,
}

#[derive(Debug)]
pub(crate) enum Task {
    Ask(Box<Planned>),
    Chat { conversation: Conversation, opening: Opening, wrap: Wrap, can_ask: bool },
    Surface(OtherSurface),
}

impl Job {
    pub(crate) const fn new(global: Global, task: Task, notices: Vec<Event>) -> Self {
        Self { global, task, notices }
    }

    /// Joins the road, asks, writes the answer, and leaves.
    pub async fn run(self, mut terminal: Terminal, connect: &dyn Connect) -> Exit {
        let Self { global, task, notices } = self;
        match task {
            Task::Surface(surface) => match connect.serve(surface, &global).await {
                Ok(exit) => exit,
                Err(fault) => report(&fault, &global, &mut terminal),
            },
            Task::Ask(planned) => ask(*planned, &global, &notices, terminal, connect).await,
            Task::Chat { conversation, opening, wrap, can_ask } => {
                let mut output = output_of(&mut terminal, &global, wrap);
                let mut desk = desk_of(&mut terminal, can_ask);
                let session = match join(&global, &notices, &mut terminal, connect, &mut output).await {
                    Ok(session) => session,
                    Err(exit) => return exit,
                };
                match opening {
                    Opening::Once { prompt, piped } => {
                        let look = terminal.look(global.color, global.quiet, wrap);
                        output.begin(global.output, Look { names_conversation: true, ..look }, None);
                        let prompt = (prompt, piped);
                        let answered =
                            chat::once(&session, &conversation, prompt, &mut output, &mut desk).await;
                        session.close();
                        answered.exit
                    }
                    Opening::Conversation { first } => {
                        let offer = connect.offer();
                        let terminal = &mut terminal;
                        let talk =
                            Talk { session, conversation, offer, global, wrap, terminal, output, desk };
                        talk.talk(first).await
                    }
                }
            }
        }
    }
}

async fn ask(
    planned: Planned,
    global: &Global,
    notices: &[Event],
    mut terminal: Terminal,
    connect: &dyn Connect,
) -> Exit {
    let Planned { ask, output: mode, only_row, by_file, secret } = planned;
    let mode = mode.unwrap_or(global.output);
    let mut output = output_of(&mut terminal, global, Wrap::Auto);
    let look = terminal.look(global.color, global.quiet, Wrap::Auto);
    output.begin(mode, Look { by_file, ..look }, only_row);
    let can_ask = terminal.can_ask(mode);
    let mut desk = Desk { secret, ..desk_of(&mut terminal, can_ask) };
    let session = match join(global, notices, &mut terminal, connect, &mut output).await {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let answered = session.answer(ask, &mut output, &mut desk).await;
    session.close();
    answered.exit
}

/// Joins the road and opens a session; what stops that is said.
async fn join(
    global: &Global,
    notices: &[Event],
    terminal: &mut Terminal,
    connect: &dyn Connect,
    output: &mut Output,
) -> Result<Session, Exit> {
    let receipts = global.receipt.as_ref().map(|path| {
        // What is left behind writes nothing and says so.
        let nothing = Box::new(|_: &Path, _: &[u8]| Err(std::io::ErrorKind::Unsupported.into()));
        let write = std::mem::replace(&mut terminal.write_file, nothing);
        ReceiptFile { path: terminal.folder.join(path), write }
    });
    let opened = match connect.connect(global).await {
        Ok(gateway) => Session::open(gateway, &terminal.folder, receipts).await,
        Err(fault) => Err(fault),
    };
    let session = opened.map_err(|fault: Fault| {
        let _ = output.fault(&fault);
        Exit::of_fault(&fault)
    })?;
    match notices.iter().try_for_each(|notice| output.event(notice)) {
        Ok(()) => Ok(session),
        Err(Gone::Closed) => Err(Exit::DONE),
        Err(Gone::Failed(fault)) => Err(Exit::of_fault(&fault)),
    }
}

/// The streams of a terminal as the place for answers.
pub(crate) fn output_of(terminal: &mut Terminal, global: &Global, wrap: Wrap) -> Output {
    let look = terminal.look(global.color, global.quiet, wrap);
    let out = std::mem::replace(&mut terminal.output, Box::new(std::io::sink()));
    let err = std::mem::replace(&mut terminal.errors, Box::new(std::io::sink()));
    Output::new(out, err, global.output, look)
}

fn desk_of(terminal: &mut Terminal, can_ask: bool) -> Desk {
    let editor = std::mem::replace(&mut terminal.editor, Box::new(Nobody));
    let (_, nothing) = tokio::sync::mpsc::unbounded_channel();
    let interrupts = std::mem::replace(&mut terminal.interrupts, Interrupts::given(nothing));
    Desk { editor: Arc::new(Mutex::new(editor)), interrupts, can_ask, secret: None }
}

/// Types nothing.
struct Nobody;

impl LineEditor for Nobody {
    fn read(&mut self, _: &Wanted, _: Option<Arc<dyn crate::Complete>>) -> Result<Typed, Fault> {
        Ok(Typed::End)
    }
}
