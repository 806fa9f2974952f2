//! Looks for a pattern in a text. One walk over the nodes of the kinds that the pattern may match; every way in which the
//! holes can be filled is tried, up to a limit of steps.

use std::cell::Cell;
use std::ops::Range;

use super::bindings::{Bindings, Bound};
use super::read::Pattern;
use crate::Language;
use crate::source::{Constant, Source, number};
use crate::tree::{Id, Kind, Tree};

/// Steps for one pattern in one text.
const STEPS_MAX: u32 = 3_000_000;

/// Matches of one pattern in one text that are kept.
const MATCHES_MAX: usize = 20_000;

/// Ways to fill the holes at one place that are kept.
const WAYS_MAX: usize = 24;

/// A place where a pattern matches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Match {
    /// The bytes of the text.
    pub(crate) span: Range<usize>,
    /// The node, where it is one.
    pub(crate) node: Option<Id>,
    pub(crate) bindings: Bindings,
}

/// What goes on when a part has matched; says whether enough was found.
pub(super) type Then<'a> = &'a mut dyn FnMut(&mut Bindings) -> bool;

pub(super) struct Matcher<'a> {
    pub(super) pattern: &'a Pattern,
    pub(super) source: &'a Source,
    pub(super) tree: &'a Tree,
    steps_left: Cell<u32>,
}

/// Every place of a text where a pattern matches, within some bytes of it.
pub(crate) fn find(pattern: &Pattern, source: &Source, within: Option<Range<usize>>) -> Vec<Match> {
    let matcher = Matcher::new(pattern, source);
    let mut found = Vec::new();
    if pattern.roots.len() > 1 {
        matcher.find_statements(&mut found, within.as_ref());
        return found;
    }
    for kind in candidates(pattern.kind(pattern.roots[0])) {
        for id in source.tree.of_kind(*kind) {
            let is_within = within.as_ref().is_none_or(|within| {
                let span = source.tree.span(*id);
                within.start <= span.start && span.end <= within.end
            });
            let is_meant = !pattern.is_statement
                || source.tree.parent(*id).is_some_and(|up| source.tree.is(up, Kind::Block));
            if is_within && is_meant && found.len() < MATCHES_MAX {
                found.extend(matcher.at(*id));
            }
        }
    }
    found
}

/// The kinds of code that a kind of pattern may match.
fn candidates(kind: Kind) -> &'static [Kind] {
    use Kind::*;
    match kind {
        Meta | TypedMeta | Ellipsis | Deep => &[
            Name, Str, Template, Number, Bool, Null, Regex, Call, New, Dot, Index, Binary, Unary, Assign,
            Ternary, Lambda, List, Tuple, Dict, Await, Cast, Return, Throw, If, Other, Markup,
        ],
        AnyStr | StrMeta | Str => &[Str],
        Name => &[Name, Type, Dot],
        Dot => &[Dot, Name, Type],
        Assign => &[Assign, Declare],
        Function => &[Function, Lambda],
        Call => &[Call],
        New => &[New],
        Index => &[Index],
        Binary => &[Binary],
        Unary => &[Unary],
        Update => &[Update],
        Declare => &[Declare],
        Ternary => &[Ternary],
        Lambda => &[Lambda],
        List => &[List],
        Tuple => &[Tuple],
        Dict => &[Dict],
        Pair => &[Pair],
        Await => &[Await],
        Cast => &[Cast],
        Type => &[Type],
        Block => &[Block],
        If => &[If],
        While => &[While],
        DoWhile => &[DoWhile],
        For => &[For],
        ForEach => &[ForEach],
        Try => &[Try],
        Catch => &[Catch],
        Finally => &[Finally],
        With => &[With],
        Switch => &[Switch],
        Return => &[Return],
        Throw => &[Throw],
        Class => &[Class],
        Annotation => &[Annotation],
        Import => &[Import],
        Markup => &[Markup],
        Keyword => &[Keyword],
        Template => &[Template],
        Number => &[Number],
        Bool => &[Bool],
        Null => &[Null],
        Regex => &[Regex],
        Spread => &[Spread],
        Other => &[Other],
        Break => &[Break],
        Continue => &[Continue],
        _ => &[],
    }
}

impl<'a> Matcher<'a> {
    fn new(pattern: &'a Pattern, source: &'a Source) -> Self {
        Self { pattern, source, tree: &source.tree, steps_left: Cell::new(STEPS_MAX) }
    }

