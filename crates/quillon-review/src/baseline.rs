//! Findings that are known: a file with their marks, so that a review says only what came since.
//!
//! A mark is made of the rule, the file and what the line says, so it survives lines that move. The file is sorted, one
//! finding a line, so that a change of it can be read and merged.

use std::collections::BTreeSet;

use quillon_base::FaultCode;
use quillon_contract::Fault;
use quillon_detect::Finding as Found;
use quillon_host::Before;
use quillon_road::Passage;
use serde::{Deserialize, Serialize};

/// The version of the file.
const VERSION: u32 = 1;

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    path: String,
    rule: String,
    mark: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Known>,
}

/// The marks of findings that are known.
pub(crate) struct Baseline {
    marks: BTreeSet<String>,
}

impl Baseline {
    /// Reads the file.
    ///
    /// # Errors
    /// `file.missing` with what would make it, `input.invalid` for one that is no baseline, and those of files.
    pub(crate) async fn read(passage: &Passage, given: &str) -> Result<Self, Fault> {
        let path = named(passage, given)?;
        let file = passage.read_file(&path).await.map_err(|fault| match fault.code {
            FaultCode::FileMissing => fault.hint(format!(
                "`quillon review --all --baseline {given} --write-baseline` makes it from what is found now"
            )),
            _ => fault,
        })?;
        let read: Result<File, _> = serde_json::from_slice(&file.bytes);
        let read = read.map_err(|error| {
            let message = format!("`{given}` is not a baseline: {error}");
            Fault::new(FaultCode::InputInvalid, message).hint("make it again with `--write-baseline`")
        })?;
        if read.version != VERSION {
            let message = format!("`{given}` is a baseline of version {}, not {VERSION}", read.version);
            return Err(
                Fault::new(FaultCode::InputInvalid, message).hint("make it again with `--write-baseline`")
            );
        }
        Ok(Self { marks: read.findings.into_iter().map(|known| known.mark).collect() })
    }

    pub(crate) fn has(&self, found: &Found) -> bool {
        self.marks.contains(&found.fingerprint)
    }

    /// How many known findings are not there any more.
    pub(crate) fn gone<'f>(&self, findings: impl Iterator<Item = &'f Found>) -> usize {
        let there: BTreeSet<&str> = findings.map(|found| found.fingerprint.as_str()).collect();
        self.marks.iter().filter(|mark| !there.contains(mark.as_str())).count()
    }
}

/// Writes the file from findings, and says how many it holds.
///
/// # Errors
/// Those of files.
pub(crate) async fn write<'f>(
    passage: &Passage,
    given: &str,
    findings: impl Iterator<Item = &'f Found>,
) -> Result<usize, Fault> {
    let path = named(passage, given)?;
    let before = match passage.read_file(&path).await {
        Ok(file) => Before::of(&file.bytes),
        Err(fault) if fault.code == FaultCode::FileMissing => Before::Absent,
        Err(fault) => return Err(fault),
    };
    let known: BTreeSet<Known> = findings
        .map(|found| Known {
            path: found.spot.path.clone(),
            rule: found.rule.clone(),
            mark: found.fingerprint.clone(),
        })
        .collect();
    passage.write_file(&path, text(&known).as_bytes(), before).await?;
    Ok(known.len())
}

/// One finding a line.
fn text(known: &BTreeSet<Known>) -> String {
    let row = |known: &Known| serde_json::to_string(known).unwrap_or_default();
    let rows: Vec<String> = known.iter().map(row).collect();
    let rows = if rows.is_empty() { String::new() } else { format!("\n{}\n", rows.join(",\n")) };
    format!("{{\"version\":{VERSION},\"findings\":[{rows}]}}\n")
}

fn named(passage: &Passage, given: &str) -> Result<String, Fault> {
    passage
        .path_within(given)?
        .ok_or_else(|| Fault::new(FaultCode::InputInvalid, format!("`{given}` is a folder, not a baseline")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_sorted_and_read_as_it_was_written() {
        let known = |path: &str| Known { path: path.into(), rule: "r".into(), mark: "m\"".into() };
        let all = BTreeSet::from([known("b"), known("a")]);
        let written = text(&all);
        assert_eq!(written.lines().count(), 4);
        let read: File = serde_json::from_str(&written).unwrap();
        assert_eq!(read.findings, [known("a"), known("b")]);
        let none: File = serde_json::from_str(&text(&BTreeSet::new())).unwrap();
        assert!(none.findings.is_empty());
    }
}
