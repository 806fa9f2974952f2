//! What reviews find on sets that others wrote, and what they cost beside semgrep in the same run.
//!
//! No set is part of this repository: each is a folder that is handed over. What none was handed over for is said, not
//! skipped in silence. A rate stands next to the rate of false alarms, because alone it says nothing.

mod owasp;
mod samples;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use self::samples::Scores;
use super::Bench;
use super::measure::{self, Subject};
use super::table::Table;
use crate::command::{find, shown};
use crate::failure::{Context, Failure};

/// The languages of samples that this build reviews.
const LANGUAGES: &[&str] = &["java", "javascript", "jsx", "python", "typescript"];

/// Where the rules of semgrep for web applications in Java are, below its folder of rules.
const PEER_RULES: &[&str] = &["java/lang/security", "java/servlets", "java/java-jwt"];

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    let options = bench.options;
    if options.samples.is_none() && options.owasp.is_none() {
        return Err(Failure::new(
            "`review` needs `--samples` with a checkout of aws-samples/amazon-q-detectors, `--owasp` with one of \
             OWASP-Benchmark/BenchmarkJava, or both; `--semgrep-rules` adds the peer",
        ));
    }
    let binary = bench.binary()?;
    let home = tempfile::tempdir().context(|| "cannot make a home".to_owned())?;
    let person = Reviewer { binary, home: home.path().to_owned() };
    let mut tables = Vec::new();
    if let Some(folder) = &options.samples {
        tables.push(of_samples(&person, folder)?);
    }
    if let Some(folder) = &options.owasp {
        tables.push(of_owasp(&person, folder, "BenchmarkJava")?);
        let copy = tempfile::tempdir().context(|| "cannot make a folder".to_owned())?;
        super::mutate::mutate_folder(folder, copy.path(), 1)?;
        tables.push(of_owasp(&person, copy.path(), "BenchmarkJava, a changed copy")?);
        tables.push(costs(bench, &person, folder)?);
        tables.push(one_file(bench, &person, folder)?);
    }
    Ok(tables)
}

/// Who reviews: a binary and a home of its own.
struct Reviewer {
    binary: PathBuf,
    home: PathBuf,
}

impl Reviewer {
    /// A review in a folder.
    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(folder).arg("review").args(arguments);
        command.env("QUILLON_HOME", &self.home).env("HOME", &self.home);
        command
    }

    /// What a review of a folder finds, as SARIF.
    fn sarif(&self, folder: &Path, arguments: &[&str]) -> Result<Value, Failure> {
        let mut command = self.command(folder, &[arguments, &["--output", "sarif"]].concat());
        let output = command.output().context(|| format!("cannot start `{}`", shown(&command)))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Failure(format!("`{}` ended with {}: {said}", shown(&command), output.status)));
        }
        serde_json::from_slice(&output.stdout).context(|| "cannot read the findings".to_owned())
    }
}

fn of_samples(person: &Reviewer, folder: &Path) -> Result<Table, Failure> {
    let open = tempfile::tempdir().context(|| "cannot make a folder".to_owned())?;
    let files = samples::open_half(folder, open.path())?;
    let mut found = Vec::new();
    for language in LANGUAGES {
        let below = open.path().join(language);
        if below.is_dir() {
            // Each language by itself, so that code of one project does not call into another's.
            let sarif = person.sarif(open.path(), &[language, "--include", "tests,vendored,generated"])?;
            found.extend(samples::findings(&sarif));
        }
    }
    let mut table = Table::new(
        format!("detector samples, the open half: {files} files"),
        &["", "pairs", "any", "false alarms", "pair"],
    );
    let mut all = Scores::default();
    for (language, scores) in samples::scores(open.path(), &found, LANGUAGES)? {
        all.add(&scores);
        table.row(&scores.cells(language));
    }
    table.row(&all.cells("all".to_owned()));
    Ok(table)
}

fn of_owasp(person: &Reviewer, folder: &Path, title: &str) -> Result<Table, Failure> {
    let expected = folder.join("expectedresults-1.2.csv");
    let expected =
        fs::read_to_string(&expected).context(|| format!("cannot read `{}`", expected.display()))?;
    let sarif = person.sarif(folder, &["src/main", "--include", "tests,vendored,generated"])?;
    let mut table = Table::new(title, &["", "real", "TPR", "safe", "FPR", "J"]);
    let mut sum = 0.0;
    let categories = owasp::scores(&expected, &sarif);
    for (category, score) in &categories {
        sum += score.youden();
        table.row(&score.cells(category));
    }
    let mean = sum / categories.len().max(1) as f64;
    table.row(&[
        "macro J".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        signed(mean),
    ]);
    Ok(table)
}

/// Processor time, wall time and memory on the whole benchmark, beside semgrep where it is there with its rules.
fn costs(bench: &Bench<'_>, person: &Reviewer, folder: &Path) -> Result<Table, Failure> {
    let code = folder.join("src/main/java");
    let ours = || {
        fs::remove_dir_all(person.home.join("cache")).ok();
        Ok(person.command(&code, &["--all", "--output", "sarif"]))
    };
    let mut subjects: Vec<Subject<'_>> = vec![("quillon review", Box::new(ours))];
    match (&bench.options.semgrep_rules, peer(bench)) {
        (Some(rules), Some(program)) => {
            let code = code.clone();
            let make = move || {
                let mut command = Command::new(&program);
                command.args([
                    "scan",
                    "--metrics=off",
                    "--disable-version-check",
                    "--no-git-ignore",
                    "--json",
                ]);
                for below in PEER_RULES {
                    command.arg("--config").arg(rules.join(below));
                }
                command.args(["-j", "2", "--timeout", "30", "--quiet"]).arg(&code);
                Ok(command)
            };
            subjects.push(("semgrep", Box::new(make)));
        }
        _ => println!(
            "semgrep is not measured: it needs `--semgrep-rules` and `--semgrep`, or `semgrep` on the path"
        ),
    }
    // Runs take minutes where the peer is, so a few have to do.
    let runs = bench.options.runs.min(3);
    let rows = measure::alternate(runs, subjects)?;
    Ok(Table::of_samples(format!("a review of BenchmarkJava, median of {runs}, over the last row"), &rows))
}

fn peer(bench: &Bench<'_>) -> Option<PathBuf> {
    bench.options.semgrep.clone().or_else(|| find("semgrep"))
}

/// One file, as an editor or a hook asks for it: a whole process each time.
fn one_file(bench: &Bench<'_>, person: &Reviewer, folder: &Path) -> Result<Table, Failure> {
    let code = folder.join("src/main/java/org/owasp/benchmark/testcode");
    let file = "BenchmarkTest00001.java";
    let review = || Ok(person.command(&code, &[file]));
    let version = || {
        let mut command = Command::new(&person.binary);
        command.arg("--version");
        Ok(command)
    };
    let subjects: Vec<Subject<'_>> =
        vec![("quillon review FILE", Box::new(review)), ("quillon --version", Box::new(version))];
    let rows = measure::alternate(bench.options.runs, subjects)?;
    Ok(Table::of_samples("one file, a process each time", &rows))
}

/// A rate, or a difference of rates.
fn signed(value: f64) -> String {
    format!("{value:+.3}")
}
