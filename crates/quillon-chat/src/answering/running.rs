//! How the project is built, tested and run, as its own files say it.

use quillon_base::Fault;
use quillon_retrieve::Hit;
use quillon_workspace::{Does, ProjectCommand, Role};

use super::passages;
use super::scene::{Scene, at};
use crate::answer::{Answer, code, reference};
use crate::selection;

/// The most passages that are looked at for them.
const LOOKED_AT_MAX: usize = 30;
/// The most passages of documentation that are shown beside the commands.
const PASSAGES_MAX: usize = 2;

/// Tells how it is done, the command that was asked for first.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn say(
    scene: &Scene<'_>,
    answer: &mut Answer<'_>,
    asked: Option<Does>,
) -> Result<(), Fault> {
    let commands = &scene.workspace.commands;
    answer.text(opening(commands, asked)).await?;
    if commands.len() > 1 {
        answer.aside(crate::commands::table(commands)).await?;
    }
    let hits = scene.index().search(&scene.query, LOOKED_AT_MAX);
    let shown = if commands.is_empty() { scene.limit } else { PASSAGES_MAX.min(scene.limit) };
    let prose: Vec<_> = hits.into_iter().filter(|hit| says_how(hit, commands)).take(shown).collect();
    if !prose.is_empty() {
        answer.text("The documentation says:\n\n").await?;
    }
    for hit in &prose {
        answer.chose(selection::of_hit(hit, &scene.query));
        answer.reference(passages::beginning(reference(hit))).await?;
    }
    Ok(())
}

/// Whether a passage tells people how to work on the project: in a document for them, or with one of its commands.
fn says_how(hit: &Hit<'_>, commands: &[ProjectCommand]) -> bool {
    const FOR_PEOPLE: &[&str] = &["readme", "contributing", "install", "building", "development", "hacking"];
    let name = hit.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    hit.role == Role::Documentation
        && (FOR_PEOPLE.iter().any(|start| name.starts_with(start))
            || commands.iter().any(|said| said.command.contains(' ') && hit.text.contains(&said.command)))
}

fn opening(commands: &[ProjectCommand], asked: Option<Does>) -> String {
    let fits = |command: &&ProjectCommand| asked.is_none_or(|does| command.does == does);
    let mut fitting: Vec<&ProjectCommand> = commands.iter().filter(fits).collect();
    // What is done at the root of the project is what is meant.
    fitting
        .sort_by_key(|command| command.folder.matches('/').count() + usize::from(!command.folder.is_empty()));
    let what = asked.map_or("Build, test or run it", does);
    match fitting.first() {
        Some(ProjectCommand { command, folder, path, line, .. }) => {
            let place = if folder.is_empty() { String::new() } else { format!(" in {}", code(folder)) };
            format!("{what} with {}{place}, as {} says.\n\n", code(command), at(path, *line))
        }
        None if commands.is_empty() => {
            "Not found: no build file here says how it is built, tested or run (such as `Cargo.toml`, `package.json`, \
             `pyproject.toml`, `go.mod`, `pom.xml`, `Makefile`).\n\n"
                .to_owned()
        }
        None => format!("Not found: no build file here says how to {}.\n\n", what.to_lowercase()),
    }
}

const fn does(does: Does) -> &'static str {
    match does {
        Does::Install => "Install it",
        Does::Build => "Build it",
        Does::Test => "Test it",
        Does::Run => "Run it",
        Does::Lint => "Check its style",
    }
}
