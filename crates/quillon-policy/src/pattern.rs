//! Texts of policies, compiled: wildcards, policy variables and the colons of ARNs.
//!
//! A pattern costs its length times the text's at the very worst, whatever it looks like, and nothing is put on the heap.
//! Patterns without wildcards, and those with one at the end, are compared as texts; those whose wildcards stand for any
//! characters are matched greedily; only where wildcards have to stay within a field of an ARN is the text walked with
//! the set of places in the pattern that it may be at.
//!
//! Start at [`Pattern::compile`] and [`Pattern::matches`].

use std::str::Chars;

use crate::condition::Context;

/// The longest pattern, in characters. Amazon's whole policies are hardly longer.
pub(crate) const PATTERN_CHARS_MAX: usize = 4_000;

/// Places in a pattern that fit the small set; nearly every pattern does.
const SMALL: usize = 2;
const LARGE: usize = 64;

/// The characters of nearly every pattern with its values.
const FILLED_SMALL: usize = 160;

const STAR: u32 = 0x11_0000;
const ONE: u32 = 0x11_0001;
/// Wildcards that stay within a segment of an ARN.
const STAR_WITHIN: u32 = 0x11_0002;
const ONE_WITHIN: u32 = 0x11_0003;
const VARIABLE: u32 = 0x11_0010;

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// Whether `${...}` is a variable; in version 2008-10-17 it is text.
    pub(crate) variables: bool,
    /// Whether wildcards before the fifth colon stay within their segment, as ARNs have it.
    pub(crate) arn: bool,
}

/// A variable of a policy: the key whose value stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) key: Box<str>,
    pub(crate) default: Option<Box<str>>,
}

/// A compiled text. Keeps what was written for those who read explanations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    source: Box<str>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    All,
    Exact(Box<str>),
    Prefix(Box<str>),
    Units(Box<[u32]>),
    /// Units with variables in them.
    Template(Box<[u32]>, Box<[Variable]>),
}

/// Whether a text matches a pattern, in which `*` stands for any characters and `?` for one.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let reading = Reading { wildcards: true, variables: false, arn: false };
    let matches = |pattern: Pattern| pattern.matches(text, &Context::new()) == Outcome::Match;
    Pattern::compile(pattern, reading).is_ok_and(matches)
}

/// What a comparison came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Match,
    Differs,
    /// A variable has no value: nothing is equal to it or like it.
    NoValue,
}

impl Outcome {
    fn of(matches: bool) -> Self {
        if matches { Self::Match } else { Self::Differs }
    }
}

impl Pattern {
    /// Compiles a text, or says what is wrong with it.
    pub(crate) fn compile(source: &str, reading: Reading) -> Result<Self, String> {
        if source.chars().count() > PATTERN_CHARS_MAX {
            return Err(format!("it is longer than {PATTERN_CHARS_MAX} characters"));
        }
        let (mut units, variables) = tokens(source, reading)?;
        if reading.arn {
            keep_within_segments(&mut units);
        }
        units.dedup_by(|next, last| *next == STAR && *last == STAR);
        Ok(Self { source: source.into(), form: Form::of(units, variables) })
    }

    /// A text that stands for itself.
    pub(crate) fn literal(source: &str) -> Self {
        Self { source: source.into(), form: Form::Exact(source.into()) }
    }

    /// As it was written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether it matches every text.
    pub(crate) fn is_all(&self) -> bool {
        self.form == Form::All
    }

    /// The variables in it.
    pub(crate) fn variables(&self) -> &[Variable] {
        match &self.form {
            Form::Template(_, variables) => variables,
            _ => &[],
        }
    }

    /// What every text that matches starts with, as far as that needs no facts; and whether it is the whole text.
    pub(crate) fn prefix(&self) -> String {
        match &self.form {
            Form::All => String::new(),
            Form::Exact(text) | Form::Prefix(text) => text.to_string(),
            Form::Units(units) | Form::Template(units, _) => {
                units.iter().map_while(|&unit| char::from_u32(unit)).collect()
            }
        }
    }

    /// Compares a text, with variables from the facts.
    pub(crate) fn matches(&self, text: &str, facts: &Context) -> Outcome {
        match &self.form {
            Form::All => Outcome::Match,
            Form::Exact(exact) => Outcome::of(&**exact == text),
            Form::Prefix(prefix) => Outcome::of(text.starts_with(&**prefix)),
            Form::Units(units) => Outcome::of(walk(units, text)),
            Form::Template(units, variables) => {
                with_values(units, variables, facts, |units| walk(units, text))
            }
        }
    }

