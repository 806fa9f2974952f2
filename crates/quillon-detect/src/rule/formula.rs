//! How patterns are put together: all of them, one of them, not, inside, and conditions on what the holes stand for.

use std::ops::Range;

use super::PatternText;
use super::compare::Comparison;
use crate::Language;
use crate::pattern::{Bindings, Bound, Match, find};
use crate::source::Source;
use crate::tree::Kind;

/// Places that are kept while a rule is evaluated.
const PLACES_MAX: usize = 10_000;

/// What a rule looks for.
#[derive(Debug)]
pub(crate) enum Formula {
    Pattern(PatternText),
    Regex(fancy_regex::Regex),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Inside(Box<Self>),
    NotInside(Box<Self>),
    Where(Condition),
    Focus(Vec<String>),
}

impl Formula {
    /// Whether what it finds is a hole rather than the whole.
    pub(crate) fn is_focused(&self) -> bool {
        match self {
            Self::Focus(_) => true,
            Self::All(formulas) | Self::Any(formulas) => formulas.iter().any(Self::is_focused),
            _ => false,
        }
    }
}

/// What has to be true of a hole.
#[derive(Debug)]
pub(crate) enum Condition {
    Regex { hole: String, regex: fancy_regex::Regex, negated: bool },
    Matches { hole: String, formula: Box<Formula>, language: Option<Language> },
    Type { hole: String, types: Vec<String> },
    Compare { hole: Option<String>, comparison: Comparison },
}

/// A place where a formula holds.
pub(crate) type Place = Match;

/// Every place of a text where a formula holds.
pub(crate) fn evaluate(formula: &Formula, source: &Source) -> Vec<Place> {
    places(formula, source, None)
}

/// The places within some bytes.
pub(crate) fn places(formula: &Formula, source: &Source, within: Option<Range<usize>>) -> Vec<Place> {
    match formula {
        Formula::Pattern(text) => match text.of(source.language) {
            Ok(pattern) => find(pattern, source, within),
            Err(_) => Vec::new(),
        },
        Formula::Regex(regex) => by_regex(regex, source, within),
        Formula::Any(formulas) => {
            let mut all: Vec<Place> = Vec::new();
            for place in formulas.iter().flat_map(|formula| places(formula, source, within.clone())) {
                if all.len() < PLACES_MAX && !all.contains(&place) {
                    all.push(place);
                }
            }
            all
        }
        Formula::All(formulas) => all_of(formulas, source, within),
        Formula::Inside(formula) => places(formula, source, within),
        Formula::Not(_) | Formula::NotInside(_) | Formula::Where(_) | Formula::Focus(_) => Vec::new(),
    }
}

fn by_regex(regex: &fancy_regex::Regex, source: &Source, within: Option<Range<usize>>) -> Vec<Place> {
    let within = within.unwrap_or(0..source.text.len());
    let Some(text) = source.text.get(within.clone()) else { return Vec::new() };
    let mut found = Vec::new();
    for captures in regex.captures_iter(text).take(PLACES_MAX) {
        // A pattern that takes too long finds what it found until then.
        let Ok(captures) = captures else { break };
        let Some(whole) = captures.get(0) else { continue };
        let mut bindings = Bindings::default();
        for nth in 1..captures.len() {
            if let Some(group) = captures.get(nth) {
                let span = within.start + group.start()..within.start + group.end();
                bindings.bind(&source.tree, &format!("${nth}"), Bound::Word(group.as_str().to_owned(), span));
            }
        }
        let span = within.start + whole.start()..within.start + whole.end();
        found.push(Match { span, node: None, bindings });
    }
    found
}

fn all_of(formulas: &[Formula], source: &Source, within: Option<Range<usize>>) -> Vec<Place> {
    let mut found: Option<Vec<Place>> = None;
    // What is narrow goes first; what is only around it follows.
    let finds = |formula: &&Formula| {
        matches!(formula, Formula::Pattern(_) | Formula::Regex(_) | Formula::All(_) | Formula::Any(_))
    };
    for formula in formulas.iter().filter(finds) {
        let these = places(formula, source, within.clone());
        found = Some(match found {
            None => these,
            Some(before) => both(&before, &these, source),
        });
        if found.as_ref().is_some_and(Vec::is_empty) {
            return Vec::new();
        }
    }
    for formula in formulas {
        if let Formula::Inside(around) = formula {
            let around = places(around, source, None);
            found = Some(match found {
                None => around,
                Some(before) => inside(&before, &around, source),
            });
        }
    }
    let mut found = found.unwrap_or_default();
    for formula in formulas {
        if found.is_empty() {
            break;
        }
        match formula {
            Formula::Not(not) | Formula::NotInside(not) => {
                let not = places(not, source, None);
                found.retain(|place| {
                    !not.iter().any(|not| is_within(place, not) && agree(place, not, source))
                });
            }
            Formula::Where(condition) => {
                found = found.into_iter().flat_map(|place| holding(condition, place, source)).collect()
            }
            _ => {}
        }
    }
    for formula in formulas {
        if let Formula::Focus(holes) = formula {
            found = found.into_iter().flat_map(|place| focused(&place, holes, source)).collect();
        }
    }
    found
}

fn is_within(inner: &Place, outer: &Place) -> bool {
    outer.span.start <= inner.span.start && inner.span.end <= outer.span.end
}

