//! Nothing turns the record off: every setting, every option, every variable, every cargo feature, every role and every
//! decision of policy is walked, so that a new one cannot be left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use quillon_admin::Admin;
use quillon_base::Tier;
use quillon_contract::ask::WhoamiAsk;
use quillon_contract::settings::{SETTINGS, SettingKind};
use quillon_contract::{MANIFESTS, Surface};
use quillon_policy::EFFECT_ACTIONS;
use quillon_testkit::{Kit, PrincipalKind, principal};

use crate::person::Person;

/// The values of a setting at its ends: if one of them turned something off, it would be among these.
fn values(kind: SettingKind) -> Vec<String> {
    match kind {
        SettingKind::Number { least, most } => vec![least.to_string(), most.to_string()],
        SettingKind::Days { least } => vec![least.to_string(), "forever".into()],
        SettingKind::Word(words) => words.iter().map(ToString::to_string).collect(),
        SettingKind::Model => vec!["embedded".into()],
    }
}

#[tokio::test]
async fn no_setting_turns_it_off() {
    for row in SETTINGS {
        for value in values(row.kind) {
            let travel = Kit::new().with(Admin).with_setting(row.key, &value).start().await;
            let shape = travel.ask(WhoamiAsk {}).await.shape();
            assert_eq!(shape, ["opened whoami", "closed done"], "{} = {value}", row.key);
        }
    }
}

#[tokio::test]
async fn no_role_tier_or_surface_turns_it_off() {
    let kinds =
        [PrincipalKind::User, PrincipalKind::Service, PrincipalKind::Administrator, PrincipalKind::Anonymous];
    for kind in kinds {
        for tier in [Tier::Free, Tier::Pro] {
            for &surface in Surface::ALL {
                for allowed in [true, false] {
                    let mut who = principal("ada");
                    (who.kind, who.tier) = (kind, tier);
                    let kit = Kit::new().with(Admin).by(who).through(surface);
                    let kit = if allowed { kit } else { kit.without_permission() };
                    let shape = kit.start().await.ask(WhoamiAsk {}).await.shape();
                    let is_recorded =
                        shape == ["opened whoami", "closed done"] || shape == ["refused whoami"];
                    assert!(is_recorded, "{kind:?} {tier:?} {surface:?} {allowed}: {shape:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn no_policy_turns_it_off() {
    let actions = EFFECT_ACTIONS.iter().map(|row| row.action);
    let actions: BTreeSet<&str> = MANIFESTS.iter().map(|manifest| manifest.action).chain(actions).collect();
    for action in &actions {
        // What could be switched would be an act, and the act would have a name.
        let name = action.to_lowercase();
        let is_about_it = name.contains("audit") || name.contains("ledger");
        let is_switch =
            ["disable", "stop", "delete", "suspend", "pause"].iter().any(|word| name.contains(word));
        assert!(!(is_about_it && is_switch), "{action}");
        for effect in ["Allow", "Deny"] {
            let policy = format!(
                r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#
            );
            let travel = Kit::new().with(Admin).allowed_by(&policy).start().await;
            let shape = travel.ask(WhoamiAsk {}).await.shape();
            let is_recorded = shape == ["opened whoami", "closed done"] || shape == ["refused whoami"];
            assert!(is_recorded, "{effect} {action}: {shape:?}");
        }
    }
}

/// Counts the records of `whoami`, which the last of the runs below must have left.
fn whoamis(person: &Person) -> usize {
    let tail = person.run(&["audit", "tail", "--count", "10000"]).well().out;
    tail.lines().filter(|line| line.contains("q:GetIdentity") || line.contains("whoami")).count()
}

/// The options of every command, from its own help: each with a value that it takes.
fn options(help: &str) -> Vec<Vec<String>> {
    let (_, list) = help.split_once("Options of every command:").expect("a list of options");
    let list = list.split("\n\n").next().unwrap_or_default();
    let lines = list.lines().filter_map(|line| line.trim_start().split("--").nth(1));
    let option = |line: &str| {
        let mut words = line.split_whitespace();
        let name = format!("--{}", words.next().unwrap_or_default());
        let place = words.next().filter(|word| word.starts_with('<'));
        let value = place.map(|place| match place {
            "<URL>" => "http://127.0.0.1:9".to_owned(),
            "<REGION>" => "device".to_owned(),
            "<MODEL>" => "embedded".to_owned(),
            "<FILE>" => "a-file".to_owned(),
            words => words.trim_matches(['<', '>']).split('|').next_back().unwrap_or_default().to_owned(),
        });
        std::iter::once(name).chain(value).collect()
    };
    lines.map(option).collect()
}

#[test]
fn no_option_turns_it_off() {
    let person = Person::new();
    let help = person.run(&["whoami", "--help"]).well().out;
    let options = options(&help);
    assert!(options.len() >= 8, "{options:?}");
    for option in options {
        let before = whoamis(&person);
        let line: Vec<&str> = std::iter::once("whoami").chain(option.iter().map(String::as_str)).collect();
        let said = person.run(&line);
        let after = whoamis(&person);
        assert!(said.code != Some(0) || after > before, "{option:?} answered without a record: {said:?}");
    }
}

#[test]
fn no_variable_turns_it_off() {
    // The names that the program reads stand in its sources.
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut names =
        BTreeSet::from(["QUILLON_AUDIT".to_owned(), "QUILLON_NO_AUDIT".to_owned(), "CI".to_owned()]);
    for entry in fs::read_dir(sources).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let quoted = text.split('"').skip(1).step_by(2);
        let is_name = |text: &&str| {
            text.len() > 2
                && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                && !text.starts_with('_')
        };
        names.extend(quoted.filter(is_name).map(str::to_owned));
    }
    assert!(names.contains("QUILLON_HOME") && names.contains("NO_COLOR"), "{names:?}");
    for name in names.into_iter().filter(|name| !matches!(name.as_str(), "QUILLON_HOME" | "HOME")) {
        for value in ["0", "off", "1"] {
            let person = Person::new();
            let mut command = person.command(&["whoami"]);
            command.env(&name, value);
            let said = command.output().unwrap();
            let recorded = whoamis(&person);
            assert!(!said.status.success() || recorded > 0, "{name}={value}");
        }
    }
}

#[test]
fn no_cargo_feature_turns_it_off() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for name in ["quillon", "quillon-road", "quillon-audit"] {
        let manifest = fs::read_to_string(crates.join(name).join("Cargo.toml")).unwrap();
        assert!(
            !manifest.contains("[features]"),
            "{name} has features: say here that none of them can do it"
        );
        let optional = manifest.lines().filter(|line| line.contains("optional"));
        assert_eq!(optional.count(), 0, "{name}");
    }
    let mut read = 0;
    for folder in [crates.join("quillon-road/src"), crates.join("quillon-audit/src")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(&path) else { continue };
            read += 1;
            for condition in ["cfg(feature", "cfg(debug_assertions", "cfg!("] {
                assert!(!text.contains(condition), "{} depends on how it is built", path.display());
            }
        }
    }
    assert!(read > 30, "only {read} files were read");
}
