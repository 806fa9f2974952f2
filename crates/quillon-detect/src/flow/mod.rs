//! Follows data from where it comes in to where it does harm.
//!
//! Code is run on what is known of its values instead of on values: branches that cannot be taken are left out, places of
//! lists and keys of maps are kept apart, calls are followed into the texts that are looked at together, and what libraries
//! do is data in `model`. Rules are followed together, one bit each. Start at [`follow`].

mod call;
mod evaluate;
mod guard;
mod model;
mod run;
mod value;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Language;
use crate::rule::{Formula, Matcher, Rule, Taint, evaluate as places};
use crate::scan::{Finding, Scan, Skipped, Unit};
use crate::source::Source;
use crate::tree::{Id, Kind, Tree};
use run::Run;
use value::Bits;

/// Rules over the flow of data that are followed in one run; more take another.
const RULES_MAX: usize = Bits::BITS as usize;

/// What a place in the code means to which rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark {
    source: Bits,
    /// What is handed to the call here does harm.
    sink: Bits,
    /// What stands here does harm.
    sink_value: Bits,
    sanitizer: Bits,
    /// Where what comes by here goes as well.
    propagates: Vec<(Id, Id, Bits)>,
}

/// The texts of one language, as they are followed.
pub(crate) struct Project<'a> {
    units: Vec<&'a Unit<'a>>,
    rules: Vec<(&'a Rule, &'a Taint)>,
    marks: Vec<FxHashMap<Id, Mark>>,
    /// Functions by name.
    functions: FxHashMap<String, Vec<(usize, Id)>>,
    /// Classes by name.
    classes: FxHashMap<String, Vec<(usize, Id)>>,
    /// Classes by the name of what they extend.
    heirs: FxHashMap<String, Vec<(usize, Id)>>,
    /// The names of functions in which data comes in.
    doors: FxHashSet<String>,
}

/// What the rules over the flow of data find in some texts, and the texts for which there were not enough steps.
pub(crate) fn follow(units: &[Unit<'_>], is_cancelled: &dyn Fn() -> bool) -> Scan {
    let mut scan = Scan::default();
    for language in Language::ALL {
        follow_language(units, language, is_cancelled, &mut scan);
    }
    // A text is named once, however many rules were not followed in it.
    scan.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    scan.skipped.dedup();
    scan
}

fn follow_language(units: &[Unit<'_>], language: Language, is_cancelled: &dyn Fn() -> bool, scan: &mut Scan) {
    let units: Vec<&Unit<'_>> = units.iter().filter(|unit| unit.source.language == language).collect();
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    let mut rules: Vec<(&Rule, &Taint)> = Vec::new();
    for rule in units.iter().flat_map(|unit| &unit.rules) {
        if let Matcher::Taint(taint) = &rule.matcher
            && seen.insert(&rule.id)
        {
            rules.push((rule, taint));
        }
    }
    for rules in rules.chunks(RULES_MAX) {
        scan.findings.extend(follow_rules(&units, rules, is_cancelled, &mut scan.skipped));
    }
}

fn follow_rules<'a>(
    units: &[&'a Unit<'a>],
    rules: &[(&'a Rule, &'a Taint)],
    is_cancelled: &dyn Fn() -> bool,
    skipped: &mut Vec<Skipped>,
) -> Vec<Finding> {
    let project = Project::new(units.to_vec(), rules.to_vec());
    let mut run = Run::new(&project);
    for (place, unit) in project.units.iter().enumerate() {
        if is_cancelled() {
            break;
        }
        let functions = unit.source.tree.of_kind(Kind::Function);
        if project.is_worth_following(place) && !run.text(place, functions) {
            skipped.push(unit.not_followed());
        }
    }
    run.findings()
}

impl<'a> Project<'a> {
    fn new(units: Vec<&'a Unit<'a>>, rules: Vec<(&'a Rule, &'a Taint)>) -> Self {
        let marks = units.iter().map(|unit| marks(&rules, &unit.source)).collect();
        let mut project = Self {
            units,
            rules,
            marks,
            functions: FxHashMap::default(),
            classes: FxHashMap::default(),
            heirs: FxHashMap::default(),
            doors: FxHashSet::default(),
        };
        project.doors = project.doors();
        for (place, unit) in project.units.iter().enumerate() {
            let tree = &unit.source.tree;
            for id in tree.of_kind(Kind::Function) {
                if let Some(name) = tree.child(*id, 1) {
                    project.functions.entry(tree.word(name).to_owned()).or_default().push((place, *id));
                }
            }
            for id in tree.of_kind(Kind::Class) {
                let Some(name) = tree.child(*id, 1) else { continue };
                project.classes.entry(tree.word(name).to_owned()).or_default().push((place, *id));
                for above in tree.child(*id, 2).map_or(&[][..], |supers| tree.children(supers)) {
                    let name = tree.path(*above).unwrap_or_default();
                    let last = name.rsplit('.').next().unwrap_or_default().to_owned();
                    project.heirs.entry(last).or_default().push((place, *id));
                }
            }
        }
        project
    }

    fn source(&self, unit: usize) -> &'a Source {
        &self.units[unit].source
    }

    fn tree(&self, unit: usize) -> &'a Tree {
        &self.units[unit].source.tree
    }

    /// The classes that a name may mean in a text: its own before those of other texts.
    fn classes_named(&self, name: &str, unit: usize) -> Vec<(usize, Id)> {
        let Some(all) = self.classes.get(name) else { return Vec::new() };
        let own: Vec<(usize, Id)> = all.iter().filter(|(place, _)| *place == unit).copied().collect();
        if !own.is_empty() {
            return own;
        }
        // What an import names in full lies in the file of that name.
        let imported = self.tree(unit).imports.get(name).map(|path| path.replace('.', "/"));
        let named = |place: usize| {
            let path = self.units[place].path;
            let path = path.rsplit_once('.').map_or(path, |(path, _)| path);
            imported.as_ref().is_some_and(|imported| path.ends_with(imported.as_str()))
        };
        let named: Vec<(usize, Id)> = all.iter().filter(|(place, _)| named(*place)).copied().collect();
        if named.is_empty() { all.clone() } else { named }
    }

    /// Whether data comes in here, or from a function that is called here.
    fn is_worth_following(&self, unit: usize) -> bool {
        let marks = &self.marks[unit];
        let has_sink = || marks.values().any(|mark| mark.sink | mark.sink_value != 0);
        marks.values().any(|mark| mark.source != 0) || (has_sink() && self.calls_a_door(unit))
    }

    fn calls_a_door(&self, unit: usize) -> bool {
        let tree = self.tree(unit);
        tree.of_kind(Kind::Call).iter().any(|call| self.doors.contains(tree.callee_name(*call)))
    }

    /// The names of functions in which data comes in.
    fn doors(&self) -> FxHashSet<String> {
        let mut doors = FxHashSet::default();
        for (unit, marks) in self.marks.iter().enumerate() {
            let tree = self.tree(unit);
            for (id, _) in marks.iter().filter(|(_, mark)| mark.source != 0) {
                let around = tree.ancestors(*id).find(|id| tree.is(*id, Kind::Function));
                let name = around.and_then(|function| tree.child(function, 1));
                doors.extend(name.map(|name| tree.word(name).to_owned()));
            }
        }
        doors
    }
}

