//! Commands within a conversation: a slash, then words.
//!
//! Some steer the conversation. All others are the command line's own, asked in this session: `/settings a.b c` is
//! `quillon settings a.b c`, so there is one grammar and one help.

use quillon_base::{Fault, FaultCode};
use quillon_contract::ask::Resume;

use crate::arguments::{Global, Line, OutputMode, Plan, Planned};
use crate::inputs::Inputs;
use crate::{Offer, manual};

/// Commands that steer the conversation, and what they do.
pub(super) const STEERING: &[(&str, &str)] = &[
    ("/agent swap NAME", "be another agent from now on"),
    ("/clear", "start a new conversation; the old one is kept"),
    (
        "/context [show|add PATH|remove PATH|clear]",
        "what goes with every prompt, and what was read for the last answer and why",
    ),
    ("/conversations", "list the conversations of this folder"),
    ("/help", "show this"),
    ("/model [NAME]", "list models, or choose the one that answers"),
    ("/prompts [WORD]", "list saved prompts; `@name` uses one"),
    ("/quit", "leave, as Ctrl-D does"),
    ("/resume [ID]", "go on with the last conversation of this folder, or another"),
    ("/tools [trust NAME|untrust NAME|trust-all|reset]", "what needs no approval in this session"),
];

/// Commands of the command line that make no sense within a conversation.
const NOT_HERE: &[&str] = &["acp", "chat", "completion", "help", "lsp", "man", "schema", "serve"];

/// A command within a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    /// Show the commands.
    Help,
    /// Leave.
    Quit,
    /// Start a new conversation.
    Clear,
    /// Go on with another conversation.
    Resume(Resume),
    /// Be another agent.
    Agent(String),
    /// What needs no approval.
    Tools(ToolsAct),
    /// What goes with every prompt.
    Context(ContextAct),
    /// List saved prompts.
    Prompts(String),
    /// What was used, and what was read for the last answer.
    Usage,
    /// A command of the command line.
    Command(Vec<String>),
}

/// What to do about tools.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ToolsAct {
    Show,
    Trust(Vec<String>),
    Untrust(Vec<String>),
    TrustAll,
    Reset,
}

/// What to do about context.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ContextAct {
    Show,
    Add(Vec<String>),
    Remove(Vec<String>),
    Clear,
}

/// Whether a text is a command and not, say, a path.
pub(crate) fn is_slash(text: &str) -> bool {
    let word = text.strip_prefix('/').map(|rest| rest.split_whitespace().next().unwrap_or_default());
    word.is_some_and(|word| word.chars().all(|c| c.is_ascii_alphabetic() || c == '-' || c == '?'))
        && !text.starts_with("/ ")
}

/// The words of a line; quotes hold a word together, a backslash takes the meaning of what follows.
pub(crate) fn split_words(line: &str) -> Result<Vec<String>, Fault> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(quote) = quote {
        return Err(Fault::new(FaultCode::InputInvalid, format!("a quote `{quote}` is not closed")));
    }
    words.extend(word);
    Ok(words)
}

impl Slash {
    /// Reads a command.
    pub(crate) fn parse(text: &str, offer: &Offer) -> Result<Self, Fault> {
        let words = split_words(text.strip_prefix('/').unwrap_or(text))?;
        let (name, rest) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
        Ok(match name {
            "" | "help" | "?" => Self::Help,
            "quit" | "q" | "exit" => Self::Quit,
            "clear" => Self::Clear,
            "conversations" => Self::Command(["conversation", "list", "--here"].map(str::to_owned).to_vec()),
            "resume" => Self::Resume(resume(rest)?),
            "tools" => Self::Tools(tools(rest)?),
            "context" => Self::Context(context(rest)?),
            "prompts" => {
                Self::Prompts(rest.first().filter(|word| *word != "list").cloned().unwrap_or_default())
            }
            "usage" if rest.is_empty() => Self::Usage,
            "agent" => match rest {
                [act, agent] if ["swap", "switch", "set"].contains(&act.as_str()) => {
                    Self::Agent(agent.clone())
                }
                _ => Self::Command(words),
            },
            "model" => match rest {
                [model] if !["list", "use"].contains(&model.as_str()) && !model.starts_with('-') => {
                    Self::Command(vec!["model".to_owned(), "use".to_owned(), model.clone()])
                }
                _ => Self::Command(words),
            },
            name if command_names(offer).iter().any(|known| known == name) => Self::Command(words),
            name => return Err(unknown(name, offer)),
        })
    }
}

