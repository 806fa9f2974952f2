//! What is known of values while code is followed: which rules they are tainted for, whence, and what they hold.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::Constant;
use crate::tree::Id;

/// One bit for each rule that follows data.
pub(super) type Bits = u128;

/// How deep containers are looked into.
const DEPTH_MAX: usize = 6;

/// The elements that one container keeps apart.
const ELEMENTS_MAX: usize = 256;

/// Where data came by, the latest first.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) unit: usize,
    pub(super) id: Id,
    pub(super) before: Option<Rc<Step>>,
    /// How many steps lie before this one.
    pub(super) length: usize,
}

/// A value.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    /// The rules for which it is tainted.
    pub(super) taint: Bits,
    pub(super) trace: Option<Rc<Step>>,
    pub(super) constant: Option<Rc<Constant>>,
    /// What it refers to in the heap.
    pub(super) object: Option<usize>,
    /// The code that it stands for, in a text.
    pub(super) function: Option<(usize, Id)>,
}

impl Value {
    pub(super) fn constant(constant: Constant) -> Self {
        Self { constant: Some(Rc::new(constant)), ..Self::default() }
    }

    pub(super) fn object(object: usize) -> Self {
        Self { object: Some(object), ..Self::default() }
    }

    pub(super) fn tainted(taint: Bits, trace: Option<Rc<Step>>) -> Self {
        Self { taint, trace, ..Self::default() }
    }

    /// Only what it is tainted for.
    pub(super) fn bare(&self) -> Self {
        Self::tainted(self.taint, self.trace.clone())
    }

    /// Adds what another is tainted for.
    pub(super) fn soil(&mut self, other: &Self) {
        if self.trace.is_none() || self.taint == 0 {
            self.trace.clone_from(&other.trace);
        }
        self.taint |= other.taint;
    }

    /// Either of two.
    pub(super) fn or(&self, other: &Self) -> Self {
        let mut both = self.bare();
        both.soil(other);
        if self.constant == other.constant {
            both.constant.clone_from(&self.constant);
        }
        both.object = if self.object == other.object { self.object } else { self.object.or(other.object) };
        both.function = self.function.or(other.function);
        both
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self.constant.as_deref() {
            Some(Constant::Str(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self.constant.as_deref() {
            Some(Constant::Number(value)) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn truth(&self) -> Option<bool> {
        match self.constant.as_deref() {
            Some(Constant::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// What a key of a map says, where it is known.
    pub(super) fn key(&self) -> Option<String> {
        self.constant.as_deref().map(Constant::text)
    }
}

/// Something with parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// What is in it by place, while every place is known.
    pub(super) list: Option<Vec<Value>>,
    /// What is in it by name.
    pub(super) fields: FxHashMap<String, Value>,
    /// What may be anywhere in it.
    pub(super) rest: Value,
    /// The class it is made of.
    pub(super) class: Option<(usize, Id)>,
}

/// What the names and the heap hold at one place of the code.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) names: FxHashMap<String, Value>,
    /// What was checked, as it is written.
    pub(super) checked: FxHashSet<String>,
    heap: Vec<Rc<Object>>,
    /// Whether this place is never reached.
    pub(super) is_dead: bool,
}

impl State {
    /// A place that is never reached.
    pub(super) fn unreached() -> Self {
        Self { is_dead: true, ..Self::default() }
    }

    pub(super) fn make(&mut self, object: Object) -> Value {
        self.heap.push(Rc::new(object));
        Value::object(self.heap.len() - 1)
    }

    pub(super) fn get(&self, value: &Value) -> Option<&Object> {
        self.heap.get(value.object?).map(Rc::as_ref)
    }

    pub(super) fn get_mut(&mut self, value: &Value) -> Option<&mut Object> {
        self.heap.get_mut(value.object?).map(Rc::make_mut)
    }

    /// What a value and all in it are tainted for.
    pub(super) fn whole(&self, value: &Value) -> Value {
        let mut whole = value.bare();
        self.add_whole(value, &mut whole, DEPTH_MAX);
        whole
    }

    fn add_whole(&self, value: &Value, whole: &mut Value, depth: usize) {
        whole.soil(value);
        let Some(object) = self.get(value).filter(|_| depth > 0) else { return };
        whole.soil(&object.rest);
        for inner in object.list.iter().flatten().chain(object.fields.values()) {
            self.add_whole(inner, whole, depth - 1);
        }
    }

    /// What was in a container under a name or at a place.
    pub(super) fn element(&self, of: &Value, key: &Value) -> Value {
        let Some(object) = self.get(of) else { return of.bare() };
        let mut found = match (&object.list, key.number(), key.key()) {
            (Some(list), Some(place), _) => match usize::try_from(place as i64) {
                Ok(place) => list.get(place).cloned().unwrap_or_default(),
                // Counted from the end.
                Err(_) => list
                    .len()
                    .checked_sub((-place) as usize)
                    .and_then(|place| list.get(place).cloned())
                    .unwrap_or_default(),
            },
            (None, _, Some(key)) => object.fields.get(&key).cloned().unwrap_or_default(),
            _ => self.whole(of),
        };
        found.soil(&object.rest);
        found.soil(of);
        found
    }

    /// Puts a value into a container.
    pub(super) fn put(&mut self, of: &Value, key: &Value, value: Value) {
        let bare = self.whole(&value);
        let Some(object) = self.get_mut(of) else { return };
        match (&mut object.list, key.number(), key.key()) {
            (Some(list), Some(place), _) if (place as usize) < list.len() => list[place as usize] = value,
            (None, _, Some(key)) if object.fields.len() < ELEMENTS_MAX => {
                object.fields.insert(key, value);
            }
            _ => object.rest.soil(&bare),
        }
    }

    /// Adds a value at the end of a container.
    pub(super) fn push(&mut self, of: &Value, value: Value) {
        let bare = self.whole(&value);
        let Some(object) = self.get_mut(of) else { return };
        match &mut object.list {
            Some(list) if list.len() < ELEMENTS_MAX => list.push(value),
            _ => object.rest.soil(&bare),
        }
    }

    /// What may be after either of two ways.
    pub(super) fn or(self, other: Self) -> Self {
        if self.is_dead {
            return other;
        }
        if other.is_dead {
            return self;
        }
        let mut both = self;
        both.checked.retain(|text| other.checked.contains(text));
        for (name, value) in other.names {
            let joined = both.names.get(&name).map_or_else(|| value.clone(), |before| before.or(&value));
            both.names.insert(name, joined);
        }
        for (place, object) in other.heap.into_iter().enumerate() {
            match both.heap.get_mut(place) {
                Some(before) if Rc::ptr_eq(before, &object) => {}
                Some(before) => *before = Rc::new(joined(before, &object)),
                None => both.heap.push(object),
            }
        }
        both
    }
}

fn joined(left: &Object, right: &Object) -> Object {
    let mut rest = left.rest.or(&right.rest);
    let list = match (&left.list, &right.list) {
        (Some(a), Some(b)) if a.len() == b.len() => Some(a.iter().zip(b).map(|(a, b)| a.or(b)).collect()),
        (a, b) => {
            // Places that differ are no longer known.
            a.iter().chain(b).flatten().for_each(|value| rest.soil(value));
            None
        }
    };
    let mut fields = left.fields.clone();
    for (name, value) in &right.fields {
        let joined = fields.get(name).map_or_else(|| value.clone(), |before| before.or(value));
        fields.insert(name.clone(), joined);
    }
    Object { list, fields, rest, class: left.class.or(right.class) }
}
