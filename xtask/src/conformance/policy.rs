//! The policy evaluator beside `@cloud-copilot/iam-simulate`.
//!
//! The package is AGPL, so it runs in a child process and is installed below `target/` by npm; its scenarios are read
//! from a checkout of its repository. A case that is not agreed on counts as explained only when it carries a mark whose
//! row in [`DIFFERENCES`] names the page of the documentation that we follow.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::cases::{DIFFERENCES, Marked, SESSION_GRANT, case, grants_session};
use super::judge::Case;
use super::random::Random;
use super::{Options, install_once};
use crate::command::{run as run_command, target};
use crate::failure::{Context, Failure};

const PACKAGE: &str = "@cloud-copilot/iam-simulate@0.1.173";

/// Cases in one message to the peer.
const BATCH_CASES: u64 = 500;

pub(super) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let mut peer = Peer::start(root)?;
    let mut tally = Tally::default();
    if let Some(folder) = &options.dir {
        scenarios(folder, &mut peer, &mut tally)?;
        println!("{tally}");
    }
    let mut tally = Tally::default();
    generated(options, &mut peer, &mut tally)?;
    println!("{tally}");
    if let Some(file) = &options.differences {
        fs::write(file, tally.unexplained.join("\n"))
            .context(|| format!("cannot write `{}`", file.display()))?;
    }
    if tally.unexplained.is_empty() {
        Ok(())
    } else {
        Err(Failure(format!("{} cases are not agreed on and not explained", tally.unexplained.len())))
    }
}

