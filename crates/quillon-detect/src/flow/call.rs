//! Calls: into the code that is looked at, or what is known of a library.

use super::model::{self, Effect};
use super::run::{Frame, Run};
use super::value::{Object, State, Value};
use crate::tree::{Id, Kind, Tree};

/// How deep calls are followed.
const DEPTH_MAX: usize = 7;

/// How many functions one call may mean.
const TARGETS_MAX: usize = 4;

/// What constructors are called where they do not have the name of their class.
pub(super) const CONSTRUCTORS: [&str; 2] = ["constructor", "__init__"];

impl Run<'_, '_> {
    pub(super) fn call(&mut self, id: Id, state: &mut State) -> Value {
        let unit = self.unit();
        let tree = self.project.tree(unit);
        let Some(callee) = tree.child(id, 0) else { return Value::default() };
        let receiver_id = if tree.is(callee, Kind::Dot) { tree.child(callee, 0) } else { None };
        let receiver = match receiver_id {
            Some(receiver) => self.value(receiver, state),
            None => self.value(callee, state),
        };
        let receiver = match receiver_id {
            // The place may itself be one that a rule speaks of.
            Some(_) => self.marked_callee(callee, receiver),
            None => receiver,
        };
        let arguments: Vec<Value> =
            tree.children(id)[1..].iter().map(|argument| self.value(*argument, state)).collect();
        self.check_sink(id, &arguments, state);
        self.propagate(id, state);
        if self.is_cleaning(id) {
            return Value::default();
        }
        let targets = self.targets(callee, receiver_id, &receiver, arguments.len(), state);
        if !targets.is_empty() && self.depth < DEPTH_MAX {
            let this = receiver_id.map(|_| receiver.clone());
            return self.enter_all(&targets, this, &arguments, state);
        }
        self.library(id, callee, receiver_id, &receiver, &arguments, state)
    }

    fn marked_callee(&mut self, callee: Id, mut receiver: Value) -> Value {
        if let Some(mark) = self.project.marks[self.unit()].get(&callee)
            && mark.source != 0
        {
            receiver.taint |= mark.source;
            receiver.trace = Some(self.step(callee, None));
        }
        receiver
    }

    /// Whether something tainted is handed to a call that does harm.
    fn check_sink(&mut self, id: Id, arguments: &[Value], state: &State) {
        let Some(sink) =
            self.project.marks[self.unit()].get(&id).map(|mark| mark.sink).filter(|sink| *sink != 0)
        else {
            return;
        };
        for argument in arguments {
            let whole = state.whole(argument);
            self.hit(whole.taint & sink, id, whole.trace.as_ref());
        }
    }

    /// Whether a call makes what it is handed harmless by what it is called, or by taking out all that is not allowed.
    fn is_cleaning(&self, id: Id) -> bool {
        let unit = self.unit();
        let tree = self.project.tree(unit);
        let name = tree.callee_name(id).to_ascii_lowercase();
        // In Java an escape for a page says nothing about a query; rules name what counts there.
        let is_java = self.project.source(unit).language == crate::Language::Java;
        let is_escape = !is_java && (name.starts_with("escape") || name.starts_with("encodefor"));
        let replaces = matches!(name.as_str(), "replace" | "replaceall")
            && tree.child(id, 1).is_some_and(|what| tree.is(what, Kind::Regex));
        name.contains("sanitiz") || name.contains("sanitis") || is_escape || replaces
    }

    fn propagate(&mut self, id: Id, state: &mut State) {
        let Some(mark) = self.project.marks[self.unit()].get(&id) else { return };
        for (from, to, bits) in &mark.propagates {
            let value = self.value(*from, state);
            let whole = state.whole(&value);
            if whole.taint & bits != 0 {
                let mut target = self.value(*to, state);
                target.soil(&Value { taint: whole.taint & bits, ..whole });
                self.give(*to, target, state);
            }
        }
    }

