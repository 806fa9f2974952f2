//! SQL, by a reader of our own: dialects differ so much that a strict grammar loses whole files (and the field's is
//! 17 MB of tables), while an outline needs only words, brackets and the ends of statements. Nothing recurses.
//!
//! A statement ends at `;` outside brackets, quotes, dollar quotes and `BEGIN … END`, or where a line starts with the
//! next `CREATE`. Start at [`outline`].

use std::ops::ControlFlow;

use crate::gather::{Bytes, Gathered, RawDefinition};
use crate::grammar::{Grammar, Reader};
use crate::language::sql_words::{Kind, Word, words};
use crate::limits::Budget;
use crate::rules::Rules;
use crate::{DefinitionKind, ReferenceKind};

pub(crate) static SQL: Grammar = Grammar {
    fence: "sql",
    separator: ".",
    reader: Reader::Outline(outline),
    rules: Rules::PLAIN,
    otherwise: None,
};

/// What `CREATE` may create.
const CREATED: &[(&str, DefinitionKind)] = &[
    ("DATABASE", DefinitionKind::Module),
    ("DOMAIN", DefinitionKind::Type),
    ("FUNCTION", DefinitionKind::Function),
    ("INDEX", DefinitionKind::Index),
    ("PACKAGE", DefinitionKind::Module),
    ("PROC", DefinitionKind::Function),
    ("PROCEDURE", DefinitionKind::Function),
    ("SCHEMA", DefinitionKind::Module),
    ("SEQUENCE", DefinitionKind::Constant),
    ("TABLE", DefinitionKind::Table),
    ("TRIGGER", DefinitionKind::Trigger),
    ("TYPE", DefinitionKind::Type),
    ("VIEW", DefinitionKind::View),
];

/// Words that start a constraint where a column could stand.
const CONSTRAINTS: &[&str] = &[
    "CHECK",
    "CONSTRAINT",
    "EXCLUDE",
    "FOREIGN",
    "FULLTEXT",
    "INDEX",
    "KEY",
    "LIKE",
    "PERIOD",
    "PRIMARY",
    "SPATIAL",
    "UNIQUE",
];

/// Words before the name of a table, view or index.
const BEFORE_TABLES: &[&str] = &["FROM", "INTO", "JOIN", "ON", "REFERENCES", "TABLE", "UPDATE"];

/// Words before the name of a routine.
const BEFORE_ROUTINES: &[&str] = &["CALL", "EXEC", "EXECUTE", "PERFORM"];

/// Words that no name follows, or that are no name themselves although a bracket follows.
const NO_NAMES: &[&str] = &[
    "ALL",
    "AND",
    "ANY",
    "AS",
    "BIGINT",
    "BINARY",
    "BY",
    "CASCADE",
    "CHAR",
    "CHARACTER",
    "CHECK",
    "DECIMAL",
    "DEFAULT",
    "DELETE",
    "DISTINCT",
    "DO",
    "ELSE",
    "EXISTS",
    "FILTER",
    "FLOAT",
    "FROM",
    "FUNCTION",
    "IF",
    "IN",
    "INCLUDE",
    "INT",
    "INTEGER",
    "INTO",
    "IS",
    "JOIN",
    "KEY",
    "LATERAL",
    "NOT",
    "NULL",
    "NUMBER",
    "NUMERIC",
    "NVARCHAR",
    "ON",
    "ONLY",
    "OR",
    "OVER",
    "PARTITION",
    "PRIMARY",
    "PROCEDURE",
    "RESTRICT",
    "RETURNS",
    "ROW",
    "SELECT",
    "SET",
    "SOME",
    "TABLE",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TO",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "VARBINARY",
    "VARCHAR",
    "VARCHAR2",
    "WHEN",
    "WHERE",
    "WITH",
];

