//! Serves a script to other programs: for load, for runs beside a peer, and for journeys through a built binary.
//!
//! The first line of output is the endpoint. At the end, when standard input is closed, each request is printed as a line of
//! JSON if it was asked for; the exit code is 1 when anything was wrong or left over.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program for tests; it says what it saw"
)]

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use quillon_mock::{Door, MockServer, SCRIPT_EXAMPLE, Script};

/// A strict provider of models that answers from a script
#[derive(Debug, Parser)]
#[command(version, after_help = after_help())]
struct Arguments {
    /// The script, a file of JSON
    script: PathBuf,
    /// Where to listen; port 0 is any that is free
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// Print each request at the end, as a line of JSON
    #[arg(long)]
    requests: bool,
    /// Do not mind replies that nobody asked for
    #[arg(long)]
    allow_left: bool,
}

/// Lines are broken where it is shown.
fn after_help() -> String {
    let paragraphs = [
        "The first line of output is the endpoint, up to and with `/v1`; it serves until standard input ends. A request that \
         the format does not allow, or that does not hold what its reply expects, is wrong.",
        "Exit codes: 0 when all went as the script says, 1 when something was wrong or left over, 2 when it did not start.",
        "A script has replies in the order of the requests. `wire` is `chat`, `responses` or `messages`. A reply has `events`, \
         which are written in that format, or `chunks`, which are sent as they are; its `ending` is `whole`, `cut`, `hang` or \
         `short`. With `repeat` the first reply follows the last.",
        SCRIPT_EXAMPLE,
    ];
    paragraphs.join("\n\n")
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the script is this program's argument")]
fn run(arguments: &Arguments) -> Result<bool, Box<dyn std::error::Error>> {
    let path = &arguments.script;
    let text = std::fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let script = Script::parse(&text)?;
    let repeats = script.repeat;
    let server = MockServer::at(&arguments.listen, Door::Plain, script)?;
    println!("{}", server.endpoint());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    let (seen, wrong, left) = (server.seen(), server.take_wrong(), server.take_left());
    for request in seen.iter().filter(|_| arguments.requests) {
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_default();
        println!("{}", serde_json::json!({ "path": request.path, "bytes": request.bytes, "body": body }));
    }
    for wrong in &wrong {
        eprintln!("{wrong}");
    }
    let is_left = left > 0 && !arguments.allow_left && !repeats;
    if is_left {
        eprintln!("{left} replies were never asked for");
    }
    Ok(wrong.is_empty() && !is_left)
}
