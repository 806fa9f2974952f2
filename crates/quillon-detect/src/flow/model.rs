//! What libraries do to data, as data: by the name of a method, because containers, builders and strings are called alike
//! in all languages, and by what the receiver is known to be.

use super::value::{Object, State, Value};
use crate::source::Constant;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Gives something that says nothing of what was handed in.
    Clean,
    /// Gives an element.
    Get,
    /// Gives all elements, in another container.
    Each,
    /// Puts the second under the first.
    Put,
    /// Adds at the end.
    Push,
    /// Takes an element out.
    Remove,
    /// Makes the receiver hold what is handed in.
    Soil,
    /// Gives a mix of everything.
    Mix,
}

/// Calls that give numbers, truths and other things that carry no text.
const CLEAN: &[&str] = &[
    "equals",
    "equalsIgnoreCase",
    "length",
    "size",
    "isEmpty",
    "hashCode",
    "indexOf",
    "lastIndexOf",
    "startsWith",
    "endsWith",
    "contains",
    "containsKey",
    "compareTo",
    "compare",
    "parseInt",
    "parseLong",
    "parseDouble",
    "parseFloat",
    "parseBoolean",
    "intValue",
    "len",
    "int",
    "float",
    "bool",
    "isinstance",
    "hasattr",
    "startswith",
    "endswith",
    "isdigit",
    "isalnum",
    "includes",
    "hasOwnProperty",
    "Number",
    "Boolean",
    "isNaN",
    "isArray",
    "matches",
    "randomUUID",
    "uuid4",
    "getClass",
    "isalpha",
    "nextInt",
    "currentTimeMillis",
    "typeof",
    "isnumeric",
    "charCodeAt",
    "has",
    "some",
    "every",
    "test",
];

/// Calls that make what they are called on hold what they are handed.
const SOIL: &[&str] = &[
    "append",
    "insert",
    "write",
    "print",
    "println",
    "addAll",
    "putAll",
    "extend",
    "update",
    "unshift",
    "concat",
    "addElement",
    "setParameter",
    "command",
    "offer",
    "setText",
    "setContent",
    "appendChild",
    "format",
];

const EACH: &[&str] = &[
    "values", "keySet", "entrySet", "iterator", "elements", "items", "keys", "entries", "stream", "toArray",
    "asList", "copy", "slice",
];

/// What a call does, by its name and what it is called on.
pub(super) fn effect(name: &str, is_method: bool, count: usize, receiver: Option<&Object>) -> Effect {
    let is_list = receiver.is_some_and(|object| object.list.is_some());
    let is_known = receiver.is_some();
    match (name, count) {
        _ if CLEAN.contains(&name) => Effect::Clean,
        _ if !is_method => Effect::Mix,
        ("get" | "getOrDefault" | "elementAt" | "getAttribute" | "opt", 1 | 2) if is_known => Effect::Get,
        ("put" | "set" | "setdefault" | "setAttribute" | "setProperty", 2) => Effect::Put,
        ("add" | "push" | "addLast" | "append", 1) if is_list => Effect::Push,
        ("add" | "push" | "addLast" | "offer" | "addFirst", _) => Effect::Soil,
        ("remove" | "pop" | "removeFirst" | "delete", 0 | 1) if is_known => Effect::Remove,
        ("toString" | "reverse" | "trim" | "strip" | "next" | "nextElement", 0) if is_known => Effect::Mix,
        _ if SOIL.contains(&name) && is_known => Effect::Soil,
        _ if EACH.contains(&name) && is_known => Effect::Each,
        _ if name.starts_with("set") && count == 1 && is_known => Effect::Soil,
        _ => Effect::Mix,
    }
}

/// What `new` makes of a class that is not looked at.
pub(super) fn made(class: &str, arguments: &[Value], state: &State) -> Object {
    let is_list = class.ends_with("List") || matches!(class, "Vector" | "Stack" | "ArrayDeque" | "Array");
    let is_map = class.ends_with("Map") || matches!(class, "Hashtable" | "Properties");
    let mut rest = Value::default();
    arguments.iter().for_each(|argument| rest.soil(&state.whole(argument)));
    let is_empty = arguments.iter().all(|argument| argument.number().is_some());
    Object {
        list: (is_list && is_empty).then(Vec::new),
        rest: if is_map { Value::default() } else { rest },
        ..Object::default()
    }
}

/// What a call gives where everything is known.
pub(super) fn folded(name: &str, receiver: &Value, arguments: &[Value]) -> Option<Constant> {
    let text = receiver.text()?;
    let whole = |place: usize| {
        arguments.get(place).and_then(Value::number).filter(|place| *place >= 0.0).map(|place| place as usize)
    };
    let letters = || text.chars().collect::<Vec<char>>();
    Some(match (name, arguments.len()) {
        ("charAt", 1) => Constant::Str(letters().get(whole(0)?)?.to_string()),
        ("length", 0) => Constant::Number(text.chars().count() as f64),
        ("substring" | "slice", 1) => Constant::Str(letters().get(whole(0)?..)?.iter().collect()),
        ("substring" | "slice", 2) => Constant::Str(letters().get(whole(0)?..whole(1)?)?.iter().collect()),
        ("toLowerCase" | "lower", _) => Constant::Str(text.to_lowercase()),
        ("toUpperCase" | "upper", _) => Constant::Str(text.to_uppercase()),
        ("trim" | "strip", 0) => Constant::Str(text.trim().to_owned()),
        ("toString", 0) => Constant::Str(text.to_owned()),
        ("concat", 1) => Constant::Str(format!("{text}{}", arguments[0].text()?)),
        ("equals", 1) => Constant::Bool(text == arguments[0].text()?),
        ("equalsIgnoreCase", 1) => Constant::Bool(text.eq_ignore_ascii_case(arguments[0].text()?)),
        ("contains" | "includes", 1) => Constant::Bool(text.contains(arguments[0].text()?)),
        ("startsWith" | "startswith", 1) => Constant::Bool(text.starts_with(arguments[0].text()?)),
        ("endsWith" | "endswith", 1) => Constant::Bool(text.ends_with(arguments[0].text()?)),
        ("isEmpty", 0) => Constant::Bool(text.is_empty()),
        ("replace", 2) => Constant::Str(text.replace(arguments[0].text()?, arguments[1].text()?)),
        _ => return None,
    })
}