    /// Compares a text as `matches` does, where case does not count.
    pub(crate) fn matches_ignoring_case(&self, text: &str, facts: &Context) -> Outcome {
        let same = |units: &[u32]| {
            let folded =
                units.iter().flat_map(|&unit| char::from_u32(unit).unwrap_or('\u{fffd}').to_lowercase());
            folded.eq(text.chars().flat_map(char::to_lowercase))
        };
        match &self.form {
            Form::Exact(exact) => Outcome::of(
                exact.chars().flat_map(char::to_lowercase).eq(text.chars().flat_map(char::to_lowercase)),
            ),
            Form::Template(units, variables) => with_values(units, variables, facts, same),
            Form::All | Form::Prefix(_) | Form::Units(_) => Outcome::Differs,
        }
    }

    /// Compares six parts of two ARNs each by itself, as the ARN operators do.
    pub(crate) fn matches_arn(&self, text: &str, facts: &Context) -> Outcome {
        let six = |units: &[u32]| {
            let mut parts = units.splitn(6, |&unit| unit == u32::from(':'));
            let mut texts = text.splitn(6, ':');
            (0..6).all(|_| match (parts.next(), texts.next()) {
                (Some(part), Some(text)) => walk(part, text),
                _ => false,
            })
        };
        let has_six = |text: &str| text.bytes().filter(|&byte| byte == b':').count() >= 5;
        match &self.form {
            // One wildcard stands for one part at most.
            Form::All => Outcome::Differs,
            Form::Exact(exact) => Outcome::of(&**exact == text && has_six(exact)),
            Form::Prefix(prefix) => Outcome::of(text.starts_with(&**prefix) && has_six(prefix)),
            Form::Units(units) => Outcome::of(six(units)),
            Form::Template(units, variables) => with_values(units, variables, facts, six),
        }
    }

    /// Units of a form that keeps none. Only for texts that are not compared often.
    fn units_of_plain(&self) -> Vec<u32> {
        let mut units: Vec<u32> = self.prefix().chars().map(u32::from).collect();
        if matches!(self.form, Form::All | Form::Prefix(_)) {
            units.push(STAR);
        }
        units
    }

    /// The pattern's characters and wildcards, with variables as `*`; `None` stands for any characters, `Some(None)` for
    /// one. For questions about patterns rather than texts.
    pub(crate) fn shape(&self) -> Vec<Option<Option<char>>> {
        let units = match &self.form {
            Form::Units(units) | Form::Template(units, _) => units.to_vec(),
            _ => self.units_of_plain(),
        };
        let shape = units.into_iter().map(|unit| match unit {
            ONE | ONE_WITHIN => Some(None),
            unit => char::from_u32(unit).map(Some),
        });
        shape.collect()
    }
}

impl Form {
    fn of(units: Vec<u32>, variables: Vec<Variable>) -> Self {
        if !variables.is_empty() {
            return Self::Template(units.into(), variables.into());
        }
        let plain =
            |units: &[u32]| units.iter().map(|&unit| char::from_u32(unit)).collect::<Option<String>>();
        if let Some(text) = plain(&units) {
            return Self::Exact(text.into());
        }
        match units.split_last() {
            Some((&STAR, [])) => Self::All,
            Some((&STAR, rest)) => match plain(rest) {
                Some(text) => Self::Prefix(text.into()),
                None => Self::Units(units.into()),
            },
            _ => Self::Units(units.into()),
        }
    }
}

/// Characters, wildcards and variables.
fn tokens(source: &str, reading: Reading) -> Result<(Vec<u32>, Vec<Variable>), String> {
    let (mut units, mut variables) = (Vec::with_capacity(source.len()), Vec::new());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if reading.variables && rest.starts_with("${") {
            let (inside, after) = braces(rest)?;
            match inside {
                "*" | "?" | "$" => units.extend(inside.chars().map(u32::from)),
                _ => {
                    units.push(VARIABLE + u32::try_from(variables.len()).unwrap_or(u32::MAX - VARIABLE));
                    variables.push(variable(inside)?);
                }
            }
            rest = after;
            continue;
        }
        units.push(match c {
            '*' if reading.wildcards => STAR,
            '?' if reading.wildcards => ONE,
            _ => u32::from(c),
        });
        rest = &rest[c.len_utf8()..];
    }
    Ok((units, variables))
}

