//! Streams as real servers sent them, or might: files of `fixtures/`, a folder for each wire.
//!
//! A file begins with comments that say what it is and what must come of it; the rest goes over the wire as it stands.
//!
//! ```text
//! : what it shows, in a sentence
//! : expects text=hello stop=finished usage=7/1/0
//! : status 200
//! : type text/event-stream
//! : ending whole
//! ```

use std::fmt::Write;

use quillon_model::ModelEvent;

use crate::{Ending, Reply, Wire};

/// One stream, and what must come of it.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The wire that it goes over.
    pub wire: Wire,
    /// The name of its file.
    pub name: &'static str,
    /// What goes over the wire.
    pub reply: Reply,
    /// What must come of it, as [`summary`] says it.
    pub expects: String,
}

macro_rules! fixtures {
    ($($wire:ident $folder:literal: $($name:literal),*;)*) => {
        const FILES: &[(Wire, &str, &str)] = &[$($(
            (Wire::$wire, $name, include_str!(concat!("../fixtures/", $folder, "/", $name, ".sse"))),
        )*)*];
    };
}

fixtures! {
    Chat "chat": "azure_filter_first", "cut_in_call", "done_without_reason", "error_as_status_200", "error_in_stream",
        "half_call", "html", "length_in_call", "lm_studio_error_event", "llama_error_field", "llama_jinja",
        "lying_usage", "many_calls", "not_json", "ollama_calls_at_one_place", "ollama_no_ids", "overlong", "plain_text_error",
        "no_done", "tools_wanted_none_named", "vllm_reasoning";
    Messages "messages": "cache_counts", "cut_before_stop", "empty_call", "error_in_stream", "half_call", "html", "lying_usage",
        "max_tokens_in_call", "not_json", "overloaded", "prompt_too_long", "redacted_thinking", "refusal", "unknown_events",
        "unknown_model";
    Responses "responses": "arguments_only_at_the_end", "cut_off", "error_event", "failed", "half_call", "incomplete_in_call",
        "llama_completed_at_its_limit", "not_json", "quota", "refusal", "unknown_events";
}

/// Every fixture.
///
/// # Panics
/// When a file does not say what must come of it.
#[must_use]
pub fn fixtures() -> Vec<Fixture> {
    FILES.iter().map(|(wire, name, text)| parse(*wire, name, text)).collect()
}

fn parse(wire: Wire, name: &'static str, text: &str) -> Fixture {
    let mut reply = Reply::default();
    let mut expects = None;
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n').filter(|(line, _)| line.starts_with(": ")) {
        rest = after;
        let line = &line[2..];
        let (word, value) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "expects" => expects = Some(value.to_owned()),
            "status" => reply.status = value.parse().expect("a status"),
            "type" => drop(reply.headers.insert("content-type".into(), value.into())),
            "ending" => {
                reply.ending = match value {
                    "cut" => Ending::Cut,
                    "short" => Ending::Short,
                    other => panic!("{name}: there is no ending `{other}`"),
                };
            }
            _ => {}
        }
    }
    // An empty line after the comments is for the reader.
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    reply.chunks = repeated(rest).split_inclusive("\n\n").map(str::to_owned).collect();
    let expects = expects.unwrap_or_else(|| panic!("{name} does not say what must come of it"));
    Fixture { wire, name, reply, expects }
}

/// Repeats blocks of `: repeat N` up to `: end`, with `$n` counted, so that a thousand calls are a short file.
fn repeated(text: &str) -> String {
    let Some((before, rest)) = text.split_once(": repeat ") else { return text.to_owned() };
    let (count, rest) = rest.split_once('\n').expect("a count and a line end");
    let (block, after) = rest.split_once(": end\n").expect("an end of what is repeated");
    let count: usize = count.trim().parse().expect("a count");
    let many: String = (0..count).map(|n| block.replace("$n", &n.to_string())).collect();
    format!("{before}{many}{after}")
}

/// What came, on one line: texts joined, then calls, usage and the end.
#[must_use]
pub fn summary<'a, E: std::fmt::Display + 'a>(
    events: impl IntoIterator<Item = &'a Result<ModelEvent, E>>,
) -> String {
    let (mut text, mut reasoning, mut rest) = (String::new(), String::new(), String::new());
    for event in events {
        let _ = match event {
            Ok(ModelEvent::Text { text: more }) => write!(text, "{more}"),
            Ok(ModelEvent::Reasoning { text: more, seal }) => {
                reasoning += more;
                seal.iter().try_for_each(|seal| write!(reasoning, "<{seal}>"))
            }
            Ok(ModelEvent::ToolCall { id, name, arguments }) => write!(rest, " call={id}:{name}{arguments}"),
            Ok(ModelEvent::Usage(usage)) => {
                write!(rest, " usage={}/{}/{}", usage.input, usage.output, usage.cached)
            }
            Ok(ModelEvent::Stop { reason }) => {
                let reason = serde_json::to_value(reason).unwrap_or_default();
                write!(rest, " stop={}", reason.as_str().unwrap_or_default())
            }
            Err(fault) => {
                // The code stands in brackets at the end of what a fault says.
                let said = fault.to_string();
                let code =
                    said.rsplit_once('[').map_or(said.as_str(), |(_, code)| code.trim_end_matches(']'));
                write!(rest, " fault={code}")
            }
        };
    }
    let part =
        |name: &str, said: &str| if said.is_empty() { String::new() } else { format!(" {name}={said}") };
    format!("{}{}{rest}", part("reasoning", &reasoning), part("text", &text)).trim_start().to_owned()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test counts the files of its crate")]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_in_the_list_and_says_what_must_come_of_it() {
        assert!(fixtures().len() > 40);
        assert!(fixtures().iter().all(|fixture| fixture.expects.contains('=')));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
        let mut count = 0;
        for wire in std::fs::read_dir(folder).unwrap() {
            count += std::fs::read_dir(wire.unwrap().path()).unwrap().count();
        }
        assert_eq!(count, FILES.len());
    }

    #[test]
    fn what_is_repeated_is_counted() {
        assert_eq!(repeated("a\n: repeat 2\nb$n\n: end\nc"), "a\nb0\nb1\nc");
    }
}
