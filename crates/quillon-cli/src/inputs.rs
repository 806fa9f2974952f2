//! What an ask takes from outside the command line: standard input and files that are named.

use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use quillon_base::{Fault, FaultCode, Secret};
use quillon_contract::Event;
use quillon_contract::event::Notice;

use crate::terminal::Terminal;

/// The most that is read from standard input, as in Amazon Q for one message.
pub const INPUT_BYTES_MAX: usize = 400 * 1024;
/// The most that is read from a file that the command line names.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// The most that is read from a policy's file. What is longer than a policy may be is refused by who reads policies.
pub const POLICY_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// After this long without standard input someone is told what is being waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads what asks need.
pub(crate) struct Inputs<'t> {
    terminal: &'t mut Terminal,
    /// Whether standard input is the keyboard of a conversation.
    conversing: bool,
    /// What is worth knowing about what was read.
    pub(crate) notices: Vec<Event>,
}

impl<'t> Inputs<'t> {
    pub(crate) const fn new(terminal: &'t mut Terminal, conversing: bool) -> Self {
        Self { terminal, conversing, notices: Vec::new() }
    }

    /// Words as one text; standard input instead, if they are missing or `-`.
    pub(crate) fn words(&mut self, words: &[String], what: &str) -> Result<String, Fault> {
        if !(words.is_empty() || words == ["-"]) {
            return limited(words.join(" "));
        }
        let text = self.piped()?.unwrap_or_default();
        if text.trim().is_empty() {
            let hint = "give it as an argument or on standard input";
            return Err(Fault::new(FaultCode::InputInvalid, format!("{what} is missing")).hint(hint));
        }
        Ok(text)
    }

    /// All of standard input as text, if something was piped in.
    pub(crate) fn piped(&mut self) -> Result<Option<String>, Fault> {
        if self.conversing || self.terminal.input_is_terminal {
            return Ok(None);
        }
        let bytes = self.read_input()?;
        if bytes.len() > INPUT_BYTES_MAX {
            let message = format!("standard input is longer than {} KiB", INPUT_BYTES_MAX / 1024);
            return Err(Fault::new(FaultCode::InputInvalid, message)
                .hint("give a part of it, or name files with `@path`"));
        }
        let Some(decoded) = quillon_text::decode(&bytes) else {
            return Err(Fault::new(FaultCode::FileBinary, "standard input is not text")
                .hint("name files with `@path`"));
        };
        if decoded.lossy {
            let encoding = decoded.encoding;
            self.notices
                .push(Notice::warning(format!("standard input is not UTF-8; it was read as {encoding}")));
        }
        Ok(Some(decoded.text))
    }

    /// A secret that is piped in; without one it is asked for.
    pub(crate) fn secret(&mut self) -> Result<Option<Secret<String>>, Fault> {
        let secret = self.piped()?.map(Secret::new);
        // Not of this secret's text: what it looks like is nobody's business.
        self.notices.clear();
        Ok(secret.filter(|secret| !secret.expose().trim().is_empty()))
    }

    /// Reads on a thread of its own, so that a pipe that stays empty can be remarked upon.
    fn read_input(&mut self) -> Result<Vec<u8>, Fault> {
        let input = std::mem::replace(&mut self.terminal.input, Box::new(std::io::empty()));
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = input.take(INPUT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
            // Nobody may be waiting any more.
            let _ = sender.send(read.map(|_| bytes));
        });
        let read = match receiver.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.terminal.errors.write_all(
                    b"note: waiting for the end of standard input; use `< /dev/null` if there is none\n",
                );
                receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
            }
            read => read,
        };
        let unreadable = || Fault::new(FaultCode::FileUnreadable, "standard input cannot be read");
        read.map_err(|_| unreadable())?.map_err(|error| unreadable().inner(error))
    }

    /// A file that the command line names, as text; `-` is standard input.
    pub(crate) fn file(&mut self, path: &Path) -> Result<String, Fault> {
        self.file_up_to(path, FILE_BYTES_MAX)
    }

    /// A policy's file, as [`Inputs::file`].
    pub(crate) fn policy(&mut self, path: &Path) -> Result<String, Fault> {
        self.file_up_to(path, POLICY_FILE_BYTES_MAX)
    }

    fn file_up_to(&mut self, path: &Path, bytes_max: u64) -> Result<String, Fault> {
        let shown = path.display();
        if path == Path::new("-") {
            let missing = || {
                Fault::new(FaultCode::InputInvalid, "`-` is standard input, and nothing is piped in")
                    .hint("name a file")
            };
            return self.piped()?.ok_or_else(missing);
        }
        let read = (self.terminal.read_file)(&self.terminal.folder.join(path), bytes_max);
        let bytes = read.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Fault::new(FaultCode::FileMissing, format!("there is no file `{shown}`"))
            }
            _ => Fault::new(FaultCode::FileUnreadable, format!("`{shown}` cannot be read"))
                .hint(error.to_string()),
        })?;
        if bytes.len() as u64 > bytes_max {
            let message = format!("`{shown}` is longer than {} KiB", bytes_max / 1024);
            return Err(Fault::new(FaultCode::FileTooLarge, message).hint("split it into several"));
        }
        // What is read so decides about others (policies, keys, proofs), so no encoding is guessed at.
        match quillon_text::decode(&bytes) {
            Some(decoded) if !decoded.lossy => Ok(decoded.text),
            _ => Err(Fault::new(FaultCode::FileBinary, format!("`{shown}` is not text in UTF-8"))),
        }
    }

    /// A path as the workspace names it: relative to its folder where it lies within.
    pub(crate) fn within(&self, path: &str) -> String {
        let relative = Path::new(path).strip_prefix(&self.terminal.folder).ok().and_then(Path::to_str);
        let path = match relative {
            Some("") => ".",
            Some(relative) => relative,
            None => path,
        };
        let mut short = path;
        while let Some(rest) = short.strip_prefix("./") {
            short = rest.trim_start_matches('/');
        }
        if short.is_empty() { ".".to_owned() } else { short.to_owned() }
    }

    /// A path that does not depend on the folder.
    pub(crate) fn absolute(&self, path: &Path) -> String {
        self.terminal.folder.join(path).to_string_lossy().into_owned()
    }
}

/// A text from the command line, which may not be longer than one from standard input.
pub(crate) fn limited(text: String) -> Result<String, Fault> {
    if text.len() > INPUT_BYTES_MAX {
        let message = format!("the text is longer than {} KiB", INPUT_BYTES_MAX / 1024);
        return Err(Fault::new(FaultCode::InputInvalid, message).hint("name files with `@path` instead"));
    }
    Ok(text)
}
