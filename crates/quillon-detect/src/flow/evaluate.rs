//! What is known of the value of an expression.

use std::rc::Rc;

use super::run::Run;
use super::value::{Object, State, Step, Value};
use crate::source::{Constant, fold};
use crate::tree::{Id, Kind};

impl Run<'_, '_> {
    /// The value of an expression, with what rules say of the place it stands at.
    pub(super) fn value(&mut self, id: Id, state: &mut State) -> Value {
        if !self.spend() {
            return Value::default();
        }
        if !state.checked.is_empty() && self.is_checked(id, state) {
            return Value::default();
        }
        let value = self.plain(id, state);
        self.marked(id, value, state)
    }

    /// Whether an expression was checked where it is used.
    fn is_checked(&self, id: Id, state: &State) -> bool {
        let source = self.project.source(self.unit());
        matches!(source.tree.kind(id), Kind::Dot | Kind::Index | Kind::Call)
            && state.checked.contains(source.code(id))
    }

    /// What rules say of a value at a place: that it comes in here, is made harmless here, or must not come here.
    pub(super) fn marked(&mut self, id: Id, mut value: Value, state: &mut State) -> Value {
        let unit = self.unit();
        let Some(mark) = self.project.marks[unit].get(&id) else { return value };
        value.taint &= !mark.sanitizer;
        if mark.sanitizer != 0 && state.whole(&value).taint & mark.sanitizer != 0 {
            // What is made harmless as a whole is no longer looked into.
            value.object = None;
        }
        let fresh = mark.source & !value.taint;
        if mark.source != 0 {
            if fresh != 0 {
                value.trace = Some(self.step(id, None));
            }
            value.taint |= mark.source;
            value.constant = None;
        }
        if mark.sink_value != 0 {
            let whole = state.whole(&value);
            self.hit(whole.taint & mark.sink_value, id, whole.trace.as_ref());
        }
        value
    }

    pub(super) fn step(&self, id: Id, before: Option<&Rc<Step>>) -> Rc<Step> {
        let length = before.map_or(0, |before| before.length + 1);
        Rc::new(Step { unit: self.unit(), id, before: before.cloned(), length })
    }

    fn plain(&mut self, id: Id, state: &mut State) -> Value {
        let unit = self.unit();
        let tree = self.project.tree(unit);
        let child = |nth| tree.child(id, nth);
        match tree.kind(id) {
            Kind::Name => self.name(id, state),
            Kind::Str | Kind::Number | Kind::Bool | Kind::Null => {
                self.project.source(unit).constant(id).map_or_else(Value::default, Value::constant)
            }
            Kind::Call => self.call(id, state),
            Kind::New => self.make(id, state),
            Kind::Dot => self.field(id, state),
            Kind::Index => {
                let (Some(object), Some(index)) = (child(0), child(1)) else { return Value::default() };
                let object = self.value(object, state);
                let index = self.value(index, state);
                state.element(&object, &index)
            }
            Kind::Binary => self.binary(id, state),
            Kind::Unary => {
                let operand = child(0).map_or_else(Value::default, |operand| self.value(operand, state));
                if matches!(tree.word(id), "++" | "--")
                    && let Some(target) = child(0)
                {
                    self.give(target, operand.bare(), state);
                }
                let constant = self.project.source(unit).constant(id);
                constant.map_or_else(Value::default, Value::constant)
            }
            Kind::Assign | Kind::Declare => {
                let places = if tree.is(id, Kind::Assign) { (0, 1) } else { (1, 2) };
                let (Some(target), Some(value)) = (child(places.0), child(places.1)) else {
                    return Value::default();
                };
                if tree.is(value, Kind::Nothing) {
                    self.give(target, Value::default(), state);
                    return Value::default();
                }
                let mut given = self.value(value, state);
                if given.taint != 0 && given.trace.as_ref().is_some_and(|trace| trace.length < 64) {
                    given.trace = Some(self.step(target, given.trace.as_ref()));
                }
                self.give(target, given.clone(), state);
                given
            }
            Kind::Update => {
                let (Some(target), Some(value)) = (child(0), child(1)) else { return Value::default() };
                let before = self.value(target, state);
                let added = self.value(value, state);
                let mut both = operate(tree.word(id).trim_end_matches('='), &before, &added);
                both.soil(&state.whole(&before));
                both.soil(&state.whole(&added));
                self.give(target, both.clone(), state);
                both
            }
            _ => self.compound(id, state),
        }
    }

