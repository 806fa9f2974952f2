//! Puts raw finds in order: what stands in what, who documents whom, and which find of the same bytes wins.

use rustc_hash::FxHashSet;

use crate::doc::{Leading, plain, shortened, slice};
use crate::gather::{Bytes, Gathered, RawDefinition, RawRoute};
use crate::grammar::{Grammar, Reader};
use crate::lines::Lines;
use crate::rules::Sight;
use crate::{
    Cut, Definition, DefinitionKind, EntryPoint, Facts, Import, Limits, Reference, ReferenceKind, Route,
    Setting,
};

/// Characters of a signature that are kept.
const SIGNATURE_CHARS_MAX: usize = 240;

/// Bytes of a name that are kept; a longer one is no name.
const NAME_BYTES_MAX: usize = 400;

/// How deep definitions may nest and still be told apart.
const DEPTH_MAX: usize = 200;

struct Assembly<'a> {
    grammar: &'static Grammar,
    text: &'a str,
    lines: Lines,
    leading: Leading<'a>,
}

pub(crate) fn assemble(
    grammar: &'static Grammar,
    text: &str,
    mut found: Gathered,
    limits: &Limits<'_>,
) -> Facts {
    // What was read twice, as loose words and as code, is found twice.
    for marks in [&mut found.comments, &mut found.attributes] {
        marks.sort_unstable_by_key(|bytes| (bytes.start, bytes.end));
        marks.dedup();
    }
    let leading = Leading::new(text, &found.comments, &found.attributes);
    let assembly = Assembly { grammar, text, lines: Lines::new(text), leading };
    let mut facts = Facts::none(grammar.fence, grammar.separator);
    facts.syntax_errors = found.syntax_errors;
    facts.package = found.package.as_ref().map(|bytes| assembly.name(bytes)).unwrap_or_default();
    facts.definitions = assembly.definitions(&found);
    facts.doc = assembly.file_doc(&found, &facts.definitions);
    facts.imports = assembly.imports(&found.imports);
    let around = Around::new(&facts.definitions);
    facts.references = assembly.references(found.references, &facts, &around, limits);
    facts.settings = assembly.settings(found.settings, &around);
    facts.routes = assembly.routes(found.routes, &facts.definitions, &around);
    facts.entry_points = assembly.entries(found.entries, &facts.definitions, &around);
    let is_full = facts.definitions.len() >= limits.facts_max || facts.references.len() >= limits.facts_max;
    facts.cut = is_full.then_some(Cut::TooManyFacts);
    facts
}