    pub(super) fn kind(&self, part: Id) -> Kind {
        self.pattern.kind(part)
    }

    pub(super) fn parts(&self, part: Id) -> &'a [Id] {
        self.pattern.tree.children(part)
    }

    fn at(&self, id: Id) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        let span = self.tree.span(id);
        self.node(self.pattern.roots[0], id, &mut Bindings::default(), &mut |bindings| {
            let one = Match { span: span.clone(), node: Some(id), bindings: bindings.clone() };
            if !found.contains(&one) {
                found.push(one);
            }
            found.len() >= WAYS_MAX
        });
        found
    }

    fn find_statements(&self, found: &mut Vec<Match>, within: Option<&Range<usize>>) {
        for block in self.tree.of_kind(Kind::Block) {
            let is_within = within.is_none_or(|within| {
                let span = self.tree.span(*block);
                within.start <= span.start && span.end <= within.end
            });
            if !is_within {
                continue;
            }
            for (nth, first) in self.tree.children(*block).iter().enumerate() {
                if nth > 0 && self.kind(self.pattern.roots[0]) == Kind::Ellipsis {
                    break;
                }
                if found.len() >= MATCHES_MAX {
                    return;
                }
                let start = self.tree.span(*first).start;
                let mut ways = 0;
                self.statements(
                    &self.pattern.roots,
                    *block,
                    nth,
                    &mut Bindings::default(),
                    &mut |bindings, end| {
                        let one = Match { span: start..end, node: None, bindings: bindings.clone() };
                        if !found.contains(&one) {
                            found.push(one);
                            ways += 1;
                        }
                        ways >= WAYS_MAX
                    },
                );
            }
        }
    }

    /// Whether there are steps left.
    pub(super) fn spend(&self) -> bool {
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        left > 0
    }

    pub(super) fn bind(&self, name: &str, bound: Bound, bindings: &mut Bindings, then: Then<'_>) -> bool {
        let before = bindings.len();
        let found = bindings.bind(self.tree, name, bound) && then(bindings);
        bindings.truncate(before);
        found
    }

    /// Whether a part of the pattern matches a node, and what follows too.
    pub(super) fn node(&self, part: Id, id: Id, bindings: &mut Bindings, then: Then<'_>) -> bool {
        if !self.spend() {
            return false;
        }
        let wanted = self.kind(part);
        match wanted {
            Kind::Nothing | Kind::Ellipsis => then(bindings),
            Kind::Meta => {
                let is_there = !self.tree.is(id, Kind::Nothing);
                is_there && self.bind(self.pattern.name(part), Bound::Node(id), bindings, then)
            }
            Kind::TypedMeta => self.typed(part, id, bindings, then),
            Kind::Deep => self.deep(part, id, bindings, then),
            Kind::AnyStr => self.text(id).is_some() && then(bindings),
            Kind::StrMeta => match self.text(id) {
                Some(text) => {
                    let bound = Bound::Word(text, self.tree.span(id));
                    self.bind(self.pattern.name(part), bound, bindings, then)
                }
                None => false,
            },
            Kind::Str if self.pattern.regex(part).is_some() => self.meets(part, id) && then(bindings),
            Kind::Str | Kind::Number | Kind::Bool | Kind::Null => self.literal(part, id) && then(bindings),
            Kind::Name | Kind::Dot | Kind::Type => self.named(part, id, bindings, then),
            _ => self.shaped(wanted, part, id, bindings, then),
        }
    }

    /// What a string is known to say; a character of Java is none.
    fn text(&self, id: Id) -> Option<String> {
        let is_character = self.source.language == Language::Java && self.source.code(id).starts_with('\'');
        if is_character { None } else { self.source.constant_text(id) }
    }

    fn typed(&self, part: Id, id: Id, bindings: &mut Bindings, then: Then<'_>) -> bool {
        let name = self.pattern.name(part);
        let wanted = self.pattern.type_of(name).unwrap_or_default();
        let has = self.source.type_of(id).is_some_and(|has| self.is_type(&has, wanted));
        has && self.bind(name, Bound::Node(id), bindings, then)
    }

    /// Whether a type as it is written is the one that is meant.
    pub(super) fn is_type(&self, has: &str, wanted: &str) -> bool {
        let wanted = wanted.split('<').next().unwrap_or(wanted).trim();
        let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
        self.tree.means(has, wanted)
            || (!wanted.contains('.') && last(has).as_deref() == Some(wanted))
            || (!has.contains('.')
                && !self.tree.imports.contains_key(has)
                && last(wanted).as_deref() == Some(has)
                && wanted.starts_with("java.lang."))
    }

    fn deep(&self, part: Id, id: Id, bindings: &mut Bindings, then: Then<'_>) -> bool {
        // What a function does when it is called is not done where it stands.
        if matches!(self.tree.kind(id), Kind::Function | Kind::Class) {
            return false;
        }
        let Some(inner) = self.parts(part).get(1).copied() else { return false };
        self.tree.within(id).any(|id| self.node(inner, id, bindings, then))
    }

    /// Whether what a string says meets the expression in its place.
    fn meets(&self, part: Id, id: Id) -> bool {
        let text = self.text(id);
        let regex = self.pattern.regex(part);
        regex.zip(text).is_some_and(|(regex, text)| regex.is_match(&text).unwrap_or(false))
    }

    fn literal(&self, part: Id, id: Id) -> bool {
        let word = self.pattern.tree.word(part);
        let has = match self.tree.kind(id) {
            Kind::Str if self.kind(part) == Kind::Str => return self.tree.word(id) == word,
            Kind::Name
            | Kind::Dot
            | Kind::Binary
            | Kind::Template
            | Kind::Number
            | Kind::Bool
            | Kind::Null
            | Kind::Unary => self.source.constant(id),
            _ => None,
        };
        match (self.kind(part), has) {
            (Kind::Str, Some(Constant::Str(text))) => text == word,
            (Kind::Number, Some(Constant::Number(value))) => number(word) == Some(value),
            (Kind::Bool, Some(Constant::Bool(value))) => word.eq_ignore_ascii_case("true") == value,
            (Kind::Null, Some(Constant::Null)) => true,
            _ => false,
        }
    }

    fn named(&self, part: Id, id: Id, bindings: &mut Bindings, then: Then<'_>) -> bool {
        let kind = self.tree.kind(id);
        if let Some(wanted) = self.pattern.path(part) {
            return self.is_named(id, wanted) && then(bindings);
        }
        if self.kind(part) != Kind::Dot {
            return false;
        }
        let object = self.parts(part)[0];
        if self.pattern.tree.word(part) == "QELLIPSIS" {
            // `$X. ... .f()`: any chain of calls and fields that begins with it.
            return self.chain(id).any(|id| self.node(object, id, bindings, then));
        }
        if kind != Kind::Dot {
            return false;
        }
        let Some(has) = self.tree.child(id, 0) else { return false };
        let name = self.pattern.name(part);
        if name.is_empty() {
            return self.pattern.tree.word(part) == self.tree.word(id)
                && self.node(object, has, bindings, then);
        }
        let end = self.tree.span(id).end;
        let word = self.tree.word(id).to_owned();
        let span = end.saturating_sub(word.len())..end;
        self.bind(name, Bound::Word(word, span), bindings, &mut |bindings| {
            self.node(object, has, bindings, then)
        })
    }

    /// Whether a node is the name or the path that is wanted.
    fn is_named(&self, id: Id, wanted: &str) -> bool {
        let means = |path: &str| self.tree.means(path, wanted) || self.is_in_full(path, wanted);
        match self.tree.kind(id) {
            Kind::Name | Kind::Type => means(self.tree.word(id)),
            // Imports speak of how a path begins; what does not end alike is put together for nothing.
            Kind::Dot if wanted.rsplit('.').next() == Some(self.tree.word(id)) => {
                self.tree.path(id).is_some_and(|path| means(&path))
            }
            _ => false,
        }
    }

    /// `java.io.File` where the pattern says `File`.
    fn is_in_full(&self, path: &str, wanted: &str) -> bool {
        self.source.language == Language::Java
            && wanted.starts_with(char::is_uppercase)
            && path.strip_suffix(wanted).and_then(|package| package.strip_suffix('.')).is_some_and(
                |package| {
                    package.split('.').all(|part| part.starts_with(char::is_lowercase) && part != "this")
                },
            )
    }

    fn chain(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(Some(id), |id| match self.tree.kind(*id) {
            Kind::Call | Kind::Dot | Kind::Await => self.tree.child(*id, 0),
            _ => None,
        })
    }
}
