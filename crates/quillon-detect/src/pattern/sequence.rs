//! Whether what has parts matches: arguments, pairs, members, and statements that follow one another.

use super::bindings::{Bindings, Bound};
use super::find::{Matcher, Then};
use crate::tree::{Id, Kind, Tree};

/// What goes on when statements have matched, with the byte where the last one ends.
pub(super) type ThenAt<'a> = &'a mut dyn FnMut(&mut Bindings, usize) -> bool;

impl Matcher<'_> {
    /// A node that has a shape of its own.
    pub(super) fn shaped(
        &self,
        wanted: Kind,
        part: Id,
        id: Id,
        bindings: &mut Bindings,
        then: Then<'_>,
    ) -> bool {
        let has = self.tree.kind(id);
        if wanted != has {
            return self.reshaped(wanted, has, part, id, bindings, then);
        }
        let (parts, ids) = (self.parts(part), self.tree.children(id));
        let words_agree = self.pattern.tree.word(part) == self.tree.word(id);
        match wanted {
            Kind::Call | Kind::New => {
                let (Some(callee), Some(has)) = (parts.first(), ids.first()) else { return false };
                self.node(*callee, *has, bindings, &mut |bindings| {
                    self.arguments(&parts[1..], &ids[1..], bindings, then)
                })
            }
            Kind::Dict | Kind::List if wanted == Kind::Dict || is_class_list(&self.pattern.tree, part) => {
                self.any_order(parts, ids, bindings, then)
            }
            Kind::Markup => {
                let (Some(name), Some(has)) = (parts.first(), ids.first()) else { return false };
                self.node(*name, *has, bindings, &mut |bindings| {
                    self.any_order(&parts[1..], &ids[1..], bindings, then)
                })
            }
            Kind::Modifiers => self.any_order(parts, ids, bindings, then),
            Kind::Keyword => self.keyword(part, id, bindings, then),
            Kind::Declare => {
                // A pattern that says no more than the value says nothing about modifiers.
                let parts = &parts[..parts.len().min(3)];
                let with = self.parts(part).get(3).copied();
                let modifiers = self.tree.child(id, 3);
                self.list(
                    parts,
                    &ids[..ids.len().min(3)],
                    bindings,
                    &mut |bindings| match (with, modifiers) {
                        (Some(with), Some(has)) => self.node(with, has, bindings, then),
                        (Some(with), None) => self.kind(with) == Kind::Nothing && then(bindings),
                        (None, _) => then(bindings),
                    },
                )
            }
            Kind::Block => {
                let is_open = parts.is_empty();
                is_open && ids.is_empty() && then(bindings)
                    || !is_open && self.whole_block(parts, id, bindings, then)
            }
            Kind::Try => self.attempt(parts, ids, bindings, then),
            // A bare `except:` catches more than one with a name.
            Kind::Catch if self.is_bare(parts) && !self.tree.is(ids[0], Kind::Nothing) => false,
            Kind::Import => self.import(self.pattern.tree.word(part), id, bindings, then),
            Kind::Function | Kind::Class | Kind::If | Kind::Param | Kind::Catch | Kind::Lambda => {
                self.list(parts, ids, bindings, then)
            }
            Kind::ForEach | Kind::Case => self.list(parts, ids, bindings, then),
            _ => words_agree && self.list(parts, ids, bindings, then),
        }
    }

    /// An import: from the same module, of all that the pattern names.
    fn import(&self, wanted: &str, id: Id, bindings: &mut Bindings, then: Then<'_>) -> bool {
        let has = self.tree.word(id);
        if wanted == has {
            return then(bindings);
        }
        let (Some(wanted), Some(has)) = (Imported::read(wanted), Imported::read(has)) else { return false };
        wanted.module == has.module && self.imported(&wanted.names, &has.names, id, bindings, then)
    }

    fn imported(
        &self,
        wanted: &[&str],
        has: &[&str],
        id: Id,
        bindings: &mut Bindings,
        then: Then<'_>,
    ) -> bool {
        let Some((name, rest)) = wanted.split_first() else { return then(bindings) };
        let last = |name: &str| name.split(' ').next_back().unwrap_or_default().to_owned();
        let hole = last(name).strip_prefix("QMV_").map(|hole| format!("${hole}"));
        has.iter().any(|one| match &hole {
            // `* as $X` is no `$X`.
            Some(hole) => {
                let is_alike = name.split(' ').count() == one.split(' ').count();
                let bound = Bound::Word(last(one), self.tree.span(id));
                is_alike
                    && self.bind(hole, bound, bindings, &mut |bindings| {
                        self.imported(rest, has, id, bindings, then)
                    })
            }
            None => name == one && self.imported(rest, has, id, bindings, then),
        })
    }

    fn is_bare(&self, parts: &[Id]) -> bool {
        self.source.language == crate::Language::Python && self.kind(parts[0]) == Kind::Nothing
    }

    /// The same thing written otherwise.
    fn reshaped(
        &self,
        wanted: Kind,
        has: Kind,
        part: Id,
        id: Id,
        bindings: &mut Bindings,
        then: Then<'_>,
    ) -> bool {
        let parts = self.parts(part);
        match (wanted, has) {
            // `$X = v` is what `T x = v` says too.
            (Kind::Assign, Kind::Declare) => {
                let (Some(target), Some(value)) = (self.tree.child(id, 1), self.tree.child(id, 2)) else {
                    return false;
                };
                !self.tree.is(value, Kind::Nothing)
                    && self.node(parts[0], target, bindings, &mut |bindings| {
                        self.node(parts[1], value, bindings, then)
                    })
            }
            // `function $F(...) {...}` is also an arrow.
            (Kind::Function, Kind::Lambda) => {
                let (Some(params), Some(body)) = (self.tree.child(id, 0), self.tree.child(id, 1)) else {
                    return false;
                };
                let is_nameless = matches!(self.kind(parts[1]), Kind::Nothing | Kind::Meta);
                is_nameless
                    && self.node(parts[2], params, bindings, &mut |bindings| {
                        self.node(parts[4], body, bindings, then)
                    })
            }
            (Kind::Lambda, Kind::Function) => {
                let (Some(params), Some(body)) = (self.tree.child(id, 2), self.tree.child(id, 4)) else {
                    return false;
                };
                self.node(parts[0], params, bindings, &mut |bindings| {
                    self.node(parts[1], body, bindings, then)
                })
            }
            // What waits for a value or casts it is looked through.
            (_, Kind::Await) => {
                self.tree.child(id, 0).is_some_and(|inner| self.node(part, inner, bindings, then))
            }
            (_, Kind::Cast) => {
                self.tree.child(id, 1).is_some_and(|inner| self.node(part, inner, bindings, then))
            }
            _ => false,
        }
    }

    /// Parts in order, with ellipses between them.
    pub(super) fn list(&self, parts: &[Id], ids: &[Id], bindings: &mut Bindings, then: Then<'_>) -> bool {
        if !self.spend() {
            return false;
        }
        let Some((part, rest)) = parts.split_first() else { return ids.is_empty() && then(bindings) };
        match self.kind(*part) {
            Kind::Ellipsis => (0..=ids.len()).any(|skipped| self.list(rest, &ids[skipped..], bindings, then)),
            Kind::MetaMany => (0..=ids.len()).any(|taken| {
                let bound = Bound::Nodes(ids[..taken].to_vec());
                self.bind(self.pattern.name(*part), bound, bindings, &mut |bindings| {
                    self.list(rest, &ids[taken..], bindings, then)
                })
            }),
            _ => match ids.split_first() {
                Some((id, ids)) => {
                    self.node(*part, *id, bindings, &mut |bindings| self.list(rest, ids, bindings, then))
                }
                // What the pattern leaves open may be absent.
                None => self.kind(*part) == Kind::Nothing && self.list(rest, ids, bindings, then),
            },
        }
    }

    /// Arguments: those with names in any order, the rest as they come.
    fn arguments(&self, parts: &[Id], ids: &[Id], bindings: &mut Bindings, then: Then<'_>) -> bool {
        let is_named = |kind| kind == Kind::Keyword;
        let (named, plain): (Vec<Id>, Vec<Id>) = parts.iter().partition(|part| is_named(self.kind(**part)));
        let (has_named, mut has_plain): (Vec<Id>, Vec<Id>) =
            ids.iter().partition(|id| is_named(self.tree.kind(**id)));
        // The body of an anonymous class is no argument.
        has_plain.retain(|id| !self.tree.is(*id, Kind::Block));
        let is_open = plain.iter().any(|part| matches!(self.kind(*part), Kind::Ellipsis | Kind::MetaMany));
        if !is_open && named.len() != has_named.len() {
            return false;
        }
        self.some_of(&named, &has_named, bindings, &mut |bindings| {
            self.list(&plain, &has_plain, bindings, then)
        })
    }

    /// Each part somewhere among the nodes.
    fn some_of(&self, parts: &[Id], ids: &[Id], bindings: &mut Bindings, then: Then<'_>) -> bool {
        let Some((part, rest)) = parts.split_first() else { return then(bindings) };
        if matches!(self.kind(*part), Kind::Ellipsis | Kind::MetaMany) {
            return self.some_of(rest, ids, bindings, then);
        }
        ids.iter().any(|id| {
            self.node(*part, *id, bindings, &mut |bindings| self.some_of(rest, ids, bindings, then))
        })
    }

    /// Parts in any order; without an ellipsis there are no others.
    fn any_order(&self, parts: &[Id], ids: &[Id], bindings: &mut Bindings, then: Then<'_>) -> bool {
        let is_open = parts.iter().any(|part| self.kind(*part) == Kind::Ellipsis);
        let is_modifiers = parts.iter().all(|part| {
            matches!(self.kind(*part), Kind::Modifier | Kind::Annotation | Kind::Type | Kind::Name)
        });
        (is_open || is_modifiers || parts.len() == ids.len()) && self.some_of(parts, ids, bindings, then)
    }

    fn keyword(&self, part: Id, id: Id, bindings: &mut Bindings, then: Then<'_>) -> bool {
        let (Some(value), Some(has)) = (self.parts(part).first(), self.tree.child(id, 0)) else {
            return false;
        };
        let name = self.pattern.name(part);
        if name.is_empty() {
            return self.pattern.tree.word(part) == self.tree.word(id)
                && self.node(*value, has, bindings, then);
        }
        let start = self.tree.span(id).start;
        let word = self.tree.word(id).to_owned();
        let span = start..start + word.len();
        self.bind(name, Bound::Word(word, span), bindings, &mut |bindings| {
            self.node(*value, has, bindings, then)
        })
    }

    fn attempt(&self, parts: &[Id], ids: &[Id], bindings: &mut Bindings, then: Then<'_>) -> bool {
        let (head, clauses) = parts.split_at(parts.len().min(2));
        let (has_head, has_clauses) = ids.split_at(ids.len().min(2));
        self.list(head, has_head, bindings, &mut |bindings| {
            self.some_of(clauses, has_clauses, bindings, then)
        })
    }

    /// All statements of a block.
    fn whole_block(&self, parts: &[Id], block: Id, bindings: &mut Bindings, then: Then<'_>) -> bool {
        let last = self.tree.children(block).last().map(|id| self.tree.span(*id).end);
        let is_open = parts.last().is_some_and(|part| matches!(self.kind(*part), Kind::Ellipsis));
        if self.tree.children(block).is_empty() {
            return parts.iter().all(|part| self.kind(*part) == Kind::Ellipsis) && then(bindings);
        }
        self.statements(parts, block, 0, bindings, &mut |bindings, end| {
            (is_open || Some(end) == last) && then(bindings)
        })
    }

    /// Statements of a block from one on; after an ellipsis those in inner blocks count as well.
    pub(super) fn statements(
        &self,
        parts: &[Id],
        block: Id,
        from: usize,
        bindings: &mut Bindings,
        then: ThenAt<'_>,
    ) -> bool {
        let children = self.tree.children(block);
        let mut flat = Vec::new();
        for id in &children[from.min(children.len())..] {
            flatten(self.tree, *id, &mut flat);
        }
        let end = children.last().map_or(0, |id| self.tree.span(*id).end);
        let run = Run { flat: &flat, end };
        self.run(&run, parts, 0, None, bindings, then)
    }

    /// The next part of a run of statements. `after` is the statement that it has to follow at once.
    fn run(
        &self,
        run: &Run<'_>,
        parts: &[Id],
        at: usize,
        after: Option<(Id, usize)>,
        bindings: &mut Bindings,
        then: ThenAt<'_>,
    ) -> bool {
        if !self.spend() {
            return false;
        }
        let Some((part, rest)) = parts.split_first() else {
            return then(bindings, after.map_or(run.end, |(_, end)| end));
        };
        if matches!(self.kind(*part), Kind::Ellipsis) {
            if rest.is_empty() {
                return then(bindings, run.end);
            }
            return (at..run.flat.len()).any(|place| self.step(run, rest, place, bindings, then));
        }
        let Some(next) = run.flat.get(at) else { return false };
        let is_next = after.is_none_or(|(before, _)| self.tree.parent(before) == self.tree.parent(*next));
        is_next && self.step(run, parts, at, bindings, then)
    }

    /// One statement of a run at one place.
    fn step(
        &self,
        run: &Run<'_>,
        parts: &[Id],
        place: usize,
        bindings: &mut Bindings,
        then: ThenAt<'_>,
    ) -> bool {
        let Some((part, rest)) = parts.split_first() else { return false };
        let id = run.flat[place];
        let after = self.tree.node(id).after;
        let next = place + run.flat[place..].iter().take_while(|id| id.0 < after).count();
        let end = self.tree.span(id).end;
        let mut go_on = |bindings: &mut Bindings| self.run(run, rest, next, Some((id, end)), bindings, then);
        if self.node(*part, id, bindings, &mut go_on) {
            return true;
        }
        is_deep(self.kind(*part))
            && self.own(id).into_iter().any(|inner| self.node(*part, inner, bindings, &mut go_on))
    }

    /// The expressions of a statement that are not in its blocks.
    fn own(&self, id: Id) -> Vec<Id> {
        let mut found = Vec::new();
        let mut at = id.0 + 1;
        let end = self.tree.node(id).after;
        while at < end {
            let node = self.tree.node(Id(at));
            let is_inner = matches!(node.kind, Kind::Block)
                && !self.tree.parent(Id(at)).is_some_and(|up| self.tree.is(up, Kind::Lambda));
            if is_inner || matches!(node.kind, Kind::Function | Kind::Class) {
                at = node.after;
                continue;
            }
            if is_deep(node.kind) {
                found.push(Id(at));
            }
            at += 1;
        }
        found
    }
}

