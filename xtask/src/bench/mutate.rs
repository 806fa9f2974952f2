//! Java that does the same and looks different, so that a score shows what an engine knows and not what it has seen.
//!
//! A text is cut into words; what is changed keeps what the program does: locals and parameters get other names, whole
//! numbers change while every comparison over them stays as true as it was, letters that are never looked at and keys of
//! maps change, and statements that do not touch each other change places. What is not understood stays. Start at
//! [`mutate`].

mod reorder;
mod token;
mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use self::token::{Class, Token, tokens};
use super::table::Table;
use crate::failure::{Context, Failure};

/// How many values are tried in the place of a number.
const VALUES_MAX: i64 = 40;

/// Words that stand where a type may, and are none.
const KEYWORDS: &[&str] = &[
    "return",
    "new",
    "throw",
    "else",
    "case",
    "instanceof",
    "extends",
    "implements",
    "throws",
    "package",
    "import",
    "assert",
    "do",
    "goto",
    "super",
    "this",
];

/// Makes the copy that `--to` names of what `--dir` names.
pub(super) fn measure(bench: &super::Bench<'_>) -> Result<Vec<Table>, Failure> {
    let (Some(from), Some(to)) = (&bench.options.dir, &bench.options.to) else {
        return Err(Failure::new("`mutate` needs `--dir` with Java and `--to` with the folder to write"));
    };
    let changed = mutate_folder(from, to, 1)?;
    println!("{changed} files of Java were changed, in `{}`", to.display());
    Ok(Vec::new())
}

/// Writes a changed copy of every Java file below a folder into another, and all other files as they are. Gives the number
/// of files that were changed.
pub(super) fn mutate_folder(from: &Path, to: &Path, seed: u64) -> Result<usize, Failure> {
    let mut changed = 0;
    for entry in ignore::WalkBuilder::new(from).standard_filters(false).build() {
        let entry = entry.context(|| format!("cannot walk `{}`", from.display()))?;
        let path = entry.path();
        if !path.is_file() {
            continue;
        }
        let target = to.join(path.strip_prefix(from).unwrap_or(path));
        let parent = target.parent().unwrap_or(to);
        fs::create_dir_all(parent).context(|| format!("cannot make `{}`", parent.display()))?;
        let bytes = fs::read(path).context(|| format!("cannot read `{}`", path.display()))?;
        let is_java = path.extension().is_some_and(|end| end == "java");
        let bytes = match String::from_utf8(bytes) {
            Ok(text) if is_java => {
                let mutated = mutate(&text, seed);
                changed += usize::from(mutated != text);
                mutated.into_bytes()
            }
            Ok(text) => text.into_bytes(),
            Err(raw) => raw.into_bytes(),
        };
        fs::write(&target, bytes).context(|| format!("cannot write `{}`", target.display()))?;
    }
    Ok(changed)
}

/// The text of a Java file, changed. The same seed changes it in the same way.
pub(super) fn mutate(text: &str, seed: u64) -> String {
    let mut words = tokens(text);
    rename(&mut words, seed);
    numbers(&mut words, seed);
    letters(&mut words);
    keys(&mut words);
    reorder::reorder(&mut words);
    words.into_iter().map(|word| word.text).collect()
}

/// The places of the words that are not space or comment.
fn code(words: &[Token]) -> Vec<usize> {
    (0..words.len()).filter(|place| words[*place].class != Class::Space).collect()
}

/// Gives locals and parameters other names, wherever the file says them.
fn rename(words: &mut [Token], seed: u64) {
    let code = code(words);
    let mut locals: BTreeSet<String> = BTreeSet::new();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let (mut braces, mut parentheses) = (0_i32, 0_i32);
    for (nth, place) in code.iter().enumerate() {
        let near = |step: isize| {
            let at = nth.checked_add_signed(step).and_then(|at| code.get(at));
            at.map_or("", |at| words[*at].text.as_str())
        };
        let word = &words[*place];
        match word.text.as_str() {
            "{" => braces += 1,
            "}" => braces -= 1,
            "(" => parentheses += 1,
            ")" => parentheses -= 1,
            _ => {}
        }
        if word.class != Class::Word || !word.text.starts_with(char::is_lowercase) {
            continue;
        }
        let is_member = matches!(near(-1), "." | "::" | "@") || matches!(near(1), "(" | "->");
        let is_label = matches!(near(-1), "(" | ",") && near(1) == "=";
        let is_declared = is_type_end(near(-1)) && matches!(near(1), "=" | ";" | "," | ")" | ":");
        let is_field = braces < 2 && parentheses == 0;
        if is_member || is_label || (is_declared && is_field) {
            kept.insert(word.text.clone());
        } else if is_declared {
            locals.insert(word.text.clone());
        }
    }
    let names = locals.difference(&kept).enumerate();
    let names: BTreeMap<&String, String> = names
        .map(|(nth, name)| {
            (name, format!("{}Of{}", ["held", "item", "given", "some"][(nth + seed as usize) % 4], nth + 1))
        })
        .collect();
    for word in words.iter_mut().filter(|word| word.class == Class::Word) {
        if let Some(name) = names.get(&word.text) {
            word.text.clone_from(name);
        }
    }
}

fn is_type_end(word: &str) -> bool {
    matches!(word, ">" | "]")
        || (word.starts_with(|letter: char| letter.is_alphabetic()) && !KEYWORDS.contains(&word))
}

