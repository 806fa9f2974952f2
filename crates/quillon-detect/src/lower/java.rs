//! Java.

use tree_sitter::Node;

use super::{Lowering, named, type_word, unescaped};
use crate::tree::{Id, Kind};

pub(super) fn node(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "identifier" | "this" | "super" => low.leaf(Kind::Name, node),
        "string_literal" | "character_literal" => string(low, node),
        "true" | "false" => low.leaf(Kind::Bool, node),
        "null_literal" => low.leaf(Kind::Null, node),
        "parenthesized_expression" | "expression_statement" => low.inner(node),
        "method_invocation" => invocation(low, node),
        "field_access" => field_access(low, node),
        "binary_expression" => {
            let operator = low.operator(node);
            low.binary(node, operator)
        }
        "block"
        | "program"
        | "class_body"
        | "interface_body"
        | "enum_body_declarations"
        | "constructor_body"
        | "annotation_type_body"
        | "ERROR" => low.block(node),
        kind if kind.ends_with("_literal") => low.leaf(Kind::Number, node),
        kind if kind.ends_with("_type") || matches!(kind, "type_identifier" | "scoped_type_identifier") => {
            type_of(low, node)
        }
        kind if kind.ends_with("_statement") => statement(low, node),
        kind if kind.ends_with("_declaration") => declaration(low, node),
        _ => rest(low, node),
    }
}

fn rest(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "scoped_identifier" => field_of(low, node, "scope", "name"),
        "object_creation_expression" => creation(low, node),
        "explicit_constructor_invocation" => {
            let callee = low.field(node, "constructor");
            let mut ids = vec![callee];
            ids.extend(arguments(low, node));
            low.add(Kind::Call, "", node, &ids)
        }
        "array_access" => low.made_of(Kind::Index, "", node, &["array", "index"]),
        "assignment_expression" => assignment(low, node),
        "unary_expression" | "update_expression" => unary(low, node),
        "ternary_expression" => {
            low.made_of(Kind::Ternary, "", node, &["condition", "consequence", "alternative"])
        }
        "lambda_expression" => lambda(low, node),
        "array_initializer" | "element_value_array_initializer" => low.all_as(Kind::List, node),
        "array_creation_expression" => array_creation(low, node),
        "cast_expression" => low.made_of(Kind::Cast, "", node, &["type", "value"]),
        "instanceof_expression" => low.binary(node, "instanceof"),
        "class_literal" => {
            let of = low.inner(node);
            low.add(Kind::Dot, "class", node, &[of])
        }
        "method_reference" => {
            let parts = low.all(node);
            match parts.as_slice() {
                [object, name] => {
                    let word = low.builder.tree().word(*name).to_owned();
                    low.add(Kind::Dot, &word, node, &[*object])
                }
                _ => low.add(Kind::Other, node.kind(), node, &parts),
            }
        }
        "switch_expression" => switch(low, node),
        "catch_clause" => catch(low, node),
        "finally_clause" => {
            let block = low.inner(node);
            low.add(Kind::Finally, "", node, &[block])
        }
        "marker_annotation" | "annotation" => annotation(low, node),
        "element_value_pair" => {
            let key = node.child_by_field_name("key").map_or("", |key| low.str(key));
            low.made_of(Kind::Keyword, key, node, &["value"])
        }
        "modifiers" => modifiers(low, node),
        "formal_parameters" | "inferred_parameters" => parameters(low, node),
        "formal_parameter" | "spread_parameter" | "catch_formal_parameter" => parameter(low, node),
        "superclass" | "super_interfaces" => low.all_as(Kind::List, node),
        "resource" => {
            if node.child_by_field_name("name").is_some() {
                low.made_of(Kind::Declare, "", node, &["type", "name", "value"])
            } else {
                low.inner(node)
            }
        }
        _ => low.other(node),
    }
}

fn string(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let text = low.str(node);
    let inner = text.strip_prefix("\"\"\"").and_then(|text| text.strip_suffix("\"\"\""));
    let inner = inner.unwrap_or_else(|| text.get(1..text.len().saturating_sub(1)).unwrap_or_default());
    low.add(Kind::Str, &unescaped(inner), node, &[])
}

fn type_of(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let word = type_word(low.str(node));
    let arguments = if node.kind() == "generic_type" {
        let arguments = named(node).into_iter().find(|child| child.kind() == "type_arguments");
        arguments.map_or_else(Vec::new, |arguments| low.all(arguments))
    } else {
        Vec::new()
    };
    low.add(Kind::Type, &word, node, &arguments)
}

