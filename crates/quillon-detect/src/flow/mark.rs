//! What places in code mean to rules over the flow of data: where data comes in, does harm, or is made harmless.
//!
//! What does harm is looked for first: a rule that finds none of it in any text finds nothing, and the rest of it, which
//! may be as common as a parameter, is not looked for. Start at [`marks`].

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::value::Bits;
use crate::rule::{Formula, Place, Propagator, Rule, Taint, evaluate, formula_needs};
use crate::scan::Unit;
use crate::source::Source;
use crate::tree::{Id, Kind};
use crate::words::Words;

/// What a place in the code means to which rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark {
    pub(super) source: Bits,
    /// What is handed to the call here does harm.
    pub(super) sink: Bits,
    /// What stands here does harm.
    pub(super) sink_value: Bits,
    pub(super) sanitizer: Bits,
    /// Where what comes by here goes as well.
    pub(super) propagates: Vec<(Id, Id, Bits)>,
}

/// What the places of one text mean.
pub(super) type Marks = FxHashMap<Id, Mark>;

/// What each place of each text means.
pub(super) fn marks(rules: &[(&Rule, &Taint)], units: &[&Unit<'_>]) -> Vec<Marks> {
    let mut formulas = Formulas::default();
    let sought: Vec<Sought<'_>> =
        rules.iter().enumerate().map(|(nth, (rule, taint))| formulas.sought(rule, taint, 1 << nth)).collect();
    let wanted = Wanted::new(formulas);
    let mut all: Vec<Marks> = units.iter().map(|unit| sinks(&sought, &wanted, unit)).collect();
    let harmed = all.iter().flat_map(Marks::values).fold(0, |bits, mark| bits | mark.sink | mark.sink_value);
    let sought: Vec<&Sought<'_>> = sought.iter().filter(|sought| sought.bit & harmed != 0).collect();
    for (unit, marks) in units.iter().zip(&mut all) {
        others(&sought, &wanted, &unit.source, marks);
    }
    all
}

/// Where data does harm in a text.
fn sinks(sought: &[Sought<'_>], wanted: &Wanted<'_>, unit: &Unit<'_>) -> Marks {
    let mut marks = Marks::default();
    let mut places = Places::new(&unit.source, wanted);
    for sought in sought.iter().filter(|sought| sought.rule.is_about(unit.path)) {
        for number in &sought.sinks {
            let is_focused = wanted.formulas[*number].is_focused();
            for id in places.of(*number) {
                let is_call = matches!(unit.source.tree.kind(*id), Kind::Call | Kind::New);
                let mark = marks.entry(*id).or_default();
                *(if is_call && !is_focused { &mut mark.sink } else { &mut mark.sink_value }) |= sought.bit;
            }
        }
    }
    marks
}

/// Where data comes in, is made harmless, and is handed on.
fn others(sought: &[&Sought<'_>], wanted: &Wanted<'_>, source: &Source, marks: &mut Marks) {
    let mut places = Places::new(source, wanted);
    for sought in sought {
        for number in &sought.sources {
            places.of(*number).iter().for_each(|id| marks.entry(*id).or_default().source |= sought.bit);
        }
        for number in &sought.sanitizers {
            places.of(*number).iter().for_each(|id| marks.entry(*id).or_default().sanitizer |= sought.bit);
        }
        for id in of_types(&sought.taint.safe_types, source) {
            marks.entry(id).or_default().sanitizer |= sought.bit;
        }
        for (number, propagator) in &sought.propagators {
            for place in places.found(*number) {
                let hole = |name: &str| places.spanning(&place.bindings.get(name)?.span(&source.tree)?);
                if let (Some(id), Some(from), Some(to)) =
                    (places.at(&place), hole(&propagator.from), hole(&propagator.to))
                {
                    marks.entry(id).or_default().propagates.push((from, to, sought.bit));
                }
            }
        }
    }
}

/// The uses of names whose type is one of these, as far as it is written.
fn of_types(types: &[&str], source: &Source) -> Vec<Id> {
    if types.is_empty() {
        return Vec::new();
    }
    let is_one = |id: &Id| {
        let has = source.type_of(*id);
        has.is_some_and(|has| types.contains(&has.rsplit('.').next().unwrap_or_default()))
    };
    let uses = [Kind::Name, Kind::Dot].into_iter().flat_map(|kind| source.tree.of_kind(kind));
    uses.copied().filter(is_one).collect()
}

/// What one rule looks for, by the numbers of its formulas.
struct Sought<'a> {
    rule: &'a Rule,
    taint: &'a Taint,
    bit: Bits,
    sources: Vec<usize>,
    sinks: Vec<usize>,
    sanitizers: Vec<usize>,
    propagators: Vec<(usize, &'a Propagator)>,
}

/// The formulas of some rules, each once: many rules look for the same sources.
#[derive(Default)]
struct Formulas<'a> {
    all: Vec<&'a Formula>,
    numbers: FxHashMap<String, usize>,
}

impl<'a> Formulas<'a> {
    fn sought(&mut self, rule: &'a Rule, taint: &'a Taint, bit: Bits) -> Sought<'a> {
        let mut numbers =
            |formulas: &'a [Formula]| formulas.iter().map(|formula| self.number(formula)).collect();
        let (sources, sinks) = (numbers(&taint.sources), numbers(&taint.sinks));
        let sanitizers = numbers(&taint.sanitizers);
        let propagators = taint.propagators.iter();
        let propagators = propagators.map(|one| (self.number(&one.formula), one)).collect();
        Sought { rule, taint, bit, sources, sinks, sanitizers, propagators }
    }

    fn number(&mut self, formula: &'a Formula) -> usize {
        *self.numbers.entry(format!("{formula:?}")).or_insert_with(|| {
            self.all.push(formula);
            self.all.len() - 1
        })
    }
}

/// Formulas, and the words that a text needs for each.
struct Wanted<'a> {
    formulas: Vec<&'a Formula>,
    words: Words,
}

