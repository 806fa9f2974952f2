//! Whether a line is a definition, and of what. Looks at one line and knows no grammar, so it is quick and sometimes
//! wrong; being wrong costs a worse heading, never a lost line.

use crate::lines::indent_of;
use crate::syntax::{Kind, Shape, Syntax};

/// No definition has more words before its name than this.
const MODIFIERS_MAX: usize = 8;
/// Longer lines are data.
const LINE_BYTES_MAX: usize = 400;

/// What a line defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Definition<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
}

/// What `line` defines, by the ways of `syntax`.
pub(crate) fn definition_of<'a>(line: &'a str, syntax: &Syntax) -> Option<Definition<'a>> {
    let trimmed = line.trim();
    if trimmed.is_empty() || line.len() > LINE_BYTES_MAX || is_lead(trimmed, syntax) {
        return None;
    }
    let opened = by_opener(trimmed, syntax);
    opened.or_else(|| {
        let indent = indent_of(line);
        syntax.shapes.iter().find_map(|shape| by_shape(trimmed, indent, *shape))
    })
}

/// Whether a line belongs to what comes after it: a comment, an attribute, a decorator.
pub(crate) fn is_lead(trimmed: &str, syntax: &Syntax) -> bool {
    if ["//", "/*", "*/"].iter().any(|start| trimmed.starts_with(start)) {
        return true;
    }
    let star = trimmed.strip_prefix('*').is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    star || syntax.leads.iter().any(|start| trimmed.starts_with(start) && !opens_type(trimmed, start))
}

/// `@interface` opens a type where `@Override` is an attribute.
fn opens_type(trimmed: &str, start: &str) -> bool {
    start == "@"
        && ["@interface", "@implementation", "@protocol"].iter().any(|word| trimmed.starts_with(word))
}

fn by_opener<'a>(trimmed: &'a str, syntax: &Syntax) -> Option<Definition<'a>> {
    let mut rest = trimmed;
    for _ in 0..=MODIFIERS_MAX {
        let word = first_word(rest);
        if let Some((_, kind)) = syntax.openers.iter().find(|(opener, _)| same(opener, word, syntax)) {
            let after = rest[word.len()..].trim_start();
            let named = if word == "impl" { implemented(after) } else { name_after(after, syntax) };
            // `const fn` and `static inline int f()`: the word is a modifier here.
            if let Some(name) = named {
                return Some(Definition { name, kind: *kind });
            }
        }
        if !is_modifier(word, syntax) {
            return None;
        }
        rest = rest[word.len()..].trim_start();
    }
    None
}

fn same(known: &str, word: &str, syntax: &Syntax) -> bool {
    if syntax.any_case { known.eq_ignore_ascii_case(word) } else { known == word }
}

fn is_modifier(word: &str, syntax: &Syntax) -> bool {
    word.starts_with("pub(") || syntax.modifiers.iter().any(|modifier| same(modifier, word, syntax))
}

/// Up to a space or an opening bracket; `pub(crate)` is one word.
fn first_word(text: &str) -> &str {
    if text.starts_with("pub(") {
        return text.find(')').map_or(text, |end| &text[..=end]);
    }
    let start = usize::from(text.starts_with('('));
    let end = text[start..].find(|c: char| c.is_whitespace() || matches!(c, '(' | '<' | '{'));
    &text[..end.map_or(text.len(), |end| end + start)]
}

/// The name that follows an opener. Words that are themselves openers or modifiers are not names: `const fn x`,
/// `enum class X`, `create table if not exists x`.
fn name_after<'a>(after: &'a str, syntax: &Syntax) -> Option<&'a str> {
    let mut rest = after;
    for _ in 0..=MODIFIERS_MAX {
        // The receiver of a Go method.
        if let Some(receiver) = rest.strip_prefix('(') {
            rest = receiver.split_once(')')?.1.trim_start();
        }
        let name = last_segment(path_of(rest.trim_start_matches(['"', '`', '\'', '[', '*', '&'])));
        let is_word = |word: &str| same(word, name, syntax);
        if name.is_empty() {
            return None;
        }
        let again = syntax.modifiers.iter().any(|word| is_word(word))
            || syntax.openers.iter().any(|(word, _)| is_word(word));
        if !again {
            return Some(name);
        }
        if !syntax.any_case && syntax.fences.contains(&"rust") {
            return None;
        }
        rest = rest.get(name.len()..)?.trim_start();
    }
    None
}

/// The type that an `impl` is for.
fn implemented(after: &str) -> Option<&str> {
    let after = after_generics(after);
    let subject = after.split_once(" for ").map_or(after, |(_, subject)| subject);
    let subject = subject.trim_start_matches(['&', '*', '(', '[', ' ']).trim_start_matches("dyn ");
    Some(last_segment(path_of(subject))).filter(|name| !name.is_empty())
}