fn outline(text: &str, budget: &Budget<'_>, found: &mut Gathered) {
    let words = words(text, budget, found);
    let mut first = 0;
    while first < words.len() {
        let last = statement_end(text, &words, first);
        let statement = &words[first..last];
        create(text, statement, found);
        uses(text, statement, found);
        first = last;
        if matches!(budget.spend(1), ControlFlow::Break(())) {
            return;
        }
    }
}

/// The place after the last word of the statement that starts at `first`.
fn statement_end(text: &str, words: &[Word], first: usize) -> usize {
    let is_routine = is_routine(text, &words[first..]);
    let (mut brackets, mut blocks) = (0_usize, 0_usize);
    for place in first..words.len() {
        let word = &words[place];
        match word.kind {
            Kind::Mark(b'(') => brackets += 1,
            Kind::Mark(b')') => brackets = brackets.saturating_sub(1),
            Kind::Mark(b';') if brackets == 0 && blocks == 0 => return place + 1,
            Kind::Name if is_routine && word.is(text, &["BEGIN", "CASE"]) => blocks += 1,
            Kind::Name if is_routine && word.is(text, &["END"]) => {
                let closes_other = words.get(place + 1).is_some_and(|next| {
                    next.kind == Kind::Name && next.is(text, &["IF", "LOOP", "WHILE", "REPEAT", "FOR"])
                });
                blocks = blocks.saturating_sub(usize::from(!closes_other));
            }
            Kind::Name
                if place > first && word.starts_line && blocks == 0 && word.is(text, &["CREATE", "GO"]) =>
            {
                return place;
            }
            _ => {}
        }
    }
    words.len()
}

