//! Exports of a day beside programs that others wrote: `aws cloudtrail validate-logs`, trailscraper's parser, the schemas
//! of OCSF.
//!
//! A ledger of one day is made with the house's own writer, the built binary exports it (and is killed while it does), and
//! `exports/peers.py` holds what came of it against the peers, which pip installs below `target/`. It tampers with the
//! files in every way that the first of them must find. `exports/sinks.py` lets the binary export to S3 and CloudWatch Logs
//! as an emulator serves them, which checks every signature. The conformance command, not the step of `cargo xtask test`,
//! also reads the files with the parser that AWS publishes for Java, and compares every field with the ledger.

mod ledger;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Options, beside, install_once, python_with};
use crate::command::{capture, quillon, run as run_command, target};
use crate::failure::{Context, Failure};

/// The peers, pinned. moto without its extras: those are for services that are not asked here.
const PEERS: &[&str] = &[
    "awscli==1.46.3",
    "moto[s3]==5.2.5",
    "flask==3.1.3",
    "flask-cors==6.0.5",
    "jsonschema==4.26.0",
    "ocsf-json-schema==1.2.0",
    "trailscraper==0.10.0",
];

/// The account of the day.
const ACCOUNT: &str = "111122223333";
/// With more records than this, the binary is built for speed.
const DEBUG_RECORDS_MAX: u64 = 50_000;
/// About how many records are held against the schemas, which takes a millisecond each.
const SCHEMA_RECORDS: u64 = 2_000;
/// How often an export is killed before it may end.
const KILLS: usize = 5;
/// After so many files more each time.
const FILES_BEFORE_KILL: usize = 8;

/// The parser of AWS, which Maven fetches.
const LIBRARY: &str = "com.amazonaws:aws-cloudtrail-processing-library:1.1.3";

pub(super) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    judged(root, options.cases, Some(&library(root)?))
}

/// Exports a day of so many records, and has it judged.
pub(crate) fn day(root: &Path, records: u64) -> Result<(), Failure> {
    judged(root, records, None)
}

fn judged(root: &Path, records: u64, library: Option<&Path>) -> Result<(), Failure> {
    let python = python_with(root, "exports", PEERS)?;
    // Many records take a build for speed.
    let binary = quillon(root, records > DEBUG_RECORDS_MAX)?;
    let place = TempDir::new().context(|| "cannot make a folder".to_owned())?;
    let day = Day { binary, place: place.path().to_owned() };
    let start = Instant::now();
    let key = ledger::write(&day.ledger(), records)?;
    println!("a ledger of {records} records was written in {:.1} s", start.elapsed().as_secs_f64());
    day.export_cloudtrail(&key)?;
    day.export_ocsf(&key, records)?;
    let start = Instant::now();
    let mut peers = judge(&python, "peers.py", include_str!("exports/peers.py"))?;
    peers.arg(day.trail()).args([ledger::REGION, ledger::START, ledger::END]).arg(records.to_string());
    run_command(peers.arg(day.ocsf()))?;
    // The emulator holds everything in memory; a smaller day shows the same.
    if records <= DEBUG_RECORDS_MAX {
        let mut sinks = judge(&python, "sinks.py", include_str!("exports/sinks.py"))?;
        sinks.arg(&day.binary).arg(day.ledger()).args([&key, ledger::REGION]).arg(records.to_string());
        run_command(sinks.arg(&day.place))?;
    }
    println!("the peers judged in {:.1} s", start.elapsed().as_secs_f64());
    library.map_or(Ok(()), |library| day.compare_fields(&key, library, &python, records))
}

/// A script that judges, in an environment without an account of its own.
fn judge(python: &Path, name: &str, script: &str) -> Result<Command, Failure> {
    let mut command = Command::new(python);
    command.arg(beside(python, name, script)?);
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    Ok(command)
}

/// One day's files.
struct Day {
    binary: PathBuf,
    place: PathBuf,
}

impl Day {
    fn ledger(&self) -> PathBuf {
        self.place.join("ledger")
    }

    /// Named like its bucket.
    fn trail(&self) -> PathBuf {
        self.place.join("trail-of-a-day")
    }

    fn ocsf(&self) -> PathBuf {
        self.place.join("ocsf")
    }

    fn export(&self, key: &str, format: &str, to: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(["audit", "export", "--format", format, "--account", ACCOUNT, "--key", key, "--folder"]);
        command.arg(self.ledger()).arg("--to").arg(to).current_dir(&self.place);
        command.env("QUILLON_HOME", self.place.join("home")).env("USER", "ada").stdin(Stdio::null());
        command
    }