    fn compound(&mut self, id: Id, state: &mut State) -> Value {
        let tree = self.project.tree(self.unit());
        let children = tree.children(id);
        match tree.kind(id) {
            Kind::Ternary => {
                let holds = self.value(children[0], state).truth();
                match holds {
                    Some(true) => self.value(children[1], state),
                    Some(false) => self.value(children[2], state),
                    None => {
                        let then = self.value(children[1], state);
                        let otherwise = self.value(children[2], state);
                        then.or(&otherwise)
                    }
                }
            }
            Kind::Await | Kind::Spread => {
                children.first().map_or_else(Value::default, |inner| self.value(*inner, state))
            }
            Kind::Cast => children.get(1).map_or_else(Value::default, |inner| self.value(*inner, state)),
            Kind::Keyword => children.first().map_or_else(Value::default, |inner| self.value(*inner, state)),
            Kind::List | Kind::Tuple => {
                let list: Vec<Value> = children.iter().map(|item| self.value(*item, state)).collect();
                state.make(Object { list: Some(list), ..Object::default() })
            }
            Kind::Dict => self.dict(children, state),
            Kind::Lambda => {
                // What it does is looked at here, where what it sees is known.
                let mut inside = state.clone();
                self.closure(self.unit(), id, Vec::new(), &mut inside);
                Value { function: Some((self.unit(), id)), ..Value::default() }
            }
            Kind::Template => {
                let mut text = Some(String::new());
                let mut whole = Value::default();
                for part in children {
                    let value = self.value(*part, state);
                    whole.soil(&state.whole(&value));
                    text = text.zip(value.constant.as_ref()).map(|(text, constant)| text + &constant.text());
                }
                whole.constant = text.map(|text| Rc::new(Constant::Str(text)));
                whole
            }
            Kind::Function | Kind::Class | Kind::Type | Kind::Nothing | Kind::Import => Value::default(),
            Kind::Block => {
                self.block(id, state);
                Value::default()
            }
            _ => {
                let mut whole = Value::default();
                for part in children {
                    let value = self.value(*part, state);
                    whole.soil(&state.whole(&value));
                }
                whole
            }
        }
    }

    fn dict(&mut self, pairs: &[Id], state: &mut State) -> Value {
        let tree = self.project.tree(self.unit());
        let mut object = Object::default();
        for pair in pairs {
            match (tree.kind(*pair), tree.child(*pair, 0), tree.child(*pair, 1)) {
                (Kind::Pair, Some(key), Some(value)) => {
                    let key = self.value(key, state);
                    let value = self.value(value, state);
                    match key.key() {
                        Some(key) => {
                            object.fields.insert(key, value);
                        }
                        None => object.rest.soil(&state.whole(&value)),
                    }
                }
                _ => {
                    let value = self.value(*pair, state);
                    object.rest.soil(&state.whole(&value));
                }
            }
        }
        state.make(object)
    }

    fn name(&mut self, id: Id, state: &State) -> Value {
        let unit = self.unit();
        let name = self.project.tree(unit).word(id);
        if let Some(value) = state.names.get(name) {
            return value.clone();
        }
        if let Some(constant) = self.project.source(unit).constant(id) {
            return Value::constant(constant);
        }
        // A field of the object that the method belongs to.
        let own =
            state.names.get("this").and_then(|this| state.get(this)).and_then(|this| this.fields.get(name));
        own.cloned().unwrap_or_default()
    }

    fn field(&mut self, id: Id, state: &mut State) -> Value {
        let unit = self.unit();
        let tree = self.project.tree(unit);
        let Some(object) = tree.child(id, 0) else { return Value::default() };
        let of = self.value(object, state);
        let found =
            state.get(&of).map(|object| (object.fields.get(tree.word(id)).cloned(), object.rest.clone()));
        match found {
            Some((Some(mut value), _)) => {
                value.soil(&of);
                value
            }
            Some((None, rest)) => {
                let constant = self.project.source(unit).constant(id);
                let mut value = constant.map_or_else(Value::default, Value::constant);
                value.soil(&rest);
                value.soil(&of);
                value
            }
            None if of.taint == 0 => {
                let constant = self.project.source(unit).constant(id);
                constant.map_or_else(Value::default, Value::constant)
            }
            // How long something is says little about what it says.
            None if matches!(tree.word(id), "length" | "size") => Value::default(),
            None => of.bare(),
        }
    }

