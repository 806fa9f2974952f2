//! From the text of a pattern to its tree.
//!
//! Holes are not code, so each is written as a name that no one uses, the text is read as code, and the names are turned
//! back into holes. Where a hole may stand for a statement, a parameter or a member, what is written depends on the place;
//! the first reading without an error counts.

use rustc_hash::FxHashMap;

use crate::lower::{Language, lower};
use crate::tree::{Id, Kind, Tree};

const ELLIPSIS: &str = "QELLIPSIS";
const META: &str = "QMV_";
const MANY: &str = "QMVE_";
const TYPED: &str = "QTYPED_";
const DEEP: &str = "QDEEP";

/// The bracket of a class, among the brackets of a pattern.
const CLASS: char = 'C';

/// The bytes of one pattern.
const PATTERN_BYTES_MAX: usize = 16 * 1024;

/// Steps back that the expression of one string may take.
const BACKTRACKS_MAX: usize = 100_000;

/// How many ways of writing the holes are tried.
const READINGS_MAX: usize = 64;

/// A pattern for one language.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) tree: Tree,
    /// What is looked for: one node, or statements that follow one another.
    pub(crate) roots: Vec<Id>,
    /// Whether a call is meant whose value nobody uses.
    pub(crate) is_statement: bool,
    holes: Vec<Hole>,
    /// What the node is in the place of its written kind.
    roles: Vec<Kind>,
    /// The name a hole binds, by node.
    names: Vec<Option<String>>,
    /// `a.b.c` where there are no holes in it, by node.
    paths: Vec<Option<String>>,
    /// The expression that a string has to meet, by node: `"=~/http:.*/"`.
    regexes: FxHashMap<Id, fancy_regex::Regex>,
}

/// A hole with a type.
#[derive(Debug)]
struct Hole {
    name: String,
    type_name: String,
}

impl Pattern {
    /// Reads the text of a pattern.
    pub(crate) fn read(language: Language, text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("the pattern has more than {PATTERN_BYTES_MAX} bytes"));
        }
        let mut holes = Vec::new();
        let pieces = pieces(language, text.trim_matches('\n').trim_end(), &mut holes);
        let ellipses = pieces.iter().filter(|piece| matches!(piece, Piece::Ellipsis { .. })).count();
        for reading in 0..READINGS_MAX.min(3_usize.saturating_pow(ellipses.min(6) as u32)) {
            let body = written(language, &pieces, reading);
            // Braces alone are a block as well as an object.
            let is_object = body.starts_with('{') && language != Language::Java;
            let is_clause = ["catch", "finally", "except"].iter().any(|word| body.starts_with(word));
            for frame in frames(language).iter().filter(|frame| is_clause == (frame.2 == Inside::Try)) {
                if is_object && language != Language::Python && frame.0 != "(" {
                    continue;
                }
                let code = format!("{}{body}{}", frame.0, frame.1);
                if let Some(mut pattern) = parsed(language, &code, frame.2, &mut holes) {
                    pattern.is_statement = language == Language::Java
                        && text.trim_end().ends_with(';')
                        && matches!(pattern.roots.as_slice(), [root] if matches!(pattern.kind(*root), Kind::Call | Kind::New));
                    return Ok(pattern);
                }
            }
        }
        Err(format!("the pattern is not {} that can be read", language.name()))
    }

    /// What a node is, holes included.
    pub(crate) fn kind(&self, id: Id) -> Kind {
        self.roles[id.0 as usize]
    }

    /// The name that a hole binds, with its `$`.
    pub(crate) fn name(&self, id: Id) -> &str {
        self.names[id.0 as usize].as_deref().unwrap_or_default()
    }

    /// `a.b.c` where the pattern has no holes in it.
    pub(crate) fn path(&self, id: Id) -> Option<&str> {
        self.paths[id.0 as usize].as_deref()
    }

    /// The expression that a string has to meet, where the pattern has one in its place.
    pub(crate) fn regex(&self, id: Id) -> Option<&fancy_regex::Regex> {
        self.regexes.get(&id)
    }

    /// The type that a hole asks for.
    pub(crate) fn type_of(&self, name: &str) -> Option<&str> {
        self.holes.iter().find(|hole| hole.name == name).map(|hole| hole.type_name.as_str())
    }
}

