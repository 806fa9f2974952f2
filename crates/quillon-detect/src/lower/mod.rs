//! From the trees of the grammars to the tree that rules see. One file for each language; what they share is here.
//!
//! Broken text is daily bread: an error node is a block of what could be read in it.

mod java;
mod javascript;
mod python;

use tree_sitter::Node;

use crate::tree::{Builder, DEPTH_MAX, Id, Kind, Tree};

/// A language that rules can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Java.
    Java,
    /// JavaScript, with JSX.
    JavaScript,
    /// Python.
    Python,
    /// TypeScript, with TSX.
    TypeScript,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::Java, Self::JavaScript, Self::Python, Self::TypeScript];

    /// What rules, folders and fences call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::TypeScript => "typescript",
        }
    }

    /// The language of a name as rules and fences write it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "java" => Self::Java,
            "javascript" | "js" | "jsx" => Self::JavaScript,
            "python" | "py" | "python3" => Self::Python,
            "typescript" | "ts" | "tsx" => Self::TypeScript,
            _ => return None,
        })
    }

    /// The language of a file by its name.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        Some(match quillon_workspace::language_of(path)?.name {
            "Java" => Self::Java,
            "JavaScript" => Self::JavaScript,
            "Python" => Self::Python,
            "TypeScript" => Self::TypeScript,
            _ => return None,
        })
    }
}

/// Reads the tree of a grammar.
pub(crate) fn lower(language: Language, text: &str, root: Node<'_>) -> Tree {
    let mut lowering = Lowering { language, text, builder: Builder::default(), depth: 0 };
    let root = lowering.node(root);
    lowering.builder.finish(root)
}

/// The work on one text.
pub(crate) struct Lowering<'t> {
    pub(crate) language: Language,
    pub(crate) text: &'t str,
    pub(crate) builder: Builder,
    depth: u32,
}

impl<'t> Lowering<'t> {
    /// Any node.
    pub(crate) fn node(&mut self, node: Node<'_>) -> Id {
        if self.depth >= DEPTH_MAX || self.builder.is_full() {
            return self.builder.node(Kind::Other, "too_deep", node.byte_range(), &[]);
        }
        self.depth += 1;
        let id = match self.language {
            Language::Java => java::node(self, node),
            Language::Python => python::node(self, node),
            Language::JavaScript | Language::TypeScript => javascript::node(self, node),
        };
        self.depth -= 1;
        id
    }