impl Assembly<'_> {
    fn definitions(&self, found: &Gathered) -> Vec<Definition> {
        let mut raw: Vec<(Bytes, &RawDefinition)> =
            found.definitions.iter().map(|raw| (outermost(found, &raw.whole), raw)).collect();
        raw.sort_by_key(|(whole, raw)| {
            (
                whole.start,
                std::cmp::Reverse(whole.end),
                raw.name.start,
                is_vague(raw.kind),
                raw.body.is_none(),
            )
        });
        let mut imports = found.imports.clone();
        imports.sort_unstable_by_key(|bytes| bytes.start);
        let mut names = FxHashSet::default();
        let mut kept: Vec<Definition> = Vec::new();
        let mut open: Vec<(u32, Bytes)> = Vec::new();
        for (whole, raw) in raw {
            let name = self.name(&raw.name);
            if name.is_empty() || name.len() > NAME_BYTES_MAX || names.contains(&raw.name) {
                continue;
            }
            // Several names of one declaration stand side by side.
            while open.last().is_some_and(|(_, around)| around.end <= whole.start || *around == whole) {
                open.pop();
            }
            let container = open.last().map(|(last, _)| (*last, &kept[*last as usize]));
            if is_value(raw.kind) && is_import(&imports, &whole) {
                continue;
            }
            let is_local = is_value(raw.kind) && container.is_some_and(|(_, around)| around.kind.is_code());
            names.insert(raw.name.clone());
            if is_local {
                continue;
            }
            let definition = self.definition(raw, whole.clone(), name, container);
            let place = u32::try_from(kept.len()).unwrap_or(u32::MAX);
            kept.push(definition);
            if open.len() < DEPTH_MAX {
                open.push((place, whole));
            }
        }
        kept
    }

    fn definition(
        &self,
        raw: &RawDefinition,
        whole: Bytes,
        name: String,
        container: Option<(u32, &Definition)>,
    ) -> Definition {
        let above = self.leading.above(whole.start, self.grammar.rules.is_doc);
        let is_tree = matches!(self.grammar.reader, Reader::Tree(_));
        let is_member =
            (raw.scope.is_some() && is_tree) || container.is_some_and(|(_, around)| around.kind.is_type());
        let kind = match raw.kind {
            DefinitionKind::Function if is_member => DefinitionKind::Method,
            kind => kind,
        };
        let within = self.leading.attributes_in(whole.start..raw.name.start);
        let attributes: Vec<_> =
            above.attributes.iter().chain(within).map(|bytes| slice(self.text, bytes)).collect();
        let signature_start = self.signature_start(&whole, raw);
        let before = slice(self.text, &(whole.start.min(signature_start)..raw.name.start));
        let before = if before.len() > NAME_BYTES_MAX {
            slice(self.text, &(signature_start..raw.name.start))
        } else {
            before
        };
        let sight = Sight {
            name: &name,
            kind,
            before,
            attributes: &attributes,
            container: container.map(|(_, around)| around.kind),
            around: container.map_or("", |(_, around)| around.signature.as_str()),
        };
        let is_test = kind == DefinitionKind::Test
            || container.is_some_and(|(_, around)| around.is_test)
            || (self.grammar.rules.is_test)(&sight);
        let visibility = (self.grammar.rules.visibility)(&sight);
        let doc = match &raw.doc {
            Some(doc) if !is_tree => shortened(slice(self.text, doc)),
            Some(doc) => plain([slice(self.text, doc)].iter()),
            None => plain(above.comments.iter().map(|bytes| slice(self.text, bytes))),
        };
        Definition {
            kind,
            scope: self.scope(raw, container.map(|(_, around)| around)),
            span: self.lines.span(&(above.start..whole.end)),
            name_span: self.lines.span(&raw.name),
            signature: self.signature(signature_start, raw, &whole),
            doc,
            visibility,
            is_test,
            container: container.map(|(place, _)| place),
            name,
        }
    }

    fn name(&self, bytes: &Bytes) -> String {
        let name = slice(self.text, bytes);
        let bare = unquoted(name.trim());
        bare.chars().take(NAME_BYTES_MAX + 1).map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    fn scope(&self, raw: &RawDefinition, container: Option<&Definition>) -> String {
        let separator = self.grammar.separator;
        let around = container.map(|around| match around.scope.as_str() {
            "" => around.name.clone(),
            scope => format!("{scope}{separator}{}", around.name),
        });
        let stated = raw.scope.as_ref().map(|bytes| self.name(bytes)).filter(|name| !name.is_empty());
        let scope = [around, stated].into_iter().flatten().collect::<Vec<_>>().join(separator);
        // Nesting without end would make every path as long as the file.
        if scope.len() > 4 * NAME_BYTES_MAX { String::new() } else { scope }
    }

    /// After the last attribute that stands before the name.
    fn signature_start(&self, whole: &Bytes, raw: &RawDefinition) -> u32 {
        let last = self.leading.attributes_in(whole.start..raw.name.start).map(|bytes| bytes.end).max();
        last.unwrap_or(whole.start)
    }

    fn signature(&self, start: u32, raw: &RawDefinition, whole: &Bytes) -> String {
        let end = raw.body.filter(|body| *body > start).unwrap_or(whole.end);
        let mut signature = String::new();
        let mut from = start;
        let mut code = Vec::new();
        for comment in self.leading.comments_in(start..end) {
            code.push(slice(self.text, &(from..comment.start)));
            from = comment.end;
        }
        code.push(slice(self.text, &(from..end)));
        for word in code.iter().flat_map(|code| code.split_whitespace()) {
            if !signature.is_empty() {
                signature.push(' ');
            }
            signature.push_str(word);
            if signature.len() > 4 * SIGNATURE_CHARS_MAX {
                break;
            }
        }
        let cut: String = signature.chars().filter(|c| !c.is_control()).take(SIGNATURE_CHARS_MAX).collect();
        cut.trim_end_matches(|c: char| matches!(c, '{' | ':' | '=' | '>' | ';' | ',') && !ends_type(&cut, c))
            .trim()
            .to_owned()
    }

    fn file_doc(&self, found: &Gathered, definitions: &[Definition]) -> String {
        if let Some(doc) = &found.file_doc {
            return plain([slice(self.text, doc)].iter());
        }
        let first_code = definitions.iter().map(|found| found.span.start).min().unwrap_or(u32::MAX);
        let mut comments = found.comments.clone();
        comments.sort_unstable_by_key(|bytes| bytes.start);
        let mut block: Vec<&str> = Vec::new();
        let mut last_end = 0;
        for bytes in comments.iter().take_while(|bytes| bytes.end <= first_code) {
            let comment = slice(self.text, bytes);
            let gap = slice(self.text, &(last_end..bytes.start));
            if !gap.chars().all(|c| c.is_whitespace() || c == '\u{feff}')
                && !gap.trim_start().starts_with("<?php")
            {
                break;
            }
            last_end = bytes.end;
            if comment.starts_with("#!") || !(self.grammar.rules.is_file_doc)(comment) || is_licence(comment)
            {
                continue;
            }
            if !block.is_empty() && gap.matches('\n').count() > 1 {
                break;
            }
            block.push(comment);
        }
        plain(block.iter())
    }

    fn imports(&self, found: &[Bytes]) -> Vec<Import> {
        let mut found = found.to_vec();
        found.sort_unstable_by_key(|bytes| (bytes.start, bytes.end));
        found.dedup();
        let read = |bytes: &Bytes| {
            let span = self.lines.span(bytes);
            let imported = (self.grammar.rules.imports)(slice(self.text, bytes));
            imported.into_iter().map(move |one| Import {
                module: one.module,
                alias: one.alias,
                names: one.names,
                span,
            })
        };
        found.iter().flat_map(read).collect()
    }

    fn references(
        &self,
        mut found: Vec<(Bytes, ReferenceKind)>,
        facts: &Facts,
        around: &Around<'_>,
        limits: &Limits<'_>,
    ) -> Vec<Reference> {
        let imports = &facts.imports;
        for (bytes, kind) in &mut found {
            let before = imports.partition_point(|import| import.span.start <= bytes.start);
            let is_import = before > 0 && bytes.end <= imports[before - 1].span.end;
            if is_import && *kind != ReferenceKind::Call {
                *kind = ReferenceKind::Import;
            }
        }
        found.sort_unstable_by_key(|(bytes, kind)| (bytes.start, bytes.end, *kind));
        found.dedup_by(|later, kept| later.0 == kept.0);
        let names: FxHashSet<(u32, u32)> =
            facts.definitions.iter().map(|d| (d.name_span.start, d.name_span.end)).collect();
        let mut walk = around.walk();
        let kept = found.into_iter().filter(|(bytes, kind)| {
            let is_kept = *kind != ReferenceKind::Plain || limits.keeps_plain_references;
            is_kept && bytes.start < bytes.end && !names.contains(&(bytes.start, bytes.end))
        });
        let place = |(bytes, kind): (Bytes, ReferenceKind)| Reference {
            kind,
            start: bytes.start,
            end: bytes.end,
            line: self.lines.line(bytes.start),
            within: walk.at(bytes.start),
        };
        kept.map(place).take(limits.facts_max).collect()
    }

    fn settings(&self, mut found: Vec<(Bytes, crate::SettingSource)>, around: &Around<'_>) -> Vec<Setting> {
        found.sort_unstable_by_key(|(bytes, source)| (bytes.start, bytes.end, *source));
        found.dedup_by(|later, kept| later.0 == kept.0);
        let mut walk = around.walk();
        let place = |(bytes, source): (Bytes, crate::SettingSource)| {
            let name = setting_name(&self.name(&bytes));
            let within = walk.at(bytes.start);
            (!name.is_empty()).then(|| Setting { name, source, span: self.lines.span(&bytes), within })
        };
        found.into_iter().filter_map(place).collect()
    }

    fn routes(
        &self,
        mut found: Vec<RawRoute>,
        definitions: &[Definition],
        around: &Around<'_>,
    ) -> Vec<Route> {
        // Of two finds of one place the one that knows more stays.
        let unknown = |raw: &RawRoute| (raw.methods.is_none(), raw.handler.is_none());
        found.sort_by_key(|raw| (raw.place.start, raw.place.end, unknown(raw)));
        found.dedup_by(|later, kept| later.place == kept.place);
        let mut walk = around.walk();
        let placed: Vec<_> = found.into_iter().map(|raw| (walk.at(raw.place.start), raw)).collect();
        let prefix_of = |within: Option<u32>| {
            let container = definitions[within? as usize].container?;
            let of = placed.iter().find(|(within, raw)| raw.is_prefix && *within == Some(container));
            of.and_then(|(_, raw)| raw.path.as_ref()).map(|bytes| self.name(bytes))
        };
        let routes = placed.iter().filter(|(_, raw)| !raw.is_prefix);
        routes.map(|(within, raw)| self.route(raw, *within, prefix_of(*within), definitions)).collect()
    }

    fn route(
        &self,
        raw: &RawRoute,
        within: Option<u32>,
        prefix: Option<String>,
        definitions: &[Definition],
    ) -> Route {
        let path = raw.path.as_ref().map(|bytes| self.name(bytes)).unwrap_or_default();
        let around = within.map(|within| &definitions[within as usize]);
        // A route above the name of a function is an annotation, and the function answers.
        let annotated =
            around.filter(|around| around.kind.is_code() && raw.place.end <= around.name_span.start);
        let annotated = annotated.map(|around| &around.name);
        let handler = raw.handler.as_ref().map(|bytes| self.name(bytes)).filter(|name| !name.is_empty());
        let method = raw.method.as_ref().map_or("", |bytes| slice(self.text, bytes));
        let listed = raw.methods.as_ref().map(|bytes| http_methods(slice(self.text, bytes)));
        let method = match listed.filter(|listed| !listed.is_empty()) {
            Some(listed) => listed,
            None if matches!(method, "route" | "api_route") => self.grammar.rules.route_method.to_owned(),
            None => http_method(method).to_owned(),
        };
        Route {
            method,
            path: joined(prefix.as_deref().unwrap_or_default(), &path),
            handler: handler.or_else(|| annotated.cloned()),
            span: self.lines.span(&raw.place),
            within,
        }
    }

    fn entries(
        &self,
        mut found: Vec<Bytes>,
        definitions: &[Definition],
        around: &Around<'_>,
    ) -> Vec<EntryPoint> {
        found.sort_unstable_by_key(|bytes| (bytes.start, bytes.end));
        found.dedup();
        let mut walk = around.walk();
        let place = |bytes: Bytes| {
            let within = walk.at(bytes.start);
            // A function called `main` within another function or a test starts nothing.
            let is_hidden = within
                .and_then(|within| definitions[within as usize].container)
                .is_some_and(|around| definitions[around as usize].kind.is_code());
            (!is_hidden).then(|| EntryPoint { span: self.lines.span(&bytes), within })
        };
        found.into_iter().filter_map(place).collect()
    }
}