/// What the frame around a pattern leaves of the tree.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// All statements.
    Program,
    /// The members of a class.
    Class,
    /// The clauses of a `try`.
    Try,
    /// The annotation of a class.
    Annotation,
}

const fn frames(language: Language) -> &'static [(&'static str, &'static str, Inside)] {
    match language {
        Language::Java => &[
            ("", "", Inside::Program),
            ("", ";", Inside::Program),
            ("class Q {\n", "\n}", Inside::Class),
            ("", " class Q {}", Inside::Annotation),
            ("try { a(); } ", "", Inside::Try),
            ("", "{}", Inside::Program),
        ],
        Language::JavaScript | Language::TypeScript => &[
            ("", "", Inside::Program),
            ("(", ")", Inside::Program),
            ("class Q {\n", "\n}", Inside::Class),
            ("try { a(); } ", "", Inside::Try),
            ("", " class Q {}", Inside::Annotation),
        ],
        Language::Python => &[
            ("", "", Inside::Program),
            ("", "\n    pass", Inside::Program),
            ("try:\n    pass\n", "", Inside::Try),
            ("", "\nclass Q: pass", Inside::Annotation),
        ],
    }
}

/// A piece of a pattern's text.
enum Piece {
    Text(String),
    Ellipsis {
        is_statement: bool,
        /// What it stands in: `{`, `(`, `[`, or a class.
        around: Option<char>,
    },
}

fn pieces(language: Language, text: &str, holes: &mut Vec<Hole>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut out = String::new();
    let mut rest = text;
    let mut deep_open = 0_usize;
    let mut brackets = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = string(rest, &mut out) {
            rest = after;
        } else if let Some((hole, after)) = typed(language, rest).filter(|_| !follows_name(&out)) {
            out.push_str(&format!("{TYPED}{}", holes.len()));
            holes.push(hole);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("<...") {
            out.push_str(&format!("{DEEP}("));
            deep_open += 1;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("...>").filter(|_| deep_open > 0) {
            out.push(')');
            deep_open -= 1;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("$...") {
            out.push_str(MANY);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("...").filter(|after| !is_spread(language, after)) {
            let is_statement = stands_alone(&out, &pieces, after);
            pieces.push(Piece::Text(std::mem::take(&mut out)));
            pieces.push(Piece::Ellipsis { is_statement, around: brackets.last().copied() });
            rest = after;
        } else if let Some(after) = rest.strip_prefix('$').filter(|after| is_meta(after)) {
            out.push_str(META);
            rest = after;
        } else {
            let letter = rest.chars().next().unwrap_or(' ');
            match letter {
                '{' if opens_class(&out) => brackets.push(CLASS),
                '(' | '[' | '{' => brackets.push(letter),
                ')' | ']' | '}' => drop(brackets.pop()),
                _ => {}
            }
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    pieces.push(Piece::Text(out));
    pieces
}

fn is_meta(after: &str) -> bool {
    after.starts_with(|letter: char| letter.is_ascii_uppercase() || letter == '_')
}

/// Whether a brace after some text opens the body of a class.
fn opens_class(before: &str) -> bool {
    let start = before.rfind([';', '{', '}']).map_or(0, |at| at + 1);
    before[start..].split_whitespace().any(|word| matches!(word, "class" | "interface" | "enum"))
}

/// `...args` in JavaScript is code.
fn is_spread(language: Language, after: &str) -> bool {
    matches!(language, Language::JavaScript | Language::TypeScript)
        && after.starts_with(|letter: char| letter.is_alphabetic() || matches!(letter, '_' | '$' | '[' | '{'))
}

/// A string is taken as it is, but `"..."` and `"$X"`.
fn string<'t>(rest: &'t str, out: &mut String) -> Option<&'t str> {
    let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\'' | '`'))?;
    let body = &rest[1..];
    let mut escaped = false;
    let end = body.char_indices().find_map(|(place, letter)| {
        let ends = letter == quote && !escaped;
        escaped = letter == '\\' && !escaped;
        ends.then_some(place)
    })?;
    let inner = &body[..end];
    // What stands in braces in a text of Python is code.
    let is_filled = out.ends_with(['f', 'F']) && inner.contains('{') && !follows_word(out);
    let inner = match inner.strip_prefix('$').filter(|name| is_meta(name)) {
        _ if inner == "..." => ELLIPSIS.to_owned(),
        Some(name) if name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') => {
            format!("{META}{name}")
        }
        _ if quote == '`' || is_filled => return None,
        _ => inner.to_owned(),
    };
    out.push(quote);
    out.push_str(&inner);
    out.push(quote);
    Some(&body[end + 1..])
}

