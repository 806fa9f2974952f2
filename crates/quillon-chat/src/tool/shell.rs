//! The programs that a line for the shell names, as far as they can be read off it.
//!
//! Policy decides each of them. It is no sandbox: a shell can build a name that no reader sees, so a policy that must hold
//! denies the shell itself.

use std::collections::BTreeSet;

/// Words after which another command follows.
const BEFORE_A_COMMAND: &[&str] = &[
    "!", "builtin", "command", "coproc", "do", "doas", "elif", "else", "env", "eval", "exec", "if", "nice",
    "nohup", "setsid", "sudo", "then", "time", "timeout", "until", "while", "xargs", "{",
];

/// Stands for a blank within quotes, which ends no word.
const QUOTED_BLANK: char = '\u{2}';

/// The programs of a line, sorted, by their last name: `/bin/rm` is `rm`.
pub(super) fn programs(line: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for command in commands(line) {
        let mut words = command.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let word = word.trim_matches(['"', '\'', '\\']);
            let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            });
            let is_redirection = word.starts_with(['<', '>']);
            if is_redirection && word.trim_start_matches(['<', '>', '&']).is_empty() {
                words.next();
            }
            // After a word such as `sudo` come its own options and numbers.
            if word.is_empty()
                || is_assignment
                || is_redirection
                || word.starts_with(['-', '#'])
                || is_number(word)
            {
                continue;
            }
            let name = word.rsplit('/').next().unwrap_or(word).replace(['"', '\'', '\\'], "");
            let goes_on = BEFORE_A_COMMAND.contains(&name.as_str());
            if !name.is_empty() {
                found.insert(name);
            }
            if !goes_on {
                break;
            }
        }
    }
    found.into_iter().collect()
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b's' | b'm' | b'h'))
        && word.starts_with(|c: char| c.is_ascii_digit())
}

/// What the reader of a line is within, to go back to at its end.
struct Outer {
    quote: Option<char>,
    command: usize,
    /// What ends the inner part.
    end: char,
    /// Whether the outer command goes on afterwards.
    goes_on: bool,
}

/// The line cut where a command can begin. Quotes hold a text together; a substitution, also one within quotes, is a
/// command of its own, after which the outer one goes on.
fn commands(line: &str) -> Vec<String> {
    let mut commands = vec![String::new()];
    let (mut current, mut quote, mut outer) = (0, None, Vec::<Outer>::new());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let is_substitution = c == '$' && chars.peek() == Some(&'(');
        let ends = |outer: &Vec<Outer>| outer.last().is_some_and(|within| within.end == c);
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => commands[current].push(if c.is_whitespace() { QUOTED_BLANK } else { c }),
            (None, '\\') => commands[current].extend(chars.next().filter(|next| *next != '\n')),
            (None, '`' | ')') | (Some(_), '`') if ends(&outer) => {
                if let Some(within) = outer.pop() {
                    quote = within.quote;
                    current = if within.goes_on { within.command } else { next(&mut commands) };
                }
            }
            (_, '`') => {
                outer.push(Outer { quote: quote.take(), command: current, end: '`', goes_on: true });
                current = next(&mut commands);
            }
            (_, '$') if is_substitution => {
                chars.next();
                outer.push(Outer { quote: quote.take(), command: current, end: ')', goes_on: true });
                current = next(&mut commands);
            }
            (None, '(') => {
                outer.push(Outer { quote: None, command: current, end: ')', goes_on: false });
                current = next(&mut commands);
            }
            (None, '\'' | '"') => quote = Some(c),
            (None, ';' | '|' | '&' | '\n' | ')') => current = next(&mut commands),
            (Some(_), blank) if blank.is_whitespace() => commands[current].push(QUOTED_BLANK),
            (_, c) => commands[current].push(c),
        }
    }
    commands
}

/// Begins a command.
fn next(commands: &mut Vec<String>) -> usize {
    commands.push(String::new());
    commands.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_off_a_line() {
        let check = |line: &str, expected: &[&str]| assert_eq!(programs(line), expected, "{line}");
        check("cargo test -p a", &["cargo"]);
        check("cd a && make -j2 | tee log", &["cd", "make", "tee"]);
        check("A=1 B='x y' /usr/bin/env C=2 python3 -m x", &["env", "python3"]);
        check("sudo -n rm -rf /; true", &["rm", "sudo", "true"]);
        check("if test -f a; then cat a; else ls; fi", &["cat", "else", "fi", "if", "ls", "test", "then"]);
        check("echo \"$(curl x)\" `wget y` 'rm z'", &["curl", "echo", "wget"]);
        check("timeout 5 grep -r \"a;b|c\" . 2>/dev/null", &["grep", "timeout"]);
        check("> out sort < in", &["sort"]);
        check("f() { rm x; }; f", &["f", "rm", "{", "}"]);
        check("(cd a; \"a b\" \"$(id \"$(who)\")\" x) && ls", &["a\u{2}b", "cd", "id", "ls", "who"]);
        check("r\"\"m x\n\\ls", &["ls", "rm"]);
        check("", &[]);
    }
}
