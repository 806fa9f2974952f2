//! Runs statements on what is known of values.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::Project;
use super::guard::{Harmless, harmless};
use super::value::{Bits, State, Step, Value};
use crate::scan::Finding;
use crate::tree::{Id, Kind, Tree};

/// Steps for one function and all that it calls.
const STEPS_MAX: u32 = 60_000;

/// Steps for all texts together.
const ALL_STEPS_MAX: u64 = 400_000_000;

/// The places that one flow names.
const TRACE_MAX: usize = 24;

/// A run over some texts.
pub(super) struct Run<'p, 'a> {
    pub(super) project: &'p Project<'a>,
    hits: Vec<(usize, Id, Option<Rc<Step>>, usize)>,
    seen: FxHashSet<(usize, usize, Id)>,
    steps_left: u32,
    all_steps_left: u64,
    pub(super) depth: usize,
    /// The functions that are being run, the innermost last.
    pub(super) frames: Vec<Frame>,
}

/// A function that is being run.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) unit: usize,
    pub(super) function: Id,
    pub(super) returned: Option<Value>,
    /// What was known where a loop or switch was left early.
    pub(super) breaks: Vec<State>,
}

impl<'p, 'a> Run<'p, 'a> {
    pub(super) fn new(project: &'p Project<'a>) -> Self {
        Self {
            project,
            hits: Vec::new(),
            seen: FxHashSet::default(),
            steps_left: 0,
            all_steps_left: ALL_STEPS_MAX,
            depth: 0,
            frames: Vec::new(),
        }
    }

    /// Every function of a text that may find something, and what stands outside of functions. Says whether there were
    /// steps for all of it.
    pub(super) fn text(&mut self, unit: usize) -> bool {
        let tree = self.project.tree(unit);
        let pieces = std::iter::once(&Tree::ROOT).chain(tree.of_kind(Kind::Function));
        let mut has_steps = true;
        for piece in pieces.filter(|piece| self.project.reach.has(unit, **piece)) {
            match (tree.child(*piece, 2), tree.child(*piece, 4)) {
                _ if *piece == Tree::ROOT => self.entry(unit, Tree::ROOT, None),
                (Some(params), Some(body)) => self.entry(unit, body, Some((*piece, params))),
                _ => continue,
            }
            has_steps = self.all_steps_left > 0;
        }
        has_steps
    }

    fn entry(&mut self, unit: usize, body: Id, function: Option<(Id, Id)>) {
        self.all_steps_left =
            self.all_steps_left.saturating_sub(u64::from(STEPS_MAX - self.steps_left.min(STEPS_MAX)));
        if self.all_steps_left == 0 {
            return;
        }
        self.steps_left = STEPS_MAX;
        let mut state = State::default();
        let frame =
            Frame { unit, function: function.map_or(body, |(id, _)| id), returned: None, breaks: Vec::new() };
        self.frames.push(frame);
        if let Some((id, params)) = function {
            let this =
                state.make(super::value::Object { class: self.class_around(unit, id), ..Default::default() });
            state.names.insert("this".to_owned(), this.clone());
            self.parameters(params, Vec::new(), &mut state);
            if let Some(own) = self.own_parameter(unit, params) {
                state.names.insert(own, this);
            }
        }
        self.block(body, &mut state);
        self.frames.pop();
    }

    fn own_parameter(&self, unit: usize, params: Id) -> Option<String> {
        let tree = self.project.tree(unit);
        let name = tree.child(tree.child(params, 0)?, 0)?;
        (tree.word(name) == "self").then(|| "self".to_owned())
    }