/// The bytes with every statement that wraps them, such as decorators within an export.
fn outermost(found: &Gathered, bytes: &Bytes) -> Bytes {
    let once = found.outers.get(bytes).unwrap_or(bytes);
    found.outers.get(once).unwrap_or(once).clone()
}

const fn is_value(kind: DefinitionKind) -> bool {
    matches!(kind, DefinitionKind::Field | DefinitionKind::Constant | DefinitionKind::Variable)
}

/// Whether another pattern that finds the same name tells more.
const fn is_vague(kind: DefinitionKind) -> bool {
    is_value(kind) || matches!(kind, DefinitionKind::Type | DefinitionKind::Block)
}

/// Whether a declaration is an import, as `require` makes it.
fn is_import(imports: &[Bytes], whole: &Bytes) -> bool {
    imports
        .binary_search_by_key(&whole.start, |bytes| bytes.start)
        .is_ok_and(|place| imports[place] == *whole)
}

/// A name without the pair of quotes around it, or the colon of a symbol.
fn unquoted(name: &str) -> &str {
    let pair = ['"', '\'', '`'].iter().find_map(|quote| name.strip_prefix(*quote)?.strip_suffix(*quote));
    pair.or_else(|| name.strip_prefix(':')).unwrap_or(name)
}

/// Whether a `>` closes type arguments and is not the end of an arrow.
fn ends_type(signature: &str, c: char) -> bool {
    c == '>' && !signature.ends_with("=>")
}