    fn binary(&mut self, id: Id, state: &mut State) -> Value {
        let tree = self.project.tree(self.unit());
        let (Some(left), Some(right)) = (tree.child(id, 0), tree.child(id, 1)) else {
            return Value::default();
        };
        let operator = tree.word(id);
        let left = self.value(left, state);
        let right = self.value(right, state);
        let mut value = operate(operator, &left, &right);
        match operator {
            "==" | "!=" | "===" | "!==" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "is" | "is not"
            | "instanceof" => {}
            "&&" | "||" | "??" | "and" | "or" if value.constant.is_none() => return left.or(&right),
            _ => {
                value.soil(&state.whole(&left));
                value.soil(&state.whole(&right));
            }
        }
        value
    }

    /// Gives a target a value.
    pub(super) fn give(&mut self, target: Id, value: Value, state: &mut State) {
        let unit = self.unit();
        let tree = self.project.tree(unit);
        match tree.kind(target) {
            Kind::Name => {
                let value = self.marked_target(target, value);
                let name = tree.word(target);
                state.checked.retain(|text| !begins_with(text, name));
                state.names.insert(name.to_owned(), value);
            }
            Kind::Declare => {
                if let Some(name) = tree.child(target, 1) {
                    self.give(name, value, state);
                }
            }
            Kind::Dot => {
                let value = self.marked(target, value, state);
                let Some(of) = tree.child(target, 0) else { return };
                let object = self.object_of(of, state);
                if let Some(object) = state.get_mut(&object) {
                    object.fields.insert(tree.word(target).to_owned(), value);
                }
            }
            Kind::Index => {
                let (Some(of), Some(key)) = (tree.child(target, 0), tree.child(target, 1)) else { return };
                let key = self.value(key, state);
                let object = self.object_of(of, state);
                state.put(&object, &key, value);
            }
            Kind::List | Kind::Tuple => {
                for (nth, part) in tree.children(target).iter().enumerate() {
                    let part_value = state.element(&value, &Value::constant(Constant::Number(nth as f64)));
                    self.give(*part, part_value, state);
                }
            }
            Kind::Dict => {
                for part in tree.children(target) {
                    let (key, name) = match tree.kind(*part) {
                        Kind::Pair => (tree.child(*part, 0), tree.child(*part, 1)),
                        _ => (Some(*part), Some(*part)),
                    };
                    if let (Some(key), Some(name)) = (key, name) {
                        let key = Value::constant(Constant::Str(tree.word(key).to_owned()));
                        let part_value = state.element(&value, &key);
                        self.give(name, part_value, state);
                    }
                }
            }
            Kind::Spread | Kind::Assign | Kind::Pair => {
                if let Some(inner) = tree.child(target, 0) {
                    self.give(inner, value, state);
                }
            }
            _ => {}
        }
    }

    /// A name may itself be where data comes in: a parameter.
    fn marked_target(&mut self, id: Id, mut value: Value) -> Value {
        if let Some(mark) = self.project.marks[self.unit()].get(&id)
            && mark.source != 0
        {
            value.taint |= mark.source;
            value.trace = Some(self.step(id, None));
            value.constant = None;
        }
        value
    }

    /// What a name or field refers to, made where nothing is known yet.
    pub(super) fn object_of(&mut self, id: Id, state: &mut State) -> Value {
        let value = self.value(id, state);
        if value.object.is_some() {
            return value;
        }
        let tree = self.project.tree(self.unit());
        let made = state.make(Object { rest: value.bare(), ..Object::default() });
        if tree.is(id, Kind::Name) {
            state.names.insert(tree.word(id).to_owned(), Value { object: made.object, ..value });
        }
        made
    }
}

/// Whether an expression as it is written begins with a name.
fn begins_with(text: &str, name: &str) -> bool {
    text.strip_prefix(name)
        .is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_'))
}

fn operate(operator: &str, left: &Value, right: &Value) -> Value {
    let constants = left.constant.as_deref().zip(right.constant.as_deref());
    let constant = constants.and_then(|(left, right)| fold(operator, left, right));
    constant.map_or_else(Value::default, Value::constant)
}