    pub(crate) fn str(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    pub(crate) fn leaf(&mut self, kind: Kind, node: Node<'_>) -> Id {
        let word = self.str(node);
        self.add(kind, word, node, &[])
    }

    pub(crate) fn add(&mut self, kind: Kind, word: &str, node: Node<'_>, children: &[Id]) -> Id {
        self.builder.node(kind, word, node.byte_range(), children)
    }

    pub(crate) fn nothing(&mut self, node: Node<'_>) -> Id {
        let end = node.end_byte();
        self.builder.node(Kind::Nothing, "", end..end, &[])
    }

    /// A child of a name, or nothing.
    pub(crate) fn field(&mut self, node: Node<'_>, name: &str) -> Id {
        match node.child_by_field_name(name) {
            Some(child) => self.node(child),
            None => self.nothing(node),
        }
    }

    /// All children of a name.
    pub(crate) fn fields(&mut self, node: Node<'_>, name: &str) -> Vec<Id> {
        let mut cursor = node.walk();
        let children: Vec<_> = node.children_by_field_name(name, &mut cursor).collect();
        children.into_iter().map(|child| self.node(child)).collect()
    }

    /// All children that the grammar names, but comments.
    pub(crate) fn all(&mut self, node: Node<'_>) -> Vec<Id> {
        named(node).into_iter().map(|child| self.node(child)).collect()
    }

    /// Whatever it is, by its shape.
    pub(crate) fn other(&mut self, node: Node<'_>) -> Id {
        let children = self.all(node);
        self.add(Kind::Other, node.kind(), node, &children)
    }

    /// The one child in it: parentheses, expression statements.
    pub(crate) fn inner(&mut self, node: Node<'_>) -> Id {
        match named(node).as_slice() {
            [child] => self.node(*child),
            _ => self.other(node),
        }
    }

    pub(crate) fn block(&mut self, node: Node<'_>) -> Id {
        let children = self.statements(named(node));
        self.add(Kind::Block, "", node, &children)
    }

    /// Statements; a node that stands for several is taken apart.
    pub(crate) fn statements(&mut self, nodes: Vec<Node<'_>>) -> Vec<Id> {
        let mut ids = Vec::new();
        for node in nodes {
            let id = self.node(node);
            let tree = self.builder.tree();
            if tree.is(id, Kind::Other) && tree.word(id) == MANY {
                ids.extend_from_slice(tree.children(id));
            } else {
                ids.push(id);
            }
        }
        ids
    }

    /// Several statements in the place of one: `int a = 1, b = 2;`.
    pub(crate) fn many(&mut self, node: Node<'_>, ids: &[Id]) -> Id {
        match ids {
            [id] => *id,
            _ => self.add(Kind::Other, MANY, node, ids),
        }
    }

    /// A statement where a block may stand, as a block.
    pub(crate) fn body(&mut self, node: Option<Node<'_>>, around: Node<'_>) -> Id {
        let Some(node) = node else { return self.nothing(around) };
        let ids = self.statements(vec![node]);
        match ids.as_slice() {
            [id] if self.builder.tree().is(*id, Kind::Block) => *id,
            _ => self.add(Kind::Block, "", node, &ids),
        }
    }

    /// A node over the children of some names, with nothing where one is absent.
    pub(crate) fn made_of(&mut self, kind: Kind, word: &str, node: Node<'_>, names: &[&str]) -> Id {
        let ids: Vec<Id> = names.iter().map(|name| self.field(node, name)).collect();
        self.add(kind, word, node, &ids)
    }

    /// A node over all its children.
    pub(crate) fn all_as(&mut self, kind: Kind, node: Node<'_>) -> Id {
        let ids = self.all(node);
        self.add(kind, "", node, &ids)
    }

    /// `function(argument…)`; what is no list of arguments, as a template or comprehension, is the one there is.
    pub(crate) fn call(&mut self, node: Node<'_>) -> Id {
        let mut ids = vec![self.field(node, "function")];
        if let Some(arguments) = node.child_by_field_name("arguments") {
            if matches!(arguments.kind(), "arguments" | "argument_list") {
                ids.extend(self.all(arguments));
            } else {
                ids.push(self.node(arguments));
            }
        }
        self.add(Kind::Call, "", node, &ids)
    }

    /// `object.name`, where the grammar calls the name so.
    pub(crate) fn dot(&mut self, node: Node<'_>, name: &str) -> Id {
        let word = node.child_by_field_name(name).map_or("", |name| self.str(name));
        self.made_of(Kind::Dot, word, node, &["object"])
    }

    /// A loop, jump or other statement that the grammars call alike.
    pub(crate) fn common_statement(&mut self, node: Node<'_>) -> Id {
        match node.kind() {
            "while_statement" => {
                let condition = self.field(node, "condition");
                let body = self.body(node.child_by_field_name("body"), node);
                self.add(Kind::While, "", node, &[condition, body])
            }
            "do_statement" => {
                let body = self.body(node.child_by_field_name("body"), node);
                let condition = self.field(node, "condition");
                self.add(Kind::DoWhile, "", node, &[body, condition])
            }
            "return_statement" => self.all_as(Kind::Return, node),
            "throw_statement" | "raise_statement" => self.all_as(Kind::Throw, node),
            "break_statement" => self.add(Kind::Break, "", node, &[]),
            "continue_statement" => self.add(Kind::Continue, "", node, &[]),
            _ => self.other(node),
        }
    }

    pub(crate) fn binary(&mut self, node: Node<'_>, operator: &str) -> Id {
        self.made_of(Kind::Binary, operator, node, &["left", "right"])
    }

    pub(crate) fn operator(&self, node: Node<'_>) -> &'t str {
        node.child_by_field_name("operator").map_or("", |operator| self.str(operator))
    }
}

const MANY: &str = "several statements";

/// The children that the grammar names, but comments.
pub(crate) fn named<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !is_comment(child.kind())).collect()
}

pub(crate) fn is_comment(kind: &str) -> bool {
    matches!(kind, "comment" | "line_comment" | "block_comment" | "html_comment" | "hash_bang_line")
}

/// What a string says, with the usual escapes read.
pub(crate) fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\n') => {}
            Some(quote @ ('\\' | '"' | '\'' | '`' | '/')) => out.push(quote),
            Some(letter) => out.extend(['\\', letter]),
            None => out.push('\\'),
        }
    }
    out
}

/// A type's name without its arguments and blanks.
pub(crate) fn type_word(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            letter if depth == 0 && !letter.is_whitespace() => out.push(letter),
            _ => {}
        }
    }
    out
}
