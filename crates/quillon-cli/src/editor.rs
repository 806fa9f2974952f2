//! Lines that are typed: the editor as a trait, so that tests type by script, and the one of this process.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use quillon_base::{Fault, FaultCode};
use rustyline::completion::{Completer, Pair};
use rustyline::config::{Behavior, Configurer};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Context, Editor, Event, EventContext,
    EventHandler, Helper, KeyEvent, Modifiers, Movement, RepeatCount,
};

use crate::typeahead::EnterKept;

/// The most prompts that are kept for the next time.
const HISTORY_ENTRIES_MAX: usize = 1_000;
/// The longest prompt that is kept for the next time, in bytes.
const HISTORY_ENTRY_BYTES_MAX: usize = 16 * 1024;

/// What is to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What stands before the cursor.
    pub prompt: String,
    /// What kind of text it is.
    pub kind: WantedKind,
}

/// Kinds of text that are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedKind {
    /// A prompt, over one or more lines; `keep` says whether it may be kept for the next time.
    Prompt {
        /// Whether it may be kept.
        keep: bool,
    },
    /// An answer on one line.
    Answer,
    /// A secret: not shown, not kept.
    Secret,
}

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A text.
    Text(String),
    /// Ctrl-C on an empty line.
    Interrupt,
    /// Ctrl-D on an empty line, or the end of the input.
    End,
}

/// What could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// The byte where the completed word starts.
    pub start: usize,
    /// What to put there, and what to show for it.
    pub candidates: Vec<(String, String)>,
}

/// Finds what could stand at the cursor.
pub trait Complete: Send + Sync {
    /// For a line and the byte of the cursor in it.
    fn complete(&self, line: &str, cursor: usize) -> Completions;
}

/// Reads lines that are typed. It is called on a thread that may block.
pub trait LineEditor: Send {
    /// Reads one text.
    ///
    /// # Errors
    /// `file.unreadable` when the terminal cannot be read, or cannot hide a secret.
    fn read(&mut self, wanted: &Wanted, complete: Option<Arc<dyn Complete>>) -> Result<Typed, Fault>;
}

/// The line editor of this process, made when it is first needed.
pub(crate) struct ProcessEditor {
    history: Option<PathBuf>,
    dumb: bool,
    to_stdout: bool,
    editor: Option<Editor<Assistant, FileHistory>>,
    /// Held while there is an editor; dropped after it.
    enter: Option<EnterKept>,
}

impl fmt::Debug for ProcessEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessEditor").field("history", &self.history).finish_non_exhaustive()
    }
}

impl ProcessEditor {
    pub(crate) const fn new(history: Option<PathBuf>, dumb: bool, to_stdout: bool) -> Self {
        Self { history, dumb, to_stdout, editor: None, enter: None }
    }

    fn editor(&mut self) -> Result<&mut Editor<Assistant, FileHistory>, ReadlineError> {
        if self.editor.is_none() {
            self.enter = Some(EnterKept::hold());
            self.editor = Some(self.start()?);
        }
        self.editor.as_mut().ok_or(ReadlineError::Eof)
    }

    fn start(&self) -> Result<Editor<Assistant, FileHistory>, ReadlineError> {
        // What is asked must not get into an answer that goes to a file.
        let behaviour = if self.to_stdout { Behavior::Stdio } else { Behavior::PreferTerm };
        let config = Config::builder()
            .max_history_size(HISTORY_ENTRIES_MAX)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .behavior(behaviour)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Assistant::default()));
        editor.bind_sequence(KeyEvent::ctrl('J'), Cmd::Newline);
        editor.bind_sequence(KeyEvent(rustyline::KeyCode::Enter, Modifiers::ALT), Cmd::Newline);
        editor.bind_sequence(KeyEvent::ctrl('C'), EventHandler::Conditional(Box::new(ClearOrInterrupt)));
        if let Some(history) = &self.history {
            // The first time there is none; a damaged one is not worth stopping for.
            let _ = editor.load_history(history);
        }
        Ok(editor)
    }

    fn keep(&mut self, text: &str) {
        let (Some(editor), Some(history)) = (&mut self.editor, &self.history) else {
            return;
        };
        if text.trim().is_empty() || text.len() > HISTORY_ENTRY_BYTES_MAX {
            return;
        }
        let added = editor.add_history_entry(text);
        // The conversation goes on without a history when the disk does not take it.
        if matches!(added, Ok(true)) {
            let _ = editor.append_history(history);
        }
    }
}

impl LineEditor for ProcessEditor {
    fn read(&mut self, wanted: &Wanted, complete: Option<Arc<dyn Complete>>) -> Result<Typed, Fault> {
        let secret = wanted.kind == WantedKind::Secret;
        if secret && self.dumb {
            let message = "this terminal cannot hide what is typed";
            return Err(Fault::new(FaultCode::FileUnreadable, message).hint("use another terminal"));
        }
        let unreadable =
            |error| Fault::new(FaultCode::FileUnreadable, "the terminal cannot be read").inner(error);
        let editor = self.editor().map_err(unreadable)?;
        editor.set_color_mode(if secret { ColorMode::Forced } else { ColorMode::Enabled });
        if let Some(assistant) = editor.helper_mut() {
            let multiline = matches!(wanted.kind, WantedKind::Prompt { .. });
            *assistant = Assistant { complete, secret, multiline };
        }
        let typed = match editor.readline(&wanted.prompt) {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => return Ok(Typed::Interrupt),
            Err(ReadlineError::Eof) => return Ok(Typed::End),
            Err(error) => return Err(unreadable(error)),
        };
        if wanted.kind == (WantedKind::Prompt { keep: true }) {
            self.keep(&typed);
        }
        Ok(Typed::Text(typed))
    }
}

/// What helps while a line is typed.
#[derive(Default)]
struct Assistant {
    complete: Option<Arc<dyn Complete>>,
    secret: bool,
    multiline: bool,
}

impl Helper for Assistant {}

impl Hinter for Assistant {
    type Hint = String;
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let Some(complete) = &self.complete else {
            return Ok((pos, Vec::new()));
        };
        let Completions { start, candidates } = complete.complete(line, pos);
        let pair = |(replacement, display)| Pair { display, replacement };
        Ok((start, candidates.into_iter().map(pair).collect()))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        // The editor measures the line itself; what is shown must be as wide.
        if self.secret { Cow::Owned(" ".repeat(quillon_render::columns(line))) } else { Cow::Borrowed(line) }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.secret && kind != CmdKind::MoveCursor
    }
}

impl Validator for Assistant {
    /// A line that ends in a backslash goes on.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let goes_on = self.multiline && context.input().ends_with('\\');
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

/// Ctrl-C clears what was typed; on an empty line it interrupts.
struct ClearOrInterrupt;

impl ConditionalEventHandler for ClearOrInterrupt {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        Some(if context.line().is_empty() { Cmd::Interrupt } else { Cmd::Kill(Movement::WholeBuffer) })
    }
}
