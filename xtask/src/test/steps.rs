//! The steps of `cargo xtask test`, cheapest signal first.

use std::path::Path;

use super::deny;
use super::parts::Part;
use crate::command::{cargo, run};
use crate::conformance::exported_day;
use crate::failure::Failure;
use crate::tidy;

/// How many records of a day are exported; `cargo xtask conformance cloudtrail` takes a million.
const EXPORTED_RECORDS: u64 = 3_000;

/// One step. A note says what a passing step did not do.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) needs: &'static [Part],
    pub(super) run: fn(&Path) -> Result<Option<String>, Failure>,
}

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        summary: "every file is formatted",
        needs: &[Part::Component("rustfmt")],
        run: |root| passes(cargo(root).args(["fmt", "--all", "--check"])),
    },
    Step {
        name: "clippy",
        summary: "no lint complains, in any target",
        needs: &[Part::Component("clippy"), Part::Program("cc")],
        run: |root| {
            let lint = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
            passes(cargo(root).args(lint))
        },
    },
    Step {
        name: "tidy",
        summary: "the locks on the architecture hold",
        needs: &[],
        run: |root| tidy::run(root).map(|()| None),
    },
    Step {
        name: "deny",
        summary: "licences, bans, sources and advisories of third-party crates",
        needs: &[Part::Program("cc")],
        run: deny::run,
    },
    Step {
        name: "test",
        summary: "every test of every crate",
        needs: &[
            Part::Program("cc"),
            Part::Program("dbus-run-session"),
            Part::Program("gnome-keyring-daemon"),
            Part::Program("strace"),
            Part::Program("unshare"),
        ],
        run: |root| passes(cargo(root).args(["test", "--workspace", "--locked"])),
    },
    Step {
        name: "exports",
        summary: "programs that others wrote read what is exported, and find what was changed",
        needs: &[Part::Program("cc"), Part::Program("python3")],
        run: |root| exported_day(root, EXPORTED_RECORDS).map(|()| None),
    },
    Step {
        name: "doc",
        summary: "the documentation builds without a warning",
        needs: &[Part::Program("cc")],
        run: |root| {
            let build = ["doc", "--no-deps", "--workspace", "--locked"];
            passes(cargo(root).args(build).env("RUSTDOCFLAGS", "-D warnings"))
        },
    },
];

fn passes(command: &mut std::process::Command) -> Result<Option<String>, Failure> {
    run(command).map(|()| None)
}

/// The names of all steps, for the command line.
pub(super) fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}