fn after_generics(text: &str) -> &str {
    if !text.starts_with('<') {
        return text;
    }
    let mut depth = 0_usize;
    for (place, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if !text[..place].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text[place + 1..].trim_start();
        }
    }
    ""
}

/// The name at the start of `text` with its path: `crate::a::B`, `self.x`, `M:f`.
fn path_of(text: &str) -> &str {
    let end = text.find(|c: char| !(is_name(c) || matches!(c, ':' | '.' | '\\' | '-' | '?' | '!')));
    let path = &text[..end.unwrap_or(text.len())];
    path.trim_end_matches([':', '.', '-', '\\'])
}

fn last_segment(path: &str) -> &str {
    path.rsplit([':', '.', '\\']).next().unwrap_or(path)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn by_shape(trimmed: &str, indent: usize, shape: Shape) -> Option<Definition<'_>> {
    let at_margin = indent == 0;
    let (name, kind) = match shape {
        Shape::TypedAtMargin if at_margin => (typed(trimmed).or_else(|| untyped(trimmed))?, Kind::Callable),
        Shape::Typed => (typed(trimmed)?, Kind::Callable),
        Shape::Method if !at_margin => (method(trimmed)?, Kind::Callable),
        Shape::Assigned => (assigned(trimmed)?, Kind::Callable),
        Shape::Constant if at_margin => (constant(trimmed)?, Kind::Value),
        Shape::ShellFunction if at_margin => {
            (trimmed.split_once("()").map(|(name, _)| name.trim())?, Kind::Callable)
        }
        Shape::Label if at_margin => (label(trimmed)?, Kind::Value),
        Shape::Table => (trimmed.strip_prefix('[')?.split(']').next()?.trim_matches(['[', '"']), Kind::Value),
        Shape::Block => (block(trimmed)?, Kind::Value),
        Shape::Signature if at_margin => (trimmed.split_once(" :: ").map(|(name, _)| name)?, Kind::Callable),
        Shape::Clause if at_margin && trimmed.contains("->") => (trimmed.split_once('(')?.0, Kind::Callable),
        _ => return None,
    };
    let whole = !name.is_empty() && name.chars().all(|c| is_name(c) || matches!(c, '-' | '.' | '~'));
    whole.then_some(Definition { name, kind })
}

/// Words that start a statement, so that what follows is called and not defined.
const STATEMENTS: &[&str] = &[
    "assert",
    "await",
    "case",
    "co_await",
    "co_return",
    "delete",
    "do",
    "else",
    "goto",
    "import",
    "in",
    "make",
    "new",
    "not",
    "package",
    "return",
    "throw",
    "throws",
    "typedef",
    "using",
    "yield",
];
/// Words before a bracket that do not call anything.
const CONTROL: &[&str] = &[
    "catch",
    "constructor",
    "defined",
    "elif",
    "elsif",
    "for",
    "foreach",
    "function",
    "if",
    "lock",
    "return",
    "sizeof",
    "super",
    "switch",
    "synchronized",
    "until",
    "using",
    "while",
    "with",
];

/// `Type name(…`, or `Class::name(…`.
fn typed(trimmed: &str) -> Option<&str> {
    let before = trimmed[..trimmed.find('(')?].trim_end();
    let is_declared_only = trimmed.ends_with(';') && !trimmed.contains('{');
    let plain = |c: char| {
        is_name(c)
            || matches!(c, ' ' | '\t' | '*' | '&' | '<' | '>' | ',' | '[' | ']' | ':' | '~' | '?' | '@')
    };
    if is_declared_only || !before.chars().all(plain) {
        return None;
    }
    let start = before.rfind(|c: char| !(is_name(c) || c == '~')).map_or(0, |place| place + 1);
    let (rest, name) = (&before[..start], &before[start..]);
    let starts_well = name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '~' | '$'));
    let member = rest.ends_with("::");
    let first = rest.split_whitespace().next().unwrap_or_default();
    let has_type = !first.is_empty() && !rest.trim_end().ends_with([',', ':', '?']);
    let good =
        starts_well && (member || has_type) && !STATEMENTS.contains(&first) && !CONTROL.contains(&name);
    good.then_some(name)
}

/// `name(…)` alone, its type being on the line above. Macros that are called there are in capitals.
fn untyped(trimmed: &str) -> Option<&str> {
    let (name, rest) = trimmed.split_once('(')?;
    let opens = rest.ends_with([')', '{', ',']) && !rest.contains(['"', ';']);
    (opens && name.starts_with(|c: char| c.is_lowercase()) && !CONTROL.contains(&name)).then_some(name)
}