fn resume(words: &[String]) -> Result<Resume, Fault> {
    let invalid = |error: quillon_base::NameError| {
        Fault::new(FaultCode::InputInvalid, error.to_string()).hint("`/conversations` lists them")
    };
    words.first().map_or(Ok(Resume::Last), |id| id.parse().map(Resume::Conversation).map_err(invalid))
}

fn tools(words: &[String]) -> Result<ToolsAct, Fault> {
    match words.split_first() {
        None => Ok(ToolsAct::Show),
        Some((act, [])) if act == "trust-all" => Ok(ToolsAct::TrustAll),
        Some((act, [])) if act == "reset" => Ok(ToolsAct::Reset),
        Some((act, tools @ [_, ..])) if act == "trust" => Ok(ToolsAct::Trust(tools.to_vec())),
        Some((act, tools @ [_, ..])) if act == "untrust" => Ok(ToolsAct::Untrust(tools.to_vec())),
        Some(_) => Err(usage("/tools")),
    }
}

fn context(words: &[String]) -> Result<ContextAct, Fault> {
    match words.split_first() {
        None => Ok(ContextAct::Show),
        Some((act, [])) if act == "show" => Ok(ContextAct::Show),
        Some((act, [])) if act == "clear" => Ok(ContextAct::Clear),
        Some((act, paths @ [_, ..])) if act == "add" => Ok(ContextAct::Add(paths.to_vec())),
        Some((act, paths @ [_, ..])) if act == "remove" || act == "rm" => {
            Ok(ContextAct::Remove(paths.to_vec()))
        }
        Some(_) => Err(usage("/context")),
    }
}

fn usage(command: &str) -> Fault {
    let line = STEERING.iter().find(|(line, _)| line.starts_with(command)).map_or(command, |(line, _)| line);
    Fault::new(FaultCode::InputInvalid, format!("`{command}` does not take these words"))
        .hint(format!("use `{line}`"))
}

fn unknown(name: &str, offer: &Offer) -> Fault {
    let commands = command_names(offer);
    let steering = STEERING.iter().filter_map(|(line, _)| line[1..].split(' ').next());
    let nearest = quillon_text::nearest(name, commands.iter().map(String::as_str).chain(steering));
    let hint = match nearest {
        Some(nearest) => format!("did you mean `/{nearest}`?"),
        None => "`/help` lists the commands".to_owned(),
    };
    Fault::new(FaultCode::InputInvalid, format!("there is no command `/{name}`")).hint(hint)
}

/// The names of the commands of the command line that can be asked within a conversation.
pub(super) fn command_names(offer: &Offer) -> Vec<String> {
    let command = manual::command(offer);
    let names = command.get_subcommands().map(|command| command.get_name().to_owned());
    names.filter(|name| !NOT_HERE.contains(&name.as_str())).collect()
}

/// The commands of a conversation, with what they do.
pub(crate) fn help(offer: &Offer) -> String {
    let mut text = String::from("In a conversation:\n");
    for (line, does) in STEERING {
        text.push_str(&format!("  {line}\n      {does}\n"));
    }
    text.push_str("\nCommands of `quillon`, asked in this session:\n");
    let command = manual::command(offer);
    for command in command.get_subcommands().filter(|command| !NOT_HERE.contains(&command.get_name())) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("  /{:<14} {about}\n", command.get_name()));
    }
    text.push_str(
        "\n@path hands over a file or folder, @path:3-7 lines of it. A backslash at the end, Alt-Enter or Ctrl-J goes\n\
         on in a new line. Tab completes. Ctrl-C stops an answer.\n",
    );
    text
}

/// Why a command was not planned.
#[derive(Debug)]
pub(crate) enum NotPlanned {
    Fault(Fault),
    /// Help, or what is wrong with the words.
    Text(String),
}

