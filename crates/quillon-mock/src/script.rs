//! What is answered, and to what. A script file is JSON: [`SCRIPT_EXAMPLE`] is one.

use std::collections::BTreeMap;

use quillon_model::ModelEvent;
use serde::Deserialize;

use crate::{Gate, Wire};

/// A script, as a file holds it.
pub const SCRIPT_EXAMPLE: &str = r#"{
  "version": 1,
  "wire": "chat",
  "key": "the key that requests must carry",
  "repeat": false,
  "replies": [
    {
      "expects": ["words that the request must hold"],
      "refuses": ["words that it must not hold"],
      "delay_ms": 0,
      "events": [
        { "type": "text", "text": "hello" },
        { "type": "usage", "input": 7, "output": 1 },
        { "type": "stop", "reason": "finished" }
      ]
    },
    { "status": 429, "headers": { "retry-after": "1" }, "chunks": ["{\"error\":{}}"] },
    { "chunks": ["data: so far\n\n"], "ending": "cut" },
    { "silent": true, "ending": "hang" }
  ]
}"#;
/// The version of the format.
const VERSION: u32 = 1;
/// No chunk is held back for longer, in milliseconds.
const DELAY_MS_MAX: u64 = 600_000;

/// How an answer ends after its last chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// As it should.
    #[default]
    Whole,
    /// The connection is closed in the middle.
    Cut,
    /// Nothing more comes, and the connection stays open.
    Hang,
    /// Fewer bytes come than the head promised.
    Short,
}

/// One answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reply {
    /// What the request must hold.
    pub expects: Vec<String>,
    /// What it must not hold.
    pub refuses: Vec<String>,
    /// What passes before each chunk, in milliseconds.
    pub delay_ms: u64,
    /// The answer, in no wire's format.
    pub events: Vec<ModelEvent>,
    /// The answer as it goes over the wire; stands for `events`.
    pub chunks: Vec<String>,
    /// The status.
    pub status: u16,
    /// Headers beside those that an answer has anyway; a `content-type` here stands for the usual one.
    pub headers: BTreeMap<String, String>,
    /// How it ends.
    pub ending: Ending,
    /// Whether nothing at all is answered: the connection is closed at once, or held.
    pub silent: bool,
    /// Holds each chunk.
    #[serde(skip)]
    pub gate: Option<Gate>,
}

impl Default for Reply {
    fn default() -> Self {
        Self {
            expects: Vec::new(),
            refuses: Vec::new(),
            delay_ms: 0,
            events: Vec::new(),
            chunks: Vec::new(),
            status: 200,
            headers: BTreeMap::new(),
            ending: Ending::Whole,
            silent: false,
            gate: None,
        }
    }
}

impl Reply {
    /// An answer of these events.
    #[must_use]
    pub fn of(events: impl IntoIterator<Item = ModelEvent>) -> Self {
        Self { events: events.into_iter().collect(), ..Self::default() }
    }

    /// An answer of these bytes, a chunk each.
    #[must_use]
    pub fn chunks(chunks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { chunks: chunks.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// A refusal with a status and a JSON body.
    #[must_use]
    pub fn refusal(status: u16, body: impl Into<String>) -> Self {
        let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        Self { status, headers, ..Self::chunks([body]) }
    }

    /// No answer: the connection is held until the other side gives up.
    #[must_use]
    pub fn silence() -> Self {
        Self { silent: true, ending: Ending::Hang, ..Self::default() }
    }

    /// No answer: the connection is closed once the request has come.
    #[must_use]
    pub fn slammed() -> Self {
        Self { silent: true, ending: Ending::Cut, ..Self::default() }
    }

    /// Expects the request to hold `text`.
    #[must_use]
    pub fn expecting(mut self, text: impl Into<String>) -> Self {
        self.expects.push(text.into());
        self
    }

    /// Expects the request not to hold `text`.
    #[must_use]
    pub fn refusing(mut self, text: impl Into<String>) -> Self {
        self.refuses.push(text.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Ends in another way.
    #[must_use]
    pub const fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Holds every chunk until the gate opens for it.
    #[must_use]
    pub fn gated(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}

/// A whole script.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    version: u32,
    /// What is spoken.
    pub wire: Wire,
    /// The key that requests must carry.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether the first reply follows the last.
    #[serde(default)]
    pub repeat: bool,
    /// The replies, in order.
    pub replies: Vec<Reply>,
}

impl Script {
    /// A script of these replies.
    #[must_use]
    pub fn new(wire: Wire, replies: impl IntoIterator<Item = Reply>) -> Self {
        Self { version: VERSION, wire, key: None, repeat: false, replies: replies.into_iter().collect() }
    }

    /// Reads a script.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let script: Self =
            serde_json::from_str(text).map_err(|error| format!("the script cannot be read: {error}"))?;
        if script.version != VERSION {
            return Err(format!("a script of version {} is not known to this build", script.version));
        }
        for (place, reply) in script.replies.iter().enumerate() {
            reply.check().map_err(|wrong| format!("reply {place} of the script {wrong}"))?;
        }
        Ok(script)
    }

    /// Refuses requests without this key.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Starts over after the last reply.
    #[must_use]
    pub const fn repeating(mut self) -> Self {
        self.repeat = true;
        self
    }
}

impl Reply {
    fn check(&self) -> Result<(), &'static str> {
        if self.delay_ms > DELAY_MS_MAX {
            return Err("waits for more than ten minutes");
        }
        if !(100..=599).contains(&self.status) {
            return Err("has a status that is none");
        }
        if !self.events.is_empty() && !self.chunks.is_empty() {
            return Err("has both `events` and `chunks`");
        }
        if self.silent && !(self.events.is_empty() && self.chunks.is_empty()) {
            return Err("is silent and says something");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_script() {
        assert_eq!(Script::parse(SCRIPT_EXAMPLE).map(|script| script.replies.len()), Ok(4));
    }

    #[test]
    fn a_script_is_whole_or_refused_with_the_place() {
        let check = |replies: &str, wrong: Option<&str>| {
            let found = Script::parse(&format!(r#"{{"version":1,"wire":"chat","replies":[{replies}]}}"#));
            match (found, wrong) {
                (Ok(_), None) => {}
                (Err(text), Some(part)) => assert!(text.contains(part), "{text}"),
                (found, wrong) => panic!("{found:?}, {wrong:?}"),
            }
        };
        check(r#"{"events":[{"type":"stop","reason":"finished"}]}"#, None);
        check(r#"{"chunks":["x"],"status":500}"#, None);
        check(r#"{"chunks":["x"],"events":[{"type":"stop","reason":"finished"}]}"#, Some("reply 0"));
        check(r#"{"silent":true,"chunks":["x"]}"#, Some("silent"));
        check(r#"{"status":7}"#, Some("status"));
        check(r#"{"delay_ms":9999999}"#, Some("ten minutes"));
        check(r#"{"expect":["x"]}"#, Some("unknown field"));
        assert!(
            Script::parse(r#"{"version":2,"wire":"chat","replies":[]}"#).unwrap_err().contains("version 2")
        );
        assert!(Script::parse(r#"{"version":1,"wire":"telex","replies":[]}"#).is_err());
    }
}