/// What each place of a text means.
fn marks(rules: &[(&Rule, &Taint)], source: &Source) -> FxHashMap<Id, Mark> {
    let mut marks: FxHashMap<Id, Mark> = FxHashMap::default();
    let mut spans: FxHashMap<(u32, u32), Id> = FxHashMap::default();
    for (place, node) in source.tree.nodes.iter().enumerate() {
        if node.kind != Kind::Nothing {
            spans.insert((node.start, node.end), Id(place as u32));
        }
    }
    let at = |place: &crate::rule::Place| {
        place.node.or_else(|| spans.get(&(place.span.start as u32, place.span.end as u32)).copied())
    };
    // Many rules look for the same sources.
    let mut known: FxHashMap<String, Vec<Id>> = FxHashMap::default();
    let mut found = |formula: &Formula| -> Vec<Id> {
        let key = format!("{formula:?}");
        if let Some(ids) = known.get(&key) {
            return ids.clone();
        }
        let ids: Vec<Id> = places(formula, source).iter().filter_map(at).collect();
        known.insert(key, ids.clone());
        ids
    };
    for (nth, (_, taint)) in rules.iter().enumerate() {
        let bit: Bits = 1 << nth;
        for formula in &taint.sources {
            found(formula).into_iter().for_each(|id| marks.entry(id).or_default().source |= bit);
        }
        for formula in &taint.sinks {
            let is_focused = formula.is_focused();
            for id in found(formula) {
                let is_call = matches!(source.tree.kind(id), Kind::Call | Kind::New);
                let mark = marks.entry(id).or_default();
                *(if is_call && !is_focused { &mut mark.sink } else { &mut mark.sink_value }) |= bit;
            }
        }
        for formula in &taint.sanitizers {
            found(formula).into_iter().for_each(|id| marks.entry(id).or_default().sanitizer |= bit);
        }
        for propagator in &taint.propagators {
            for place in places(&propagator.formula, source) {
                let hole = |name: &str| {
                    let span = place.bindings.get(name)?.span(&source.tree)?;
                    spans.get(&(span.start as u32, span.end as u32)).copied()
                };
                if let (Some(id), Some(from), Some(to)) =
                    (at(&place), hole(&propagator.from), hole(&propagator.to))
                {
                    marks.entry(id).or_default().propagates.push((from, to, bit));
                }
            }
        }
    }
    marks
}
