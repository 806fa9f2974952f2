//! From YAML to rules. What cannot be read is said with its line and, where a word is unknown, the nearest known one.

use fancy_regex::RegexBuilder;
use quillon_text::nearest;

use super::compare::Comparison;
use super::fix::{Fix, Step, Way};
use super::formula::{Condition, Formula};
use super::{Category, Confidence, Matcher, Paths, PatternText, Propagator, Rule, Severity, Taint};
use crate::Language;
use crate::yaml::{self, Value, Wrong};

/// Steps back that one regular expression may take in one text.
const BACKTRACKS_MAX: usize = 100_000;

/// The bytes that one regular expression may become.
const REGEX_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How deep formulas may lie in one another.
const DEPTH_MAX: usize = 32;

/// A rule that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRule {
    /// The rule, where it has an id.
    pub id: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

const RULE_KEYS: &[&str] = &[
    "id",
    "languages",
    "severity",
    "risk",
    "category",
    "confidence",
    "message",
    "metadata",
    "cwe",
    "references",
    "fix",
    "mode",
    "pattern",
    "patterns",
    "pattern-either",
    "pattern-regex",
    "pattern-sources",
    "pattern-sinks",
    "pattern-sanitizers",
    "pattern-propagators",
    "options",
    "paths",
    "fix-imports",
    "fix-regex",
    "title",
    "tags",
];

/// Options that say what is done anyway, or ask for more than that: without them a rule finds less, and nothing else.
const OPTIONS: &[&str] = &["constant_propagation", "interfile", "symbolic_propagation"];

/// Options of rules over the flow of data that take values of some types for harmless, and the names of those types.
const SAFE_TYPES: &[(&str, &[&str])] = &[
    ("taint_assume_safe_booleans", &["boolean", "Boolean", "bool"]),
    (
        "taint_assume_safe_numbers",
        &[
            "byte", "short", "int", "long", "float", "double", "Byte", "Short", "Integer", "Long", "Float",
            "Double", "number",
        ],
    ),
];

/// Keys that say with which versions of another program a rule is used.
const VERSION_KEYS: &[&str] = &["min-version", "max-version"];

const FORMULA_KEYS: &[&str] = &[
    "pattern",
    "patterns",
    "pattern-either",
    "pattern-regex",
    "pattern-not",
    "pattern-inside",
    "pattern-not-inside",
    "pattern-not-regex",
    "metavariable-regex",
    "metavariable-not-regex",
    "metavariable-pattern",
    "metavariable-comparison",
    "metavariable-type",
    "focus-metavariable",
];

/// Reads rules as other tools write them: `rules:` and a list. Rules that cannot be used are named beside those that can.
#[must_use]
pub fn read_rules(text: &str) -> (Vec<Rule>, Vec<BadRule>) {
    let bad = |wrong: Wrong, id: Option<String>| BadRule { id, line: wrong.line, what: wrong.what };
    let value = match yaml::read(text) {
        Ok(value) => value,
        Err(wrong) => return (Vec::new(), vec![bad(wrong, None)]),
    };
    let Some(list) = value.get("rules").and_then(Value::list) else {
        let wrong = Wrong::new(value.line, "a file of rules has the key `rules` with a list");
        return (Vec::new(), vec![bad(wrong, None)]);
    };
    let mut rules = Vec::new();
    let mut bads = Vec::new();
    for one in list {
        let id = one.get("id").and_then(Value::text).map(str::to_owned);
        match rule(one, 0, &[]).and_then(checked) {
            Ok(rule) => rules.push(rule),
            Err(wrong) => bads.push(bad(wrong, id)),
        }
    }
    (rules, bads)
}