/// `name(…) {` with words like `static` before it.
fn method(trimmed: &str) -> Option<&str> {
    const MODIFIERS: &[&str] = &[
        "async",
        "static",
        "get",
        "set",
        "public",
        "private",
        "protected",
        "readonly",
        "override",
        "abstract",
    ];
    let mut rest = trimmed;
    while let Some(modifier) = MODIFIERS
        .iter()
        .find(|modifier| rest.strip_prefix(**modifier).is_some_and(|after| after.starts_with(' ')))
    {
        rest = rest[modifier.len()..].trim_start();
    }
    let rest = rest.trim_start_matches(['*', '#']);
    let name = &rest[..rest.find(|c: char| !is_name(c))?];
    let after = &rest[name.len()..];
    let opens = after.starts_with('(') || after.starts_with('<');
    if name == "constructor" && opens {
        return Some(name);
    }
    let count = |bracket| rest.matches(bracket).count();
    let whole = rest.ends_with('{') && count('(') == count(')') && after.contains(')');
    (opens && whole && !CONTROL.contains(&name)).then_some(name)
}

/// `name = function`, `name: function`, `name = (…) =>`, `name <- function`.
fn assigned(trimmed: &str) -> Option<&str> {
    let (left, right) = trimmed.split_once(" <- ").or_else(|| split_assignment(trimmed))?;
    let right = right.trim_start();
    let right = right.strip_prefix("async ").unwrap_or(right).trim_start();
    let is_arrow = right.contains("=>") && (right.starts_with('(') || right.find("=>") < right.find('('));
    let is_function =
        ["function", "class ", "struct ", "struct{", "fn("].iter().any(|word| right.starts_with(word));
    if !is_arrow && !is_function {
        return None;
    }
    let left = left.split(':').next().unwrap_or(left).trim_end();
    let name = left.rsplit([' ', '.']).next().unwrap_or(left);
    Some(name.trim_matches(['"', '\'']))
}

/// At the first `=` that assigns, or at the `:` of a property.
fn split_assignment(trimmed: &str) -> Option<(&str, &str)> {
    let assigns = |place: &usize| {
        let (before, after) = (&trimmed[..*place], &trimmed[place + 1..]);
        !after.starts_with(['=', '>']) && !before.ends_with(['=', '!', '<', '>', '+', '-'])
    };
    let equals = memchr::memchr_iter(b'=', trimmed.as_bytes()).find(assigns);
    let place = equals.or_else(|| trimmed.find(':'))?;
    Some((&trimmed[..place], &trimmed[place + 1..]))
}

/// `NAME = …` or `NAME: Type = …`, in capitals.
fn constant(trimmed: &str) -> Option<&str> {
    let (left, _) = trimmed.split_once('=')?;
    let name = left.split(':').next().unwrap_or(left).trim();
    let in_capitals =
        name.len() > 1 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    in_capitals.then_some(name)
}

fn label(trimmed: &str) -> Option<&str> {
    let (name, rest) = trimmed.split_once(':')?;
    (!rest.starts_with('=')).then_some(name.trim_matches(['"', '\'']))
}