fn arguments(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<Id> {
    node.child_by_field_name("arguments").map_or_else(Vec::new, |arguments| low.all(arguments))
}

fn invocation(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let callee = field_of(low, node, "object", "name");
    let mut ids = vec![callee];
    ids.extend(arguments(low, node));
    low.add(Kind::Call, "", node, &ids)
}

fn field_access(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    field_of(low, node, "object", "field")
}

/// `object.name`, or the name alone.
fn field_of(low: &mut Lowering<'_>, node: Node<'_>, object: &str, name: &str) -> Id {
    let Some(name) = node.child_by_field_name(name) else { return low.other(node) };
    let Some(object) = node.child_by_field_name(object) else { return low.node(name) };
    let object_id = low.node(object);
    let span = object.start_byte()..name.end_byte();
    let word = low.str(name);
    low.builder.node(Kind::Dot, word, span, &[object_id])
}

fn creation(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut ids = vec![low.field(node, "type")];
    ids.extend(arguments(low, node));
    let body = named(node).into_iter().find(|child| child.kind() == "class_body");
    ids.extend(body.map(|body| low.node(body)));
    low.add(Kind::New, "", node, &ids)
}

fn assignment(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let operator = low.operator(node);
    let (kind, word) = if operator == "=" { (Kind::Assign, "") } else { (Kind::Update, operator) };
    low.made_of(kind, word, node, &["left", "right"])
}

fn unary(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let text = low.str(node);
    let operator = ["++", "--", "!", "-", "+", "~"]
        .into_iter()
        .find(|operator| text.starts_with(operator) || text.ends_with(operator))
        .unwrap_or("");
    let operand = match node.child_by_field_name("operand") {
        Some(operand) => low.node(operand),
        None => low.inner(node),
    };
    low.add(Kind::Unary, operator, node, &[operand])
}

fn lambda(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let parameters = match node.child_by_field_name("parameters") {
        Some(one) if one.kind() == "identifier" => {
            let parameter = plain_parameter(low, one);
            low.add(Kind::Params, "", one, &[parameter])
        }
        Some(many) => low.node(many),
        None => low.nothing(node),
    };
    let body = low.field(node, "body");
    low.add(Kind::Lambda, "", node, &[parameters, body])
}

fn array_creation(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    if let Some(value) = node.child_by_field_name("value") {
        return low.node(value);
    }
    let mut ids = vec![low.field(node, "type")];
    let sizes: Vec<_> = named(node).into_iter().filter(|child| child.kind() == "dimensions_expr").collect();
    ids.extend(sizes.into_iter().map(|size| low.inner(size)));
    low.add(Kind::Other, "new_array", node, &ids)
}

fn statement(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "if_statement" => {
            let condition = low.field(node, "condition");
            let then = low.body(node.child_by_field_name("consequence"), node);
            let otherwise = match node.child_by_field_name("alternative") {
                Some(next) if next.kind() == "if_statement" => low.node(next),
                next => low.body(next, node),
            };
            low.add(Kind::If, "", node, &[condition, then, otherwise])
        }
        "for_statement" => {
            let [init, condition, update] = ["init", "condition", "update"].map(|name| low.field(node, name));
            let body = low.body(node.child_by_field_name("body"), node);
            low.add(Kind::For, "", node, &[init, condition, update, body])
        }
        "enhanced_for_statement" => {
            let typed = low.field(node, "type");
            let name = low.field(node, "name");
            let span = node.child_by_field_name("name").map_or(node.byte_range(), |name| name.byte_range());
            let value = low.nothing(node);
            let target = low.builder.node(Kind::Declare, "", span, &[typed, name, value]);
            let iterable = low.field(node, "value");
            let body = low.body(node.child_by_field_name("body"), node);
            low.add(Kind::ForEach, "", node, &[target, iterable, body])
        }
        "try_statement" | "try_with_resources_statement" => attempt(low, node),
        "labeled_statement" => match named(node).last() {
            Some(statement) => low.node(*statement),
            None => low.other(node),
        },
        _ => low.common_statement(node),
    }
}

fn attempt(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let resources = match node.child_by_field_name("resources") {
        Some(resources) => low.all_as(Kind::List, resources),
        None => low.nothing(node),
    };
    let mut ids = vec![resources, low.field(node, "body")];
    for clause in named(node) {
        if matches!(clause.kind(), "catch_clause" | "finally_clause") {
            ids.push(low.node(clause));
        }
    }
    low.add(Kind::Try, "", node, &ids)
}

fn catch(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let parameter = named(node).into_iter().find(|child| child.kind() == "catch_formal_parameter");
    let (typed, name) = match parameter {
        Some(parameter) => {
            let typed = named(parameter).into_iter().find(|child| child.kind() == "catch_type");
            let typed = match typed {
                Some(typed) => {
                    let word = type_word(low.str(typed));
                    low.add(Kind::Type, &word, typed, &[])
                }
                None => low.nothing(node),
            };
            (typed, low.field(parameter, "name"))
        }
        None => (low.nothing(node), low.nothing(node)),
    };
    let body = low.field(node, "body");
    low.add(Kind::Catch, "", node, &[typed, name, body])
}

fn switch(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut ids = vec![low.field(node, "condition")];
    let cases = node.child_by_field_name("body").map_or_else(Vec::new, named);
    for case in cases {
        let (labels, body): (Vec<_>, Vec<_>) =
            named(case).into_iter().partition(|child| child.kind() == "switch_label");
        let is_default = labels.iter().any(|label| low.str(*label).starts_with("default"));
        let mut parts: Vec<Id> = labels.into_iter().flat_map(|label| low.all(label)).collect();
        let statements = low.statements(body);
        parts.push(match statements.as_slice() {
            [id] if low.builder.tree().is(*id, Kind::Block) => *id,
            _ => low.add(Kind::Block, "", case, &statements),
        });
        // An arrow does not fall through into the next case.
        let is_arrow = case.kind() == "switch_rule";
        let word = match (is_default, is_arrow) {
            (true, true) => "default ->",
            (true, false) => "default",
            (false, true) => "->",
            (false, false) => "",
        };
        ids.push(low.add(Kind::Case, word, case, &parts));
    }
    low.add(Kind::Switch, "", node, &ids)
}

