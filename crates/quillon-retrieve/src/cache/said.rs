//! What one file says by its syntax, as bytes.

use quillon_base::LineRange;
use quillon_lang::{
    DefinitionKind, EntryPoint, Import, ImportedName, ReferenceKind, Route, Setting, SettingSource, Span,
    Visibility,
};

use super::bytes::{Put, Take};
use crate::said::{Def, Said, Slice, Used};
use crate::strings::NONE;

const VISIBILITIES: &[Visibility] = &[
    Visibility::Public,
    Visibility::Protected,
    Visibility::Internal,
    Visibility::Private,
    Visibility::Unstated,
];
const SOURCES: &[SettingSource] = &[SettingSource::Environment, SettingSource::Configuration];

pub(super) fn put(put: &mut Put, said: &Said) {
    put.string(&said.strings);
    put_slice(put, said.package);
    put_slice(put, said.doc);
    put.count(said.definitions.len());
    for def in &said.definitions {
        put.one_of(DefinitionKind::ALL, def.kind);
        put.one_of(VISIBILITIES, def.visibility);
        put.flag(def.is_test);
        put.place(def.key);
        for slice in [def.name, def.scope, def.signature, def.doc] {
            put_slice(put, slice);
        }
        put.number(def.first_line);
        put.number(def.last_line - def.first_line);
        put.number(def.line);
        put.place(def.container);
    }
    put.count(said.uses.len());
    let mut before = 0;
    for used in &said.uses {
        put.number(used.word - before);
        before = used.word;
        put.place(used.within);
        put.one_of(ReferenceKind::ALL, used.kind);
        put.number(used.line);
        put.number(used.count);
    }
    put_rest(put, said);
}

fn put_rest(put: &mut Put, said: &Said) {
    put.count(said.imports.len());
    for import in &said.imports {
        put.string(&import.module);
        put.maybe(import.alias.as_deref());
        put.count(import.names.len());
        for name in &import.names {
            put.string(&name.name);
            put.maybe(name.alias.as_deref());
        }
        put_span(put, import.span);
    }
    put.count(said.settings.len());
    for setting in &said.settings {
        put.string(&setting.name);
        put.one_of(SOURCES, setting.source);
        put_span(put, setting.span);
        put.place(setting.within.unwrap_or(NONE));
    }
    put.count(said.routes.len());
    for route in &said.routes {
        put.string(&route.method);
        put.string(&route.path);
        put.maybe(route.handler.as_deref());
        put_span(put, route.span);
        put.place(route.within.unwrap_or(NONE));
    }
    put.count(said.entry_points.len());
    for entry in &said.entry_points {
        put_span(put, entry.span);
        put.place(entry.within.unwrap_or(NONE));
    }
}

fn put_slice(put: &mut Put, slice: Slice) {
    put.number(slice.start);
    put.number(slice.end - slice.start);
}

fn put_span(put: &mut Put, span: Span) {
    put.number(span.start);
    put.number(span.end.saturating_sub(span.start));
    put.number(span.lines.first);
    put.number(span.lines.last.saturating_sub(span.lines.first));
}

/// Takes what a file says, in a vocabulary with so many words; nothing where it does not fit together.
pub(super) fn take(take: &mut Take<'_>, words: usize) -> Option<Said> {
    let mut said = Said { strings: take.string()?.to_owned(), ..Said::default() };
    said.package = take_slice(take)?;
    said.doc = take_slice(take)?;
    let is_word = |word: u32| word == NONE || (word as usize) < words;
    let count = take.count()?;
    for place in 0..u32::try_from(count).ok()? {
        let def = take_definition(take)?;
        if !is_word(def.key) || !(def.container == NONE || def.container < place) {
            return None;
        }
        said.definitions.push(def);
    }
    let definitions = said.definitions.len();
    let is_place = |place: u32| place == NONE || (place as usize) < definitions;
    let mut before = 0_u32;
    said.uses = take.list(|take| {
        before = before.checked_add(take.number()?)?;
        let (within, kind) = (take.place()?, take.one_of(ReferenceKind::ALL)?);
        let used = Used { word: before, within, kind, line: take.number()?, count: take.number()? };
        ((used.word as usize) < words && is_place(within)).then_some(used)
    })?;
    take_rest(take, &mut said, is_place)?;
    Some(said)
}

fn take_definition(take: &mut Take<'_>) -> Option<Def> {
    let (kind, visibility) = (take.one_of(DefinitionKind::ALL)?, take.one_of(VISIBILITIES)?);
    let (is_test, key) = (take.flag()?, take.place()?);
    let (name, scope) = (take_slice(take)?, take_slice(take)?);
    let (signature, doc) = (take_slice(take)?, take_slice(take)?);
    let first_line = take.number()?;
    let last_line = first_line.checked_add(take.number()?)?;
    let (line, container) = (take.number()?, take.place()?);
    Some(Def {
        kind,
        visibility,
        is_test,
        key,
        name,
        scope,
        signature,
        doc,
        first_line,
        last_line,
        line,
        container,
    })
}

fn take_rest(take: &mut Take<'_>, said: &mut Said, is_place: impl Fn(u32) -> bool) -> Option<()> {
    let within = |take: &mut Take<'_>| {
        let place = take.place()?;
        is_place(place).then_some((place != NONE).then_some(place))
    };
    said.imports = take.list(|take| {
        let (module, alias) = (take.string()?.to_owned(), take.maybe()?.map(str::to_owned));
        let names = take.list(|take| {
            let (name, alias) = (take.string()?.to_owned(), take.maybe()?.map(str::to_owned));
            Some(ImportedName { name, alias })
        })?;
        Some(Import { module, alias, names, span: take_span(take)? })
    })?;
    said.settings = take.list(|take| {
        let (name, source) = (take.string()?.to_owned(), take.one_of(SOURCES)?);
        Some(Setting { name, source, span: take_span(take)?, within: within(take)? })
    })?;
    said.routes = take.list(|take| {
        let (method, path) = (take.string()?.to_owned(), take.string()?.to_owned());
        let handler = take.maybe()?.map(str::to_owned);
        Some(Route { method, path, handler, span: take_span(take)?, within: within(take)? })
    })?;
    said.entry_points =
        take.list(|take| Some(EntryPoint { span: take_span(take)?, within: within(take)? }))?;
    Some(())
}

fn take_slice(take: &mut Take<'_>) -> Option<Slice> {
    let start = take.number()?;
    Some(Slice { start, end: start.checked_add(take.number()?)? })
}

fn take_span(take: &mut Take<'_>) -> Option<Span> {
    let start = take.number()?;
    let end = start.checked_add(take.number()?)?;
    let first = take.number()?;
    let last = first.checked_add(take.number()?)?;
    Some(Span { start, end, lines: LineRange { first, last } })
}