/// Reads every pattern now, so that one that cannot be read is said before it is used.
pub(super) fn checked(rule: Rule) -> Result<Rule, Wrong> {
    let mut patterns = Vec::new();
    match &rule.matcher {
        Matcher::Search(formula) => gather(formula, &mut patterns),
        Matcher::Taint(taint) => {
            let formulas = taint.sources.iter().chain(&taint.sinks).chain(&taint.sanitizers);
            formulas.for_each(|formula| gather(formula, &mut patterns));
            taint.propagators.iter().for_each(|propagator| gather(&propagator.formula, &mut patterns));
        }
    }
    for pattern in patterns {
        let fault = rule.languages.iter().find_map(|language| pattern.of(*language).err());
        if let Some(what) = fault {
            return Err(Wrong::new(pattern.line, what));
        }
    }
    Ok(rule)
}

fn gather<'f>(formula: &'f Formula, patterns: &mut Vec<&'f PatternText>) {
    match formula {
        Formula::Pattern(pattern) => patterns.push(pattern),
        Formula::All(formulas) | Formula::Any(formulas) => {
            formulas.iter().for_each(|formula| gather(formula, patterns))
        }
        Formula::Not(inner) | Formula::Inside(inner) | Formula::NotInside(inner) => gather(inner, patterns),
        Formula::Where(Condition::Matches { formula, language: None, .. }) => gather(formula, patterns),
        Formula::Where(_) | Formula::Regex(_) | Formula::Focus(_) => {}
    }
}

/// One rule. `line` is where its text stands in the file; `languages` is what it reads when it does not say.
pub(crate) fn rule(value: &Value, line: usize, languages: &[Language]) -> Result<Rule, Wrong> {
    let reader = Reader { line };
    let pairs = value.map().ok_or_else(|| reader.wrong(value, "a rule is a map"))?;
    for (key, _) in pairs {
        // Whether the rule is meant to be used here cannot be known.
        if let Some(name) = key.text().filter(|name| VERSION_KEYS.contains(name)) {
            let what = format!("versions of other programs say nothing here, so `{name}` cannot be used");
            return Err(reader.wrong(key, what));
        }
        reader.known(key, RULE_KEYS)?;
    }
    let text = |key: &str| value.get(key).and_then(Value::text);
    let id = text("id").ok_or_else(|| reader.wrong(value, "a rule needs the key `id`"))?.to_owned();
    let message = text("message").unwrap_or_default().trim().to_owned();
    let severity = match (text("risk"), text("severity")) {
        (Some(risk), _) => Severity::of_risk(risk)
            .ok_or_else(|| reader.wrong_at(value, "risk", "no cell of the matrix is called so"))?,
        (None, Some(name)) => Severity::named(name)
            .ok_or_else(|| reader.wrong_at(value, "severity", "no severity is called so"))?,
        (None, None) => Severity::Medium,
    };
    let category = match text("category") {
        Some("efficiency" | "quality" | "best-practice") => Category::Efficiency,
        Some("secrets") => Category::Secrets,
        _ => Category::Code,
    };
    let confidence = match text("confidence") {
        None | Some("high" | "medium") => Confidence::High,
        Some("low") => Confidence::Low,
        Some(_) => {
            return Err(reader.wrong_at(value, "confidence", "a confidence is `low`, `medium` or `high`"));
        }
    };
    let languages = reader.languages(value, languages)?;
    let safe_types = reader.options(value)?;
    let matcher = reader.matcher(value, &languages, safe_types)?;
    let needs = needs(&matcher);
    let fix = reader.fix(value)?;
    let paths = reader.paths(value)?;
    Ok(Rule {
        title: text("title").unwrap_or(&id).to_owned(),
        help: String::new(),
        message,
        severity,
        category,
        confidence,
        cwe: cwe(value),
        references: references(value),
        languages,
        matcher,
        fix,
        paths,
        needs,
        id,
    })
}

fn cwe(value: &Value) -> Vec<u32> {
    let stated = value.get("cwe").or_else(|| value.get("metadata").and_then(|data| data.get("cwe")));
    let texts = stated.map_or_else(Vec::new, Value::texts);
    let number = |text: &str| {
        let digits = text.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        digits.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    };
    texts.into_iter().filter_map(number).collect()
}

