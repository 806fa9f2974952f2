//! What the code says about settings, routes and where programs start, as tables with places.

use std::collections::BTreeMap;

use quillon_base::{Fault, LineRange};
use quillon_contract::Event;
use quillon_contract::event::Table;
use quillon_retrieve::{EntryFound, RouteFound, SettingRead, SettingSource};
use quillon_workspace::Role;

use super::scene::{Scene, at, gist, some, within};
use crate::answer::{Answer, counted, spot};
use crate::explain::Chosen;

/// The most rows of a table.
const ROWS_MAX: usize = 25;
/// The most places of one setting that are named.
const PLACES_MAX: usize = 3;
/// How much is told of where a program starts, in bytes.
const DOC_BYTES_MAX: usize = 100;
/// Words that ask for settings and say nothing about which.
const ASKING: &[&str] = &[
    "config",
    "configs",
    "configuration",
    "configure",
    "configured",
    "env",
    "environment",
    "flag",
    "key",
    "keys",
    "option",
    "options",
    "read",
    "reads",
    "set",
    "setting",
    "settings",
    "variable",
    "variables",
    "vars",
    "code",
    "change",
    "changes",
];

/// Which settings were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// None.
    Nothing,
    /// Those that the question is about.
    Some,
    /// All.
    All,
}

/// Tells which settings the code reads: those that the question is about, or all.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn settings(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<Told, Fault> {
    let found = scene.index().settings();
    let only = only(scene.question);
    let is_asked = |read: &&SettingRead<'_>| {
        read.role == Role::Source && only.is_none_or(|source| read.source == source)
    };
    let own: Vec<&SettingRead<'_>> = found.iter().filter(is_asked).collect();
    let wanted = wanted(scene);
    let fits = |read: &&&SettingRead<'_>| {
        let name = read.name.to_lowercase();
        wanted.iter().any(|word| name.contains(word))
    };
    let fitting: Vec<&SettingRead<'_>> = own.iter().filter(fits).copied().collect();
    if own.is_empty() || (!wanted.is_empty() && fitting.is_empty()) {
        return Ok(Told::Nothing);
    }
    let told = if wanted.is_empty() { Told::All } else { Told::Some };
    let shown = if wanted.is_empty() { own } else { fitting };
    let mut rows: BTreeMap<(SettingSource, &str), Vec<&SettingRead<'_>>> = BTreeMap::new();
    for read in shown {
        rows.entry((read.source, read.name)).or_default().push(read);
    }
    let of = |source: SettingSource| rows.keys().filter(|(known, _)| *known == source).count();
    let (variables, keys) = (of(SettingSource::Environment), of(SettingSource::Configuration));
    let counts = match (variables, keys) {
        (variables, 0) => counted(variables, "environment variable"),
        (0, keys) => counted(keys, "configuration key"),
        (variables, keys) => {
            format!(
                "{} and {}",
                counted(variables, "environment variable"),
                counted(keys, "configuration key")
            )
        }
    };
    let about = if wanted.is_empty() { String::new() } else { " that the question is about".to_owned() };
    answer.text(format!("The code reads {counts}{about}.\n\n")).await?;
    let columns = &["name", "from", "read at"];
    let row = |((source, name), reads): (&(SettingSource, &str), &Vec<&SettingRead<'_>>)| {
        let from = match source {
            SettingSource::Environment => "environment",
            SettingSource::Configuration => "configuration",
        };
        let places = reads.iter().map(|read| spot(read.path, read.line)).collect();
        vec![(*name).to_owned(), from.to_owned(), some(places, PLACES_MAX)]
    };
    let total = rows.len();
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    say_table(answer, "Settings that are read", columns, rows, total).await?;
    Ok(told)
}

/// Where the settings are from that are asked for, when the question says it.
fn only(question: &str) -> Option<SettingSource> {
    let lower = question.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match (says(&["environment", "env var", "env. var", "envvar"]), says(&["config", "setting"])) {
        (true, false) => Some(SettingSource::Environment),
        _ => None,
    }
}

