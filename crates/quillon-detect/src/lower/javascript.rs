//! JavaScript and TypeScript, with JSX.

use tree_sitter::Node;

use super::{Lowering, named, type_word, unescaped};
use crate::tree::{Id, Kind};

pub(super) fn node(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "identifier"
        | "this"
        | "super"
        | "property_identifier"
        | "private_property_identifier"
        | "shorthand_property_identifier_pattern"
        | "import" => low.leaf(Kind::Name, node),
        "string" => string(low, node),
        "jsx_text" => {
            let word = low.str(node).trim();
            low.add(Kind::Str, word, node, &[])
        }
        "template_string" => template(low, node),
        "number" => low.leaf(Kind::Number, node),
        "true" | "false" => low.leaf(Kind::Bool, node),
        "null" | "undefined" => low.leaf(Kind::Null, node),
        "regex" => {
            let word = node.child_by_field_name("pattern").map_or("", |pattern| low.str(pattern));
            low.add(Kind::Regex, word, node, &[])
        }
        "parenthesized_expression"
        | "expression_statement"
        | "non_null_expression"
        | "jsx_expression"
        | "satisfies_expression"
        | "as_expression" => first(low, node),
        "call_expression" => low.call(node),
        "member_expression" | "nested_identifier" => low.dot(node, "property"),
        "statement_block" | "program" | "class_body" | "ERROR" => low.block(node),
        kind if kind.ends_with("_statement") => statement(low, node),
        kind if kind.ends_with("_declaration") => declaration(low, node),
        kind if kind.starts_with("jsx_") => markup(low, node),
        _ => rest(low, node),
    }
}

/// What a wrapper wraps: casts and marks of types say nothing about values.
fn first(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match named(node).first() {
        Some(child) => low.node(*child),
        None => low.add(Kind::Other, node.kind(), node, &[]),
    }
}

fn rest(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "new_expression" => {
            let mut ids = vec![low.field(node, "constructor")];
            if let Some(arguments) = node.child_by_field_name("arguments") {
                ids.extend(low.all(arguments));
            }
            low.add(Kind::New, "", node, &ids)
        }
        "subscript_expression" => low.made_of(Kind::Index, "", node, &["object", "index"]),
        "assignment_expression" => low.made_of(Kind::Assign, "", node, &["left", "right"]),
        "augmented_assignment_expression" => {
            let operator = low.operator(node);
            low.made_of(Kind::Update, operator, node, &["left", "right"])
        }
        "binary_expression" => {
            let operator = low.operator(node);
            low.binary(node, operator)
        }
        "unary_expression" | "update_expression" => {
            let operator = low.operator(node);
            low.made_of(Kind::Unary, operator, node, &["argument"])
        }
        "ternary_expression" => {
            low.made_of(Kind::Ternary, "", node, &["condition", "consequence", "alternative"])
        }
        "await_expression" => {
            let inner = first(low, node);
            low.add(Kind::Await, "", node, &[inner])
        }
        "spread_element" | "rest_pattern" => {
            let inner = first(low, node);
            low.add(Kind::Spread, "", node, &[inner])
        }
        "array" | "array_pattern" => low.all_as(Kind::List, node),
        "object" | "object_pattern" => low.all_as(Kind::Dict, node),
        "pair" | "pair_pattern" => pair(low, node),
        "shorthand_property_identifier" => {
            let key = low.leaf(Kind::Str, node);
            let value = low.leaf(Kind::Name, node);
            low.add(Kind::Pair, "", node, &[key, value])
        }
        "type_annotation" => first(low, node),
        "predefined_type"
        | "type_identifier"
        | "generic_type"
        | "array_type"
        | "nested_type_identifier"
        | "union_type" => {
            let word = type_word(low.str(node));
            low.add(Kind::Type, &word, node, &[])
        }
        _ => definition(low, node),
    }
}

fn definition(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "arrow_function" | "function_expression" | "function" | "generator_function" => lambda(low, node),
        "method_definition" => function(low, node),
        "class" => class(low, node),
        "formal_parameters" => {
            let ids: Vec<Id> = named(node).into_iter().map(|child| parameter(low, child)).collect();
            low.add(Kind::Params, "", node, &ids)
        }
        "public_field_definition" | "field_definition" => {
            let typed = low.field(node, "type");
            let name = match node.child_by_field_name("name").or_else(|| node.child_by_field_name("property"))
            {
                Some(name) => low.node(name),
                None => low.nothing(node),
            };
            let value = low.field(node, "value");
            low.add(Kind::Declare, "", node, &[typed, name, value])
        }
        "catch_clause" => low.made_of(Kind::Catch, "", node, &["type", "parameter", "body"]),
        "finally_clause" => low.made_of(Kind::Finally, "", node, &["body"]),
        "decorator" => {
            let inner = first(low, node);
            low.add(Kind::Annotation, "", node, &[inner])
        }
        "else_clause" => first(low, node),
        _ => low.other(node),
    }
}

fn string(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let text = low.str(node);
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    low.add(Kind::Str, &unescaped(inner), node, &[])
}