/// What stands in the braces of `${...}` at the start of `text`, and what follows. A brace within quotes ends nothing.
fn braces(text: &str) -> Result<(&str, &str), String> {
    let mut quoted = false;
    for (at, c) in text.char_indices().skip(2) {
        match c {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Ok((&text[2..at], &text[at + 1..])),
            _ => {}
        }
    }
    Err(format!("the variable `{}` has no end", shortened(text)))
}

/// `key` or `key, 'default'`.
fn variable(inside: &str) -> Result<Variable, String> {
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key, Some(default.trim())),
        None => (inside, None),
    };
    let default = match default {
        None => None,
        Some(quoted) => {
            let bare = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let bare = bare.filter(|bare| !bare.contains('\''));
            Some(bare.ok_or_else(|| {
                format!("the default of the variable `{}` is not in single quotes", shortened(inside))
            })?)
        }
    };
    let key = key.trim();
    if key.is_empty() || key.contains(['$', '{', '\'', '*', '?']) {
        return Err(format!("`{}` is not the name of a variable", shortened(key)));
    }
    Ok(Variable { key: key.to_ascii_lowercase().into(), default: default.map(Into::into) })
}

fn shortened(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 40;
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// In the first five segments of an ARN, `?` and every `*` that is not the last of its segment stay within it, so that
/// a resource's name, which others choose, cannot stand in for an account.
fn keep_within_segments(units: &mut [u32]) {
    let mut colons = 0;
    for at in 0..units.len() {
        let ends_segment = units.get(at + 1).is_none_or(|&next| next == u32::from(':'));
        match units[at] {
            unit if unit == u32::from(':') => colons += 1,
            _ if colons >= 5 => return,
            STAR if !ends_segment => units[at] = STAR_WITHIN,
            ONE => units[at] = ONE_WITHIN,
            _ => {}
        }
    }
}

/// Puts values in the place of variables, on the stack, and hands the result on. A value is never a wildcard.
fn with_values(
    units: &[u32],
    variables: &[Variable],
    facts: &Context,
    compare: impl FnOnce(&[u32]) -> bool,
) -> Outcome {
    let mut length = units.len();
    for variable in variables {
        let Some(value) = value_of(variable, facts) else { return Outcome::NoValue };
        length += value.len();
    }
    // Clearing the large buffer costs more than most comparisons.
    if length <= FILLED_SMALL {
        fill::<FILLED_SMALL>(units, variables, facts, compare)
    } else {
        fill::<PATTERN_CHARS_MAX>(units, variables, facts, compare)
    }
}

fn value_of<'v>(variable: &'v Variable, facts: &'v Context) -> Option<&'v str> {
    facts.single(&variable.key).or(variable.default.as_deref())
}

fn fill<const MAX: usize>(
    units: &[u32],
    variables: &[Variable],
    facts: &Context,
    compare: impl FnOnce(&[u32]) -> bool,
) -> Outcome {
    let mut filled = [0_u32; MAX];
    let mut length = 0;
    let mut push = |unit: u32| {
        let slot = filled.get_mut(length)?;
        *slot = unit;
        length += 1;
        Some(())
    };
    for &unit in units {
        let variable = unit.checked_sub(VARIABLE).and_then(|index| variables.get(index as usize));
        let pushed = match variable {
            None => push(unit),
            Some(variable) => match value_of(variable, facts) {
                None => return Outcome::NoValue,
                Some(value) => value.chars().try_for_each(|c| push(u32::from(c))),
            },
        };
        // A value too long to compare is like one that is not there.
        if pushed.is_none() {
            return Outcome::NoValue;
        }
    }
    Outcome::of(compare(&filled[..length]))
}

/// Whether the text matches the units.
fn walk(units: &[u32], text: &str) -> bool {
    // The literal start rules out most texts without any set.
    let literal = units.iter().position(|&unit| char::from_u32(unit).is_none()).unwrap_or(units.len());
    let mut rest = text.chars();
    for &unit in &units[..literal] {
        if rest.next().map(u32::from) != Some(unit) {
            return false;
        }
    }
    let units = &units[literal..];
    match units {
        [] => rest.next().is_none(),
        [STAR] => true,
        _ if !units.iter().any(|unit| matches!(*unit, STAR_WITHIN | ONE_WITHIN)) => greedy(units, rest),
        _ if units.len() < SMALL * 64 => States::<SMALL>::run(units, rest.as_str()),
        _ => States::<LARGE>::run(units, rest.as_str()),
    }
}

/// Whether the text matches units whose stars stand for any characters. Then the first place where what follows a star
/// fits is as good as any later one, so only the last star is ever tried anew: at most once for each character.
fn greedy(units: &[u32], mut text: Chars<'_>) -> bool {
    let mut at = 0;
    let mut last_star: Option<(usize, Chars<'_>)> = None;
    loop {
        if units.get(at) == Some(&STAR) {
            at += 1;
            last_star = Some((at, text.clone()));
            if at == units.len() {
                return true;
            }
        }
        let mut rest = text.clone();
        match (units.get(at), rest.next()) {
            (None, None) => return true,
            (Some(&unit), Some(c)) if unit == ONE || unit == u32::from(c) => {
                at += 1;
                text = rest;
            }
            (Some(&STAR), _) => {}
            (Some(_), None) => return false,
            _ => {
                let Some((behind, from)) = &mut last_star else { return false };
                if from.next().is_none() {
                    return false;
                }
                at = *behind;
                text = from.clone();
            }
        }
    }
}

/// The places in the pattern that a text may have reached.
struct States<const WORDS: usize> {
    words: [u64; WORDS],
}

impl<const WORDS: usize> States<WORDS> {
    const NONE: Self = Self { words: [0; WORDS] };

    fn run(units: &[u32], text: &str) -> bool {
        let mut now = Self::NONE;
        now.reach(units, 0);
        for c in text.chars() {
            let next = now.after(units, c);
            if next.words.iter().all(|&word| word == 0) {
                return false;
            }
            now = next;
        }
        now.words[units.len() / 64] >> (units.len() % 64) & 1 == 1
    }

    /// Marks a place, and those behind it that a wildcard of no characters leads to.
    fn reach(&mut self, units: &[u32], mut place: usize) {
        loop {
            self.words[place / 64] |= 1 << (place % 64);
            if !matches!(units.get(place), Some(&(STAR | STAR_WITHIN))) {
                return;
            }
            place += 1;
        }
    }

    fn after(&self, units: &[u32], c: char) -> Self {
        let mut next = Self::NONE;
        for (index, &word) in self.words.iter().enumerate() {
            let mut left = word;
            while left != 0 {
                let place = index * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                match units.get(place) {
                    Some(&STAR) => next.reach(units, place),
                    Some(&STAR_WITHIN) if c != ':' => next.reach(units, place),
                    Some(&ONE) => next.reach(units, place + 1),
                    Some(&ONE_WITHIN) if c != ':' => next.reach(units, place + 1),
                    Some(&unit) if unit == u32::from(c) => next.reach(units, place + 1),
                    _ => {}
                }
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GLOB: Reading = Reading { wildcards: true, variables: true, arn: false };
    const ARN: Reading = Reading { wildcards: true, variables: true, arn: true };

    fn facts() -> Context {
        let mut facts = Context::new();
        facts.set("aws:UserName", "ana*");
        facts.set("Empty", "");
        facts.set_all("Many", vec!["a".into()]);
        facts
    }

    fn check(pattern: &str, text: &str, expected: Outcome) {
        let outcome = Pattern::compile(pattern, GLOB).expect(pattern).matches(text, &facts());
        assert_eq!(outcome, expected, "{pattern} against {text}");
    }

    fn check_arn(pattern: &str, text: &str, expected: bool) {
        let outcome = Pattern::compile(pattern, ARN).expect(pattern).matches(text, &facts());
        assert_eq!(outcome, Outcome::of(expected), "{pattern} against {text}");
    }

    #[test]
    fn wildcards_and_variables() {
        use Outcome::{Differs, Match, NoValue};
        check("home/${aws:username}/x", "home/ana*/x", Match);
        check("home/${aws:username}/x", "home/anab/x", Differs);
        check("home/${AWS:USERNAME}/*", "home/ana*/y", Match);
        check("${none}", "", NoValue);
        check("${none, 'a, {b}'}x", "a, {b}x", Match);
        check("${none,'a'}", "a", Match);
        check("${empty}x", "x", Match);
        check("${many}", "a", NoValue);
        check("${many, 'd'}", "d", Match);
        check("${*}${?}${$}", "*?$", Match);
        check("${*}", "x", Differs);
        check("a$b{c}", "a$b{c}", Match);
        check("*", "", Match);
        check("?", "", Differs);
        check("?", "é", Match);
        check("**?**", "x", Match);
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        for (bad, expected) in [
            ("${", "has no end"),
            ("${a, 'b}", "has no end"),
            ("${}", "not the name"),
            ("${a*}", "not the name"),
            ("${a, b}", "not in single quotes"),
            ("${a, 'b'c'}'}", "not in single quotes"),
            ("${a, '}", "has no end"),
        ] {
            let message = Pattern::compile(bad, GLOB).expect_err(bad);
            assert!(message.contains(expected), "{bad}: {message}");
        }
        let long = Pattern::compile(&format!("${{{}", "a".repeat(60)), GLOB).unwrap_err();
        assert_eq!(long, format!("the variable `${{{}…` has no end", "a".repeat(38)));
        assert!(Pattern::compile(&"a".repeat(PATTERN_CHARS_MAX + 1), GLOB).is_err());
        let old = Reading { variables: false, ..GLOB };
        assert_eq!(Pattern::compile("${a", old).unwrap().matches("${a", &facts()), Outcome::Match);
    }

    #[test]
    fn stars_within_a_segment_stay_there() {
        check_arn("arn:aws:iam::1*9:role/x", "arn:aws:iam::119:role/x", true);
        check_arn("arn:aws:iam::1*9:role/x", "arn:aws:iam::111:role/9:role/x", false);
        check_arn("arn:aws:iam::11?:role/x", "arn:aws:iam::11::role/x", false);
        check_arn("arn:aws:s3:*", "arn:aws:s3:::bucket/key", true);
        check_arn("arn:aws:logs:*:name", "arn:aws:logs:r:1:group:name", true);
        check_arn("arn:aws:s3:::a*b", "arn:aws:s3:::a:x:b", true);
        check_arn("*", "anything", true);
    }

    #[test]
    fn six_parts_are_compared_each_by_itself() {
        let arn = |pattern: &str, text: &str| {
            Pattern::compile(pattern, GLOB).unwrap().matches_arn(text, &facts()) == Outcome::Match
        };
        assert!(arn("arn:aws:iam::*:user/${aws:UserName}", "arn:aws:iam::1:user/ana*"));
        assert!(arn("arn:*:*:*:*:*", "arn:aws:iam::1:a:b"));
        assert!(!arn("arn:aws:*", "arn:aws:iam::1:a"));
        assert!(!arn("*", "arn:aws:iam::1:a"));
        assert!(!arn("arn:aws:iam::1*:a", "arn:aws:iam::1:b:a"));
        assert!(arn("arn:aws:iam::1:a", "arn:aws:iam::1:a"));
        assert!(!arn("short", "short"));
        assert!(arn("arn:aws:s3:::b/*", "arn:aws:s3:::b/c:d"));
    }

    #[test]
    fn hostile_patterns_take_linear_time() {
        let text = "a".repeat(200_000);
        for pattern in
            ["*a*a*a*a*a*a*b", &format!("{}b", "*a".repeat(1_900)), &format!("*{}b", "?".repeat(3_000))]
        {
            check(pattern, &text[..if pattern.len() > 100 { 2_000 } else { 200_000 }], Outcome::Differs);
        }
    }

    /// The definition.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..])),
            (['?', rest @ ..], [_, tail @ ..]) => naive(rest, tail),
            ([c, rest @ ..], [d, tail @ ..]) => c == d && naive(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab?*é]{0,9}", text in "[abé]{0,9}", pad in 0usize..150) {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = Outcome::of(naive(&chars(&pattern), &chars(&text)));
            let compiled = Pattern::compile(&pattern, GLOB).unwrap();
            prop_assert_eq!(compiled.matches(&text, &facts()), expected);
            // The same behind a wildcard and before a long tail, which takes the larger set.
            let tail = "z".repeat(pad);
            let long = Pattern::compile(&format!("?{pattern}{tail}"), GLOB).unwrap();
            prop_assert_eq!(long.matches(&format!("x{text}{tail}"), &facts()), expected);
            // In a text without colons it does not matter whether wildcards stay within a field.
            let within = Pattern::compile(&format!("{pattern}b{tail}"), ARN).unwrap();
            let plain = Pattern::compile(&format!("{pattern}b{tail}"), GLOB).unwrap();
            let text = format!("{text}b{tail}");
            prop_assert_eq!(within.matches(&text, &facts()), plain.matches(&text, &facts()));
        }
    }
}
