//! Events as text for people, one after the other.
//!
//! The answer goes to standard output; what is said beside it (notices, tools, progress, questions, who answered) to
//! standard error, so that a pipe carries the answer alone. Start at [`TextRenderer::event`].

use quillon_contract::Event;
use quillon_contract::ask::SetApart;
use quillon_contract::event::{Artifact, Finding, Notice, NoticeLevel, Plan, Progress, Skipped, Usage};
use quillon_text::terminal_safe;

use crate::look::{Look, Palette, paint};
use crate::markdown::Markdown;
use crate::width::one_line;
use crate::{blocks, chart, notes, patch, reference, table};

/// What takes a line of progress away.
const CLEAR_LINE: &str = "\r\u{1b}[K";

/// The files that are left out of which each is said by name.
const SKIPPED_NAMED_MAX: usize = 20;

/// Text and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// To standard output.
    Out(String),
    /// To standard error.
    Err(String),
}

/// Turns the events of one answer into text.
#[derive(Debug)]
pub struct TextRenderer {
    look: Look,
    out: Palette,
    err: Palette,
    markdown: Markdown,
    last: Last,
    /// How many line ends stand at the end of standard output.
    line_ends: usize,
    plan: Option<Plan>,
    used: Vec<Usage>,
    /// Whether a line of progress is on the screen.
    moving: bool,
    /// The file under whose heading findings stand, and the kind of files that were set apart.
    heading: (Option<String>, Option<SetApart>),
    /// How many files were left out.
    skipped: usize,
}

/// What went to standard output last; blocks are set off by an empty line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Nothing,
    Text,
    Block,
    Steps,
}

impl TextRenderer {
    /// Starts an answer.
    #[must_use]
    pub fn new(look: Look) -> Self {
        Self {
            look,
            out: Palette::new(look.out_colour),
            err: Palette::new(look.err_colour),
            markdown: Markdown::new(&look),
            last: Last::Nothing,
            line_ends: 0,
            plan: None,
            used: Vec::new(),
            moving: false,
            heading: (None, None),
            skipped: 0,
        }
    }

