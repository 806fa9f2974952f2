//! The script: its format, and reading it.

use std::io::Read;
use std::path::Path;

use quillon_base::{Fault, FaultCode};
use quillon_model::ModelEvent;
use serde::Deserialize;

/// The version of the format that this build reads.
const VERSION: u32 = 1;
/// A script is never larger, in bytes.
const SCRIPT_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// No piece is held back for longer, in milliseconds.
const DELAY_MS_MAX: u64 = 60_000;

/// A script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    version: u32,
    /// What the answers say who spoke.
    #[serde(default)]
    pub(crate) name: Option<String>,
    pub(crate) replies: Vec<Reply>,
    /// Whether the first reply follows the last.
    #[serde(default)]
    pub(crate) repeat: bool,
}

/// One reply.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    /// What the request must hold.
    #[serde(default)]
    pub(crate) expects: Vec<String>,
    /// What passes before each piece.
    #[serde(default)]
    pub(crate) delay_ms: u64,
    #[serde(default)]
    pub(crate) events: Vec<ModelEvent>,
    /// What ends the reply after its events.
    #[serde(default)]
    pub(crate) fault: Option<Fault>,
}

impl Script {
    /// Reads a script from a file.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let text = read(path)?;
        Self::parse(&text).map_err(|fault| {
            fault.hint(format!("look at `{}`; `docs/model-scripts.md` shows the format", path.display()))
        })
    }

    /// Reads a script from text.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let script: Self = serde_json::from_str(text)
            .map_err(|error| invalid(format!("the model script cannot be read: {error}")))?;
        if script.version != VERSION {
            let given = script.version;
            return Err(invalid(format!("a model script of version {given} is not known to this build")));
        }
        for (place, reply) in script.replies.iter().enumerate() {
            reply.check().map_err(|wrong| invalid(format!("reply {place} of the model script {wrong}")))?;
        }
        Ok(script)
    }
}

impl Reply {
    fn check(&self) -> Result<(), &'static str> {
        let stops = self.events.iter().filter(|event| matches!(event, ModelEvent::Stop { .. })).count();
        let stops_last = matches!(self.events.last(), Some(ModelEvent::Stop { .. }));
        if self.delay_ms > DELAY_MS_MAX {
            return Err("waits for more than a minute");
        }
        match (stops, &self.fault) {
            (1, None) if stops_last => Ok(()),
            (0, Some(_)) => Ok(()),
            _ => Err("must end with one `stop`, or with a `fault`"),
        }
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::ModelScriptInvalid, message)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the script is this adapter's model; it is read once, when the road is joined"
)]
fn read(path: &Path) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| {
        invalid(format!("the model script `{}` cannot be read", path.display()))
            .hint("give the path of a file that is there: `--model script:FILE`")
            .inner(error)
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(SCRIPT_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > SCRIPT_BYTES_MAX {
        return Err(invalid(format!("a model script may hold up to {SCRIPT_BYTES_MAX} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<usize, &str>) {
        let found = Script::parse(text);
        match (found, expected) {
            (Ok(script), Ok(replies)) => assert_eq!(script.replies.len(), replies, "{text}"),
            (Err(fault), Err(part)) => {
                assert_eq!(fault.code, FaultCode::ModelScriptInvalid);
                assert!(fault.message.contains(part), "{}", fault.message);
            }
            (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_script_is_whole_or_refused_with_the_place() {
        let stop = r#"{"type":"stop","reason":"finished"}"#;
        check(&format!(r#"{{"version":1,"replies":[{{"events":[{stop}]}}]}}"#), Ok(1));
        check(r#"{"version":1,"replies":[{"fault":{"code":"model.failed","message":"x"}}]}"#, Ok(1));
        check(r#"{"version":1,"replies":[{"events":[]}]}"#, Err("reply 0 of the model script must end"));
        check(
            &format!(r#"{{"version":1,"replies":[{{"events":[{stop},{stop}]}}]}}"#),
            Err("must end with one"),
        );
        check(r#"{"version":2,"replies":[]}"#, Err("version 2"));
        check(r#"{"version":1,"replys":[]}"#, Err("unknown field `replys`"));
        check("not json", Err("cannot be read"));
        check(
            r#"{"version":1,"replies":[{"delay_ms":90000,"fault":{"code":"model.failed","message":"x"}}]}"#,
            Err("more than a minute"),
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_said() {
        let fault = Script::open(Path::new("/nowhere/script.json")).unwrap_err();
        assert!(fault.message.contains("`/nowhere/script.json`") && fault.hint.is_some());
    }
}
