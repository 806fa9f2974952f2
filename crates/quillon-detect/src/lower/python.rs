//! Python.

use tree_sitter::Node;

use super::{Lowering, named, type_word, unescaped};
use crate::tree::{Id, Kind};

pub(super) fn node(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "identifier" => low.leaf(Kind::Name, node),
        "string" => string(low, node),
        "concatenated_string" => {
            let parts = low.all(node);
            let is_plain = parts.iter().all(|part| low.builder.tree().is(*part, Kind::Str));
            if is_plain {
                let word: String = parts.iter().map(|part| low.builder.tree().word(*part)).collect();
                return low.add(Kind::Str, &word, node, &[]);
            }
            low.add(Kind::Template, "", node, &parts)
        }
        "integer" | "float" => low.leaf(Kind::Number, node),
        "true" | "false" => low.leaf(Kind::Bool, node),
        "none" => low.leaf(Kind::Null, node),
        "ellipsis" => low.leaf(Kind::Name, node),
        "parenthesized_expression" | "expression_statement" => low.inner(node),
        "call" => low.call(node),
        "attribute" => low.dot(node, "attribute"),
        "argument_list" | "list" | "expression_list" | "tuple" | "pattern_list" | "tuple_pattern"
        | "list_pattern" | "set" => {
            let kind =
                if matches!(node.kind(), "list" | "list_pattern" | "set") { Kind::List } else { Kind::Tuple };
            low.all_as(kind, node)
        }
        "block" | "module" | "ERROR" => low.block(node),
        kind if kind.ends_with("_statement") => statement(low, node),
        _ => rest(low, node),
    }
}

fn rest(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "assignment" => assignment(low, node),
        "augmented_assignment" => {
            let operator = low.operator(node);
            low.made_of(Kind::Update, operator, node, &["left", "right"])
        }
        "named_expression" => low.made_of(Kind::Assign, "", node, &["name", "value"]),
        "binary_operator" | "boolean_operator" => {
            let operator = low.operator(node);
            low.binary(node, operator)
        }
        "comparison_operator" => comparison(low, node),
        "not_operator" | "unary_operator" => {
            let operator = if node.kind() == "not_operator" { "not" } else { low.operator(node) };
            low.made_of(Kind::Unary, operator, node, &["argument"])
        }
        "subscript" => subscript(low, node),
        "conditional_expression" => match named(node).as_slice() {
            [then, condition, otherwise] => {
                let ids = [*condition, *then, *otherwise].map(|part| low.node(part));
                low.add(Kind::Ternary, "", node, &ids)
            }
            _ => low.other(node),
        },
        "lambda" => low.made_of(Kind::Lambda, "", node, &["parameters", "body"]),
        "keyword_argument" => {
            let name = node.child_by_field_name("name").map_or("", |name| low.str(name));
            low.made_of(Kind::Keyword, name, node, &["value"])
        }
        "dictionary" => low.all_as(Kind::Dict, node),
        "pair" => low.made_of(Kind::Pair, "", node, &["key", "value"]),
        "list_splat" | "dictionary_splat" | "list_splat_pattern" | "dictionary_splat_pattern" => {
            let inner = low.inner(node);
            low.add(Kind::Spread, if node.kind().starts_with("dict") { "**" } else { "*" }, node, &[inner])
        }
        "await" => {
            let inner = low.inner(node);
            low.add(Kind::Await, "", node, &[inner])
        }
        "type" => {
            let word = type_word(low.str(node)).replace(['"', '\''], "");
            low.add(Kind::Type, &word, node, &[])
        }
        "interpolation" => low.field(node, "expression"),
        "as_pattern_target" => low.inner(node),
        "as_pattern" => as_pattern(low, node),
        _ => definition(low, node),
    }
}

fn definition(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "function_definition" => function(low, node, &[]),
        "class_definition" => class(low, node, &[]),
        "decorated_definition" => {
            let decorators: Vec<_> =
                named(node).into_iter().filter(|child| child.kind() == "decorator").collect();
            let decorators: Vec<Id> = decorators.into_iter().map(|child| low.node(child)).collect();
            match node.child_by_field_name("definition") {
                Some(inner) if inner.kind() == "class_definition" => class(low, inner, &decorators),
                Some(inner) => function(low, inner, &decorators),
                None => low.other(node),
            }
        }
        "decorator" => {
            let inner = low.inner(node);
            low.add(Kind::Annotation, "", node, &[inner])
        }
        "parameters" | "lambda_parameters" => {
            let ids: Vec<Id> = named(node).into_iter().map(|child| parameter(low, child)).collect();
            low.add(Kind::Params, "", node, &ids)
        }
        "except_clause" | "except_group_clause" => except(low, node),
        "finally_clause" => {
            let block = low.inner(node);
            low.add(Kind::Finally, "", node, &[block])
        }
        "dotted_name" => dotted(low, node),
        _ => low.other(node),
    }
}