fn references(value: &Value) -> Vec<String> {
    let stated =
        value.get("references").or_else(|| value.get("metadata").and_then(|data| data.get("references")));
    stated.map_or_else(Vec::new, |stated| stated.texts().into_iter().map(str::to_owned).collect())
}

struct Reader {
    line: usize,
}

impl Reader {
    fn wrong(&self, value: &Value, what: impl Into<String>) -> Wrong {
        Wrong::new(self.line + value.line, what)
    }

    fn wrong_at(&self, value: &Value, key: &str, what: &str) -> Wrong {
        self.wrong(value.get(key).unwrap_or(value), what)
    }

    fn known(&self, key: &Value, known: &[&str]) -> Result<(), Wrong> {
        let name = key.text().ok_or_else(|| self.wrong(key, "a key is text"))?;
        if known.contains(&name) {
            return Ok(());
        }
        let hint = nearest(name, known.iter().copied())
            .map_or(String::new(), |near| format!("; `{near}` is the nearest that is"));
        Err(self.wrong(key, format!("the key `{name}` is not known{hint}")))
    }

    fn languages(&self, value: &Value, otherwise: &[Language]) -> Result<Vec<Language>, Wrong> {
        let Some(stated) = value.get("languages") else {
            let is_given = !otherwise.is_empty();
            return is_given
                .then(|| otherwise.to_vec())
                .ok_or_else(|| self.wrong(value, "a rule needs the key `languages`"));
        };
        let mut languages = Vec::new();
        for name in stated.texts() {
            match name {
                "generic" | "regex" => languages.extend(Language::ALL),
                _ => languages.extend(Language::named(name)),
            }
        }
        if languages.is_empty() {
            return Err(self
                .wrong(stated, format!("none of the languages can be read: {}", stated.texts().join(", "))));
        }
        languages.sort_unstable();
        languages.dedup();
        Ok(languages)
    }

    fn matcher(
        &self,
        value: &Value,
        languages: &[Language],
        safe_types: Vec<&'static str>,
    ) -> Result<Matcher, Wrong> {
        let mode = value.get("mode").and_then(Value::text).unwrap_or("search");
        match mode {
            "taint" => {
                let sources = self.list(value, "pattern-sources", languages)?;
                let sinks = self.list(value, "pattern-sinks", languages)?;
                if sources.is_empty() || sinks.is_empty() {
                    return Err(self.wrong(
                        value,
                        "a rule over the flow of data needs `pattern-sources` and `pattern-sinks`",
                    ));
                }
                let sanitizers = self.list(value, "pattern-sanitizers", languages)?;
                let propagators = self.propagators(value)?;
                let taint = Taint { sources, sinks, sanitizers, propagators, safe_types };
                Ok(Matcher::Taint(Box::new(taint)))
            }
            "search" => {
                let keys = ["pattern", "patterns", "pattern-either", "pattern-regex"];
                let (key, inner) = keys
                    .iter()
                    .find_map(|key| value.get(key).map(|inner| (*key, inner)))
                    .ok_or_else(|| {
                        self.wrong(
                            value,
                            "a rule needs `pattern`, `patterns`, `pattern-either` or `pattern-regex`",
                        )
                    })?;
                self.formula(key, inner, 0).map(|formula| Matcher::Search(Box::new(formula)))
            }
            _ => Err(self.wrong_at(value, "mode", &format!("the mode `{mode}` is not known"))),
        }
    }