    /// Killed a few times, then left to end: what lies there must be the same as if nothing had happened.
    fn export_cloudtrail(&self, key: &str) -> Result<(), Failure> {
        let start = Instant::now();
        for kill in 0..KILLS {
            let mut command = self.export(key, "cloudtrail", &self.trail());
            let mut child = command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .context(|| "cannot start the binary".to_owned())?;
            let enough = FILES_BEFORE_KILL * (kill + 1);
            while files(&self.trail()) < enough && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        run_command(&mut self.export(key, "cloudtrail", &self.trail()))?;
        println!("the day was exported, with {KILLS} kills, in {:.1} s", start.elapsed().as_secs_f64());
        let (_, again) = capture(&mut self.export(key, "cloudtrail", &self.trail()))?;
        let is_idle = again.lines().any(|line| line.starts_with("records sent") && line.ends_with(" 0"));
        if is_idle { Ok(()) } else { Err(Failure(format!("a second export sent something:\n{again}"))) }
    }

    /// Reads the files with the parser of AWS, and compares every field with what the ledger holds.
    fn compare_fields(&self, key: &str, library: &Path, python: &Path, records: u64) -> Result<(), Failure> {
        let start = Instant::now();
        let source = self.place.join("Fields.java");
        fs::write(&source, include_str!("exports/Fields.java"))
            .context(|| format!("cannot write `{}`", source.display()))?;
        let mut java = Command::new("java");
        // The parser's own log has nothing to be written with, and says so.
        java.arg("-cp").arg(library.join("*")).arg(&source).arg(self.trail()).stderr(Stdio::null());
        let events = self.printed("events.jsonl", &mut java)?;
        let mut ledger = Command::new(&self.binary);
        ledger.args(["audit", "export", "--format", "jsonl", "--key", key, "--folder"]).arg(self.ledger());
        ledger.current_dir(&self.place);
        ledger.env("QUILLON_HOME", self.place.join("home")).env("USER", "ada").stdin(Stdio::null());
        let ledger = self.printed("ledger.jsonl", &mut ledger)?;
        let mut fields = judge(python, "fields.py", include_str!("exports/fields.py"))?;
        run_command(fields.arg(events).arg(ledger).arg(ACCOUNT).arg(records.to_string()))?;
        println!("every field was compared in {:.1} s", start.elapsed().as_secs_f64());
        Ok(())
    }

    /// A file with what a command prints.
    fn printed(&self, name: &str, command: &mut Command) -> Result<PathBuf, Failure> {
        let path = self.place.join(name);
        let file = fs::File::create(&path).context(|| format!("cannot write `{}`", path.display()))?;
        run_command(command.stdout(file))?;
        Ok(path)
    }

    fn export_ocsf(&self, key: &str, records: u64) -> Result<(), Failure> {
        let mut command = self.export(key, "ocsf", &self.ocsf());
        if records > SCHEMA_RECORDS {
            command.args(["--before", &ledger::time_of(SCHEMA_RECORDS, records)]);
        }
        capture(&mut command).and_then(|(is_well, said)| if is_well { Ok(()) } else { Err(Failure(said)) })
    }
}

/// The folder of the parser of AWS and what it needs; it is made when it is missing, or was made for another version.
fn library(root: &Path) -> Result<PathBuf, Failure> {
    let folder = target(root).join("conformance").join("cloudtrail-library");
    let jars = folder.join("jars");
    install_once(&folder, LIBRARY, || {
        println!("missing: the parser of AWS; fetching it takes half a minute");
        fs::create_dir_all(&folder).context(|| format!("cannot make `{}`", folder.display()))?;
        let mut parts = LIBRARY.split(':');
        let mut part = |name: &str| format!("<{name}>{}</{name}>", parts.next().unwrap_or_default());
        let dependency = [part("groupId"), part("artifactId"), part("version")].concat();
        let project = format!(
            "<project><modelVersion>4.0.0</modelVersion><groupId>peer</groupId><artifactId>peer</artifactId>\
             <version>1</version><dependencies><dependency>{dependency}</dependency></dependencies></project>"
        );
        let file = folder.join("pom.xml");
        fs::write(&file, project).context(|| format!("cannot write `{}`", file.display()))?;
        let mut maven = Command::new("mvn");
        maven.args(["--quiet", "--batch-mode", "dependency:copy-dependencies", "--file"]).arg(&file);
        run_command(maven.arg(format!("-DoutputDirectory={}", jars.display())))
    })?;
    Ok(jars)
}

/// How many files lie below a folder.
fn files(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}
