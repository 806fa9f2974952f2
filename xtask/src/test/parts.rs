//! What the tests need besides Rust, and how it gets onto a machine.
//!
//! Invariant: packages are installed only by root on a Debian-like system; everyone else is told the exact command.

use std::process::Command;

use crate::command::{capture, find, run};
use crate::failure::Failure;

/// Something a step needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A program on the search path.
    Program(&'static str),
    /// A component of the Rust toolchain.
    Component(&'static str),
}

/// A program, the Debian package it is in, and what it is for.
struct Package {
    program: &'static str,
    name: &'static str,
    purpose: &'static str,
}

/// Every program that a step may need, sorted.
const PACKAGES: &[Package] = &[
    Package {
        program: "cc",
        name: "build-essential",
        purpose: "compiles SQLite and the cryptography library",
    },
    Package {
        program: "dbus-run-session",
        name: "dbus",
        purpose: "gives the keyring tests a bus of their own",
    },
    Package {
        program: "gnome-keyring-daemon",
        name: "gnome-keyring",
        purpose: "is the keyring of those tests",
    },
    Package {
        program: "python3",
        name: "python3-venv",
        purpose: "runs the programs that exports are held against",
    },
    Package { program: "strace", name: "strace", purpose: "shows from outside what is flushed, and when" },
    Package { program: "unshare", name: "util-linux", purpose: "takes the network away from the journeys" },
];

/// What to do about missing packages.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    Install(Vec<Vec<&'static str>>),
    Tell(String),
}

/// Sets up those of `parts` that are not there.
pub(super) fn install_missing(parts: &[Part]) -> Result<(), Failure> {
    for part in parts {
        if let Part::Component(name) = part {
            check_component(name)?;
        }
    }
    let is_needed = |package: &&Package| parts.contains(&Part::Program(package.program));
    let missing: Vec<_> =
        PACKAGES.iter().filter(is_needed).filter(|package| find(package.program).is_none()).collect();
    for package in &missing {
        println!("missing: `{}`, which {}", package.program, package.purpose);
    }
    match plan(&missing, find("apt-get").is_some(), rustix::process::geteuid().is_root()) {
        Plan::Nothing => Ok(()),
        Plan::Tell(message) => Err(Failure(message)),
        Plan::Install(commands) => commands.iter().try_for_each(|words| install(words)),
    }
}

fn plan(missing: &[&Package], has_apt: bool, is_root: bool) -> Plan {
    if missing.is_empty() {
        return Plan::Nothing;
    }
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    let install = [&["apt-get", "install", "--yes", "--no-install-recommends"], &names[..]].concat();
    if has_apt && is_root {
        return Plan::Install(vec![vec!["apt-get", "update"], install]);
    }
    if has_apt {
        return Plan::Tell(format!(
            "install what is missing: sudo apt-get update && sudo {}",
            install.join(" ")
        ));
    }
    let programs: Vec<_> = missing.iter().map(|package| format!("`{}`", package.program)).collect();
    Plan::Tell(format!("install {} with this system's package manager", programs.join(", ")))
}

fn install(words: &[&str]) -> Result<(), Failure> {
    println!("+ {}", words.join(" "));
    run(Command::new(words[0]).args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn check_component(name: &str) -> Result<(), Failure> {
    // rustup leaves a stub on the search path for a component that is not installed, so presence is not enough.
    let works = capture(Command::new(format!("cargo-{}", name.trim_start_matches("rust"))).arg("--version"));
    match works {
        Ok((true, _)) => Ok(()),
        _ => Err(Failure(format!("the toolchain lacks `{name}`: rustup component add {name}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::steps::STEPS;
    use super::*;

    fn packages(programs: &[&str]) -> Vec<&'static Package> {
        PACKAGES.iter().filter(|package| programs.contains(&package.program)).collect()
    }

    #[test]
    fn root_installs_and_everyone_else_is_told_how() {
        let missing = packages(&["strace", "unshare"]);
        let install = vec!["apt-get", "install", "--yes", "--no-install-recommends", "strace", "util-linux"];
        assert_eq!(plan(&[], true, true), Plan::Nothing);
        assert_eq!(plan(&missing, true, true), Plan::Install(vec![vec!["apt-get", "update"], install]));
        let told = "install what is missing: sudo apt-get update && \
                    sudo apt-get install --yes --no-install-recommends strace util-linux";
        assert_eq!(plan(&missing, true, false), Plan::Tell(told.to_owned()));
        let told = "install `strace`, `unshare` with this system's package manager";
        assert_eq!(plan(&missing, false, true), Plan::Tell(told.to_owned()));
    }

    #[test]
    fn every_program_that_a_step_needs_has_a_package() {
        assert!(PACKAGES.is_sorted_by(|left, right| left.program < right.program));
        for part in STEPS.iter().flat_map(|step| step.needs) {
            if let Part::Program(program) = part {
                assert_eq!(packages(&[program]).len(), 1, "{program}");
            }
        }
    }

    #[test]
    fn a_component_that_does_not_answer_is_named() {
        let Err(Failure(message)) = check_component("rustnothing") else { panic!("found `cargo-nothing`") };
        assert_eq!(message, "the toolchain lacks `rustnothing`: rustup component add rustnothing");
    }
}
