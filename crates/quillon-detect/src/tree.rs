//! A text as rules see it: one small tree for all languages.
//!
//! Grammars name the same thing differently, and write it in many ways. What reads a language folds that into the few
//! kinds below, so that a pattern, a constant and the flow of data are each understood once. Children have fixed places,
//! written beside each kind; [`Kind::Nothing`] stands where an optional one is absent. What has no kind of its own is
//! [`Kind::Other`] with the grammar's word for it, and is still matched by its shape.

use std::ops::Range;

use rustc_hash::FxHashMap;

/// The nodes of one tree that are kept; what lies beyond is not looked at.
pub(crate) const NODES_MAX: usize = 4_000_000;

/// How deep a tree may be; what lies deeper is one leaf.
pub(crate) const DEPTH_MAX: u32 = 300;

/// A node of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(crate) u32);

/// What a node is, and which children it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    /// An optional child that is not there.
    Nothing,
    /// A name; the word is the name.
    Name,
    /// A string; the word is what it says.
    Str,
    /// A string with holes: its pieces.
    Template,
    /// A number, as written.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`, `None`, `undefined`.
    Null,
    /// A regular expression; the word is its pattern.
    Regex,
    /// `[callee, argument…]`.
    Call,
    /// `[type, argument…]`, and a block where it has a body.
    New,
    /// An argument or attribute with a name; the word is the name: `[value]`.
    Keyword,
    /// A field; the word is its name: `[object]`.
    Dot,
    /// `[object, index]`.
    Index,
    /// The word is the operator: `[left, right]`.
    Binary,
    /// The word is the operator: `[operand]`.
    Unary,
    /// `[target, value]`.
    Assign,
    /// The word is the operator: `[target, value]`.
    Update,
    /// `[type, target, value]`.
    Declare,
    /// `[condition, then, otherwise]`.
    Ternary,
    /// `[parameters, body]`.
    Lambda,
    /// `[item…]`.
    List,
    /// `[item…]`.
    Tuple,
    /// `[pair…]`.
    Dict,
    /// `[key, value]`.
    Pair,
    /// `[value]`.
    Spread,
    /// `[value]`.
    Await,
    /// `[type, value]`.
    Cast,
    /// A type; the word is its name without arguments.
    Type,
    /// `[statement…]`.
    Block,
    /// `[condition, block, otherwise]`.
    If,
    /// `[condition, block]`.
    While,
    /// `[block, condition]`.
    DoWhile,
    /// `[start, condition, step, block]`.
    For,
    /// `[target, iterable, block]`.
    ForEach,
    /// `[resources, block, catch…, finally]`; resources is a list or nothing.
    Try,
    /// `[type, name, block]`.
    Catch,
    /// `[block]`.
    Finally,
    /// `[item…, block]`.
    With,
    /// `[value, case…]`.
    Switch,
    /// The word is `default` where it is: `[label…, block]`.
    Case,
    /// `[value]`, or nothing in it.
    Return,
    /// `[value]`, or nothing in it.
    Throw,
    /// A jump out of a loop or switch.
    Break,
    /// A jump to the next round.
    Continue,
    /// `[modifiers, name, parameters, type, body]`.
    Function,
    /// `[parameter…]`.
    Params,
    /// `[name, type, default, modifiers]`.
    Param,
    /// `[modifiers, name, supers, body]`.
    Class,
    /// `[modifier or annotation…]`.
    Modifiers,
    /// A word such as `static`.
    Modifier,
    /// `[call or name]`.
    Annotation,
    /// The word is what it says, tidied.
    Import,
    /// Markup: `[name, attribute…, child…]`.
    Markup,
    /// Anything else; the word is the grammar's name for it.
    Other,
    /// In patterns: `$X`.
    Meta,
    /// In patterns: `(Type $X)`; the word is the name: `[type]`.
    TypedMeta,
    /// In patterns: `$...X`.
    MetaMany,
    /// In patterns: `...`.
    Ellipsis,
    /// In patterns: `"..."`.
    AnyStr,
    /// In patterns: `"$X"`.
    StrMeta,
    /// In patterns: `<... x ...>`: `[x]`.
    Deep,
}

/// How many kinds there are.
const KINDS: usize = Kind::Deep as usize + 1;

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) parent: Id,
    /// The bytes of the text.
    pub(crate) start: u32,
    /// The byte after the last.
    pub(crate) end: u32,
    /// The node after the last one below this; nodes below it lie between.
    pub(crate) after: u32,
    children: Range<u32>,
    word: Range<u32>,
}

/// A text as rules see it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    children: Vec<Id>,
    words: String,
    /// What each imported name stands for, in full.
    pub(crate) imports: FxHashMap<String, String>,
    /// Modules of which every name is imported.
    pub(crate) wildcards: Vec<String>,
    /// The nodes of each kind.
    by_kind: Vec<Vec<Id>>,
    /// Whether something was left out.
    pub(crate) is_cut: bool,
}

/// Builds a tree from its leaves up.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    tree: Tree,
}

impl Builder {
    /// Adds a node over children that were added before.
    pub(crate) fn node(&mut self, kind: Kind, word: &str, span: Range<usize>, children: &[Id]) -> Id {
        let tree = &mut self.tree;
        tree.is_cut |= tree.nodes.len() >= NODES_MAX;
        let start = tree.words.len() as u32;
        tree.words.push_str(word);
        let first = tree.children.len() as u32;
        tree.children.extend_from_slice(children);
        let id = Id(tree.nodes.len() as u32);
        tree.nodes.push(Node {
            kind,
            parent: id,
            start: span.start as u32,
            end: span.end as u32,
            after: 0,
            children: first..tree.children.len() as u32,
            word: start..tree.words.len() as u32,
        });
        for child in children {
            tree.nodes[child.0 as usize].parent = id;
        }
        id
    }

