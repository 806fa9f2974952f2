//! What something is: its definition with signature and documentation, who uses it and what it uses, and what else has
//! its name.

use quillon_base::Fault;
use quillon_retrieve::{Callee, Definition, DefinitionKind, Use, Visibility};
use quillon_workspace::Role;

use super::history::{self, History};
use super::scene::{Scene, at, gist, qualified, some, within};
use super::uses;
use crate::answer::{Answer, code, counted, place};

/// How much of the documentation is told, in bytes.
const DOC_BYTES_MAX: usize = 400;
/// A longer signature is left to the passage, in bytes.
const SIGNATURE_BYTES_MAX: usize = 120;
/// The most places of each sort that are named.
const NAMED_MAX: usize = 5;
/// The most calls that are looked at.
const CALLERS_MAX: usize = 500;
/// The most members that are named.
const MEMBERS_NAMED_MAX: usize = 10;

/// Tells what the best of these definitions is; the others are named.
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
    let mut text = opening(best);
    let doc = gist(best.doc, DOC_BYTES_MAX);
    if !doc.is_empty() {
        text += &format!("\n> {doc}\n");
    }
    let mut facts = facts(scene, best, found);
    facts.extend(last_change(scene, best).await?);
    if !facts.is_empty() {
        text += "\n";
        facts.iter().for_each(|fact| text += &format!("- {fact}\n"));
    }
    answer.text(text + "\n").await?;
    scene.show_definition(answer, best).await
}

fn opening(best: &Definition<'_>) -> String {
    let signature = match best.signature {
        "" => String::new(),
        signature if signature.len() > SIGNATURE_BYTES_MAX || signature == best.name => String::new(),
        signature => format!(": {}", code(signature)),
    };
    format!("{} is defined at {}{signature}.\n", code(&qualified(best)), code(&place(best.path, best.lines)))
}

fn facts(scene: &Scene<'_>, best: &Definition<'_>, found: &[Definition<'_>]) -> Vec<String> {
    let index = scene.index();
    let mut facts = Vec::new();
    facts.extend(called_from(&uses::of(scene, best)));
    if best.kind.is_code() {
        facts.extend(calls(&index.callees(best.id, CALLERS_MAX)));
    }
    let has_members = best.kind.is_type() || best.kind == DefinitionKind::Module;
    let mut members = if has_members { index.members(best.id) } else { Vec::new() };
    members.retain(|member| !member.is_test);
    // What others may use comes first; otherwise its order stays.
    members.sort_by_key(|member| member.visibility == Visibility::Private || member.name.starts_with('_'));
    let members: Vec<String> = members.iter().map(|member| code(member.name)).collect();
    if !members.is_empty() {
        facts.push(format!("Holds {}.", some(members, MEMBERS_NAMED_MAX)));
    }
    let others: Vec<String> = found[1..]
        .iter()
        .map(|other| format!("{} {}", other.kind.name(), at(other.path, other.line)))
        .collect();
    if !others.is_empty() {
        facts.push(format!("Also defined: {}.", some(others, NAMED_MAX)));
    }
    facts
}

fn called_from(found: &[Use<'_>]) -> Vec<String> {
    let named = |used: &&Use<'_>| format!("{}{}", at(used.path, used.line), within(used.within.as_ref()));
    let (tests, code): (Vec<_>, Vec<_>) = found.iter().partition(|used| used.role == Role::Test);
    let mut facts = Vec::new();
    if !code.is_empty() {
        let places = counted(code.len(), "place");
        facts.push(format!("Used from {places}: {}.", some(code.iter().map(named).collect(), NAMED_MAX)));
    }
    if !tests.is_empty() {
        let places = counted(tests.len(), "place");
        facts.push(format!("Tested from {places}: {}.", some(tests.iter().map(named).collect(), 2)));
    }
    facts
}

/// What it calls of the workspace's own.
fn calls(callees: &[Callee<'_>]) -> Option<String> {
    let own = callees.iter().filter_map(|callee| {
        let first = callee.definitions.first()?;
        Some(format!("{} ({})", code(callee.name), at(first.path, first.line)))
    });
    let own: Vec<String> = own.collect();
    (!own.is_empty()).then(|| format!("Calls {}.", some(own, NAMED_MAX)))
}

/// The last commit that touched the file, where there is a repository.
async fn last_change(scene: &Scene<'_>, best: &Definition<'_>) -> Result<Option<String>, Fault> {
    if !history::is_here(scene.passage).await? {
        return Ok(None);
    }
    let found = history::recent(scene.passage, &[best.path.to_owned()], 1).await?;
    let History::Of(commits) = found else {
        return Ok(None);
    };
    let told = commits.first().map(|commit| {
        let history::Commit { id, day, author, subject, .. } = commit;
        format!("The file was last changed on {day} by {author}: {} ({}).", code(subject), code(id))
    });
    Ok(told)
}
