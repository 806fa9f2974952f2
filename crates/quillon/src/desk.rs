//! What a process hands to the command line: its surroundings, and the files that it names.

#![expect(
    clippy::disallowed_methods,
    reason = "what a person names on the command line is read for them, like standard input"
)]

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use quillon_cli::{Surroundings, Terminal};

use crate::home::{self, Home};

/// The terminal of this process. Without a home there is no history of what was typed.
pub(crate) fn terminal() -> Terminal {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    let surroundings = Surroundings {
        no_color: is_set("NO_COLOR"),
        dumb: is_dumb,
        folder: home::current_folder().unwrap_or_default(),
        history: Home::of_environment().ok().map(|home| home.history()),
    };
    Terminal::of_process(surroundings, Box::new(read_file), Box::new(write_file))
}

/// Says a line on standard output, for a surface that has no other voice there; whoever closed it does not listen.
pub(crate) fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// Replaces a file as a whole or not at all: a receipt that is half of one is worse than none.
fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    std::fs::write(&name, bytes)?;
    std::fs::rename(&name, path)
}

fn read_file(path: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
