//! `cargo xtask test`: sets up what is missing, then runs every step, the same on a laptop and on a build server.
//!
//! Invariant: nothing is skipped in silence. A step passes, passes with a note that the summary repeats, or stops
//! the run; the summary also lists the steps that were not reached.

mod deny;
mod parts;
mod steps;

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use self::steps::{STEPS, Step};
use crate::failure::Failure;

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Run only these steps, in their usual order
    #[arg(long, value_delimiter = ',', value_name = "STEP", value_parser = steps::names())]
    only: Vec<String>,
}

/// What became of a step.
enum Outcome {
    Passed { note: Option<String>, took: Duration },
    Failed { took: Duration },
    NotReached,
}

/// Runs the chosen steps in order and stops at the first that fails.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let chosen: Vec<_> = STEPS.iter().filter(|step| is_chosen(step, &options.only)).collect();
    parts::install_missing(&chosen.iter().flat_map(|step| step.needs).copied().collect::<Vec<_>>())?;
    let mut rows = Vec::new();
    let mut failure = None;
    for step in chosen {
        if failure.is_some() {
            rows.push((step.name, Outcome::NotReached));
            continue;
        }
        println!("\n== {}: {}", step.name, step.summary);
        let start = Instant::now();
        let result = (step.run)(root);
        let took = start.elapsed();
        println!("== {}: {}", step.name, seconds(took));
        let outcome = match result {
            Ok(note) => Outcome::Passed { note, took },
            Err(Failure(message)) => {
                failure = Some(Failure(format!("{}: {message}", step.name)));
                Outcome::Failed { took }
            }
        };
        rows.push((step.name, outcome));
    }
    print!("\n{}", summary(&rows));
    failure.map_or(Ok(()), Err)
}

fn is_chosen(step: &Step, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|name| name == step.name)
}

fn summary(rows: &[(&str, Outcome)]) -> String {
    let line = |(name, outcome): &(&str, Outcome)| {
        let (result, took, note) = match outcome {
            Outcome::Passed { note, took } => ("passed", Some(*took), note.as_deref()),
            Outcome::Failed { took } => ("FAILED", Some(*took), None),
            Outcome::NotReached => ("not reached", None, None),
        };
        let took = took.map(seconds).unwrap_or_default();
        let note = note.map(|note| format!("  {note}")).unwrap_or_default();
        format!("{name:<8}{result:<13}{took:>9}{note}").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_repeats_notes_and_lists_what_was_not_reached() {
        let took = Duration::from_millis(1_250);
        let note = Some("advisories not checked: no network".to_owned());
        let rows = [
            ("fmt", Outcome::Passed { note: None, took }),
            ("deny", Outcome::Passed { note, took }),
            ("test", Outcome::Failed { took: took * 100 }),
            ("doc", Outcome::NotReached),
        ];
        let expected = "\
fmt     passed           1.2 s
deny    passed           1.2 s  advisories not checked: no network
test    FAILED         125.0 s
doc     not reached
";
        assert_eq!(summary(&rows), expected);
    }

    #[test]
    fn only_keeps_the_usual_order() {
        let chosen = |only: &[&str]| -> Vec<_> {
            let only: Vec<_> = only.iter().map(ToString::to_string).collect();
            STEPS.iter().filter(|step| is_chosen(step, &only)).map(|step| step.name).collect()
        };
        assert_eq!(chosen(&["tidy", "fmt"]), ["fmt", "tidy"]);
        assert_eq!(chosen(&[]).len(), STEPS.len());
    }
}
