//! How the project is built, tested and run, as its own files say it.

use quillon_contract::Event;
use quillon_contract::event::Table;
use quillon_workspace::{Does, ProjectCommand};

use crate::answer::spot;

/// The most commands that an answer shows.
const COMMANDS_SHOWN_MAX: usize = 16;

/// The commands as a table, each with the file that stands for it.
pub(crate) fn table(commands: &[ProjectCommand]) -> Event {
    let columns = ["what", "command", "in", "says"].map(str::to_owned).to_vec();
    let row = |said: &ProjectCommand| {
        let what = match said.does {
            Does::Install => "install",
            Does::Build => "build",
            Does::Test => "test",
            Does::Run => "run",
            Does::Lint => "check style",
        };
        let folder = if said.folder.is_empty() { "." } else { &said.folder };
        vec![what.into(), said.command.clone(), folder.into(), spot(&said.path, said.line)]
    };
    let mut rows: Vec<&ProjectCommand> = commands.iter().take(COMMANDS_SHOWN_MAX).collect();
    rows.sort_by_key(|said| said.does);
    let title = "How it is built, tested and run".to_owned();
    Event::Table(Table { title, columns, rows: rows.into_iter().map(row).collect() })
}