    /// `options`: those that change nothing here are `true`. What remains are the types that are taken for harmless.
    fn options(&self, value: &Value) -> Result<Vec<&'static str>, Wrong> {
        let Some(options) = value.get("options") else { return Ok(Vec::new()) };
        let known: Vec<&str> =
            OPTIONS.iter().copied().chain(SAFE_TYPES.iter().map(|(name, _)| *name)).collect();
        let mut safe = Vec::new();
        for (key, is) in options.map().ok_or_else(|| self.wrong(options, "the key `options` is a map"))? {
            self.known(key, &known)?;
            let name = key.text().unwrap_or_default();
            match (is.text(), SAFE_TYPES.iter().find(|(option, _)| *option == name)) {
                (Some("true"), Some((_, types))) => safe.extend_from_slice(types),
                (Some("true"), None) | (Some("false"), Some(_)) => {}
                _ => return Err(self.wrong(key, format!("the option `{name}` cannot be set to this"))),
            }
        }
        Ok(safe)
    }

    /// `paths` with globs to `include` and to `exclude`.
    fn paths(&self, value: &Value) -> Result<Option<Paths>, Wrong> {
        let Some(paths) = value.get("paths") else { return Ok(None) };
        for (key, globs) in paths.map().ok_or_else(|| self.wrong(paths, "the key `paths` is a map"))? {
            self.known(key, &["include", "exclude"])?;
            if globs.list().is_some_and(|all| all.iter().any(|glob| glob.text().is_none()))
                || globs.map().is_some()
            {
                return Err(self.wrong(key, "a list of globs is expected here"));
            }
        }
        let include = paths.get("include").map(Value::texts);
        let exclude = paths.get("exclude").map_or_else(Vec::new, Value::texts);
        Paths::read(include.as_deref(), &exclude)
            .map(Some)
            .map_err(|what| self.wrong_at(value, "paths", &what))
    }

    /// `fix`, or `fix-regex` with one step or several, and the imports that the new text needs.
    fn fix(&self, value: &Value) -> Result<Option<Fix>, Wrong> {
        let way = match (value.get("fix-regex"), value.get("fix")) {
            (Some(steps), _) => {
                let one = std::slice::from_ref(steps);
                let steps: Result<_, _> =
                    steps.list().unwrap_or(one).iter().map(|step| self.step(step)).collect();
                Way::Steps(steps?)
            }
            (None, Some(text)) => Way::Text(self.text(text)?.to_owned()),
            (None, None) => return Ok(None),
        };
        let imports = value.get("fix-imports").map_or_else(Vec::new, Value::texts);
        Ok(Some(Fix { way, imports: imports.into_iter().map(str::to_owned).collect() }))
    }

    fn step(&self, value: &Value) -> Result<Step, Wrong> {
        let key = |key: &str| {
            let inner = value.get(key).and_then(Value::text);
            inner.ok_or_else(|| self.wrong(value, format!("`fix-regex` needs the key `{key}`")))
        };
        let regex = self.regex(value, key("regex")?, false)?;
        let count = match value.get("count") {
            Some(count) => Some(
                count
                    .text()
                    .and_then(|count| count.parse().ok())
                    .ok_or_else(|| self.wrong(count, "how many matches are replaced is a whole number"))?,
            ),
            None => None,
        };
        Ok(Step { regex, replacement: key("replacement")?.to_owned(), count })
    }

    fn list(&self, value: &Value, key: &str, languages: &[Language]) -> Result<Vec<Formula>, Wrong> {
        let items = value.get(key).and_then(Value::list).unwrap_or_default();
        let mut formulas = Vec::new();
        for item in items {
            match item.get("set").and_then(Value::text) {
                Some(name) => formulas.extend(self.set(item, name, languages)?),
                None => formulas.push(self.item(item, 0)?),
            }
        }
        Ok(formulas)
    }

    /// A named list of patterns that comes with a language.
    fn set(&self, item: &Value, name: &str, languages: &[Language]) -> Result<Vec<Formula>, Wrong> {
        let text = match languages.first() {
            Some(Language::Java) => include_str!("../../models/java.yaml"),
            Some(Language::Python) => include_str!("../../models/python.yaml"),
            _ => include_str!("../../models/javascript.yaml"),
        };
        let sets = yaml::read(text)?;
        let set = sets.get(name).and_then(Value::list);
        let set = set.ok_or_else(|| self.wrong(item, format!("no set of patterns is called `{name}`")))?;
        set.iter().map(|item| self.item(item, 0)).collect()
    }

    /// An item of a list of sources or sinks: a map of which the formula is one key, beside options.
    fn item(&self, item: &Value, depth: usize) -> Result<Formula, Wrong> {
        const OPTIONS: &[&str] = &[
            "by-side-effect",
            "exact",
            "not-conflicting",
            "not_conflicting",
            "by_side_effect",
            "control",
            "at-exit",
            "from",
            "to",
        ];
        let pairs = item.map().ok_or_else(|| self.wrong(item, "a pattern here is a map"))?;
        let mut formulas = Vec::new();
        for (key, inner) in pairs {
            let name = key.text().unwrap_or_default();
            // Ignored, a label would make a rule find what it says that it does not.
            if matches!(name, "label" | "requires") {
                return Err(self
                    .wrong(key, format!("labels of sources are not followed, so `{name}` cannot be used")));
            }
            if !OPTIONS.contains(&name) {
                self.known(key, FORMULA_KEYS)?;
                formulas.push(self.formula(name, inner, depth)?);
            }
        }
        match formulas.len() {
            0 => Err(self.wrong(item, "no pattern is here")),
            1 => Ok(formulas.remove(0)),
            _ => Ok(Formula::All(formulas)),
        }
    }

    fn propagators(&self, value: &Value) -> Result<Vec<Propagator>, Wrong> {
        let items = value.get("pattern-propagators").and_then(Value::list).unwrap_or_default();
        items
            .iter()
            .map(|item| {
                let hole = |key: &str| {
                    let text = item.get(key).and_then(Value::text);
                    text.map(str::to_owned)
                        .ok_or_else(|| self.wrong(item, format!("a propagator needs the key `{key}`")))
                };
                Ok(Propagator { from: hole("from")?, to: hole("to")?, formula: self.item(item, 0)? })
            })
            .collect()
    }

    fn formula(&self, key: &str, value: &Value, depth: usize) -> Result<Formula, Wrong> {
        if depth > DEPTH_MAX {
            return Err(self.wrong(value, "patterns lie too deep in one another"));
        }
        let inner = |value: &Value| match &value.is {
            yaml::Is::Scalar(..) => self.pattern(value),
            yaml::Is::Map(_) => self.item(value, depth + 1),
            yaml::Is::List(_) => self.all(value, depth + 1).map(Formula::All),
        };
        Ok(match key {
            "pattern" => inner(value)?,
            "patterns" => Formula::All(self.all(value, depth + 1)?),
            "pattern-either" => Formula::Any(self.all(value, depth + 1)?),
            "pattern-not" => Formula::Not(Box::new(inner(value)?)),
            "pattern-inside" => Formula::Inside(Box::new(inner(value)?)),
            "pattern-not-inside" => Formula::NotInside(Box::new(inner(value)?)),
            "pattern-regex" => Formula::Regex(self.regex(value, self.text(value)?, false)?),
            "pattern-not-regex" => {
                Formula::Not(Box::new(Formula::Regex(self.regex(value, self.text(value)?, false)?)))
            }
            "focus-metavariable" => Formula::Focus(value.texts().into_iter().map(str::to_owned).collect()),
            _ => Formula::Where(self.condition(key, value, depth)?),
        })
    }

    fn all(&self, value: &Value, depth: usize) -> Result<Vec<Formula>, Wrong> {
        let items = value.list().ok_or_else(|| self.wrong(value, "a list of patterns is expected here"))?;
        items.iter().map(|item| self.item(item, depth)).collect()
    }

    fn text<'v>(&self, value: &'v Value) -> Result<&'v str, Wrong> {
        value.text().ok_or_else(|| self.wrong(value, "text is expected here"))
    }

    fn pattern(&self, value: &Value) -> Result<Formula, Wrong> {
        Ok(Formula::Pattern(PatternText::new(self.text(value)?.to_owned(), self.line + value.line)))
    }

    fn condition(&self, key: &str, value: &Value, depth: usize) -> Result<Condition, Wrong> {
        let hole = value.get("metavariable").and_then(Value::text).map(str::to_owned);
        let needed =
            || hole.clone().ok_or_else(|| self.wrong(value, format!("`{key}` needs the key `metavariable`")));
        Ok(match key {
            "metavariable-regex" | "metavariable-not-regex" => {
                let regex = value
                    .get("regex")
                    .ok_or_else(|| self.wrong(value, format!("`{key}` needs the key `regex`")))?;
                let regex = self.regex(regex, self.text(regex)?, true)?;
                Condition::Regex { hole: needed()?, regex, negated: key == "metavariable-not-regex" }
            }
            "metavariable-type" => {
                let types =
                    value.get("type").or_else(|| value.get("types")).map_or_else(Vec::new, Value::texts);
                Condition::Type { hole: needed()?, types: types.into_iter().map(str::to_owned).collect() }
            }
            "metavariable-comparison" => {
                let text = value.get("comparison").ok_or_else(|| {
                    self.wrong(value, "`metavariable-comparison` needs the key `comparison`")
                })?;
                let comparison = Comparison::read(self.text(text)?).map_err(|what| self.wrong(text, what))?;
                Condition::Compare { hole, comparison }
            }
            "metavariable-pattern" => {
                let language = value.get("language").and_then(Value::text);
                if language.is_some_and(|name| {
                    !matches!(name, "generic" | "regex") && Language::named(name).is_none()
                }) {
                    return Err(self.wrong(value, "the language of `metavariable-pattern` cannot be read"));
                }
                let mut formulas = Vec::new();
                for (key, inner) in value.map().unwrap_or_default() {
                    let name = key.text().unwrap_or_default();
                    if !matches!(name, "metavariable" | "language") {
                        self.known(key, FORMULA_KEYS)?;
                        formulas.push(self.formula(name, inner, depth + 1)?);
                    }
                }
                let formula = if formulas.len() == 1 { formulas.remove(0) } else { Formula::All(formulas) };
                let language = language.and_then(Language::named);
                Condition::Matches { hole: needed()?, formula: Box::new(formula), language }
            }
            _ => return Err(self.wrong(value, format!("`{key}` is not known"))),
        })
    }

    fn regex(&self, value: &Value, text: &str, is_anchored: bool) -> Result<fancy_regex::Regex, Wrong> {
        let text = text.trim_end_matches('\n');
        let text = if is_anchored { format!("^(?:{text})") } else { format!("(?m){text}") };
        let built = RegexBuilder::new(&text)
            .backtrack_limit(BACKTRACKS_MAX)
            .delegate_size_limit(REGEX_BYTES_MAX)
            .delegate_dfa_size_limit(REGEX_BYTES_MAX)
            .build();
        built.map_err(|fault| {
            self.wrong(
                value,
                format!("the regular expression cannot be read: {}", first_line(&fault.to_string())),
            )
        })
    }
}