fn template(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let parts = named(node);
    if parts.iter().any(|part| part.kind() == "template_substitution") {
        let mut ids = Vec::new();
        let mut at = node.start_byte() + 1;
        let end = node.end_byte().saturating_sub(1);
        // Older grammars have no node for the text between the holes.
        for hole in parts.into_iter().filter(|part| part.kind() == "template_substitution") {
            push_text(low, &mut ids, at, hole.start_byte());
            ids.push(first(low, hole));
            at = hole.end_byte();
        }
        push_text(low, &mut ids, at, end);
        return low.add(Kind::Template, "", node, &ids);
    }
    string(low, node)
}

fn push_text(low: &mut Lowering<'_>, ids: &mut Vec<Id>, start: usize, end: usize) {
    if let Some(text) = low.text.get(start..end)
        && !text.is_empty()
    {
        let word = unescaped(text);
        ids.push(low.builder.node(Kind::Str, &word, start..end, &[]));
    }
}

/// `{a: 1}` and `{"a": 1}` are one.
fn pair(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let key = match node.child_by_field_name("key") {
        Some(key) if key.kind() == "property_identifier" => low.leaf(Kind::Str, key),
        Some(key) if key.kind() == "computed_property_name" => first(low, key),
        Some(key) => low.node(key),
        None => low.nothing(node),
    };
    let value = low.field(node, "value");
    low.add(Kind::Pair, "", node, &[key, value])
}

fn lambda(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let parameters = match node.child_by_field_name("parameters") {
        Some(parameters) => low.node(parameters),
        None => match node.child_by_field_name("parameter") {
            Some(one) => {
                let id = parameter(low, one);
                low.add(Kind::Params, "", one, &[id])
            }
            None => low.nothing(node),
        },
    };
    let body = low.field(node, "body");
    let name = node.child_by_field_name("name").map_or("", |name| low.str(name));
    low.add(Kind::Lambda, name, node, &[parameters, body])
}

fn parameter(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let (name, default) = match node.kind() {
        "assignment_pattern" => (low.field(node, "left"), low.field(node, "right")),
        "required_parameter" | "optional_parameter" => (low.field(node, "pattern"), low.field(node, "value")),
        _ => (low.node(node), low.nothing(node)),
    };
    let typed = low.field(node, "type");
    let modifiers = decorators(low, node);
    low.add(Kind::Param, "", node, &[name, typed, default, modifiers])
}

fn decorators(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let decorators = low.fields(node, "decorator");
    low.add(Kind::Modifiers, "", node, &decorators)
}

fn statement(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "if_statement" => branch(low, node),
        "for_statement" => {
            let [init, condition, step] =
                ["initializer", "condition", "increment"].map(|name| low.field(node, name));
            let body = low.body(node.child_by_field_name("body"), node);
            low.add(Kind::For, "", node, &[init, condition, step, body])
        }
        "for_in_statement" => {
            let target = low.field(node, "left");
            let iterable = low.field(node, "right");
            let body = low.body(node.child_by_field_name("body"), node);
            let word = low.operator(node);
            low.add(Kind::ForEach, word, node, &[target, iterable, body])
        }
        "try_statement" => {
            let mut ids = vec![low.nothing(node), low.field(node, "body")];
            for part in ["handler", "finalizer"] {
                ids.extend(node.child_by_field_name(part).map(|part| low.node(part)));
            }
            low.add(Kind::Try, "", node, &ids)
        }
        "switch_statement" => switch(low, node),
        "labeled_statement" => low.field(node, "body"),
        "empty_statement" => low.nothing(node),
        "import_statement" => import(low, node),
        "export_statement" => export(low, node),
        _ => low.common_statement(node),
    }
}

fn branch(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let condition = low.field(node, "condition");
    let then = low.body(node.child_by_field_name("consequence"), node);
    let next = node.child_by_field_name("alternative").and_then(|clause| named(clause).first().copied());
    let otherwise = match next {
        Some(next) if next.kind() == "if_statement" => low.node(next),
        next => low.body(next, node),
    };
    low.add(Kind::If, "", node, &[condition, then, otherwise])
}

fn switch(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut ids = vec![low.field(node, "value")];
    for case in node.child_by_field_name("body").map_or_else(Vec::new, named) {
        let mut parts: Vec<Id> = Vec::new();
        let label = case.child_by_field_name("value");
        parts.extend(label.map(|label| low.node(label)));
        let mut cursor = case.walk();
        let body: Vec<_> = case.children_by_field_name("body", &mut cursor).filter(Node::is_named).collect();
        let statements = low.statements(body);
        parts.push(low.add(Kind::Block, "", case, &statements));
        let word = if label.is_none() { "default" } else { "" };
        ids.push(low.add(Kind::Case, word, case, &parts));
    }
    low.add(Kind::Switch, "", node, &ids)
}

fn export(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.child_by_field_name("declaration").or_else(|| node.child_by_field_name("value")) {
        Some(inner) => low.node(inner),
        None => low.other(node),
    }
}