fn dotted(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut made: Option<Id> = None;
    for part in named(node) {
        let word = low.str(part);
        made = Some(match made {
            None => low.node(part),
            Some(object) => {
                let span = node.start_byte()..part.end_byte();
                low.builder.node(Kind::Dot, word, span, &[object])
            }
        });
    }
    made.unwrap_or_else(|| low.nothing(node))
}

fn string(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let parts = named(node);
    let start = parts.iter().find(|part| part.kind() == "string_start").map_or("", |part| low.str(*part));
    let is_raw = start.to_ascii_lowercase().contains('r');
    let clean = |text: &str| if is_raw { text.to_owned() } else { unescaped(text) };
    let is_filled = start.contains(['f', 'F']);
    if is_filled {
        let mut ids = Vec::new();
        for part in parts {
            match part.kind() {
                "string_content" => {
                    let word = clean(low.str(part));
                    ids.push(low.add(Kind::Str, &word, part, &[]));
                }
                "interpolation" => ids.push(low.node(part)),
                _ => {}
            }
        }
        return low.add(Kind::Template, "", node, &ids);
    }
    let content = parts.iter().filter(|part| part.kind() == "string_content");
    let word: String = content.map(|part| clean(low.str(*part))).collect();
    low.add(Kind::Str, &word, node, &[])
}

fn assignment(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    if node.child_by_field_name("type").is_some() {
        return low.made_of(Kind::Declare, "", node, &["type", "left", "right"]);
    }
    low.made_of(Kind::Assign, "", node, &["left", "right"])
}

/// `a < b < c` is `a < b` and `b < c`.
fn comparison(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut cursor = node.walk();
    let mut operators = Vec::new();
    let children: Vec<_> = node.children(&mut cursor).filter(|child| !child.is_extra()).collect();
    let mut words: Vec<&str> = Vec::new();
    for child in &children {
        if child.is_named() {
            if !words.is_empty() {
                operators.push(words.join(" "));
                words.clear();
            }
        } else {
            words.push(low.str(*child));
        }
    }
    let operands: Vec<_> = children.into_iter().filter(Node::is_named).collect();
    let Some((first, rest)) = operands.split_first() else { return low.other(node) };
    let mut made: Option<Id> = None;
    let mut left = *first;
    for (right, operator) in rest.iter().zip(&operators) {
        let ids = [low.node(left), low.node(*right)];
        let span = left.start_byte()..right.end_byte();
        let one = low.builder.node(Kind::Binary, operator, span, &ids);
        made = Some(match made {
            None => one,
            Some(before) => low.add(Kind::Binary, "and", node, &[before, one]),
        });
        left = *right;
    }
    made.unwrap_or_else(|| low.node(left))
}

fn subscript(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut ids = vec![low.field(node, "value")];
    ids.extend(low.fields(node, "subscript"));
    low.add(Kind::Index, "", node, &ids)
}

fn as_pattern(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let parts = named(node);
    match (parts.first(), node.child_by_field_name("alias")) {
        (Some(value), Some(alias)) => {
            let value = low.node(*value);
            let target = low.node(alias);
            low.add(Kind::Assign, "", node, &[target, value])
        }
        _ => low.other(node),
    }
}

fn statement(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "if_statement" => branch(low, node),
        "for_statement" => {
            let target = low.field(node, "left");
            let iterable = low.field(node, "right");
            let body = low.body(node.child_by_field_name("body"), node);
            low.add(Kind::ForEach, "", node, &[target, iterable, body])
        }
        "try_statement" => attempt(low, node),
        "with_statement" => with(low, node),
        "import_statement" | "import_from_statement" | "future_import_statement" => import(low, node),
        _ => low.common_statement(node),
    }
}

/// `elif` is an `if` in the place of what is otherwise.
fn branch(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut cursor = node.walk();
    let mut otherwise: Option<Id> = None;
    let alternatives: Vec<_> = node.children_by_field_name("alternative", &mut cursor).collect();
    for part in alternatives.into_iter().rev() {
        otherwise = Some(if part.kind() == "elif_clause" {
            let condition = low.field(part, "condition");
            let then = low.body(part.child_by_field_name("consequence"), part);
            let otherwise = otherwise.unwrap_or_else(|| low.nothing(part));
            low.add(Kind::If, "", part, &[condition, then, otherwise])
        } else {
            low.body(part.child_by_field_name("body"), part)
        });
    }
    let condition = low.field(node, "condition");
    let then = low.body(node.child_by_field_name("consequence"), node);
    let otherwise = otherwise.unwrap_or_else(|| low.nothing(node));
    low.add(Kind::If, "", node, &[condition, then, otherwise])
}