    pub(crate) fn is_full(&self) -> bool {
        self.tree.nodes.len() >= NODES_MAX
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn import(&mut self, name: &str, path: String) {
        self.tree.imports.entry(name.to_owned()).or_insert(path);
    }

    pub(crate) fn wildcard(&mut self, module: &str) {
        self.tree.wildcards.push(module.to_owned());
    }

    /// Ends the tree: nodes are put in the order of the text, the root first.
    pub(crate) fn finish(self, root: Id) -> Tree {
        let old = self.tree;
        let mut new = Tree {
            nodes: Vec::with_capacity(old.nodes.len()),
            children: Vec::with_capacity(old.children.len()),
            by_kind: vec![Vec::new(); KINDS],
            ..Tree::default()
        };
        place(&old, root, Id(0), &mut new);
        Tree { words: old.words, imports: old.imports, wildcards: old.wildcards, is_cut: old.is_cut, ..new }
    }
}

fn place(old: &Tree, id: Id, parent: Id, new: &mut Tree) -> Id {
    let here = Id(new.nodes.len() as u32);
    let node = &old.nodes[id.0 as usize];
    new.nodes.push(Node { parent, children: 0..0, ..node.clone() });
    new.by_kind[node.kind as usize].push(here);
    let first = new.children.len();
    new.children.extend(node.children.clone().map(|_| here));
    for (nth, child) in node.children.clone().enumerate() {
        let child = place(old, old.children[child as usize], here, new);
        new.children[first + nth] = child;
    }
    let after = new.nodes.len() as u32;
    let node = &mut new.nodes[here.0 as usize];
    node.children = first as u32..(first as u32 + node_len(&old.nodes[id.0 as usize]));
    node.after = after;
    here
}

fn node_len(node: &Node) -> u32 {
    node.children.end - node.children.start
}

impl Tree {
    pub(crate) const ROOT: Id = Id(0);

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn kind(&self, id: Id) -> Kind {
        self.node(id).kind
    }

    pub(crate) fn is(&self, id: Id, kind: Kind) -> bool {
        self.kind(id) == kind
    }

    pub(crate) fn children(&self, id: Id) -> &[Id] {
        let Range { start, end } = self.node(id).children;
        &self.children[start as usize..end as usize]
    }

    /// The child at a place; the kinds say what it is.
    pub(crate) fn child(&self, id: Id, place: usize) -> Option<Id> {
        self.children(id).get(place).copied()
    }

    pub(crate) fn word(&self, id: Id) -> &str {
        let Range { start, end } = self.node(id).word;
        &self.words[start as usize..end as usize]
    }

    pub(crate) fn span(&self, id: Id) -> Range<usize> {
        let node = self.node(id);
        node.start as usize..node.end as usize
    }

    pub(crate) fn parent(&self, id: Id) -> Option<Id> {
        let parent = self.node(id).parent;
        (parent != id).then_some(parent)
    }

    /// The nodes around this one, the nearest first.
    pub(crate) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    /// The node and all below it, in the order of the text.
    pub(crate) fn within(&self, id: Id) -> impl Iterator<Item = Id> + use<> {
        (id.0..self.node(id).after).map(Id)
    }

    pub(crate) fn contains(&self, outer: Id, inner: Id) -> bool {
        (outer.0..self.node(outer).after).contains(&inner.0)
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> &[Id] {
        self.by_kind.get(kind as usize).map_or(&[], Vec::as_slice)
    }

    /// `a.b.c` where the node is a name or fields of a name.
    pub(crate) fn path(&self, id: Id) -> Option<String> {
        match self.kind(id) {
            Kind::Name | Kind::Type => Some(self.word(id).to_owned()),
            Kind::Dot => {
                let object = self.path(self.child(id, 0)?)?;
                Some(format!("{object}.{}", self.word(id)))
            }
            _ => None,
        }
    }

    /// The full path of a name or field, by the imports of the text.
    pub(crate) fn resolved(&self, id: Id) -> Option<String> {
        self.path(id).map(|path| self.resolve(&path))
    }

    /// The full path for a path as it is written.
    pub(crate) fn resolve(&self, path: &str) -> String {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        match (self.imports.get(head), rest) {
            (Some(full), Some(rest)) => format!("{full}.{rest}"),
            (Some(full), None) => full.clone(),
            (None, _) => path.to_owned(),
        }
    }

    /// Whether a path as it is written may mean the full one.
    pub(crate) fn means(&self, written: &str, full: &str) -> bool {
        if written == full {
            return true;
        }
        let resolved = self.resolve(written);
        if resolved == full {
            return true;
        }
        full.len() > written.len()
            && full.ends_with(written)
            && self.wildcards.iter().any(|module| {
                full.strip_prefix(module.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(written)
            })
    }

    /// The last name of a callee: `c` of `a.b.c(…)`.
    pub(crate) fn callee_name(&self, call: Id) -> &str {
        self.child(call, 0).map_or("", |callee| match self.kind(callee) {
            Kind::Name | Kind::Dot | Kind::Type => self.word(callee),
            _ => "",
        })
    }
}
