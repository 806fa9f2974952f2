//! Where answers go: events to text, JSON, JSON lines, SARIF or a page, to the two streams.

use std::io::{ErrorKind, Write};

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::event::{End, Notice, Outcome};
use quillon_render::{Document, Html, Look, Piece, Sarif, TextRenderer, fault_text, json_line};

use crate::arguments::OutputMode;

/// Why nothing more can be written.
#[derive(Debug)]
pub(crate) enum Gone {
    /// The reader closed the pipe. It has what it wanted.
    Closed,
    /// The stream failed.
    Failed(Fault),
}

/// The streams, and how answers are written to them.
pub(crate) struct Output {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    look: Look,
    mode: OutputMode,
    form: Form,
    only_row: Option<String>,
}

enum Form {
    Text(Box<TextRenderer>),
    Document(Box<Document>),
    Lines,
    Sarif(Box<Sarif>),
    Html(Box<Html>),
}

impl Form {
    fn new(mode: OutputMode, look: Look) -> Self {
        match mode {
            OutputMode::Text => Self::Text(Box::new(TextRenderer::new(look))),
            OutputMode::Json => Self::Document(Box::default()),
            OutputMode::Jsonl => Self::Lines,
            OutputMode::Sarif => Self::Sarif(Box::default()),
            OutputMode::Html => Self::Html(Box::default()),
        }
    }
}

impl Output {
    pub(crate) fn new(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        mode: OutputMode,
        look: Look,
    ) -> Self {
        Self { out, err, look, mode, form: Form::new(mode, look), only_row: None }
    }

    /// Starts the next answer.
    pub(crate) fn begin(&mut self, mode: OutputMode, look: Look, only_row: Option<String>) {
        self.form = Form::new(mode, look);
        (self.mode, self.look, self.only_row) = (mode, look, only_row);
    }

    /// Writes an event.
    pub(crate) fn event(&mut self, event: &Event) -> Result<(), Gone> {
        let narrowed = self.narrowed(event);
        let event = narrowed.as_ref().unwrap_or(event);
        match &mut self.form {
            Form::Text(renderer) => {
                let pieces = renderer.event(event);
                self.pieces(pieces)
            }
            Form::Document(document) => {
                document.add(event.clone());
                if !matches!(event, Event::End(_)) {
                    return Ok(());
                }
                let text = document.text();
                self.raw(text.as_bytes())
            }
            Form::Lines => self.raw(json_line(event).as_bytes()),
            Form::Sarif(sarif) => {
                sarif.add(event.clone());
                if !matches!(event, Event::End(_)) {
                    return Ok(());
                }
                let text = sarif.text();
                self.raw(text.as_bytes())
            }
            Form::Html(page) => {
                page.add(event.clone());
                if !matches!(event, Event::End(_)) {
                    return Ok(());
                }
                let text = page.text();
                self.raw(text.as_bytes())
            }
        }
    }

    /// Writes a fault that did not come as the end of an answer, where such a fault is looked for.
    pub(crate) fn fault(&mut self, fault: &Fault) -> Result<(), Gone> {
        if let Form::Text(renderer) = &mut self.form {
            let pieces = renderer.break_off();
            self.pieces(pieces)?;
            self.fault_beside(fault);
            return Ok(());
        }
        let outcome = Outcome::Failed { fault: fault.clone() };
        self.event(&Event::End(End::of(outcome)))
    }

    /// Ends the line in which a terminal shows `^C`.
    pub(crate) fn interrupted(&mut self) {
        if let Form::Text(renderer) = &mut self.form
            && self.look.live
        {
            renderer.at_line_start();
            self.beside("\n");
        }
    }

    /// Says something that is not the end: as a fault to people, as a warning to scripts.
    pub(crate) fn remark(&mut self, fault: &Fault) -> Result<(), Gone> {
        match &self.form {
            Form::Text(_) => {
                self.fault_beside(fault);
                Ok(())
            }
            Form::Document(_) | Form::Lines | Form::Sarif(_) | Form::Html(_) => {
                self.event(&Notice::warning(fault.to_string()))
            }
        }
    }

    /// Writes to standard output as it is.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.out.write_all(bytes).and_then(|()| self.out.flush()).map_err(gone)
    }

    /// Writes to standard error. That nobody reads it is no reason to stop.
    pub(crate) fn beside(&mut self, text: &str) {
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }

    /// Writes a fault to standard error, whatever form answers have.
    pub(crate) fn fault_beside(&mut self, fault: &Fault) {
        self.beside(&fault_text(fault, self.look.err_colour));
    }

    fn pieces(&mut self, pieces: Vec<Piece>) -> Result<(), Gone> {
        for piece in pieces {
            match piece {
                Piece::Out(text) => self.raw(text.as_bytes())?,
                Piece::Err(text) => self.beside(&text),
            }
        }
        Ok(())
    }

    /// A table with only the row that is wanted.
    fn narrowed(&self, event: &Event) -> Option<Event> {
        let (Some(name), Event::Table(table)) = (&self.only_row, event) else {
            return None;
        };
        let mut table = table.clone();
        table.rows.retain(|row| row.first() == Some(name));
        Some(Event::Table(table))
    }
}

fn gone(error: std::io::Error) -> Gone {
    match error.kind() {
        ErrorKind::BrokenPipe => Gone::Closed,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Gone::Failed(Fault::new(FaultCode::DiskFull, "there is no room to write the answer").inner(error))
        }
        _ => Gone::Failed(
            Fault::new(FaultCode::FileUnreadable, "standard output cannot be written").inner(error),
        ),
    }
}