fn attempt(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut ids = vec![low.nothing(node), low.field(node, "body")];
    for clause in named(node) {
        match clause.kind() {
            "except_clause" | "except_group_clause" | "finally_clause" => ids.push(low.node(clause)),
            "else_clause" => ids.push(low.body(clause.child_by_field_name("body"), clause)),
            _ => {}
        }
    }
    low.add(Kind::Try, "", node, &ids)
}

fn except(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut typed = None;
    let mut name = None;
    let mut block = None;
    for child in named(node) {
        match child.kind() {
            "block" => block = Some(low.node(child)),
            "as_pattern" => {
                typed = named(child).first().map(|value| low.node(*value));
                name = child.child_by_field_name("alias").map(|alias| low.node(alias));
            }
            _ if typed.is_none() => typed = Some(low.node(child)),
            _ => name = Some(low.node(child)),
        }
    }
    let parts = [typed, name, block].map(|part| part.unwrap_or_else(|| low.nothing(node)));
    low.add(Kind::Catch, "", node, &parts)
}

fn with(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut ids = Vec::new();
    let clause = named(node).into_iter().find(|child| child.kind() == "with_clause");
    for item in clause.map_or_else(Vec::new, named) {
        ids.push(match item.child_by_field_name("value") {
            Some(value) => low.node(value),
            None => low.node(item),
        });
    }
    ids.push(low.body(node.child_by_field_name("body"), node));
    low.add(Kind::With, "", node, &ids)
}

fn function(low: &mut Lowering<'_>, node: Node<'_>, decorators: &[Id]) -> Id {
    let mut marks = decorators.to_vec();
    if low.str(node).starts_with("async") {
        let start = node.start_byte();
        marks.push(low.builder.node(Kind::Modifier, "async", start..start + 5, &[]));
    }
    let modifiers = low.add(Kind::Modifiers, "", node, &marks);
    let [name, parameters, typed] = ["name", "parameters", "return_type"].map(|name| low.field(node, name));
    let body = low.body(node.child_by_field_name("body"), node);
    low.add(Kind::Function, "", node, &[modifiers, name, parameters, typed, body])
}

fn class(low: &mut Lowering<'_>, node: Node<'_>, decorators: &[Id]) -> Id {
    let modifiers = low.add(Kind::Modifiers, "", node, decorators);
    let name = low.field(node, "name");
    let supers = node.child_by_field_name("superclasses").map_or_else(Vec::new, |supers| low.all(supers));
    let supers = low.add(Kind::List, "", node, &supers);
    let body = low.body(node.child_by_field_name("body"), node);
    low.add(Kind::Class, "", node, &[modifiers, name, supers, body])
}

fn parameter(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let name = match (node.kind(), node.child_by_field_name("name")) {
        (_, Some(name)) => low.node(name),
        ("typed_parameter", None) => match named(node).first() {
            Some(first) => low.node(*first),
            None => low.nothing(node),
        },
        _ => low.node(node),
    };
    let typed = low.field(node, "type");
    let default = low.field(node, "value");
    let modifiers = low.nothing(node);
    low.add(Kind::Param, "", node, &[name, typed, default, modifiers])
}

fn import(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let module = node.child_by_field_name("module_name").map(|module| low.str(module));
    let mut cursor = node.walk();
    let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
    for name in names {
        let (path, alias) = match name.kind() {
            "aliased_import" => {
                let path = name.child_by_field_name("name").map_or("", |path| low.str(path));
                (path, name.child_by_field_name("alias").map(|alias| low.str(alias)))
            }
            _ => (low.str(name), None),
        };
        match (module, alias) {
            (Some(module), alias) => low.builder.import(alias.unwrap_or(path), format!("{module}.{path}")),
            (None, Some(alias)) => low.builder.import(alias, path.to_owned()),
            (None, None) => {}
        }
    }
    if let Some(module) = module
        && named(node).iter().any(|child| child.kind() == "wildcard_import")
    {
        low.builder.wildcard(module);
    }
    let word: String = low.str(node).split_whitespace().collect::<Vec<_>>().join(" ");
    low.add(Kind::Import, &word, node, &[])
}
