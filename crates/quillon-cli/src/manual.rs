//! What `--help`, manual pages and completions say. The words come from the manifests of the verbs, so that there is one
//! source; what this build cannot answer is marked.

use clap::{Command, CommandFactory};
use quillon_contract::Manifest;

use crate::Offer;
use crate::arguments::{Line, OtherSurface, verbs_of};

/// What stands behind a command that this build cannot answer.
const MISSING: &str = "(not in this build)";

/// The whole command line, with its help.
pub(crate) fn command(offer: &Offer) -> Command {
    let command = Line::command();
    let program = command.get_name().to_owned();
    let command = command.mut_subcommands(|command| decorate(command, "", offer)).after_help(
        "Without a command, a conversation about this folder begins; text on standard input is answered once.\n\
         Exit codes: 0 done, 1 findings or refused, 2 usage, 3 fault, 130 stopped by Ctrl-C.",
    );
    command.bin_name(program)
}

fn decorate(command: Command, group: &str, offer: &Offer) -> Command {
    let name = command.get_name();
    let words = if group.is_empty() { name.to_owned() } else { format!("{group} {name}") };
    let manifests: Vec<&Manifest> = verbs_of(&words).iter().map(|verb| verb.manifest()).collect();
    let own = command.get_about().map(ToString::to_string);
    let about =
        own.or_else(|| manifests.first().map(|manifest| capitalised(manifest.summary))).unwrap_or_default();
    let command = command.mut_subcommands(|command| decorate(command, &words, offer));
    let about = if is_missing(&command, &words, offer) { format!("{about} {MISSING}") } else { about };
    // Help that is the same for `-h` and `--help` has no long form, which would double its length.
    let mut more: Vec<String> = manifests.iter().map(|manifest| manifest.help.to_owned()).collect();
    more.extend(examples(&manifests));
    let command = command.about(about);
    if more.is_empty() { command } else { command.after_help(more.join("\n\n")) }
}

/// Whether this build cannot answer a command: none of its verbs, or nothing in its group.
fn is_missing(command: &Command, words: &str, offer: &Offer) -> bool {
    let verbs = verbs_of(words);
    if !verbs.is_empty() {
        return !verbs.iter().any(|verb| offer.verbs.contains(verb));
    }
    let surfaces = [
        OtherSurface::Lsp,
        OtherSurface::Acp,
        OtherSurface::Mcp,
        OtherSurface::Server { config: None, check: false },
    ];
    if surfaces.iter().any(|surface| surface.command() == words) {
        return !offer.surfaces.contains(&words);
    }
    let mut parts = command.get_subcommands().peekable();
    let says_missing =
        |part: &Command| part.get_about().is_some_and(|about| about.to_string().ends_with(MISSING));
    parts.peek().is_some() && parts.all(says_missing)
}