impl<'a> Wanted<'a> {
    fn new(formulas: Formulas<'a>) -> Self {
        let needs: Vec<_> = formulas.all.iter().map(|formula| formula_needs(formula)).collect();
        Self { formulas: formulas.all, words: Words::new(needs.iter().map(Vec::as_slice)) }
    }
}

/// The places of formulas in one text, looked up when they are first asked for.
struct Places<'a> {
    source: &'a Source,
    formulas: &'a [&'a Formula],
    /// Nothing where nobody asked yet.
    known: Vec<Option<Vec<Id>>>,
    /// The innermost node of some bytes.
    spans: OnceCell<FxHashMap<(u32, u32), Id>>,
}

impl<'a> Places<'a> {
    fn new(source: &'a Source, wanted: &'a Wanted<'a>) -> Self {
        // What a text does not have the words for is nowhere in it.
        let mut known = vec![Some(Vec::new()); wanted.formulas.len()];
        wanted.words.possible(&source.text).into_iter().for_each(|number| known[number] = None);
        Self { source, formulas: &wanted.formulas, known, spans: OnceCell::new() }
    }

    fn of(&mut self, number: usize) -> &[Id] {
        if self.known[number].is_none() {
            let found = self.found(number);
            self.known[number] = Some(found.iter().filter_map(|place| self.at(place)).collect());
        }
        self.known[number].as_deref().unwrap_or_default()
    }

    /// The places with what their holes stand for.
    fn found(&self, number: usize) -> Vec<Place> {
        match &self.known[number] {
            Some(known) if known.is_empty() => Vec::new(),
            _ => evaluate(self.formulas[number], self.source),
        }
    }

    fn at(&self, place: &Place) -> Option<Id> {
        place.node.or_else(|| self.spanning(&place.span))
    }

    fn spanning(&self, span: &Range<usize>) -> Option<Id> {
        let spans = self.spans.get_or_init(|| {
            let nodes = self.source.tree.nodes.iter().zip(0..);
            let there = nodes.filter(|(node, _)| node.kind != Kind::Nothing);
            there.map(|(node, place)| ((node.start, node.end), Id(place))).collect()
        });
        spans.get(&(span.start as u32, span.end as u32)).copied()
    }
}
