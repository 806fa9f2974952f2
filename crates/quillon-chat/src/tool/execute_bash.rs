//! `execute_bash`: a line for the shell, after it was approved.
//!
//! It is asked about every time; trusting it for a session trusts that exact line in that folder and nothing else. What
//! the model wrote is run as it is: placeholders are not put back, and the road refuses a line that holds one. Dropping
//! the turn ends the command's whole process group.

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode};
use quillon_contract::EffectKind;
use quillon_host::CommandOutput;
use quillon_road::Shell;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shell::programs;
use super::{Act, Given, Hands, Output, Prepared, Tool, Wanted};

/// How long a command may take when nothing else is said, in milliseconds.
const TIMEOUT_MS: u64 = 120_000;
/// How long a command may take at most, in milliseconds.
const TIMEOUT_MS_MAX: u64 = 600_000;
/// The longest line, in bytes.
const LINE_BYTES_MAX: usize = 32 * 1024;

/// Runs.
pub(super) struct ExecuteBash;

#[derive(Deserialize)]
struct Arguments {
    command: String,
    #[serde(default)]
    working_dir: Option<String>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    summary: Option<String>,
}

#[async_trait]
impl Tool for ExecuteBash {
    fn name(&self) -> &'static str {
        "execute_bash"
    }

    fn description(&self) -> &'static str {
        "Run a command with bash in the workspace's folder, without a terminal and without input. The person is asked \
         first. Use it to build, test and run; read and change files with the other tools. Secrets cannot be put into a \
         command: let the program read them itself."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "command": { "type": "string", "description": "the line for bash" },
                "working_dir": { "type": "string", "description": "the folder in the workspace; its root without it" },
                "timeout_ms": { "type": "integer", "description": "it is ended after this long", "default": TIMEOUT_MS, "maximum": TIMEOUT_MS_MAX },
                "summary": { "type": "string", "description": "what it is for, in a line" }
            },
            "required": ["command"]
        })
    }

    fn effects(&self) -> &'static [EffectKind] {
        &[EffectKind::RunCommand]
    }

    #[cfg(test)]
    fn examples(&self) -> &'static [&'static str] {
        &[r#"{"command":"cargo test","working_dir":"a","timeout_ms":1000,"summary":"test"}"#]
    }

    async fn prepare(&self, hands: &Hands<'_>, given: &Given) -> Result<Prepared, Fault> {
        let wanted: Arguments = given.outside(self.name())?;
        let line = wanted.command.trim();
        let size = line.len();
        if size == 0 || size > LINE_BYTES_MAX || line.contains('\0') {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("a command of {size} bytes cannot be run"),
            )
            .hint(format!("give a line of up to {LINE_BYTES_MAX} bytes; put longer ones into a file")));
        }
        let folder = match &wanted.working_dir {
            Some(folder) => hands.passage.path_within(folder)?,
            None => None,
        };
        let place = folder.as_deref().map(|folder| format!(" in `{folder}`")).unwrap_or_default();
        let why = wanted.summary.as_deref().map(|why| format!(" ({})", why.trim())).unwrap_or_default();
        // Neither a folder nor a line holds a NUL, so that no other line can be what was trusted.
        let trust = format!("{}\0{}\0{line}", self.name(), folder.as_deref().unwrap_or("."));
        let approval = Wanted {
            question: format!("Run `{line}`{place}{why}? Trusting it is for exactly this line."),
            resource: line.to_owned(),
            trust: Some(trust),
        };
        let timeout_ms = wanted.timeout_ms.unwrap_or(TIMEOUT_MS).clamp(1, TIMEOUT_MS_MAX);
        let shell = Shell { line: line.to_owned(), folder, timeout_ms };
        Ok(Prepared {
            programs: programs(line),
            approval: Some(approval),
            ..Prepared::new(format!("{line}{place}"), Run { shell })
        })
    }
}

struct Run {
    shell: Shell,
}

#[async_trait]
impl Act for Run {
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault> {
        let output = hands.passage.run_shell(self.shell).await?;
        Ok(Output { failed: output.exit_code != Some(0), ..Output::text(said(&output)) })
    }
}

fn said(output: &CommandOutput) -> String {
    let mut said = match output.exit_code {
        Some(code) => format!("exit code {code}\n"),
        None => "ended by a signal\n".to_owned(),
    };
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            let text = String::from_utf8_lossy(bytes);
            said.push_str(&format!("--- {name}\n{}\n", text.trim_end_matches('\n')));
        }
    }
    if output.dropped_bytes > 0 {
        said.push_str(&format!(
            "--- {} more bytes were dropped; write them to a file to see them\n",
            output.dropped_bytes
        ));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_said_by_stream() {
        let output = |exit_code, stdout: &str, stderr: &str, dropped_bytes| {
            said(&CommandOutput { exit_code, stdout: stdout.into(), stderr: stderr.into(), dropped_bytes })
        };
        assert_eq!(output(Some(0), "", "", 0), "exit code 0\n");
        assert_eq!(output(Some(1), "a\n", "b", 7).lines().count(), 6);
        assert!(output(None, "a", "", 0).starts_with("ended by a signal\n--- stdout\na\n"));
    }
}
