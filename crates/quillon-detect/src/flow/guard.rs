//! Conditions that check data: which expressions are harmless where a condition holds, and which where it does not.
//!
//! A check counts where it compares with something fixed: a list of what is allowed, a pattern, a beginning, a value, or
//! something that must not occur. Start at [`harmless`].

use crate::Language;
use crate::source::{Constant, Source};
use crate::tree::{Id, Kind, Tree};

/// How deep conditions are taken apart.
const DEPTH_MAX: usize = 16;

/// Expressions that are harmless on one side of a condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Harmless {
    /// What was checked with everything that it is made of.
    pub(super) wholes: Vec<Id>,
    /// What was checked alone.
    pub(super) exact: Vec<Id>,
}

impl Harmless {
    fn and(mut self, other: Self) -> Self {
        self.wholes.extend(other.wholes);
        self.exact.extend(other.exact);
        self
    }

    fn whole(id: Id) -> Self {
        Self { wholes: vec![id], exact: Vec::new() }
    }

    fn whole_where(holds: bool, id: Id) -> Self {
        if holds { Self::whole(id) } else { Self::default() }
    }

    /// What both say, however it is written.
    fn common(self, other: &Self, source: &Source) -> Self {
        let says = |ids: &[Id], id: &Id| ids.iter().any(|one| source.code(*one) == source.code(*id));
        Self {
            wholes: self.wholes.into_iter().filter(|id| says(&other.wholes, id)).collect(),
            exact: self.exact.into_iter().filter(|id| says(&other.exact, id)).collect(),
        }
    }
}

/// What is harmless where a condition holds, or where it does not.
pub(super) fn harmless(source: &Source, condition: Id, holds: bool) -> Harmless {
    within(source, condition, holds, DEPTH_MAX)
}

fn within(source: &Source, id: Id, holds: bool, depth: usize) -> Harmless {
    let tree = &source.tree;
    let (Some(depth), Some(first)) = (depth.checked_sub(1), tree.child(id, 0)) else {
        return Harmless::default();
    };
    let second = tree.child(id, 1);
    match (tree.kind(id), tree.word(id), second) {
        (Kind::Unary, "!" | "not", _) => within(source, first, !holds, depth),
        (Kind::Binary, operator @ ("&&" | "and" | "||" | "or"), Some(second)) => {
            let left = within(source, first, holds, depth);
            let right = within(source, second, holds, depth);
            // Both parts hold where an `and` does; neither does where an `or` does not. Elsewhere either may be the
            // reason, but for parts that only ask whether there is something.
            let is_clear = is_presence(tree, first) || is_presence(tree, second);
            if is_clear || matches!(operator, "&&" | "and") == holds {
                left.and(right)
            } else {
                left.common(&right, source)
            }
        }
        (Kind::Binary, "in" | "not in", Some(second)) => {
            let is_in = (tree.word(id) == "in") == holds;
            match source.constant_text(first) {
                Some(text) if !is_word(&text) => Harmless::whole_where(!is_in, second),
                Some(_) => Harmless::default(),
                None => Harmless::whole_where(is_in, first),
            }
        }
        (Kind::Binary, operator, Some(second)) => compared(source, operator, first, second, holds),
        (Kind::Call, ..) => called(source, id, holds),
        (Kind::Await, ..) => within(source, first, holds, depth),
        _ => Harmless::default(),
    }
}

/// Whether a condition asks only whether there is something, or of what type: `x`, `x != null`, `typeof x === 'string'`.
fn is_presence(tree: &Tree, id: Id) -> bool {
    let is_type = |id: Id| tree.is(id, Kind::Unary) && tree.word(id) == "typeof";
    match tree.kind(id) {
        Kind::Name | Kind::Dot => true,
        Kind::Unary => tree.child(id, 0).is_some_and(|inner| is_presence(tree, inner)),
        Kind::Binary => tree.children(id).iter().any(|side| tree.is(*side, Kind::Null) || is_type(*side)),
        Kind::Call => matches!(tree.callee_name(id), "isinstance" | "isEmpty" | "isBlank"),
        _ => false,
    }
}

/// `x === 'a'`, `list.indexOf(x) !== -1`, `x.indexOf('..') > -1`.
fn compared(source: &Source, operator: &str, left: Id, right: Id, holds: bool) -> Harmless {
    let is_equal = match operator {
        "==" | "===" | "is" => holds,
        "!=" | "!==" | "is not" => !holds,
        ">" | ">=" | "<" | "<=" => true,
        _ => return Harmless::default(),
    };
    if let Some(number) = source.constant(right).filter(|_| is_search(&source.tree, left)) {
        let (Constant::Number(number), true) = (number, source.tree.children(left).len() == 2) else {
            return Harmless::default();
        };
        let is_found = match operator {
            "==" | "===" => (number >= 0.0) == holds,
            "!=" | "!==" => (number < 0.0) == holds,
            ">" | ">=" => holds,
            _ => !holds,
        };
        return found(source, left, is_found);
    }
    let is_plain = |id: Id| matches!(source.tree.kind(id), Kind::Name | Kind::Dot | Kind::Index);
    let fixed = |id: Id| source.constant(id).is_some_and(|constant| constant != Constant::Null);
    let is_order = matches!(operator, ">" | ">=" | "<" | "<=");
    match (fixed(left), fixed(right)) {
        (false, true) if is_equal && !is_order && is_plain(left) => {
            Harmless { wholes: Vec::new(), exact: vec![left] }
        }
        (true, false) if is_equal && !is_order && is_plain(right) => {
            Harmless { wholes: Vec::new(), exact: vec![right] }
        }
        _ => Harmless::default(),
    }
}