fn is_licence(comment: &str) -> bool {
    let head: String = comment.chars().take(400).collect::<String>().to_lowercase();
    ["copyright", "licence", "license", "spdx"].iter().any(|word| head.contains(word))
}

/// `${name:default}` reads `name`.
fn setting_name(written: &str) -> String {
    let written = written.trim_start_matches('\\');
    let inner = written.strip_prefix("${").or_else(|| written.strip_prefix("#{")).unwrap_or(written);
    let inner = inner.split(['}', ':']).next().filter(|_| inner.len() < written.len()).unwrap_or(inner);
    inner.trim().trim_start_matches('$').to_owned()
}

const HTTP_METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The method that a word such as `get`, `PostMapping` or `HttpPut` names.
fn http_method(word: &str) -> &'static str {
    let word = word.to_uppercase();
    HTTP_METHODS.iter().find(|method| word.contains(**method)).copied().unwrap_or("ANY")
}

/// The methods that a list such as `["GET", "POST"]` names, as people write several.
fn http_methods(list: &str) -> String {
    let words = list.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_uppercase);
    let known: Vec<String> = words.filter(|word| HTTP_METHODS.contains(&word.as_str())).collect();
    known.join(", ")
}

fn joined(prefix: &str, path: &str) -> String {
    match (prefix.trim_end_matches('/'), path.trim_start_matches('/')) {
        ("", _) => path.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, rest) => format!("{prefix}/{rest}"),
    }
}

/// Which definition is around a place, for places asked in order.
struct Around<'a> {
    definitions: &'a [Definition],
}

struct Walk<'a> {
    definitions: &'a [Definition],
    next: usize,
    open: Vec<u32>,
}

impl<'a> Around<'a> {
    const fn new(definitions: &'a [Definition]) -> Self {
        Self { definitions }
    }

    const fn walk(&self) -> Walk<'a> {
        Walk { definitions: self.definitions, next: 0, open: Vec::new() }
    }
}

impl Walk<'_> {
    /// The innermost definition around `place`, which is never before the place asked last.
    fn at(&mut self, place: u32) -> Option<u32> {
        while let Some(next) = self.definitions.get(self.next).filter(|next| next.span.start <= place) {
            self.close(next.span.start);
            self.open.push(u32::try_from(self.next).unwrap_or(u32::MAX));
            self.next += 1;
        }
        self.close(place);
        self.open.last().copied()
    }

    fn close(&mut self, place: u32) {
        while self.open.last().is_some_and(|last| self.definitions[*last as usize].span.end <= place) {
            self.open.pop();
        }
    }
}
