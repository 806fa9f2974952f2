//! The command line: words become asks, events become text. It translates and decides nothing.
//!
//! Where to start: [`start`] reads the command line; [`Job::run`] asks the gateway. Between them lies everything that
//! needs neither keys, ledger nor store: `--version`, `--help`, `schema`, `completion`, `man`, and every usage error are
//! finished by [`start`], before a runtime or a road exists.
//!
//! How the composition root calls it:
//!
//! ```ignore
//! fn main() -> ExitCode {
//!     let surroundings = Surroundings { no_color, dumb, folder, history };    // from the environment
//!     let mut terminal = Terminal::of_process(surroundings, read_file, write_file);
//!     let root = Root { .. };                                                 // implements `Connect`
//!     match quillon_cli::start(std::env::args_os(), &mut terminal, &root.offer()) {
//!         Start::Finished(exit) => exit.into(),
//!         Start::Job(job) => runtime().block_on(job.run(terminal, &root)).into(),
//!     }
//! }
//! ```
//!
//! The runtime needs its time and I/O drivers (`enable_all`); one thread is enough for this crate, because lines are read
//! on a thread that may block. [`Connect::connect`] is called once, and only when something is asked.
//!
//! The parts: `arguments` (what can be typed, one file a subject, and which ask it is), `manual` (help from the
//! manifests), `inputs` (standard input and files), `session` (one ask and its events), `question`, `chat` (the
//! conversation and its commands), `editor` (typed lines), `output` (the streams), `exit`.

mod arguments;
mod chat;
mod editor;
mod exit;
mod inputs;
mod interrupts;
mod job;
mod manual;
mod output;
mod question;
mod session;
mod terminal;
mod typeahead;

use std::ffi::OsString;
use std::sync::Arc;

use async_trait::async_trait;
use clap::FromArgMatches;
use clap::error::ErrorKind;
use quillon_base::{Fault, FaultCode};
use quillon_contract::{Event, Gateway, Verb};

pub use arguments::{ColorMode, Global, OtherSurface, OutputMode};
pub use editor::{Complete, Completions, LineEditor, Typed, Wanted, WantedKind};
pub use exit::Exit;
pub use inputs::{FILE_BYTES_MAX, INPUT_BYTES_MAX, POLICY_FILE_BYTES_MAX};
pub use interrupts::Interrupts;
pub use job::Job;
pub use terminal::{ReadFile, Surroundings, Terminal, WriteFile};

use arguments::{Here, Line, Plan, Wrap};
use chat::{Conversation, Opening};
use inputs::Inputs;
use job::Task;

/// What a build can do, known without opening anything, so that `--help` can say what it cannot.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The verbs that its capabilities answer.
    pub verbs: &'static [Verb],
    /// The commands of other surfaces that it has, as [`OtherSurface::command`] names them.
    pub surfaces: &'static [&'static str],
}

/// What the composition root does for the command line.
#[async_trait]
pub trait Connect: Sync {
    /// What this build can do.
    fn offer(&self) -> Offer;

    /// Joins the road, here or at an organisation.
    ///
    /// # Errors
    /// Whatever stops it: `home.unusable`, `key.unusable`, `ledger.corrupt`, `store.unavailable`, `model.unknown`.
    async fn connect(&self, global: &Global) -> Result<Arc<dyn Gateway>, Fault>;

    /// Starts another surface, and comes back when it ends.
    ///
    /// # Errors
    /// `capability.unavailable` when this build does not have it.
    async fn serve(&self, surface: OtherSurface, global: &Global) -> Result<Exit, Fault> {
        let _ = global;
        Err(no_surface(&surface))
    }
}

/// What came of a command line.
#[derive(Debug)]
#[must_use]
pub enum Start {
    /// It is done already.
    Finished(Exit),
    /// It needs the road.
    Job(Box<Job>),
}

/// Reads the command line, and does what needs no road.
pub fn start(arguments: impl IntoIterator<Item = OsString>, terminal: &mut Terminal, offer: &Offer) -> Start {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // The one command line that is timed, and on which nothing else can stand.
    if let [_, only] = arguments.as_slice()
        && (only == "--version" || only == "-V")
    {
        return Start::Finished(print(
            terminal,
            concat!("quillon ", env!("CARGO_PKG_VERSION"), "\n").as_bytes(),
        ));
    }
    // The AWS CLI has its own exit codes, for usage errors too.
    let verb = if arguments.get(1).is_some_and(|word| word == "aws") { Verb::Aws } else { Verb::Chat };
    let line = match parse(arguments, terminal, offer) {
        Ok(line) => line,
        Err(Exit::USAGE) if verb == Verb::Aws => return Start::Finished(Exit::AWS_USAGE),
        Err(exit) => return Start::Finished(exit),
    };
    let Line { global, command } = line;
    let command = command.unwrap_or_else(|| arguments::Command::Chat(arguments::Chat::default()));
    let may_find = matches!(command, arguments::Command::Review(_));
    let mut inputs = Inputs::new(terminal, false);
    let planned = command.plan(&global, &mut inputs);
    let notices = std::mem::take(&mut inputs.notices);
    let task = planned.and_then(|plan| match plan {
        Plan::Here(here) => Ok(Err(finish_here(&here, terminal, offer)?)),
        Plan::Ask(planned) => Ok(Ok((Task::Ask(planned), notices))),
        Plan::Chat(chat) => chat_task(&chat, &global, terminal, offer).map(Ok),
        Plan::Other(surface) if offer.surfaces.contains(&surface.command()) => {
            Ok(Ok((Task::Surface(surface), notices)))
        }
        Plan::Other(surface) => Err(no_surface(&surface)),
    });
    match task {
        Ok(Ok((task, notices))) => Start::Job(Box::new(Job::new(global, task, notices))),
        Ok(Err(exit)) => Start::Finished(exit),
        Err(fault) => {
            // A form of findings that was refused is not the form to say so in.
            let is_refused = !may_find && global.output.of_findings().is_some();
            let output = if is_refused { OutputMode::Text } else { global.output };
            report(&fault, &Global { output, ..global }, terminal);
            Start::Finished(Exit::of_fault_in(&fault, verb))
        }
    }
}