    /// The functions that a call may mean.
    fn targets(
        &self,
        callee: Id,
        receiver_id: Option<Id>,
        receiver: &Value,
        count: usize,
        state: &State,
    ) -> Vec<(usize, Id)> {
        let unit = self.unit();
        let tree = self.project.tree(unit);
        if receiver_id.is_none() {
            if let Some(function) = receiver.function {
                return vec![function];
            }
            let same = self.functions_of(tree.word(callee), count, |place, _| place == unit);
            if !same.is_empty() || tree.is(callee, Kind::Dot) {
                return same;
            }
            // A name that is imported from a text that is looked at.
            let is_imported = tree.imports.contains_key(tree.word(callee));
            return if is_imported {
                self.functions_of(tree.word(callee), count, |_, class| class.is_none())
            } else {
                Vec::new()
            };
        }
        let Some(object) = receiver_id else { return Vec::new() };
        let name = tree.word(callee);
        let class = state.get(receiver).and_then(|object| object.class);
        if let Some(class) = class {
            return self.methods(class, name, count);
        }
        // A static call, a module, or an object whose type is written.
        let path = tree.path(object).unwrap_or_default();
        let last = path.rsplit('.').next().unwrap_or_default();
        if matches!(path.as_str(), "this" | "self") {
            return self.functions_of(name, count, |place, _| place == unit);
        }
        let mut classes = self.project.classes_named(last, unit);
        if classes.is_empty()
            && let Some(typed) = self.project.source(unit).type_of(object)
        {
            let typed = typed.rsplit('.').next().unwrap_or_default().to_owned();
            classes.extend(self.project.classes_named(&typed, unit));
            classes.extend(self.project.heirs.get(&typed).into_iter().flatten());
        }
        let mut found: Vec<(usize, Id)> =
            classes.iter().flat_map(|class| self.methods(*class, name, count)).collect();
        if found.is_empty() && classes.is_empty() && tree.imports.contains_key(last) {
            found = self.functions_of(name, count, |place, class| class.is_none() && place != unit);
        }
        found.truncate(TARGETS_MAX);
        found
    }

    fn functions_of(
        &self,
        name: &str,
        count: usize,
        fits: impl Fn(usize, Option<Id>) -> bool,
    ) -> Vec<(usize, Id)> {
        let all = self.project.functions.get(name).into_iter().flatten();
        let found = all.filter(|(place, id)| {
            let tree = self.project.tree(*place);
            fits(*place, class_around(tree, *id)) && takes(tree, *id, count)
        });
        found.take(TARGETS_MAX).copied().collect()
    }

    fn methods(&self, class: (usize, Id), name: &str, count: usize) -> Vec<(usize, Id)> {
        let (unit, class) = class;
        let tree = self.project.tree(unit);
        let all = self.project.functions.get(name).into_iter().flatten();
        let own = all.filter(|(place, id)| {
            *place == unit
                && class_around(tree, *id) == Some(class)
                && takes(tree, *id, count)
                && has_body(tree, *id)
        });
        own.take(TARGETS_MAX).copied().collect()
    }

    pub(super) fn class_around(&self, unit: usize, id: Id) -> Option<(usize, Id)> {
        class_around(self.project.tree(unit), id).map(|class| (unit, class))
    }

    fn enter_all(
        &mut self,
        targets: &[(usize, Id)],
        this: Option<Value>,
        arguments: &[Value],
        state: &mut State,
    ) -> Value {
        let mut result: Option<Value> = None;
        for (unit, function) in targets {
            let is_running =
                self.frames.iter().any(|frame| frame.unit == *unit && frame.function == *function);
            let value = if is_running {
                let mut whole = Value::default();
                arguments.iter().for_each(|argument| whole.soil(&state.whole(argument)));
                whole
            } else {
                self.enter(*unit, *function, this.clone(), arguments.to_vec(), state)
            };
            result = Some(result.map_or_else(|| value.clone(), |before| before.or(&value)));
        }
        result.unwrap_or_default()
    }