fn declaration(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "lexical_declaration" | "variable_declaration" => variables(low, node),
        "function_declaration" | "generator_function_declaration" => function(low, node),
        "class_declaration" | "abstract_class_declaration" | "interface_declaration" => class(low, node),
        _ => low.other(node),
    }
}

fn variables(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let declarators: Vec<_> =
        named(node).into_iter().filter(|child| child.kind() == "variable_declarator").collect();
    let is_one = declarators.len() == 1;
    let mut ids = Vec::new();
    for declarator in declarators {
        let [typed, name, value] = ["type", "name", "value"].map(|name| low.field(declarator, name));
        require(low, declarator);
        let around = if is_one { node } else { declarator };
        ids.push(low.add(Kind::Declare, "", around, &[typed, name, value]));
    }
    low.many(node, &ids)
}

/// `const a = require("m")` and `const {a: b} = require("m")` import like the statement that is called so.
fn require(low: &mut Lowering<'_>, declarator: Node<'_>) {
    let Some(value) = declarator.child_by_field_name("value") else { return };
    let text = low.str(value);
    let Some(rest) = text.strip_prefix("require(") else { return };
    let Some((quoted, after)) = rest.split_once(')') else { return };
    let module = module_name(quoted);
    let Some(name) = declarator.child_by_field_name("name") else { return };
    match name.kind() {
        "identifier" => low.builder.import(low.str(name), format!("{module}{after}")),
        "object_pattern" => {
            for child in named(name) {
                let text = low.str(child);
                let (path, alias) = text.split_once(':').unwrap_or((text, text));
                low.builder.import(alias.trim(), format!("{module}.{}", path.trim()));
            }
        }
        _ => {}
    }
}

fn module_name(quoted: &str) -> String {
    let name = quoted.trim().trim_matches(['"', '\'', '`']);
    name.strip_prefix("node:").unwrap_or(name).to_owned()
}

fn import(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let module =
        node.child_by_field_name("source").map_or_else(String::new, |source| module_name(low.str(source)));
    let clause = named(node).into_iter().find(|child| child.kind() == "import_clause");
    for part in clause.map_or_else(Vec::new, named) {
        match part.kind() {
            "identifier" => low.builder.import(low.str(part), module.clone()),
            "namespace_import" => {
                if let Some(name) = named(part).first() {
                    low.builder.import(low.str(*name), module.clone());
                }
            }
            "named_imports" => {
                for one in named(part) {
                    let Some(name) = one.child_by_field_name("name") else { continue };
                    let alias = one.child_by_field_name("alias").unwrap_or(name);
                    low.builder.import(low.str(alias), format!("{module}.{}", low.str(name)));
                }
            }
            _ => {}
        }
    }
    let word: String = low.str(node).trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ");
    low.add(Kind::Import, &word, node, &[])
}

fn function(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let text = low.str(node);
    let mut marks = Vec::new();
    let at = node.start_byte();
    for word in text.split_whitespace().take(4) {
        if matches!(word, "async" | "static" | "public" | "private" | "protected") {
            marks.push(low.builder.node(Kind::Modifier, word, at..at + word.len(), &[]));
        }
    }
    let modifiers = low.add(Kind::Modifiers, "", node, &marks);
    let ids = ["name", "parameters", "return_type", "body"].map(|name| low.field(node, name));
    let [name, parameters, typed, body] = ids;
    low.add(Kind::Function, "", node, &[modifiers, name, parameters, typed, body])
}

fn class(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let modifiers = decorators(low, node);
    let name = low.field(node, "name");
    let heritage = named(node).into_iter().find(|child| child.kind() == "class_heritage");
    let mut supers = Vec::new();
    for part in heritage.map_or_else(Vec::new, named) {
        match part.kind() {
            // What is implemented gives no code, and types no class.
            "implements_clause" => {}
            "extends_clause" => supers.extend(low.fields(part, "value")),
            _ => supers.push(low.node(part)),
        }
    }
    let supers = low.add(Kind::List, "", node, &supers);
    let body = low.field(node, "body");
    low.add(Kind::Class, "", node, &[modifiers, name, supers, body])
}

fn markup(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "jsx_element" => {
            let open = node.child_by_field_name("open_tag").unwrap_or(node);
            let mut ids = head(low, open);
            let inside = named(node)
                .into_iter()
                .filter(|child| !matches!(child.kind(), "jsx_opening_element" | "jsx_closing_element"));
            ids.extend(inside.collect::<Vec<_>>().into_iter().map(|child| low.node(child)));
            low.add(Kind::Markup, "", node, &ids)
        }
        "jsx_self_closing_element" => {
            let ids = head(low, node);
            low.add(Kind::Markup, "", node, &ids)
        }
        "jsx_attribute" => {
            let parts = named(node);
            let name = parts.first().map_or("", |name| low.str(*name));
            let value = match parts.get(1) {
                Some(value) => low.node(*value),
                None => low.add(Kind::Bool, "true", node, &[]),
            };
            low.add(Kind::Keyword, name, node, &[value])
        }
        _ => low.other(node),
    }
}

fn head(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<Id> {
    let mut ids = vec![low.field(node, "name")];
    ids.extend(low.fields(node, "attribute"));
    ids
}