/// What an import names, as it is written.
struct Imported<'w> {
    module: &'w str,
    names: Vec<&'w str>,
}

impl<'w> Imported<'w> {
    /// `import a, { b as c } from 'm'`, `import * as a from 'm'`, `import 'm'`, `from m import a, b`.
    fn read(word: &'w str) -> Option<Self> {
        if let Some((module, names)) = word.strip_prefix("from ").and_then(|rest| rest.split_once(" import "))
        {
            return Some(Self { module, names: parts(names) });
        }
        let rest = word.strip_prefix("import ")?;
        let (names, module) = rest.rsplit_once("from ").unwrap_or(("", rest));
        let module = module.trim().trim_matches(['\'', '"', ';']);
        Some(Self { module, names: parts(names) })
    }
}

fn parts(names: &str) -> Vec<&str> {
    names.split([',', '{', '}', '(', ')']).map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// The statements that a run goes over, inner ones after the one that holds them.
struct Run<'a> {
    flat: &'a [Id],
    end: usize,
}

fn is_deep(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Call
            | Kind::New
            | Kind::Assign
            | Kind::Declare
            | Kind::Update
            | Kind::Index
            | Kind::Binary
            | Kind::Dot
    )
}

fn is_class_list(tree: &Tree, part: Id) -> bool {
    tree.parent(part).is_some_and(|up| tree.is(up, Kind::Class))
}

fn flatten(tree: &Tree, id: Id, flat: &mut Vec<Id>) {
    flat.push(id);
    if matches!(tree.kind(id), Kind::Function | Kind::Class | Kind::Lambda) {
        return;
    }
    for child in tree.children(id) {
        match tree.kind(*child) {
            Kind::Block => {
                for inner in tree.children(*child) {
                    flatten(tree, *inner, flat);
                }
            }
            Kind::If | Kind::Catch | Kind::Finally | Kind::Case if !matches!(tree.kind(id), Kind::Block) => {
                flatten_inner(tree, *child, flat);
            }
            _ => {}
        }
    }
}

fn flatten_inner(tree: &Tree, id: Id, flat: &mut Vec<Id>) {
    if tree.is(id, Kind::If) {
        flatten(tree, id, flat);
        return;
    }
    for child in tree.children(id) {
        if tree.is(*child, Kind::Block) {
            for inner in tree.children(*child) {
                flatten(tree, *inner, flat);
            }
        }
    }
}
