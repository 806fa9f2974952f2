//! Where something is or how it works: the passages whose words fit best, each with what it is about, and what could not
//! be found.

use quillon_base::Fault;
use quillon_contract::event::Reference;
use quillon_retrieve::{Hit, Unknown};

use super::scene::{Scene, at, gist};
use crate::answer::{Answer, code, counted, place, reference};
use crate::context::Given;
use crate::selection;

/// How many passages are shown as they are; of those that follow only the beginning is.
const WHOLE_MAX: usize = 1;
/// How many lines are shown of a passage that follows.
const LINES_SHOWN: usize = 8;
/// How much is told of what a passage is about, in bytes.
const GIST_BYTES_MAX: usize = 110;
/// The most names that are offered instead of one.
const NEAREST_MAX: usize = 3;
/// The most names that are looked through for them.
const NAMES_MAX: usize = 50_000;

/// Shows the passages that fit best, without those that were shown already; says whether there are any.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn say(scene: &Scene<'_>, answer: &mut Answer<'_>, limit: usize) -> Result<bool, Fault> {
    let found = scene.index().search(&scene.query, limit + answer.references.len());
    let is_new = |hit: &Hit<'_>| !answer.references.iter().any(|shown| holds(shown, hit));
    let hits: Vec<Hit<'_>> = found.into_iter().filter(is_new).take(limit).collect();
    if hits.is_empty() {
        return Ok(false);
    }
    let goes_on = !answer.references.is_empty();
    if answer.subject.is_none() {
        answer.is_about(&hits);
    }
    answer.text(opening(scene, &hits, goes_on)).await?;
    for (number, hit) in hits.iter().enumerate() {
        answer.chose(selection::of_hit(hit, &scene.query));
        let whole = reference(hit);
        let shown = if number < WHOLE_MAX || hit.defines.is_some() { whole } else { beginning(whole) };
        answer.reference(shown).await?;
    }
    Ok(true)
}

/// Whether a passage was shown already: one that holds where this one begins.
fn holds(shown: &Reference, hit: &Hit<'_>) -> bool {
    matches!(shown, Reference::Passage { place, .. }
        if place.path == hit.path && place.lines.first <= hit.lines.last && hit.lines.first <= place.lines.last)
}

/// As many lines of a passage as are worth looking at when it is not among the best.
pub(crate) fn beginning(reference: Reference) -> Reference {
    match reference {
        Reference::Passage { mut place, heading, text, language } => {
            let kept: Vec<&str> = text.lines().take(LINES_SHOWN).collect();
            let last = place.lines.first + u32::try_from(kept.len().max(1)).unwrap_or(1) - 1;
            place.lines.last = last.min(place.lines.last);
            Reference::Passage { place, heading, text: kept.join("\n"), language }
        }
        other => other,
    }
}

/// What was found, in a sentence, and where.
fn opening(scene: &Scene<'_>, hits: &[Hit<'_>], goes_on: bool) -> String {
    let mut text = match hits.first() {
        _ if goes_on => "The question's words also stand here:\n\n".to_owned(),
        Some(best) => format!("{}\n\n", sentence(scene, best, hits.len())),
        None => String::new(),
    };
    for (number, hit) in (1..).zip(hits) {
        let heading = hit.heading.as_deref().map(|heading| format!(" in {}", code(heading)));
        let about = about(scene, hit).map(|about| format!(": {about}"));
        let place = code(&place(hit.path, hit.lines));
        text += &format!("{number}. {place}{}{}\n", heading.unwrap_or_default(), about.unwrap_or_default());
    }
    let missing = missing(scene);
    if !missing.is_empty() {
        text += &format!("\n{missing}");
    }
    text + "\n"
}

fn sentence(scene: &Scene<'_>, best: &Hit<'_>, found: usize) -> String {
    let at = code(&place(best.path, best.lines));
    if let Some(name) = &best.defines {
        return format!("{} is defined at {at}.", code(name));
    }
    let counts = scene.index().counts();
    let among = format!("{} and {}", counted(counts.documents, "file"), counted(counts.lines, "line"));
    let (held, lacking) = held(scene, best);
    // In a long question one word more or less says little.
    if !held.is_empty() && lacking.len() * 3 > held.len() + lacking.len() {
        let (held, lacking) = (held.join(", "), lacking.join(", "));
        return format!(
            "No passage of {among} says all of it; {at} comes nearest: it holds {held}, not {lacking}."
        );
    }
    let passages = counted(found, "passage");
    if found == 1 {
        format!("Found {at} in {among}.")
    } else {
        format!("{at} fits best, of {passages} found in {among}.")
    }
}