/// Whether the letter before a quote belongs to a word rather than to the text.
fn follows_word(out: &str) -> bool {
    out.chars().rev().nth(1).is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
}

/// `(Type $X)` in Java, `($X: Type)` elsewhere.
fn typed(language: Language, rest: &str) -> Option<(Hole, &str)> {
    let (inner, after) = rest.strip_prefix('(')?.split_once(')')?;
    let (name, type_name) = if language == Language::Java {
        let (type_name, name) = inner.trim().rsplit_once(char::is_whitespace)?;
        (name.trim(), type_name.trim())
    } else {
        let (name, type_name) = inner.split_once(':')?;
        (name.trim(), type_name.trim())
    };
    let is_name = |name: &str| {
        name.strip_prefix('$').is_some_and(|name| {
            is_meta(name) && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        })
    };
    // Between angles a type may hold others.
    let has_room = type_name.starts_with(char::is_alphabetic) && type_name.contains('<');
    let is_type = !type_name.is_empty()
        && type_name.chars().all(|letter| {
            letter.is_alphanumeric()
                || matches!(letter, '.' | '_' | '<' | '>' | '[' | ']' | '$')
                || (has_room && matches!(letter, '?' | ',' | ' '))
        });
    // What follows tells a type from the parameter of a lambda or function.
    let is_lambda = after.trim_start().starts_with("=>") || after.trim_start().starts_with("->");
    (is_name(name) && is_type && !is_lambda)
        .then(|| (Hole { name: name.to_owned(), type_name: type_name.to_owned() }, after))
}

/// Whether a parenthesis here opens arguments or parameters.
fn follows_name(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_') && !before.ends_with("return")
}

/// Whether an ellipsis stands where a statement may.
fn stands_alone(out: &str, pieces: &[Piece], after: &str) -> bool {
    let before = out.trim_end_matches([' ', '\t']);
    let follows = after.trim_start_matches([' ', '\t']);
    if before.ends_with(['{', '}', ';']) {
        return !follows.starts_with([',', ')', '.']);
    }
    let starts = if before.is_empty() {
        pieces.is_empty()
    } else {
        before.trim_end().ends_with(['{', '}', ';'])
            || (before.ends_with('\n') && !before.trim_end().ends_with(['(', ',', '[', '=']))
    };
    starts
        && (follows.is_empty() || follows.starts_with(['\n', '}']))
        && !after.trim_start().starts_with([',', ')'])
}

/// The pattern as code, with its holes written in one of several ways.
fn written(language: Language, pieces: &[Piece], reading: usize) -> String {
    let mut out = String::new();
    let mut reading = reading;
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Ellipsis { is_statement, around } => {
                out.push_str(match (language, is_statement, reading % 3) {
                    (Language::Java, true, nth) if nth == usize::from(*around == Some(CLASS)) => "QELLIPSIS;",
                    (Language::Java, true, 0 | 1) => "int QELLIPSIS;",
                    (Language::Java, true, _) => ELLIPSIS,
                    (Language::Java, false, 1) => "QELLIPSIS QELLIPSIS",
                    (Language::Java, false, 2) => "QELLIPSIS = QELLIPSIS",
                    (Language::Python, _, nth) if nth == usize::from(*around != Some('{')) => {
                        "QELLIPSIS: QELLIPSIS"
                    }
                    (_, true, 2) => "QELLIPSIS;",
                    _ => ELLIPSIS,
                });
                reading /= 3;
            }
        }
    }
    out
}

