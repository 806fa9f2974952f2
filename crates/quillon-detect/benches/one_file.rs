//! How long one file takes where the rules are ready, as in an editor, and where they are not: medians in milliseconds.
//!
//! `cargo bench -p quillon-detect --bench one_file -- FILE…`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it reads a file and says how long that took"
)]

use std::time::Instant;

use quillon_detect::{Language, Scanner, Text, Watch};

/// Scans of each file that are timed.
const RUNS: usize = 51;

fn main() {
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("{path} cannot be read");
            continue;
        };
        let Some(language) = Language::of_path(&path) else { continue };
        let texts = [Text { path: &path, text: &text }];
        let start = Instant::now();
        let mut scanner = Scanner::default();
        scanner.prepare(language);
        let prepared = start.elapsed();
        let mut times: Vec<_> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(scanner.scan_prepared(&texts, &Watch::default()));
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        let millis = |time: std::time::Duration| time.as_secs_f64() * 1_000.0;
        println!(
            "{path}: {} lines, rules ready after {:.1} ms, then {:.2} ms a scan",
            text.lines().count(),
            millis(prepared),
            millis(times[RUNS / 2])
        );
    }
}
