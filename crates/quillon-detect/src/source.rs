//! A text that is being looked at: its tree, what its names were given, and what is known of their values.
//!
//! A name is a constant where it is given one value once; then a rule sees the value. Start at [`Source::read`].

use std::sync::Arc;

use quillon_text::LineIndex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::lower::{Language, lower};
use crate::settings::Settings;
use crate::suppress;
use crate::tree::{Id, Kind, Tree};

/// How many names are followed from a use to a value.
const STEPS_MAX: usize = 8;

/// A text that is being looked at.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) language: Language,
    pub(crate) text: String,
    pub(crate) tree: Tree,
    /// Whether the grammar could not read all of it.
    pub(crate) has_errors: bool,
    /// Everything that gives a name a value or a type.
    givings: FxHashMap<String, Vec<Giving>>,
    lines: LineIndex,
    /// Where comments are that may take findings back; empty where no word of the text says so.
    pub(crate) comments: Vec<std::ops::Range<usize>>,
    /// What files of settings say.
    pub(crate) settings: Arc<Settings>,
}

/// A place that gives a name a value, a type, or both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Giving {
    /// The function in which the name counts; the root or a class for fields and globals.
    scope: Id,
    pub(crate) value: Option<Id>,
    type_id: Option<Id>,
    /// Whether the name begins here.
    is_declared: bool,
}

/// A value that is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Str(String),
    Number(f64),
    Bool(bool),
    Null,
}

impl Source {
    /// Reads a text; nothing where it is too large to read.
    pub(crate) fn read(language: Language, text: &str) -> Result<Self, quillon_lang::Cut> {
        let grammar = quillon_lang::grammar_of(language.name()).ok_or(quillon_lang::Cut::TooLarge)?;
        let limits = quillon_lang::Limits::default();
        let syntax = quillon_lang::parse(grammar, text, &limits);
        let Some(tree) = syntax.tree() else {
            return Err(syntax.cut().unwrap_or(quillon_lang::Cut::TooLarge));
        };
        let has_errors = tree.root_node().has_error();
        let comments = suppress::comments(text, tree.root_node());
        let tree = lower(language, text, tree.root_node());
        let givings = givings(&tree);
        let lines = LineIndex::new(text);
        let settings = Arc::default();
        Ok(Self { language, text: text.to_owned(), tree, has_errors, givings, lines, comments, settings })
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, byte: usize) -> u32 {
        self.lines.line_of(byte) as u32 + 1
    }

    /// The bytes of a line that is counted from 1, without its end.
    pub(crate) fn line_text(&self, line: u32) -> &str {
        self.lines.line(&self.text, line.saturating_sub(1) as usize).unwrap_or_default()
    }

    pub(crate) fn code(&self, id: Id) -> &str {
        self.text.get(self.tree.span(id)).unwrap_or_default()
    }

    /// What gives the name its value where it is used: all of the innermost scope that does.
    pub(crate) fn givings_of(&self, name: &str, at: Id) -> Vec<Giving> {
        let Some(all) = self.givings.get(name) else { return Vec::new() };
        let scopes = std::iter::once(at).chain(self.tree.ancestors(at));
        for scope in scopes.filter(|id| is_scope(&self.tree, *id)) {
            let here: Vec<Giving> = all.iter().filter(|giving| giving.scope == scope).copied().collect();
            if here.iter().any(|giving| giving.is_declared) {
                // What inner functions do to an outer name counts too.
                let inner = all.iter().filter(|giving| giving.scope != scope && !giving.is_declared);
                let inner = inner.filter(|giving| self.tree.contains(scope, giving.scope)).copied();
                return here.into_iter().chain(inner.collect::<Vec<_>>()).collect();
            }
        }
        all.clone()
    }

    /// The one value that a name is ever given.
    pub(crate) fn only_value(&self, name: &str, at: Id) -> Option<Id> {
        let givings = self.givings_of(name, at);
        let values: Vec<Id> = givings.iter().filter_map(|giving| giving.value).collect();
        let is_open = givings
            .iter()
            .any(|giving| giving.value.is_none() && giving.is_declared && giving.type_id.is_none());
        match values.as_slice() {
            [value] if !is_open => Some(*value),
            _ => None,
        }
    }

    /// The type that a name is declared with, or is made of.
    pub(crate) fn type_of(&self, id: Id) -> Option<String> {
        match self.tree.kind(id) {
            Kind::New => self.tree.child(id, 0).and_then(|made| self.tree.path(made)),
            Kind::Cast => self.tree.child(id, 0).map(|made| self.tree.word(made).to_owned()),
            Kind::Str | Kind::Template => Some("String".to_owned()),
            Kind::Await => self.type_of(self.tree.child(id, 0)?),
            Kind::Name => self.type_of_name(self.tree.word(id), id),
            Kind::Dot if self.tree.child(id, 0).is_some_and(|object| is_own(self.tree.word(object))) => {
                self.type_of_name(self.tree.word(id), id)
            }
            _ => None,
        }
    }