fn examples(manifests: &[&Manifest]) -> Option<String> {
    let examples = manifests.iter().flat_map(|manifest| manifest.examples);
    let lines: Vec<String> =
        examples.map(|example| format!("  {}\n      {}", example.line, example.does)).collect();
    (!lines.is_empty()).then(|| format!("Examples:\n{}", lines.join("\n")))
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A manual page (roff), of the program or of a command.
pub(crate) fn page(offer: &Offer, words: &[String]) -> Option<Vec<u8>> {
    let mut whole = command(offer);
    whole.build();
    let mut found = &whole;
    for word in words {
        found = found.find_subcommand(word)?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(found.clone()).render(&mut page).ok()?;
    Some(page)
}

/// The completions of a shell.
pub(crate) fn completions(offer: &Offer, shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(offer), "quillon", &mut script);
    script
}

/// The contract, as JSON Schema.
pub(crate) fn schema() -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(&quillon_contract::schema()).unwrap_or_default();
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quillon_contract::{MANIFESTS, Verb};

    use super::*;
    use crate::arguments::ROWS;

    /// Commands that ask nothing.
    const LOCAL: &[&str] = &["acp", "completion", "lsp", "man", "mcp serve", "schema", "serve"];

    const ALL: Offer = Offer { verbs: &[Verb::Chat, Verb::SettingsRead], surfaces: &["lsp"] };

    fn leaves(command: &Command, group: &str, found: &mut BTreeSet<String>) {
        for part in command.get_subcommands().filter(|part| part.get_name() != "help") {
            let words = format!("{group} {}", part.get_name()).trim_start().to_owned();
            if part.has_subcommands() {
                leaves(part, &words, found);
            } else {
                found.insert(words);
            }
        }
    }

    fn find<'c>(command: &'c Command, words: &str) -> &'c Command {
        words.split(' ').fold(command, |command, word| {
            command.find_subcommand(word).unwrap_or_else(|| panic!("there is no command `{words}`"))
        })
    }

    #[test]
    fn the_command_line_is_sound() {
        command(&ALL).debug_assert();
    }

    #[test]
    fn every_verb_has_a_command_and_every_command_a_verb() {
        let rows: Vec<_> = ROWS.iter().copied().flatten().collect();
        for subject in ROWS {
            assert!(subject.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted: {:?}", subject[0]);
        }
        let asked: BTreeSet<Verb> = rows.iter().flat_map(|(_, verbs)| *verbs).copied().collect();
        for manifest in MANIFESTS {
            assert!(asked.contains(&manifest.verb), "{} has no command", manifest.name);
        }
        let whole = command(&ALL);
        for (words, _) in &rows {
            find(&whole, words);
        }
        let mut found = BTreeSet::new();
        leaves(&whole, "", &mut found);
        for words in &found {
            assert_ne!(verbs_of(words).is_empty(), !LOCAL.contains(&words.as_str()), "{words}");
        }
    }

    #[test]
    fn help_says_what_the_manifest_says_and_what_this_build_cannot() {
        let mut whole = command(&ALL);
        whole.build();
        for (words, verbs) in ROWS.iter().copied().flatten() {
            let text = find(&whole, words).clone().term_width(10_000).render_help().to_string();
            for manifest in verbs.iter().map(|verb| verb.manifest()) {
                assert!(text.contains(manifest.help), "{words}: {text}");
                let shown = |example: &quillon_contract::Example| {
                    text.contains(example.line) && text.contains(example.does)
                };
                assert!(manifest.examples.iter().all(shown), "{words}: {text}");
            }
            let answered = verbs.iter().any(|verb| ALL.verbs.contains(verb));
            assert_eq!(
                text.contains(MISSING) && !text.contains("Commands:"),
                !answered && !text.contains("Commands:"),
                "{words}"
            );
        }
        let about = |words: &str| find(&whole, words).get_about().unwrap().to_string();
        assert_eq!(about("chat"), "Ask about the code in this folder");
        assert_eq!(about("settings"), "Show or change settings");
        assert_eq!(about("settings set"), "Set a value (not in this build)");
        assert!(about("audit").ends_with(MISSING), "nothing in the group is answered");
        assert!(about("serve").ends_with(MISSING));
        assert!(!about("lsp").ends_with(MISSING));
    }

    #[test]
    fn pages_and_completions_name_the_commands() {
        let text = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            page(&ALL, &words).map(|page| String::from_utf8(page).unwrap())
        };
        assert!(text(&[]).unwrap().contains("quillon\\-chat"));
        let tail = text(&["audit", "tail"]).unwrap();
        assert!(tail.contains("\\-\\-count") && tail.contains("Examples"), "{tail}");
        assert_eq!(text(&["nonsense"]), None);
        for shell in <clap_complete::Shell as clap::ValueEnum>::value_variants() {
            let script = String::from_utf8(completions(&ALL, *shell)).unwrap();
            assert!(script.contains("conversation") && script.contains("fail-on"), "{shell}");
        }
    }
}