fn is_search(tree: &Tree, id: Id) -> bool {
    tree.is(id, Kind::Call) && matches!(tree.callee_name(id), "indexOf" | "find" | "search" | "lastIndexOf")
}

/// A search in a text or list, by whether it found something.
fn found(source: &Source, call: Id, is_found: bool) -> Harmless {
    let tree = &source.tree;
    let callee = tree.child(call, 0).and_then(|callee| tree.child(callee, 0));
    let (Some(object), Some(argument)) = (callee, tree.child(call, 1)) else { return Harmless::default() };
    match source.constant_text(argument) {
        // What must not occur does not, or what is asked for does.
        Some(text) => Harmless::whole_where(is_word(&text) == is_found, object),
        None => Harmless::whole_where(is_found, argument),
    }
}

/// A call that checks, by its name.
fn called(source: &Source, call: Id, holds: bool) -> Harmless {
    let tree = &source.tree;
    let Some(callee) = tree.child(call, 0) else { return Harmless::default() };
    let name = tree.word(callee).to_ascii_lowercase();
    let object = tree.is(callee, Kind::Dot).then(|| tree.child(callee, 0)).flatten();
    let arguments = &tree.children(call)[1..];
    match (name.as_str(), object, arguments) {
        ("includes" | "contains" | "has" | "containskey" | "hasownproperty" | "some", Some(_), [_, ..]) => {
            found(source, call, holds)
        }
        ("startswith" | "endswith", Some(object), [_, ..]) if holds => Harmless::whole(object),
        ("startswith" | "endswith", Some(object), [first, ..]) => {
            // Something that must not stand at the beginning is denied.
            let is_denied = source.constant_text(*first).is_some_and(|text| !is_word(&text));
            Harmless::whole_where(is_denied, object)
        }
        ("test" | "match" | "matches" | "fullmatch", _, [..]) => {
            let parts: Vec<Id> = object.into_iter().chain(arguments.iter().copied()).collect();
            let is_regex = |id: &Id| tree.is(*id, Kind::Regex) || source.constant_text(*id).is_some();
            let starts = |id: &Id| {
                let text = source.constant_text(*id).unwrap_or_else(|| tree.word(*id).to_owned());
                text.starts_with('^') || source.language == Language::Java
            };
            let is_whole = name == "fullmatch" || parts.iter().filter(|id| is_regex(id)).any(starts);
            // A pattern without a beginning may name what is allowed or what is not.
            if holds || !is_whole {
                Harmless { wholes: parts, exact: Vec::new() }
            } else {
                Harmless::default()
            }
        }
        _ if holds && is_validator(&name) => Harmless {
            wholes: object.into_iter().chain(arguments.iter().copied()).collect(),
            exact: Vec::new(),
        },
        ("equals" | "equalsignorecase", Some(object), [first]) if holds => {
            let fixed = |id: Id| source.constant_text(id).is_some();
            let is_plain = |id: &Id| matches!(tree.kind(*id), Kind::Name | Kind::Dot);
            let exact = if fixed(*first) {
                vec![object]
            } else if fixed(object) {
                vec![*first]
            } else {
                Vec::new()
            };
            Harmless { wholes: Vec::new(), exact: exact.into_iter().filter(is_plain).collect() }
        }
        _ => Harmless::default(),
    }
}

/// Whether a text says something, rather than being a sign that must not occur.
fn is_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Whether a call by this name compares what it is handed with what is allowed.
fn is_validator(name: &str) -> bool {
    const STARTS: &[&str] = &[
        "isvalid",
        "is_valid",
        "validate",
        "isuri",
        "isurl",
        "isallowed",
        "is_allowed",
        "allowed",
        "issafe",
        "is_safe",
        "verify",
        "istrusted",
        "is_trusted",
        "iswhitelisted",
        "isinternal",
        "check_password",
        "url_has_allowed_host",
        "isrelative",
        "is_relative_to",
        "is_safe_url",
        "isalnum",
        "isalpha",
        "isdigit",
        "isnumeric",
        "isinteger",
        "isidentifier",
        "isuuid",
        "isemail",
    ];
    STARTS.iter().any(|start| name.starts_with(start))
        || name.ends_with("isvalid")
        || name.ends_with("allowed")
}