fn parsed(language: Language, code: &str, inside: Inside, holes: &mut Vec<Hole>) -> Option<Pattern> {
    let grammars: &[&str] = match language {
        // A pattern for both languages may name types; where the code has none they match nothing.
        Language::JavaScript => &["javascript", "tsx"],
        Language::TypeScript => &["tsx"],
        _ => &[language.name()],
    };
    let parse = |grammar: &&str| {
        let limits = quillon_lang::Limits::default();
        let syntax = quillon_lang::parse(quillon_lang::grammar_of(grammar)?, code, &limits);
        syntax.tree().is_some_and(|tree| !tree.root_node().has_error()).then_some(syntax)
    };
    let syntax = grammars.iter().find_map(parse)?;
    let root = syntax.tree()?.root_node();
    let tree = lower(language, code, root);
    let roots = roots(&tree, inside)?;
    let (roles, names): (Vec<_>, Vec<_>) =
        (0..tree.nodes.len()).map(|place| role(&tree, Id(place as u32), holes)).unzip();
    let regexes =
        tree.of_kind(Kind::Str).iter().filter_map(|id| Some((*id, string_regex(tree.word(*id))?))).collect();
    let paths =
        (0..tree.nodes.len()).map(|place| plain_path(&tree, &roles, &names, Id(place as u32))).collect();
    let holes = std::mem::take(holes);
    Some(Pattern { tree, roots, is_statement: false, holes, roles, names, paths, regexes })
}

fn plain_path(tree: &Tree, roles: &[Kind], names: &[Option<String>], id: Id) -> Option<String> {
    let place = id.0 as usize;
    match roles[place] {
        Kind::Name | Kind::Type => Some(tree.word(id).to_owned()),
        Kind::Dot if names[place].is_none() && tree.word(id) != ELLIPSIS => {
            let object = plain_path(tree, roles, names, tree.child(id, 0)?)?;
            Some(format!("{object}.{}", tree.word(id)))
        }
        _ => None,
    }
}

/// `=~/expression/i`.
fn string_regex(word: &str) -> Option<fancy_regex::Regex> {
    let (body, flags) = word.strip_prefix("=~/")?.rsplit_once('/')?;
    let flags: String = flags.chars().filter(|flag| matches!(flag, 'i' | 'm' | 's')).collect();
    let text = if flags.is_empty() { body.to_owned() } else { format!("(?{flags}){body}") };
    fancy_regex::RegexBuilder::new(&text).backtrack_limit(BACKTRACKS_MAX).build().ok()
}

fn roots(tree: &Tree, inside: Inside) -> Option<Vec<Id>> {
    let statements = tree.children(Tree::ROOT);
    let roots: Vec<Id> = match inside {
        Inside::Program => statements.to_vec(),
        Inside::Class => {
            let class = statements.iter().find(|id| tree.is(**id, Kind::Class))?;
            tree.children(tree.child(*class, 3)?).to_vec()
        }
        Inside::Try => {
            let attempt = statements.iter().find(|id| tree.is(**id, Kind::Try))?;
            tree.children(*attempt).iter().skip(2).copied().collect()
        }
        Inside::Annotation => vec![*tree.of_kind(Kind::Annotation).first()?],
    };
    (!roots.is_empty()).then_some(roots)
}