    fn type_of_name(&self, name: &str, at: Id) -> Option<String> {
        let givings = self.givings_of(name, at);
        let typed = givings.iter().find_map(|giving| giving.type_id);
        let typed =
            typed.map(|id| self.tree.word(id).to_owned()).filter(|word| word != "var" && !word.is_empty());
        typed.or_else(|| {
            let made = givings.iter().find_map(|giving| giving.value)?;
            matches!(self.tree.kind(made), Kind::New | Kind::Cast | Kind::Await)
                .then(|| self.type_of(made))?
        })
    }

    /// The value of a piece of code, where it is known.
    pub(crate) fn constant(&self, id: Id) -> Option<Constant> {
        self.constant_within(id, STEPS_MAX)
    }

    /// What a string is known to say.
    pub(crate) fn constant_text(&self, id: Id) -> Option<String> {
        match self.constant(id)? {
            Constant::Str(text) => Some(text),
            _ => None,
        }
    }

    fn constant_within(&self, id: Id, steps: usize) -> Option<Constant> {
        let steps = steps.checked_sub(1)?;
        let tree = &self.tree;
        match tree.kind(id) {
            Kind::Str => Some(Constant::Str(tree.word(id).to_owned())),
            Kind::Number => number(tree.word(id)).map(Constant::Number),
            Kind::Bool => Some(Constant::Bool(tree.word(id).eq_ignore_ascii_case("true"))),
            Kind::Null => Some(Constant::Null),
            Kind::Name => {
                let value = self.only_value(tree.word(id), id)?;
                // A name that is given itself is no constant.
                (!tree.contains(value, id)).then(|| self.constant_within(value, steps))?
            }
            Kind::Dot => {
                let object = tree.child(id, 0)?;
                let is_field = is_own(tree.word(object)) || tree.word(object).starts_with(char::is_uppercase);
                let value = is_field.then(|| self.only_value(tree.word(id), id))??;
                (!tree.contains(value, id)).then(|| self.constant_within(value, steps))?
            }
            Kind::Template => {
                let parts = tree.children(id).iter().map(|part| self.constant_within(*part, steps));
                let texts: Option<Vec<String>> = parts.map(|part| part.map(|part| part.text())).collect();
                texts.map(|texts| Constant::Str(texts.concat()))
            }
            Kind::Binary | Kind::Unary => self.folded(id, steps),
            // What is looked up in a file of settings.
            Kind::Call if tree.callee_name(id) == "getProperty" => {
                let name = self.constant_within(tree.child(id, 1)?, steps)?.text();
                self.settings.get(&name).map(|value| Constant::Str(value.to_owned()))
            }
            _ => None,
        }
    }

    fn folded(&self, id: Id, steps: usize) -> Option<Constant> {
        let operator = self.tree.word(id);
        let left = self.constant_within(self.tree.child(id, 0)?, steps)?;
        if self.tree.is(id, Kind::Unary) {
            return match (operator, left) {
                ("-", Constant::Number(value)) => Some(Constant::Number(-value)),
                ("!" | "not", Constant::Bool(value)) => Some(Constant::Bool(!value)),
                _ => None,
            };
        }
        let right = self.constant_within(self.tree.child(id, 1)?, steps)?;
        fold(operator, &left, &right)
    }
}

impl Constant {
    /// As a string says it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Str(text) => text.clone(),
            Self::Number(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Null => "null".to_owned(),
        }
    }
}

/// What an operator makes of two values.
pub(crate) fn fold(operator: &str, left: &Constant, right: &Constant) -> Option<Constant> {
    use Constant::{Bool, Number, Str};
    Some(match (operator, left, right) {
        ("+", Number(a), Number(b)) => Number(a + b),
        ("+", Str(a), b) if a.len() < 10_000 => Str(format!("{a}{}", b.text())),
        ("+", a, Str(b)) if b.len() < 10_000 => Str(format!("{}{b}", a.text())),
        ("-", Number(a), Number(b)) => Number(a - b),
        ("*", Number(a), Number(b)) => Number(a * b),
        ("/", Number(a), Number(b)) if *b != 0.0 => {
            let is_whole = a.fract() == 0.0 && b.fract() == 0.0;
            Number(if is_whole { (a / b).trunc() } else { a / b })
        }
        ("%", Number(a), Number(b)) if *b != 0.0 => Number(a % b),
        ("<<", Number(a), Number(b)) if (0.0..63.0).contains(b) => {
            Number(((*a as i64) << (*b as u32)) as f64)
        }
        ("<", Number(a), Number(b)) => Bool(a < b),
        ("<=", Number(a), Number(b)) => Bool(a <= b),
        (">", Number(a), Number(b)) => Bool(a > b),
        (">=", Number(a), Number(b)) => Bool(a >= b),
        ("==" | "===", a, b) => Bool(a == b),
        ("!=" | "!==", a, b) => Bool(a != b),
        ("&&" | "and", Bool(a), Bool(b)) => Bool(*a && *b),
        ("||" | "or", Bool(a), Bool(b)) => Bool(*a || *b),
        _ => return None,
    })
}

