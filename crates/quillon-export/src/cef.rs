//! Common Event Format, version 0 of the format's own header: `CEF:0|vendor|product|version|class|name|severity|extension`.
//!
//! In the header `|` and `\` are escaped, in the extension `=`, `\` and ends of lines. A value can therefore never start a
//! field of its own, whatever someone typed.

use crate::fact::{Fact, Status};

/// The line, without its end.
pub(crate) fn line(fact: &Fact) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let (_, operation) = fact.operation();
    let head = ["Quillon", "quillon", version, &fact.action, operation].map(header).join("|");
    let fields: Vec<_> =
        fields(fact).into_iter().map(|(key, value)| format!("{key}={}", value_of(&value))).collect();
    format!("CEF:0|{head}|{}|{}", severity(fact), fields.join(" "))
}

fn severity(fact: &Fact) -> u8 {
    let is_refused = fact.decided.as_ref().is_some_and(|decided| !decided.allowed);
    match fact.status {
        Status::Failure if is_refused => 6,
        Status::Failure => 5,
        _ if fact.reads_only => 1,
        _ => 3,
    }
}

fn fields(fact: &Fact) -> Vec<(&'static str, String)> {
    let outcome = match fact.status {
        Status::UnderWay => "started",
        Status::Success => "success",
        Status::Failure => "failure",
    };
    let mut fields = vec![
        ("rt", fact.at.as_millis().to_string()),
        ("externalId", fact.index.to_string()),
        ("act", fact.action.clone()),
        ("outcome", outcome.to_owned()),
        ("msg", fact.what.clone()),
        ("cs1Label", "id".into()),
        ("cs1", fact.id.clone()),
        ("cs2Label", "phase".into()),
        ("cs2", fact.phase.name().into()),
    ];
    if let Some(by) = &fact.by {
        fields.push(("suser", by.principal.to_string()));
        fields.push(("app", by.surface.name().to_owned()));
        fields.push(("cs3Label", "proof".into()));
        fields.push(("cs3", by.proof.clone()));
    }
    if let Some(resource) = &fact.resource {
        fields.push(("request", resource.clone()));
    }
    if let Some(decided) = &fact.decided {
        fields.push(("cs4Label", "decidedBy".into()));
        fields.push(("cs4", decided.by.clone()));
    }
    if let Some(error) = &fact.error {
        fields.push(("reason", error.clone()));
    }
    fields.push(("cs5Label", "record".into()));
    fields.push(("cs5", fact.raw.clone()));
    fields
}

fn header(text: &str) -> String {
    // A header has no escape for an end of line; it would end the event.
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\r', '\n'], " ")
}

fn value_of(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_what_would_start_a_field_or_a_line() {
        assert_eq!(header("a|b\\c\nd"), "a\\|b\\\\c d");
        assert_eq!(value_of("a=b\\c\nd\re|f"), "a\\=b\\\\c\\nd\\re|f");
    }

    /// Reads a value back as a reader of CEF does.
    fn unescape(text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text.chars());
        while let Some(character) = rest.next() {
            match (character, character == '\\') {
                (_, false) => out.push(character),
                _ => match rest.next() {
                    Some('n') => out.push('\n'),
                    Some('r') => out.push('\r'),
                    Some(other) => out.push(other),
                    None => {}
                },
            }
        }
        out
    }

    proptest! {
        #[test]
        fn any_value_reads_back_and_holds_no_bare_equals(text in "\\PC*[\\n\\r=|\\\\a]{0,8}\\PC*") {
            let escaped = value_of(&text);
            prop_assert_eq!(unescape(&escaped), text);
            prop_assert!(!escaped.contains(['\n', '\r']));
            let bare = escaped.replace("\\\\", "").replace("\\=", "");
            prop_assert!(!bare.contains('='));
        }
    }
}