    pub(super) fn unit(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.unit)
    }

    /// Whether there are steps left.
    pub(super) fn spend(&mut self) -> bool {
        self.steps_left = self.steps_left.saturating_sub(1);
        self.steps_left > 0
    }

    /// Something tainted came where it does harm.
    pub(super) fn hit(&mut self, bits: Bits, id: Id, trace: Option<&Rc<Step>>) {
        let unit = self.unit();
        for rule in 0..self.project.rules.len() {
            if bits & (1 << rule) != 0 && self.seen.insert((rule, unit, id)) {
                self.hits.push((rule, id, trace.cloned(), unit));
            }
        }
    }

    pub(super) fn findings(self) -> Vec<Finding> {
        let project = self.project;
        let finding = |(rule, id, trace, unit): (usize, Id, Option<Rc<Step>>, usize)| {
            let at = project.units[unit];
            let (rule, _) = project.rules[rule];
            let span = at.source.tree.span(id);
            let place =
                crate::rule::Place { span: span.clone(), node: Some(id), bindings: Default::default() };
            let mut found = at.finding(rule, &place);
            let mut step = trace;
            while let Some(here) = step {
                if found.flow.len() < TRACE_MAX || here.before.is_none() {
                    let unit = project.units[here.unit];
                    found.flow.push(unit.spot(unit.source.tree.span(here.id)));
                }
                step = here.before.clone();
            }
            found.flow.reverse();
            found.flow.push(at.spot(span));
            found.flow.dedup_by(|a, b| a.path == b.path && a.line == b.line);
            found
        };
        self.hits.into_iter().map(finding).collect()
    }

    /// Gives parameters what is handed in; what is not is unknown, and may be where data comes in.
    pub(super) fn parameters(&mut self, params: Id, arguments: Vec<Value>, state: &mut State) {
        let tree = self.project.tree(self.unit());
        let mut arguments = arguments.into_iter();
        for param in tree.children(params) {
            let Some(target) = tree.child(*param, 0) else { continue };
            let value = arguments.next().unwrap_or_default();
            let value = self.marked(*param, value, state);
            self.give(target, value, state);
        }
    }

    pub(super) fn block(&mut self, id: Id, state: &mut State) {
        let tree = self.project.tree(self.unit());
        if !tree.is(id, Kind::Block) {
            // The body of an arrow is what it returns.
            let value = self.value(id, state);
            self.give_back(value);
            return;
        }
        for statement in tree.children(id) {
            if state.is_dead || !self.spend() {
                return;
            }
            self.statement(*statement, state);
        }
    }

    fn give_back(&mut self, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.returned =
                Some(frame.returned.take().map_or_else(|| value.clone(), |before| before.or(&value)));
        }
    }

    fn statement(&mut self, id: Id, state: &mut State) {
        let tree = self.project.tree(self.unit());
        let child = |nth| tree.child(id, nth);
        match tree.kind(id) {
            Kind::Block => self.block(id, state),
            Kind::If => self.branch(id, state),
            Kind::While | Kind::For | Kind::DoWhile | Kind::ForEach => self.rounds(id, state),
            Kind::Try => self.attempt(id, state),
            Kind::Switch => self.switch(id, state),
            Kind::Return => {
                let value = child(0).map_or_else(Value::default, |value| self.value(value, state));
                self.give_back(value);
                state.is_dead = true;
            }
            Kind::Throw => {
                if let Some(value) = child(0) {
                    self.value(value, state);
                }
                state.is_dead = true;
            }
            Kind::Break => {
                let here = state.clone();
                if let Some(frame) = self.frames.last_mut() {
                    frame.breaks.push(here);
                }
                state.is_dead = true;
            }
            Kind::With => {
                if let Some((block, items)) = tree.children(id).split_last() {
                    for item in items {
                        self.value(*item, state);
                    }
                    self.block(*block, state);
                }
            }
            // What a class or function does is looked at on its own.
            Kind::Function | Kind::Import => {}
            Kind::Class => {
                for member in child(3).map_or(&[][..], |body| tree.children(body)) {
                    if matches!(tree.kind(*member), Kind::Declare | Kind::Assign) {
                        self.value(*member, state);
                    }
                }
            }
            Kind::Other => {
                for inner in tree.children(id) {
                    self.statement(*inner, state);
                }
            }
            kind => {
                self.value(id, state);
                state.is_dead |= kind == Kind::Call && ends(tree, id);
            }
        }
    }

    fn branch(&mut self, id: Id, state: &mut State) {
        let tree = self.project.tree(self.unit());
        let parts = tree.children(id);
        let [condition, then, otherwise] = [parts[0], parts[1], parts[2]];
        let holds = self.value(condition, state).truth();
        let mut other = state.clone();
        // What was compared with what is allowed is taken for it, on the side where it agrees.
        let source = self.project.source(self.unit());
        let sides = [harmless(source, condition, true), harmless(source, condition, false)];
        self.trust(&sides[0], state);
        self.trust(&sides[1], &mut other);
        match holds {
            Some(true) => other.is_dead = true,
            Some(false) => state.is_dead = true,
            None => {}
        }
        if !state.is_dead {
            self.block(then, state);
        }
        if !other.is_dead && !tree.is(otherwise, Kind::Nothing) {
            if tree.is(otherwise, Kind::Block) {
                self.block(otherwise, &mut other);
            } else {
                self.statement(otherwise, &mut other);
            }
        }
        *state = std::mem::take(state).or(other);
    }

    /// Takes what was checked for harmless, and what came from the same place with it.
    fn trust(&self, checked: &Harmless, state: &mut State) {
        let source = self.project.source(self.unit());
        let tree = &source.tree;
        for id in &checked.wholes {
            for part in tree.within(*id).filter(|part| is_place(tree, *part)) {
                let root = self.trust_one(part, state).as_ref().and_then(root);
                let same = |value: &&mut Value| root.is_some() && self::root(value) == root;
                state.names.values_mut().filter(same).for_each(|value| *value = Value::default());
            }
        }
        for id in checked.exact.iter().filter(|id| is_place(tree, **id)) {
            self.trust_one(*id, state);
        }
    }

    /// Forgets what an expression may hold, and says what that was where it is a name.
    fn trust_one(&self, id: Id, state: &mut State) -> Option<Value> {
        let source = self.project.source(self.unit());
        if source.tree.is(id, Kind::Name) {
            return state.names.insert(source.tree.word(id).to_owned(), Value::default());
        }
        state.checked.insert(source.code(id).to_owned());
        None
    }

    /// A loop is run twice: what the first round leaves is there in the second.
    fn rounds(&mut self, id: Id, state: &mut State) {
        let tree = self.project.tree(self.unit());
        let parts = tree.children(id);
        let (before, body) = match tree.kind(id) {
            Kind::While => (vec![parts[0]], parts[1]),
            Kind::DoWhile => (vec![], parts[0]),
            Kind::ForEach => (vec![], parts[2]),
            _ => (vec![parts[0], parts[1]], parts[3]),
        };
        let is_for_each = tree.is(id, Kind::ForEach);
        let mut never = None;
        for part in before {
            let value = self.value(part, state);
            never = value.truth();
        }
        if tree.is(id, Kind::While) && never == Some(false) {
            return;
        }
        let outer = self.frames.last_mut().map(|frame| std::mem::take(&mut frame.breaks)).unwrap_or_default();
        for _ in 0..2 {
            let mut round = state.clone();
            if is_for_each {
                let iterable = self.value(parts[1], &mut round);
                let each = self.each(&iterable, &round);
                self.give(parts[0], each, &mut round);
            }
            self.block(body, &mut round);
            match tree.kind(id) {
                Kind::For => {
                    self.value(parts[2], &mut round);
                }
                Kind::DoWhile => {
                    self.value(parts[1], &mut round);
                }
                _ => {}
            }
            *state = std::mem::take(state).or(round);
        }
        self.leave(outer, state);
    }

    /// Joins what was known where the loop was left early.
    fn leave(&mut self, outer: Vec<State>, state: &mut State) {
        let breaks = self
            .frames
            .last_mut()
            .map(|frame| std::mem::replace(&mut frame.breaks, outer))
            .unwrap_or_default();
        for one in breaks {
            *state = std::mem::take(state).or(one);
        }
    }

    /// Any element of what is gone through.
    pub(super) fn each(&self, iterable: &Value, state: &State) -> Value {
        let mut each = state.whole(iterable);
        let object = state.get(iterable);
        if let Some(list) = object.and_then(|object| object.list.as_ref()) {
            for value in list {
                each = if each.object.is_none() {
                    Value { object: value.object, ..each.or(value) }
                } else {
                    each.or(value)
                };
            }
            each.constant = None;
        }
        each
    }

    fn attempt(&mut self, id: Id, state: &mut State) {
        let tree = self.project.tree(self.unit());
        let parts = tree.children(id);
        for resource in tree.children(parts[0]) {
            self.value(*resource, state);
        }
        let before = state.clone();
        self.block(parts[1], state);
        // A catch may be reached from anywhere in the block.
        let mut halfway = state.clone();
        halfway.is_dead = false;
        let thrown = before.or(halfway);
        let mut ends = vec![std::mem::take(state)];
        let mut last = None;
        for clause in &parts[2..] {
            match tree.kind(*clause) {
                Kind::Catch => {
                    let mut caught = thrown.clone();
                    if let Some(block) = tree.child(*clause, 2) {
                        self.block(block, &mut caught);
                    }
                    ends.push(caught);
                }
                Kind::Finally => last = tree.child(*clause, 0),
                _ => self.block(*clause, &mut ends[0]),
            }
        }
        *state = ends.into_iter().reduce(State::or).unwrap_or_default();
        if let Some(block) = last {
            let was_dead = std::mem::replace(&mut state.is_dead, false);
            self.block(block, state);
            state.is_dead |= was_dead;
        }
    }

    fn switch(&mut self, id: Id, state: &mut State) {
        let tree = self.project.tree(self.unit());
        let parts = tree.children(id);
        let value = self.value(parts[0], state);
        let outer = self.frames.last_mut().map(|frame| std::mem::take(&mut frame.breaks)).unwrap_or_default();
        let cases = &parts[1..];
        let labels = |case: Id| {
            let children = tree.children(case);
            children[..children.len().saturating_sub(1)].to_vec()
        };
        let is_default = |case: Id| tree.word(case).starts_with("default");
        let mut chosen = None;
        if value.constant.is_some() {
            for case in cases {
                let has = labels(*case)
                    .into_iter()
                    .any(|label| self.value(label, state).constant == value.constant);
                if has {
                    chosen = Some(*case);
                }
            }
            chosen = chosen.or_else(|| cases.iter().copied().find(|case| is_default(*case)));
        }
        let has_default = cases.iter().any(|case| is_default(*case));
        let start = state.clone();
        let mut running = State::unreached();
        for case in cases {
            if chosen.is_none_or(|chosen| chosen == *case) {
                running = running.or(start.clone());
            }
            if !running.is_dead
                && let Some(block) = tree.children(*case).last()
            {
                self.block(*block, &mut running);
            }
            if tree.word(*case).ends_with("->") {
                let end = std::mem::replace(&mut running, State::unreached());
                if let Some(frame) = self.frames.last_mut() {
                    frame.breaks.push(end);
                }
            }
        }
        if !has_default && chosen.is_none() {
            running = running.or(start);
        }
        *state = running;
        self.leave(outer, state);
    }
}

/// Whether an expression names a place that can be checked once and used again.
fn is_place(tree: &Tree, id: Id) -> bool {
    matches!(tree.kind(id), Kind::Name | Kind::Dot | Kind::Index | Kind::Call)
}

/// Whether a call never comes back.
fn ends(tree: &Tree, call: Id) -> bool {
    let path = tree.child(call, 0).and_then(|callee| tree.path(callee)).unwrap_or_default();
    matches!(
        path.as_str(),
        "sys.exit" | "exit" | "quit" | "os._exit" | "abort" | "flask.abort" | "process.exit" | "System.exit"
    )
}

/// Where the data of a value came in.
fn root(value: &Value) -> Option<(usize, Id)> {
    let mut step = value.trace.as_ref()?;
    while let Some(before) = &step.before {
        step = before;
    }
    Some((step.unit, step.id))
}