/// The ask that a command is.
pub(crate) fn plan(words: &[String], offer: &Offer, inputs: &mut Inputs<'_>) -> Result<Planned, NotPlanned> {
    let line = ["quillon".to_owned()].into_iter().chain(words.iter().cloned());
    let matches = manual::command(offer).try_get_matches_from(line);
    let text =
        |error: clap::Error| NotPlanned::Text(quillon_text::terminal_safe(&error.to_string()).into_owned());
    let line = matches
        .and_then(|matches| <Line as clap::FromArgMatches>::from_arg_matches(&matches))
        .map_err(text)?;
    let global: Global = line.global;
    let not_here = || {
        Fault::new(
            FaultCode::InputInvalid,
            format!("`/{}` cannot be asked within a conversation", words.join(" ")),
        )
    };
    let command = line.command.ok_or_else(|| NotPlanned::Fault(not_here()))?;
    match command.plan(&global, inputs).map_err(NotPlanned::Fault)? {
        Plan::Ask(planned) => {
            let output = planned.output.or((global.output != OutputMode::Text).then_some(global.output));
            Ok(Planned { output, ..*planned })
        }
        Plan::Chat(_) | Plan::Other(_) | Plan::Here(_) => Err(NotPlanned::Fault(not_here())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Offer = Offer { verbs: &[], surfaces: &[] };

    #[test]
    fn tells_commands_from_paths() {
        for command in ["/help", "/", "/?", "/settings a b", "/set-default"] {
            assert!(is_slash(command), "{command}");
        }
        for text in ["/etc/passwd", "/etc/passwd is what?", "a /help", "/ a", "/a.b", "//"] {
            assert!(!is_slash(text), "{text}");
        }
    }

    #[test]
    fn splits_words_as_a_shell_does() {
        let check =
            |line: &str, expected: &[&str]| assert_eq!(split_words(line).unwrap(), expected, "{line}");
        check("", &[]);
        check(" a  b ", &["a", "b"]);
        check("a 'b c' \"d \\\" e\" f\\ g ''", &["a", "b c", "d \" e", "f g", ""]);
        check("'a\\'", &["a\\"]);
        assert!(split_words("a 'b").is_err());
    }

    #[test]
    fn reads_commands() {
        let check = |text: &str, expected: Slash| {
            assert_eq!(Slash::parse(text, &NOTHING).unwrap(), expected, "{text}")
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        check("/", Slash::Help);
        check("/exit", Slash::Quit);
        check("/clear", Slash::Clear);
        check("/resume", Slash::Resume(Resume::Last));
        check("/agent swap reviewer", Slash::Agent("reviewer".into()));
        check("/agent list", Slash::Command(words(&["agent", "list"])));
        check("/model", Slash::Command(words(&["model"])));
        check("/model m-1", Slash::Command(words(&["model", "use", "m-1"])));
        check("/model list", Slash::Command(words(&["model", "list"])));
        check("/tools trust a b", Slash::Tools(ToolsAct::Trust(words(&["a", "b"]))));
        check("/context add 'a b'", Slash::Context(ContextAct::Add(words(&["a b"]))));
        check("/conversations", Slash::Command(words(&["conversation", "list", "--here"])));
        check("/usage", Slash::Usage);
        check("/usage --output json", Slash::Command(words(&["usage", "--output", "json"])));
    }

    #[test]
    fn unknown_commands_are_refused_with_the_nearest() {
        let check = |text: &str, hint: &str| {
            let fault = Slash::parse(text, &NOTHING).unwrap_err();
            assert_eq!((fault.code, fault.hint.as_deref()), (FaultCode::InputInvalid, Some(hint)), "{text}");
        };
        check("/usge", "did you mean `/usage`?");
        check("/quti", "did you mean `/quit`?");
        check("/checkpoint", "`/help` lists the commands");
        check("/chat", "`/help` lists the commands");
        check("/tools trust", "use `/tools [trust NAME|untrust NAME|trust-all|reset]`");
        check("/resume x", "`/conversations` lists them");
    }
}