fn first_line(text: &str) -> String {
    text.lines().next_back().unwrap_or_default().trim().to_owned()
}

/// What a text needs for a rule to find anything in it: one word of each row.
fn needs(matcher: &Matcher) -> Vec<Vec<String>> {
    match matcher {
        Matcher::Search(formula) => formula_needs(formula),
        Matcher::Taint(taint) => {
            // The source may lie in another file than the sink; the sink decides.
            let any = Formula::needs_any(&taint.sinks);
            any.into_iter().collect()
        }
    }
}

/// What a text needs for a formula to hold anywhere in it: one word of each row.
pub(crate) fn formula_needs(formula: &Formula) -> Vec<Vec<String>> {
    match formula {
        Formula::Pattern(pattern) => pattern.words().into_iter().map(|word| vec![word]).collect(),
        Formula::All(formulas) => formulas.iter().flat_map(formula_needs).collect(),
        Formula::Any(formulas) => Formula::needs_any(formulas).into_iter().collect(),
        Formula::Inside(inner) => formula_needs(inner),
        _ => Vec::new(),
    }
}

impl Formula {
    /// One word of each alternative, the longest; nothing where one alternative needs none.
    fn needs_any(formulas: &[Self]) -> Option<Vec<String>> {
        let mut words = Vec::new();
        for formula in formulas {
            let rows = formula_needs(formula);
            let best = rows
                .into_iter()
                .filter(|row| !row.is_empty())
                .max_by_key(|row| row.iter().map(String::len).min().unwrap_or(0) * 100 / (99 + row.len()))?;
            words.extend(best);
        }
        words.sort_unstable();
        words.dedup();
        (!words.is_empty()).then_some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(text: &str) -> String {
        let (rules, bad) = read_rules(text);
        assert!(rules.is_empty(), "{rules:?}");
        format!("{}: {}", bad[0].line, bad[0].what)
    }

    #[test]
    fn wrong_rules_are_named_with_their_line() {
        let head = "rules:\n  - id: a\n    languages: [python]\n    message: m\n    severity: ERROR\n";
        assert_eq!(
            bad(&format!("{head}    pattern-ether: []\n")),
            "6: the key `pattern-ether` is not known; `pattern-either` is the nearest that is"
        );
        assert_eq!(
            bad(&format!("{head}    pattern: foo(((\n")),
            "6: the pattern is not python that can be read"
        );
        assert_eq!(
            bad(&format!("{head}    pattern-regex: '(('\n")),
            "6: the regular expression cannot be read: Parsing error at position 6: Opening parenthesis without closing parenthesis"
        );
        assert_eq!(
            bad("rules:\n  - id: a\n    languages: [cobol]\n    pattern: a\n"),
            "3: none of the languages can be read: cobol"
        );
        assert_eq!(
            bad(&format!(
                "{head}    mode: taint\n    pattern-sources:\n      - pattern: a()\n        label: X\n    pattern-sinks:\n      - pattern: b()\n"
            )),
            "9: labels of sources are not followed, so `label` cannot be used"
        );
        assert_eq!(
            bad(&format!("{head}    pattern: a\n    min-version: 1.2.3\n")),
            "7: versions of other programs say nothing here, so `min-version` cannot be used"
        );
        assert_eq!(
            bad(&format!("{head}    pattern: a\n    options:\n      taint_unify_mvars: true\n")),
            "8: the key `taint_unify_mvars` is not known"
        );
        assert_eq!(
            bad(&format!("{head}    pattern: a\n    options:\n      constant_propagation: false\n")),
            "8: the option `constant_propagation` cannot be set to this"
        );
        assert_eq!(
            bad(&format!("{head}    pattern: a\n    paths:\n      includes: ['*.py']\n")),
            "8: the key `includes` is not known; `include` is the nearest that is"
        );
        assert_eq!(
            bad(&format!("{head}    pattern: a\n    paths:\n      include: ['a[b']\n")),
            "8: the glob `a[b` cannot be read: unclosed character class; missing ']'"
        );
        assert_eq!(bad("- a\n"), "1: a file of rules has the key `rules` with a list");
    }

    #[test]
    fn a_rule_knows_what_a_text_must_have() {
        let text = "rules:\n  - id: a\n    languages: [python]\n    pattern-either:\n      - pattern: hashlib.md5(...)\n      - pattern: foo.sha1(...)\n";
        let (rules, bad) = read_rules(text);
        assert!(bad.is_empty(), "{bad:?}");
        assert_eq!(rules[0].needs, [["hashlib", "sha1"]]);
    }
}
