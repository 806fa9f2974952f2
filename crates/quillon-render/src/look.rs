//! How output looks: what the terminal can do, and the few styles that are used.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// What the place that text goes to can do. The default is a pipe: no colour, no width, nothing moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether standard output may be coloured.
    pub out_colour: bool,
    /// Whether standard error may be coloured.
    pub err_colour: bool,
    /// Whether standard output is a terminal, where nothing may go that commands it.
    pub out_terminal: bool,
    /// Columns of the terminal, where prose is wrapped; without it nothing is.
    pub width: Option<usize>,
    /// Whether standard error is a terminal, where a line of progress may come and go.
    pub live: bool,
    /// Whether both streams reach the same screen, so that lines of one must not cut lines of the other.
    pub shared: bool,
    /// Whether only the answer, warnings and faults are wanted.
    pub quiet: bool,
    /// Whether findings stand under the names of their files.
    pub by_file: bool,
    /// Whether the end names the conversation, for a later `--resume`.
    pub names_conversation: bool,
}

/// The styles of one stream. Each stands for something that the text also says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Palette {
    pub(crate) heading: Style,
    pub(crate) strong: Style,
    pub(crate) emphasis: Style,
    pub(crate) code: Style,
    pub(crate) quiet: Style,
    pub(crate) error: Style,
    pub(crate) warning: Style,
    pub(crate) added: Style,
    pub(crate) removed: Style,
}

impl Palette {
    const COLOURED: Self = Self {
        heading: Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Blue))),
        strong: Style::new().bold(),
        emphasis: Style::new().italic(),
        code: Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan))),
        quiet: Style::new().dimmed(),
        error: Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))),
        warning: Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
        added: Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
        removed: Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))),
    };

    pub(crate) fn new(coloured: bool) -> Self {
        if coloured { Self::COLOURED } else { Self::default() }
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.strong == Style::new()
    }
}

/// Text in a style; the plain style adds nothing.
pub(crate) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