    /// Runs a function with arguments, on the heap of the caller.
    fn enter(
        &mut self,
        unit: usize,
        function: Id,
        this: Option<Value>,
        mut arguments: Vec<Value>,
        state: &mut State,
    ) -> Value {
        let tree = self.project.tree(unit);
        if tree.is(function, Kind::Lambda) {
            return self.closure(unit, function, arguments, state);
        }
        let (Some(params), Some(body)) = (tree.child(function, 2), tree.child(function, 4)) else {
            return Value::default();
        };
        let first =
            tree.child(params, 0).and_then(|param| tree.child(param, 0)).map_or("", |name| tree.word(name));
        if matches!(first, "self" | "cls") {
            arguments.insert(0, this.clone().unwrap_or_default());
        }
        let names = std::mem::take(&mut state.names);
        let checked = std::mem::take(&mut state.checked);
        if let Some(this) = this.or_else(|| names.get("this").cloned()) {
            state.names.insert("this".to_owned(), this);
        }
        let value = self.inside(unit, function, params, body, arguments, state);
        state.names = names;
        state.checked = checked;
        state.is_dead = false;
        value
    }

    /// Runs a lambda, which sees what is around it.
    pub(super) fn closure(
        &mut self,
        unit: usize,
        lambda: Id,
        arguments: Vec<Value>,
        state: &mut State,
    ) -> Value {
        let tree = self.project.tree(unit);
        let (Some(params), Some(body)) = (tree.child(lambda, 0), tree.child(lambda, 1)) else {
            return Value::default();
        };
        if self.depth >= DEPTH_MAX
            || self.frames.iter().any(|frame| frame.unit == unit && frame.function == lambda)
        {
            return Value::default();
        }
        let value = self.inside(unit, lambda, params, body, arguments, state);
        state.is_dead = false;
        value
    }

    fn inside(
        &mut self,
        unit: usize,
        function: Id,
        params: Id,
        body: Id,
        arguments: Vec<Value>,
        state: &mut State,
    ) -> Value {
        self.frames.push(Frame::new(unit, function));
        self.depth += 1;
        self.parameters(params, arguments, state);
        self.block(body, state);
        self.depth -= 1;
        self.frames.pop().and_then(|frame| frame.returned).unwrap_or_default()
    }

    pub(super) fn make(&mut self, id: Id, state: &mut State) -> Value {
        let unit = self.unit();
        let tree = self.project.tree(unit);
        let Some(made) = tree.child(id, 0) else { return Value::default() };
        let arguments: Vec<Value> =
            tree.children(id)[1..].iter().map(|argument| self.value(*argument, state)).collect();
        self.check_sink(id, &arguments, state);
        let name = tree.path(made).unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        let class = self.project.classes_named(last, unit).first().copied();
        let mut object = model::made(last, &arguments, state);
        object.class = class;
        let Some(class) = class else {
            let value = state.make(object);
            return value;
        };
        object.rest = Value::default();
        let value = state.make(object);
        let constructor = CONSTRUCTORS
            .into_iter()
            .chain([last])
            .find_map(|name| self.methods(class, name, arguments.len()).first().copied());
        if let Some((unit, function)) = constructor.filter(|_| self.depth < DEPTH_MAX) {
            self.enter(unit, function, Some(value.clone()), arguments, state);
        }
        value
    }