/// A number as any of the languages writes it.
pub(crate) fn number(word: &str) -> Option<f64> {
    let word = word.replace('_', "");
    let lower = word.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return u64::from_str_radix(digits.trim_end_matches(['l', 'n']), radix)
                .ok()
                .map(|value| value as f64);
        }
    }
    lower.trim_end_matches(['l', 'f', 'd', 'n']).parse().ok()
}

fn is_own(word: &str) -> bool {
    matches!(word, "this" | "self" | "cls")
}

fn is_scope(tree: &Tree, id: Id) -> bool {
    id == Tree::ROOT || matches!(tree.kind(id), Kind::Function | Kind::Lambda | Kind::Class)
}

fn scope_of(tree: &Tree, id: Id) -> Id {
    tree.ancestors(id).find(|id| is_scope(tree, *id)).unwrap_or(Tree::ROOT)
}

fn class_of(tree: &Tree, id: Id) -> Id {
    tree.ancestors(id).find(|id| tree.is(*id, Kind::Class)).unwrap_or(Tree::ROOT)
}

fn givings(tree: &Tree) -> FxHashMap<String, Vec<Giving>> {
    let declares = tree.of_kind(Kind::Declare).iter();
    let declared: FxHashSet<&str> =
        declares.filter_map(|id| tree.child(*id, 1)).map(|name| tree.word(name)).collect();
    let mut all: FxHashMap<String, Vec<Giving>> = FxHashMap::default();
    let mut give = |target: Id, value: Option<Id>, type_id: Option<Id>, is_declared: bool| {
        for (name, is_whole, is_field) in targets(tree, target) {
            let scope = if is_field { class_of(tree, target) } else { scope_of(tree, target) };
            let value = if is_whole { value } else { None };
            all.entry(name).or_default().push(Giving {
                scope,
                value,
                type_id,
                is_declared: is_declared || is_field,
            });
        }
    };
    let there = |id: Option<Id>| id.filter(|id| !tree.is(*id, Kind::Nothing));
    for place in 0..tree.nodes.len() as u32 {
        let id = Id(place);
        let child = |nth| tree.child(id, nth);
        match tree.kind(id) {
            Kind::Declare => {
                if let Some(target) = child(1) {
                    give(target, there(child(2)), there(child(0)), true);
                }
            }
            Kind::Param => {
                if let Some(target) = child(0) {
                    // What is handed in is not known.
                    give(target, None, there(child(1)), true);
                }
            }
            Kind::Assign => {
                if let Some(target) = child(0) {
                    // Python has no declarations: a name begins where it is given a value.
                    let is_declared = tree.is(target, Kind::Name) && !declared.contains(tree.word(target));
                    give(target, child(1), None, is_declared);
                }
            }
            Kind::Update => {
                if let Some(target) = child(0) {
                    give(target, None, None, false);
                    give(target, Some(id), None, false);
                }
            }
            Kind::Unary if matches!(tree.word(id), "++" | "--") => {
                if let Some(target) = child(0) {
                    give(target, Some(id), None, false);
                }
            }
            Kind::ForEach => {
                if let Some(target) = child(0).filter(|target| !tree.is(*target, Kind::Declare)) {
                    give(target, Some(id), None, true);
                }
            }
            _ => {}
        }
    }
    all
}

/// The names that a target gives a value, whether all of the value is theirs, and whether they are fields.
fn targets(tree: &Tree, id: Id) -> Vec<(String, bool, bool)> {
    match tree.kind(id) {
        Kind::Name => vec![(tree.word(id).to_owned(), true, false)],
        Kind::Dot if tree.child(id, 0).is_some_and(|object| is_own(tree.word(object))) => {
            vec![(tree.word(id).to_owned(), true, true)]
        }
        Kind::List | Kind::Tuple | Kind::Dict | Kind::Pair | Kind::Spread => {
            let inner = tree.children(id).iter().flat_map(|child| targets(tree, *child));
            inner.map(|(name, _, is_field)| (name, false, is_field)).collect()
        }
        _ => Vec::new(),
    }
}
