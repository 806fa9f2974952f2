//! What changed: the newest commits, of the whole workspace or of what the question names.

use quillon_base::Fault;
use quillon_contract::Event;
use quillon_contract::event::Table;

use super::history::{self, COMMITS_MAX, Commit, History};
use super::scene::{Scene, some};
use crate::answer::{Answer, code, counted};
use crate::explain::Chosen;

/// The most files of a commit that are named.
const FILES_NAMED_MAX: usize = 3;

/// Tells what changed.
///
/// # Errors
/// Those of asking and saying it.
pub(crate) async fn say(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let paths = paths(scene);
    let of = match paths.as_slice() {
        [] => "the workspace".to_owned(),
        paths => paths.iter().map(|path| code(path)).collect::<Vec<_>>().join(", "),
    };
    match history::recent(scene.passage, &paths, COMMITS_MAX).await? {
        History::None(why) => {
            answer.text(format!("Not found: there is no history of {of} to tell ({why}).\n")).await
        }
        History::Of(commits) => {
            let count = counted(commits.len(), "commit");
            answer.text(format!("The newest {count} that touched {of}:\n\n")).await?;
            let bytes = commits.iter().map(|commit| history::told(commit).len()).sum();
            answer.chose(Chosen::new("history", of, "changes were asked for", bytes));
            let columns = ["commit", "day", "author", "subject", "files"].map(str::to_owned).to_vec();
            let rows = commits.iter().map(row).collect();
            answer.aside(Event::Table(Table { title: "Commits".into(), columns, rows })).await
        }
    }
}

fn row(commit: &Commit) -> Vec<String> {
    let Commit { id, day, author, subject, files } = commit;
    let files = some(files.clone(), FILES_NAMED_MAX);
    vec![id.clone(), day.clone(), author.clone(), subject.clone(), files]
}

/// The files that the question names, itself or by what they define.
fn paths(scene: &Scene<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let named = |path: &str| {
        scene.query.files.iter().any(|file| {
            let file = file.path.as_str();
            path == file || path.ends_with(&format!("/{file}")) || path.starts_with(&format!("{file}/"))
        })
    };
    if !scene.query.files.is_empty() {
        // A folder is asked about as a whole, so that its history is not that of some of its files.
        let folders = scene.query.files.iter().map(|file| file.path.trim_end_matches('/'));
        let is_folder =
            |folder: &&str| scene.index().paths().any(|path| path.starts_with(&format!("{folder}/")));
        found.extend(folders.filter(is_folder).map(str::to_owned));
        if found.is_empty() {
            found.extend(scene.index().paths().filter(|path| named(path)).map(str::to_owned));
        }
    }
    found.extend(scene.context.folders.iter().cloned());
    found.extend(scene.context.files.iter().filter_map(|given| given.path().map(str::to_owned)));
    if found.is_empty() {
        let (definitions, _) = scene.named();
        found.extend(definitions.first().map(|best| best.path.to_owned()));
    }
    found.sort();
    found.dedup();
    found
}
