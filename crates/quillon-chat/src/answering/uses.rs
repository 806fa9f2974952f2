//! Who uses something: callers with the line that calls, code before tests.

use quillon_base::{Fault, LineRange};
use quillon_retrieve::{Definition, ReferenceKind, Use};
use quillon_workspace::Role;

use super::scene::{Scene, at, qualified, within};
use crate::answer::{Answer, code, counted, place};

/// The most uses that are looked at.
const USES_MAX: usize = 1_000;
/// The most uses that are named.
const NAMED_MAX: usize = 12;
/// The most uses that are shown with the lines around them.
const SHOWN_MAX: usize = 3;
/// The most uses in tests that are named beside those in code.
const TESTS_NAMED_MAX: usize = 3;
/// A line is shown up to this, in bytes.
const LINE_BYTES_MAX: usize = 100;

/// A use, and whether it can mean nothing else.
struct Found<'a> {
    used: Use<'a>,
    is_certain: bool,
}

/// Tells who uses the best of these definitions, or what has this name.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn say(
    scene: &Scene<'_>,
    answer: &mut Answer<'_>,
    found: &[Definition<'_>],
) -> Result<(), Fault> {
    let Some(best) = found.first() else {
        return Ok(());
    };
    answer.subject = Some(best.name.to_owned());
    let (uses, verb) = uses(scene, best);
    let (tests, others): (Vec<Found<'_>>, Vec<Found<'_>>) =
        uses.into_iter().partition(|found| found.used.role == Role::Test);
    let mut text = opening(best, verb, others.len(), tests.len());
    list(scene, &others, NAMED_MAX, &mut text);
    if !tests.is_empty() {
        text += if others.is_empty() { "" } else { "\nIn tests:\n\n" };
        list(scene, &tests, if others.is_empty() { NAMED_MAX } else { TESTS_NAMED_MAX }, &mut text);
    }
    let others_of_name: Vec<String> =
        found[1..].iter().map(|other| at(other.path, other.line)).take(TESTS_NAMED_MAX).collect();
    if !others_of_name.is_empty() {
        text += &format!("\nThe name is also defined at {}.\n", others_of_name.join(", "));
    }
    answer.text(text + "\n").await?;
    for found in others.iter().chain(&tests).take(SHOWN_MAX.min(scene.limit)) {
        let Use { path, line, within, .. } = found.used;
        let lines = LineRange { first: line.saturating_sub(1).max(1), last: line + 1 };
        let heading = within.as_ref().map(qualified);
        scene.show(answer, (path, lines), heading, &format!("it uses `{}`", best.name)).await?;
    }
    if others.is_empty() && tests.is_empty() {
        scene.show_definition(answer, best).await?;
    }
    Ok(())
}

/// The uses of a definition, code before tests.
pub(crate) fn of<'a>(scene: &Scene<'a>, best: &Definition<'a>) -> Vec<Use<'a>> {
    uses(scene, best).0.into_iter().map(|found| found.used).collect()
}

/// The calls of a definition, or else every other use of its name. Within macros no grammar sees calls, and tests are
/// full of them, so that in tests every use counts of a name that only one definition has.
fn uses<'a>(scene: &Scene<'a>, best: &Definition<'a>) -> (Vec<Found<'a>>, &'static str) {
    let is_itself =
        |used: &Use<'_>| used.path == best.path && (best.lines.first..=best.lines.last).contains(&used.line);
    let is_other = |used: &Use<'_>| !is_itself(used) && used.kind != ReferenceKind::Import;
    let mentioned = scene.index().references(best.name, USES_MAX).into_iter().filter(is_other);
    let callers = scene.index().callers(best.id, USES_MAX);
    let of = |used, is_certain| Found { used, is_certain };
    if callers.is_empty() && !best.kind.is_code() {
        return (mentioned.map(|used| of(used, false)).collect(), "mentioned");
    }
    let mut found: Vec<Found<'a>> =
        callers.into_iter().map(|caller| of(caller.call, caller.is_certain)).collect();
    let is_only = scene.definitions(best.name).len() == 1;
    let in_tests = mentioned.filter(|used| used.role == Role::Test && is_only);
    for used in in_tests {
        if !found.iter().any(|known| known.used.path == used.path && known.used.within == used.within) {
            found.push(of(used, true));
        }
    }
    (found, if best.kind.is_code() { "called" } else { "used" })
}

fn opening(best: &Definition<'_>, verb: &str, others: usize, tests: usize) -> String {
    let name = code(&qualified(best));
    let defined = code(&place(best.path, best.lines));
    match (others, tests) {
        (0, 0) => format!("Nothing here uses {name}; it is defined at {defined}.\n"),
        (0, tests) => {
            let places = counted(tests, "place");
            format!("Only tests use {name}, from {places}; it is defined at {defined}.\n\n")
        }
        (others, tests) => {
            let places = counted(others, "place");
            let beside = if tests > 0 { format!(" and {tests} in tests") } else { String::new() };
            format!("{name} is {verb} from {places}{beside}; it is defined at {defined}.\n\n")
        }
    }
}

fn list(scene: &Scene<'_>, uses: &[Found<'_>], most: usize, text: &mut String) {
    for Found { used, is_certain } in uses.iter().take(most) {
        let line = quillon_text::shorten(scene.line(used.path, used.line), LINE_BYTES_MAX);
        let perhaps = if *is_certain { "" } else { ", perhaps" };
        let more = if used.count > 1 { format!(", {} times", used.count) } else { String::new() };
        let around = within(used.within.as_ref());
        *text += &format!("- {}{around}{more}{perhaps}: {}\n", at(used.path, used.line), code(&line));
    }
    let more = uses.len().saturating_sub(most);
    if more > 0 {
        *text += &format!("- and {more} more\n");
    }
}