/// The words of the question that say which setting.
fn wanted(scene: &Scene<'_>) -> Vec<String> {
    let strong = scene.query.terms.iter().filter(|term| term.weight >= 0.5);
    let words = strong.map(|term| term.word.to_lowercase());
    words.filter(|word| word.len() > 2 && !ASKING.contains(&word.as_str())).collect()
}

/// Tells which requests the code answers; says whether it told any.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn routes(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<bool, Fault> {
    let found = scene.index().routes();
    let own: Vec<&RouteFound<'_>> = found.iter().filter(|route| route.role == Role::Source).collect();
    if own.is_empty() {
        return Ok(false);
    }
    answer.text(format!("The code answers {}.\n\n", counted(own.len(), "route"))).await?;
    let row = |route: &&RouteFound<'_>| {
        let handler = route.handler.or_else(|| route.within.map(|within| within.name)).unwrap_or_default();
        let at = spot(route.path, route.line);
        vec![route.method.to_owned(), route.route.to_owned(), handler.to_owned(), at]
    };
    let rows: Vec<Vec<String>> = own.iter().map(row).collect();
    say_table(answer, "Routes", &["method", "route", "handler", "at"], rows, own.len()).await?;
    Ok(true)
}

/// Tells where programs start, or that none does.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn entries(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let found = scene.index().entry_points();
    let (own, others): (Vec<EntryFound<'_>>, Vec<EntryFound<'_>>) =
        found.into_iter().partition(|entry| entry.role == Role::Source);
    let shown = if own.is_empty() { others } else { own };
    let Some(first) = shown.first() else {
        let none = "Not found: nothing here starts a program; it looks like a library, which others start.\n";
        return answer.text(none).await;
    };
    let places = counted(shown.len(), "place");
    let mut text =
        format!("It starts at {}:\n\n", if shown.len() == 1 { "one place".to_owned() } else { places });
    for entry in shown.iter().take(ROWS_MAX) {
        let doc = entry.within.map(|found| gist(found.doc, DOC_BYTES_MAX)).filter(|doc| !doc.is_empty());
        let doc = doc.or_else(|| Some(gist(scene.index().file_doc(entry.path)?, DOC_BYTES_MAX)));
        let doc = doc.filter(|doc| !doc.is_empty()).map(|doc| format!(": {doc}")).unwrap_or_default();
        text += &format!("- {}{}{doc}\n", at(entry.path, entry.lines.first), within(entry.within.as_ref()));
    }
    let more = shown.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        text += &format!("- and {more} more\n");
    }
    answer.text(text + "\n").await?;
    let lines = LineRange { first: first.lines.first, last: first.lines.last.min(first.lines.first + 24) };
    scene.show(answer, (first.path, lines), None, "a program starts here").await
}

/// That no setting is read which the question is about.
pub(crate) fn no_setting(scene: &Scene<'_>) -> String {
    let what = match only(scene.question) {
        Some(SettingSource::Environment) => "an environment variable",
        Some(SettingSource::Configuration) => "a configuration key",
        None => "an environment variable or a configuration key",
    };
    let about = if wanted(scene).is_empty() { "" } else { " that the question is about" };
    format!("Not found: no code here is seen to read {what}{about}.\n")
}

async fn say_table(
    answer: &mut Answer<'_>,
    title: &str,
    columns: &[&str],
    mut rows: Vec<Vec<String>>,
    total: usize,
) -> Result<(), Fault> {
    rows.truncate(ROWS_MAX);
    if total > ROWS_MAX {
        let mut last = vec![format!("{} more", total - ROWS_MAX)];
        last.resize(columns.len(), String::new());
        rows.push(last);
    }
    let bytes = rows.iter().flatten().map(String::len).sum();
    answer.chose(Chosen::new("table", title, "it was asked for", bytes));
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    answer.aside(Event::Table(Table { title: title.to_owned(), columns, rows })).await
}