/// [`start`] and [`Job::run`] in one, where a runtime is there anyway.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    mut terminal: Terminal,
    connect: &dyn Connect,
) -> Exit {
    match start(arguments, &mut terminal, &connect.offer()) {
        Start::Finished(exit) => exit,
        Start::Job(job) => job.run(terminal, connect).await,
    }
}

/// The words as a command line; help and usage errors are printed here.
fn parse(arguments: Vec<OsString>, terminal: &mut Terminal, offer: &Offer) -> Result<Line, Exit> {
    let width = (terminal.columns)().unwrap_or(100);
    let mut command = manual::command(offer).term_width(width.min(120));
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|mut matches| Line::from_arg_matches_mut(&mut matches));
    parsed.map_err(|error| {
        let to_output = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        if to_output {
            let coloured = terminal.colours(ColorMode::Auto, terminal.output_is_terminal);
            let text = error.render();
            let text = if coloured { text.ansi().to_string() } else { text.to_string() };
            return print(terminal, text.as_bytes());
        }
        // What was typed is said again, and may hold anything.
        let text = quillon_text::terminal_safe(&error.to_string()).into_owned();
        let _ = terminal.errors.write_all(text.as_bytes());
        Exit::USAGE
    })
}

/// The task of a chat, with what it needs from standard input.
fn chat_task(
    chat: &arguments::Chat,
    global: &Global,
    terminal: &mut Terminal,
    offer: &Offer,
) -> Result<(Task, Vec<Event>), Fault> {
    let is_conversation = chat::is_conversation(chat, global, terminal);
    let can_ask = terminal.can_ask(global.output) && !chat.no_interactive;
    let mut inputs = Inputs::new(terminal, false);
    let opening = chat::opening(chat, is_conversation, &mut inputs)?;
    let conversation = Conversation::new(chat, global, !can_ask);
    if let Opening::Once { prompt, .. } = &opening
        && !chat.prompt.is_empty()
        && chat::is_slash(prompt)
    {
        let planned = chat::plan_once(prompt, offer, &mut inputs)?;
        return Ok((Task::Ask(Box::new(planned)), inputs.notices));
    }
    Ok((Task::Chat { conversation, opening, wrap: chat.wrap, can_ask }, inputs.notices))
}

fn finish_here(here: &Here, terminal: &mut Terminal, offer: &Offer) -> Result<Exit, Fault> {
    let bytes = match here {
        Here::Schema => manual::schema(),
        Here::Completion(shell) => manual::completions(offer, *shell),
        Here::Man(words) => manual::page(offer, words).ok_or_else(|| {
            let message = format!("there is no command `{}`", words.join(" "));
            Fault::new(FaultCode::InputInvalid, message).hint("`quillon --help` lists the commands")
        })?,
    };
    Ok(print(terminal, &bytes))
}

/// Prints what needs no road. A reader that has seen enough is no failure.
fn print(terminal: &mut Terminal, bytes: &[u8]) -> Exit {
    match terminal.output.write_all(bytes).and_then(|()| terminal.output.flush()) {
        Ok(()) => Exit::DONE,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::DONE,
        Err(_) => Exit::FAULT,
    }
}

/// Says a fault that came before anything was asked.
fn report(fault: &Fault, global: &Global, terminal: &mut Terminal) -> Exit {
    let coloured = terminal.colours(global.color, terminal.errors_is_terminal);
    if global.output == OutputMode::Text {
        let _ = terminal.errors.write_all(quillon_render::fault_text(fault, coloured).as_bytes());
        return Exit::of_fault(fault);
    }
    let _ = job::output_of(terminal, global, Wrap::Auto).fault(fault);
    Exit::of_fault(fault)
}

fn no_surface(surface: &OtherSurface) -> Fault {
    let message = format!("this build has no `quillon {}` yet", surface.command());
    Fault::new(FaultCode::CapabilityUnavailable, message)
        .hint("`quillon --help` marks what this build answers")
}
