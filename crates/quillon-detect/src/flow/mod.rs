//! Follows data from where it comes in to where it does harm.
//!
//! Code is run on what is known of its values instead of on values: branches that cannot be taken are left out, places of
//! lists and keys of maps are kept apart, calls are followed into the texts that are looked at together, and what libraries
//! do is data in `model`. Rules are followed together, one bit each. Start at [`follow`].

mod call;
mod evaluate;
mod guard;
mod mark;
mod model;
mod reach;
mod run;
mod value;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Language;
use crate::rule::{Matcher, Rule, Taint};
use crate::scan::{Finding, Scan, Skipped, Unit};
use crate::source::Source;
use crate::tree::{Id, Kind, Tree};
use mark::{Marks, marks};
use reach::Reach;
use run::Run;
use value::Bits;

/// Rules over the flow of data that are followed in one run; more take another.
const RULES_MAX: usize = Bits::BITS as usize;

/// The texts of one language, as they are followed.
pub(crate) struct Project<'a> {
    units: Vec<&'a Unit<'a>>,
    rules: Vec<(&'a Rule, &'a Taint)>,
    marks: Vec<Marks>,
    /// Functions by name.
    functions: FxHashMap<String, Vec<(usize, Id)>>,
    /// Classes by name.
    classes: FxHashMap<String, Vec<(usize, Id)>>,
    /// Classes by the name of what they extend.
    heirs: FxHashMap<String, Vec<(usize, Id)>>,
    /// The code that is worth running.
    reach: Reach,
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
        if !run.text(place) {
            skipped.push(unit.not_followed());
        }
    }
    run.findings()
}

impl<'a> Project<'a> {
    fn new(units: Vec<&'a Unit<'a>>, rules: Vec<(&'a Rule, &'a Taint)>) -> Self {
        let marks = marks(&rules, &units);
        let mut project = Self {
            units,
            rules,
            marks,
            functions: FxHashMap::default(),
            classes: FxHashMap::default(),
            heirs: FxHashMap::default(),
            reach: Reach::default(),
        };
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
        project.reach = Reach::new(&project);
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
}
