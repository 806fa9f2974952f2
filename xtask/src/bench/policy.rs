//! How long a decision takes, beside two engines that others wrote.
//!
//! The case has fifty statements in seven kinds of policy and three levels of controls, and is asked of iam-simulate in
//! its own process as it is. Cedar has another language, so it gets fifty policies of the same shape; its crate is built
//! below `target/`, because no part of the product needs it. The floor is reading the clock twice, which every figure
//! here includes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use quillon_policy::evaluate;
use serde_json::{Value, json};

use super::Bench;
use super::table::Table;
use crate::command::{cargo, run as run_command, target};
use crate::conformance::{Case, Peer};
use crate::failure::{Context, Failure};

/// Decisions of ours and of Cedar that are timed.
const RUNS: usize = 100_000;

/// Decisions of iam-simulate that are timed.
const PEER_RUNS: usize = 5_000;

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    let case = case();
    let floor = timed(RUNS, || ());
    let ours = ours(&case)?;
    let simulate = simulate(bench, &case)?;
    let cedar = cedar(bench)?;
    let base = percentile(&ours, 50).max(1);
    let mut table = Table::new(
        "a decision: 50 statements, 7 kinds of policy, 3 levels of controls",
        &["", "p50 µs", "p99 µs", "p50 ratio"],
    );
    for (name, nanos) in [
        ("quillon", &ours),
        ("iam-simulate, not validated", &simulate),
        ("cedar, 51 policies", &cedar),
        ("reading the clock", &floor),
    ] {
        let micros = |nanos: u64| format!("{:.2}", nanos as f64 / 1_000.0);
        let ratio = format!("{:.1}", percentile(nanos, 50) as f64 / base as f64);
        table.row(&[name.to_owned(), micros(percentile(nanos, 50)), micros(percentile(nanos, 99)), ratio]);
    }
    Ok(vec![table])
}

/// Fifty statements in identity, boundary, session, resource and endpoint policy and in controls over the principal (three
/// levels) and over the resource; only the last of each document allows, so that all have to be read.
fn case() -> Value {
    let policy = |count: usize, principal: bool| -> Value {
        let statements: Vec<Value> =
            (0..count).map(|place| statement(place, place + 1 == count, principal)).collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    };
    let level = |name: &str, policy: Value| json!({"orgIdentifier": name, "policies": [policy]});
    json!({
        "request": {
            "action": "q:SendMessage",
            "resource": {
                "resource": "arn:aws:q:us-east-1:111111111111:conversation/team/c-1",
                "accountId": "111111111111",
            },
            "principal": "arn:aws:sts::111111111111:assumed-role/Dev/one",
            "context": {
                "aws:username": "ana",
                "aws:PrincipalTag/team": "team",
                "aws:SourceIp": "203.0.113.9",
                "aws:CurrentTime": "2026-11-24T05:10:25Z",
                "aws:MultiFactorAuthPresent": "true",
                "aws:RequestedRegion": "us-east-1",
            },
        },
        "identityPolicies": [policy(10, false)],
        "permissionBoundaries": [policy(6, false)],
        "sessionPolicy": policy(5, false),
        "resourcePolicy": policy(5, true),
        "endpointPolicies": [policy(4, true)],
        "serviceControlPolicies": [
            level("root", policy(6, false)),
            level("unit", policy(5, false)),
            level("account", policy(5, false)),
        ],
        "resourceControlPolicies": [level("root", policy(4, true))],
    })
}

