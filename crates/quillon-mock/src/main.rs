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
use quillon_mock::{Door, MockServer, Script};

/// A strict provider of models that answers from a script
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The script, as JSON
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
    let script = Script::parse(&std::fs::read_to_string(&arguments.script)?)?;
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