fn annotation(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let name = low.field(node, "name");
    let inner = if node.kind() == "annotation" {
        let mut ids = vec![name];
        ids.extend(arguments(low, node));
        low.add(Kind::Call, "", node, &ids)
    } else {
        name
    };
    low.add(Kind::Annotation, "", node, &[inner])
}

fn modifiers(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut ids = Vec::new();
    let mut cursor = node.walk();
    let children: Vec<_> = node.children(&mut cursor).collect();
    for child in children {
        ids.push(if child.is_named() { low.node(child) } else { low.leaf(Kind::Modifier, child) });
    }
    low.add(Kind::Modifiers, "", node, &ids)
}

fn modifiers_of(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match named(node).into_iter().find(|child| child.kind() == "modifiers") {
        Some(modifiers) => low.node(modifiers),
        None => low.nothing(node),
    }
}

fn parameters(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let ids: Vec<Id> = named(node)
        .into_iter()
        .map(|child| if child.kind() == "identifier" { plain_parameter(low, child) } else { low.node(child) })
        .collect();
    low.add(Kind::Params, "", node, &ids)
}

fn plain_parameter(low: &mut Lowering<'_>, name: Node<'_>) -> Id {
    let id = low.node(name);
    let [typed, default, modifiers] = [(); 3].map(|()| low.nothing(name));
    low.add(Kind::Param, "", name, &[id, typed, default, modifiers])
}

fn parameter(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let name = match node.child_by_field_name("name") {
        Some(name) => low.node(name),
        None => match named(node).into_iter().find(|child| child.kind() == "variable_declarator") {
            Some(declarator) => low.field(declarator, "name"),
            None => low.nothing(node),
        },
    };
    let typed = match node.child_by_field_name("type") {
        Some(typed) => low.node(typed),
        None => match named(node).into_iter().find(|child| child.kind().ends_with("type")) {
            Some(typed) => low.node(typed),
            None => low.nothing(node),
        },
    };
    let default = low.nothing(node);
    let modifiers = modifiers_of(low, node);
    low.add(Kind::Param, "", node, &[name, typed, default, modifiers])
}

fn declaration(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    match node.kind() {
        "local_variable_declaration" | "field_declaration" | "constant_declaration" => variables(low, node),
        "method_declaration" | "constructor_declaration" | "compact_constructor_declaration" => {
            let modifiers = modifiers_of(low, node);
            let ids = ["name", "parameters", "type", "body"].map(|name| low.field(node, name));
            let [name, parameters, typed, body] = ids;
            low.add(Kind::Function, "", node, &[modifiers, name, parameters, typed, body])
        }
        "class_declaration"
        | "interface_declaration"
        | "enum_declaration"
        | "record_declaration"
        | "annotation_type_declaration" => class(low, node),
        "import_declaration" => import(low, node),
        _ => low.other(node),
    }
}

fn variables(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let mut cursor = node.walk();
    let declarators: Vec<_> = node.children_by_field_name("declarator", &mut cursor).collect();
    let mut ids = Vec::new();
    let is_one = declarators.len() == 1;
    for declarator in declarators {
        let typed = low.field(node, "type");
        let name = low.field(declarator, "name");
        let value = low.field(declarator, "value");
        let modifiers = modifiers_of(low, node);
        let around = if is_one { node } else { declarator };
        ids.push(low.add(Kind::Declare, "", around, &[typed, name, value, modifiers]));
    }
    low.many(node, &ids)
}

fn class(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let modifiers = modifiers_of(low, node);
    let name = low.field(node, "name");
    let mut supers = Vec::new();
    for part in ["superclass", "interfaces"] {
        if let Some(part) = node.child_by_field_name(part) {
            for child in named(part) {
                if child.kind() == "type_list" {
                    supers.extend(low.all(child));
                } else {
                    supers.push(low.node(child));
                }
            }
        }
    }
    let supers = low.add(Kind::List, "", node, &supers);
    let body = low.field(node, "body");
    low.add(Kind::Class, "", node, &[modifiers, name, supers, body])
}

fn import(low: &mut Lowering<'_>, node: Node<'_>) -> Id {
    let text = low.str(node);
    let text = text.trim_start_matches("import").trim().trim_end_matches(';').trim();
    let text = text.strip_prefix("static ").unwrap_or(text);
    let path: String = text.split_whitespace().collect();
    match path.rsplit_once('.') {
        Some((module, "*")) => low.builder.wildcard(module),
        Some((_, name)) => low.builder.import(name, path.clone()),
        None => {}
    }
    low.add(Kind::Import, &path, node, &[])
}
