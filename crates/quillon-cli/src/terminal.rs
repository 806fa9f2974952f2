//! The terminal, as values: streams, what they are, and what the person's desk offers. Tests bring one in memory.

use std::fmt;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use quillon_render::Look;

use crate::arguments::{ColorMode, OutputMode, Wrap};
use crate::editor::{LineEditor, ProcessEditor};
use crate::interrupts::Interrupts;

/// The width that `--wrap always` uses where there is no terminal.
const WIDTH_DEFAULT: usize = 80;
/// A terminal says nonsense when it is narrower than this.
const WIDTH_MIN: usize = 16;

/// Reads a file that the command line names: at most so many bytes and one more, by which one sees that it is longer.
pub type ReadFile = Box<dyn Fn(&Path, u64) -> std::io::Result<Vec<u8>> + Send>;

/// Writes a file that the command line names.
pub type WriteFile = Box<dyn Fn(&Path, &[u8]) -> std::io::Result<()> + Send + Sync>;

/// Everything that the command line touches beside the gateway.
pub struct Terminal {
    /// Standard input.
    pub input: Box<dyn Read + Send>,
    /// Standard output.
    pub output: Box<dyn Write + Send>,
    /// Standard error.
    pub errors: Box<dyn Write + Send>,
    /// Whether standard input is a terminal.
    pub input_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub output_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub errors_is_terminal: bool,
    /// How many columns the terminal has now.
    pub columns: Box<dyn Fn() -> Option<usize> + Send>,
    /// Whether nothing is to be coloured: `NO_COLOR` is set and not empty, or the terminal is a plain one.
    pub no_color: bool,
    /// The folder to work in.
    pub folder: PathBuf,
    /// Reads files that the command line names.
    pub read_file: ReadFile,
    /// Writes files that the command line names.
    pub write_file: WriteFile,
    /// Reads lines that are typed.
    pub editor: Box<dyn LineEditor>,
    /// Ctrl-C.
    pub interrupts: Interrupts,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// What a process knows about its terminal and the terminal does not.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Whether `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// Whether `TERM` is missing or `dumb`: no colour, no line editing, no hidden input.
    pub dumb: bool,
    /// The folder to work in.
    pub folder: PathBuf,
    /// Where prompts that were typed are kept for the next time; nowhere without it. The file is made with mode 0600,
    /// if it is not there; its folder must be.
    pub history: Option<PathBuf>,
}

impl Terminal {
    /// The terminal of this process.
    #[must_use]
    pub fn of_process(surroundings: Surroundings, read_file: ReadFile, write_file: WriteFile) -> Self {
        let Surroundings { no_color, dumb, folder, history } = surroundings;
        let (input, output, errors) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        let output_is_terminal = output.is_terminal();
        Self {
            input_is_terminal: input.is_terminal(),
            output_is_terminal,
            errors_is_terminal: errors.is_terminal(),
            input: Box::new(input),
            output: Box::new(output),
            errors: Box::new(errors),
            columns: Box::new(columns),
            no_color: no_color || dumb,
            folder,
            read_file,
            write_file,
            editor: Box::new(ProcessEditor::new(history, dumb, output_is_terminal)),
            interrupts: Interrupts::of_process(),
        }
    }

    /// Whether a stream of this kind is coloured.
    pub(crate) fn colours(&self, mode: ColorMode, is_terminal: bool) -> bool {
        match mode {
            ColorMode::Always => true,
            ColorMode::Never => false,
            ColorMode::Auto => is_terminal && !self.no_color,
        }
    }

    /// How answers look here.
    pub(crate) fn look(&self, color: ColorMode, quiet: bool, wrap: Wrap) -> Look {
        let width = || (self.columns)().filter(|columns| *columns >= WIDTH_MIN);
        let width = match wrap {
            Wrap::Always => width().or(Some(WIDTH_DEFAULT)),
            Wrap::Auto if self.output_is_terminal => width(),
            Wrap::Auto | Wrap::Never => None,
        };
        Look {
            out_colour: self.colours(color, self.output_is_terminal),
            err_colour: self.colours(color, self.errors_is_terminal),
            out_terminal: self.output_is_terminal,
            width,
            live: self.errors_is_terminal,
            shared: self.output_is_terminal && self.errors_is_terminal,
            quiet,
            by_file: false,
            names_conversation: false,
        }
    }

    /// Whether someone is there who can be asked.
    pub(crate) fn can_ask(&self, output: OutputMode) -> bool {
        self.input_is_terminal && self.errors_is_terminal && output == OutputMode::Text
    }
}

#[cfg(unix)]
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(std::io::stderr()));
    size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
const fn columns() -> Option<usize> {
    None
}

#[cfg(test)]
impl Terminal {
    /// A desk without a terminal: something piped in, one file, everything else dropped.
    pub(crate) fn for_tests(piped: &'static [u8]) -> Self {
        let (_, nothing) = tokio::sync::mpsc::unbounded_channel();
        let read_file = |path: &Path, _| match path.to_str() {
            Some("/srv/example/FILE") => Ok(b"{}".to_vec()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        };
        Self {
            input: Box::new(piped),
            output: Box::new(std::io::sink()),
            errors: Box::new(std::io::sink()),
            input_is_terminal: false,
            output_is_terminal: false,
            errors_is_terminal: false,
            columns: Box::new(|| None),
            no_color: false,
            folder: "/srv/example".into(),
            read_file: Box::new(read_file),
            write_file: Box::new(|_, _| Ok(())),
            editor: Box::new(ProcessEditor::new(None, true, true)),
            interrupts: Interrupts::given(nothing),
        }
    }
}
