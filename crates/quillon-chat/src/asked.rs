//! What is looked for: the question, with what was handed over and with what it goes on from.

use quillon_retrieve::Query;

use crate::context::Context;
use crate::kept::Turn;

/// Words by which a question points at what was said before.
const POINTERS: &[&str] =
    &["he", "her", "him", "it", "its", "she", "that", "their", "them", "these", "they", "this", "those"];

/// The query of a question.
pub(crate) fn query(question: &str, context: &Context, before: &[Turn]) -> Query {
    let mut query = Query::parse(question);
    for symbol in &context.symbols {
        query = query.about(symbol);
    }
    // What was handed over belongs to the question: a pasted error names the places that matter.
    for given in context.texts.iter().chain(context.files.iter().filter(|given| given.is_selection())) {
        query = query.given(&given.text);
    }
    match before.last() {
        Some(last) if goes_on(question, &query) => go_on(question, query, last),
        _ => query,
    }
}

/// Whether a question says too little by itself, or points back.
fn goes_on(question: &str, query: &Query) -> bool {
    let says_little = query.terms.iter().filter(|term| term.weight >= 1.0).count() < 2;
    let begins_so = ["and ", "also ", "but ", "or ", "what about "].iter();
    let lower = question.trim_start().to_lowercase();
    query.names.is_empty()
        && query.files.is_empty()
        && (points_back(&lower)
            || (says_little && begins_so.into_iter().any(|start| lower.starts_with(start))))
}

fn points_back(question: &str) -> bool {
    question
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| POINTERS.contains(&word.to_lowercase().as_str()))
}

fn go_on(question: &str, query: Query, last: &Turn) -> Query {
    let query = query.given(&last.question);
    match &last.subject {
        Some(subject) if points_back(question) => query.about(subject),
        _ => query,
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::ConversationId;

    use super::*;

    fn turn(question: &str, subject: Option<&str>) -> Turn {
        let conversation: ConversationId = "cnv_00000000000000000000000000".parse().unwrap();
        let subject = subject.map(str::to_owned);
        Turn { subject, question: question.into(), ..Turn::new(conversation, 0) }
    }

    /// The words that are looked for after another question, with the names.
    fn check(question: &str, expected: &str) {
        let before = [turn("where is the retry policy?", Some("RetryPolicy"))];
        let query = query(question, &Context::default(), &before);
        let mut found: Vec<String> = query.terms.iter().map(|term| term.word.clone()).collect();
        found.extend(query.names.iter().map(|name| format!("`{}`", name.name)));
        assert_eq!(found.join(" "), expected, "{question}");
    }

    #[test]
    fn a_question_goes_on_where_it_points_back() {
        check("who calls it?", "calls retry policy `RetryPolicy`");
        check("and the depot?", "depot retry policy");
        check("where is the depot opened?", "depot opened");
        check("what about `Queue` in it?", "queue `Queue`");
    }
}