/// Whether a `CREATE` makes something with a body of statements.
fn is_routine(text: &str, statement: &[Word]) -> bool {
    let creates = statement.first().is_some_and(|word| word.kind == Kind::Name && word.is(text, &["CREATE"]));
    let routines = ["FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "PACKAGE"];
    creates && statement.iter().take(8).any(|word| word.kind == Kind::Name && word.is(text, &routines))
}

/// Files what a `CREATE` statement makes.
fn create(text: &str, statement: &[Word], found: &mut Gathered) {
    let [create, rest @ ..] = statement else { return };
    if create.kind != Kind::Name || !create.is(text, &["CREATE", "ALTER"]) {
        return;
    }
    // Between `CREATE` and the kind stand words such as `OR REPLACE TEMPORARY`; MySQL has a whole `DEFINER` clause.
    let kind_at = rest
        .iter()
        .take(12)
        .position(|word| word.kind == Kind::Name && CREATED.iter().any(|(name, _)| word.is(text, &[*name])));
    let Some(kind_at) = kind_at.filter(|_| create.is(text, &["CREATE"])) else { return };
    let kind = CREATED
        .iter()
        .find(|(name, _)| rest[kind_at].is(text, &[*name]))
        .map_or(DefinitionKind::Table, |k| k.1);
    let after = rest[kind_at + 1..].iter().position(|word| {
        !(word.kind == Kind::Name && word.is(text, &["IF", "NOT", "EXISTS", "CONCURRENTLY", "BODY", "ONLY"]))
    });
    let Some(name_at) = after.map(|skip| kind_at + 1 + skip) else { return };
    let Some((name, scope, next)) = dotted(rest, name_at) else { return };
    let whole = create.start..statement.last().map_or(create.end, |word| word.end);
    let body = body_start(text, rest, next, kind);
    found.definitions.push(RawDefinition { kind, whole, name, body, scope, doc: None });
    if kind == DefinitionKind::Table {
        columns(text, &rest[next..], found);
    }
}

/// The last part of `a.b.c` with what stands before it, and the place after.
fn dotted(words: &[Word], first: usize) -> Option<(Bytes, Option<Bytes>, usize)> {
    let is_name = |word: &&Word| matches!(word.kind, Kind::Name | Kind::Quoted);
    let mut name = words.get(first).filter(is_name)?;
    let (mut scope, mut next) = (None, first + 1);
    while words.get(next).is_some_and(|word| word.kind == Kind::Mark(b'.')) {
        let Some(part) = words.get(next + 1).filter(is_name) else { break };
        scope = Some(name.bare());
        name = part;
        next += 2;
    }
    Some((name.bare(), scope, next))
}

/// Where the signature ends: before the columns of a table, and before `AS` and the body of anything else.
fn body_start(text: &str, words: &[Word], from: usize, kind: DefinitionKind) -> Option<u32> {
    let ends = |word: &&Word| match kind {
        DefinitionKind::Table => word.kind == Kind::Mark(b'('),
        DefinitionKind::Type => false,
        _ => {
            word.kind == Kind::Dollar
                || (word.kind == Kind::Name && word.is(text, &["AS", "BEGIN", "DECLARE"]))
        }
    };
    words.get(from..)?.iter().find(ends).map(|word| word.start)
}

/// Files the columns of a table.
fn columns(text: &str, words: &[Word], found: &mut Gathered) {
    if words.first().is_none_or(|word| word.kind != Kind::Mark(b'(')) {
        return;
    }
    let (mut depth, mut first) = (0_usize, None);
    for (place, word) in words.iter().enumerate() {
        match word.kind {
            Kind::Mark(b'(') => {
                depth += 1;
                first = if depth == 1 { Some(place + 1) } else { first };
                continue;
            }
            Kind::Mark(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = depth == 0 || (depth == 1 && word.kind == Kind::Mark(b','));
        if ends {
            let column = first.and_then(|first| words.get(first..place)).unwrap_or_default();
            file_column(text, column, found);
            first = Some(place + 1);
        }
        if depth == 0 {
            return;
        }
    }
}

fn file_column(text: &str, column: &[Word], found: &mut Gathered) {
    let [name, .., last] = column else { return };
    let is_column = match name.kind {
        Kind::Quoted => true,
        Kind::Name => !name.is(text, CONSTRAINTS),
        _ => false,
    };
    if is_column {
        let (whole, name) = (name.start..last.end, name.bare());
        let kind = DefinitionKind::Field;
        found.definitions.push(RawDefinition { kind, whole, name, body: None, scope: None, doc: None });
    }
}

/// Files the tables and routines that a statement names.
fn uses(text: &str, statement: &[Word], found: &mut Gathered) {
    let mut next = 0;
    for (place, word) in statement.iter().enumerate() {
        if place < next || !matches!(word.kind, Kind::Name | Kind::Quoted) {
            continue;
        }
        let next_is = |mark| statement.get(place + 1).is_some_and(|next| next.kind == Kind::Mark(mark));
        if word.kind == Kind::Name && word.is(text, BEFORE_TABLES) {
            next = name_after(text, statement, place, ReferenceKind::Type, found);
        } else if word.kind == Kind::Name && word.is(text, BEFORE_ROUTINES) {
            next = name_after(text, statement, place, ReferenceKind::Call, found);
        } else if next_is(b'(') && word.kind == Kind::Name && !word.is(text, NO_NAMES) {
            found.references.push((word.bare(), ReferenceKind::Call));
        } else if word.kind == Kind::Quoted || !word.is(text, NO_NAMES) {
            found.references.push((word.bare(), ReferenceKind::Plain));
        }
    }
}

/// Files the name after a word, and gives the place after it.
fn name_after(
    text: &str,
    statement: &[Word],
    place: usize,
    kind: ReferenceKind,
    found: &mut Gathered,
) -> usize {
    let first = statement.get(place + 1).filter(|next| next.kind == Kind::Quoted || !next.is(text, NO_NAMES));
    let Some((name, _, next)) = first.and_then(|_| dotted(statement, place + 1)) else { return place + 1 };
    // `ON a.id = b.id` names columns, `ON table (column)` and `ON table FOR EACH ROW` a table.
    let compares =
        statement.get(next).is_some_and(|after| matches!(after.kind, Kind::Mark(b'=' | b'<' | b'>' | b'!')));
    if compares {
        return place + 1;
    }
    found.references.push((name, kind));
    next
}