/// The peer in its process.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Installs the package if it is not there, and starts it.
    pub(crate) fn start(root: &Path) -> Result<Self, Failure> {
        let folder = target(root).join("conformance").join("policy");
        fs::create_dir_all(&folder).context(|| format!("cannot make `{}`", folder.display()))?;
        install_once(&folder, PACKAGE, || {
            let npm = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", ".", PACKAGE];
            run_command(Command::new("npm").current_dir(&folder).args(npm))
        })?;
        let script = folder.join("peer.mjs");
        fs::write(&script, include_str!("peer.mjs"))
            .context(|| format!("cannot write `{}`", script.display()))?;
        let mut command = Command::new("node");
        command.arg(&script).arg(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context(|| "cannot start `node`".to_owned())?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::new("the peer has no pipes"));
        };
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    pub(crate) fn send(&mut self, message: &Value) -> Result<(), Failure> {
        writeln!(self.input, "{message}").context(|| "cannot write to the peer".to_owned())
    }

    pub(crate) fn receive(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        let bytes = self.output.read_line(&mut line).context(|| "cannot read from the peer".to_owned())?;
        if bytes == 0 { Err(Failure::new("the peer ended")) } else { Ok(line.trim_end().to_owned()) }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends by itself when its input does; it is not to outlive this task if it hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came of the comparison.
#[derive(Default)]
struct Tally {
    title: String,
    agreed: u64,
    mended: u64,
    /// Scenarios that the peer itself answers otherwise than it publishes.
    stale: u64,
    /// By the letter that both gave.
    letters: BTreeMap<char, u64>,
    /// By mark.
    explained: BTreeMap<&'static str, u64>,
    unexplained: Vec<String>,
}

impl Tally {
    fn compare(&mut self, case: &Value, marks: &[&'static str], ours: char, theirs: char) {
        if ours == theirs {
            self.agreed += 1;
            *self.letters.entry(ours).or_default() += 1;
        } else if let Some(mark) = marks.first() {
            *self.explained.entry(mark).or_default() += 1;
        } else {
            self.unexplained.push(
                json!({"ours": ours.to_string(), "theirs": theirs.to_string(), "case": case}).to_string(),
            );
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let explained: u64 = self.explained.values().sum();
        let all = self.agreed + explained + self.unexplained.len() as u64;
        writeln!(
            f,
            "{}: {} of {all} agreed ({:.4} %)",
            self.title,
            self.agreed,
            self.agreed as f64 * 100.0 / all.max(1) as f64
        )?;
        writeln!(
            f,
            "  answers agreed on: {:?}; documents mended: {}; stale scenarios: {}",
            self.letters, self.mended, self.stale
        )?;
        for (mark, count) in &self.explained {
            let row = DIFFERENCES.iter().find(|row| row.mark == *mark);
            writeln!(f, "  {count:>7} {}", row.map_or(*mark, |row| row.ours))?;
            if let Some(row) = row {
                writeln!(f, "          peer: {}; source: {}", row.theirs, row.source)?;
            }
        }
        for line in self.unexplained.iter().take(200) {
            writeln!(f, "  not explained: {line}")?;
        }
        Ok(())
    }
}

fn generated(options: &Options, peer: &mut Peer, tally: &mut Tally) -> Result<(), Failure> {
    tally.title = format!("{} generated cases from seed {}", options.cases, options.seed);
    let mut random = Random::new(options.seed);
    let mut left = options.cases;
    let mut waiting: Option<Vec<Marked>> = None;
    // One batch is judged here while the peer works on the next.
    while left > 0 || waiting.is_some() {
        let next: Vec<Marked> = (0..left.min(BATCH_CASES)).map(|_| case(&mut random)).collect();
        left -= next.len() as u64;
        let answered = match &waiting {
            Some(batch) => Some((
                batch.iter().map(|marked| Case::read(&marked.case)).collect::<Result<Vec<_>, _>>()?,
                peer.receive()?,
            )),
            None => None,
        };
        if !next.is_empty() {
            peer.send(&next.iter().map(|marked| marked.case.clone()).collect())?;
        }
        if let (Some((cases, letters)), Some(batch)) = (answered, waiting.take()) {
            for ((marked, read), theirs) in batch.iter().zip(cases).zip(letters.chars()) {
                tally.mended += u64::from(read.mended);
                tally.compare(&marked.case, &marked.marks, read.answer(), theirs);
            }
        }
        waiting = (!next.is_empty()).then_some(next);
    }
    Ok(())
}

fn scenarios(folder: &Path, peer: &mut Peer, tally: &mut Tally) -> Result<(), Failure> {
    tally.title = "published scenarios".to_owned();
    let mut files: Vec<PathBuf> = ignore::Walk::new(folder.join("src"))
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).context(|| format!("cannot read `{}`", file.display()))?;
        let cases: Vec<Value> =
            serde_json::from_str(&text).context(|| format!("cannot read `{}`", file.display()))?;
        for case in cases {
            if case.get("request").is_some() {
                one_scenario(&case, peer, tally)?;
            } else if case.get("simulation").is_some() {
                whole_scenario(&case, tally)?;
            }
        }
    }
    Ok(())
}

/// A scenario of the peer's core.
fn one_scenario(case: &Value, peer: &mut Peer, tally: &mut Tally) -> Result<(), Failure> {
    let letter = letter_of(&case["expected"]["response"]);
    peer.send(&json!([case]))?;
    let theirs = peer.receive()?.chars().next().unwrap_or('?');
    if theirs != letter {
        tally.stale += 1;
    }
    let ours = match Case::read(case) {
        Ok(read) => {
            tally.mended += u64::from(read.mended);
            read.answer()
        }
        Err(Failure(message)) => {
            tally.unexplained.push(format!("refused {}: {message}", case["name"]));
            return Ok(());
        }
    };
    let marks: &[&str] = if grants_session(case) { &[SESSION_GRANT] } else { &[] };
    tally.compare(case, marks, ours, letter);
    Ok(())
}

/// A scenario of the peer's whole engine: every pattern of resources that it answers for.
fn whole_scenario(case: &Value, tally: &mut Tally) -> Result<(), Failure> {
    let simulation = &case["simulation"];
    let documents = |name: &str| -> Vec<Value> {
        simulation[name].as_array().into_iter().flatten().map(|named| named["policy"].clone()).collect()
    };
    let levels = |name: &str| -> Vec<Value> {
        let levels = simulation[name].as_array().into_iter().flatten();
        let level = |level: &Value| {
            let policies: Vec<Value> = level["policies"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|named| named["policy"].clone())
                .collect();
            json!({"orgIdentifier": level["orgIdentifier"], "policies": policies})
        };
        levels.map(level).collect()
    };
    let mut agreed = true;
    let overall = json!({"result": case["expected"]["overallResult"]});
    let results = case["expected"]["results"].as_array().filter(|results| !results.is_empty());
    for result in results.map_or(std::slice::from_ref(&overall), Vec::as_slice) {
        let expected = result["result"].as_str().or(overall["result"].as_str()).unwrap_or_default();
        let asked = simulation["request"]["resource"]["resource"].as_str().unwrap_or_default();
        let resource = completed(result["resourcePattern"].as_str().unwrap_or(asked));
        let mut request = simulation["request"].clone();
        request["context"] = request["contextVariables"].take();
        request["resource"]["resource"] = json!(resource);
        // The one action of these scenarios that has no resources asks for all of them.
        request["wildcardOnlyAction"] = json!(resource == "*");
        let mut one = json!({
            "name": case["name"],
            "request": request,
            "identityPolicies": documents("identityPolicies"),
            "serviceControlPolicies": levels("serviceControlPolicies"),
            "resourceControlPolicies": levels("resourceControlPolicies"),
            "resourcePolicy": simulation["resourcePolicy"],
            "simulation": {"mode": case["simulationOptions"]["simulationMode"]},
        });
        for name in ["permissionBoundaryPolicies", "vpcEndpointPolicies"] {
            let key = if name.starts_with('p') { "permissionBoundaries" } else { "endpointPolicies" };
            if simulation.get(name).is_some_and(|value| !value.is_null()) {
                one[key] = documents(name).into();
            }
        }
        if let Some(policy) = simulation["sessionPolicy"].as_object() {
            one["sessionPolicy"] = json!(policy);
        }
        let ours = Case::read(&one).map(|read| read.answer());
        let wanted = letter_of(&json!(expected));
        if !matches!(ours, Ok(letter) if letter == wanted) {
            agreed = false;
            let ours = ours.map_or_else(|Failure(message)| message, |letter| letter.to_string());
            tally.unexplained.push(json!({"ours": ours, "theirs": expected, "case": one}).to_string());
        }
    }
    tally.agreed += u64::from(agreed);
    Ok(())
}

/// A shortened ARN, which the peer reports as the policy wrote it, with all its fields.
fn completed(resource: &str) -> String {
    let fields = resource.split(':').count();
    if resource == "*" || fields >= 6 {
        resource.to_owned()
    } else {
        format!("{resource}{}", ":*".repeat(6 - fields))
    }
}

fn letter_of(result: &Value) -> char {
    match result.as_str() {
        Some("Allowed") => 'A',
        Some("ImplicitlyDenied") => 'I',
        Some("ExplicitlyDenied") => 'E',
        _ => '?',
    }
}
