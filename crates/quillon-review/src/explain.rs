//! Explains a rule: why, and the code that shows it; or a finding: also where it is, and how the data came there, step by
//! step. Start at [`explain`].

use quillon_base::{FaultCode, LineRange};
use quillon_contract::ask::{ReviewAsk, ReviewExplainAsk};
use quillon_contract::event::{Place, Reference};
use quillon_contract::{Event, Fault};
use quillon_detect::{Counts, Finding as Found, Language, Rule, Scanner, pages};
use quillon_road::{Finished, Passage};
use quillon_text::{LineIndex, nearest};

use crate::fixes::{self, Bench};
use crate::report::{self, Beside};
use crate::review::{is_mark, is_named};
use crate::rules;
use crate::scan::{Scanned, scanned};
use crate::scope::{self, Scope};

/// The findings of one place that are explained.
const FINDINGS_MAX: usize = 10;

/// Explains what was named.
///
/// # Errors
/// `input.invalid` for what names nothing, and those of a review.
pub(crate) async fn explain(passage: &Passage, ask: ReviewExplainAsk) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let own = rules::own(passage, &ask.rules).await?;
    let page =
        Language::ALL.iter().flat_map(|language| pages(*language)).find(|page| page.rule.id == ask.name);
    if let Some(rule) = page.map(|page| &page.rule).or_else(|| own.iter().find(|rule| rule.id == ask.name)) {
        passage.text(said(rule, true)).await?;
        return Ok(Finished::default());
    }
    if !may_be_finding(&ask.name) {
        return Err(unknown(&ask.name, &own));
    }
    let everything = ReviewAsk { all: true, ..ReviewAsk::default() };
    let scope = scope::take(passage, &everything).await?;
    let Scanned { scan, scope, scanner } = scanned(passage, scope, own).await?;
    let named: Vec<Found> =
        scan.findings.iter().filter(|found| is_named(found, &ask.name)).take(FINDINGS_MAX).cloned().collect();
    if named.is_empty() {
        return Err(Fault::new(FaultCode::InputInvalid, format!("no finding is called `{}`", ask.name))
            .hint("`quillon review --all --output json` lists findings with their marks, as `findingId`"));
    }
    let counts = Counts::of(&scan.findings);
    let work = move |bench: &Bench<'_>| {
        let offered = fixes::offered(bench, &named.iter().collect::<Vec<_>>());
        (named, offered)
    };
    let ((named, offered), scope, scanner) = fixes::off_thread((scope, scanner, counts), work).await?;
    for found in &named {
        finding(passage, &scope, found, offered.contains(&found.fingerprint)).await?;
        if let Some(rule) = rule_of(&scanner, found) {
            passage.text(said(rule, false)).await?;
        }
    }
    Ok(Finished::default())
}

/// `PATH:LINE`, or the letters of a mark.
fn may_be_finding(name: &str) -> bool {
    let is_place = name.rsplit_once(':').is_some_and(|(_, line)| line.parse::<u32>().is_ok());
    is_place || is_mark(name)
}

fn unknown(name: &str, own: &[Rule]) -> Fault {
    let ids = Language::ALL.iter().flat_map(|language| pages(*language)).map(|page| page.rule.id.as_str());
    let near = nearest(name, ids.chain(own.iter().map(|rule| rule.id.as_str())));
    let near = near.map_or_else(String::new, |near| format!("; `{near}` is the nearest rule"));
    Fault::new(FaultCode::InputInvalid, format!("no rule is called `{name}`{near}"))
        .hint("name a rule as findings show it, or a finding by its mark or as `PATH:LINE`")
}

async fn finding(passage: &Passage, scope: &Scope, found: &Found, has_fix: bool) -> Result<(), Fault> {
    let Some(file) = scope.files.get(&found.spot.path) else { return Ok(()) };
    let fix =
        has_fix.then(|| fixes::shown(format!("mends {}", found.rule), &found.spot.path, file, &[found]));
    let beside = Beside { apart: file.apart, fix, ..Beside::default() };
    let index = LineIndex::new(&file.text);
    passage.say(Event::Finding(report::finding(found, &file.text, &index, beside))).await?;
    if let Some(reason) = &found.suppressed {
        passage.text(format!("A comment takes it back: {reason}\n\n")).await?;
    }
    if found.flow.len() > 1 {
        passage.text("How the data came there:\n").await?;
    }
    let last = found.flow.len().saturating_sub(1);
    for (nth, spot) in found.flow.iter().enumerate().filter(|_| last > 0) {
        let Some(file) = scope.files.get(&spot.path) else { continue };
        let heading = match nth {
            0 => format!("{}. it comes in", nth + 1),
            nth if nth == last => format!("{}. it does harm", nth + 1),
            _ => format!("{}. it goes on", nth + 1),
        };
        let lines = LineIndex::new(&file.text);
        let text = lines.line(&file.text, spot.line as usize - 1).unwrap_or_default().to_owned();
        let place = Place { path: spot.path.clone(), lines: LineRange { first: spot.line, last: spot.line } };
        let passage_event = Reference::Passage { place, heading: Some(heading), text, language: None };
        passage.say(Event::Reference(passage_event)).await?;
    }
    Ok(())
}

fn rule_of<'s>(scanner: &'s Scanner, found: &Found) -> Option<&'s Rule> {
    let language = Language::of_path(&found.spot.path)?;
    scanner.rules(language).into_iter().find(|rule| rule.id == found.rule)
}

/// A rule in Markdown: what, how bad, why, the code that shows it, and how to live with it.
fn said(rule: &Rule, is_whole: bool) -> String {
    let mut text = String::new();
    if is_whole {
        text.push_str(&format!("# {}\n\n", rule.title));
    }
    let languages: Vec<&str> = rule.languages.iter().map(|language| language.name()).collect();
    let mut facts = vec![format!("`{}`", rule.id), rule.severity.name().to_owned(), languages.join(", ")];
    facts.extend(rule.cwe.iter().map(|number| format!("CWE-{number}")));
    text.push_str(&format!("{}\n\n", facts.join(" · ")));
    if is_whole {
        let prose = report::prose(&rule.help);
        let why = if prose.is_empty() { rule.message.trim() } else { prose };
        text.push_str(&format!("{why}\n\n"));
    }
    if let Some(code) = rule.help.find("```").map(|start| rule.help[start..].trim()) {
        text.push_str(&format!(
            "Lines marked `finds` are found; the others are how it should be:\n\n{code}\n\n"
        ));
    }
    if rule.has_fix() {
        text.push_str("`quillon review --fix --dry-run` shows what its fix would change.\n\n");
    }
    text.push_str(&format!(
        "To take a finding back, write `quillon-ignore[{}]: reason` in a comment after the code or before its line.\n",
        rule.id
    ));
    let links = rule.references.iter().cloned();
    let classes =
        rule.cwe.iter().map(|number| format!("https://cwe.mitre.org/data/definitions/{number}.html"));
    let links: Vec<String> = links.chain(classes).map(|link| format!("- {link}\n")).collect();
    if !links.is_empty() {
        text.push_str(&format!("\n{}", links.concat()));
    }
    text
}