/// Changes `int x = 5;` where every comparison over `x` stays as true as it was.
fn numbers(words: &mut [Token], seed: u64) {
    let code = code(words);
    let text =
        |words: &[Token], nth: usize| code.get(nth).map_or(String::new(), |at| words[*at].text.clone());
    for nth in 0..code.len().saturating_sub(4) {
        let head: Vec<String> = (nth..nth + 5).map(|nth| text(words, nth)).collect();
        let (is_int, Ok(value)) =
            (head[0] == "int" && head[2] == "=" && head[4] == ";", head[3].parse::<i64>())
        else {
            continue;
        };
        if !is_int {
            continue;
        }
        let all: Vec<String> = code.iter().map(|at| words[*at].text.clone()).collect();
        let end = all
            .iter()
            .skip(nth + 5)
            .zip(&all[nth + 4..])
            .position(|(word, before)| *word == head[1] && before == "int");
        let all = &all[nth + 5..end.map_or(all.len(), |end| nth + 5 + end)];
        let Some(before) = truth::of_all(all, &head[1], value) else { continue };
        let others = (1..VALUES_MAX).map(|step| value + 1 + (step + seed as i64) % VALUES_MAX);
        let other =
            others.into_iter().find(|other| truth::of_all(all, &head[1], *other).as_ref() == Some(&before));
        if let Some(other) = other {
            words[code[nth + 3]].text = other.to_string();
        }
    }
}

/// `String x = "ABC"; char y = x.charAt(1);`: what is not looked at may be anything.
fn letters(words: &mut [Token]) {
    let code = code(words);
    let all: Vec<String> = code.iter().map(|at| words[*at].text.clone()).collect();
    for nth in 0..all.len().saturating_sub(12) {
        let is_shape = all[nth] == "String"
            && all[nth + 2] == "="
            && all[nth + 4] == ";"
            && all[nth + 3].starts_with('"');
        let uses: Vec<usize> = (0..all.len()).filter(|at| all[*at] == all[nth + 1]).collect();
        let [_, only] = uses.as_slice() else { continue };
        let place = all.get(only + 4).and_then(|place| place.parse::<usize>().ok());
        let is_looked_at = all.get(only + 2).is_some_and(|name| name == "charAt");
        let (true, true, Some(place)) = (is_shape, is_looked_at, place) else { continue };
        let inner = all[nth + 3].trim_matches('"');
        let changed: String = inner
            .chars()
            .enumerate()
            .map(|(at, letter)| if at == place || !letter.is_alphanumeric() { letter } else { 'Q' })
            .collect();
        words[code[nth + 3]].text = format!("\"{changed}\"");
    }
}

/// Gives keys that a file itself puts into a map other names.
fn keys(words: &mut [Token]) {
    let code = code(words);
    let all: Vec<String> = code.iter().map(|at| words[*at].text.clone()).collect();
    let is_key = |nth: usize| {
        nth >= 3
            && all[nth - 1] == "("
            && matches!(all[nth - 2].as_str(), "put" | "get")
            && all[nth - 3] == "."
    };
    let literals: BTreeSet<&String> =
        all.iter().filter(|word| word.len() > 2 && word.starts_with('"')).collect();
    for literal in literals {
        let places: Vec<usize> = (0..all.len()).filter(|nth| all[*nth] == *literal).collect();
        let is_put = places.iter().any(|nth| *nth >= 2 && all[nth - 2] == "put");
        if is_put && places.iter().all(|nth| is_key(*nth)) {
            for nth in places {
                words[code[nth]].text = format!("\"at {}", &literal[1..]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str) {
        let around =
            |body: &str| format!("class A {{\n    int field;\n    void f(String given) {{ {body} }}\n}}\n");
        let mutated = mutate(&around(before), 0);
        assert_eq!(mutated, around(after).replace("String given", "String heldOf1"));
    }

    #[test]
    fn locals_and_parameters_get_other_names_and_members_keep_theirs() {
        check("String text = given; text.trim(); x.text();", "String text = heldOf1; text.trim(); x.text();");
        check(
            "String zone = given; use(zone, field, \"zone\");",
            "String itemOf2 = heldOf1; use(itemOf2, field, \"zone\");",
        );
        check("use(given); // given", "use(heldOf1); // given");
    }

    #[test]
    fn numbers_change_while_the_truth_stays() {
        let mutated =
            mutate("class A { void f() { int num = 86; if ((7 * 42) - num > 200) a(); else b(); } }", 0);
        let number: i64 = mutated.split(" = ").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
        assert!(number != 86 && (7 * 42) - number > 200, "{mutated}");
        // What is used otherwise stays.
        let kept = "class A { void f() { int num = 86; print(num + 1); } }";
        assert!(mutate(kept, 0).contains("= 86;"));
    }

    #[test]
    fn letters_that_nobody_looks_at_and_keys_change() {
        let mutated =
            mutate("class A { void f() { String guess = \"ABC\"; char one = guess.charAt(1); } }", 0);
        assert!(mutated.contains("\"QBQ\"") && !mutated.contains("guess"), "{mutated}");
        let mutated = mutate("class A { void f() { m.put(\"a\", 1); m.get(\"a\"); r.get(\"b\"); } }", 0);
        assert!(mutated.contains("put(\"at a\"") && mutated.contains("m.get(\"at a\")"), "{mutated}");
        assert!(mutated.contains("r.get(\"b\")"), "{mutated}");
    }
}
