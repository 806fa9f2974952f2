//! What running a piece of code can meet: where data comes in and where it does harm, there and in all that it calls.
//!
//! A run starts with nothing that is tainted, so code that cannot meet both for one rule finds nothing and is not run.
//! Calls are taken by name alone, so that every call that a run follows is among them. Start at [`Reach::new`].

use rustc_hash::{FxHashMap, FxHashSet};

use super::Project;
use super::call::CONSTRUCTORS;
use super::value::Bits;
use crate::tree::{Id, Kind, Tree};

/// The code that can bring data to where it does harm.
#[derive(Debug, Default)]
pub(super) struct Reach(FxHashSet<(usize, Id)>);

/// Where data comes in and where it does harm, one bit for each rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Met {
    sources: Bits,
    sinks: Bits,
}

/// A function without the functions in it, or what stands outside of all.
#[derive(Debug)]
struct Piece<'a> {
    unit: usize,
    /// The function; the root outside of all.
    id: Id,
    /// What it is called by.
    name: Option<&'a str>,
    met: Met,
    /// The names of what it calls and makes.
    calls: FxHashSet<&'a str>,
}

impl Met {
    /// Adds what another met, and says whether that is more.
    fn add(&mut self, other: Self) -> bool {
        let before = *self;
        self.sources |= other.sources;
        self.sinks |= other.sinks;
        *self != before
    }
}

impl Reach {
    pub(super) fn new(project: &Project<'_>) -> Self {
        let mut pieces: Vec<Piece<'_>> =
            (0..project.units.len()).flat_map(|unit| pieces(project, unit)).collect();
        let mut callers: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (place, piece) in pieces.iter().enumerate() {
            piece.calls.iter().for_each(|name| callers.entry(name).or_default().push(place));
        }
        // What a function meets, everything meets that calls one of its name.
        let mut named: FxHashMap<&str, Met> = FxHashMap::default();
        let mut grown: Vec<usize> = (0..pieces.len()).collect();
        while let Some(place) = grown.pop() {
            let Piece { name: Some(name), met, .. } = pieces[place] else { continue };
            let all = named.entry(name).or_default();
            if all.add(met) {
                let callers = callers.get(name).into_iter().flatten();
                grown.extend(callers.filter(|caller| pieces[**caller].met.add(*all)));
            }
        }
        let both = pieces.iter().filter(|piece| piece.met.sources & piece.met.sinks != 0);
        Self(both.map(|piece| (piece.unit, piece.id)).collect())
    }

    /// Whether a function of a text is worth running; as the root, what stands outside of all.
    pub(super) fn has(&self, unit: usize, id: Id) -> bool {
        self.0.contains(&(unit, id))
    }
}

/// The pieces of a text, with what each meets by itself.
fn pieces<'a>(project: &Project<'a>, unit: usize) -> Vec<Piece<'a>> {
    let tree = project.tree(unit);
    let piece = |id, name| Piece { unit, id, name, met: Met::default(), calls: FxHashSet::default() };
    let mut pieces = vec![piece(Tree::ROOT, None)];
    // The pieces around a node, the innermost last.
    let mut around = vec![0];
    for id in tree.within(Tree::ROOT) {
        while around.len() > 1 && !tree.contains(pieces[around[around.len() - 1]].id, id) {
            around.pop();
        }
        pieces[around[around.len() - 1]].meet(project, id);
        if tree.is(id, Kind::Function) {
            around.push(pieces.len());
            pieces.push(piece(id, tree.child(id, 1).map(|name| tree.word(name))));
        }
    }
    pieces
}

impl<'a> Piece<'a> {
    fn meet(&mut self, project: &Project<'a>, id: Id) {
        self.meet_one(project, id);
        // What a rule hands on may stand anywhere; it is looked at here.
        let tree = project.tree(self.unit);
        let handed = project.marks[self.unit].get(&id).map_or(&[][..], |mark| &mark.propagates);
        for (from, to, _) in handed {
            tree.within(*from).chain(tree.within(*to)).for_each(|part| self.meet_one(project, part));
        }
    }

    fn meet_one(&mut self, project: &Project<'a>, id: Id) {
        if let Some(mark) = project.marks[self.unit].get(&id) {
            self.met.add(Met { sources: mark.source, sinks: mark.sink | mark.sink_value });
        }
        let tree = project.tree(self.unit);
        let Some(callee) = tree.child(id, 0) else { return };
        let name = tree.word(callee);
        let last = name.rsplit('.').next().unwrap_or_default();
        match tree.kind(id) {
            Kind::Call => {
                self.calls.insert(name);
            }
            Kind::New if project.classes.contains_key(last) => {
                self.calls.extend(CONSTRUCTORS);
                self.calls.insert(last);
            }
            _ => {}
        }
    }
}