    /// The text of the next event.
    pub fn event(&mut self, event: &Event) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if !matches!(event, Event::Progress(_)) {
            self.stop_moving(&mut pieces);
        }
        match event {
            Event::Text { text } => self.text(text, &mut pieces),
            Event::Suggestion(found) => self.block(blocks::suggestion(found, &self.out), &mut pieces),
            // What was taken back is counted in a notice; people need not read it again.
            Event::Finding(found) if found.suppressed.is_some() => {}
            Event::Finding(found) => self.finding(found, &mut pieces),
            Event::Skipped(found) => self.skipped(found, &mut pieces),
            Event::Patch(found) => self.block(patch::patch(found, &self.out), &mut pieces),
            Event::Table(found) => self.block(table::table(found, self.look.width, &self.out), &mut pieces),
            Event::Chart(found) => self.block(chart::chart(found, self.look.width, &self.out), &mut pieces),
            Event::Reference(found) => self.block(reference::reference(found, &self.out), &mut pieces),
            Event::Plan(found) => self.plan(found, &mut pieces),
            Event::Artifact(found) => self.artifact(found, &mut pieces),
            Event::Progress(found) => self.progress(found, &mut pieces),
            Event::Notice(found) if self.look.quiet && found.level == NoticeLevel::Info => {}
            Event::Notice(found) => self.beside(notes::notice(found, &self.err), &mut pieces),
            Event::Tool(_) if self.look.quiet => {}
            Event::Tool(found) => self.beside(notes::tool(found, &self.err), &mut pieces),
            Event::Question(found) => {
                self.beside(notes::question_text(found, self.look.err_colour), &mut pieces);
            }
            Event::Usage(found) => self.used.push(*found),
            Event::End(end) => {
                self.finish(&mut pieces);
                self.skipped_more(&mut pieces);
                let text = notes::end(end, &self.used, &self.look, &self.err);
                self.beside(text, &mut pieces);
            }
        }
        pieces.retain(|piece| !matches!(piece, Piece::Out(text) | Piece::Err(text) if text.is_empty()));
        pieces
    }

    /// Says that the cursor is at the start of a line, whatever was written: the terminal itself ended the line.
    pub fn at_line_start(&mut self) {
        self.markdown.make_room();
    }

    /// What is left to show when an answer breaks off without an end.
    pub fn break_off(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.stop_moving(&mut pieces);
        self.finish(&mut pieces);
        pieces.retain(|piece| !matches!(piece, Piece::Out(text) | Piece::Err(text) if text.is_empty()));
        pieces
    }

    fn text(&mut self, text: &str, pieces: &mut Vec<Piece>) {
        let mut text = text;
        if matches!(self.last, Last::Block | Last::Steps) {
            // The empty line before it is there in any case, so that one that comes with it would be the second.
            text = text.trim_start_matches(['\n', '\r']);
            if text.is_empty() {
                return;
            }
            self.set_off(pieces);
        }
        let text = self.markdown.push(text);
        self.answer(text, pieces);
        self.last = Last::Text;
    }

    fn block(&mut self, text: String, pieces: &mut Vec<Piece>) {
        self.finish(pieces);
        self.set_off(pieces);
        self.answer(text, pieces);
        self.last = Last::Block;
    }

    /// A finding, under a heading where a new file or a new kind of files begins.
    fn finding(&mut self, found: &Finding, pieces: &mut Vec<Piece>) {
        let mut text = String::new();
        if self.heading.1 != found.apart {
            self.heading = (None, found.apart);
            text.push_str(&blocks::apart(found.apart, &self.out));
        }
        if self.look.by_file && self.heading.0.as_ref() != Some(&found.place.path) {
            self.heading.0 = Some(found.place.path.clone());
            text.push_str(&format!("{}\n", paint(self.out.heading, one_line(&found.place.path))));
        }
        text.push_str(&blocks::finding(found, &self.look, &self.out));
        self.block(text, pieces);
    }

    /// Something that was left out, as long as the list is short.
    fn skipped(&mut self, found: &Skipped, pieces: &mut Vec<Piece>) {
        self.skipped += 1;
        if self.skipped <= SKIPPED_NAMED_MAX {
            self.beside(notes::skipped(found, &self.err), pieces);
        }
    }

    fn skipped_more(&mut self, pieces: &mut Vec<Piece>) {
        let more = self.skipped.saturating_sub(SKIPPED_NAMED_MAX);
        if more > 0 {
            let text = format!("{more} more files were left out; `--output json` names them");
            let notice = Notice { level: NoticeLevel::Warning, text };
            self.beside(notes::notice(&notice, &self.err), pieces);
        }
    }

    /// One empty line after what is there, if anything is.
    fn set_off(&mut self, pieces: &mut Vec<Piece>) {
        if self.last != Last::Nothing {
            let missing = 2usize.saturating_sub(self.line_ends);
            self.answer("\n".repeat(missing), pieces);
        }
    }

    /// Ends the text before something that is not text.
    fn finish(&mut self, pieces: &mut Vec<Piece>) {
        let rest = self.markdown.finish();
        self.answer(rest, pieces);
    }

    /// Text for standard output.
    fn answer(&mut self, text: String, pieces: &mut Vec<Piece>) {
        let line_ends = text.bytes().rev().take_while(|byte| *byte == b'\n').count();
        self.line_ends = if line_ends == text.len() { self.line_ends + line_ends } else { line_ends };
        pieces.push(Piece::Out(text));
    }

    /// A plan that only moved on is not shown whole again.
    fn plan(&mut self, plan: &Plan, pieces: &mut Vec<Piece>) {
        let change = self.plan.as_ref().and_then(|before| blocks::plan_change(before, plan, &self.out));
        match change {
            Some(steps) if steps.is_empty() => return,
            Some(steps) if self.last == Last::Steps => self.answer(steps, pieces),
            Some(steps) => self.block(steps, pieces),
            None => self.block(blocks::plan(plan, &self.out), pieces),
        }
        self.last = Last::Steps;
        self.plan = Some(plan.clone());
    }

    /// What is made goes to a pipe exactly as it is; a terminal gets it safe.
    fn artifact(&mut self, artifact: &Artifact, pieces: &mut Vec<Piece>) {
        let mut text = if self.look.out_terminal {
            terminal_safe(&artifact.text).into_owned()
        } else {
            artifact.text.clone()
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.finish(pieces);
        if !self.look.quiet {
            let head = format!("`{}` ({})\n", one_line(&artifact.name), one_line(&artifact.media_type));
            self.beside(head, pieces);
        }
        self.answer(text, pieces);
        self.last = Last::Block;
    }

    fn progress(&mut self, progress: &Progress, pieces: &mut Vec<Piece>) {
        let in_the_way = self.look.shared && self.markdown.is_within_line();
        if !self.look.live || self.look.quiet || in_the_way {
            return;
        }
        let line = notes::progress(progress, self.look.width);
        pieces.push(Piece::Err(format!("{CLEAR_LINE}{line}")));
        self.moving = true;
    }

    fn stop_moving(&mut self, pieces: &mut Vec<Piece>) {
        if std::mem::take(&mut self.moving) {
            pieces.push(Piece::Err(CLEAR_LINE.to_owned()));
        }
    }

    /// Text for standard error, which must not start within a line of the answer on the same screen.
    fn beside(&mut self, text: String, pieces: &mut Vec<Piece>) {
        if self.look.shared && !text.is_empty() {
            let line_end = self.markdown.make_room().to_owned();
            self.answer(line_end, pieces);
        }
        pieces.push(Piece::Err(text));
    }
}

/// Makes escapes visible, for snapshots.
#[cfg(test)]
pub(crate) fn visible(text: &str) -> String {
    text.replace('\u{1b}', "␛").replace('\r', "␍")
}

#[cfg(test)]
mod tests;