/// The last quoted word before the brace: `resource "aws_s3_bucket" "logs" {`.
fn block(trimmed: &str) -> Option<&str> {
    let before = trimmed.strip_suffix('{')?;
    before.trim_end().strip_suffix('"')?.rsplit('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::syntax_of;

    /// Each line is `what is expected <- the line`; nothing expected is `-`.
    fn check(fence: &str, cases: &[(&str, &str)]) {
        let syntax = syntax_of(Some(fence)).unwrap();
        for (line, expected) in cases {
            let found = definition_of(line, syntax);
            let found = found.map_or("-".to_owned(), |found| format!("{:?} {}", found.kind, found.name));
            assert_eq!(found, *expected, "{fence}: {line}");
        }
    }

    #[test]
    fn finds_definitions_of_rust() {
        check(
            "rust",
            &[
                ("pub(crate) async fn read_tree(&self) {", "Callable read_tree"),
                ("    const fn one() -> u32 {", "Callable one"),
                ("pub const LINES_MAX: usize = 3;", "Value LINES_MAX"),
                ("unsafe extern \"C\" fn call() {}", "Callable call"),
                ("impl<'a, T: Fn() -> u8> Iterator for Words<'a> {", "Extension Words"),
                ("impl crate::Road {", "Extension Road"),
                ("impl fmt::Display for dyn Any {", "Extension Any"),
                ("macro_rules! gather {", "Callable gather"),
                ("pub struct Index<T> {", "Type Index"),
                ("pub(in crate::a) mod inner;", "Module inner"),
                ("// fn old() {", "-"),
                ("let fn_name = 3;", "-"),
                ("return implement(x);", "-"),
                ("const _: () = assert!(true);", "Value _"),
            ],
        );
    }

    #[test]
    fn finds_definitions_of_scripts() {
        check(
            "python",
            &[
                ("    async def get(self, url):", "Callable get"),
                ("class Flask(App):", "Type Flask"),
                ("DEFAULT_TIMEOUT: int = 30", "Value DEFAULT_TIMEOUT"),
                ("x = 3", "-"),
                ("# def old():", "-"),
            ],
        );
        check(
            "typescript",
            &[
                ("export default async function main() {", "Callable main"),
                ("export const useStore = async (id: string) => {", "Callable useStore"),
                ("  private static render<T>(props: T): string {", "Callable render"),
                ("  constructor(", "Callable constructor"),
                ("  if (ready) {", "-"),
                ("  describe('x', () => {", "-"),
                ("app.use = function use(fn) {", "Callable use"),
                ("  onError: (error) => {", "Callable onError"),
                ("export abstract class Shape {", "Type Shape"),
                ("const a = b === c", "-"),
                ("export type Key = string", "Value Key"),
                ("module.exports = {", "-"),
                ("const total = items.map(x => x.price)", "-"),
            ],
        );
        check(
            "ruby",
            &[
                ("  def self.find(id)", "Callable find"),
                ("class Admin::User < Base", "Type User"),
                ("  def valid?", "Callable valid?"),
            ],
        );
        check("bash", &[("build_all() {", "Callable build_all"), ("function build {", "Callable build")]);
        check(
            "lua",
            &[("local function M.setup(x)", "Callable setup"), ("M.go = function(a)", "Callable go")],
        );
    }

    #[test]
    fn finds_definitions_of_braced_languages() {
        check(
            "go",
            &[
                ("func (s *Server) Serve(l net.Listener) error {", "Callable Serve"),
                ("func New() *Engine {", "Callable New"),
                ("type Handler interface {", "Type Handler"),
                ("type (", "-"),
            ],
        );
        check(
            "c",
            &[
                ("static int dictExpand(dict *d, unsigned long size) {", "Callable dictExpand"),
                ("int dictExpand(dict *d);", "-"),
                ("void *zmalloc(size_t size)", "Callable zmalloc"),
                ("    return foo(bar);", "-"),
                ("typedef struct client {", "Type client"),
                ("#define MAX_LEN 3", "Value MAX_LEN"),
                ("    int x = f(y) {", "-"),
            ],
        );
        check(
            "cpp",
            &[
                ("void Widget::paint(QPainter *p) {", "Callable paint"),
                ("Widget::~Widget() {", "Callable ~Widget"),
                ("enum class Colour {", "Type Colour"),
                ("    } else if (x) {", "-"),
                ("    std::cout << f(x) << y(z);", "-"),
            ],
        );
        check(
            "java",
            &[
                ("    public static void main(String[] args) {", "Callable main"),
                ("    public OrderService(Repo repo) {", "Callable OrderService"),
                ("public final class OrderService<T> implements Runnable {", "Type OrderService"),
                ("    List<String> names(int x) throws Oops {", "Callable names"),
                ("        return names(x);", "-"),
                ("        names(x);", "-"),
                ("        for (int i = 0; i < 3; i++) {", "-"),
                ("public @interface Marker {", "Type Marker"),
                ("    @Override", "-"),
            ],
        );
        check("kotlin", &[("    suspend fun load(id: Id): Item {", "Callable load")]);
        check("csharp", &[("    public async Task<int> RunAsync(CancellationToken t)", "Callable RunAsync")]);
    }

    #[test]
    fn finds_definitions_of_settings_and_schemas() {
        check("sql", &[("CREATE TABLE IF NOT EXISTS public.orders (", "Type orders")]);
        check("hcl", &[("resource \"aws_s3_bucket\" \"logs\" {", "Value logs")]);
        check("toml", &[("[dependencies]", "Value dependencies"), ("a = [1]", "-")]);
        check("yaml", &[("services:", "Value services"), ("  web:", "-")]);
        check("make", &[("install: build", "Value install"), ("CC := gcc", "-")]);
        check(
            "protobuf",
            &[("message Order {", "Type Order"), ("  rpc Get(A) returns (B);", "Callable Get")],
        );
        check("haskell", &[("parse :: String -> Tree", "Callable parse")]);
        check("erlang", &[("loop(State) ->", "Callable loop")]);
        check("clojure", &[("(defn handler [req]", "Callable handler")]);
    }
}