    fn library(
        &mut self,
        id: Id,
        callee: Id,
        receiver_id: Option<Id>,
        receiver: &Value,
        arguments: &[Value],
        state: &mut State,
    ) -> Value {
        let tree = self.project.tree(self.unit());
        let name = tree.callee_name(id);
        let is_method = receiver_id.is_some();
        if let Some(constant) = model::folded(name, receiver, arguments) {
            return Value::constant(constant);
        }
        self.hand_to_lambdas(receiver, arguments, state);
        match model::effect(name, is_method, arguments.len(), state.get(receiver)) {
            Effect::Clean => Value::default(),
            Effect::Get => state.element(receiver, arguments.first().unwrap_or(&Value::default())),
            Effect::Each => {
                let each = self.each(receiver, state);
                state.make(Object { rest: each.bare(), ..Object::default() })
            }
            Effect::Put => {
                let object = self.target_of(receiver_id, receiver, state);
                if let [key, value, ..] = arguments {
                    state.put(&object, key, value.clone());
                }
                object
            }
            Effect::Push => {
                let object = self.target_of(receiver_id, receiver, state);
                for value in arguments {
                    state.push(&object, value.clone());
                }
                object
            }
            Effect::Remove => {
                let place = arguments.first().and_then(Value::number);
                if let Some(object) = state.get_mut(receiver) {
                    remove(object, place, arguments.first());
                }
                Value::default()
            }
            Effect::Soil => {
                let object = self.target_of(receiver_id, receiver, state);
                let mut soil = Value::default();
                arguments.iter().for_each(|argument| soil.soil(&state.whole(argument)));
                if let Some(object) = state.get_mut(&object) {
                    object.rest.soil(&soil);
                }
                object
            }
            Effect::Mix => {
                let mut mixed = if is_method || !tree.is(callee, Kind::Name) {
                    state.whole(receiver)
                } else {
                    Value::default()
                };
                arguments.iter().for_each(|argument| mixed.soil(&state.whole(argument)));
                mixed
            }
        }
    }

    /// What a method changes: an object that is made when it is first seen.
    fn target_of(&mut self, receiver_id: Option<Id>, receiver: &Value, state: &mut State) -> Value {
        match receiver_id {
            Some(id) if receiver.object.is_none() => self.object_of(id, state),
            _ => receiver.clone(),
        }
    }

    /// A lambda that is handed to a library gets what it is called on.
    fn hand_to_lambdas(&mut self, receiver: &Value, arguments: &[Value], state: &mut State) {
        let mut whole = state.whole(receiver);
        arguments.iter().for_each(|argument| whole.soil(&state.whole(argument)));
        if whole.taint == 0 {
            return;
        }
        for (unit, function) in arguments.iter().filter_map(|argument| argument.function) {
            let mut inside = state.clone();
            let handed = vec![whole.bare(), whole.bare(), whole.bare()];
            let tree = self.project.tree(unit);
            if tree.is(function, Kind::Lambda) {
                let count = tree.child(function, 0).map_or(0, |params| tree.children(params).len());
                self.closure(unit, function, handed.into_iter().take(count.max(1)).collect(), &mut inside);
            }
        }
    }
}

impl Frame {
    fn new(unit: usize, function: Id) -> Self {
        Self { unit, function, returned: None, breaks: Vec::new() }
    }
}

fn remove(object: &mut Object, place: Option<f64>, key: Option<&Value>) {
    match (&mut object.list, place) {
        (Some(list), Some(place)) if place >= 0.0 && (place as usize) < list.len() => {
            list.remove(place as usize);
        }
        (Some(list), None) if key.is_none() => {
            list.pop();
        }
        (None, _) => {
            if let Some(key) = key.and_then(Value::key) {
                object.fields.remove(&key);
            }
        }
        _ => {}
    }
}

fn class_around(tree: &Tree, id: Id) -> Option<Id> {
    tree.ancestors(id).find(|id| tree.is(*id, Kind::Class))
}

fn takes(tree: &Tree, function: Id, count: usize) -> bool {
    let Some(params) = tree.child(function, 2) else { return false };
    let all = tree.children(params);
    let first = all.first().and_then(|param| tree.child(*param, 0)).map_or("", |name| tree.word(name));
    let all = if matches!(first, "self" | "cls") { &all[1..] } else { all };
    let needed = all
        .iter()
        .filter(|param| tree.child(**param, 2).is_none_or(|default| tree.is(default, Kind::Nothing)))
        .count();
    let is_open =
        all.iter().any(|param| tree.child(*param, 0).is_some_and(|name| tree.is(name, Kind::Spread)));
    is_open || (needed.min(all.len()) <= count && count <= all.len())
}

fn has_body(tree: &Tree, function: Id) -> bool {
    tree.child(function, 4).is_some_and(|body| !tree.is(body, Kind::Nothing))
}
