//! Questions that an answer waits on, asked at the terminal.

use quillon_base::{Fault, FaultCode};
use quillon_contract::Answer;
use quillon_contract::event::{Expected, Question};

use crate::editor::{Typed, Wanted, WantedKind};
use crate::output::Output;
use crate::session::Desk;

/// How often a question is put before the answer counts as no.
const TRIES_MAX: u32 = 3;

/// What came of a question.
#[derive(Debug)]
pub(crate) enum Reply {
    /// An answer.
    Answer(Answer),
    /// The person wants the work to stop.
    Stop,
    /// It could not be put.
    Fault(Fault),
}

impl Reply {
    pub(crate) const fn deny() -> Self {
        Self::Answer(Answer::Deny)
    }
}

/// The fault of a question that nobody is there to answer.
pub(crate) fn nobody_there(question: &Question) -> Fault {
    let what = match &question.expected {
        Expected::Approval { action, .. } => {
            format!("`{action}` needs an approval, and nobody is there to give it")
        }
        Expected::Choice { .. } | Expected::Value { .. } => {
            format!("nobody is there to answer `{}`", question.text)
        }
    };
    let hint = match question.expected {
        Expected::Value { secret: true, .. } => "run it in a terminal, or pipe it in on standard input",
        _ => "run it in a terminal, or say with `--trust-tools` what needs no approval",
    };
    Fault::new(FaultCode::PolicyRefused, what).hint(hint)
}

/// Asks until there is an answer that fits, but not for ever.
pub(crate) async fn ask(question: &Question, output: &mut Output, desk: &Desk) -> Reply {
    let wanted = Wanted { prompt: prompt(&question.expected), kind: kind(&question.expected) };
    for _ in 0..TRIES_MAX {
        let text = match desk.read(wanted.clone(), None).await {
            Ok(Typed::Text(text)) => text,
            Ok(Typed::Interrupt) => return Reply::Stop,
            Ok(Typed::End) => return Reply::deny(),
            Err(fault) => return Reply::Fault(fault),
        };
        match understood(&question.expected, &text) {
            Ok(answer) => return Reply::Answer(answer),
            Err(help) => output.beside(&format!("note: {help}\n")),
        }
    }
    Reply::deny()
}

fn kind(expected: &Expected) -> WantedKind {
    match expected {
        Expected::Value { secret: true, .. } => WantedKind::Secret,
        _ => WantedKind::Answer,
    }
}

fn prompt(expected: &Expected) -> String {
    match expected {
        Expected::Approval { may_trust: true, .. } => {
            "allow it? [y]es, [n]o, [t]rust for this session: ".to_owned()
        }
        Expected::Approval { may_trust: false, .. } => "allow it? [y]es, [n]o: ".to_owned(),
        Expected::Choice { options } => format!("choose 1 to {}: ", options.len()),
        Expected::Value { label, .. } => format!("{}: ", quillon_render::one_line(label)),
    }
}

/// The answer that a text is, or what would be one.
fn understood(expected: &Expected, text: &str) -> Result<Answer, String> {
    let word = text.trim().to_lowercase();
    match expected {
        Expected::Approval { may_trust, .. } => match word.as_str() {
            "y" | "yes" => Ok(Answer::Approve),
            "n" | "no" => Ok(Answer::Deny),
            "t" | "trust" if *may_trust => Ok(Answer::Trust),
            _ => Err("answer `y` or `n`; Ctrl-C stops the work".to_owned()),
        },
        Expected::Choice { options } => {
            let by_number = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let by_name = || options.iter().position(|option| option.trim().to_lowercase() == word);
            let option = by_number.filter(|option| *option < options.len()).or_else(by_name);
            let option = option.and_then(|option| u32::try_from(option).ok());
            option
                .map(|option| Answer::Choose { option })
                .ok_or_else(|| format!("answer 1 to {}", options.len()))
        }
        Expected::Value { .. } if text.is_empty() => {
            Err("a value is needed; Ctrl-C stops the work".to_owned())
        }
        Expected::Value { .. } => Ok(Answer::Value { text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        let expected = |may_trust| Expected::Approval { action: "a".into(), resource: "r".into(), may_trust };
        let check = |text, answer: Option<Answer>| {
            assert_eq!(understood(&expected(true), text).ok(), answer, "{text:?}")
        };
        check("y", Some(Answer::Approve));
        check(" YES ", Some(Answer::Approve));
        check("no", Some(Answer::Deny));
        check("t", Some(Answer::Trust));
        for unclear in ["", "ye", "yy", "1", "ok", "y n"] {
            check(unclear, None);
        }
        assert!(understood(&expected(false), "t").is_err());
    }

    #[test]
    fn a_choice_is_a_number_or_the_words_of_an_option() {
        let expected = Expected::Choice { options: vec!["one".into(), "Two".into()] };
        let check = |text, option: Option<u32>| {
            assert_eq!(
                understood(&expected, text).ok(),
                option.map(|option| Answer::Choose { option }),
                "{text:?}"
            );
        };
        check("1", Some(0));
        check("2", Some(1));
        check("two", Some(1));
        for bad in ["0", "3", "-1", "", "three"] {
            check(bad, None);
        }
    }
}
