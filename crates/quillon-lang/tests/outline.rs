//! Facts as the lines that the pages of cases hold.

use quillon_lang::{Facts, ReferenceKind, SettingSource, Span, Visibility};

/// Everything but plain uses, a line each, in the order of the fields of `Facts`.
pub fn outline(facts: &Facts, text: &str) -> String {
    let mut lines = Vec::new();
    let head = [("package", &facts.package), ("doc", &facts.doc)];
    lines.extend(
        head.iter()
            .filter(|(_, said)| !said.is_empty())
            .map(|(what, said)| format!("{what}: {}", flat(said))),
    );
    for found in &facts.definitions {
        let scope = if found.scope.is_empty() {
            String::new()
        } else {
            format!("{}{}", found.scope, facts.separator)
        };
        let seen = match found.visibility {
            Visibility::Unstated => String::new(),
            other => format!(" {}", format!("{other:?}").to_lowercase()),
        };
        let test = if found.is_test && found.kind.name() != "test" { " test" } else { "" };
        let doc = if found.doc.is_empty() { String::new() } else { format!("  // {}", flat(&found.doc)) };
        let (place, kind, name, signature) =
            (at(found.span), found.kind.name(), &found.name, &found.signature);
        lines.push(format!("{place} {kind} {scope}{name}{seen}{test} | {signature}{doc}"));
    }
    for found in &facts.imports {
        let alias =
            |alias: &Option<String>| alias.as_ref().map_or(String::new(), |alias| format!(" as {alias}"));
        let names: Vec<_> =
            found.names.iter().map(|name| format!("{}{}", name.name, alias(&name.alias))).collect();
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        lines.push(format!("{} import {}{}{names}", at(found.span), found.module, alias(&found.alias)));
    }
    for found in facts
        .references
        .iter()
        .filter(|found| !matches!(found.kind, ReferenceKind::Plain | ReferenceKind::Import))
    {
        let within = found
            .within
            .map_or(String::new(), |within| format!(" in {}", facts.definitions[within as usize].name));
        lines.push(format!("{} {} {}{within}", found.line, found.kind.name(), found.name(text)));
    }
    lines.extend(facts.entry_points.iter().map(|found| format!("{} entry", at(found.span))));
    for found in &facts.settings {
        let source = if found.source == SettingSource::Environment { "env" } else { "config" };
        lines.push(format!("{} {source} {}", at(found.span), found.name));
    }
    for found in &facts.routes {
        let handler = found.handler.as_ref().map_or(String::new(), |handler| format!(" -> {handler}"));
        lines.push(format!("{} route {} {}{handler}", at(found.span), found.method, found.path));
    }
    if facts.syntax_errors > 0 {
        lines.push(format!("errors {}", facts.syntax_errors));
    }
    lines.join("\n")
}

fn at(span: Span) -> String {
    let lines = span.lines;
    if lines.first == lines.last {
        lines.first.to_string()
    } else {
        format!("{}-{}", lines.first, lines.last)
    }
}

fn flat(text: &str) -> String {
    text.replace('\n', " ⏎ ")
}
