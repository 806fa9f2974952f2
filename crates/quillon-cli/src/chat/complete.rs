//! Completion at the prompt: commands after a slash, files after `@`.

use std::sync::Arc;
use std::time::Duration;

use quillon_base::SessionId;
use quillon_contract::{Gateway, Query};
use tokio::runtime::Handle;

use super::slash::{STEERING, command_names};
use crate::editor::{Complete, Completions};
use crate::session::Session;
use crate::{Offer, manual};

/// Completion that takes longer is not worth waiting for.
const WAIT: Duration = Duration::from_secs(1);

/// Completes at the prompt of a conversation.
pub(crate) struct ChatCompleter {
    gateway: Arc<dyn Gateway>,
    session: SessionId,
    runtime: Handle,
    /// The first words of commands, sorted.
    names: Vec<String>,
    command: clap::Command,
}

impl ChatCompleter {
    pub(crate) fn new(session: &Session, offer: &Offer) -> Self {
        let steering = STEERING.iter().filter_map(|(line, _)| line[1..].split(' ').next()).map(str::to_owned);
        let mut names: Vec<String> = steering.chain(command_names(offer)).collect();
        names.sort();
        names.dedup();
        Self {
            gateway: Arc::clone(&session.gateway),
            session: session.id,
            runtime: Handle::current(),
            names,
            command: manual::command(offer),
        }
    }

    /// Files that start so. A list that cannot be had in time is empty.
    fn files(&self, prefix: &str) -> Vec<String> {
        let query = self.gateway.query(self.session, Query::Files { prefix: prefix.to_owned() });
        let listing = self.runtime.block_on(async { tokio::time::timeout(WAIT, query).await });
        let items = listing.ok().and_then(Result::ok).map(|listing| listing.items).unwrap_or_default();
        items.into_iter().map(|item| item.id).collect()
    }
}

impl Complete for ChatCompleter {
    fn complete(&self, line: &str, cursor: usize) -> Completions {
        let before = line.get(..cursor).unwrap_or(line);
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let start = before.len() - word.len();
        if let Some(prefix) = word.strip_prefix('@') {
            let files = self.files(prefix).into_iter().filter(|file| can_stand(file));
            let candidates = files.map(|file| (format!("@{file} "), file)).collect();
            return Completions { start, candidates };
        }
        let Some(command) = before.strip_prefix('/') else {
            return Completions { start: cursor, candidates: Vec::new() };
        };
        let fitting = |names: Vec<String>, word: &str, slash: &str| {
            let fitting = names.into_iter().filter(|name| name.starts_with(word));
            fitting.map(|name| (format!("{slash}{name} "), format!("{slash}{name}"))).collect()
        };
        if start == 0 {
            return Completions { start, candidates: fitting(self.names.clone(), command, "/") };
        }
        let earlier: Vec<&str> = before[1..start].split_whitespace().collect();
        Completions { start, candidates: fitting(words_after(&self.command, &earlier), word, "") }
    }
}

/// Whether a name can stand in a prompt: as one word, and without a character that commands the terminal.
fn can_stand(file: &str) -> bool {
    !file.contains(char::is_whitespace) && quillon_text::terminal_safe(file) == file
}

/// What may follow the words of a command: its parts and its options.
fn words_after(command: &clap::Command, earlier: &[&str]) -> Vec<String> {
    let mut found = command;
    for word in earlier.iter().filter(|word| !word.starts_with('-')) {
        // A word that is no command is an argument; what may follow stays the same.
        if let Some(part) = found.find_subcommand(word) {
            found = part;
        }
    }
    let parts = found.get_subcommands().map(|part| part.get_name().to_owned());
    let options =
        found.get_arguments().filter(|argument| !argument.is_hide_set()).filter_map(clap::Arg::get_long);
    parts.chain(options.map(|option| format!("--{option}"))).collect()
}
