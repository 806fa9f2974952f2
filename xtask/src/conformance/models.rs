//! Adapters beside a real server of models: llama.cpp's own, in three formats, with tiny models of random weights.
//!
//! pip installs the server below `target/`; `models/model.py` writes the models and `models/serve.py` serves them. The tests of
//! the adapters that ask such a server are ignored otherwise (`quillon_mock::real` says what they check). Then the built
//! binary is asked through each format.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::json;
use tempfile::TempDir;

use super::{Options, beside, python_with};
use crate::command::{capture, cargo, quillon, run as run_command};
use crate::failure::{Context, Failure};

/// The server and what writes its models, pinned.
const PEERS: &[&str] = &["gguf==0.19.0", "numpy==2.4.6", "xllamacpp==2026.10.11549"];
/// The window of the served models; as in `quillon_mock::real`.
const WINDOW_TOKENS: u64 = 16_384;
/// The key that the server takes.
const KEY: &str = "sk-hush";
/// The kind, and the format where it is not the usual one.
const KINDS: &[(&str, Option<&str>)] =
    &[("llama-server", None), ("llama-server", Some("responses")), ("anthropic-compatible", None)];

/// Serves the models, and asks them.
pub(super) fn run(root: &Path, _options: &Options) -> Result<(), Failure> {
    let python = python_with(root, "models", PEERS)?;
    let place = TempDir::new().context(|| "cannot make a folder".to_owned())?;
    let server = Server::start(&python, place.path())?;
    let start = Instant::now();
    let mut tests = cargo(root);
    tests.args([
        "test",
        "--quiet",
        "--locked",
        "-p",
        "quillon-model-openai",
        "-p",
        "quillon-model-anthropic",
    ]);
    tests.args(["--test", "runner", "real", "--", "--ignored"]);
    // The server works on one request at a time, and a test looks at what it works on.
    tests.args(["--test-threads", "1"]);
    run_command(tests.env("QUILLON_SERVER_TEXT", &server.text).env("QUILLON_SERVER_CALLS", &server.calls))?;
    println!("the adapters were held to a real server in {:.1} s", start.elapsed().as_secs_f64());
    let binary = quillon(root, false)?;
    for (kind, wire) in KINDS {
        ask(&binary, place.path(), &server, kind, *wire)?;
    }
    println!("the built binary was answered by it through {} formats", KINDS.len());
    Ok(())
}

/// Asks the built binary for an answer of the model.
fn ask(binary: &Path, place: &Path, server: &Server, kind: &str, wire: Option<&str>) -> Result<(), Failure> {
    let home = place.join("home");
    fs::create_dir_all(&home).context(|| "cannot make a home".to_owned())?;
    let mut model = json!({
        "kind": kind, "endpoint": format!("{}/v1", server.text), "region": "device",
        "window_tokens": WINDOW_TOKENS, "key": "env:MODEL_KEY", "tools": false, "images": false,
    });
    if let Some(wire) = wire {
        model["wire"] = wire.into();
    }
    let catalogue = json!({ "version": 1, "models": { "random": model } });
    fs::write(home.join("models.json"), catalogue.to_string())
        .context(|| "cannot write models".to_owned())?;
    let mut command = Command::new(binary);
    command.args(["chat", "--no-interactive", "--model", "random", "what is here?"]).current_dir(place);
    command.env("QUILLON_HOME", &home).env("USER", "ada").env("MODEL_KEY", KEY).stdin(Stdio::null());
    let (is_well, said) = capture(&mut command)?;
    let is_answered =
        said.contains(&format!("answered by model `random` of {kind}")) && said.contains("tokens read");
    if is_well && is_answered {
        Ok(())
    } else {
        Err(Failure(format!("through {kind} {wire:?} it said:\n{said}")))
    }
}

/// A server that ends with this task.
struct Server {
    child: Child,
    text: String,
    calls: String,
}

impl Server {
    fn start(python: &Path, place: &Path) -> Result<Self, Failure> {
        let model = beside(python, "model.py", include_str!("models/model.py"))?;
        run_command(Command::new(python).arg(model).arg(place))?;
        let mut command = Command::new(python);
        command
            .arg(beside(python, "serve.py", include_str!("models/serve.py"))?)
            .arg(WINDOW_TOKENS.to_string());
        command.args([place.join("text.gguf"), place.join("calls.gguf")]);
        let log = fs::File::create(place.join("server.log")).context(|| "cannot write a log".to_owned())?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context(|| "cannot start the server".to_owned())?;
        let output = child.stdout.take().ok_or_else(|| Failure("the server has no output".to_owned()))?;
        let mut lines = BufReader::new(output).lines();
        let mut address = || match lines.next() {
            Some(Ok(line)) => Ok(line),
            _ => {
                let log = fs::read_to_string(place.join("server.log")).unwrap_or_default();
                Err(Failure(format!("the server did not start:\n{log}")))
            }
        };
        let (text, calls) = (address()?, address()?);
        Ok(Self { child, text, calls })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