fn statement(place: usize, allows: bool, principal: bool) -> Value {
    let resource =
        ["arn:aws:q:*:*:conversation/${aws:PrincipalTag/team}/*", "arn:aws:q:us-east-1:111111111111:*", "*"]
            [place % 3];
    let condition = match place % 4 {
        0 => json!({"StringLike": {"aws:RequestedRegion": ["eu-*", "us-*"]}}),
        1 => json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}),
        2 => {
            json!({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}})
        }
        _ => json!({"StringEquals": {"aws:username": "${aws:username}"}}),
    };
    let mut statement = if allows {
        json!({"Effect": "Allow", "Action": ["q:Send*", "q:Get*"], "Resource": resource, "Condition": condition})
    } else if place.is_multiple_of(2) {
        json!({"Effect": "Deny", "Action": ["q:*Message", "s3:*"], "Resource": resource, "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "team"}}})
    } else {
        json!({"Effect": "Allow", "Action": ["q:StartConversation", "s3:Get*"], "Resource": resource, "Condition": condition})
    };
    if principal {
        statement["Principal"] = json!("*");
    }
    statement
}

fn ours(case: &Value) -> Result<Vec<u64>, Failure> {
    let case = Case::read(case)?;
    let statements: usize = case.set.policies().map(quillon_policy::Policy::len).sum();
    let request = case.request();
    if !evaluate(&case.set, &request).allowed || statements < 40 {
        return Err(Failure::new("the case is not the one that is described"));
    }
    Ok(timed(RUNS, || {
        std::hint::black_box(evaluate(std::hint::black_box(&case.set), &request));
    }))
}

fn simulate(bench: &Bench<'_>, case: &Value) -> Result<Vec<u64>, Failure> {
    let mut peer = Peer::start(bench.root)?;
    peer.send(&json!([case]))?;
    if peer.receive()? != "A" {
        return Err(Failure::new("iam-simulate answers the case otherwise"));
    }
    peer.send(&json!({"time": case, "runs": PEER_RUNS}))?;
    let nanos: Vec<u64> =
        serde_json::from_str(&peer.receive()?).context(|| "cannot read its times".to_owned())?;
    // Its first runs are compiled as they go.
    Ok(nanos[nanos.len() / 5..].to_vec())
}

fn cedar(bench: &Bench<'_>) -> Result<Vec<u64>, Failure> {
    let folder = target(bench.root).join("bench").join("cedar");
    let write = |path: PathBuf, text: &str| {
        fs::write(&path, text).context(|| format!("cannot write `{}`", path.display()))
    };
    fs::create_dir_all(folder.join("src")).context(|| format!("cannot make `{}`", folder.display()))?;
    write(folder.join("Cargo.toml"), include_str!("peers/cedar.toml"))?;
    write(folder.join("src").join("main.rs"), include_str!("peers/cedar.rs"))?;
    run_command(cargo(&folder).args(["build", "--release", "--target-dir", "target"]))?;
    let mut command = Command::new(folder.join("target").join("release").join("cedar-peer"));
    let output = command.arg(RUNS.to_string()).output().context(|| "cannot start Cedar's peer".to_owned())?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.parse().ok()).collect())
}

fn timed(runs: usize, mut work: impl FnMut()) -> Vec<u64> {
    let each = (0..runs).map(|_| {
        let start = Instant::now();
        work();
        u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    });
    each.collect()
}

/// The value below which so many of a hundred lie.
fn percentile(nanos: &[u64], percent: usize) -> u64 {
    let mut sorted = nanos.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_is_the_one_that_is_described() {
        let case = Case::read(&case()).unwrap();
        let of_principal: usize = case.set.policies().map(quillon_policy::Policy::len).sum();
        let of_resource = case.side.policy.as_ref().map_or(0, quillon_policy::Policy::len);
        // The control over resources has one more, which Amazon attaches to each.
        let controls: usize = case
            .side
            .controls
            .iter()
            .flat_map(|level| level.policies.iter())
            .map(|policy| policy.len())
            .sum();
        assert_eq!((of_principal + of_resource + controls - 1, case.set.controls.len()), (50, 3));
        assert_eq!(case.answer(), 'A');
    }

    #[test]
    fn percentiles() {
        assert_eq!(percentile(&[5, 1, 4, 2, 3], 50), 3);
        assert_eq!(percentile(&[], 50), 0);
        assert_eq!(percentile(&(0..100).collect::<Vec<_>>(), 99), 99);
    }
}