/// The words of the question that count most: those that a passage holds in some form, and those that it lacks.
fn held(scene: &Scene<'_>, hit: &Hit<'_>) -> (Vec<String>, Vec<String>) {
    let heading = hit.heading.as_deref().unwrap_or_default();
    let said = format!("{} {heading} {}", hit.path, hit.text).to_lowercase();
    let terms = scene.query.terms.iter().filter(|term| term.weight >= 1.0);
    let (held, lacking): (Vec<_>, Vec<_>) = terms.partition(|term| said.contains(&term.stem));
    let words =
        |terms: Vec<&quillon_retrieve::Term>| terms.into_iter().map(|term| code(&term.word)).collect();
    (words(held), words(lacking))
}

/// What the definition says of itself that a passage is in.
fn about(scene: &Scene<'_>, hit: &Hit<'_>) -> Option<String> {
    let found = scene.index().definition_at(hit.path, hit.lines.first)?;
    let gist = gist(found.doc, GIST_BYTES_MAX);
    (!gist.is_empty()).then_some(gist)
}

/// Words of the question that stand nowhere, a line each, with a word that is there and looks alike.
fn missing(scene: &Scene<'_>) -> String {
    let terms = &scene.query.terms;
    let most = terms.iter().map(|term| term.weight).fold(0.0, f32::max);
    let counts = |word: &str| terms.iter().any(|term| term.word == word && term.weight >= most);
    let unknown = scene.index().unknown(&scene.query).into_iter().filter(|unknown| counts(&unknown.word));
    let line = |unknown: Unknown| match &unknown.nearest {
        Some(near) => format!("- {} stands nowhere here; {} does.\n", code(&unknown.word), code(near)),
        None => format!("- {} stands nowhere here.\n", code(&unknown.word)),
    };
    unknown.map(line).collect()
}

/// Says that nothing here defines these names, with those that look alike.
pub(crate) fn undefined(scene: &Scene<'_>, names: &[String]) -> String {
    let line = |name: &String| {
        let near = nearest(scene, name);
        let near = if near.is_empty() { String::new() } else { format!("; near it are {}", near.join(", ")) };
        format!("Nothing here defines {}{near}.\n", code(name))
    };
    names.iter().map(line).collect()
}

/// The names of definitions that look most like a name, with their places.
fn nearest(scene: &Scene<'_>, name: &str) -> Vec<String> {
    let short = name.rsplit(['.', ':']).next().unwrap_or(name);
    let symbols = scene.index().symbols("", NAMES_MAX);
    let mut names: Vec<&str> = symbols.iter().map(|symbol| symbol.name).collect();
    names.dedup();
    let mut found: Vec<String> = Vec::new();
    for _ in 0..NEAREST_MAX {
        let Some(near) = quillon_text::nearest(short, names.iter().copied()) else { break };
        let near = near.to_owned();
        names.retain(|name| *name != near);
        let first = symbols.iter().find(|symbol| symbol.name == near);
        found
            .extend(first.map(|symbol| format!("{} ({})", code(&near), at(symbol.path, symbol.lines.first))));
    }
    found
}

/// Says that nothing was found, where it was looked, and what to do.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn say_nothing_found(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let counts = scene.index().counts();
    if counts.documents == 0 {
        return answer.text("Not found: there is no text to look in here.\n").await;
    }
    // A whole file only says where to look, unless nothing of it fits.
    let whole = scene.context.files.iter().filter(|given| !given.is_selection());
    let whole: Vec<Reference> = whole.filter_map(Given::reference).collect();
    for reference in whole {
        answer.reference(reference).await?;
    }
    let files = counted(counts.documents, "file");
    let missing = missing(scene);
    let next = if scene.context.narrows(false) {
        "Ask without `@` to look in the whole folder, or with a name that the code uses."
    } else {
        "Ask with a name or a word that the code or its documentation uses."
    };
    answer.text(format!("Not found: nothing in {files} fits the question.\n{missing}{next}\n")).await
}