fn role(tree: &Tree, id: Id, holes: &[Hole]) -> (Kind, Option<String>) {
    let word = tree.word(id);
    let kind = tree.kind(id);
    let named = |prefix: &str, mark: &str| word.strip_prefix(prefix).map(|name| format!("{mark}{name}"));
    match kind {
        Kind::Name | Kind::Type if word == ELLIPSIS || word == "..." => (Kind::Ellipsis, None),
        Kind::Name | Kind::Type if word.starts_with(MANY) => (Kind::MetaMany, named(MANY, "$...")),
        Kind::Name | Kind::Type if word.starts_with(META) => (Kind::Meta, named(META, "$")),
        Kind::Name | Kind::Type => {
            let hole = word.strip_prefix(TYPED).and_then(|place| holes.get(place.parse::<usize>().ok()?));
            hole.map_or((kind, None), |hole| (Kind::TypedMeta, Some(hole.name.clone())))
        }
        // Between tags an ellipsis stands for what is there, not for text.
        Kind::Str
            if word == ELLIPSIS
                && tree
                    .parent(id)
                    .is_some_and(|up| matches!(tree.kind(up), Kind::Markup | Kind::Template)) =>
        {
            (Kind::Ellipsis, None)
        }
        Kind::Str if word == ELLIPSIS => (Kind::AnyStr, None),
        // A key that is written without quotes is a hole like any other.
        Kind::Str
            if word.starts_with(META) && tree.node(id).end - tree.node(id).start == word.len() as u32 =>
        {
            (Kind::Meta, named(META, "$"))
        }
        Kind::Str if word.starts_with(META) => (Kind::StrMeta, named(META, "$")),
        Kind::Call if tree.child(id, 0).is_some_and(|callee| tree.word(callee) == DEEP) => (Kind::Deep, None),
        // A parameter, declaration, pair or keyword that is nothing but an ellipsis is one.
        Kind::Param | Kind::Declare | Kind::Pair => {
            let is_empty = tree
                .children(id)
                .iter()
                .any(|child| !tree.is(*child, Kind::Str) && tree.word(*child) == ELLIPSIS);
            (if is_empty { Kind::Ellipsis } else { kind }, None)
        }
        Kind::Keyword if word == ELLIPSIS => (Kind::Ellipsis, None),
        Kind::Dot | Kind::Keyword | Kind::Lambda => (kind, named(META, "$")),
        _ => (kind, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, text: &str, roots: &[Kind]) {
        let pattern = Pattern::read(language, text).unwrap_or_else(|what| panic!("{what}: {text}"));
        let kinds: Vec<Kind> = pattern.roots.iter().map(|id| pattern.kind(*id)).collect();
        assert_eq!(kinds, roots, "{text}");
    }

    #[test]
    fn holes_are_read_where_they_may_stand() {
        use Kind::{
            Annotation, Assign, Binary, Call, Catch, Class, Declare, Dict, Dot, Ellipsis, Function, Meta,
            New, Return,
        };
        check(Language::Java, "$X.foo(...)", &[Call]);
        check(Language::Java, "new Foo($A, ...)", &[New]);
        check(Language::Java, "(Cipher $C).init(...);", &[Call]);
        check(Language::Java, "$X = a(); ... b($X);", &[Assign, Ellipsis, Call]);
        check(Language::Java, "$T $X = a();\n...\nb($X);", &[Declare, Ellipsis, Call]);
        check(Language::Java, "$R $F(..., String $X, ...) { ... }", &[Function]);
        check(Language::Java, "class $C { ... void f() { ... } ... }", &[Class]);
        check(Language::Java, "catch ($E $X) { ... }", &[Catch]);
        check(Language::Java, "@GetMapping(...)", &[Annotation]);
        check(Language::Java, "return $X;", &[Return]);
        check(Language::Java, "$A. ... .build()", &[Call]);
        check(Language::Python, "$X == None", &[Binary]);
        check(Language::Python, "def $F(..., $X=[], ...):\n    ...", &[Function]);
        check(Language::Python, "{..., \"a\": $V, ...}", &[Dict]);
        check(Language::Python, "except $E:\n    pass", &[Catch]);
        check(Language::Python, "@$APP.route(...)", &[Annotation]);
        check(Language::JavaScript, "{..., a: $V, ...}", &[Dict]);
        check(Language::JavaScript, "$X.innerHTML = $Y", &[Assign]);
        check(Language::JavaScript, "function $F(...) { ... }", &[Function]);
        check(Language::JavaScript, "var $X = require('fs')", &[Declare]);
        check(Language::JavaScript, "$REQ.query", &[Dot]);
        check(Language::TypeScript, "$X", &[Meta]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let what = Pattern::read(Language::Java, "foo(((").unwrap_err();
        assert_eq!(what, "the pattern is not java that can be read");
    }
}