fn agree(left: &Place, right: &Place, source: &Source) -> bool {
    left.bindings.joined(&right.bindings, &source.tree).is_some()
}

fn both(left: &[Place], right: &[Place], source: &Source) -> Vec<Place> {
    let mut found = Vec::new();
    for one in left {
        for other in right {
            let narrow = if is_within(one, other) {
                one
            } else if is_within(other, one) {
                other
            } else {
                continue;
            };
            if let Some(bindings) = one.bindings.joined(&other.bindings, &source.tree) {
                push(&mut found, Place { bindings, ..narrow.clone() });
            }
        }
    }
    found
}

fn inside(inner: &[Place], outer: &[Place], source: &Source) -> Vec<Place> {
    let mut found = Vec::new();
    for one in inner {
        for other in outer.iter().filter(|other| is_within(one, other)) {
            if let Some(bindings) = one.bindings.joined(&other.bindings, &source.tree) {
                push(&mut found, Place { bindings, ..one.clone() });
            }
        }
    }
    found
}

fn push(found: &mut Vec<Place>, place: Place) {
    if found.len() < PLACES_MAX && !found.contains(&place) {
        found.push(place);
    }
}

fn focused(place: &Place, holes: &[String], source: &Source) -> Option<Place> {
    let bound = holes.iter().find_map(|hole| place.bindings.get(hole))?;
    let span = bound.span(&source.tree)?;
    let node = match bound {
        Bound::Node(id) => Some(*id),
        _ => None,
    };
    Some(Place { span, node, bindings: place.bindings.clone() })
}

/// The place, where a condition holds of it, with what the condition binds.
fn holding(condition: &Condition, place: Place, source: &Source) -> Vec<Place> {
    match condition {
        Condition::Regex { hole, regex, negated } => {
            let Some(bound) = place.bindings.get(hole) else { return Vec::new() };
            let found = texts(bound, source).iter().any(|text| regex.is_match(text).unwrap_or(false));
            if found == *negated { Vec::new() } else { vec![place] }
        }
        Condition::Type { hole, types } => {
            let Some(Bound::Node(id)) = place.bindings.get(hole) else { return Vec::new() };
            let id = *id;
            let has = source.type_of(id);
            let holds = has.is_some_and(|has| types.iter().any(|wanted| is_type(source, &has, wanted)));
            if holds { vec![place] } else { Vec::new() }
        }
        Condition::Compare { hole, comparison } => {
            let is_there = hole.as_ref().is_none_or(|hole| place.bindings.get(hole).is_some());
            if is_there && comparison.holds(&place.bindings, source) { vec![place] } else { Vec::new() }
        }
        Condition::Matches { hole, formula, language } => {
            if let Some(Bound::Word(word, _)) = place.bindings.get(hole) {
                // A word is no code of the text: it is read on its own.
                let language = language.unwrap_or(source.language);
                let holds = Source::read(language, word)
                    .is_ok_and(|inner| !whole(formula, &inner, &(0..word.len())).is_empty());
                return if holds { vec![place] } else { Vec::new() };
            }
            let Some(span) = place.bindings.get(hole).and_then(|bound| bound.span(&source.tree)) else {
                return Vec::new();
            };
            let found = whole(formula, source, &span);
            let joined =
                found.iter().filter_map(|found| place.bindings.joined(&found.bindings, &source.tree));
            let mut all: Vec<Place> = Vec::new();
            for bindings in joined {
                push(&mut all, Place { bindings, ..place.clone() });
            }
            all
        }
    }
}

/// Places within a hole, for which a negation alone is enough too.
fn whole(formula: &Formula, source: &Source, span: &Range<usize>) -> Vec<Place> {
    let here = Place { span: span.clone(), node: None, bindings: Bindings::default() };
    match formula {
        Formula::All(formulas)
            if formulas.iter().all(|formula| matches!(formula, Formula::Not(_) | Formula::NotInside(_))) =>
        {
            let is_absent = formulas.iter().all(|formula| match formula {
                Formula::Not(not) => places(not, source, Some(span.clone())).is_empty(),
                _ => true,
            });
            if is_absent { vec![here] } else { Vec::new() }
        }
        _ => places(formula, source, Some(span.clone())),
    }
}

fn is_type(source: &Source, has: &str, wanted: &str) -> bool {
    source.tree.means(has, wanted) || (!wanted.contains('.') && has.rsplit('.').next() == Some(wanted))
}

/// What is looked at in a hole: the code, and what it is known to say.
pub(super) fn texts(bound: &Bound, source: &Source) -> Vec<String> {
    match bound {
        Bound::Word(word, _) => vec![word.clone()],
        Bound::Nodes(_) => {
            let code = bound.span(&source.tree).and_then(|span| source.text.get(span));
            vec![code.unwrap_or_default().to_owned()]
        }
        Bound::Node(id) => {
            let mut texts = vec![source.code(*id).to_owned()];
            if matches!(source.tree.kind(*id), Kind::Name | Kind::Dot | Kind::Type) {
                texts.extend(source.tree.resolved(*id).filter(|path| *path != texts[0]));
            }
            texts.extend(source.constant(*id).map(|constant| constant.text()));
            texts
        }
    }
}
